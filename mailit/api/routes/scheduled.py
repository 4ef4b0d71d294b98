"""Mails that wait for their time, over HTTP: `PATCH /emails/{email_id}` and `POST /emails/{email_id}/cancel`."""

from __future__ import annotations

from attrs import frozen
from msgspec import Struct

from mailit.api.drafts import moment
from mailit.api.paging import uuid
from mailit.errors import MissingField
from mailit.interfaces import Clock
from mailit.plugin import Call, Permission, endpoint
from mailit.submission.scheduled import Scheduled


class RescheduleEmail(Struct, frozen=True):
    """Another time for a scheduled mail, in ISO 8601 or in words as in `POST /emails`."""

    scheduled_at: str | None = None


class EmailNamed(Struct, frozen=True):
    """A mail that was changed."""

    id: str
    object: str = "email"


@frozen(eq=False)
class ScheduledRoutes:
    """What can be done to a mail until it is sent."""

    _scheduled: Scheduled
    _clock: Clock

    @endpoint("PATCH", "/emails/{email_id}", permission=Permission.SEND, takes=RescheduleEmail, gives=EmailNamed)
    async def reschedule(self, call: Call, body: RescheduleEmail) -> EmailNamed:
        """Gives a scheduled mail another time."""
        id_ = uuid("email_id", call.path["email_id"])
        if body.scheduled_at is None:
            raise MissingField.named("scheduled_at")
        at = moment("scheduled_at", body.scheduled_at, self._clock)
        await self._scheduled.reschedule(call.team_id, id_, at)
        return EmailNamed(id_)

    @endpoint("POST", "/emails/{email_id}/cancel", permission=Permission.SEND, gives=EmailNamed)
    async def cancel(self, call: Call) -> EmailNamed:
        """Cancels a scheduled mail, for all of its recipients; what was canceled can't be scheduled again."""
        id_ = uuid("email_id", call.path["email_id"])
        await self._scheduled.cancel(call.team_id, id_)
        return EmailNamed(id_)
