"""Resend's own Python SDK, unmodified but for the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
import resend
from resend.exceptions import ResendError
from twisted.internet.threads import deferToThread

from tests.integration.api.conftest import House, Team


@pytest.fixture
def sdk(house: House) -> Iterator[Callable[..., Any]]:
    """Calls a function of the SDK in a thread, with the team's key."""
    before = resend.api_url, resend.api_key

    def call(team: Team, function: Callable[..., Any], *args: Any) -> Any:
        resend.api_url, resend.api_key = house.url, team.token
        return deferToThread(function, *args)

    yield call
    resend.api_url, resend.api_key = before


MAIL: Any = {"from": "Ana <ana@acme.example>", "to": ["bo@example.net"], "subject": "Hi", "html": "<p>Hi</p>"}


class TestThePythonSdk:
    """Every method that these resources have does what it says."""

    @pytest_twisted.ensureDeferred
    async def test_emails(self, sdk: Any, acme: Team) -> None:
        attachment = {"content": list(b"hello"), "filename": "a.txt"}
        sent = await sdk(acme, resend.Emails.send, {**MAIL, "attachments": [attachment]})
        got = await sdk(acme, resend.Emails.get, sent["id"])
        assert (got["subject"], got["last_event"]) == ("Hi", "sent")
        batch = await sdk(acme, resend.Batch.send, [MAIL, MAIL])
        assert len(batch["data"]) == 2
        listed = await sdk(acme, resend.Emails.list, {"limit": 2})
        assert (len(listed["data"]), listed["has_more"]) == (2, True)

    @pytest_twisted.ensureDeferred
    async def test_domains(self, sdk: Any, acme: Team) -> None:
        made = await sdk(acme, resend.Domains.create, {"name": "sdk.example"})
        assert made["records"][0]["record"] == "SPF"
        assert (await sdk(acme, resend.Domains.verify, made["id"]))["id"] == made["id"]
        assert (await sdk(acme, resend.Domains.get, made["id"]))["name"] == "sdk.example"
        assert len((await sdk(acme, resend.Domains.list))["data"]) == 2
        assert (await sdk(acme, resend.Domains.remove, made["id"]))["deleted"]

    @pytest_twisted.ensureDeferred
    async def test_api_keys(self, sdk: Any, acme: Team) -> None:
        made = await sdk(acme, resend.ApiKeys.create, {"name": "sdk"})
        assert made["token"].startswith("re_")
        assert len((await sdk(acme, resend.ApiKeys.list))["data"]) == 2
        await sdk(acme, resend.ApiKeys.remove, made["id"])

    @pytest_twisted.ensureDeferred
    async def test_errors_are_its_own(self, sdk: Any, acme: Team) -> None:
        with pytest.raises(ResendError) as raised:
            await sdk(acme, resend.Emails.send, {**MAIL, "to": "nobody"})
        assert type(raised.value).__name__ == "ValidationError"
        with pytest.raises(ResendError) as raised:
            await sdk(Team(acme.house, "", "", "re_no"), resend.Emails.send, MAIL)
        assert type(raised.value).__name__ == "InvalidApiKeyError"
