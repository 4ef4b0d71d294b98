"""The carrier that plays the receiver for test recipients: what becomes of a mail is in its address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from attrs import frozen

from mailit.errors import Reply
from mailit.host import Host
from mailit.interfaces import Envelope, Outcome, OutcomeKind, Tx
from mailit.plugin import Screened
from mailit.plugins.test_recipients import store

RESEND = "resend.dev"
"""The domain of Resend's own test recipients, which programs that were written for it send to."""

EXCHANGER = "test-recipients"

TAKEN = Reply(250, "2.0.0", "Taken by a test recipient")
UNKNOWN_USER = Reply(550, "5.1.1", "The email account that you tried to reach does not exist")
SUPPRESSED = "The recipient is on the suppression list, as a test."
SUPPRESSION = {"type": "OnAccountSuppressionList", "reason": "previous_bounce", "diagnosticCode": []}

_ROOM = 100

_OUTCOMES = {
    "delivered": Outcome(OutcomeKind.DELIVERED, TAKEN, EXCHANGER),
    "complained": Outcome(OutcomeKind.DELIVERED, TAKEN, EXCHANGER),
    "bounced": Outcome(OutcomeKind.BOUNCED, UNKNOWN_USER, EXCHANGER),
    # For what was accepted before these were screened.
    "suppressed": Outcome(
        OutcomeKind.SUPPRESSED,
        Reply(0, "", SUPPRESSED),
        data={"suppressed": {"message": SUPPRESSED, **SUPPRESSION}},
    ),
}


def covers(domain: str, own: str | None) -> bool:
    """Whether there may be test recipients at this domain, `own` being one's own."""
    return domain in (RESEND, own)


def role(recipient: str) -> str:
    """What this recipient is to do: the part of the address before `@` and `+`, in lower case."""
    return recipient.rpartition("@")[0].partition("+")[0].lower()


def screened(tx: Tx, team_id: str, recipients: Sequence[str]) -> list[Screened]:
    """Those of these test recipients that are suppressed; a `Screen`, which asks nobody."""
    return [Screened(one, SUPPRESSED, SUPPRESSION) for one in recipients if role(one) == "suppressed"]


@frozen
class TestRecipients:
    """Implements `mailit.interfaces.Carrier`. `soon()` sees to complaints a little later."""

    __test__ = False

    _host: Host
    _domain: str | None
    _soon: Callable[[], Awaitable[None]]

    def covers(self, domain: str) -> bool:
        """Whether there may be test recipients at this domain."""
        return covers(domain, self._domain)

    def matches(self, envelope: Envelope) -> bool:
        """Whether it is for one: at a domain of one's own everybody is, at Resend's those that it documents."""
        if envelope.domain == self._domain:
            return True
        return envelope.domain == RESEND and role(envelope.recipient) in _OUTCOMES

    def room(self, domain: str) -> int:
        """See `Carrier.room`."""
        return _ROOM

    async def carry(self, envelope: Envelope) -> Outcome:
        """See `Carrier.carry`: the message is made and signed as for anybody, and goes nowhere."""
        outcome = _OUTCOMES.get(role(envelope.recipient), _OUTCOMES["bounced"])
        if outcome.kind is not OutcomeKind.SUPPRESSED:
            await self._host.render(envelope)
        if role(envelope.recipient) == "complained":
            await self._host.database.transact(store.owe, envelope.id)
            await self._soon()
        return outcome
