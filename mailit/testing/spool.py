"""The spool in memory, on whatever clock it is given: five days of retries take milliseconds.

It keeps the contract of the tables (`mailit.store.seam.Spool`), and one suite proves it on both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
from attrs import define, evolve, field

from mailit.draft import Content
from mailit.errors import Reply
from mailit.events import LAST_EVENT_ORDER, Event
from mailit.ids import Ids
from mailit.interfaces import Clock, Envelope, Tx, utc
from mailit.plugin import Screen, Screened
from mailit.store import idempotency
from mailit.store.claims import LaneKey, Taken, Wanted, email_of
from mailit.store.holders import Abandoned
from mailit.store.idempotency import InUse, Kept, NewKey
from mailit.store.outcomes import Ending, Fence
from mailit.store.spool import NewMail
from mailit.testing.domains import MemoryDomains
from mailit.testing.kept import KeptDelivery, KeptEnvelope, KeptMail


@define(eq=False)
class MemorySpool:
    """Implements `store.seam.Spool`; the transaction that its methods are given is handed to screens and progress.

    `domains` are those that mail is sent from; `gone` has the ids of teams and API keys that were deleted. What
    happened is in `events`, oldest first; `mails`, `deliveries`, `envelopes` and `holders` are by id.
    """

    clock: Clock
    ids: Callable[[], str] = field(factory=Ids)
    domains: MemoryDomains = field(factory=MemoryDomains)
    gone: set[str] = field(factory=set, init=False)
    mails: dict[str, KeptMail] = field(factory=dict, init=False)
    deliveries: dict[str, KeptDelivery] = field(factory=dict, init=False)
    envelopes: dict[str, KeptEnvelope] = field(factory=dict, init=False)
    holders: dict[str, float] = field(factory=dict, init=False)
    events: list[Event] = field(factory=list, init=False)
    keys: dict[tuple[str, str], tuple[Kept, float]] = field(factory=dict, init=False)
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self.clock()

    # What a plugin tells

    async def report(self, delivery_id: str, state: str, data: Mapping[str, Any] | None = None) -> bool:
        """See `Host.report`, and `store.reports`."""
        one = self.deliveries.get(delivery_id)
        rank = LAST_EVENT_ORDER.index
        if one is None or one.state not in ("delivered", "opened", "clicked") or rank(one.state) <= rank(state):
            return False
        self.deliveries[delivery_id] = evolve(one, state=state)
        mail = self.mails[one.email_id].mail
        self._tell(mail, state, delivery_id=delivery_id, recipient=one.recipient, data=_json(data or {}))
        self._rank(one.email_id)
        return True

    # What a test looks at

    def saved(self) -> Callable[[], None]:
        """See `testing.database.Undoes`."""
        kept = dict(self.mails), dict(self.deliveries), dict(self.envelopes), dict(self.holders), dict(self.keys)
        told = len(self.events)

        def bring_back() -> None:
            self.mails, self.deliveries, self.envelopes, self.holders, self.keys = kept
            del self.events[told:]

        return bring_back

    def events_of(self, email_id: str) -> list[Event]:
        """What happened to a mail, oldest first."""
        return [event for event in self.events if event.email_id == email_id]

    def types_of(self, email_id: str) -> list[str]:
        """The types of what happened to a mail, without `email.` in front."""
        return [event.type.removeprefix("email.") for event in self.events_of(email_id)]

    def next_due(self) -> float | None:
        """When the first of those that nobody has claimed is due, in POSIX seconds."""
        return min((one.due_at for one in self.envelopes.values() if one.free), default=None)

    # Accepting

    def accept(
        self,
        tx: Tx,
        groups: Sequence[Sequence[NewMail]],
        screens: Sequence[Screen] = (),
        progress: Sequence[Callable[[Tx], None]] = (),
        before: Callable[[Tx], Collection[int]] | None = None,
        keys: Sequence[NewKey] = (),
    ) -> list[list[NewMail]]:
        """See `store.spool.accept`."""
        undo = self.saved()
        try:
            if self.keep(tx, dict(enumerate(keys))):
                raise idempotency.KeyTaken
            left_out = before(tx) if before is not None else ()
            written = [
                [self._screened(tx, mail, screens) for mail in group if place not in left_out]
                for place, group in enumerate(groups)
            ]
            contents = {mail.content_id: mail.content for group in written for mail in group if mail.content}
            for mail in (mail for group in written for mail in group):
                self._keep(mail, contents.get(mail.content_id, Content()))
            for step in progress:
                step(tx)
        except BaseException:
            undo()
            raise
        return written

    def keep(self, tx: Tx, new: Mapping[int, NewKey]) -> dict[int, InUse]:
        """See `store.idempotency.keep`."""
        good = self.clock() - idempotency.KEPT_FOR
        in_use: dict[int, InUse] = {}
        for place, key in new.items():
            kept, at = self.keys.get((key.use.team_id, key.use.key), (None, 0.0))
            if kept is not None and at > good:
                in_use[place] = InUse(kept)
            else:
                self.keys[key.use.team_id, key.use.key] = Kept(key.use.digest, key.answer), self.clock()
        return in_use

    def accepted(self, tx: Tx, groups: Sequence[Sequence[NewMail]]) -> list[list[NewMail] | None]:
        """See `store.spool.accepted`."""
        return [list(group) if group[0].id in self.mails else None for group in groups]

    def _screened(self, tx: Tx, mail: NewMail, screens: Sequence[Screen]) -> NewMail:
        if not screens:
            return mail
        recipients = sorted({delivery.recipient.lower() for delivery in mail.deliveries})
        out: dict[str, Screened] = {}
        for screen in screens:
            for verdict in screen(tx, mail.team_id, recipients):
                out.setdefault(verdict.recipient, verdict)
        return evolve(
            mail,
            deliveries=tuple(evolve(one, screened=out.get(one.recipient.lower())) for one in mail.deliveries),
        )

    def _keep(self, mail: NewMail, content: Content) -> None:
        going = [one for one in mail.deliveries if one.screened is None]
        scheduled = mail.due is not None
        last_event = (
            "scheduled" if scheduled and going else "sent" if len(going) == len(mail.deliveries) else "suppressed"
        )
        self.mails[mail.id] = KeptMail(mail, content, last_event)
        due = self.clock() if mail.due is None else mail.due
        for one in mail.deliveries:
            state = "suppressed" if one.screened else "queued" if scheduled else "sent"
            self.deliveries[one.id] = KeptDelivery(one.id, mail.id, one.recipient, state)
        holder = mail.holder if self.holders.get(mail.holder or "", 0.0) > self.clock() else None
        for one in going:
            lane = LaneKey(one.domain, int(mail.stream), mail.team_id)
            self.envelopes[one.id] = KeptEnvelope(
                one.id,
                mail.id,
                lane,
                one.recipient,
                due,
                due + mail.lifetime,
                announced=not scheduled,
                attempt=int(holder is not None),
                holder=holder,
            )
        self._tell(mail, "scheduled" if scheduled else "queued")
        if going and not scheduled:
            self._tell(mail, "sent")
        for one in mail.deliveries:
            if one.screened is not None:
                data = {"suppressed": {"message": one.screened.reason, **one.screened.data}}
                self._tell(mail, "suppressed", delivery_id=one.id, recipient=one.recipient, data=_json(data))

    def _tell(self, mail: NewMail, type_: str, **facts: Any) -> None:
        self.events.append(
            Event(
                seq=len(self.events) + 1,
                id=self.ids(),
                team_id=mail.team_id,
                type=f"email.{type_}",
                created_at=utc(self.clock()),
                email_id=mail.id,
                **facts,
            )
        )

    # Claiming

    def scan(self, tx: Tx, after: tuple[str, int, str], most: int) -> list[tuple[LaneKey, float]]:
        """See `store.claims.scan`."""
        free = sorted((_order(one.lane), one.due_at, one.lane) for one in self.envelopes.values() if one.free)
        found = []
        for order, those in groupby(free, key=lambda entry: entry[0]):
            if order > after:
                _, due_at, lane = next(those)
                found.append((lane, due_at - self.clock()))
        return found[:most]

    def claim(self, tx: Tx, holder: str, wanted: Sequence[Wanted]) -> Taken:
        """See `store.claims.claim`."""
        taken: list[KeptEnvelope] = []
        counts: dict[LaneKey, int] = {}
        last_due: dict[LaneKey, float] = {}
        for want in wanted if self._alive(holder) else ():
            due = [
                one
                for one in self.envelopes.values()
                if one.lane == want.lane and one.free and want.since <= one.due_at <= self.clock()
            ]
            for one in sorted(due, key=lambda one: one.due_at)[: want.most]:
                one = evolve(one, holder=holder, attempt=one.attempt + 1, marked=False)
                taken.append(one)
                counts[want.lane] = counts.get(want.lane, 0) + 1
                last_due[want.lane] = max(last_due.get(want.lane, 0.0), one.due_at)
                self.envelopes[one.id] = one
                if not one.announced:
                    self._announce(one)
        taken.sort(key=lambda one: (one.lane.stream, one.due_at, one.id))
        return Taken(tuple(self._envelope(one, holder) for one in taken), counts, last_due)

    def release_strays(self, tx: Tx, holder: str, known: Iterable[str]) -> int:
        """See `store.claims.release_strays`."""
        kept = set(known)
        strays = [one for one in self._held_by(holder) if not one.marked and one.id not in kept]
        self._set_free(strays)
        return len(strays)

    def _announce(self, one: KeptEnvelope) -> None:
        kept = self.mails[one.email_id]
        self.envelopes[one.id] = evolve(one, announced=True)
        if self.deliveries[one.id].state == "queued":
            self.deliveries[one.id] = evolve(self.deliveries[one.id], state="sent")
        if kept.last_event == "scheduled":
            self.mails[one.email_id] = evolve(kept, last_event="sent")
            self._tell(kept.mail, "sent")

    def _envelope(self, one: KeptEnvelope, holder: str) -> Envelope:
        kept = self.mails[one.email_id]
        mail, domain = kept.mail, self.domains.known.get(kept.mail.domain_id)
        return Envelope(
            id=one.id,
            attempt=one.attempt,
            domain=one.lane.domain,
            stream=mail.stream,
            recipient=one.recipient,
            expires_at=one.expires_at,
            in_doubt=one.in_doubt,
            withdrawn=self._withdrawn(mail),
            holder=holder,
            email=evolve(email_of(mail, kept.content), return_path="" if domain is None else domain.return_path),
        )

    def _withdrawn(self, mail: NewMail) -> str | None:
        domain = self.domains.known.get(mail.domain_id)
        if mail.team_id in self.gone:
            return "The team that sent this mail was deleted."
        if domain is None:
            return "The sending domain was deleted."
        if not domain.sending:
            return "Sending was disabled for the domain."
        if mail.due is not None and mail.api_key_id in self.gone:
            return "The API key that scheduled this mail was deleted."
        return None

    # Marks and outcomes, behind the fence

    def mark(self, tx: Tx, fences: Sequence[Fence]) -> list[bool]:
        """See `store.outcomes.mark`."""
        good = [self._stands(fence) and self._alive(fence.holder) for fence in fences]
        for fence, marked in zip(fences, good, strict=True):
            if marked:
                self.envelopes[fence.id] = evolve(self.envelopes[fence.id], marked=True)
        return good

    def settle(self, tx: Tx, endings: Sequence[Ending]) -> list[None]:
        """See `store.outcomes.settle`."""
        touched: dict[str, None] = {}
        for ending in sorted(endings, key=lambda ending: ending.fence.id):
            if not ending.sole:
                touched[ending.email_id] = None
            if self._stands(ending.fence):
                self._end(ending)
        for email_id in touched:
            self._rank(email_id)
        return [None] * len(endings)

    def give_back(self, tx: Tx, fences: Sequence[Fence]) -> None:
        """See `store.outcomes.give_back`."""
        self._set_free([self.envelopes[fence.id] for fence in fences if self._stands(fence)])

    def _end(self, ending: Ending) -> None:
        id_, kept = ending.fence.id, self.mails[ending.email_id]
        one = self.envelopes[id_]
        if ending.final:
            del self.envelopes[id_]
        else:
            self.envelopes[id_] = evolve(
                one,
                holder=None,
                marked=False,
                held=ending.held,
                in_doubt=one.in_doubt or ending.in_doubt,
                due_at=self.clock() + ending.delay,
            )
        reply = Reply(ending.code, ending.status, ending.text)
        self.deliveries[id_] = evolve(
            self.deliveries[id_],
            state=ending.state,
            attempts=ending.fence.attempt,
            in_doubt=ending.in_doubt,
            exchanger=ending.exchanger,
            reply=reply,
        )
        if ending.sole:
            self.mails[ending.email_id] = evolve(kept, last_event=ending.state)
        self._tell(
            kept.mail,
            ending.state,
            delivery_id=id_,
            recipient=one.recipient,
            attempt=ending.fence.attempt,
            exchanger=ending.exchanger,
            reply=reply,
            in_doubt=ending.in_doubt,
            data=_json(ending.data or {}),
        )

    def _rank(self, email_id: str) -> None:
        kept = self.mails[email_id]
        if kept.last_event not in ("scheduled", "canceled"):
            states = {self.deliveries[one.id].state for one in kept.mail.deliveries}
            shown = next((state for state in LAST_EVENT_ORDER if state in states), kept.last_event)
            self.mails[email_id] = evolve(kept, last_event=shown)

    def _stands(self, fence: Fence) -> bool:
        one = self.envelopes.get(fence.id)
        return one is not None and (one.holder, one.attempt) == (fence.holder, fence.attempt)

    # Holders

    def register(self, tx: Tx, id_: str, lease: float, host: str, pid: int, roles: Sequence[str]) -> None:
        """See `store.holders.register`."""
        self.holders[id_] = self.clock() + lease

    def renew(self, tx: Tx, id_: str, lease: float) -> bool:
        """See `store.holders.renew`."""
        if id_ not in self.holders:
            return False
        self.holders[id_] = self.clock() + lease
        return True

    def retire(self, tx: Tx, id_: str) -> None:
        """See `store.holders.retire`."""
        self.holders.pop(id_, None)

    def bury(self, tx: Tx, lease: float) -> list[str]:
        """See `store.holders.bury`."""
        now = self.clock()
        if self._began >= now - lease:
            return []
        dead = [id_ for id_, alive_until in self.holders.items() if alive_until < now]
        for id_ in dead:
            del self.holders[id_]
        return dead

    def abandoned(self, tx: Tx, most: int) -> list[Abandoned]:
        """See `store.holders.abandoned`."""
        found = [one for one in self.envelopes.values() if one.holder is not None and one.holder not in self.holders]
        found = found[:most]
        self._set_free(one for one in found if not one.marked)
        return [Abandoned(Fence(one.id, one.attempt, one.holder or ""), one.email_id, one.marked) for one in found]

    def _alive(self, holder: str) -> bool:
        return self.holders.get(holder, 0.0) > self.clock()

    def _held_by(self, holder: str) -> list[KeptEnvelope]:
        return [one for one in self.envelopes.values() if one.holder == holder]

    def _set_free(self, those: Iterable[KeptEnvelope]) -> None:
        for one in list(those):
            self.envelopes[one.id] = evolve(one, holder=None, marked=False, due_at=self.clock())


def _order(lane: LaneKey) -> tuple[str, int, str]:
    return (lane.domain, lane.stream, lane.team_id)


def _json(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """As it comes back out of a column of JSON."""
    decoded: Mapping[str, Any] = msgspec.json.decode(msgspec.json.encode(data))
    return decoded
