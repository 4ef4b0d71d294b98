"""`mailit setup`: the first account, its team, an API key, and a domain to send from."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from typing import Any

import attrs

from mailit import secrets
from mailit.access.passwords import WeakPassword, check
from mailit.cli.domain import in_words
from mailit.cli.founding import Asked, Founded, found
from mailit.cli.opened import migrated, takes_config, told
from mailit.errors import CannotStart


def declare(commands: Any) -> None:
    """Takes what is to be made; without `--non-interactive` it asks for what is missing."""
    command = commands.add_parser("setup", help="make an account, its team, an API key, and a domain to send from")
    takes_config(command)
    command.add_argument("--non-interactive", action="store_true", help="ask nothing")
    command.add_argument("--email", metavar="E", help="the account's address")
    command.add_argument("--password-stdin", action="store_true", help="read its password from standard input")
    command.add_argument("--team", metavar="T", help="the team's name")
    command.add_argument("--domain", metavar="D", help="a domain to send from")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=run, usage=command.error)


def run(given: argparse.Namespace) -> None:
    """Prints the key, which is shown this once, and the records to publish."""
    if given.non_interactive:
        lacks = [f"--{name.replace('_', '-')}" for name in ("email", "password_stdin", "team") if not vars(given)[name]]
        if lacks:
            given.usage(f"--non-interactive needs {', '.join(lacks)}")
    here = told(given)
    asked = _asked(given)
    with migrated(here) as database:
        made = found(database, secrets.complete(here.config), asked)
    shown = attrs.asdict(made, filter=lambda attribute, value: attribute.name != "records")
    print(json.dumps(shown) if given.json else _in_words(made, asked.domain, here.config.server.url))


def read_password() -> str:
    """Standard input as a password, without the end of its line."""
    return sys.stdin.read().rstrip("\r\n")


def _asked(given: argparse.Namespace) -> Asked:
    if given.non_interactive:
        return Asked(given.email, read_password(), given.team, given.domain or None)
    try:
        email = given.email or _answer("Email of the first account: ")
        password = read_password() if given.password_stdin else _new_password()
        team = given.team or _answer("Name of its team: ")
        domain = given.domain if given.domain is not None else _answer("Domain to send from (empty: none yet): ")
    except EOFError:
        raise CannotStart("there is nobody to ask; see `mailit setup --help` for --non-interactive") from None
    return Asked(email, password, team, domain or None)


def _answer(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return input().strip()


def _new_password() -> str:
    while True:
        password = getpass.getpass("Its password: ")
        try:
            check(password)
        except WeakPassword as error:
            print(error.message, file=sys.stderr)
            continue
        if getpass.getpass("The same again: ") == password:
            return password
        print("They differ.", file=sys.stderr)


def _in_words(made: Founded, domain: str | None, url: str) -> str:
    lines = [f"API key (shown this once): {made.api_key}", f"API: {url}"]
    if made.records:
        lines += ["", f"Publish these records, then run `mailit domain verify {domain}`:", ""]
        for record in made.records:
            lines += in_words(record)
    return "\n".join(lines)
