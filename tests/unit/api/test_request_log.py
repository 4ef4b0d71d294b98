"""The log of requests as it is written: a second later, a little at a time."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailit.api.request_log import EVERY, RequestLog
from mailit.ids import Ids
from mailit.interfaces import Caller
from mailit.store import request_logs
from mailit.testing.clocks import WallClock
from mailit.testing.database import MemoryDatabase

LIST = json.dumps({"object": "list", "data": [{"id": "x" * 36, "subject": "On its way"} for _ in range(100)]}).encode()
CALLER = Caller("0192b1d0-0000-7000-8000-000000000001", api_key_id="0192b1d0-0000-7000-8000-000000000002")


class Asked:
    """A request that was answered by a list."""

    whole_at, method, path, answered, name, said = None, b"GET", b"/emails", b"200", "r", LIST

    def getHeader(self, name: bytes) -> None:
        return None


class Kept:
    """A log, its reactor, and what it has written."""

    def __init__(self) -> None:
        self.reactor = Clock()
        self.database = MemoryDatabase()
        self.database.answer(request_logs.WRITE, 1)
        clock = WallClock(self.reactor)
        self.log = RequestLog(self.reactor, self.database, clock, Ids(clock))

    def note(self, count: int, body: bytes = b"") -> None:
        for _ in range(count):
            self.log.note(Asked(), CALLER, body)  # type: ignore[arg-type]

    @property
    def groups(self) -> list[int]:
        """How many requests each statement wrote."""
        return [params["ids"].count(",") + 1 for params in self.database.params(request_logs.WRITE)]


class TestWhatIsWritten:
    """Bodies are read beside the requests that come then: in pieces, with time for these in between."""

    def test_large_bodies_go_a_few_at_a_time(self) -> None:
        """Not before a pause comes the next group, and in the end they are all there."""
        kept = Kept()
        kept.note(100)
        kept.reactor.advance(EVERY)
        few = -(-(1 << 16) // len(LIST))
        assert kept.groups == [few]
        kept.reactor.pump([0.001] * 100)
        assert kept.groups == [*[few] * (100 // few), 100 % few]

    def test_a_group_meanwhile_waits_for_its_second(self) -> None:
        kept = Kept()
        kept.note(20)
        kept.reactor.advance(EVERY)
        kept.note(1)
        kept.reactor.pump([0.01] * 10)
        assert sum(kept.groups) == 20
        kept.reactor.advance(EVERY)
        assert sum(kept.groups) == 21

    def test_small_ones_go_together(self) -> None:
        kept = Kept()
        Small = type("Small", (Asked,), {"said": b"{}"})
        for _ in range(700):
            kept.log.note(Small(), CALLER)
        kept.reactor.pump([EVERY, 0.01])
        assert kept.groups == [500, 200]

    def test_a_stop_does_not_pause(self) -> None:
        """What waits is written at once, also by whoever is in a pause."""
        kept = Kept()
        kept.note(100)
        kept.reactor.advance(EVERY)
        kept.note(100)
        done: list[Any] = []
        Deferred.fromCoroutine(kept.log.stop()).addBoth(done.append)
        kept.reactor.advance(0.005)
        assert done == [None]
        assert sum(kept.groups) == 200
