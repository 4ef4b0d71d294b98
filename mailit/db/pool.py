"""Ordinary transactions: each is one plain function, run in one hop to a thread that has a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import get_ident
from typing import Any, TypeVar

import psycopg2
from twisted.enterprise import adbapi
from twisted.internet.defer import Deferred, fail
from twisted.internet.threads import deferToThreadPool

from mailit.db.connection import Connection, Dsn, Fault, Transaction, connect, fault
from mailit.errors import Unavailable

__all__ = ["Pool", "Transaction"]

T = TypeVar("T")

_TRIES = 5


class Pool:
    """A pool of connections, made as they are needed and made anew when they are lost.

    Implements `mailit.interfaces.Database`. Nothing happens before `start`, which may be called once. Each connection
    begins with `session` (SET statements).
    """

    def __init__(self, reactor: Any, dsn: Dsn, size: int = 8, name: str = "mailit", session: str = "") -> None:
        self._reactor = reactor
        self._dsn = dsn
        self._size = size
        self._name = name
        self._session = session
        self._connections: _Connections | None = None
        self._working = 0
        self._idle: list[Deferred[None]] = []

    def start(self) -> None:
        """Opens for work; no connection is made yet."""
        self._connections = _Connections(self._reactor, self._dsn, self._size, self._name, self._session)

    async def stop(self) -> None:
        """Refuses new work, waits for the work at hand, and closes every connection."""
        connections, self._connections = self._connections, None
        if connections is None:
            return
        if self._working:
            done: Deferred[None] = Deferred()
            self._idle.append(done)
            await done
        connections.close()  # type: ignore[no-untyped-call]

    def transact(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        """Runs `work(tx, *args, **kwargs)` as one transaction in a thread; commits when it returns.

        Raises `Unavailable` where the database is away, and where a connection was lost in COMMIT, so that nobody
        knows. Any other error is work's own, rolled back. `work` may run again, after a deadlock, a serialization
        failure or a connection that was lost before its COMMIT, so it has no other effects.
        """
        if self._connections is None:
            return fail(Unavailable())
        self._working += 1
        result: Deferred[T] = deferToThreadPool(
            self._reactor, self._connections.threadpool, _transact, self._connections, work, args, kwargs
        )
        result.addBoth(self._done)
        return result

    def _done(self, result: Any) -> Any:
        self._working -= 1
        if not self._working:
            waiting, self._idle = self._idle, []
            for done in waiting:
                done.callback(None)
        return result


class _Connections(adbapi.ConnectionPool):
    """adbapi's threads, each with its connection, opened our way."""

    def __init__(self, reactor: Any, dsn: Dsn, size: int, name: str, session: str) -> None:
        self._open: Callable[[], Connection] = partial(connect, dsn, name, session)
        super().__init__(  # type: ignore[no-untyped-call]
            "psycopg2", cp_reactor=reactor, cp_min=0, cp_max=size, cp_noisy=False
        )

    def connect(self) -> Connection:
        """This thread's connection."""
        mine: Connection | None = self.connections.get(get_ident())
        if mine is None:
            mine = self.connections[get_ident()] = self._open()
        return mine

    def disconnect(self, connection: Connection) -> None:
        """Forgets this thread's connection."""
        self.connections.pop(get_ident(), None)
        connection.close()


def _transact(connections: _Connections, work: Callable[..., T], args: Any, kwargs: Any) -> T:
    for attempt in range(1, _TRIES + 1):
        connection = connections.connect()
        committing = False
        try:
            result = work(Transaction(connection), *args, **kwargs)
            committing = True
            connection.commit()
            return result
        except BaseException as error:
            kind = fault(connection, error)
            _undo(connections, connection, kind)
            if kind is Fault.LOST and (committing or attempt == _TRIES):
                raise Unavailable from error
            if kind is Fault.AWAY:
                raise Unavailable from error
            if kind is Fault.DATA or attempt == _TRIES:
                raise
        if kind is Fault.RETRY:
            time.sleep(0.01 * attempt)
    raise Unavailable


def _undo(connections: _Connections, connection: Connection, kind: Fault) -> None:
    """Rolls back; a connection on which that does not work is given up."""
    if kind is not Fault.LOST:
        with suppress(psycopg2.Error):
            connection.rollback()
    if kind is Fault.LOST or connection.closed:
        connections.disconnect(connection)
