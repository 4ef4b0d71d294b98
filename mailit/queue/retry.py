"""What becomes of an envelope after an attempt: when it is tried again, and when we give up."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from mailit.interfaces import Envelope, Outcome, OutcomeKind
from mailit.store.outcomes import Ending, Fence

_STATES = {
    OutcomeKind.DELIVERED: "delivered",
    OutcomeKind.DEFERRED: "delivery_delayed",
    OutcomeKind.BOUNCED: "bounced",
    OutcomeKind.FAILED: "failed",
    OutcomeKind.SUPPRESSED: "suppressed",
}


@frozen
class Schedule:
    """The waits between tries, in seconds; the last one repeats until the mail's lifetime ends."""

    delays: Sequence[float]

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
            team_id=envelope.email.team_id,
            recipient=envelope.recipient,
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
        """How long to wait after this attempt, counted from 1."""
        return self.delays[min(attempt, len(self.delays)) - 1]


def data(kind: OutcomeKind, outcome: Outcome) -> dict[str, object] | None:
    """What the event of this outcome has beyond the mail's own facts, as webhooks carry it."""
    if outcome.data is not None:
        return dict(outcome.data)
    if kind is OutcomeKind.BOUNCED:
        bounce = {"type": "Permanent", "subType": "General", "message": outcome.reply.text}
        return {"bounce": {**bounce, "diagnosticCode": [f"smtp; {outcome.reply}"]}}
    if kind is OutcomeKind.FAILED:
        return {"failed": {"reason": outcome.reply.text}}
    return None
