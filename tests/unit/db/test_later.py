"""What nobody waits for is written together, one write after the other, and all of it by the stop."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock

from mailit.db.later import Later


class Notes:
    """What is written a second later; a write ends when it is told to."""

    def __init__(self) -> None:
        self.reactor: Clock = MemoryReactorClock()
        self.waiting: list[str] = []
        self.written: list[list[str]] = []
        self.disk: list[Deferred[None]] = []
        self.later = Later(self.reactor, 1.0, self.write)

    def note(self, what: str) -> None:
        self.waiting.append(what)
        self.later.want()

    async def write(self) -> None:
        taken, self.waiting = self.waiting, []
        self.written.append(taken)
        self.disk.append(Deferred())
        await self.disk[-1]


def test_what_comes_within_the_time_is_one_write() -> None:
    notes = Notes()
    notes.note("a")
    notes.reactor.advance(0.6)
    notes.note("b")
    assert notes.written == []
    notes.reactor.advance(0.4)
    assert notes.written == [["a", "b"]]
    notes.disk[0].callback(None)
    assert notes.reactor.getDelayedCalls() == []


def test_no_two_writes_are_under_way() -> None:
    notes = Notes()
    notes.note("a")
    notes.reactor.advance(1.0)
    notes.note("b")
    notes.reactor.advance(5.0)
    assert notes.written == [["a"]]
    notes.disk[0].callback(None)
    notes.reactor.advance(0.9)
    assert notes.written == [["a"]]
    notes.reactor.advance(0.1)
    assert notes.written == [["a"], ["b"]]


def test_a_write_that_ends_at_once_is_followed_by_the_next() -> None:
    written: list[int] = []
    reactor: Clock = MemoryReactorClock()

    async def write() -> None:
        written.append(len(written))

    later = Later(reactor, 1.0, write)
    for _ in range(3):
        later.want()
        reactor.advance(1.0)
    assert written == [0, 1, 2]


def test_the_stop_waits_for_a_write_and_leaves_nothing() -> None:
    notes = Notes()
    notes.note("a")
    notes.reactor.advance(1.0)
    notes.note("b")
    stopped = Deferred.fromCoroutine(notes.later.stop())
    assert notes.written == [["a"]]
    notes.disk[0].callback(None)
    assert notes.written == [["a"], ["b"]]
    assert not stopped.called
    notes.disk[1].callback(None)
    assert stopped.called
    assert notes.reactor.getDelayedCalls() == []


def test_the_stop_does_not_wait_for_the_time() -> None:
    notes = Notes()
    notes.note("a")
    Deferred.fromCoroutine(notes.later.stop())
    assert notes.written == [["a"]]
    assert notes.reactor.getDelayedCalls() == []
