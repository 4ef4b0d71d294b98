"""What becomes of an envelope after an attempt: when it is tried again, and when we give up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import random

from attrs import frozen

from mailit.interfaces import Envelope, Outcome, OutcomeKind
from mailit.mail.status import bounce
from mailit.store.outcomes import Ending, Fence

JITTER = 0.1
"""So large a part of a wait is left to chance."""

_STATES = {
    OutcomeKind.DELIVERED: "delivered",
    OutcomeKind.DEFERRED: "delivery_delayed",
    OutcomeKind.BOUNCED: "bounced",
    OutcomeKind.FAILED: "failed",
    OutcomeKind.SUPPRESSED: "suppressed",
}


@frozen
class Schedule:
    """The waits between tries, in seconds; the last one repeats until the mail's lifetime ends.

    Each is lengthened by a part of `JITTER` that `random()` draws (0 to 1), so that what was refused at one moment
    does not come back at one moment.
    """

    delays: Sequence[float]
    random: Callable[[], float] = random

    def ending(self, envelope: Envelope, outcome: Outcome, now: float) -> Ending:
        """How an attempt's outcome is written. `now` is in POSIX seconds.

        What is deferred past the end of the mail's lifetime has failed, with the last reply: a mail never ends as
        nothing.
        """
        deferred = outcome.kind is OutcomeKind.DEFERRED
        delay = self.delay(envelope.attempt) if deferred else 0.0
        kind = outcome.kind
        if deferred and not outcome.hold and now + delay >= envelope.expires_at:
            kind = OutcomeKind.FAILED
        return Ending(
            fence=Fence(envelope.id, envelope.attempt, envelope.holder),
            email_id=envelope.email.id,
            final=kind is not OutcomeKind.DEFERRED,
            state=_STATES[kind],
            code=outcome.reply.code,
            status=outcome.reply.status,
            text=outcome.reply.text,
            exchanger=outcome.exchanger,
            in_doubt=outcome.in_doubt,
            held=outcome.hold,
            delay=delay,
            sole=envelope.email.recipients == 1,
            data=data(kind, outcome),
        )

    def delay(self, attempt: int) -> float:
        """How long to wait after this attempt, counted from 1; never less than the schedule says."""
        return self.delays[min(attempt, len(self.delays)) - 1] * (1.0 + JITTER * self.random())


def data(kind: OutcomeKind, outcome: Outcome) -> dict[str, object] | None:
    """What the event of this outcome has beyond the mail's own facts, as webhooks carry it."""
    if outcome.data is not None:
        return dict(outcome.data)
    if kind is OutcomeKind.BOUNCED:
        return {"bounce": bounce(outcome.reply)}
    if kind is OutcomeKind.FAILED:
        return {"failed": {"reason": outcome.reply.text}}
    return None
