"""`mailit preflight FILE.eml`: a message as it would leave from here, held to the rules of its receivers."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dns.exception
from attrs import frozen
from twisted.internet.defer import Deferred, maybeDeferred

from mailit import secrets, wiring
from mailit.cli.lookups import Waiting, resolver
from mailit.cli.opened import Told, migrated, takes_config, told
from mailit.cli.tables import plain
from mailit.domains.custody import Custody
from mailit.domains.preflight import Preflight, worst
from mailit.domains.state import all_states
from mailit.errors import CannotStart
from mailit.interfaces import SigningKey
from mailit.mail import dkim, wire
from mailit.mail.checks import Case, Level, Verdict
from mailit.store.dkim_keys import SIGNING

_MOST = 1000
_WORDS = {Level.PASS: "ok", Level.WARNING: "warn", Level.ERROR: "FAIL", Level.UNKNOWN: "?"}


def declare(commands: Any) -> None:
    """Takes the message's file."""
    command = commands.add_parser("preflight", help="what receivers would have against a message; nothing is sent")
    takes_config(command)
    command.add_argument("file", metavar="FILE", help="a message (.eml); - is standard input")
    command.add_argument(
        "--marketing", action="store_true", help="people subscribe to it, so they must be able to leave"
    )
    command.add_argument("--json", action="store_true", help="one JSON object, as POST /emails/preflight answers")
    command.set_defaults(run=run)


@frozen
class Signed:
    """A message as it would leave, by the sending domain of its From, if this installation has that."""

    message: bytes
    return_path: str
    keys: Sequence[SigningKey]
    domain: Verdict


def run(given: argparse.Namespace) -> int:
    """Prints a line a rule; 1 where one is broken."""
    here = told(given)
    signed = _signed(here, _read(given.file))
    verdicts = [signed.domain, *_judged(here, signed, given.marketing)]
    level = worst(verdicts)
    if given.json:
        rules = [{"id": v.id, "level": v.level.value, "text": v.text, "fix": v.fix} for v in verdicts]
        answer = {"object": "preflight", "level": level.value, "size": len(signed.message), "rules": rules}
        print(json.dumps(answer))
    else:
        for verdict in verdicts:
            print(f"{_WORDS[verdict.level]:<5} {verdict.id}: {plain(verdict.text)}")
            if verdict.fix:
                print(f"      To do: {plain(verdict.fix)}")
    return int(level is Level.ERROR)


def _read(name: str) -> bytes:
    try:
        message = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CannotStart(f"{name}: can't be read: {error.strerror}") from error
    if b":" not in message.partition(b"\n")[0]:
        raise CannotStart(f"{name}: is not a message: its first line is not a header")
    return wire.canonical(message)


def _signed(here: Told, message: bytes) -> Signed:
    """The message with the signatures that its sending domain would give it."""
    sender = Case(message, 0.0, "").sender
    if sender is None:
        text = "The From is missing, or no address."
        return Signed(message, "", (), Verdict("domain", Level.ERROR, text, "Write it as `Name <a@b>`."))
    config = secrets.complete(here.config)
    labels = sender.domain.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels) - 1)] or [sender.domain]
    with migrated(here) as database:
        found = [one for name in names for one in database.transact(all_states, config.hosts, name, _MOST)]
    states = [one for one in found if one.domain.sending]
    if not states:
        text = f"{sender.domain} is not a sending domain here: nothing signs this mail, and POST /emails refuses it."
        return Signed(message, "", (), Verdict("domain", Level.ERROR, text, "Add it by POST /domains, and verify it."))
    state = next((one for one in states if one.domain.status == "verified"), states[0])
    asks_dns = wiring.mode_of(config, here.plugins).asks_dns
    custody = Custody(config.dkim.master_encryption_key or "")
    keys = [
        custody.signing(state.domain.name, key)
        for key in state.keys
        if key.state == SIGNING and (key.seen_at is not None or not asks_dns)
    ]
    head = dkim.sign(message, [dkim.load(key) for key in keys], int(time.time())) if keys else b""
    return_path = f"{state.domain.custom_return_path}.{state.domain.name}"
    if asks_dns and state.domain.status != "verified":
        text = f"{state.domain.name} is not verified (it is {state.domain.status})."
        verdict = Verdict("domain", Level.ERROR, text, f"Run mailit domain check {state.domain.name}.")
    else:
        verdict = Verdict(
            "domain", Level.PASS, f"{state.domain.name} is a sending domain, and {len(keys)} keys sign for it."
        )
    return Signed(head + message, return_path, keys, verdict)


def _judged(here: Told, signed: Signed, marketing: bool) -> Sequence[Verdict]:
    lookups = None
    if wiring.mode_of(here.config, here.plugins).asks_dns:
        try:
            lookups = Waiting(resolver(here.config))
        except dns.exception.DNSException as error:
            raise CannotStart("the system names no DNS server; see /etc/resolv.conf, or set dns.resolver") from error
    preflight = Preflight(wiring.sender_of(here.config), lookups, time.time, maybeDeferred)
    found: list[Any] = []
    # What is asked has its answer at once, so this has ended when the line has.
    judging = preflight.judge(signed.message, signed.return_path, signed.keys, marketing)
    Deferred.fromCoroutine(judging).addBoth(found.append)
    if isinstance(found[0], list):
        return found[0]
    found[0].raiseException()
    raise AssertionError("unreachable")
