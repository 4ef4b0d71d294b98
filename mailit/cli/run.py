"""`mailit run`: everything at once on this machine, in a sandbox: set up at the first run, then served."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import yaml
from attrs import evolve, frozen

from mailit import secrets
from mailit.cli import dashboard, ports, reload, serve
from mailit.cli.founding import Asked, found, regained
from mailit.cli.opened import Database, Told, migrated, told
from mailit.errors import CannotStart
from mailit.interfaces import Tx
from mailit.settings import Address
from mailit.store import accounts

FOLDER = Path("data")
EMAIL = "admin@mailit.test"
TEAM = "MailIt"
DOMAIN = "mailit.test"
_CONFIG = "mailit.yaml"
_FIRST_RUN = "first-run.json"
_TOP = """\
# What `mailit run` made: a sandbox, so nothing leaves this machine. It is read at every run, and never written again.
# Every key is in config/mailit.example.yaml.
"""


@frozen
class FirstRun:
    """What the first run made, as it stands in `data/first-run.json`."""

    api_url: str
    email: str
    password: str
    api_key: str
    dashboard_url: str | None = None

    @property
    def curl(self) -> str:
        """The line that sends."""
        mail = {
            "from": f"hello@{DOMAIN}",
            "to": f"you@{DOMAIN}",
            "subject": "Hello from MailIt",
            "html": "<p>It <strong>works</strong>.</p>",
        }
        return (
            f"curl -X POST {self.api_url}/emails {self._authorization} "
            f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(mail))}"
        )

    @property
    def curl_caught(self) -> str:
        """The line that lists what the sandbox caught."""
        return f"curl {self.api_url}/sandbox/emails {self._authorization}"

    @property
    def _authorization(self) -> str:
        return f"-H 'Authorization: Bearer {self.api_key}'"

    def as_json(self) -> str:
        """What the file holds."""
        made = {
            "dashboard_url": self.dashboard_url,
            "api_url": self.api_url,
            "email": self.email,
            "password": self.password,
            "api_key": self.api_key,
            "curl": self.curl,
        }
        return json.dumps(made, indent=2) + "\n"

    def in_words(self) -> str:
        """What is printed: nothing before the lines to copy, so that they can be copied as they stand."""
        return "\n".join(
            [
                "",
                *([f"MailIt runs. Open {self.dashboard_url} and sign in."] if self.dashboard_url else ["MailIt runs."]),
                f"API: {self.api_url}   its description: {self.api_url}/docs",
                f"Account: {self.email}   password: {self.password}",
                "",
                "Send a mail:",
                self.curl,
                "",
                "See what the sandbox caught:",
                self.curl_caught,
                "",
                f"All of this is in {FOLDER / _FIRST_RUN}. Ctrl-C stops everything; the next run keeps the data.",
                "",
            ]
        )


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
    path = FOLDER / _FIRST_RUN
    url = here.config.server.url
    kept = _kept(path)
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


def _kept(path: Path) -> FirstRun | None:
    try:
        held: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return FirstRun(held["api_url"], held["email"], held["password"], held["api_key"], held.get("dashboard_url"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _print_when_ready(first: FirstRun, address: Address) -> None:
    """Prints once the API answers: what is copied works at once. In a thread, which ends with the process."""
    while not ports.answers(f"http://{ports.local(address)}/readyz"):
        time.sleep(0.05)
    if first.dashboard_url is not None:
        dashboard.wait(first.dashboard_url)
    print(first.in_words(), file=sys.__stdout__, flush=True)
