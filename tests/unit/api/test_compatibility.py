"""Our description beside Resend's: every difference stands in docs/compatibility.md, with its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailit.api.openapi import described
from mailit.api.router import Router
from mailit.errors import NotFound
from tests.unit.api.described import Facts, facts
from tests.unit.api.test_matrix import ROUTES

RESEND: Facts = json.loads((Path(__file__).parent / "resend.json").read_text())
OURS = facts(described(ROUTES, "0", "http://api.test"))
ROUTER = Router.of(ROUTES)
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "compatibility.md").read_text()

Difference = tuple[str, str, str, str]
"""Operation, where, what, field."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of the page, without its head."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    assert len(lines) > 2, heading
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines[2:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def prefixes(heading: str) -> list[str]:
    return [path for cell, *_ in rows(heading) for path in quoted(cell)]


def under(operation: str, prefix: str) -> bool:
    path = operation.partition(" ")[2]
    return path == prefix or path.startswith(prefix + "/")


def topmost(fields: set[str]) -> set[str]:
    """Fields without those that are part of another of them."""
    return {one for one in fields if not any(one.startswith((f"{other}.", f"{other}[")) for other in fields - {one})}


def compared(operation: str, theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
    for where in ("query", "takes", "gives", "statuses"):
        had, has = ({str(one) for one in side[where]} for side in (theirs, ours))
        yield from ((operation, where, "less", one) for one in topmost(had - has))
        yield from ((operation, where, "more", one) for one in topmost(has - had))
        if where in ("takes", "gives"):
            both = had & has
            yield from ((operation, where, "type", one) for one in both if theirs[where][one] != ours[where][one])


def declared() -> set[Difference]:
    found = set()
    for operation, where, what, fields, reason in rows("Differences"):
        assert reason, operation
        found |= {(quoted(operation)[0], where, what, one) for one in quoted(fields)}
    return found


class TestOperations:
    """Each of Resend's is there, or on the page."""

    def test_what_is_missing_is_on_the_page(self) -> None:
        listed = prefixes("Not there yet") + prefixes("Left out")
        missing = set(RESEND) - set(OURS)
        assert [one for one in sorted(missing) if not any(under(one, prefix) for prefix in listed)] == []

    @pytest.mark.parametrize("prefix", prefixes("Not there yet") + prefixes("Left out"))
    def test_what_is_said_to_be_missing_is(self, prefix: str) -> None:
        assert [one for one in OURS if under(one, prefix)] == []

    @pytest.mark.parametrize("prefix", prefixes("Not there yet") + prefixes("Left out"))
    @pytest.mark.parametrize("method", [b"GET", b"POST", b"PATCH", b"DELETE"])
    @pytest.mark.parametrize("end", [b"", b"/", b"/01920000-0000-7000-8000-000000000000"])
    def test_what_is_missing_is_answered_404(self, prefix: str, method: bytes, end: bytes) -> None:
        """And not as if it were the id of something that is there."""
        with pytest.raises(NotFound):
            ROUTER.find(method, prefix.encode() + end)

    @pytest.mark.parametrize("prefix", prefixes("Not there yet"))
    def test_what_is_to_come_is_resends(self, prefix: str) -> None:
        assert any(under(one, prefix) for one in RESEND)

    def test_what_is_ours_alone_is_on_the_page(self) -> None:
        listed = prefixes("Ours alone")
        alone = set(OURS) - set(RESEND)
        assert [one for one in sorted(alone) if not any(under(one, prefix) for prefix in listed)] == []
        assert [prefix for prefix in listed if not any(under(one, prefix) for one in alone)] == []


class TestFields:
    """Each parameter, field and status is alike, or on the page."""

    def test_every_difference_is_on_the_page(self) -> None:
        found = {one for name in RESEND.keys() & OURS.keys() for one in compared(name, RESEND[name], OURS[name])}
        assert sorted(found - declared()) == []

    def test_every_line_of_the_page_is_a_difference(self) -> None:
        found = {one for name in RESEND.keys() & OURS.keys() for one in compared(name, RESEND[name], OURS[name])}
        assert sorted(declared() - found) == []

    def test_a_difference_is_seen(self) -> None:
        """A comparison that sees none would let everything pass."""
        ours = {**OURS["POST /api-keys"], "gives": {"id": "number", "more": "string"}, "statuses": [200]}
        assert set(compared("x", RESEND["POST /api-keys"], ours)) == {
            ("x", "gives", "type", "id"),
            ("x", "gives", "more", "more"),
            ("x", "gives", "less", "token"),
            ("x", "statuses", "less", "201"),
            ("x", "statuses", "more", "200"),
        }


class TestWhatIsLeftOut:
    """Answers as any path that leads nowhere, for every method that the SDKs use there."""

    @pytest.mark.parametrize(
        "request_",
        [
            "GET /oauth/grants",
            "DELETE /oauth/grants/01890000-0000-7000-8000-000000000001",
            "POST /oauth/token",
            "POST /inboxes",
            "GET /inboxes",
            "PATCH /inboxes/a%40b.c",
            "PUT /inboxes/a%40b.c/threads/1/labels",
            "POST /inboxes/a%40b.c/drafts/1/send",
        ],
    )
    def test_is_404(self, serve: Any, request_: str) -> None:
        method, path = request_.split(" ")
        answer = serve(*ROUTES).ask(method, path, None if method == "GET" else b"{}")
        assert (answer.status, answer.json["name"]) == (404, "not_found")
        assert answer.json["message"] == "The requested endpoint does not exist."
