"""Keys and accounts over HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from mailit.access.access import CHANNEL, Access
from mailit.db.listen import Listener
from mailit.plugin import Needs
from tests.integration.api.conftest import SECRET, Answer, House, Team

NEW = {"email": "Ana@example.com", "password": "correct horse", "name": "Ana", "team_name": "Acme"}


async def register(house: House, **fields: Any) -> Answer:
    return await house.ask("POST", "/auth/register", {**NEW, **fields})


async def login(house: House, email: str = "ana@example.com", password: str = "correct horse") -> Answer:
    return await house.ask("POST", "/auth/login", {"email": email, "password": password})


class TestRegistration:
    """Whoever asks is told whether he may register, before he types anything."""

    @pytest.fixture(params=["first", "open", "closed"])
    def house_settings(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        return {"registration": request.param}

    @pytest_twisted.ensureDeferred
    async def test_it_is_told(self, house: House) -> None:
        async def told() -> tuple[bool, bool]:
            said = (await house.ask("GET", "/auth/register")).json
            assert said["object"] == "registration"
            return said["open"], said["first"]

        may = house.registration
        assert await told() == (may != "closed", True)
        assert (await register(house)).status == (403 if may == "closed" else 201)
        assert await told() == (may == "open", may == "closed")


class TestAKey:
    """Its token is shown once, it works at once, and is worth nothing once revoked."""

    @pytest_twisted.ensureDeferred
    async def test_its_life(self, acme: Team, house: House) -> None:
        made = await acme.ask("POST", "/api-keys", {"name": "Second"})
        assert made.status == 201
        assert list(made.json) == ["id", "token"]
        assert re.fullmatch(r"re_\w{8}_\w{24}", made.json["token"])
        assert (await house.ask("GET", "/emails", token=made.json["token"])).status == 200
        gone = await acme.ask("DELETE", f"/api-keys/{made.json['id']}", {})
        assert gone.json == {"id": made.json["id"], "object": "api_key", "deleted": True}
        refused = await house.ask("GET", "/emails", token=made.json["token"])
        assert (refused.status, refused.json["name"]) == (403, "invalid_api_key")

    @pytest_twisted.ensureDeferred
    async def test_revoked_it_is_so_in_every_process(self, acme: Team, house: House) -> None:
        other_process = Access(house.pool, house.hub, house.reactor, house.clock, SECRET)
        other_process.start()
        made = (await acme.ask("POST", "/api-keys", {"name": "x"})).json
        header = f"Bearer {made['token']}".encode()
        await other_process.identify(header)
        assert other_process.known(header) is not None
        await acme.ask("DELETE", f"/api-keys/{made['id']}")
        assert other_process.known(header) is None
        await other_process.stop()

    @pytest_twisted.ensureDeferred
    async def test_it_is_told_by_the_very_commit_that_revokes_it(self, acme: Team, house: House) -> None:
        """A process that hears the database hears of it, whatever became of the one that revoked it."""
        listener = Listener(house.reactor, house.dsn)
        listener.start()
        other_process = Access(house.pool, listener, house.reactor, house.clock, SECRET)
        heard: list[str] = []
        listener.listen(CHANNEL, heard.append)
        other_process.start()

        async def hears() -> bool:
            return "" in heard

        await house.until(hears)
        made = (await acme.ask("POST", "/api-keys", {"name": "x"})).json
        header = f"Bearer {made['token']}".encode()
        await other_process.identify(header)
        await acme.ask("DELETE", f"/api-keys/{made['id']}")

        async def forgotten() -> bool:
            return other_process.known(header) is None

        await house.until(forgotten)
        assert made["id"] in heard
        await other_process.stop()
        await listener.stop()

    @pytest_twisted.ensureDeferred
    async def test_the_list_shows_no_token(self, acme: Team, house: House) -> None:
        await house.access.stop()
        listed = await acme.ask("GET", "/api-keys")
        (item,) = listed.json["data"]
        assert set(item) == {"id", "name", "created_at", "last_used_at"}
        assert item["last_used_at"] is not None
        assert acme.token.encode() not in listed.body

    @pytest_twisted.ensureDeferred
    async def test_renaming(self, acme: Team) -> None:
        assert (await acme.ask("PATCH", f"/api-keys/{acme.key_id}", {"name": "New"})).json == {
            "id": acme.key_id,
            "object": "api_key",
        }
        assert (await acme.ask("GET", "/api-keys")).json["data"][0]["name"] == "New"

    @pytest.mark.parametrize(
        ("body", "status", "said"),
        [
            ({}, 422, "Missing `name` field."),
            ({"name": ""}, 422, "Invalid `name` field"),
            ({"name": "x" * 51}, 422, "Invalid `name` field"),
            ({"name": "a\x00b"}, 422, "Invalid `name` field"),
            ({"name": "a", "permission": "root"}, 422, "Invalid `permission` field"),
            ({"name": "a", "domain_id": "01890000-0000-7000-8000-00000000000a"}, 422, "Invalid `domain_id` field"),
            ({"name": "a", "permission": "sending_access", "domain_id": "x"}, 422, "must be a valid UUID"),
            (
                {"name": "a", "permission": "sending_access", "domain_id": "01890000-0000-7000-8000-00000000000a"},
                404,
                "Domain not found",
            ),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong(self, acme: Team, body: Any, status: int, said: str) -> None:
        answer = await acme.ask("POST", "/api-keys", body)
        assert (answer.status, said in answer.json["message"]) == (status, True), answer.body


class TestASendingKey:
    """It sends, from its domain if it has one, and everything else is refused."""

    async def key(self, acme: Team, **fields: Any) -> Team:
        made = await acme.ask("POST", "/api-keys", {"name": "s", "permission": "sending_access", **fields})
        assert made.status == 201
        return Team(acme.house, acme.id, made.json["id"], made.json["token"])

    @pytest_twisted.ensureDeferred
    async def test_every_route_but_sending_is_refused(self, acme: Team, house: House) -> None:
        key = await self.key(acme)
        assert (await key.send()).status == 200
        tried = 0
        for one in house.endpoints:
            if one.needs in (Needs.NOTHING, Needs.SENDING):
                continue
            path = re.sub(r"\{\w+\}", house.ids(), one.path)
            answer = await key.ask(one.method, path)
            assert (answer.status, answer.json["name"]) == (401, "restricted_api_key"), one
            tried += 1
        assert tried >= 15

    @pytest_twisted.ensureDeferred
    async def test_bound_to_a_domain_it_sends_from_no_other(self, acme: Team) -> None:
        second = (await acme.ask("POST", "/domains", {"name": "second.example"})).json["id"]
        key = await self.key(acme, domain_id=second)
        assert (await key.send(**{"from": "a@second.example"})).status == 200
        refused = await key.send()
        assert (refused.status, refused.json["name"]) == (401, "restricted_api_key")


class TestRegistering:
    """The first account runs the installation; who else may, the configuration says."""

    @pytest_twisted.ensureDeferred
    async def test_the_first(self, house: House) -> None:
        answer = await register(house)
        assert answer.status == 201
        assert set(answer.json) == {"token", "user"}
        assert (answer.json["user"]["email"], answer.json["user"]["operator"]) == ("Ana@example.com", True)
        me = (await house.ask("GET", "/auth/me", token=answer.json["token"])).json
        assert (me["team"]["name"], me["role"], len(me["teams"])) == ("Acme", "owner", 1)
        assert "operator" in me["permissions"]
        assert "token" not in me

    @pytest_twisted.ensureDeferred
    async def test_then_it_is_closed(self, house: House) -> None:
        await register(house)
        answer = await register(house, email="bo@example.com")
        assert (answer.status, answer.json["name"]) == (403, "invalid_permission")

    @pytest_twisted.ensureDeferred
    async def test_of_many_at_once_one_is_the_first(self, house: House) -> None:
        answers = await gatherResults(
            [Deferred.fromCoroutine(register(house, email=f"u{number}@example.com")) for number in range(8)]
        )
        assert sorted(answer.status for answer in answers) == [201] + [403] * 7
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT (SELECT count(*) FROM team) AS teams"))
        assert rows[0].teams == 1

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"password": "short"}, "Invalid `password` field. It must have at least 8 characters."),
            ({"email": "nobody"}, "Invalid `email` field"),
            ({"email": "Ana <ana@example.com>"}, "Invalid `email` field"),
            ({"email": "a\x00@example.com"}, "Invalid `email` field"),
            ({"name": " "}, "Invalid `name` field"),
            ({"team_name": "x" * 101}, "Invalid `team_name` field"),
            ({"team_name": "a\nb"}, "Invalid `team_name` field"),
            ({"password": None}, "Invalid `password` field"),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong_is_named(self, house: House, fields: Any, said: str) -> None:
        answer = await register(house, **fields)
        assert (answer.status, said in answer.json["message"]) == (422, True), answer.body
        assert (await register(house)).status == 201


class TestOpenRegistration:
    """Anybody may, with a team of his own, and the first alone is the operator."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"registration": "open"}

    @pytest_twisted.ensureDeferred
    async def test_the_second_is_no_operator(self, house: House) -> None:
        await register(house)
        answer = await register(house, email="bo@example.com")
        assert (answer.status, answer.json["user"]["operator"]) == (201, False)

    @pytest_twisted.ensureDeferred
    async def test_the_same_team_name_is_no_matter(self, house: House) -> None:
        assert [(await register(house, email=f"{n}@example.com")).status for n in "ab"] == [201, 201]

    @pytest_twisted.ensureDeferred
    async def test_the_same_address_is(self, house: House) -> None:
        await register(house)
        answer = await register(house, email="ana@EXAMPLE.com")
        assert (answer.status, answer.json["name"]) == (409, "validation_error")
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT count(*) AS teams FROM team"))
        assert rows[0].teams == 1


