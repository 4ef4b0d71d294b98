"""Mail that is taken at birth: what this process accepts and has room for is its own from the INSERT on.

It needs no claim, which halves the time from the API's answer to the final dot on an idle system. A lane that has work
waiting keeps its order: its mail is claimed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import define, evolve, field
from twisted.internet.defer import Deferred

from mailit.draft import Content, Stream
from mailit.interfaces import Envelope
from mailit.queue.admission import Admission
from mailit.queue.claims import Claims
from mailit.queue.holder import Holder
from mailit.store.claims import LaneKey, email_of
from mailit.store.spool import NewMail


@define(eq=False)
class Births:
    """Implements `submission.door.Births` for a process that also delivers."""

    _queue: Claims
    _holder: Holder
    _admission: Admission
    _coming: Counter[str] = field(factory=Counter, init=False)  # by domain

    def turn(self, mails: Sequence[NewMail]) -> Deferred[None] | None:
        """See `Admission.turn`."""
        return self._admission.turn(len(mails))

    def take(self, mails: Sequence[NewMail]) -> tuple[NewMail, ...]:
        """The mails, in which those that there is room for name this process as their holder."""
        return tuple([evolve(mail, holder=self._holder.id) if self._fits(mail) else mail for mail in mails])

    def born(self, taken: Sequence[NewMail], written: Sequence[NewMail]) -> None:
        """`written` are on disk: those of them that were taken are attempted now."""
        self._forget(taken)
        for mail in written:
            if mail.holder is not None:
                self._queue.own(_envelopes(mail))

    def lost(self, taken: Sequence[NewMail], written: bool) -> None:
        """They were not written; where that is not certain (`written`), what may be there is looked for."""
        self._forget(taken)
        if written and any(mail.holder for mail in taken):
            self._queue.look_for_strays()

    def _fits(self, mail: NewMail) -> bool:
        if mail.due is not None or mail.stream is not Stream.TRANSACTIONAL or not self._holder.alive():
            return False
        if mail.content is None or mail.content.apart:
            return False
        wanted = Counter([delivery.domain for delivery in mail.deliveries])
        for domain, count in wanted.items():
            lane = LaneKey(domain, int(mail.stream), mail.team_id)
            if self._queue.room(lane) < count + self._coming[domain]:
                return False
        self._coming.update(wanted)
        for delivery in mail.deliveries:
            self._queue.coming.add(delivery.id)
        return True

    def _forget(self, taken: Iterable[NewMail]) -> None:
        for mail in taken:
            if mail.holder is not None:
                for delivery in mail.deliveries:
                    self._queue.coming.discard(delivery.id)
                    self._coming[delivery.domain] -= 1
                    if not self._coming[delivery.domain]:
                        del self._coming[delivery.domain]


def _envelopes(mail: NewMail) -> list[Envelope]:
    """What a claim of this mail would have brought."""
    email = email_of(mail, mail.content or Content())
    return [
        Envelope(
            id=delivery.id,
            attempt=1,
            domain=delivery.domain,
            stream=mail.stream,
            recipient=delivery.recipient,
            expires_at=mail.created_at + mail.lifetime,
            in_doubt=False,
            email=email,
            holder=mail.holder or "",
        )
        for delivery in mail.deliveries
        if delivery.screened is None
    ]
