"""Writes what nobody waits for: a while after it was noted, together with what was noted meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred


@define(eq=False)
class Later:
    """Calls `write` `seconds` after the first `want()`, and never while an earlier one is under way.

    `write` takes what there is and fails in nothing; what is wanted meanwhile waits its seconds once that has ended.
    """

    _reactor: Any
    _seconds: float
    _write: Callable[[], Coroutine[Deferred[Any], Any, None]]
    _timer: Any = field(default=None, init=False)
    _writing: Deferred[None] | None = field(default=None, init=False)
    _wanted: bool = field(default=False, init=False)  # since the write under way began

    def want(self) -> None:
        """There is something to write."""
        if self._writing is not None:
            self._wanted = True
        elif self._timer is None:
            self._timer = self._reactor.callLater(self._seconds, self._rang)

    async def stop(self) -> None:
        """Writes what there is at once, after the write that is under way."""
        if self._writing is not None:
            ended: Deferred[None] = Deferred()
            self._writing.addBoth(lambda _: ended.callback(None))
            await ended
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._write()

    def _rang(self) -> None:
        self._timer, self._wanted = None, False
        self._writing = writing = Deferred.fromCoroutine(self._write())
        writing.addBoth(lambda _: self._written())

    def _written(self) -> None:
        self._writing = None
        if self._wanted:
            self.want()
