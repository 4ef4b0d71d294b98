"""The carrier that keeps a mail here in place of sending it."""

from __future__ import annotations

from attrs import define, field

from mailit.errors import Reply
from mailit.host import Host
from mailit.interfaces import Envelope, Outcome, OutcomeKind
from mailit.plugins.sandbox import store

_ROOM = 50  # mails that are rendered and written at a time

CAUGHT = Reply(250, "2.0.0", "Caught by the sandbox")


@define(eq=False)
class Sandbox:
    """Implements `mailit.interfaces.Carrier`: every mail is delivered, to a table."""

    _host: Host
    _busy: dict[str, int] = field(factory=dict, init=False)

    def room(self, domain: str) -> int:
        """See `Carrier.room`."""
        return max(_ROOM - self._busy.get(domain, 0), 0)

    async def carry(self, envelope: Envelope) -> Outcome:
        """See `Carrier.carry`: it is rendered and signed as it would travel, and kept."""
        self._busy[envelope.domain] = self._busy.get(envelope.domain, 0) + 1
        try:
            message = await self._host.render(envelope)
            await self._host.database.transact(
                store.catch,
                {
                    "id": envelope.id,
                    "team_id": envelope.email.team_id,
                    "email_id": envelope.email.id,
                    "return_path": self._host.return_path(envelope),
                    "recipient": envelope.recipient,
                    "sender": envelope.email.from_,
                    "subject": envelope.email.subject,
                    "message": message,
                },
            )
        finally:
            left = self._busy[envelope.domain] - 1
            if left:
                self._busy[envelope.domain] = left
            else:
                del self._busy[envelope.domain]
        return Outcome(OutcomeKind.DELIVERED, CAUGHT, exchanger="sandbox")
