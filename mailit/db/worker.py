"""A thread that does one thing after another, for what must keep to one connection."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from mailit.errors import Unavailable

T = TypeVar("T")

_Task = tuple[Callable[..., Any], tuple[Any, ...], "Deferred[Any]"]


class Worker:
    """A named thread, started with the first work it gets. A process that ends does not wait for it."""

    def __init__(self, reactor: Any, name: str) -> None:
        self._reactor = reactor
        self._name = name
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._stopped = False

    def run(self, work: Callable[..., T], *args: Any) -> Deferred[T]:
        """Does `work(*args)` in the thread, after what was asked for before; fires in the reactor."""
        if self._stopped:
            return fail(Unavailable())
        if self._thread is None:
            self._thread = Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()
        done: Deferred[T] = Deferred(_detach)
        self._tasks.put((work, args, done))
        return done

    async def stop(self, last: Callable[[], None]) -> None:
        """Takes no more work, does what it has and then `last`, and ends the thread. A second stop does nothing."""
        if self._stopped:
            return
        done = self.run(last)
        self._stopped = True
        self._tasks.put(None)
        await done

    def _loop(self) -> None:
        while (task := self._tasks.get()) is not None:
            work, args, done = task
            try:
                result = work(*args)
            except BaseException:
                self._reactor.callFromThread(_fire, done, Failure())
            else:
                self._reactor.callFromThread(_fire, done, result)
            del task, work, args, done  # an idle thread keeps nothing alive


def _detach(waiter: Deferred[Any]) -> None:
    """Work can't be called back; cancelling only stops waiting for it."""


def _fire(done: Deferred[Any], result: Any) -> None:
    if not done.called:
        done.callback(result)
