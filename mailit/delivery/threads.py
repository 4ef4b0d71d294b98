"""A few threads of one room, apart from the reactor's own pool, which others may fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


@define(eq=False)
class Threads:
    """Runs functions in `count` threads, from `start` to `stop`; calling it gives a Deferred of the result."""

    _reactor: Any
    count: int
    _name: str
    _pool: ThreadPool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._pool = ThreadPool(self.count, self.count, self._name)

    def start(self) -> None:
        """Starts the threads."""
        self._pool.start()

    def stop(self) -> None:
        """Ends them; waits for what they are at."""
        self._pool.stop()

    def __call__(self, work: Callable[..., T], *args: Any) -> Deferred[T]:
        return deferToThreadPool(self._reactor, self._pool, work, *args)
