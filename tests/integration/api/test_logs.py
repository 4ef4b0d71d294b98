"""The log of requests: what keys asked, as Resend tells it."""

from __future__ import annotations

import time
from typing import Any

import pytest
import pytest_twisted

from mailit import ids
from mailit.api.request_log import NOTES_MOST
from mailit.interfaces import Caller
from mailit.store import request_logs
from tests.integration.api.conftest import House, Team

NOWHERE = "01890000-0000-7000-8000-000000000000"


async def logs(team: Team, query: str = "", token: str | None = None) -> Any:
    """What the log has, with everything written that is to be."""
    await team.house.requests.stop()
    answer = await team.house.ask("GET", f"/logs{query}", None, token or team.token)
    assert answer.status == 200, answer.body
    return answer.json


class TestAList:
    """Newest first, by cursor, in Resend's shape."""

    @pytest_twisted.ensureDeferred
    async def test_has_resends_fields(self, acme: Team) -> None:
        await acme.ask("GET", "/domains?limit=1")
        listed = await logs(acme)
        assert (listed["object"], listed["has_more"]) == ("list", False)
        shown = listed["data"][0]
        assert shown == {
            "id": shown["id"],
            "created_at": shown["created_at"],
            "endpoint": "/domains",
            "method": "GET",
            "response_status": 200,
            "user_agent": "tests",
        }

    @pytest_twisted.ensureDeferred
    async def test_somebody_signed_in_sees_more(self, acme: Team) -> None:
        answer = await acme.ask("GET", "/domains")
        shown = (await logs(acme, token=acme.owner))["data"][0]
        assert shown["request_id"] == answer.header("x-request-id")
        assert shown["api_key_id"] == acme.key_id and 0 <= shown["duration_ms"] < 60_000

    @pytest_twisted.ensureDeferred
    async def test_turns_by_cursor(self, acme: Team) -> None:
        for name in ("a", "b", "c"):
            await acme.ask("GET", f"/nothing/{name}")
        first = await logs(acme, "?limit=2&path=", acme.owner)
        assert [one["endpoint"] for one in first["data"]] == ["/nothing/c", "/nothing/b"] and first["has_more"]
        older = await logs(acme, f"?limit=1&after={first['data'][1]['id']}", acme.owner)
        assert older["data"][0]["endpoint"] == "/nothing/a"
        newer = await logs(acme, f"?limit=1&before={first['data'][1]['id']}", acme.owner)
        assert newer["data"] == first["data"][:1]

    @pytest_twisted.ensureDeferred
    async def test_what_the_dashboard_asks_is_not_in_it(self, acme: Team) -> None:
        before = len((await logs(acme, token=acme.owner))["data"])
        await acme.house.ask("GET", "/domains", None, acme.owner)
        assert len((await logs(acme, token=acme.owner))["data"]) == before

    @pytest_twisted.ensureDeferred
    async def test_another_team_is_not_in_it(self, acme: Team, other: Team) -> None:
        await acme.ask("GET", "/nothing/of-acme")
        assert "/nothing/of-acme" not in str(await logs(other))


