"""Notices between processes, on a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest_twisted
from twisted.internet.task import deferLater

from mailit.db.connection import Transaction, connect
from mailit.db.listen import Listener
from tests.integration.db.proxy import Cut, proxied
from tests.postgres import short_folder


@pytest_twisted.async_yield_fixture
async def listener(reactor: Any, dsn: str) -> Any:
    """One process's ears and mouth."""
    listener = Listener(reactor, dsn)
    listener.start()
    yield listener
    await listener.stop()


async def until(reactor: Any, holds: Callable[[], bool]) -> None:
    """Waits, up to three seconds, until something holds."""
    for _ in range(300):
        if holds():
            return
        await deferLater(reactor, 0.01, lambda: None)
    raise AssertionError("it does not come to hold")


class TestAListener:
    """It hears what any process says."""

    @pytest_twisted.ensureDeferred
    async def test_is_told_when_it_can_hear(self, reactor: Any, listener: Listener) -> None:
        """An empty notice says: look for yourself, from now on you are told."""
        heard: list[str] = []
        listener.listen("mailit_test", heard.append)
        await until(reactor, lambda: heard == [""])

    @pytest_twisted.ensureDeferred
    async def test_hears_what_another_process_says(self, reactor: Any, dsn: str, listener: Listener) -> None:
        """On its channels alone, whether they were added before or after it connected."""
        first: list[str] = []
        later: list[str] = []
        listener.listen("first", first.append)
        await until(reactor, lambda: first == [""])
        listener.listen('a "strange" channel', later.append)
        await until(reactor, lambda: later == [""])
        other = Listener(reactor, dsn)
        other.start()
        other.notify("first", "one")
        other.notify('a "strange" channel', "two")
        other.notify("neither", "three")
        await until(reactor, lambda: bool(first[1:] and later[1:]))
        assert (first, later) == (["", "one"], ["", "two"])
        await other.stop()

    @pytest_twisted.ensureDeferred
    async def test_is_told_equal_notices_of_one_moment_once(self, reactor: Any, listener: Listener) -> None:
        """What waits is sent together, and once; what comes later is sent later."""
        heard: list[str] = []
        listener.listen("mailit_test", heard.append)
        await until(reactor, lambda: heard == [""])
        for _ in range(100):
            listener.notify("mailit_test", "a")
        listener.notify("mailit_test", "b")
        await until(reactor, lambda: "b" in heard)
        assert heard.count("a") <= 2
        listener.notify("mailit_test", "b")
        await until(reactor, lambda: heard.count("b") == 2)

    @pytest_twisted.ensureDeferred
    async def test_is_told_to_look_where_a_notice_is_too_long(self, reactor: Any, listener: Listener) -> None:
        """What PostgreSQL can't carry is sent without words."""
        heard: list[str] = []
        listener.listen("mailit_test", heard.append)
        await until(reactor, lambda: heard == [""])
        for payload in ("x" * 8000, "\0", "a\ud800"):
            listener.notify("mailit_test", payload)
            await until(reactor, lambda: len(heard) > 1)
            assert heard.pop() == ""

    @pytest_twisted.ensureDeferred
    async def test_survives_one_that_can_not_hear(self, reactor: Any, listener: Listener) -> None:
        """A listener that raises is its own trouble."""
        heard: list[str] = []

        def deaf(payload: str) -> None:
            raise KeyError(payload)

        listener.listen("mailit_test", deaf)
        listener.listen("mailit_test", heard.append)
        await until(reactor, lambda: "" in heard)
        listener.notify("mailit_test", "x")
        await until(reactor, lambda: "x" in heard)


class TestALostConnection:
    """It is made anew, and everybody is told to look for himself."""

    @pytest_twisted.ensureDeferred
    async def test_ended_by_the_server(self, reactor: Any, dsn: str, listener: Listener) -> None:
        """Ears and mouth are both back."""
        heard: list[str] = []
        listener.listen("mailit_test", heard.append)
        listener.notify("other", "so that there is a connection to lose")
        await until(reactor, lambda: heard == [""])
        connection = connect(dsn, "killer", autocommit=True)
        Transaction(connection).rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.close()
        await until(reactor, lambda: heard == ["", ""])
        listener.notify("mailit_test", "again")
        await until(reactor, lambda: heard == ["", "", "again"])

    @pytest_twisted.ensureDeferred
    async def test_while_a_channel_is_added(self, reactor: Any, dsn: str) -> None:
        """The channel is heard all the same."""
        with short_folder() as folder, proxied(folder, dsn) as proxy:
            listener = Listener(reactor, proxy.dsn)
            listener.start()
            first: list[str] = []
            second: list[str] = []
            listener.listen("first", first.append)
            await until(reactor, lambda: first == [""])
            proxy.arm(b"LISTEN", Cut.BEFORE)
            listener.listen("second", second.append)
            await until(reactor, lambda: bool(second))
            listener.notify("second", "x")
            await until(reactor, lambda: "x" in second)
            assert proxy.cuts == 1
            await listener.stop()


class TestStopping:
    """At any moment."""

    @pytest_twisted.ensureDeferred
    async def test_before_it_could_connect(self, reactor: Any) -> None:
        """Nothing is left that would try again."""
        listener = Listener(reactor, "host=/nonexistent dbname=x")
        listener.start()
        listener.notify("x", "dropped without a word")
        await deferLater(reactor, 0.05, lambda: None)
        await listener.stop()
        assert not [call for call in reactor.getDelayedCalls() if "Listener" in repr(call.func)]

    @pytest_twisted.ensureDeferred
    async def test_sends_what_waits(self, reactor: Any, dsn: str, listener: Listener) -> None:
        """The last words are said."""
        heard: list[str] = []
        listener.listen("mailit_test", heard.append)
        await until(reactor, lambda: heard == [""])
        other = Listener(reactor, dsn)
        other.start()
        other.notify("mailit_test", "first")
        other.notify("mailit_test", "last")
        await other.stop()
        await until(reactor, lambda: heard == ["", "first", "last"])
