"""The queue's heart: it claims what there is room for, hands it to carriers, and writes what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.db.group import Group
from mailit.errors import MailItError, Reply, Unavailable
from mailit.interfaces import Carrier, Clock, Database, Envelope, GroupCommit, Outcome, OutcomeKind, Tx
from mailit.plugin import CarrierRule, Screen, concerned
from mailit.queue.holder import Holder
from mailit.queue.lanes import Lanes
from mailit.queue.retry import Schedule
from mailit.store import claims, outcomes
from mailit.store.claims import LaneKey, Taken, Wanted
from mailit.store.outcomes import Ending, Fence
from mailit.store.seam import TABLES, Spool

MOST_IN_HAND = 1000
LOOK_EVERY = 5.0
REST = 0.008  # seconds between two groups of outcomes: one costs what ten mails do, but what a kill finds is in doubt
_KEPT = MOST_IN_HAND // 10
_LANES_A_SCAN = 1000
_WORTH_A_CLAIM = 50  # of a backlog; less is waited for, while more than that of the destination is in hand
_UNSPEAKABLE = "(the peer's words could not be recorded)"
_AGAIN = 0.5  # seconds, after the database was away
_STRAYS_FOR = 60.0  # seconds
_UNTRIED = Outcome(OutcomeKind.UNTRIED, Reply(0, "", ""))


@define(eq=False)
class Claims:
    """One claim is on its way at a time; what frees room or brings work meanwhile is the next one's.

    The queue looks by itself every five seconds; between that it is woken by accepts, notices, outcomes and the
    earliest due time. `told` is called after outcomes were written, for those who read the log.
    """

    _reactor: Any
    _database: Database
    _clock: Clock
    _holder: Holder
    _endings: GroupCommit[Ending, None]
    _schedule: Schedule
    _rules: Sequence[CarrierRule]
    _screens: Sequence[Screen]
    _told: Callable[[], None]
    _spool: Spool = TABLES
    _log: Logger = field(factory=Logger, init=False)
    _lanes: Lanes = field(init=False)
    _in_hand: dict[str, Envelope] = field(factory=dict, init=False)
    _of_domain: dict[str, int] = field(factory=dict, init=False)
    _full: set[str] = field(factory=set, init=False)
    _running: bool = field(default=False, init=False)
    _again: bool = field(default=False, init=False)
    _strays: bool = field(default=False, init=False)
    _strays_until: float = field(default=0.0, init=False)  # one whose COMMIT was not answered may still come
    _stopping: bool = field(default=True, init=False)
    _place: tuple[str, int, str] = field(default=claims.FIRST_LANE, init=False)
    _timer: Any = field(default=None, init=False)
    _freed: Any = field(default=None, init=False)
    _next_look: float = field(default=0.0, init=False)
    _idle: list[Deferred[None]] = field(factory=list, init=False)
    coming: set[str] = field(factory=set, init=False)
    """Envelopes that are being written as ours, and are not in hand yet."""
    ended: Counter[str] = field(factory=Counter, init=False)
    """How many attempts ended in each state, since the start."""

    def __attrs_post_init__(self) -> None:
        self._lanes = Lanes(self._reactor.seconds)

    def start(self) -> None:
        """Begins to look."""
        self._stopping = False
        self.look()

    async def drain(self, give_up: Deferred[None]) -> None:
        """Claims no more, and waits until nothing is in hand or `give_up` fires.

        Claims that carriers gave back untried are back in the spool by then.
        """
        self._stopping = True
        self._set_timer(None)
        if self._freed is not None:
            self._freed.cancel()
            self._freed = None
        if not self._in_hand and not self._running:
            return
        done: Deferred[None] = Deferred()
        self._idle.append(done)
        give_up.addCallback(lambda _: self._end_wait())
        await done

    def room(self, lane: LaneKey) -> int:
        """How many new envelopes of this lane could be taken now; none while others of its destination wait."""
        if self._stopping or self._lanes.has_work(lane.domain):
            return 0
        left = MOST_IN_HAND - len(self._in_hand)
        return min(self._carrier_for(lane.domain).room(lane.domain), left)

    def own(self, envelopes: Iterable[Envelope]) -> None:
        """These are claimed by this process already: attempts them."""
        for envelope in envelopes:
            self._take(envelope, _UNTRIED if self._stopping else None)

    def look_for_strays(self) -> None:
        """Something may be held in this process's name that it does not know of."""
        self._strays = True
        self._strays_until = self._reactor.seconds() + _STRAYS_FOR
        self._pass()

    @property
    def in_hand(self) -> int:
        """How many envelopes this process has claimed and not yet settled."""
        return len(self._in_hand)

    def lost(self) -> None:
        """The lease is gone: what is in hand is nobody's business here any more. Sessions find it out at their mark."""
        self._lanes.look_from_the_start()

    def woke(self, lanes: Iterable[LaneKey]) -> None:
        """These lanes got work that is due now."""
        self._lanes.woke(lanes)
        self._pass()

    def look(self) -> None:
        """Looks for lanes from where the last look ended, and claims."""
        if self._stopping:
            return
        self._next_look = self._reactor.seconds() + LOOK_EVERY
        self._strays = self._strays or self._reactor.seconds() < self._strays_until
        self._lanes.look_from_the_start()
        self._full.clear()
        Deferred.fromCoroutine(self._scan())

    async def _scan(self) -> None:
        try:
            found = await self._database.transact(self._spool.scan, self._place, _LANES_A_SCAN)
        except Unavailable:
            found = []
        except Exception:
            self._log.failure("The scan for lanes failed")
            found = []
        last = found[-1][0] if len(found) == _LANES_A_SCAN else None
        self._place = (last.domain, last.stream, last.team_id) if last else claims.FIRST_LANE
        for lane, wait in found:
            self._lanes.due_in(lane, wait)
        self._pass()

    def _pass(self) -> None:
        if self._running:
            self._again = True
        elif not self._stopping:
            self._running = True
            Deferred.fromCoroutine(self._passes())

    async def _passes(self) -> None:
        try:
            self._again = True
            while self._again and not self._stopping:
                self._again = False
                if self._strays:
                    known = [*self._in_hand, *self.coming]
                    await self._database.transact(self._spool.release_strays, self._holder.id, known)
                    self._strays = False
                self._lanes.ripen()
                wanted = self._wanted()
                if wanted:
                    await self._claim(wanted)
        except Unavailable:
            self._strays = True
            self._set_timer(self._reactor.seconds() + _AGAIN)
            return
        except Exception:
            self._log.failure("A claim failed")
            self._strays = True
            self._set_timer(self._reactor.seconds() + _AGAIN)
            return
        finally:
            self._running = False
            self._rest()
        due = self._lanes.next_due()
        self._set_timer(self._next_look if due is None else min(due, self._next_look))

    def _wanted(self) -> list[Wanted]:
        left = MOST_IN_HAND - len(self._in_hand)
        wanted: list[Wanted] = []
        for domain in self._lanes.domains():
            if left <= 0:
                break
            if domain in self._full:
                continue
            room = min(self._carrier_for(domain).room(domain), left)
            if room <= 0:
                self._full.add(domain)
                continue
            if room < min(_WORTH_A_CLAIM, self._of_domain.get(domain, 0)) and self._lanes.backlogged(domain):
                continue
            # Broadcasts fill neither a site nor the process: a password reset has room whenever it comes.
            spare = max((room + self._of_domain.get(domain, 0)) // 10, room + _KEPT - left)
            wants = self._lanes.wanted(domain, room, spare)
            wanted.extend(wants)
            left -= sum(want.most for want in wants)
        return wanted

    async def _claim(self, wanted: Sequence[Wanted]) -> None:
        holder = self._holder.id
        taken, screened = await self._database.transact(_claim, self._spool, holder, wanted, self._screens)
        for want in wanted:
            self._lanes.claimed(want, taken.counts.get(want.lane, 0), taken.last_due.get(want.lane))
        if any(self._lanes.domains()) and taken.envelopes:
            self._again = True
        for envelope in taken.envelopes:
            self._take(envelope, screened.get(envelope.id))

    def _take(self, envelope: Envelope, settled: Outcome | None) -> None:
        self._in_hand[envelope.id] = envelope
        self._of_domain[envelope.domain] = self._of_domain.get(envelope.domain, 0) + 1
        Deferred.fromCoroutine(self._attempt(envelope, settled))

    async def _attempt(self, envelope: Envelope, settled: Outcome | None) -> None:
        try:
            outcome = settled or _withdrawn(envelope) or await self._carry(envelope)
            await self._write(envelope, outcome)
        except Exception:
            self._log.failure("What came of {id} could not be written", id=envelope.id)
            self._strays = True
        finally:
            self._settled(envelope)

    async def _carry(self, envelope: Envelope) -> Outcome | None:
        carrier = next(rule.carrier for rule in self._rules if rule.matches(envelope))
        try:
            return await carrier.carry(envelope)
        except MailItError as error:
            kind = OutcomeKind.FAILED if error.reply.permanent else OutcomeKind.DEFERRED
            return Outcome(kind, Reply(0, error.reply.status, error.message))  # no receiver said so
        except Exception as error:
            self._log.failure("An attempt of {id} failed on our side", id=envelope.id)
            text = f"Local error in processing: {type(error).__name__}"
            return Outcome(OutcomeKind.DEFERRED, Reply(0, "4.3.0", text))

    async def _write(self, envelope: Envelope, outcome: Outcome | None) -> None:
        """Writes what came of an attempt, however long the database is away: the fence says whether it counts."""
        if outcome is None or outcome.kind is OutcomeKind.UNTRIED:
            # No dot was sent: the process knows, so the mark goes too.
            fence = Fence(envelope.id, envelope.attempt, envelope.holder)
            await self._persist(lambda: self._database.transact(self._spool.give_back, [fence]))
            lane = LaneKey(envelope.domain, int(envelope.stream), envelope.email.team_id)
            self._lanes.due_in(lane, _AGAIN if outcome is None else 0.0)
            return
        ending = self._schedule.ending(envelope, outcome, self._clock())
        try:
            await self._persist(lambda: self._endings.submit(ending))
        except MailItError:
            raise
        except Exception:
            # Something in the peer's words that the database can't hold: the outcome counts, not the words.
            self._log.failure("What the peer said of {id} could not be written", id=envelope.id)
            ending = evolve(ending, text=_UNSPEAKABLE, status="", exchanger=None, data=None)
            await self._persist(lambda: self._endings.submit(ending))
        self.ended[ending.state] += 1
        if not ending.final and not ending.held:
            lane = LaneKey(envelope.domain, int(envelope.stream), envelope.email.team_id)
            self._lanes.due_in(lane, ending.delay)
        self._told()

    async def _persist(self, write: Callable[[], Deferred[None]]) -> None:
        while True:
            try:
                await write()
                return
            except Unavailable:
                if self._stopping:
                    raise
                await self._pause(_AGAIN)

    def _settled(self, envelope: Envelope) -> None:
        self._in_hand.pop(envelope.id, None)
        left = self._of_domain[envelope.domain] - 1
        if left:
            self._of_domain[envelope.domain] = left
        else:
            del self._of_domain[envelope.domain]
        if self._freed is None and not self._stopping:  # one look for all that end in this turn of the reactor
            self._freed = self._reactor.callLater(0, self._make_use)
        self._rest()

    def _make_use(self) -> None:
        self._freed = None
        self._full.clear()  # domains may share a site, so that one's end is the other's room
        self._pass()

    def _rest(self) -> None:
        if self._stopping and not self._in_hand and not self._running:
            self._end_wait()

    def _end_wait(self) -> None:
        waiting, self._idle = self._idle, []
        for done in waiting:
            done.callback(None)

    def _carrier_for(self, domain: str) -> Carrier:
        return next(rule.carrier for rule in self._rules if rule.covers(domain))

    def _pause(self, seconds: float) -> Deferred[None]:
        paused: Deferred[None] = Deferred()
        self._reactor.callLater(seconds, paused.callback, None)
        return paused

    def _set_timer(self, at: float | None) -> None:
        if self._timer is not None and self._timer.active():
            if at is not None and abs(self._timer.getTime() - at) < 0.001:
                return
            self._timer.cancel()
        self._timer = None
        if at is not None and not self._stopping:
            self._timer = self._reactor.callLater(max(0.0, at - self._reactor.seconds()), self._rang)

    def _rang(self) -> None:
        self._timer = None
        if self._reactor.seconds() >= self._next_look:
            self.look()
        else:
            self._pass()


def _claim(
    tx: Tx, spool: Spool, holder: str, wanted: Sequence[Wanted], screens: Sequence[Screen]
) -> tuple[Taken, dict[str, Outcome]]:
    taken = spool.claim(tx, holder, wanted)
    screened: dict[str, Outcome] = {}
    if screens:
        screens = concerned(screens, {envelope.domain for envelope in taken.envelopes})
    if screens and taken.envelopes:
        teams: dict[str, set[str]] = {}
        for envelope in taken.envelopes:
            teams.setdefault(envelope.email.team_id, set()).add(envelope.recipient.lower())
        verdicts = {
            (team_id, verdict.recipient): verdict
            for team_id, recipients in teams.items()
            for screen in screens
            for verdict in screen(tx, team_id, sorted(recipients))
        }
        for envelope in taken.envelopes if verdicts else ():
            verdict = verdicts.get((envelope.email.team_id, envelope.recipient.lower()))
            if verdict is not None:
                screened[envelope.id] = Outcome(
                    OutcomeKind.SUPPRESSED,
                    Reply(0, "", verdict.reason),
                    data={"suppressed": {"message": verdict.reason, **verdict.data}},
                )
    return taken, screened


def _withdrawn(envelope: Envelope) -> Outcome | None:
    if envelope.withdrawn is None:
        return None
    return Outcome(OutcomeKind.FAILED, Reply(550, "5.7.1", envelope.withdrawn))


def endings(reactor: Any, dsn: Any) -> Group[Ending, None]:
    """Outcomes of one moment share one transaction. To write one twice is harmless: its fence fell."""
    return Group(reactor, "outcome", dsn, outcomes.settle, lambda tx, items: [None] * len(items), rest=REST)