class TestFilters:
    """Each along an index; all that are given must hold."""

    @pytest_twisted.ensureDeferred
    async def test_by_each(self, acme: Team) -> None:
        await acme.ask("GET", "/domains")
        await acme.ask("GET", "/nothing")
        await acme.send(to="nobody")

        async def found(query: str) -> list[tuple[str, int]]:
            shown = (await logs(acme, query, acme.owner))["data"]
            return [(one["endpoint"], one["response_status"]) for one in shown]

        assert await found("?status=4xx") == [("/emails", 422), ("/nothing", 404)]
        assert await found("?status=404") == [("/nothing", 404)]
        assert await found("?status=2xx&path=/domains") == [("/domains", 200), ("/domains", 201)]
        assert await found("?status=5xx") == []
        assert await found(f"?api_key_id={acme.key_id}&path=/emails") == [("/emails", 422)]
        assert await found(f"?api_key_id={NOWHERE}") == []
        assert len(await found("?since=2020-01-01T00:00:00Z")) == 4
        assert await found("?until=2020-01-01T00:00:00Z") == []

    @pytest_twisted.ensureDeferred
    async def test_of_nonsense(self, acme: Team) -> None:
        for query in ("status=ok", "status=600", "api_key_id=1", "since=never", "limit=0", "after=x"):
            assert (await acme.ask("GET", f"/logs?{query}")).status == 422, query

    @pytest.mark.parametrize(
        ("which", "index"),
        [
            ({"class": 4}, "request_log_failed"),
            ({"path": "/emails"}, "request_log_path"),
            ({"key": NOWHERE}, "request_log_key"),
            ({}, "request_log_pkey"),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_are_read_along_an_index(self, house: House, which: dict[str, Any], index: str) -> None:
        """Among many requests of a team, most of them alike, none is sorted, and few are looked at."""
        team = house.ids()

        def plan(tx: Any) -> str:
            many = [_log(house.ids(), team, house.ids() if n % 500 else NOWHERE, n) for n in range(2_000)]
            request_logs.write(tx, many)
            tx.run("ANALYZE request_log")
            params = {"team": team, "low": NOWHERE, "high": "f" * 8 + NOWHERE[8:], "most": 21}
            params |= {"key": None, "path": None, "status": None, "class": None, **which}
            sql = request_logs.FAILED_DOWN if "class" in which else request_logs.ANY_DOWN
            before, query = sql.split("SELECT", 1)
            rows = tx.rows(f"{before} EXPLAIN SELECT {query}", params)
            return "\n".join(row[0] for row in rows)

        found = await house.pool.transact(plan)
        assert index in found and "Sort" not in found, found


def _log(id_: str, team: str, key: str, n: int) -> request_logs.NewLog:
    path, status = ("/emails", 422) if n % 500 == 0 else (f"/emails/{n}", 200)
    return request_logs.NewLog(id_, team, key, "GET", path, status, 0.1, None, f"r{n}", None, None, 1_700_000_000.0)


class TestOne:
    """A request whole, with its bodies."""

    async def newest(self, team: Team) -> Any:
        listed = await logs(team, "?limit=1", team.owner)
        return (await team.ask("GET", f"/logs/{listed['data'][0]['id']}")).json

    @pytest_twisted.ensureDeferred
    async def test_has_both_bodies(self, acme: Team) -> None:
        sent = await acme.send(attachments=[{"filename": "a.txt", "content": "aGVsbG8="}])
        shown = await self.newest(acme)
        assert (shown["object"], shown["endpoint"], shown["response_status"]) == ("log", "/emails", 200)
        assert shown["request_body"]["attachments"] == [{"filename": "a.txt", "content": "[struck out]"}]
        assert shown["request_body"]["to"] == "bo@example.net"
        assert shown["response_body"] == sent.json

    @pytest_twisted.ensureDeferred
    async def test_a_new_keys_token_is_struck_out(self, acme: Team) -> None:
        made = await acme.ask("POST", "/api-keys", {"name": "ci"})
        shown = await self.newest(acme)
        assert shown["response_body"] == {"id": made.json["id"], "token": "[struck out]"}
        assert made.json["token"] not in str(shown)

    @pytest_twisted.ensureDeferred
    async def test_an_error_is_in_it(self, acme: Team) -> None:
        failed = await acme.ask("PUT", "/emails")
        shown = await self.newest(acme)
        assert (shown["response_status"], shown["response_body"]) == (405, failed.json)
        assert shown["request_body"] is None

    @pytest_twisted.ensureDeferred
    async def test_strange_bytes_do_no_harm(self, acme: Team) -> None:
        await acme.house.ask("POST", "/emails", b'{"subject": "a\\u0000b"}', acme.token, User_Agent="x\xff")
        assert (await self.newest(acme))["request_body"] == {"subject": "a\0b"}

    @pytest_twisted.ensureDeferred
    async def test_the_key_is_named(self, acme: Team) -> None:
        await acme.ask("GET", "/domains")
        id_ = (await logs(acme, "?limit=1", acme.owner))["data"][0]["id"]
        shown = (await acme.house.ask("GET", f"/logs/{id_}", None, acme.owner)).json
        assert shown["api_key_name"] == "first"

    @pytest_twisted.ensureDeferred
    async def test_of_another_team_is_not_found(self, acme: Team, other: Team) -> None:
        await acme.ask("GET", "/domains")
        id_ = (await logs(acme, "?limit=1", acme.owner))["data"][0]["id"]
        answer = await other.ask("GET", f"/logs/{id_}")
        assert (answer.status, answer.json["message"]) == (404, "Log not found")

    @pytest_twisted.ensureDeferred
    async def test_by_what_is_no_id(self, acme: Team) -> None:
        answer = await acme.ask("GET", "/logs/1")
        assert (answer.status, answer.json["name"]) == (422, "invalid_parameter")
        assert answer.json["message"] == "The `logId` must be a valid UUID."


class TestTheKeeping:
    """Off the way of requests, bounded, and for as long as it is configured."""

    @pytest_twisted.ensureDeferred
    async def test_with_the_database_away_requests_are_counted_as_dropped(self, acme: Team) -> None:
        await acme.ask("GET", "/domains")
        await acme.house.pool.stop()
        await acme.house.requests.stop()
        acme.house.pool.start()
        assert acme.house.requests.dropped >= 1

    @pytest_twisted.ensureDeferred
    async def test_more_than_there_is_room_for_is_dropped(self, acme: Team) -> None:
        class Asked:
            whole_at, method, path, answered, name, said = None, b"GET", b"/", b"200", "r", b""

            def getHeader(self, name: bytes) -> None:
                return None

        keeper, caller = acme.house.requests, Caller(acme.id, api_key_id=acme.key_id)
        before = len(keeper._notes)
        for _ in range(NOTES_MOST + 5):
            keeper.note(Asked(), caller)  # type: ignore[arg-type]
        assert keeper.dropped == before + 5 and len(keeper._notes) == NOTES_MOST
        del keeper._notes[1:]

    @pytest_twisted.ensureDeferred
    async def test_what_is_old_is_purged_whosever_it_is(self, house: House) -> None:
        now = time.time()
        teams = [house.ids() for _ in range(3)]
        old = [_log(ids.floor(now - 90 - n), team, NOWHERE, n) for n, team in enumerate([*teams, *teams])]
        new = [_log(house.ids(), team, NOWHERE, n) for n, team in enumerate(teams)]
        await house.pool.transact(request_logs.write, [*old, *new])
        await house.requests.purge(now - 60)

        def left(tx: Any) -> set[str]:
            return {
                row.id
                for row in tx.rows(
                    "SELECT id FROM request_log WHERE team_id = ANY(%(teams)s::uuid[])", {"teams": teams}
                )
            }

        assert await house.pool.transact(left) == {one.id for one in new}
