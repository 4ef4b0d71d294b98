"""What the toy does by itself: it hears of events and of mail, and has work of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred

from mailit.events import Event
from mailit.host import Host
from mailit.interfaces import Tx
from mailit_toy import store


def count(tx: Tx, events: Sequence[Event]) -> None:
    """Counts events, in the transaction that moves the cursor."""
    for event in events:
        store.count(tx, event.team_id, event.type)


def no_spam(message: Any) -> Any:
    """A received mail, or None where it goes no further."""
    return None if "spam" in message["Subject"] else message


@frozen
class Tidying:
    """A job: writes down that it ran."""

    _host: Host

    async def __call__(self) -> None:
        """Once, in one process."""
        await self._host.database.transact(store.note, "tidied")


class Listening(Service):
    """A service: writes down when it starts, what it hears, and when it stops."""

    name = "toy"

    def __init__(self, host: Host) -> None:
        self._host = host

    def startService(self) -> None:
        """Listens."""
        super().startService()
        self._host.notices.listen("toy", self._heard)
        self._note("started")

    def stopService(self) -> Deferred[None]:
        """Says so."""
        super().stopService()
        return self._note("stopped")

    def _heard(self, payload: str) -> None:
        if payload:
            self._note(f"heard {payload}")

    def _note(self, text: str) -> Deferred[None]:
        return self._host.database.transact(store.note, text)
