"""`mailit run`: everything at once on this machine, in a sandbox: set up at the first run, then served."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import yaml
from attrs import evolve

from mailit import secrets
from mailit.cli import dashboard, first_run, ports, reload, serve
from mailit.cli.first_run import DOMAIN, FOLDER, FirstRun
from mailit.cli.founding import Asked, found, regained
from mailit.cli.opened import Database, Told, migrated, told
from mailit.errors import CannotStart
from mailit.interfaces import Tx
from mailit.settings import Address
from mailit.store import accounts

EMAIL = "admin@mailit.test"
TEAM = "MailIt"
_CONFIG = "mailit.yaml"
_TOP = """\
# What `mailit run` made: a sandbox, so nothing leaves this machine. It is read at every run, and never written again.
# Every key is in config/mailit.example.yaml.
"""


def declare(commands: Any) -> None:
    """Takes `--reload` and `--web`."""
    command = commands.add_parser("run", help="set up a sandbox in ./data, and run everything in it")
    command.add_argument("--reload", action="store_true", help="start anew whenever a source changes")
    command.add_argument("--web", metavar="FOLDER", type=Path, help="serve the dashboard that is built there, too")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> None:
    """Sets up what is missing, prints what to try once all of it answers, and serves until Ctrl-C."""
    given.config = _configuration(secrets.private_folder(FOLDER.absolute()))
    if given.reload:
        _run_anew(given)
        return
    here = told(given)
    address = here.config.server.http_addr
    try:
        ports.bind(address)
    except OSError as error:  # else whoever has it would answer in our place, and we would say that we run
        raise CannotStart(
            f"server.http_addr: {address} can't be opened: {error.strerror}; end what is there, or set "
            "MAILIT_SERVER_HTTP_ADDR"
        ) from error
    with ExitStack() as stack:
        database = stack.enter_context(migrated(here))
        server = here.config.server
        if given.web is not None:
            stack.enter_context(dashboard.served(given.web, server.dashboard_url, server.url))
        first = _first_run(here, database, None if given.web is None else server.dashboard_url)
        threading.Thread(target=_print_when_ready, args=(first, address), daemon=True).start()
        serve.run(given)


def _run_anew(given: argparse.Namespace) -> None:
    """The daemon starts anew whenever a source of it changes; the dashboard sees to that by itself."""
    server = told(given).config.server
    with ExitStack() as stack:
        if given.web is not None:
            stack.enter_context(dashboard.served(given.web, server.dashboard_url, server.url, develop=True))
            print(f"The dashboard comes to {server.dashboard_url}", file=sys.stderr, flush=True)
        reload.run_anew([sys.executable, sys.argv[0], "run"])


def _configuration(folder: Path) -> Path:
    """The file of this folder, written where there is none."""
    path = folder / _CONFIG
    if not path.exists():
        written = {
            "server": {"http_addr": "127.0.0.1:8080", "data_dir": str(folder)},
            "smtp_outbound": {"mode": "sandbox"},
            "logging": {"level": "warn"},
            "smtp_inbound": {"enabled": False, "listen_addr": "127.0.0.1:2525"},
            "submission": {
                "enabled": False,
                "listen_addr": "127.0.0.1:2587",
                "tls_listen_addr": "127.0.0.1:2465",
            },
        }
        secrets.write_private(path, _TOP + yaml.safe_dump(written, sort_keys=False))
    return path


def _first_run(here: Told, database: Database, dashboard_url: str | None) -> FirstRun:
    """What is to be printed; what it tells of is in the database, and it stands in its file."""
    path = FOLDER / first_run.FILE
    url = here.config.server.url
    kept = first_run.kept(path)
    if kept is not None and database.transact(_is_there, kept.email):
        first = evolve(kept, api_url=url, dashboard_url=dashboard_url)
    else:
        first = evolve(_made(here, database, url), dashboard_url=dashboard_url)
    if kept != first:
        secrets.write_private(path, first.as_json())
    return first


def _made(here: Told, database: Database, url: str) -> FirstRun:
    config = secrets.complete(here.config)
    password = token_urlsafe(12)
    if database.transact(_is_there, EMAIL):  # only its file is gone
        made = database.transact(regained, config, EMAIL, password)
    else:
        made = found(database, config, Asked(EMAIL, password, TEAM, DOMAIN))
    return FirstRun(url, EMAIL, password, made.api_key)


def _is_there(tx: Tx, email: str) -> bool:
    return accounts.by_email(tx, email) is not None


def _print_when_ready(first: FirstRun, address: Address) -> None:
    """Prints once the API answers: what is copied works at once. In a thread, which ends with the process."""
    while not ports.answers(f"http://{ports.local(address)}/readyz"):
        time.sleep(0.05)
    if first.dashboard_url is not None:
        dashboard.wait(first.dashboard_url)
    print(first.in_words(), file=sys.__stdout__, flush=True)
