"""`mailit user`: accounts, for whoever has the machine."""

from __future__ import annotations

import argparse
import select
import sys
from secrets import token_urlsafe
from typing import Any

from mailit.access.access import CHANNEL
from mailit.access.passwords import hashed_now
from mailit.cli.opened import migrated, takes_config, told
from mailit.cli.setup import read_password
from mailit.errors import CannotStart
from mailit.interfaces import Tx
from mailit.store import accounts
from mailit.store.notices import tell


def declare(commands: Any) -> None:
    """Takes `reset EMAIL`."""
    command = commands.add_parser("user", help="set an account's password anew")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    reset = actions.add_parser("reset", help="set a password from standard input, or print a one-time one")
    takes_config(reset)
    reset.add_argument("email", metavar="EMAIL")
    reset.set_defaults(run=run)


def run(given: argparse.Namespace) -> None:
    """Sets what standard input holds; where that is a terminal or empty, draws a password and prints it."""
    password = "" if sys.stdin is None or sys.stdin.isatty() else _read()
    drawn = "" if password else token_urlsafe(15)
    here = told(given)
    with migrated(here) as database:
        database.transact(_reset, given.email.strip(), hashed_now(password or drawn))
    if drawn:
        print(drawn)
    print(f"{given.email} has a new password, and is signed out everywhere.", file=sys.stderr)


def _read() -> str:
    if not select.select([sys.stdin], [], [], 1.0)[0]:
        print("mailit: waiting for the password on standard input", file=sys.stderr, flush=True)
    return read_password()


def _reset(tx: Tx, email: str, hashed: str) -> None:
    account = accounts.by_email(tx, email) if "\x00" not in email else None
    if account is None:
        raise CannotStart(f"there is no account of {email}")
    accounts.set_password(tx, account.id, hashed)
    tell(tx, CHANNEL)
