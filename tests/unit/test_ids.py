"""Ids: UUIDv7 that only grow."""

from __future__ import annotations

import os
import uuid

from mailit.ids import Ids, floor, seconds, valid


class Stopped:
    """A clock that stands, or is set."""

    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


class TestOrder:
    """The order of ids is the order of their drawing."""

    def test_within_a_millisecond(self):
        """Also beyond what the counter holds."""
        ids = Ids(Stopped(), os.urandom)
        drawn = [ids() for _ in range(100_000)]
        assert drawn == sorted(drawn) and len(set(drawn)) == len(drawn)

    def test_when_the_clock_steps_back(self):
        """The last millisecond is kept."""
        clock = Stopped()
        ids = Ids(clock)
        first = ids()
        clock.now -= 3600
        assert ids() > first

    def test_of_time(self):
        """A later millisecond is a greater id, whatever is random."""
        clock = Stopped()
        low, high = Ids(clock, lambda n: b"\xff" * n)(), None
        clock.now += 0.001
        high = Ids(clock, bytes)()
        assert low < high


class TestForm:
    """RFC 9562 §5.7."""

    def test_version_and_variant(self):
        """Seven, and the RFC's."""
        drawn = uuid.UUID(Ids()())
        assert (drawn.version, drawn.variant) == (7, uuid.RFC_4122)

    def test_its_time_can_be_read(self):
        """To the millisecond; the floor of that time is not above it."""
        id_ = Ids(Stopped(1_800_000_000.123))()
        assert abs(seconds(id_) - 1_800_000_000.123) < 0.0011
        assert floor(seconds(id_)) <= id_ < floor(seconds(id_) + 0.0015)

    def test_validity(self):
        """What is not a UUID is told from one."""
        assert valid(Ids()()) and not valid("x" * 36) and not valid(Ids()() + "\n")
