"""What teams may send, and what they have sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet.defer import Deferred, gatherResults

from mailit.access.settings import RateLimitSettings
from mailit.store.quotas import Quota
from mailit.submission.settings import QuotaSettings
from tests.integration.api.conftest import Answer, House, Team

MAIL = {"from": "a@acme.example", "to": "bo@example.net", "subject": "Hi", "text": "x"}


def used(answer: Answer) -> tuple[str | None, str | None]:
    return answer.header("x-resend-daily-quota"), answer.header("x-resend-monthly-quota")


class TestWithoutQuotas:
    """A team sends as much as it likes, and may ask how much that is."""

    @pytest_twisted.ensureDeferred
    async def test_nothing_is_said_and_nothing_counted(self, acme: Team, house: House) -> None:
        assert used(await acme.send()) == (None, None)
        assert await house.pool.transact(lambda tx: tx.rows("SELECT * FROM sent_count")) == []

    @pytest_twisted.ensureDeferred
    async def test_usage(self, acme: Team, other: Team, house: House) -> None:
        await acme.send(to=["bo@example.net", "cy@example.net"], cc="di@example.net")
        await other.send(**{"from": "a@other.example"})
        answer = await acme.ask("GET", "/usage")
        assert answer.status == 200
        now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        day = f"{now + timedelta(days=1):%Y-%m-%dT%H:%M:%S}.000Z"
        month = f"{(now.replace(day=1) + timedelta(days=32)).replace(day=1):%Y-%m-%dT%H:%M:%S}.000Z"
        assert answer.json == {
            "object": "usage",
            "emails": {
                "daily": {"used": 3, "limit": None, "sent": 3, "received": 0, "resets_at": day},
                "monthly": {"used": 3, "limit": None, "sent": 3, "received": 0, "resets_at": month},
            },
            "contacts": {"used": 0, "limit": None},
            "segments": {"used": 0, "limit": None},
            "broadcasts": {"used": 0, "limit": None},
            "ai_credits": {"used": 0, "limit": None, "next_increase_at": None},
            "automation_runs": {"used": 0, "limit": None, "resets_at": month},
            "domains": {"used": 1, "limit": None},
            "rate_limit": {"limit": None, "duration": "1000ms"},
        }


class TestAQuotaOfAll:
    """Each recipient counts; what is over it is refused whole, and counts nothing."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"quota": QuotaSettings(daily=5, monthly=7), "limits": RateLimitSettings(requests_per_second=1000)}

    @pytest_twisted.ensureDeferred
    async def test_it_is_used_up(self, acme: Team, other: Team, house: House) -> None:
        assert used(await acme.send(to=["bo@example.net", "cy@example.net"], bcc="di@example.net")) == ("3", "3")
        assert used(await acme.ask("POST", "/emails/batch", [MAIL])) == ("4", "4")
        over = await acme.ask("POST", "/emails/batch", [MAIL] * 2)
        assert (over.status, over.json["name"], used(over)) == (429, "daily_quota_exceeded", ("4", "4"))
        assert over.json["message"] == "You have reached your daily email quota."
        assert 0 < int(over.header("retry-after") or 0) <= 86_401
        assert used(await acme.send()) == ("5", "5")
        assert (await acme.send()).status == 429
        assert len((await acme.ask("GET", "/emails")).json["data"]) == 3
        usage = (await acme.ask("GET", "/usage")).json
        assert [usage["emails"][period]["limit"] for period in ("daily", "monthly")] == [5, 7]
        assert usage["rate_limit"] == {"limit": 1000, "duration": "1000ms"}
        assert used(await other.send(**{"from": "a@other.example"})) == ("1", "1")
        assert used(await acme.ask("GET", "/emails")) == (None, None)

    @pytest_twisted.ensureDeferred
    async def test_the_next_day_and_the_month(self, acme: Team, house: House) -> None:
        """A mail of yesterday counts in the month alone, where that is of the same month."""
        now = datetime.fromtimestamp(house.clock(), UTC)
        house.clock_ahead = (now.replace(day=10, hour=12) - now).total_seconds()
        await acme.ask("POST", "/emails/batch", [MAIL] * 5)
        house.clock_ahead += 86_400
        assert used(await acme.ask("POST", "/emails/batch", [MAIL] * 2)) == ("2", "7")
        over = await acme.send()
        assert (over.status, over.json["name"]) == (429, "monthly_quota_exceeded")
        assert over.json["message"] == "You have reached your monthly email quota."

    @pytest_twisted.ensureDeferred
    async def test_two_processes_at_once(self, acme: Team, house: House) -> None:
        """What two of them accept together is within the quota, to the last recipient."""
        twin = house.twin()
        teams = [acme, Team(twin, acme.id, acme.key_id, acme.token)] * 6
        answers = await gatherResults([Deferred.fromCoroutine(team.send()) for team in teams])
        assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 7
        await twin.stop()

    @pytest_twisted.ensureDeferred
    async def test_a_key_is_not_kept_for_what_was_refused(self, acme: Team, house: House) -> None:
        await acme.ask("POST", "/emails/batch", [MAIL] * 5)
        assert (await acme.ask("POST", "/emails", MAIL, idempotency_key="k")).status == 429
        await house.quotas.put(acme.id, Quota())
        first = await acme.ask("POST", "/emails", MAIL, idempotency_key="k")
        assert (first.status, used(first)) == (200, ("5", "5"))

    @pytest_twisted.ensureDeferred
    async def test_a_replay_draws_nothing(self, acme: Team) -> None:
        for _ in range(3):
            assert used(await acme.ask("POST", "/emails", MAIL, idempotency_key="k")) == ("1", "1")

    @pytest_twisted.ensureDeferred
    async def test_another_process_replays(self, acme: Team, house: House) -> None:
        """It tells what was used though it sent nothing itself, as after a restart."""
        await acme.ask("POST", "/emails", MAIL, idempotency_key="k")
        twin = house.twin()
        there = Team(twin, acme.id, acme.key_id, acme.token)
        replayed = await there.ask("POST", "/emails", MAIL, idempotency_key="k")
        assert (replayed.status, used(replayed)) == (200, ("1", "1"))
        await twin.stop()


