"""Who may ask what: every route with every kind of caller, by the table of docs/accounts.md."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, fields

from mailit import discovery
from mailit.access.people import People
from mailit.access.permissions import ROLES
from mailit.api.core import all_endpoints
from mailit.errors import Refused
from mailit.interfaces import Caller
from mailit.plugin import Endpoint, Needs, Permission
from mailit.testing.host import host
from mailit.testing.http import MemoryApi

PAGE = Path(__file__).resolve().parents[3] / "docs" / "accounts.md"
TEAM = "01890000-0000-7000-8000-00000000000a"
NAMES = re.compile(r"\{\w+\}")


class Reached(Refused):
    """Stands for what an endpoint does: the request got that far."""

    http, name = 418, "reached"


async def reached(*given: Any) -> Any:
    raise Reached


def routes() -> list[Endpoint]:
    """Every endpoint of the core and of the plugins that are found, as they are declared."""
    its = [one for plugin in discovery.discover() for one in plugin.routes(host())]
    parts: dict[str, Any] = {
        name: None
        for name, parameter in inspect.signature(all_endpoints).parameters.items()
        if parameter.default is parameter.empty
    }
    parts["people"] = People(*(None for _ in fields(People)))
    return all_endpoints(**{**parts, "version": "0", "base_url": "http://api.test", "others": its})  # type: ignore[arg-type]


ROUTES = routes()
PRIVATE = [one for one in ROUTES if one.needs is not Needs.NOTHING]


def table() -> dict[str, set[Permission]]:
    """The permissions of each column of the page's table."""
    page = PAGE.read_text()
    lines = page[page.index("| permission |") :].split("\n\n")[0].splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    found: dict[str, set[Permission]] = {column.strip("`").partition("`")[0]: set() for column in head[2:]}
    for row in rows:
        for column, cell in zip(found, row[2:], strict=True):
            assert cell in ("yes", "no")
            if cell == "yes":
                found[column].add(Permission(row[0].strip("`")))
    return found


TOLD = table()


def account(role: str, operator: bool = False) -> Caller:
    return Caller(TEAM, user_id="somebody", session_id="s", role=role, operator=operator)


def kinds() -> Iterator[tuple[str, Caller]]:
    """Every kind of caller, the fewer rights the later."""
    yield "operator", account("owner", operator=True)
    for role in ROLES:
        yield role, account(role)
    yield "a member who is the operator", account("member", operator=True)
    yield "a role that is none", account("guest")
    yield "full_access", Caller(TEAM, api_key_id="k")
    yield "sending_access", Caller(TEAM, api_key_id="k", full_access=False)
    yield "sending_access for a domain", Caller(TEAM, api_key_id="k", full_access=False, domain_id="d")


def expected(one: Endpoint, caller: Caller) -> tuple[int, str]:
    """What the page says."""
    assert one.permission is not None or one.needs is Needs.OPERATOR
    if caller.user_id is None:
        if not caller.full_access:
            return (418, "reached") if one.needs is Needs.SENDING else (401, "restricted_api_key")
        open_to_it = one.needs in (Needs.SENDING, Needs.FULL) and one.permission in TOLD["full_access"]
    elif one.needs is Needs.OPERATOR:
        open_to_it = caller.operator
    else:
        open_to_it = one.permission in TOLD.get(caller.role or "", ())
    return (418, "reached") if open_to_it else (403, "invalid_permission")


def said(api: MemoryApi, one: Endpoint) -> tuple[int, str]:
    answer = api.ask(one.method, NAMES.sub(TEAM, one.path), {}, host=one.host or "api.test")
    return answer.status, answer.json["name"]


class TestADeclaration:
    """Each route says what the caller needs to be, and what his role must allow."""

    def test_every_route_that_is_not_public_has_a_permission(self) -> None:
        missing = [
            f"{one.method} {one.path}" for one in PRIVATE if one.permission is None and one.needs is not Needs.OPERATOR
        ]
        assert missing == [], "say permission=Permission.… at the endpoint; docs/accounts.md has what each is for"

    def test_what_is_for_people_is_closed_to_keys(self) -> None:
        its = [one for one in PRIVATE if one.permission in (Permission.MEMBERS, Permission.TEAM)]
        assert [one.path for one in its if one.needs is not Needs.ACCOUNT] == []

    def test_nothing_that_changes_anything_asks_for_read_alone(self) -> None:
        """But for what somebody does to his own account."""
        its = [one for one in PRIVATE if one.permission is Permission.READ and one.method not in ("GET", "HEAD")]
        assert [f"{one.method} {one.path}" for one in its if one.needs is not Needs.ACCOUNT] == []

    def test_under_operator_everything_is_the_operators(self) -> None:
        its = [one for one in ROUTES if one.path.split("/")[1] == "operator"]
        assert [one.path for one in its if one.needs is not Needs.OPERATOR] == []

    def test_the_page_names_what_a_sending_key_reaches(self) -> None:
        page = PAGE.read_text()
        its = {f"`{one.method} {one.path}`" for one in PRIVATE if one.needs is Needs.SENDING}
        assert {one for one in its if one not in page} == set()

    def test_the_pages_table_is_the_codes(self) -> None:
        assert {role: set(its) for role, its in ROLES.items()} == {role: TOLD[role] for role in ROLES}
        assert list(TOLD) == [*ROLES, "full_access", "sending_access"]
        assert {permission for its in TOLD.values() for permission in its} == set(Permission)

    @pytest.mark.parametrize(("method", "asks"), [("GET", Permission.READ), ("POST", Permission.MANAGE)])
    def test_what_declares_none_lets_nobody_do_more_than_he_should(self, method: str, asks: Permission) -> None:
        assert Endpoint(method, "/things", None, reached).asks is asks


class TestEveryRoute:
    """It answers each kind of caller as the page says, before it looks at anything else."""

    @pytest.mark.parametrize(("kind", "caller"), list(kinds()))
    def test_for(self, kind: str, caller: Caller) -> None:
        api = MemoryApi([evolve(one, run=reached, takes=None, query=None) for one in ROUTES], caller)
        wrong = [
            f"{one.method} {one.path}: {answer}, not {wanted}"
            for one in PRIVATE
            if (answer := said(api, one)) != (wanted := expected(one, caller))
        ]
        assert wrong == []

    def test_without_credentials(self) -> None:
        api = MemoryApi([evolve(one, run=reached, takes=None, query=None) for one in ROUTES], None)
        for one in ROUTES:
            wanted = (418, "reached") if one.needs is Needs.NOTHING else (401, "missing_api_key")
            assert said(api, one) == wanted, one.name

    def test_who_lacks_a_role_is_told_which(self) -> None:
        one = Endpoint("POST", "/things", None, reached, permission=Permission.MANAGE)
        answer = MemoryApi([one], account("member")).ask("POST", "/things")
        assert answer.json == {
            "statusCode": 403,
            "message": "This needs the role owner or admin in this team.",
            "name": "invalid_permission",
        }

    def test_there_are_routes(self) -> None:
        """A matrix of nothing would pass."""
        assert len(PRIVATE) >= 20
        assert {one.permission for one in PRIVATE} >= {Permission.READ, Permission.SEND, Permission.MANAGE}
