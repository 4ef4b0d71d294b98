"""The contract of notices, on PostgreSQL's and on the fake."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from mailit.db.connection import Transaction, connect
from mailit.db.listen import Listener
from mailit.interfaces import Notices
from mailit.testing.notices import MemoryNotices

HANG_UP = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'mailit listen'
"""


def pause(reactor: Any, seconds: float = 0.01) -> Deferred[None]:
    """Lets the reactor turn."""
    paused: Deferred[None] = Deferred()
    reactor.callLater(seconds, paused.callback, None)
    return paused


async def until(reactor: Any, condition: Callable[[], bool]) -> None:
    """Waits until the condition holds; fails where it does not come to hold."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it did not come to hold"
        await pause(reactor)


@pytest_twisted.async_yield_fixture(params=["memory", "postgres"])
async def notices(request: Any, reactor: Any) -> Any:
    """Each of the two, in turn, and how its connection is lost and made anew."""
    if request.param == "memory":
        memory = MemoryNotices(reactor)
        yield memory, memory.reconnect
        return
    dsn = request.getfixturevalue("dsn")
    listener = Listener(reactor, dsn)
    listener.start()

    def hang_up() -> None:
        connection = connect(dsn, "tests", autocommit=True)
        Transaction(connection).rows(HANG_UP)
        connection.close()

    yield listener, hang_up
    await listener.stop()


class Ear:
    """Hears one channel; what was said on connecting is apart."""

    def __init__(self, notices: Notices, channel: str) -> None:
        self.connected = 0
        self.heard: list[str] = []
        notices.listen(channel, self)

    def __call__(self, payload: str) -> None:
        if payload:
            self.heard.append(payload)
        else:
            self.connected += 1


class TestHearing:
    """What is said on a channel is heard by all who listen there."""

    @pytest_twisted.ensureDeferred
    async def test_first_that_it_listens(self, reactor, notices):
        """An empty notice, in a later turn: look for yourself, you may have missed something."""
        ear = Ear(notices[0], "one")
        assert ear.connected == 0
        await until(reactor, lambda: ear.connected == 1)

    @pytest_twisted.ensureDeferred
    async def test_what_is_said(self, reactor, notices):
        """In order, by each of them, and by the one who said it."""
        first, second = Ear(notices[0], "one"), Ear(notices[0], "one")
        await until(reactor, lambda: bool(first.connected and second.connected))
        for word in ("a", "b", "ü"):
            notices[0].notify("one", word)
            await until(reactor, lambda word=word: word in first.heard and word in second.heard)
        assert first.heard == second.heard == ["a", "b", "ü"]

    @pytest_twisted.ensureDeferred
    async def test_it_is_not_heard_within_the_call(self, reactor, notices):
        """Whoever says something is not interrupted by it."""
        ear = Ear(notices[0], "one")
        await until(reactor, lambda: ear.connected == 1)
        notices[0].notify("one", "a")
        assert ear.heard == []
        await until(reactor, lambda: ear.heard == ["a"])

    @pytest_twisted.ensureDeferred
    async def test_another_channel_is_not(self, reactor, notices):
        """Each hears its own."""
        one, other = Ear(notices[0], "one"), Ear(notices[0], "other")
        await until(reactor, lambda: bool(one.connected and other.connected))
        notices[0].notify("other", "x")
        await until(reactor, lambda: other.heard == ["x"])
        assert one.heard == []

    @pytest_twisted.ensureDeferred
    async def test_equal_ones_that_wait_are_one(self, reactor, notices):
        """Ten of a turn are heard once, or twice where the first was on its way already."""
        ear = Ear(notices[0], "one")
        await until(reactor, lambda: ear.connected == 1)
        for _ in range(10):
            notices[0].notify("one", "a")
        notices[0].notify("one", "end")
        await until(reactor, lambda: "end" in ear.heard)
        assert ear.heard.count("a") in (1, 2)

    @pytest_twisted.ensureDeferred
    async def test_one_who_fails_keeps_it_from_nobody(self, reactor, notices):
        """Neither this notice nor the next."""

        def broken(payload: str) -> None:
            raise KeyError(payload)

        notices[0].listen("one", broken)
        ear = Ear(notices[0], "one")
        await until(reactor, lambda: ear.connected == 1)
        for word in ("a", "b"):
            notices[0].notify("one", word)
            await until(reactor, lambda word=word: word in ear.heard)


class TestSaying:
    """It is a hint, and never raises."""

    @pytest.mark.parametrize("payload", ["x" * 8000, "ü" * 4000, "a\0b", "\ud800"])
    @pytest_twisted.ensureDeferred
    async def test_what_can_not_be_said(self, reactor, notices, payload):
        """Is heard as: look for yourself."""
        ear = Ear(notices[0], "one")
        await until(reactor, lambda: ear.connected == 1)
        notices[0].notify("one", payload)
        await until(reactor, lambda: ear.connected == 2)
        assert ear.heard == []

    @pytest_twisted.ensureDeferred
    async def test_the_longest(self, reactor, notices):
        """7,999 bytes."""
        ear = Ear(notices[0], "one")
        await until(reactor, lambda: ear.connected == 1)
        notices[0].notify("one", "x" * 7999)
        await until(reactor, lambda: ear.heard == ["x" * 7999])


class TestALostConnection:
    """Is made anew."""

    @pytest_twisted.ensureDeferred
    async def test_everybody_is_told(self, reactor, notices):
        """And hears on."""
        one, other = Ear(notices[0], "one"), Ear(notices[0], "other")
        await until(reactor, lambda: bool(one.connected and other.connected))
        notices[1]()
        await until(reactor, lambda: one.connected == other.connected == 2)
        notices[0].notify("one", "again")
        await until(reactor, lambda: one.heard == ["again"])
