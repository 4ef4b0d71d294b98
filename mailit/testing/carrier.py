"""A carrier that does as a test tells it."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import Deferred

from mailit.errors import Reply
from mailit.interfaces import Envelope, Outcome, OutcomeKind

DELIVERED = Outcome(OutcomeKind.DELIVERED, Reply(250, "2.0.0", "Taken"), exchanger="mx.example.net")
DEFERRED = Outcome(OutcomeKind.DEFERRED, Reply(451, "4.7.1", "Greylisted"), exchanger="mx.example.net")
BOUNCED = Outcome(OutcomeKind.BOUNCED, Reply(550, "5.1.1", "No such user"), exchanger="mx.example.net")

Says = Callable[[Envelope], Outcome | Deferred[Outcome | None] | None]


@define(eq=False)
class ScriptedCarrier:
    """Implements `interfaces.Carrier`: answers each envelope by what `says` gives for it, or raises what that raises.

    `handed` has the envelopes that it was given, in order. It has room for `most` at a time.
    """

    says: Says = lambda envelope: DELIVERED
    most: int = 100
    handed: list[Envelope] = field(factory=list, init=False)
    busy: int = field(default=0, init=False)

    def room(self, domain: str) -> int:
        """See `interfaces.Carrier`."""
        return max(0, self.most - self.busy)

    async def carry(self, envelope: Envelope) -> Outcome | None:
        """See `interfaces.Carrier`."""
        self.handed.append(envelope)
        self.busy += 1
        try:
            said = self.says(envelope)
            return await said if isinstance(said, Deferred) else said
        finally:
            self.busy -= 1
