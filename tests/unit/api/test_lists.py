"""Pages of lists, and times as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mailit.api import wire
from mailit.api.paging import PageQuery, page, page_or_all
from mailit.api.times import iso, stamp
from mailit.errors import InvalidParameter, Refused
from mailit.interfaces import Page

ID = "01890000-0000-7000-8000-00000000000A"
_read = wire.query(PageQuery)


class TestAPage:
    """`limit` 1 to 100, one cursor at most, and the cursor is an id."""

    def test_twenty_where_nothing_is_said(self) -> None:
        assert page(_read({})) == Page(20)

    def test_everything_of_older_lists_where_nothing_is_said(self) -> None:
        assert page_or_all(_read({})) is None
        assert page_or_all(_read({"limit": "5"})) == Page(5)

    def test_a_cursor(self) -> None:
        assert page(_read({"after": ID, "limit": "100"})) == Page(100, after=ID.lower())

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.5", "99999999999999999999999"])
    def test_a_limit_that_is_none(self, limit: str) -> None:
        with pytest.raises(Refused) as refused:
            _read({"limit": limit})
        assert refused.value.message == (
            "The pagination limit must be a number between 1 and 100. "
            "See https://resend.com/docs/pagination for more information."
        )
        assert (refused.value.http, refused.value.name) == (422, "validation_error")

    def test_both_cursors(self) -> None:
        with pytest.raises(Refused, match="together"):
            page(_read({"after": ID, "before": ID}))

    @pytest.mark.parametrize("cursor", ["", "x", ID + "0", "' OR 1=1"])
    def test_a_cursor_that_is_no_id(self, cursor: str) -> None:
        with pytest.raises(InvalidParameter) as refused:
            page(_read({"before": cursor}))
        assert refused.value.message == "The `before` must be a valid UUID."

    def test_a_nul_is_refused(self) -> None:
        with pytest.raises(Refused, match="Invalid `after` parameter"):
            _read({"after": "\x00"})

    def test_unknown_parameters_are_passed_over(self) -> None:
        assert _read({"offset": "3"}) == PageQuery()


class TestTimes:
    """As PostgreSQL writes them in answers, as ISO in events."""

    @pytest.mark.parametrize(
        ("microsecond", "written"),
        [
            (0, "2025-11-30 20:41:40+00"),
            (840_160, "2025-11-30 20:41:40.84016+00"),
            (1, "2025-11-30 20:41:40.000001+00"),
        ],
    )
    def test_stamps(self, microsecond: int, written: str) -> None:
        assert stamp(datetime(2025, 11, 30, 20, 41, 40, microsecond, tzinfo=UTC)) == written

    def test_iso(self) -> None:
        at: Any = datetime(2025, 11, 30, 22, 41, 40, 840_160, tzinfo=timezone(timedelta(hours=2)))
        assert iso(at) == "2025-11-30T20:41:40.840Z"
