"""`mailit migrate`: brings the tables to where the program needs them, or back."""

from __future__ import annotations

import argparse
from typing import Any

from mailit.cli.opened import database, takes_config, told
from mailit.db.migrations import CORE


def declare(commands: Any) -> None:
    """Takes one of `--up`, `--down`, `--plan`, and how far."""
    command = commands.add_parser("migrate", help="bring the database's tables up to date, or back")
    takes_config(command)
    way = command.add_mutually_exclusive_group(required=True)
    way.add_argument("--up", action="store_true", help="apply what is missing")
    way.add_argument("--down", action="store_true", help="take back the last migration, or those after --to")
    way.add_argument("--plan", action="store_true", help="print what --up would apply, and change nothing")
    command.add_argument("--to", type=int, metavar="N", help="the number of the last migration that is to stand")
    command.add_argument("--owner", default=CORE, help=f"whose migrations --to counts: {CORE}, or a plugin")
    command.set_defaults(run=run, usage=command.error)


def run(given: argparse.Namespace) -> None:
    """Prints a line for each migration."""
    if given.plan and given.to is not None:
        given.usage("--to goes with --up or --down")
    here = told(given)
    migrations = here.migrations
    if given.owner not in migrations.owners:
        given.usage(f"--owner is one of {', '.join(migrations.owners)}")
    with database(here.config) as opened:
        if given.plan:
            done, word = migrations.plan(opened.dsn), "would apply"
        elif given.up:
            done, word = migrations.up(opened.dsn, given.to, given.owner), "applied"
        else:
            done, word = migrations.down(opened.dsn, given.to, given.owner), "took back"
    for migration in done:
        print(f"{word} {migration}")
    if not done:
        print("nothing to do")
