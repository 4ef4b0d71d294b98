"""`mailit user`: accounts, for whoever has the machine."""

from __future__ import annotations

import argparse
import select
import sys
import time
from secrets import token_urlsafe
from typing import Any

from mailit import secrets
from mailit.access import attempts, factors
from mailit.access.access import CHANNEL
from mailit.access.links import Links
from mailit.access.passwords import hashed_now
from mailit.cli import first_run
from mailit.cli.opened import Told, migrated, takes_config, told
from mailit.cli.setup import read_password
from mailit.errors import CannotStart
from mailit.interfaces import Tx, utc
from mailit.store import accounts, password_resets
from mailit.store.notices import tell


def declare(commands: Any) -> None:
    """Takes `reset EMAIL`."""
    command = commands.add_parser("user", help="set an account's password anew")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    reset = actions.add_parser("reset", help="set a password from standard input, or print a one-time one")
    takes_config(reset)
    reset.add_argument("email", metavar="EMAIL")
    reset.add_argument("--without-totp", action="store_true", help="switch the account's second factor off, too")
    reset.set_defaults(run=run)


def run(given: argparse.Namespace) -> None:
    """Sets what standard input holds; where that is a terminal or empty, draws a password and prints it.

    With a drawn one it also prints the link that somebody asked for who forgot his password: while no domain is
    verified nothing carried it to him.
    """
    password = "" if sys.stdin is None or sys.stdin.isatty() else _read()
    drawn = "" if password else token_urlsafe(15)
    here, email = told(given), given.email.strip()
    with migrated(here) as database:
        asked = database.transact(_reset, email, hashed_now(password or drawn), bool(drawn), given.without_totp)
    first_run.note_password(here.config.server.data_dir, email, password or drawn)
    if drawn:
        print(drawn)
    if asked is not None:
        print(_links(here).reset(asked))
    print(f"{given.email} has a new password, and is signed out everywhere.", file=sys.stderr)


def _read() -> str:
    if not select.select([sys.stdin], [], [], 1.0)[0]:
        print("mailit: waiting for the password on standard input", file=sys.stderr, flush=True)
    return read_password()


def _links(here: Told) -> Links:
    config = secrets.complete(here.config)
    return Links(config.auth.jwt_secret or "", config.server.dashboard_url)


def _reset(tx: Tx, email: str, hashed: str, keep_link: bool, without_totp: bool) -> str | None:
    """The id of the link that was asked for, where it is to be good still."""
    account = accounts.by_email(tx, email) if "\x00" not in email else None
    if account is None:
        raise CannotStart(f"there is no account of {email}")
    accounts.set_password(tx, account.id, hashed)
    attempts.forgive_all(tx, account)
    if without_totp:
        factors.switch_off(tx, account.email)
    asked = password_resets.of_account(tx, account.id, utc(time.time()))
    if not keep_link:
        password_resets.forget(tx, account.id)
    tell(tx, CHANNEL)
    return asked.id if asked is not None and keep_link else None
