"""`mailit domain`: sending domains, what DNS says of their records, and new keys for them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import Any

import dns.exception
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit import secrets, wiring
from mailit.cli.lookups import Waiting, resolver
from mailit.cli.opened import Database, Told, migrated, takes_config, told
from mailit.cli.tables import plain, print_table
from mailit.config import Config
from mailit.domains import rotation
from mailit.domains.custody import Custody
from mailit.domains.noting import Circumstances, rotated
from mailit.domains.records import ADVICE, DnsRecord, records
from mailit.domains.sending import CHANNEL
from mailit.domains.state import DomainState, all_states
from mailit.domains.verification import VERIFIED, look
from mailit.errors import CannotStart
from mailit.ids import Ids
from mailit.interfaces import Tx, utc
from mailit.mail.address import BadAddress, domain_name
from mailit.store import domains as store
from mailit.store.dkim_keys import PUBLISHING
from mailit.store.notices import tell

_MOST = 1000
_PATIENCE = 3.0  # seconds for one question: somebody sits and waits, and there are many


def declare(commands: Any) -> None:
    """Takes an action and, for most, the domain's name."""
    command = commands.add_parser("domain", help="sending domains: their DNS records and their keys")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every domain, with its status")
    takes_config(listing)
    listing.set_defaults(run=list_)
    for name, run, words in (
        ("check", check, "ask DNS now, and say of each record what was found and what to do"),
        ("verify", verify, "have a running daemon look, as POST /domains/ID/verify does"),
        ("rotate", rotate, "make new DKIM keys, and say what to publish; each takes over once DNS has it"),
    ):
        action = actions.add_parser(name, help=words)
        takes_config(action)
        action.add_argument("name", metavar="NAME")
        action.add_argument("--team", metavar="ID", help="whose it is, where several teams have added it")
        action.set_defaults(run=run)


def list_(given: argparse.Namespace) -> None:
    """Prints a line a domain, by name."""
    here = told(given)
    with migrated(here) as database:
        found = database.transact(all_states, here.config.hosts, None, _MOST)
    if not found:
        print("there is no domain; `mailit setup --domain D` or POST /domains adds one")
        return
    print_table(
        ("NAME", "STATUS", "TEAM", "CHECKED"),
        [(one.domain.name, one.domain.status, one.domain.team_id, one.domain.checked_at or "-") for one in found],
    )


def check(given: argparse.Namespace) -> int:
    """Prints each record in words; 1 where one is not as it should be. Nothing is written."""
    here = told(given)
    with migrated(here) as database:
        before = _named(database, here.config, given)
    found = looked(here.config, before)
    for record in found:
        print("\n".join(in_words(record)))
    wrong = [record for record in found if record.status != VERIFIED and record.record != ADVICE and not record.keep]
    return int(bool(wrong))


def verify(given: argparse.Namespace) -> None:
    """Makes the domain's look due: the process with the role `jobs` takes it up within a minute."""
    here = told(given)
    with migrated(here) as database:
        domain = _named(database, here.config, given).domain
        now = utc(time.time())
        database.transact(store.ask, domain.team_id, domain.id, now, now)
    print(f"{domain.name} will be looked for within a minute; `mailit domain list` has its status")


def rotate(given: argparse.Namespace) -> None:
    """Prints the records to publish beside those that are there."""
    here = told(given)
    config = secrets.complete(here.config)
    with migrated(here) as database:
        before = _named(database, config, given)
        after = before
        if not rotation.under_way(before.keys):
            after = database.transact(_rotated, before, _fresh(before, config), here)
    waiting = {key.id for key in after.keys if key.state == PUBLISHING}
    new = [record for record in after.records if record.dkim_key_id in waiting]
    if not new:
        print(f"the new keys of {after.domain.name} sign already: mode {config.smtp_outbound.mode} asks no DNS")
        return
    print(f"Publish these beside the records of {after.domain.name} that are there; each takes over once DNS has it:\n")
    for record in new:
        print("\n".join(in_words(record)))


def looked(config: Config, before: DomainState) -> list[DnsRecord]:
    """The records of a domain, each with what DNS says of it at this moment, whatever it said before.

    Raises `CannotStart` where there is no server to ask.
    """
    try:
        asks = resolver(config)
    except dns.exception.DNSException as error:
        raise CannotStart("the system names no DNS server; see /etc/resolv.conf, or set dns.resolver") from error
    asks.lifetime = min(asks.lifetime, _PATIENCE)
    found: list[Any] = []
    fresh = evolve(before.domain, checks={})
    # What is asked has its answer at once, so this has ended when the line has.
    Deferred.fromCoroutine(look(Waiting(asks), fresh, before.records, utc(time.time()))).addBoth(found.append)
    return records(evolve(fresh, checks=found[0].checks), before.keys, config.hosts)


def in_words(record: DnsRecord) -> Iterator[str]:
    """A record for people: what to publish where, what for, and what DNS says of it."""
    priority = "" if record.priority is None else f"{record.priority} "
    yield f"{record.full_name}  {record.type}  {priority}{record.value}"
    yield f"    {record.record}: {record.purpose}"
    yield f"    {record.status}: {plain(record.says)}"
    if record.fix is not None:
        yield f"    To do: {plain(record.fix)}"
    yield ""


def _named(database: Database, config: Config, given: argparse.Namespace) -> DomainState:
    try:
        name = domain_name(given.name.strip().rstrip("."))
    except BadAddress as error:
        raise CannotStart(f"{given.name!r} is no domain name: {error}") from error
    found: Sequence[DomainState] = database.transact(all_states, config.hosts, name, _MOST)
    ours = [one for one in found if given.team in (None, one.domain.team_id)]
    if not ours:
        raise CannotStart(f"there is no domain {name}; `mailit domain list` has those that there are")
    if len(ours) > 1:
        teams = ", ".join(one.domain.team_id for one in ours)
        raise CannotStart(f"several teams have added {name}: say which by --team, one of {teams}")
    return ours[0]


def _fresh(before: DomainState, config: Config) -> Any:
    generation = max(key.generation for key in before.keys) + 1
    selector = rotation.selector(config.dkim.selector, generation)
    custody = Custody(config.dkim.master_encryption_key or "")
    return custody.made(Ids(), before.domain.id, selector, config.dkim.key_bits, PUBLISHING, generation)


def _rotated(tx: Tx, before: DomainState, fresh: Any, here: Told) -> DomainState:
    config = here.config
    asks_dns = wiring.mode_of(config, here.plugins).asks_dns
    under = Circumstances.at(utc(time.time()), config.hosts, config.smtp_outbound.message_lifetime, asks_dns)
    after = rotated(tx, before.domain.team_id, before.domain.id, fresh, under)
    if after is None:
        raise CannotStart(f"the domain {before.domain.name} was deleted meanwhile")
    tell(tx, CHANNEL, before.domain.id)
    return after
