"""A team sees and touches its own rows alone, on every route that there is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest
import pytest_twisted

from mailit.plugin import Endpoint, Needs
from mailit.plugins.sandbox import store as sandbox
from tests.integration.api.conftest import House, Team

NAMES = re.compile(r"\{(\w+)\}")
PUBLIC = {
    "/auth/register",
    "/auth/login",
    "/auth/forgot",
    "/auth/reset",
    "/auth/invitation",
    "/auth/accept-invite",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/files/{email_id}/{attachment_id}",  # by links, whose signatures stand for a key
    "/share/{email_id}",
}


async def email(team: Team) -> str:
    return str((await team.send(**{"from": f"a@{team.domain}"})).json["id"])


async def invitation(team: Team) -> str:
    body = {"email": "cy@example.net"}
    return str((await team.house.ask("POST", "/team/invitations", body, team.owner)).json["id"])


async def session(team: Team) -> str:
    return str((await team.house.ask("GET", "/auth/sessions", None, team.owner)).json["data"][0]["id"])


async def caught(team: Team) -> str:
    id_ = team.house.ids()
    names = ("email_id", "return_path", "recipient", "sender", "subject")
    row = {"id": id_, "team_id": team.id, **dict.fromkeys(names, id_), "message": b"secret"}
    await team.house.pool.transact(sandbox.catch, row)
    return id_


async def log(team: Team) -> str:
    await team.ask("GET", "/domains")
    await team.house.requests.stop()
    return str((await team.ask("GET", "/logs")).json["data"][0]["id"])


async def known(value: str | None) -> str:
    assert value is not None
    return value


MAKERS: Mapping[str, Callable[[Team], Awaitable[str]]] = {
    "/emails/{email_id}": email,
    "/domains/{domain_id}": lambda team: known(team.domain_id),
    "/api-keys/{api_key_id}": lambda team: known(team.key_id),
    "/logs/{log_id}": log,
    "/auth/sessions/{session_id}": session,
    "/team/members/{member_id}": lambda team: known(team.owner_id),
    "/team/invitations/{invitation_id}": invitation,
    "/sandbox/emails/{id}": caught,
}
"""How a team gets a thing of its own, by the path up to its name. A new kind of thing needs a line here."""

BODIES: Mapping[tuple[str, str], Any] = {("PATCH", "/emails/{email_id}"): {"scheduled_at": "in 1 hour"}}
"""Bodies of routes for which the one made from the declaration won't do."""


def with_ids(house: House) -> list[Endpoint]:
    """Those that name a thing of a team; operators see across teams."""
    beyond = (Needs.NOTHING, Needs.OPERATOR)
    return [one for one in house.endpoints if "{" in one.path and one.needs not in beyond]


def kinds(house: House) -> list[str]:
    """Every kind of thing that a path names, as MAKERS has it."""
    return list(dict.fromkeys(one.path[: one.path.index("}") + 1] for one in with_ids(house)))


async def things(team: Team) -> dict[str, str]:
    """One of each kind, the team's own."""
    lacking = [kind for kind in kinds(team.house) if kind not in MAKERS]
    assert lacking == [], "say in MAKERS how a team gets such a thing, so that another team can be kept from it"
    return {kind: await MAKERS[kind](team) for kind in kinds(team.house)}


def pointed(one: Endpoint, id_: str, other: str) -> str:
    """The path of an endpoint with the first name's value, and another id for further ones."""
    return NAMES.sub(other, one.path.replace(one.path[one.path.index("{") : one.path.index("}") + 1], id_))


def body_of(one: Endpoint) -> Any:
    """A body that the endpoint takes."""
    if (one.method, one.path) in BODIES:
        return BODIES[one.method, one.path]
    return None if one.takes is None or one.takes is bytes else sample(msgspec.inspect.type_info(one.takes))


def sample(kind: msgspec.inspect.Type, name: str = "") -> Any:
    """The least value of a type."""
    if isinstance(kind, msgspec.inspect.StructType):
        return {field.encode_name: sample(field.type, field.name) for field in kind.fields if field.required}
    if isinstance(kind, msgspec.inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, msgspec.inspect.UnionType):
        return sample(kind.types[0], name)
    if isinstance(kind, msgspec.inspect.StrType):
        return "bo@example.net" if "email" in name or name in ("from", "to") else "something"
    simple = {"IntType": 1, "FloatType": 1.0, "BoolType": True, "DictType": {}, "ListType": []}
    return simple[type(kind).__name__]


def callers(one: Endpoint, team: Team) -> list[str]:
    """Those of a team who may ask this: somebody who owns it, and a key with full access."""
    return [team.owner] if one.needs is Needs.ACCOUNT else [team.owner, team.token]


