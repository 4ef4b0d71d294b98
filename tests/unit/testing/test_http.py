"""Endpoints behind the real API, without a socket."""

from __future__ import annotations

import msgspec
import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.errors import NotFound
from mailit.plugin import Call, Needs, RawAnswer, endpoint, endpoints
from mailit.testing.http import MemoryApi
from mailit.testing.mails import CALLER, TEAM


class Thing(msgspec.Struct):
    name: str


class Routes:
    @endpoint("POST", "/things", takes=Thing, gives=Thing, status=201)
    async def make(self, call: Call, body: Thing) -> Thing:
        """Makes one."""
        return Thing(f"{body.name} of {call.team_id}")

    @endpoint("GET", "/things/{name}", gives=Thing)
    async def show(self, call: Call) -> Thing:
        """One."""
        if call.path["name"] == "none":
            raise NotFound("Thing not found")
        return Thing(call.path["name"])

    @endpoint("GET", "/pixel", gives=bytes, raw=True, gives_type="image/gif", needs=Needs.NOTHING)
    async def pixel(self, call: Call) -> RawAnswer:
        """Public bytes."""
        return RawAnswer(b"GIF", headers=(("X-From", call.headers("X-Here") or ""),))

    @endpoint("GET", "/", gives=bytes, raw=True, gives_type="text/plain", needs=Needs.NOTHING, host="page.test")
    async def page(self, call: Call) -> bytes:
        """Where a host name leads."""
        return b"page"

    @endpoint("GET", "/slow", gives=Thing)
    async def slow(self, call: Call) -> Thing:
        """Never."""
        return await Deferred()


@pytest.fixture
def api() -> MemoryApi:
    return MemoryApi(endpoints(Routes()))


class TestAnswers:
    """Those of the house."""

    def test_json_in_and_out(self, api):
        """With its status."""
        answer = api.ask("POST", "/things", {"name": "a", "unknown": 1})
        assert (answer.status, answer.json) == (201, {"name": f"a of {TEAM}"})
        assert answer.headers["content-type"].startswith("application/json")

    def test_errors_are_resends(self, api):
        """Of the body, of the endpoint, of the path."""
        assert api.ask("POST", "/things", {"name": 1}).json["name"] == "validation_error"
        assert api.ask("GET", "/things/none").json == {
            "statusCode": 404,
            "message": "Thing not found",
            "name": "not_found",
        }
        assert api.ask("GET", "/nothing").status == 404

    def test_raw_and_public(self, api):
        """Without a key, with headers."""
        answer = MemoryApi(api.endpoints, None).ask("GET", "/pixel", X_Here="there")
        assert (answer.status, answer.body, answer.headers["x-from"]) == (200, b"GIF", "there")

    def test_a_host_name_of_its_own(self, api):
        """And nowhere else."""
        assert api.ask("GET", "/", host="page.test").body == b"page"
        assert api.ask("GET", "/").status == 404


class TestWhoAsks:
    """One caller, or none."""

    def test_nobody(self, api):
        """Is asked for a key."""
        assert MemoryApi(api.endpoints, None).ask("GET", "/things/a").status == 401

    def test_one_who_may_only_send(self, api):
        """Is refused what needs more."""

        sending = evolve(CALLER, full_access=False)
        assert MemoryApi(api.endpoints, sending).ask("GET", "/things/a").status == 401


class TestAnEndpointThatWaits:
    """Has not answered."""

    def test_the_test_is_told(self, api):
        """What it waits for is the test's to bring about."""
        with pytest.raises(AssertionError, match="GET /slow has no answer yet"):
            api.ask("GET", "/slow")
