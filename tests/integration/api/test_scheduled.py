"""Scheduled mail over HTTP, and cancelling it while the queue reaches for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from mailit.store import claims, holders, scheduled
from mailit.store.claims import LaneKey, Wanted
from mailit.store.scheduled import NotScheduled
from tests.integration.api.conftest import House, Team


async def scheduled_mail(acme: Team, **fields: Any) -> str:
    """A mail to two for an hour from now; its id."""
    given = {"to": ["bo@example.net", "cy@example.org"], "scheduled_at": "in 1 hour", **fields}
    sent = await acme.send(**given)
    assert sent.status == 200, sent.body
    return str(sent.json["id"])


async def types(acme: Team, id_: str) -> list[str]:
    listed = (await acme.ask("GET", f"/emails/{id_}/events")).json["data"]
    return [event["type"].removeprefix("email.") for event in listed]


async def claim(house: House, team_id: str, domain: str = "example.net", at: float = 0.0, most: int = 100) -> int:
    """Claims what is due in a lane, since `at`; gives how many."""
    holder = house.ids()

    def work(tx: Any) -> int:
        holders.register(tx, holder, 10.0, "host", 1, ["delivery"])
        return len(claims.claim(tx, holder, [Wanted(LaneKey(domain, 0, team_id), most, at)]).envelopes)

    return int(await house.pool.transact(work))


class TestReschedule:
    """Another time for all recipients, and an event that says which."""

    @pytest_twisted.ensureDeferred
    async def test_later(self, acme: Team, house: House) -> None:
        id_ = await scheduled_mail(acme)
        answer = await acme.ask("PATCH", f"/emails/{id_}", {"scheduled_at": "2030-01-02T03:04:05.678Z", "id": id_})
        assert (answer.status, answer.json["message"]) == (
            422,
            "Invalid `scheduled_at` field. A mail can be scheduled at most 30 days ahead.",
        )
        at = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=678_000)
        answer = await acme.ask("PATCH", f"/emails/{id_}", {"scheduled_at": at.isoformat(), "id": id_})
        assert (answer.status, answer.json) == (200, {"id": id_, "object": "email"})
        got = (await acme.ask("GET", f"/emails/{id_}")).json
        assert (got["last_event"], got["scheduled_at"]) == ("scheduled", f"{at:%Y-%m-%d %H:%M:%S}.678+00")
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT due_at, expires_at FROM envelope"))
        assert {abs(row.due_at - at) < timedelta(milliseconds=1) for row in rows} == {True}
        assert {row.expires_at - row.due_at for row in rows} == {timedelta(days=1)}
        assert len(rows) == 2
        assert await types(acme, id_) == ["scheduled", "scheduled"]
        event = (await acme.ask("GET", f"/emails/{id_}/events")).json["data"][-1]
        assert event["data"]["scheduled_at"] == f"{at:%Y-%m-%dT%H:%M:%S}.678Z"
        assert house.woken == []

    @pytest_twisted.ensureDeferred
    async def test_in_words_and_now(self, acme: Team, house: House) -> None:
        """A time that is over is now: the queue is told, and finds all of it."""
        id_ = await scheduled_mail(acme)
        assert (await acme.ask("PATCH", f"/emails/{id_}", {"scheduled_at": "now"})).status == 200
        assert {lane.domain for lane in house.woken} == {"example.net", "example.org"}
        assert await claim(house, acme.id, at=time.time() - 1.0) == 1
        assert await types(acme, id_) == ["scheduled", "scheduled", "sent"]

    @pytest.mark.parametrize(
        ("body", "name", "says"),
        [
            ({}, "missing_required_field", "Missing `scheduled_at` field."),
            ({"scheduled_at": "soon"}, "validation_error", "Invalid `scheduled_at` field."),
            ({"scheduled_at": 5}, "validation_error", "Invalid `scheduled_at` field."),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_what_is_no_time(self, acme: Team, body: Any, name: str, says: str) -> None:
        answer = await acme.ask("PATCH", f"/emails/{await scheduled_mail(acme)}", body)
        assert (answer.status, answer.json["name"], says in answer.json["message"]) == (422, name, True)


class TestCancel:
    """For all recipients or for none."""

    @pytest_twisted.ensureDeferred
    async def test_it_ends(self, acme: Team, house: House) -> None:
        id_ = await scheduled_mail(acme)
        answer = await acme.ask("POST", f"/emails/{id_}/cancel")
        assert (answer.status, answer.json) == (200, {"id": id_, "object": "email"})
        assert (await acme.ask("GET", f"/emails/{id_}")).json["last_event"] == "canceled"
        assert await types(acme, id_) == ["scheduled", "canceled"]
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT state FROM delivery"))
        assert [row.state for row in rows] == ["canceled"] * 2
        assert await house.pool.transact(lambda tx: tx.rows("SELECT id FROM envelope")) == []

    @pytest_twisted.ensureDeferred
    async def test_what_was_canceled_stays_so(self, acme: Team) -> None:
        id_ = await scheduled_mail(acme)
        await acme.ask("POST", f"/emails/{id_}/cancel", {})
        again = await acme.ask("POST", f"/emails/{id_}/cancel", {})
        assert (again.status, again.json["message"]) == (422, "Only scheduled emails can be canceled.")
        later = await acme.ask("PATCH", f"/emails/{id_}", {"scheduled_at": "in 2 hours"})
        assert (later.status, later.json["message"]) == (422, "Only scheduled emails can be rescheduled.")
        assert await types(acme, id_) == ["scheduled", "canceled"]

    @pytest_twisted.ensureDeferred
    async def test_once_one_recipient_was_claimed_it_is_too_late_for_all(self, acme: Team, house: House) -> None:
        id_ = await scheduled_mail(acme)
        await house.pool.transact(lambda tx: tx.run("UPDATE envelope SET due_at = now()"))
        assert await claim(house, acme.id) == 1
        for method, path, body in (
            ("POST", f"/emails/{id_}/cancel", {}),
            ("PATCH", f"/emails/{id_}", {"scheduled_at": "in 1 day"}),
        ):
            assert (await acme.ask(method, path, body)).status == 422
        assert await types(acme, id_) == ["scheduled", "sent"]
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT state FROM delivery ORDER BY recipient"))
        assert [row.state for row in rows] == ["sent", "queued"]

    @pytest_twisted.ensureDeferred
    async def test_what_was_never_scheduled(self, acme: Team) -> None:
        id_ = (await acme.send()).json["id"]
        assert (await acme.ask("POST", f"/emails/{id_}/cancel")).status == 422

    @pytest_twisted.ensureDeferred
    async def test_what_is_not_there_or_anothers(self, acme: Team, other: Team, house: House) -> None:
        id_ = await scheduled_mail(acme)
        for team, which in ((acme, house.ids()), (other, id_)):
            cancel = await team.ask("POST", f"/emails/{which}/cancel")
            change = await team.ask("PATCH", f"/emails/{which}", {"scheduled_at": "in 1 day"})
            assert {(one.status, one.json["message"]) for one in (cancel, change)} == {(404, "Email not found")}
        assert (await acme.ask("POST", "/emails/nothing/cancel")).json["name"] == "invalid_parameter"


class TestTheRaceWithTheClaim:
    """Whoever is first has all of the mail, and the other knows."""

    @pytest_twisted.ensureDeferred
    async def test_many_at_once(self, acme: Team, house: House) -> None:
        mails = [
            {
                "from": "a@acme.example",
                "to": [f"{name}@example.net" for name in "abc"],
                "subject": "Hi",
                "text": "x",
                "scheduled_at": "in 1 hour",
            }
        ] * 40
        ids = [one["id"] for one in (await acme.ask("POST", "/emails/batch", mails)).json["data"]]
        await house.pool.transact(lambda tx: tx.run("UPDATE envelope SET due_at = now()"))

        async def claim_all() -> None:
            while await claim(house, acme.id, most=7):
                pass

        async def end(id_: str, kind: int) -> bool:
            try:
                if kind:
                    await house.pool.transact(scheduled.cancel, acme.id, id_)
                else:
                    await house.pool.transact(scheduled.reschedule, acme.id, id_, time.time() + 3600.0)
            except NotScheduled:
                return False
            return True

        claiming = [Deferred.fromCoroutine(claim_all()) for _ in range(2)]
        ended = await gatherResults([Deferred.fromCoroutine(end(id_, n % 2)) for n, id_ in enumerate(reversed(ids))])
        await gatherResults(claiming)
        done = dict(zip(reversed(ids), ended, strict=True))
        assert 0 < sum(ended) < len(ids), "nothing raced"
        rows = await house.pool.transact(
            lambda tx: tx.rows(
                "SELECT email.id, email.last_event, count(envelope.id) AS left, count(envelope.holder) AS claimed"
                "  FROM email LEFT JOIN envelope ON envelope.email_id = email.id GROUP BY email.id, email.last_event"
            )
        )
        for row in rows:
            kind = ids[::-1].index(row.id) % 2
            expected = ("sent", 3, 3) if not done[row.id] else ("canceled", 0, 0) if kind else ("scheduled", 3, 0)
            assert (row.last_event, row.left, row.claimed) == expected
