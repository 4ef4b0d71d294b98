"""Moments in words: what Resend documents, what people write besides, and what is not guessed at."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.when import read

NOW = datetime(2026, 11, 25, 15, 30, 10, tzinfo=UTC)  # a Wednesday
WORDS = ("in", "at", "on", "next", "5", "5th", "9am", "friday", "dec", "tomorrow", "and", "h", "ET", "+", "2026", "-")


def told(text: str, now: datetime = NOW) -> str:
    return f"{read(text, now.timestamp):%Y-%m-%d %H:%M:%S}"


class TestIso:
    """A date and a time, in UTC where no zone is named."""

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("2026-12-05T11:52:01.858Z", "2026-12-05 11:52:01"),
            ("2026-12-05T11:52:01+02:00", "2026-12-05 09:52:01"),
            ("2026-12-05 11:52", "2026-12-05 11:52:00"),
            (" 2026-12-05 ", "2026-12-05 00:00:00"),
        ],
    )
    def test_ways_to_write_it(self, text: str, at: str) -> None:
        assert told(text) == at


class TestSpans:
    """From now on."""

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("in 1 min", "2026-11-25 15:31:10"),
            ("in 1 hour", "2026-11-25 16:30:10"),
            ("In 2 Days", "2026-11-27 15:30:10"),
            ("in an hour", "2026-11-25 16:30:10"),
            ("in half an hour", "2026-11-25 16:00:10"),
            ("in 1.5 hours", "2026-11-25 17:00:10"),
            ("in ten minutes", "2026-11-25 15:40:10"),
            ("in 1 hour and 30 minutes", "2026-11-25 17:00:10"),
            ("in 1h 30m", "2026-11-25 17:00:10"),
            ("in 1h30m", "2026-11-25 17:00:10"),
            ("in 90 secs", "2026-11-25 15:31:40"),
            ("in 2 weeks", "2026-12-09 15:30:10"),
            ("2 days from now", "2026-11-27 15:30:10"),
            ("in 2 days at 9am", "2026-11-27 09:00:00"),
            ("in 2 days at 9am EST", "2026-11-27 14:00:00"),
            ("now", "2026-11-25 15:30:10"),
        ],
    )
    def test_ways_to_write_it(self, text: str, at: str) -> None:
        assert told(text) == at


class TestDays:
    """By name, by weekday, by date; without a time it is the present one."""

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("tomorrow at 9am", "2026-11-26 09:00:00"),
            ("tomorrow 9:05 pm", "2026-11-26 21:05:00"),
            ("tomorrow, 17:45", "2026-11-26 17:45:00"),
            ("tomorrow at noon", "2026-11-26 12:00:00"),
            ("tomorrow", "2026-11-26 15:30:10"),
            ("today at 18:00", "2026-11-25 18:00:00"),
            ("tonight at 8 p.m.", "2026-11-25 20:00:00"),
            ("9am tomorrow", "2026-11-26 09:00:00"),
            ("at 9", "2026-11-26 09:00:00"),
            ("5pm", "2026-11-25 17:00:00"),
            ("3pm", "2026-11-26 15:00:00"),
            ("midnight", "2026-11-26 00:00:00"),
            ("12am tomorrow", "2026-11-26 00:00:00"),
            ("12:30 pm tomorrow", "2026-11-26 12:30:00"),
            ("Friday at 3pm", "2026-11-27 15:00:00"),
            ("on fri at 15:00", "2026-11-27 15:00:00"),
            ("this Friday at 3pm", "2026-11-27 15:00:00"),
            ("next Friday at 3pm", "2026-12-04 15:00:00"),
            ("Wednesday at 4pm", "2026-11-25 16:00:00"),
            ("Wednesday at 3pm", "2026-12-02 15:00:00"),
            ("Wednesday", "2026-12-02 15:30:10"),
            ("next week", "2026-12-02 15:30:10"),
            ("Dec 5 at 9:30am", "2026-12-05 09:30:00"),
            ("December 5th, 2026 at 9:30am", "2026-12-05 09:30:00"),
            ("on the 5th of December at noon", "2026-12-05 12:00:00"),
            ("5 Dec 2026 09:30", "2026-12-05 09:30:00"),
            ("Dec 5 09:30", "2026-12-05 09:30:00"),
            ("2026-12-05 at 9am", "2026-12-05 09:00:00"),
            ("May 3 at noon", "2027-05-03 12:00:00"),
        ],
    )
    def test_ways_to_write_it(self, text: str, at: str) -> None:
        assert told(text) == at


class TestZones:
    """UTC where none is named; the day is that of the zone."""

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("Friday at 3pm ET", "2026-11-27 20:00:00"),
            ("tomorrow at 9am PST", "2026-11-26 17:00:00"),
            ("tomorrow at 9am UTC", "2026-11-26 09:00:00"),
            ("tomorrow at 9am Europe/Berlin", "2026-11-26 08:00:00"),
            ("tomorrow at 9am (America/New_York)", "2026-11-26 14:00:00"),
            ("tomorrow at 9am +05:30", "2026-11-26 03:30:00"),
            ("tomorrow at 9am GMT-3", "2026-11-26 12:00:00"),
            ("tomorrow at 1am Asia/Tokyo", "2026-11-26 16:00:00"),
        ],
    )
    def test_ways_to_write_it(self, text: str, at: str) -> None:
        assert told(text) == at

    def test_in_summer_the_same_clock_is_another_moment(self) -> None:
        assert told("tomorrow at 9am ET", datetime(2026, 7, 1, tzinfo=UTC)) == "2026-07-01 13:00:00"


class TestWhatIsNotGuessedAt:
    """A number alone, a date that may be two, a zone that is none: better a refusal than a mail at another time."""

    @pytest.mark.parametrize(
        "text",
        [
            *("", "9", "tomorrow at", "tonight", "at", "in", "in 5", "in five", "in minutes", "in 0 minutes", "ET"),
            *("12/05/2026", "5.12.2026", "tomorrow at 25:00", "tomorrow at 13pm", "tomorrow at 0am", "9am 10am"),
            *("tomorrow Friday", "Feb 30 at 9am", "in 1 fortnight", "in 1 hour at 9am", "tomorrow at 9am XYZ"),
            *("tomorrow at 9am ../../etc/passwd", "tomorrow at 9am Nowhere/City", "2026-13-01", "soon", "yesterday"),
            *("tomorrow at 9am " + "x" * 200, "morgen früh um 9", "in 99999999999999999999 days", "in 1e9 hours"),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9am please", "tomorrow at 9am +25:00"),
        ],
    )
    def test_it_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            told(text)

    @given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
    def test_nothing_else_is_raised(self, text: str) -> None:
        with suppress(ValueError):
            assert read(text, NOW.timestamp).tzinfo is UTC