class TestATeamsOwn:
    """The operator says what a team may, whatever the others may; every process hears of it."""

    @pytest_twisted.ensureDeferred
    async def test_it_counts_what_was_sent_before(self, acme: Team, other: Team, house: House) -> None:
        await house.quotas.start()
        await acme.ask("POST", "/emails/batch", [MAIL] * 3)
        await house.quotas.put(acme.id, Quota(daily=4))
        assert used(await acme.send()) == ("4", "4")
        assert (await acme.send()).json["name"] == "daily_quota_exceeded"
        assert (await other.send(**{"from": "a@other.example"})).status == 200

    @pytest_twisted.ensureDeferred
    async def test_another_process_hears_of_it(self, acme: Team, house: House) -> None:
        twin = house.twin()
        await twin.quotas.start()
        await house.quotas.put(acme.id, Quota(monthly=0))

        async def heard() -> bool:
            return twin.quotas.of(acme.id) == Quota(monthly=0)

        await house.until(heard)
        there = Team(twin, acme.id, acme.key_id, acme.token)
        assert (await there.send()).json["name"] == "monthly_quota_exceeded"
        await twin.stop()

    @pytest_twisted.ensureDeferred
    async def test_over_http(self, house: House, acme: Team) -> None:
        account_id, token = await house.member(acme.id, "owner")
        await house.pool.transact(
            lambda tx: tx.run("UPDATE account SET operator = true WHERE id = %(id)s", {"id": account_id})
        )
        operator = evolve(acme, token=token)
        path = f"/operator/teams/{acme.id}/quota"
        none = {"object": "quota", "team_id": acme.id, "daily": None, "monthly": None, "own": False}
        assert (await operator.ask("GET", path)).json == none
        assert (await operator.ask("PATCH", path, {"daily": 2, "monthly": 9})).json == {
            **none,
            "daily": 2,
            "monthly": 9,
            "own": True,
        }
        assert (await operator.ask("PATCH", path, {"daily": None})).json["monthly"] == 9
        assert (await operator.ask("PATCH", path, {"daily": -1})).status == 422
        assert (await operator.ask("DELETE", path)).json == none
        nobody = f"/operator/teams/{house.ids()}/quota"
        for method, body in (("GET", None), ("PATCH", {"daily": 1}), ("DELETE", None)):
            assert (await operator.ask(method, nobody, body)).json["message"] == "Team not found"
            assert (await acme.ask(method, path, body)).status == 403