class TestClosedRegistration:
    """Nobody may."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"registration": "closed"}

    @pytest_twisted.ensureDeferred
    async def test_not_even_the_first(self, house: House) -> None:
        assert (await register(house)).status == 403


class TestSigningIn:
    """Address and password, in the same words whether or not there is an account."""

    @pytest_twisted.ensureDeferred
    async def test_the_case_of_the_address_is_no_matter(self, house: House) -> None:
        await register(house)
        answer = await login(house, "ANA@example.COM")
        assert (answer.status, set(answer.json)) == (200, {"token", "user"})

    @pytest_twisted.ensureDeferred
    async def test_wrong_ones_are_alike(self, house: House) -> None:
        await register(house)
        answers = [
            await login(house, password="wrong horse"),
            await login(house, "nobody@example.com"),
            await login(house, "a\x00b@example.com"),
            await login(house, "", ""),
        ]
        assert {answer.status for answer in answers} == {401}
        assert len({answer.body for answer in answers}) == 1
        assert answers[0].json["name"] == "invalid_credentials"


class TestASession:
    """It ends when it is told to, and its token is renewed past half its life."""

    @pytest_twisted.ensureDeferred
    async def test_signing_out(self, house: House) -> None:
        token = (await register(house)).json["token"]
        assert (await house.ask("POST", "/auth/logout", b"", token)).status == 200
        answer = await house.ask("GET", "/auth/me", token=token)
        assert (answer.status, answer.json["name"]) == (401, "invalid_access_token")

    @pytest_twisted.ensureDeferred
    async def test_another_session_goes_on(self, house: House) -> None:
        first = (await register(house)).json["token"]
        second = (await login(house)).json["token"]
        await house.ask("POST", "/auth/logout", b"", first)
        assert (await house.ask("GET", "/auth/me", token=second)).status == 200

    @pytest_twisted.ensureDeferred
    async def test_past_half_its_life_there_is_a_new_token(self, house: House) -> None:
        old = (await register(house)).json["token"]
        house.clock_ahead = 11 * 3600
        assert "token" not in (await house.ask("GET", "/auth/me", token=old)).json
        house.clock_ahead = 13 * 3600
        new = (await house.ask("GET", "/auth/me", token=old)).json["token"]
        house.clock_ahead = 25 * 3600
        assert (await house.ask("GET", "/auth/me", token=old)).status == 401
        assert (await house.ask("GET", "/auth/me", token=new)).status == 200

    @pytest_twisted.ensureDeferred
    async def test_an_account_does_what_a_key_does(self, house: House) -> None:
        token = (await register(house)).json["token"]
        assert (await house.ask("POST", "/domains", {"name": "a.example"}, token)).status == 201
        assert (await house.ask("POST", "/api-keys", {"name": "k"}, token)).status == 201

    @pytest_twisted.ensureDeferred
    async def test_a_key_is_no_account(self, acme: Team) -> None:
        answer = await acme.ask("GET", "/auth/me")
        assert (answer.status, answer.json["name"]) == (403, "invalid_permission")
