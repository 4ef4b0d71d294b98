"""The event log over HTTP: in pages and live."""

from __future__ import annotations

import json
from typing import Any

import pytest_twisted
from twisted.internet.protocol import Protocol
from twisted.web.http_headers import Headers

from tests.integration.api.conftest import House, Team


class Collected(Protocol):
    """What a stream has sent so far."""

    def __init__(self) -> None:
        self.text = ""
        self.ended = False

    def dataReceived(self, data: bytes) -> None:
        self.text += data.decode()

    def connectionLost(self, reason: Any = None) -> None:
        self.ended = True

    @property
    def events(self) -> list[dict[str, str]]:
        blocks = [block for block in self.text.split("\n\n") if block.startswith("id:")]
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


async def stream(team: Team, query: str = "", **headers: str) -> Collected:
    sent = Headers({"User-Agent": ["tests"], "Authorization": [f"Bearer {team.token}"]})
    for name, value in headers.items():
        sent.addRawHeader(name.replace("_", "-"), value)
    url = f"{team.house.url}/event-log/stream{query}".encode()
    response = await team.house.agent.request(b"GET", url, sent)
    assert response.code == 200
    assert response.headers.getRawHeaders("content-type") == ["text/event-stream"]
    collected = Collected()
    response.deliverBody(collected)
    return collected


async def has(count: int, collected: Collected) -> bool:
    return len(collected.events) >= count


class TestInPages:
    """Going on from the last seq skips none, and types choose."""

    @pytest_twisted.ensureDeferred
    async def test_it_goes_on(self, acme: Team) -> None:
        for _ in range(3):
            await acme.send()
        seen: list[str] = []
        after, more = 0, True
        while more:
            page = (await acme.ask("GET", f"/event-log?after={after}&limit=2")).json
            seen += [event["type"] for event in page["data"]]
            more, after = page["has_more"], page["data"][-1]["seq"]
        assert seen == ["domain.created", *["email.queued", "email.sent"] * 3]

    @pytest_twisted.ensureDeferred
    async def test_types(self, acme: Team) -> None:
        await acme.send()
        page = (await acme.ask("GET", "/event-log?types=email.sent,domain.created")).json
        assert [event["type"] for event in page["data"]] == ["domain.created", "email.sent"]

    @pytest_twisted.ensureDeferred
    async def test_a_domains_event_says_what_a_webhook_does(self, acme: Team) -> None:
        (event, *_) = (await acme.ask("GET", "/event-log")).json["data"]
        assert event["email_id"] is None
        assert set(event["data"]) == {"id", "name", "status", "created_at", "region", "records"}
        assert event["data"]["id"] == acme.domain_id

    @pytest_twisted.ensureDeferred
    async def test_it_is_the_teams_alone(self, acme: Team, other: Team) -> None:
        await acme.send()
        page = (await other.ask("GET", "/event-log")).json
        assert [event["data"]["name"] for event in page["data"]] == ["other.example"]

    @pytest_twisted.ensureDeferred
    async def test_what_is_no_seq(self, acme: Team) -> None:
        for after in ("-1", "x", str(2**63)):
            assert (await acme.ask("GET", f"/event-log?after={after}")).status == 422


class TestLive:
    """The same as server-sent events, resumed by the last id."""

    @pytest_twisted.ensureDeferred
    async def test_from_now_on(self, acme: Team, house: House) -> None:
        await acme.send()
        live = await stream(acme)
        id_ = (await acme.send()).json["id"]
        await house.until(lambda: has(2, live))
        assert [event["event"] for event in live.events] == ["email.queued", "email.sent"]
        told = json.loads(live.events[0]["data"])
        assert (told["email_id"], str(told["seq"])) == (id_, live.events[0]["id"])
        assert told["data"]["subject"] == "Hi"

    @pytest_twisted.ensureDeferred
    async def test_from_where_one_was(self, acme: Team, house: House) -> None:
        await acme.send()
        (first, *rest) = (await acme.ask("GET", "/event-log")).json["data"]
        live = await stream(acme, last_event_id=str(first["seq"]))
        await house.until(lambda: has(len(rest), live))
        assert [event["id"] for event in live.events] == [str(event["seq"]) for event in rest]

    @pytest_twisted.ensureDeferred
    async def test_only_some_types(self, acme: Team, house: House) -> None:
        live = await stream(acme, "?types=email.sent")
        await acme.send()
        await house.until(lambda: has(1, live))
        assert [event["event"] for event in live.events] == ["email.sent"]

    @pytest_twisted.ensureDeferred
    async def test_it_ends_when_we_stop(self, acme: Team, house: House) -> None:
        live = await stream(acme)
        await house.api.stop()

        async def ended() -> bool:
            return live.ended

        await house.until(ended)

    @pytest_twisted.ensureDeferred
    async def test_a_last_event_id_that_is_none(self, acme: Team) -> None:
        answer = await acme.ask("GET", "/event-log/stream", last_event_id="x")
        assert (answer.status, answer.json["name"]) == (422, "validation_error")
