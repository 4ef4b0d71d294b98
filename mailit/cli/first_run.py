"""What the first `mailit run` made, as it printed it and as it stands in `data/first-run.json`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from mailit import secrets

FOLDER = Path("data")
FILE = "first-run.json"
DOMAIN = "mailit.test"


@frozen
class FirstRun:
    """What the first run made, as it stands in `data/first-run.json`."""

    api_url: str
    email: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)
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
                f"All of this is in {FOLDER / FILE}. Ctrl-C stops everything; the next run keeps the data.",
                "",
            ]
        )


def kept(path: Path) -> FirstRun | None:
    """What this file holds, if it is one of ours."""
    try:
        held: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return FirstRun(held["api_url"], held["email"], held["password"], held["api_key"], held.get("dashboard_url"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def note_password(folder: Path, email: str, password: str) -> None:
    """Keeps the file of this data folder true, if it tells of this account. Raises `CannotStart`."""
    path = folder / FILE
    held = kept(path)
    if held is not None and held.email.lower() == email.lower() and held.password != password:
        secrets.write_private(path, evolve(held, password=password).as_json())
