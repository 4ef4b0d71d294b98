"""The kinds of settings, whatever is put before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailit import settings
from mailit.db.settings import DatabaseSettings
from mailit.settings import ADDRESS, DURATION, Address, Kind, list_of

KINDS = [one for one in vars(settings).values() if isinstance(one, Kind)]
WHATEVER = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text() | some.dates(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)


class TestWhatIsNotOfItsKind:
    """It is refused with a sentence, never with a traceback."""

    @given(kind=some.sampled_from(KINDS), value=WHATEVER, text=some.text())
    def test_whatever_it_is(self, kind, value, text):
        """From a file, or from a variable."""
        for read, given_value in ((kind.read, value), (kind.read_text, text), (list_of(kind).read, value)):
            try:
                read(given_value)
            except ValueError as error:
                assert str(error)


class TestDurations:
    """A number and a unit, or several."""

    @given(
        some.lists(some.tuples(some.integers(0, 999), some.sampled_from(["s", "m", "h", "d"])), min_size=1, max_size=4)
    )
    def test_they_add_up(self, parts):
        """In any order."""
        seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}
        text = "".join(f"{number}{unit}" for number, unit in parts)
        assert DURATION.read(text) == sum(number * seconds[unit] for number, unit in parts)

    @pytest.mark.parametrize("text", ["", "10", "s", "10 s", "-1s", "1s,", "1.s", "1e3s", "١s", "10S"])
    def test_what_is_none(self, text):
        """Ten of what?"""
        with pytest.raises(ValueError, match=r"expected a duration such as 500ms, 10s, 5m, 1h or 2d, not "):
            DURATION.read(text)


class TestAddresses:
    """HOST:PORT, and back."""

    @given(
        some.sampled_from(["", "localhost", "127.0.0.1", "::1", "2001:db8::7", "mail.example.com"]),
        some.integers(0, 65535),
    )
    def test_what_is_written_is_read(self, host, port):
        """IPv6 in brackets."""
        assert ADDRESS.read(str(Address(host, port))) == Address(host, port)

    @pytest.mark.parametrize(
        "text", ["8080", "host", "host:", "host:x", "::1:80", "[::1]", "[x]:80", "h/p:80", "h:65536"]
    )
    def test_what_is_none(self, text):
        """A port alone, a host alone, IPv6 without brackets."""
        with pytest.raises(ValueError):
            ADDRESS.read(text)


class TestSecrets:
    """They are read like any text, and shown by nothing."""

    def test_a_record_does_not_show_them(self):
        """Records end up in logs and tracebacks."""
        shown = repr(DatabaseSettings(password="hunter2", url="postgresql://u:hunter2@h/d"))
        assert "hunter2" not in shown
