"""What holds for every route that there is: what SDKs send is taken, and every answer is JSON with an id."""

from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import evolve

from mailit.errors import Refused
from mailit.plugin import Endpoint, Needs
from tests.unit.api.test_matrix import ROUTES

NAMES = re.compile(r"\{\w+\}")
ID = "01890000-0000-7000-8000-000000000001"


class Reached(Refused):
    """Stands for what an endpoint does: the request got that far."""

    http, name = 418, "reached"


async def reached(*given: Any) -> Any:
    raise Reached


def path_of(one: Endpoint) -> str:
    return NAMES.sub(ID, one.path)


@pytest.fixture
def http(serve: Any) -> Any:
    """Every route, none of which does anything."""
    return serve(*[evolve(one, run=reached, query=None, host=None) for one in ROUTES])


def checked(answer: Any) -> Any:
    """The rules of each answer."""
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.json["statusCode"] == answer.status and set(answer.json) == {"statusCode", "message", "name"}
    return answer


class TestWhatSdksSend:
    """Python sends `{}` with every request, Node an empty body of type JSON: both are no body."""

    @pytest.mark.parametrize("body", [b"{}", b"", b'{"id": "1", "audience_id": null}'])
    def test_where_no_body_is_taken_it_is_not_looked_at(self, http: Any, body: bytes) -> None:
        for one in ROUTES:
            if one.takes is None:
                assert http.ask(one.method, path_of(one), body, "operator").json["name"] == "reached", one.name

    def test_an_empty_body_is_an_empty_object(self, http: Any) -> None:
        """Also where fields must be there: what is missing is told, and not that it is no JSON."""
        for one in ROUTES:
            if one.takes not in (None, bytes):
                both = [http.ask(one.method, path_of(one), body, "operator").body for body in (b"", b"{}")]
                assert both[0] == both[1], one.name


class TestEveryAnswer:
    """Is Resend's error object where it fails, whatever the fault."""

    def test_of_a_method_that_is_not(self, http: Any) -> None:
        for one in ROUTES:
            answer = checked(http.ask("TRACE", path_of(one), None, "operator"))
            assert (answer.status, answer.json["name"]) == (405, "method_not_allowed"), one.name
            assert one.method in answer.headers["allow"].split(", ")

    def test_of_a_path_that_is_not(self, http: Any) -> None:
        for one in ROUTES:
            answer = checked(http.ask(one.method, f"/nothing{path_of(one)}", b"{}", "operator"))
            assert (answer.status, answer.json["name"]) == (404, "not_found"), one.name

    def test_of_a_body_over_the_limit(self, http: Any) -> None:
        for one in ROUTES:
            wire = http.connect()
            wire.send(
                b"%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"
                % (one.method.encode(), path_of(one).encode())
            )
            assert checked(wire.answers()[0]).status == 413, one.name

    def test_without_a_user_agent(self, http: Any) -> None:
        for one in ROUTES:
            if one.needs is not Needs.NOTHING:
                answer = checked(http.ask(one.method, path_of(one), b"{}", "operator", agent=None))
                assert (answer.status, answer.json["name"]) == (403, "validation_error"), one.name

    def test_without_credentials(self, http: Any) -> None:
        for one in ROUTES:
            if one.needs is not Needs.NOTHING:
                answer = checked(http.ask(one.method, path_of(one), b"{}", None))
                assert (answer.status, answer.json["name"]) == (401, "missing_api_key"), one.name


class TestHeadAndOptions:
    """Every GET has a HEAD, and every path says its methods."""

    def test_head_is_get_without_its_body(self, http: Any) -> None:
        for one in ROUTES:
            if one.method == "GET":
                answer = http.ask("HEAD", path_of(one), None, "operator")
                assert (answer.status, answer.body) == (418, b""), one.name

    def test_options_names_the_methods_without_credentials(self, http: Any) -> None:
        for one in ROUTES:
            answer = http.ask("OPTIONS", path_of(one), None, None, agent=None)
            assert answer.status == 204 and one.method in answer.headers["allow"].split(", "), one.name
