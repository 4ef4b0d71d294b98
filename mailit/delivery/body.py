"""A long message on its way out, piece by piece, as fast as the peer takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPullProducer
from zope.interface import implementer

from mailit.mail import wire

PIECE = 65_536


@implementer(IPullProducer)
class Body:
    """Writes `data` in pieces of 64 KB: framed for DATA, or, for BDAT, as it is (`chunked`).

    `end(last)` gives the last bytes (the lone dot, or the last piece) and what follows them, or None where they may not
    be sent.

    `progress()` is called whenever the transport wants more: a sign that the peer takes what it is sent.
    """

    def __init__(
        self,
        data: bytes,
        transport: Any,
        end: Callable[[bytes], bytes | None],
        progress: Callable[[], None],
        chunked: bool = False,
    ) -> None:
        starts = range(0, len(data), PIECE)
        pieces = (data[start : start + PIECE] for start in starts)
        self._pieces = pieces if chunked else wire.stuffed(pieces)
        self._left = len(starts) - chunked
        self._transport = transport
        self._end = end
        self._progress = progress
        self._stopped = False

    def start(self) -> None:
        """Begins to write."""
        self._transport.registerProducer(self, False)

    def stop(self) -> None:
        """Writes no more."""
        if not self._stopped:
            self._stopped = True
            self._transport.unregisterProducer()

    def resumeProducing(self) -> None:
        """The transport wants more."""
        if self._stopped:
            return
        self._progress()
        piece = next(self._pieces)
        if self._left:
            self._left -= 1
            self._transport.write(piece)
            return
        self.stop()
        last = self._end(piece)
        if last is not None:
            self._transport.write(last)

    def stopProducing(self) -> None:
        """The connection is gone."""
        self._stopped = True
