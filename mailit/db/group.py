"""Group commit: what arrives together is written together, so that one fsync serves many."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic

from attrs import define
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from mailit.db.connection import Dsn
from mailit.db.worker import Worker
from mailit.db.writer import I, R, Settle, Write, Writer
from mailit.errors import Unavailable

_UNDIVIDED = 8  # items: two groups of fewer would cost a second commit for nothing


@define(eq=False)
class _Entry(Generic[I, R]):
    """An item on its way. `waiter` is None once nobody waits any more; the item goes its way all the same."""

    item: I
    size: int
    since: float
    waiter: Deferred[R] | None = None

    def detach(self, waiter: Deferred[R]) -> None:
        self.waiter = None

    def answer(self, result: R | Exception) -> None:
        waiter, self.waiter = self.waiter, None
        if waiter is None:
            return
        if isinstance(result, Exception):
            waiter.errback(result)
        else:
            waiter.callback(result)


class Group(Generic[I, R]):
    """Takes items one by one and writes them in groups, one group in flight; the next is what arrived meanwhile.

    A group leaves at once where none is on its way: no timer, so that an idle system waits for nothing and a busy
    one batches by itself. Nothing happens before the first item; then there is a thread and a connection.

    `write(tx, items)` runs in that thread, on a connection in autocommit. It makes exactly one transaction, either
    one string of statements or `BEGIN` … `COMMIT`, with nothing after it, and gives a result an item, in order; a
    result that is an Exception is raised to that item's caller alone. When it raises for the data's sake, it is
    called again with halves, down to the item at fault. It writes rows in the order of their keys, or groups of
    several processes deadlock (and are tried again).

    `settle(tx, items)` says what is known of items whose transaction may or may not have been committed: a result
    for each that was, None for each that was not, which is then written. The old backend is gone by then.

    `size(item)` is in bytes. A group has at most `most` items of at most `most_bytes`; an item that is larger goes
    alone, on another connection, and may be overtaken. `patience` is for how many seconds an item waits for a
    database that is away. With `turns` a group has at most half of those who wait and those who were just answered,
    who may come again: callers read their answers and make their next items while the other half is written. With a
    `rest` so many seconds pass between a group of at least `crowd` items and the next one, which is larger for it.
    """

    def __init__(
        self,
        reactor: Any,
        name: str,
        dsn: Dsn,
        write: Write[I, R],
        settle: Settle[I, R],
        size: Callable[[I], int] = lambda item: 0,
        most: int = 200,
        most_bytes: int = 4_000_000,
        patience: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        turns: bool = False,
        rest: float = 0.0,
        crowd: int = 1,
    ) -> None:
        self._size = size
        self._most_bytes = most_bytes
        self._clock = clock
        self._stopped = False

        def lane(name: str, most: int) -> _Lane[I, R]:
            return _Lane(reactor, name, dsn, write, settle, most, most_bytes, patience, clock, turns, rest, crowd)

        self._ordinary = lane(f"mailit {name}", most)
        self._large = lane(f"mailit {name} (large)", 1)

    def submit(self, item: I) -> Deferred[R]:
        """Joins the next group; fires after its commit.

        Raises `Unavailable` where the database is away or nobody knows what became of it, the error that `write`
        gave for this item, or that which PostgreSQL raised for it. Cancelling only stops waiting.
        """
        if self._stopped:
            return fail(Unavailable())
        entry: _Entry[I, R] = _Entry(item, self._size(item), self._clock())
        waiter: Deferred[R] = Deferred(entry.detach)
        entry.waiter = waiter
        (self._large if entry.size > self._most_bytes else self._ordinary).add(entry)
        return waiter

    async def stop(self) -> None:
        """Refuses new items, waits until those at hand are answered, and closes the connections."""
        self._stopped = True
        await self._ordinary.stop()
        await self._large.stop()

    @property
    def waiting(self) -> int:
        """How many items wait for their group to leave."""
        return self._ordinary.waiting + self._large.waiting


class _Lane(Generic[I, R]):
    """One group in flight, on one connection, and those who wait for the next."""

    def __init__(
        self,
        reactor: Any,
        name: str,
        dsn: Dsn,
        write: Write[I, R],
        settle: Settle[I, R],
        most: int,
        most_bytes: int,
        patience: float,
        clock: Callable[[], float],
        turns: bool,
        rest: float,
        crowd: int,
    ) -> None:
        self._reactor = reactor
        self._rest = rest
        self._crowd = crowd
        self._worker = Worker(reactor, name)
        self._writer = Writer(name, dsn, write, settle, patience, lambda: reactor.callFromThread(self._expire), clock)
        self._most = most
        self._most_bytes = most_bytes
        self._turns = turns
        self._patience = patience
        self._clock = clock
        self._entries: deque[_Entry[I, R]] = deque()
        self._flying = False
        self._landed: list[Deferred[None]] = []

    @property
    def waiting(self) -> int:
        return len(self._entries)

    def add(self, entry: _Entry[I, R]) -> None:
        self._entries.append(entry)
        if not self._flying:
            self._fly()

    async def stop(self) -> None:
        if self._flying:
            landed: Deferred[None] = Deferred()
            self._landed.append(landed)
            await landed
        await self._worker.stop(self._writer.close)

    def _fly(self, landed: int = 0) -> None:
        half = max((len(self._entries) + landed + 1) // 2, _UNDIVIDED)
        group = self._take(min(half, self._most) if self._turns else self._most)
        self._flying = bool(group)
        if group:
            items = [entry.item for entry in group]
            results = self._worker.run(self._writer, items, [entry.since for entry in group])
            results.addBoth(self._land, group)

    def _take(self, most: int) -> list[_Entry[I, R]]:
        group: list[_Entry[I, R]] = []
        size = 0
        while self._entries and len(group) < most:
            size += self._entries[0].size
            if group and size > self._most_bytes:
                break
            group.append(self._entries.popleft())
        return group

    def _land(self, results: Sequence[R | Exception] | Failure, group: Sequence[_Entry[I, R]]) -> None:
        if self._rest and len(group) >= self._crowd:
            self._reactor.callLater(self._rest, self._leave)
        else:
            self._fly(len(group))  # first, so that the database works while the callers are answered
        if isinstance(results, Failure):
            error = results.value if isinstance(results.value, Exception) else Unavailable()
            results = [error] * len(group)
        for entry, result in zip(group, results, strict=True):
            entry.answer(result)
        self._stand()

    def _leave(self) -> None:
        self._fly()
        self._stand()

    def _stand(self) -> None:
        if not self._flying:
            landed, self._landed = self._landed, []
            for each in landed:
                each.callback(None)

    def _expire(self) -> None:
        """The database is away: gives up those who have waited long enough behind the group in flight."""
        late = self._clock() - self._patience
        while self._entries and self._entries[0].since <= late:
            self._entries.popleft().answer(Unavailable())
