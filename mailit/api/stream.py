"""An answer without end: written as it comes, paused while the client does not read, over when he goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from mailit.api.request import Request

_LOOK_AGAIN = 10.0


@implementer(IPushProducer)
@define(eq=False)
class Stream:
    """Carries a body's pieces to the client. `good()` says, now and then, whether his credentials still are."""

    _request: Request
    _body: AsyncIterator[bytes]
    _reactor: Any
    _good: Callable[[], Awaitable[bool]] | None = None
    _resumed: Deferred[None] | None = field(default=None, init=False)
    _task: Deferred[None] | None = field(default=None, init=False)

    async def run(self, head: bytes, headers: bytes) -> None:
        """Streams to the end. What the body raises is raised, and the connection broken: no end would be a lie."""
        self._request.stream(head, headers, self.end)
        if self._request.method == b"HEAD":
            self._request.finish()
            return
        self._request.registerProducer(self, True)
        self._task = Deferred.fromCoroutine(self._carry())
        try:
            await self._task
        except CancelledError:
            pass
        except Exception:
            self._request.break_off()
            raise
        if self._request.open:
            self._request.unregisterProducer()
            self._request.finish()

    def end(self) -> None:
        """Ends it: the client has gone, or we are stopping."""
        if self._task is not None and not self._task.called:
            self._task.cancel()

    async def _carry(self) -> None:
        looked = self._reactor.seconds()
        try:
            async for piece in self._body:
                if self._good is not None and self._reactor.seconds() - looked >= _LOOK_AGAIN:
                    looked = self._reactor.seconds()
                    if not await self._good():
                        return
                if not self._request.open:
                    return
                self._request.write(piece)
                if self._resumed is not None:
                    await self._resumed
        finally:
            close = getattr(self._body, "aclose", None)
            if close is not None:
                await close()

    def pauseProducing(self) -> None:
        """The client does not read (Twisted calls this)."""
        if self._resumed is None:
            self._resumed = Deferred()

    def resumeProducing(self) -> None:
        """The client reads again (Twisted calls this)."""
        resumed, self._resumed = self._resumed, None
        if resumed is not None and not resumed.called:
            resumed.callback(None)

    def stopProducing(self) -> None:
        """The connection is gone (Twisted calls this)."""
        self.end()
