"""A carrier that keeps what it takes in a box."""

from __future__ import annotations

from attrs import frozen

from mailit.errors import Reply
from mailit.host import Host
from mailit.interfaces import Envelope, Outcome, OutcomeKind
from mailit_toy import store

DOMAIN = "toybox.test"


@frozen
class Box:
    """Implements `mailit.interfaces.Carrier`."""

    _host: Host

    def room(self, domain: str) -> int:
        """As much as there is."""
        return 100

    async def carry(self, envelope: Envelope) -> Outcome:
        """Into the box, as it would travel."""
        message = await self._host.render(envelope)
        await self._host.database.transact(store.keep, envelope.id, envelope.email.team_id, envelope.recipient, message)
        return Outcome(OutcomeKind.DELIVERED, Reply(250, "2.0.0", "In the box"), exchanger="toybox")
