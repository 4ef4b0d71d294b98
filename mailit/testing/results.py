"""What an awaitable gives, for tests that are plain functions."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


def result(awaitable: Awaitable[T]) -> T:
    """The result of a Deferred or coroutine that has one already; raises what it failed with.

    Raises AssertionError where it still waits for something: turn the clock first.
    """
    deferred: Any = awaitable if isinstance(awaitable, Deferred) else Deferred.fromCoroutine(awaitable)  # type: ignore[arg-type]
    given: list[Any] = []
    deferred.addBoth(given.append)
    if not given:
        raise AssertionError(f"it has no result yet: {deferred}")
    if isinstance(given[0], Failure):
        given[0].raiseException()
    there: T = given[0]
    return there
