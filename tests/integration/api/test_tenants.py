"""A team sees and touches its own rows alone, on every route that there is."""

from __future__ import annotations

import re
from typing import Any

import pytest_twisted

from mailit.plugin import Endpoint, Needs
from tests.integration.api.conftest import House, Team

BODIES: dict[tuple[str, str], Any] = {("PATCH", "/api-keys/{api_key_id}"): {"name": "stolen"}}


async def ids_of(team: Team) -> dict[str, str]:
    """An id of the team's for each name that a path has."""
    assert team.domain_id is not None
    return {
        "email_id": (await team.send()).json["id"],
        "domain_id": team.domain_id,
        "api_key_id": team.key_id,
    }


def with_ids(house: House) -> list[Endpoint]:
    return [one for one in house.endpoints if "{" in one.path]


async def everything(team: Team) -> Any:
    """What the team sees of itself."""
    lists = [(await team.ask("GET", path)).json["data"] for path in ("/emails", "/domains", "/event-log")]
    keys = (await team.ask("GET", "/api-keys")).json["data"]
    return [*lists, [(key["id"], key["name"]) for key in keys]]


class TestAnotherTeamsId:
    """It is 404 on every route, as if there were no such thing, and nothing comes of it."""

    @pytest_twisted.ensureDeferred
    async def test_every_route_with_an_id(self, acme: Team, other: Team, house: House) -> None:
        ids = await ids_of(acme)
        before = await everything(acme)
        tried = 0
        for one in with_ids(house):
            path = re.sub(r"\{(\w+)\}", lambda name: ids[name[1]], one.path)
            answer = await other.ask(one.method, path, BODIES.get((one.method, one.path)))
            assert (answer.status, answer.json["name"]) == (404, "not_found"), one.name
            nobody = re.sub(r"\{(\w+)\}", house.ids(), one.path)
            assert (await other.ask(one.method, nobody, BODIES.get((one.method, one.path)))).body == answer.body
            tried += 1
        assert tried >= 7
        assert await everything(acme) == before

    @pytest_twisted.ensureDeferred
    async def test_an_id_that_is_none_is_422_on_every_route(self, acme: Team, house: House) -> None:
        for one in with_ids(house):
            path = re.sub(r"\{\w+\}", "not-an-id", one.path)
            answer = await acme.ask(one.method, path, BODIES.get((one.method, one.path)))
            assert (answer.status, answer.json["name"]) == (422, "invalid_parameter"), one.name
            assert answer.json["message"].endswith("must be a valid UUID.")

    @pytest_twisted.ensureDeferred
    async def test_in_a_cursor_it_shows_nothing(self, acme: Team, other: Team) -> None:
        ids = await ids_of(acme)
        for path, cursor in (("/emails", "email_id"), ("/domains", "domain_id"), ("/api-keys", "api_key_id")):
            for way in ("after", "before"):
                listed = (await other.ask("GET", f"{path}?{way}={ids[cursor]}")).json["data"]
                assert not {one["id"] for one in listed} & set(ids.values())

    @pytest_twisted.ensureDeferred
    async def test_a_key_can_not_be_bound_to_it(self, acme: Team, other: Team) -> None:
        body = {"name": "k", "permission": "sending_access", "domain_id": acme.domain_id}
        assert (await other.ask("POST", "/api-keys", body)).status == 404


class TestEveryRoute:
    """None answers without credentials, but those that say so."""

    @pytest_twisted.ensureDeferred
    async def test_without_credentials(self, house: House) -> None:
        public = {one.path for one in house.endpoints if one.needs is Needs.NOTHING}
        assert public == {"/auth/register", "/auth/login", "/healthz", "/readyz", "/openapi.json", "/docs"}
        for one in house.endpoints:
            if one.needs is Needs.NOTHING:
                continue
            path = re.sub(r"\{\w+\}", house.ids(), one.path)
            answer = await house.ask(one.method, path)
            assert (answer.status, answer.json["name"]) == (401, "missing_api_key"), one.name

    @pytest_twisted.ensureDeferred
    async def test_with_a_key_that_is_none(self, house: House) -> None:
        for one in house.endpoints:
            if one.needs is Needs.NOTHING:
                continue
            path = re.sub(r"\{\w+\}", house.ids(), one.path)
            answer = await house.ask(one.method, path, token="re_00000000_000000000000000000000000")
            assert (answer.status, answer.json["name"]) == (403, "invalid_api_key"), one.name