async def everything(team: Team) -> dict[str, Any]:
    """All that the team sees of itself, but for when something was last used."""
    seen: dict[str, Any] = {}
    for one in team.house.endpoints:
        if one.method == "GET" and "{" not in one.path and not one.raw and one.needs in (Needs.FULL, Needs.ACCOUNT):
            answer = await team.house.ask("GET", one.path, None, team.owner)
            assert answer.status == 200, (one.path, answer.body)
            seen[one.path] = re.sub(rb'"last_used_at":(null|"[^"]*")', b"", answer.body)
    return seen


@pytest.fixture
def house_settings() -> dict[str, Any]:
    return {"plugins": True}


class TestAnotherTeamsId:
    """It is 404 on every route, as if there were no such thing, and nothing comes of it."""

    @pytest_twisted.ensureDeferred
    async def test_every_route_with_an_id(self, acme: Team, other: Team, house: House) -> None:
        ids = await things(acme)
        before = await everything(acme)
        tried = 0
        for one in with_ids(house):
            theirs = pointed(one, ids[one.path[: one.path.index("}") + 1]], house.ids())
            nobodys = NAMES.sub(lambda _: house.ids(), one.path)
            for token in callers(one, other):
                answer = await house.ask(one.method, theirs, body_of(one), token)
                if one.needs is Needs.OPERATOR:
                    assert answer.status == 403, one.name
                    continue
                assert answer.status == 404, f"{one.name}: {answer.body!r}; a body that it takes can be put in BODIES"
                assert answer.json["name"] == "not_found"
                assert (await house.ask(one.method, nobodys, body_of(one), token)).body == answer.body
                tried += 1
        assert tried >= 12
        assert await everything(acme) == before

    @pytest_twisted.ensureDeferred
    async def test_an_id_that_is_none_is_422_on_every_route(self, acme: Team, house: House) -> None:
        for one in with_ids(house):
            path = NAMES.sub("not-an-id", one.path)
            answer = await house.ask(one.method, path, body_of(one), acme.owner)
            if one.needs is Needs.OPERATOR:
                continue
            assert (answer.status, answer.json["name"]) == (422, "invalid_parameter"), one.name
            assert answer.json["message"].endswith("must be a valid UUID.")

    @pytest_twisted.ensureDeferred
    async def test_nothing_of_another_team_is_in_any_list(self, acme: Team, other: Team, house: House) -> None:
        ids = {acme.id, *(await things(acme)).values()}
        own = await everything(acme)
        assert len([id_ for id_ in ids if any(id_.encode() in answer for answer in own.values())]) == len(ids)
        for path, answer in (await everything(other)).items():
            assert not [id_ for id_ in ids if id_.encode() in answer], path

    @pytest_twisted.ensureDeferred
    async def test_in_a_cursor_it_shows_nothing(self, acme: Team, other: Team, house: House) -> None:
        ids = set((await things(acme)).values())
        for one in house.endpoints:
            if one.query is None or "before" not in {field.name for field in msgspec.structs.fields(one.query)}:
                continue
            for token in callers(one, other):
                for id_ in ids:
                    path = NAMES.sub(house.ids(), one.path)
                    answer = await house.ask("GET", f"{path}?before={id_}", None, token)
                    there = 403 if one.needs is Needs.OPERATOR else 200 if path == one.path else 404
                    assert answer.status == there, (one.path, answer.body)
                    assert not [found for found in ids if found.encode() in answer.body], one.path

    @pytest_twisted.ensureDeferred
    async def test_a_key_can_not_be_bound_to_it(self, acme: Team, other: Team) -> None:
        body = {"name": "k", "permission": "sending_access", "domain_id": acme.domain_id}
        assert (await other.ask("POST", "/api-keys", body)).status == 404

    @pytest_twisted.ensureDeferred
    async def test_a_session_does_not_turn_to_it(self, acme: Team, other: Team, house: House) -> None:
        answer = await house.ask("POST", "/auth/team", {"team_id": acme.id}, other.owner)
        assert (answer.status, answer.json["message"]) == (404, "Team not found")


class TestEveryRoute:
    """None answers without credentials, but those that say so."""

    @pytest_twisted.ensureDeferred
    async def test_without_credentials(self, house: House) -> None:
        assert {one.path for one in house.endpoints if one.needs is Needs.NOTHING} == PUBLIC
        for one in house.endpoints:
            if one.needs is Needs.NOTHING:
                continue
            path = NAMES.sub(house.ids(), one.path)
            answer = await house.ask(one.method, path)
            assert (answer.status, answer.json["name"]) == (401, "missing_api_key"), one.name

    @pytest_twisted.ensureDeferred
    async def test_with_a_key_that_is_none(self, house: House) -> None:
        for one in house.endpoints:
            if one.needs is Needs.NOTHING:
                continue
            path = NAMES.sub(house.ids(), one.path)
            answer = await house.ask(one.method, path, token="re_00000000_000000000000000000000000")
            assert (answer.status, answer.json["name"]) == (403, "invalid_api_key"), one.name
