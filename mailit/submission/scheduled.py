"""Mail that waits for its time: rescheduled or canceled while nobody has begun to send it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import frozen

from mailit.errors import NotFound, Refused
from mailit.interfaces import Clock, Database
from mailit.store import scheduled
from mailit.store.claims import LaneKey
from mailit.store.scheduled import NotScheduled
from mailit.submission.validate import check_schedule


@frozen(eq=False)
class Scheduled:
    """`changed(lanes)` is told after each change, with the lanes that have work now because of it."""

    _database: Database
    _clock: Clock
    _changed: Callable[[Iterable[LaneKey]], None]

    async def reschedule(self, team_id: str, email_id: str, at: datetime) -> None:
        """Gives a mail another time; a time that is over is now. Raises from `mailit.errors`."""
        now = self._clock()
        check_schedule(at, now)
        due = at.timestamp()
        try:
            lanes = await self._database.transact(scheduled.reschedule, team_id, email_id, due)
        except NotScheduled as error:
            raise Refused("Only scheduled emails can be rescheduled.") from error
        if lanes is None:
            raise NotFound("Email not found")
        self._changed(lanes if due <= now else ())

    async def cancel(self, team_id: str, email_id: str) -> None:
        """Ends a mail that waits for its time, for all of its recipients. Raises from `mailit.errors`."""
        try:
            found = await self._database.transact(scheduled.cancel, team_id, email_id)
        except NotScheduled as error:
            raise Refused("Only scheduled emails can be canceled.") from error
        if not found:
            raise NotFound("Email not found")
        self._changed(())
