"""Writes groups, one transaction each, and finds out what became of one whose connection was lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import psycopg2
from attrs import define, frozen
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from mailit.db.connection import KEYED, Connection, Dsn, Fault, Transaction, connect, fault
from mailit.errors import Unavailable
from mailit.interfaces import Tx

I = TypeVar("I")  # noqa: E741
R = TypeVar("R")

Write = Callable[[Tx, Sequence[I]], Sequence[R | Exception]]
Settle = Callable[[Tx, Sequence[I]], Sequence[R | Exception | None]]

_MYSELF = "SELECT pid, backend_start::text AS since FROM pg_stat_activity WHERE pid = pg_backend_pid()"

# A number alone may by now be another's.
_END = """
    SELECT pg_terminate_backend(pid)
      FROM pg_stat_activity
     WHERE pid = %(pid)s AND backend_start = %(since)s::timestamptz
"""

_PAUSE = 0.05  # seconds between looks at a database that is away
_RETRIES = 20  # of a group that lost to a deadlock


@frozen
class _Backend:
    pid: int
    since: str


@define
class _Batch:
    """Some of a group's items, by position. `open`: a COMMIT may have taken place; ask before writing again."""

    places: list[int]
    open: bool = False
    losses: int = 0
    retries: int = 0

    def halves(self) -> tuple[_Batch, _Batch]:
        middle = len(self.places) // 2
        return _Batch(self.places[:middle], self.open), _Batch(self.places[middle:], self.open)


class Writer(Generic[I, R]):
    """One connection in autocommit and what is written on it. For one thread at a time.

    `trouble()` is called, in the thread, whenever the database turns out to be away.
    """

    def __init__(
        self,
        name: str,
        dsn: Dsn,
        write: Write[I, R],
        settle: Settle[I, R],
        patience: float,
        trouble: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._dsn = dsn
        self._write = write
        self._settle = settle
        self._patience = patience
        self._trouble = trouble
        self._clock = clock
        self._connection: Connection | None = None
        self._backend: _Backend | None = None  # of the connection that is, or was; ended before another writes

    def close(self) -> None:
        """Closes the connection, if there is one."""
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
        self._connection = None

    def __call__(self, items: Sequence[I], since: Sequence[float]) -> Sequence[R | Exception]:
        """Writes the items, which have waited since those times; an exception stands for an item that was not.

        Items that the database can't take by then are given up, as `Unavailable`, `patience` seconds after `since`.
        """
        results: list[Any] = [None] * len(items)
        todo = [_Batch(list(range(len(items))))]
        while todo:
            batch = todo.pop()
            try:
                self._attempt(batch, items, results)
            except Exception as error:
                todo += reversed(self._after(batch, error, since, results))
        return results

    def _attempt(self, batch: _Batch, items: Sequence[I], results: list[Any]) -> None:
        tx = self._tx()
        if batch.open:
            found = self._settle(tx, [items[place] for place in batch.places])
            for place, result in zip(batch.places, found, strict=True):
                results[place] = result
            batch.places = [place for place in batch.places if results[place] is None]
            batch.open = False
            if not batch.places:
                return
        given = list(self._write(tx, [items[place] for place in batch.places]))
        assert self._connection is not None
        if self._connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
            raise RuntimeError(f"group {self._name} left its transaction open")
        if len(given) != len(batch.places):  # it is committed, and must not be written again
            given = [RuntimeError(f"group {self._name} gave {len(given)} results")] * len(batch.places)
        for place, result in zip(batch.places, given, strict=True):
            results[place] = result

    def _after(self, batch: _Batch, error: Exception, since: Sequence[float], results: list[Any]) -> list[_Batch]:
        """What remains to be done once `error` was raised."""
        kind = self._fault(error)
        if kind is Fault.LOST:
            batch.open = True
            batch.losses += 1
        self._undo(kind)
        if kind is Fault.DATA:
            # An error of PostgreSQL's undid all; one of anybody else's may have come after the COMMIT.
            batch.open = batch.open or not isinstance(error, psycopg2.Error)
            if len(batch.places) > 1:
                return list(batch.halves())
            results[batch.places[0]] = error
            return []
        if kind is Fault.RETRY and batch.retries < _RETRIES:
            batch.retries += 1
            time.sleep(0.002 * batch.retries)
            return [batch]
        if kind is Fault.LOST or isinstance(error, Unavailable):
            return self._wait(batch, error, since, results)
        for place in batch.places:
            results[place] = _unavailable(error)
        return []

    def _wait(self, batch: _Batch, error: Exception, since: Sequence[float], results: list[Any]) -> list[_Batch]:
        """Gives up the items whose time is over, and leaves the others for another try."""
        self._trouble()
        late = self._clock() - self._patience
        for place in batch.places:
            if since[place] <= late:
                results[place] = _unavailable(error)
        batch.places = [place for place in batch.places if since[place] > late]
        if not batch.places:
            return []
        if isinstance(error, Unavailable):
            time.sleep(_PAUSE)
        if batch.losses > 1 and len(batch.places) > 1:  # it may be one of them that costs us the connection
            return list(batch.halves())
        return [batch]

    def _fault(self, error: Exception) -> Fault:
        if isinstance(error, Unavailable):
            return Fault.AWAY
        return fault(self._connection, error) if self._connection is not None else Fault.AWAY

    def _undo(self, kind: Fault) -> None:
        """Leaves the connection idle, or leaves none."""
        connection = self._connection
        if connection is None:
            return
        if kind is not Fault.LOST and connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
            with suppress(psycopg2.Error):
                Transaction(connection).run("ROLLBACK")  # in autocommit, psycopg2's own rollback() does nothing
        if kind is Fault.LOST or connection.closed:
            self.close()

    def _tx(self) -> Transaction:
        """What to write on. A new connection first sees to it that the one before is over and done with."""
        if self._connection is not None:
            return Transaction(self._connection)
        connection = connect(self._dsn, self._name, KEYED, autocommit=True)
        try:
            tx = Transaction(connection)
            if self._backend is not None:
                self._end(tx, self._backend)
            me = tx.row(_MYSELF)
            assert me is not None
        except psycopg2.Error as error:
            connection.close()
            raise Unavailable from error
        except BaseException:
            connection.close()
            raise
        self._backend = _Backend(me.pid, me.since)
        self._connection = connection
        return tx

    def _end(self, tx: Transaction, backend: _Backend) -> None:
        """Ends a backend and waits until it has left: from then on, what it did not commit it never will."""
        until = self._clock() + self._patience
        while tx.rows(_END, {"pid": backend.pid, "since": backend.since}):
            if self._clock() > until:
                raise Unavailable
            time.sleep(0.01)


def _unavailable(cause: BaseException) -> Unavailable:
    error = Unavailable()
    error.__cause__ = cause.__cause__ if isinstance(cause, Unavailable) and cause.__cause__ else cause
    return error
