"""Why a mail waits, its attempts, and what operators see and do; on a real port and a real database."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_twisted

from mailit.store import holders, outcomes, trails
from mailit.store.claims import LaneKey, Wanted, claim
from mailit.store.outcomes import Ending, Fence
from mailit.store.trails import Stretch
from tests.integration.api.conftest import Answer, House, Team

SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
LATER = (451, "4.7.1", "Greylisted, come back", False)
DOUBT = (0, "4.4.2", "The server closed the connection after the message was sent", True)


async def deferred(team: Team, words: tuple[int, str, str, bool] = LATER, **fields: Any) -> str:
    """A mail whose first attempt ended with these words; what was said stands in the trails."""
    id_: str = (await team.send(**fields)).json["id"]
    house = team.house
    holder = house.ids()
    code, status, text, in_doubt = words

    def tried(tx: Any) -> None:
        holders.register(tx, holder, 60.0, "here", 1, ["delivery"])
        taken = claim(tx, holder, [Wanted(LaneKey("example.net", 0, team.id), 10, float("-inf"))]).envelopes
        now = time.time()
        for one in taken:
            fence = Fence(one.id, one.attempt, holder)
            outcomes.settle(
                tx,
                [
                    Ending(
                        fence, one.email.id, False, "delivery_delayed", code, status, text,
                        "mx.example.net", in_doubt, in_doubt, 60.0, one.email.recipients == 1,
                    )
                ],
            )  # fmt: skip
            said = (None, text) if in_doubt else (f"{code} {status} {text}", None)
            turn = ("250 2.1.0 Ok", "250 2.1.5 Ok", "354 Go", *said)
            trails.write(
                tx,
                [
                    Stretch(
                        house.ids(), "mx.example.net", "192.0.2.1", 25, now - 2, now, "TLSv1.3", "TLS_AES_256", "dane",
                        "S: 220 mx.example.net\nC: EHLO us\nS: 250 mx.example.net", None, [one.id], [one.attempt],
                        [now - 1], [now], [4321], [0], [turn],
                    )
                ],
            )  # fmt: skip

    await house.pool.transact(tried)
    return id_


@pytest_twisted.async_yield_fixture
async def operator(house: House, acme: Team) -> Any:
    """Asks as the operator, a member of no team that has mail."""
    account_id, token = await house.member(acme.id, "owner")
    await house.pool.transact(
        lambda tx: tx.run("UPDATE account SET operator = true WHERE id = %(id)s", {"id": account_id})
    )

    async def ask(method: str, path: str, body: Any = None) -> Answer:
        return await house.ask(method, f"/operator{path}", body, token)

    yield ask


class TestWhy:
    """`GET /emails/{id}/why`."""

    @pytest_twisted.ensureDeferred
    async def test_the_one_thing_that_holds_it(self, acme: Team) -> None:
        """With the words of the receiver, whom they are about, and when it goes on."""
        said = (await acme.ask("GET", f"/emails/{await deferred(acme)}/why")).json
        assert (said["object"], said["has_more"]) == ("list", False)
        (one,) = said["data"]
        assert (one["recipient"], one["cause"], one["scope"], one["rule"]) == (
            "bo@example.net", "greylisting", "receiver", "greylisting",
        )  # fmt: skip
        assert one["reply"] == {"code": 451, "status": "4.7.1", "text": "Greylisted, come back"}
        assert one["since"] < one["next_at"] < one["expires_at"]
        assert one["text"].startswith("mx.example.net takes no first try")

    @pytest_twisted.ensureDeferred
    async def test_a_scheduled_mail(self, acme: Team) -> None:
        """It waits for its time."""
        id_ = (await acme.send(scheduled_at=SOON)).json["id"]
        (one,) = (await acme.ask("GET", f"/emails/{id_}/why")).json["data"]
        assert (one["cause"], one["reply"], one["rule"]) == ("schedule", None, None)
        assert one["text"].startswith("It is scheduled")


class TestAttempts:
    """`GET /emails/{id}/attempts`."""

    @pytest_twisted.ensureDeferred
    async def test_what_was_said(self, acme: Team) -> None:
        """Line by line, and how the connection was."""
        (one,) = (await acme.ask("GET", f"/emails/{await deferred(acme)}/attempts")).json["data"]
        assert (one["attempt"], one["outcome"], one["exchanger"]) == (1, "delivery_delayed", "mx.example.net")
        assert (one["address"], one["port"]) == ("192.0.2.1", 25)
        assert one["tls"] == {"version": "TLSv1.3", "cipher": "TLS_AES_256", "policy": "dane"}
        assert one["began_at"] < one["ended_at"]
        assert one["transcript"].splitlines() == [
            "S: 220 mx.example.net",
            "C: EHLO us",
            "S: 250 mx.example.net",
            "C: MAIL FROM:<>",
            "S: 250 2.1.0 Ok",
            "C: RCPT TO:<bo@example.net>",
            "S: 250 2.1.5 Ok",
            "C: DATA",
            "S: 354 Go",
            "C: (4321 bytes of message)",
            "C: .",
            "S: 451 4.7.1 Greylisted, come back",
        ]

    @pytest_twisted.ensureDeferred
    async def test_none_was_made_yet(self, acme: Team) -> None:
        """An empty list."""
        id_ = (await acme.send(scheduled_at=SOON)).json["id"]
        assert (await acme.ask("GET", f"/emails/{id_}/attempts")).json["data"] == []


class TestTheOperator:
    """`/operator/…`: across teams."""

    @pytest_twisted.ensureDeferred
    async def test_the_health(self, acme: Team, operator: Any) -> None:
        """The age of the queue is that of the oldest mail that is due; a sandbox has no way out that could be shut."""
        await acme.send(scheduled_at=SOON)
        assert (await operator("GET", "/health")).json["oldest_at"] is None
        await acme.send()
        health = (await operator("GET", "/health")).json
        age = datetime.now(UTC) - datetime.fromisoformat(health["oldest_at"])
        assert timedelta(0) <= age < timedelta(minutes=1)
        assert (health["object"], health["way_out"]) == ("health", "unused")
        assert health["database_ms"] >= 0

    @pytest_twisted.ensureDeferred
    async def test_the_queue(self, acme: Team, other: Team, operator: Any) -> None:
        """How much waits, and what."""
        id_ = await deferred(acme)
        await other.send(**{"from": "Ana <ana@other.example>", "scheduled_at": SOON})
        whole = (await operator("GET", "/queue")).json
        (mine,) = [one for one in whole["domains"] if one["domain"] == "example.net"]
        assert (whole["object"], mine["waiting"] >= 2, whole["oldest_at"] is not None) == ("queue", True, True)
        listed = (await operator("GET", f"/queue/envelopes?id={id_}")).json["data"]
        assert [(one["email_id"], one["state"], one["attempt"]) for one in listed] == [(id_, "waiting", 1)]
        teams = (await operator("GET", f"/queue/envelopes?team_id={other.id}")).json["data"]
        assert {one["team_id"] for one in teams} == {other.id}
        why = (await operator("GET", f"/queue/why?id={listed[0]['id']}")).json["data"]
        assert why == (await acme.ask("GET", f"/emails/{id_}/why")).json["data"]

    @pytest_twisted.ensureDeferred
    async def test_what_may_be_done(self, acme: Team, operator: Any) -> None:
        """Hold, release, retry now, cancel."""
        id_ = await deferred(acme)
        for action, cause in (("hold", "hold"), ("release", "schedule"), ("hold", "hold")):
            assert (await operator("POST", f"/queue/{action}", {"ids": [id_]})).json["changed"] == 1
            (one,) = (await acme.ask("GET", f"/emails/{id_}/why")).json["data"]
            assert one["cause"] == cause
        await operator("POST", "/queue/retry", {"domain": "EXAMPLE.net.", "team_id": acme.id})
        assert (await operator("POST", "/queue/cancel", {"team_id": acme.id})).json["changed"] >= 1
        assert (await acme.ask("GET", f"/emails/{id_}")).json["last_event"] == "canceled"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"all": True, "domain": "example.net"},
            {"ids": ["x"]},
            {"domain": ""},
            {"domain": "", "team_id": "0198b3c2-0000-7000-8000-000000000000"},
            {"domain": "not a domain"},
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_nothing_is_done_to_everything_by_mistake(self, operator: Any, body: Any) -> None:
        """Everything is meant only by `all`, and then nothing else is said."""
        assert (await operator("POST", "/queue/cancel", body)).status == 422

    @pytest_twisted.ensureDeferred
    async def test_what_is_in_doubt(self, acme: Team, operator: Any) -> None:
        """Listed, and decided about."""
        id_ = await deferred(acme, DOUBT)
        (why,) = (await acme.ask("GET", f"/emails/{id_}/why")).json["data"]
        assert (why["cause"], why["next_at"]) == ("in doubt", None)
        (one,) = [one for one in (await operator("GET", "/in-doubt")).json["data"] if one["email_id"] == id_]
        assert (one["held"], one["exchanger"]) == (True, "mx.example.net")
        transcript = (await acme.ask("GET", f"/emails/{id_}/attempts")).json["data"][0]["transcript"]
        assert transcript.endswith("C: .\n-- The server closed the connection after the message was sent")
        said = await operator("POST", "/in-doubt", {"ids": [one["id"]], "decision": "assume_sent"})
        assert said.json == {"object": "changed", "changed": 1}
        assert (await acme.ask("GET", f"/emails/{id_}")).json["last_event"] == "delivered"
        assert (await operator("POST", "/in-doubt", {"all": True, "decision": "perhaps"})).status == 422

    @pytest_twisted.ensureDeferred
    async def test_sites_and_plugins(self, operator: Any) -> None:
        """A process that delivers nothing knows no site."""
        assert (await operator("GET", "/sites")).json["data"] == []
        assert (await operator("GET", "/plugins")).json["data"] == []

    @pytest_twisted.ensureDeferred
    async def test_nobody_else_gets_in(self, acme: Team, house: House) -> None:
        """Not a key, not an owner."""
        for path in ("/queue", "/queue/envelopes", "/sites", "/in-doubt", "/plugins"):
            assert (await acme.ask("GET", f"/operator{path}")).status == 403
            assert (await house.ask("GET", f"/operator{path}", token=acme.owner)).status == 403
