"""Plugins, put in order or refused; how they are found is seen with real drop-ins, in tests/integration."""

from __future__ import annotations

import pytest

from mailit.discovery import enabled
from mailit.errors import CannotStart
from mailit.plugin import Plugin


def plugin(name: str, *requires: str) -> Plugin:
    """A plugin of this name that builds on those."""
    return type(name.title(), (Plugin,), {"name": name, "requires": requires})()


class TestOrder:
    """A plugin comes after all that it requires."""

    def test_by_requires_then_by_name(self):
        """The same set gives the same order, however it was found."""
        found = [plugin("a", "d"), plugin("d", "c"), plugin("b"), plugin("c")]
        assert [one.name for one in enabled(found, ())] == ["c", "d", "a", "b"]
        assert [one.name for one in enabled(found[::-1], ())] == ["c", "d", "a", "b"]

    def test_a_disabled_one_is_left_out(self):
        """And what it requires is not asked for."""
        assert [one.name for one in enabled([plugin("a", "gone"), plugin("b")], ["a"])] == ["b"]


class TestWhatIsMissing:
    """One line names the plugin and the cause."""

    @pytest.mark.parametrize(
        "found, disabled, line",
        [
            ([plugin("a", "b")], (), "plugin a: requires plugin b, which is not installed"),
            ([plugin("a", "b"), plugin("b")], ("b",), "plugin a: requires plugin b, which is disabled"),
            ([plugin("a", "b"), plugin("b", "a")], (), r"plugin a: requires itself in a circle \(a -> b -> a\)"),
            ([plugin("a", "a")], (), r"plugin a: requires itself in a circle \(a -> a\)"),
        ],
    )
    def test_it_stops_the_start(self, found, disabled, line):
        """Absent, disabled, or a circle."""
        with pytest.raises(CannotStart, match=line):
            enabled(found, disabled)
