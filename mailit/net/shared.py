"""One piece of work that many wait for, each with a Deferred of his own.

Two who await one Deferred spoil it for each other: the second gets None, and cancelling by the first cancels the work
for both. Here whoever cancels only stops waiting himself.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

T = TypeVar("T")


@define(eq=False)
class Shared(Generic[T]):
    """A result that is still to come, or has come; `wait` as often as you like."""

    _waiting: dict[int, Deferred[T]] = field(factory=dict, init=False)
    _next: int = field(default=0, init=False)
    _come: bool = field(default=False, init=False)
    _result: T | Failure | None = field(default=None, init=False)

    def share(self, work: Deferred[T]) -> None:
        """Takes the work whose result is shared; a failure goes to every waiter, and is nobody's where none waits."""
        work.addBoth(self._came)

    def wait(self) -> Deferred[T]:
        """The result, for one waiter; cancelling it detaches this waiter alone."""
        if self._come:
            result: Any = self._result
            return fail(result) if isinstance(result, Failure) else succeed(result)
        number = self._next
        self._next += 1

        def leave(_: Deferred[T]) -> None:
            self._waiting.pop(number, None)

        waiter = self._waiting[number] = Deferred(leave)
        return waiter

    def _came(self, result: T | Failure) -> None:
        self._come = True
        self._result = result
        waiting, self._waiting = self._waiting, {}
        for waiter in waiting.values():
            waiter.callback(result)  # a Failure makes it fail, as Twisted has it
