"""Notices within one test: what is said is heard by all who listen, in a later turn of the test's reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.logger import Logger

_PAYLOAD_BYTES = 7999  # what PostgreSQL carries; the empty payload goes in place of more


@define(eq=False)
class MemoryNotices:
    """Implements `interfaces.Notices`. `said` has every notice that went out, in order.

    While `away` is true nothing is heard, and what is said is lost, as when the database is away; `reconnect` tells
    everybody to look for himself.
    """

    reactor: Any
    away: bool = False
    said: list[tuple[str, str]] = field(factory=list, init=False)
    _heard: dict[str, list[Callable[[str], None]]] = field(factory=dict, init=False)
    _waiting: dict[tuple[str, str], None] = field(factory=dict, init=False)
    _log: Logger = field(factory=Logger, init=False)

    def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """See `interfaces.Notices`."""
        self._heard.setdefault(channel, []).append(heard)
        self.reactor.callLater(0, self._connected, heard)

    def notify(self, channel: str, payload: str = "") -> None:
        """See `interfaces.Notices`."""
        if not self._waiting:
            self.reactor.callLater(0, self._send)
        self._waiting[channel, payload if _sayable(payload) else ""] = None

    def reconnect(self) -> None:
        """The database is back: everybody hears `""`."""
        self.away = False
        for heard in [heard for those in self._heard.values() for heard in those]:
            self._tell(heard, "")

    def _connected(self, heard: Callable[[str], None]) -> None:
        if not self.away:
            self._tell(heard, "")

    def _send(self) -> None:
        waiting, self._waiting = list(self._waiting), {}
        for channel, payload in [] if self.away else waiting:
            self.said.append((channel, payload))
            for heard in list(self._heard.get(channel, ())):
                self._tell(heard, payload)

    def _tell(self, heard: Callable[[str], None], payload: str) -> None:
        try:
            heard(payload)
        except Exception:
            self._log.failure("a notice was not understood")


def _sayable(payload: str) -> bool:
    try:
        return "\0" not in payload and len(payload.encode()) <= _PAYLOAD_BYTES
    except UnicodeEncodeError:  # a lone surrogate
        return False
