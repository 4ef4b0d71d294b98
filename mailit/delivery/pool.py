"""The sessions of one site, and the messages that wait for one.

The first message opens a session; more are opened only where what waits is more than the open ones will soon have
taken, so that twenty recipients of one mail cost one connection. A message whose connection ended before its dot goes
to another session, or to another exchanger; what a connection's end says of the exchanger is remembered for opening,
what it says of a message is the message's alone. How fast all of it may go is the pace's business (`shaping`, `gate`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailit.delivery.backoff import AHEAD_BROKEN, BARREN, CHUNKING_BROKEN, TLS_BROKEN, BackOff, BackOffs
from mailit.delivery.dial import dial
from mailit.delivery.exchangers import Route
from mailit.delivery.gate import LONG, Gate
from mailit.delivery.line import Line
from mailit.delivery.message import Message
from mailit.delivery.outcomes import UNTRIED, Trouble, refusal
from mailit.delivery.peers import choose, in_clear_is_good, peers_of
from mailit.delivery.session import Manners, Peer, Session
from mailit.delivery.settings import Source
from mailit.delivery.shaping import Pace, Signal
from mailit.delivery.slots import Slots
from mailit.errors import Reply
from mailit.interfaces import Clock, Outcome, OutcomeKind
from mailit.net.tls import ClientContexts, Tls

MOST_LOSSES = 5
"""A message whose connections ended so often is deferred, whoever was to blame."""

AHEAD_OF_ALL, PATIENCE = 3, 1.0
"""So few mails wait so long, in seconds, for a session of their own, rather than behind a mail of a broadcast."""

BRISK = 20.0
"""At so many mails a second one of a broadcast's sessions is free soon enough for a mail that is not of one."""


@define(eq=False)
class Pool:
    """Messages in, outcomes out; see the module."""

    _reactor: Any
    _random: Random
    _contexts: ClientContexts
    _manners: Manners
    _slots: Slots
    route: Route
    pace: Pace
    _clock: Clock
    _source: Source | None = None
    _line: Line = field(factory=Line, init=False)
    _gate: Gate = field(init=False)
    _opening: set[Session] = field(factory=set, init=False)
    _open: set[Session] = field(factory=set, init=False)
    _idle: list[Session] = field(factory=list, init=False)
    _leaving: set[Session] = field(factory=set, init=False)  # they have said QUIT
    _preparing: int = field(default=0, init=False)  # contexts are being made for so many connections
    _backoffs: BackOffs = field(factory=BackOffs, init=False)
    _more: int = field(default=0, init=False)  # sessions beyond what the backlog asks for, for want of patience
    _surplus: set[Session] = field(factory=set, init=False)  # beyond what the pace allows: they end soon
    _express: Session | None = field(default=None, init=False)  # takes nothing of a broadcast
    _asks_express: bool = field(default=False, init=False)  # the next one that is dialled is it
    _ours: bool = field(default=False, init=False)  # what is settled now is so by us, not by a peer
    _refusal: Reply | None = field(default=None, init=False)  # the last one
    _refused: int = field(default=0, init=False)  # of what was settled since the last tick
    _in_hand: int = field(default=0, init=False)
    _bulk: int = field(default=0, init=False)  # of them, what is of a broadcast
    _settled: int = field(default=0, init=False)  # since the last tick
    _rate: float = field(default=0.0, init=False)  # a second
    _timer: Any = field(default=None, init=False)
    _stopping: bool = field(default=False, init=False)
    _stopped: Deferred[None] | None = field(default=None, init=False)
    _log: Logger = field(factory=Logger, init=False)

    def __attrs_post_init__(self) -> None:
        self._gate = Gate(self._reactor, self._clock, self.pace, self._line, self._settle, self.fill)

    # For the carrier

    @property
    def room(self) -> int:
        """How many more messages it would take."""
        floor = 5 * self.pace.allowed
        if self.pace.gated:
            return self._gate.room(floor) - self._in_hand
        return int(max(floor, min(self._rate * self.pace.limits.ahead, 4 * floor))) - self._in_hand

    @property
    def source(self) -> str:
        """Our address that its sessions are bound to, "" for the system's choice."""
        return self._source.address if self._source is not None else ""

    @property
    def forgettable(self) -> bool:
        """Whether nothing is lost with it."""
        return not (self._in_hand or self._sessions) and not self._backoffs.any(self._reactor.seconds())

    def send(self, message: Message) -> None:
        """Takes a message; its `settle` is called some time later, or within this call."""
        self._in_hand += 1
        settle = message.settle
        bulk = message.bulk
        self._bulk += bulk

        def settled(outcome: Outcome | None) -> None:
            self._in_hand -= 1
            self._bulk -= bulk
            self._settled += 1
            if outcome is None or outcome.kind is not OutcomeKind.DELIVERED:
                self._not_taken(outcome)
            settle(outcome)

        message.settle = settled
        message.since = self._reactor.seconds()
        if self._stopping:
            settled(UNTRIED)
            return
        self._line.add(message)
        self._set_timer()
        self.fill()

    def stop(self) -> Deferred[None]:
        """Begins nothing more; fires when the last session has ended. What waits is settled as untried at once."""
        self._stopping = True
        done: Deferred[None] = Deferred()
        self._stopped = done
        self._gate.close()
        for message in self._line.drain():
            self._settle(message, UNTRIED)
        for session in [*self._opening, *self._open]:
            if not session.busy:
                self._leave(session)
        self._rest()
        return done

    def give_up(self) -> None:
        """Ends all sessions now: what is past its dot is in doubt, the rest untried."""
        for session in [*self._opening, *self._open, *self._leaving]:
            session.give_up()

    # For those who ask how it goes

    @property
    def waiting(self) -> int:
        """How many messages wait for a session."""
        return len(self._line)

    @property
    def oldest(self) -> float | None:
        """Since when the first of them waits, by the reactor's clock."""
        return self._line.oldest

    @property
    def in_hand(self) -> int:
        """How many messages it has, those on sessions included."""
        return self._in_hand

    @property
    def open_sessions(self) -> Sequence[Session]:
        """Its sessions, those that are being opened included."""
        return [*self._open, *self._opening]

    @property
    def most_sessions(self) -> int:
        """How many it may have."""
        return self.pace.allowed

    @property
    def rate(self) -> float:
        """Messages a second, of late."""
        return self._rate

    def backoff(self, address: str) -> BackOff | None:
        """Whether an address is left alone, if it ever had trouble."""
        return self._backoffs.known(address)

    # For its sessions

    def ready(self, session: Session) -> None:
        """See `session.Keeper`."""
        self._opening.discard(session)
        self._open.add(session)
        self._backoffs.of(session.peer.address).talked()
        session.begin()

    def take(self, session: Session) -> Message | None:
        """See `session.Keeper`."""
        if self._stopping or session.begun >= self.pace.messages or (self._surplus and session in self._surplus):
            return None
        if self.pace.gated and not self._gate.lets_one_begin():
            return None
        for waiting in (self._line.urgent, self._line.bulk):
            if waiting:
                if (self._express is not None or self._opening) and self._yields(session, waiting):
                    continue
                if not waiting[0].avoid:
                    message = waiting.popleft()
                    if message.envelope.domain not in session.noted:
                        self._note(session, message.envelope.domain)
                    return message
                for message in waiting:
                    if session.peer.address not in message.avoid:
                        waiting.remove(message)
                        return message
        return None

    def idle(self, session: Session) -> None:
        """See `session.Keeper`."""
        if self._stopping or session.begun >= self.pace.messages or session in self._surplus:
            self._leave(session)
            self.fill()
            return
        if session not in self._idle:
            self._idle.append(session)
        self._set_timer()

    def ended(self, session: Session, back: list[Message], trouble: Trouble) -> None:
        """See `session.Keeper`."""
        ready = session not in self._opening
        self._opening.discard(session)
        self._open.discard(session)
        self._leaving.discard(session)
        if session in self._idle:
            self._idle.remove(session)
        self._surplus.discard(session)
        if session is self._express:
            self._express = None
        said = Signal.NONE
        if not self._stopping:
            if trouble.reply.code and (back or not ready) and trouble.reply is not self._refusal:
                said = self._refuse(trouble.reply, session.finished)
            self._learn(session, ready, bool(back) and said is not Signal.RATE, trouble)
        if not ready and trouble.fault:
            session.fault = trouble.fault
            self._note(session, self.route.domain, trouble.reply.text)
        blamed = back[0] if back and not session.finished and not trouble.chunking else None
        if said is Signal.RATE:
            # An answer to this one's command, or to the connection made for it: no other exchanger would say another.
            # But a session that took mails may have had enough of them: after a short pause comes another.
            blamed = None
            if not back and not self._open and self._line:
                back = [self._line.pop()]
            if back and not (session.finished and self.pace.wait(self._reactor.seconds()) <= LONG):
                self._settle(back.pop(0), refusal(trouble.reply, session.peer.host))
        for message in reversed(back):
            self._returned(message, session, trouble, blamed=message is blamed)
        self._slots.give()
        self.fill(trouble if not ready else None)
        self._rest()

    def _learn(self, session: Session, ready: bool, cut_short: bool, trouble: Trouble) -> None:
        """What the end of a connection says of its exchanger."""
        backoff = self._backoffs.of(session.peer.address)
        now = self._reactor.seconds()
        if trouble.clear:
            backoff.clear_until = 0.0
        if trouble.chunking:
            backoff.whole_until = now + CHUNKING_BROKEN
        elif trouble.ahead:
            backoff.behind_until = now + AHEAD_BROKEN
        elif not ready and trouble.tls and in_clear_is_good(session.peer):
            backoff.clear_until = now + TLS_BROKEN
        elif not ready:
            backoff.failed(trouble, now)
        elif session.finished:
            backoff.barren = 0
        elif cut_short:
            backoff.barren += 1
            if backoff.barren >= BARREN:
                backoff.failed(trouble, now)

    def _note(self, session: Session, domain: str, why: str = "") -> None:
        """Counts a session's TLS for a domain, once; but where none was asked for, or the hop is not the domain's."""
        session.noted.add(domain)
        peer, results = session.peer, self._manners.results
        if results is not None and self.route.domain and peer.tls is not Tls.NONE:
            results.session(domain, peer.host, peer.address, session.source, peer.demand, session.fault, why)

    # Sessions and messages brought together

    def fill(self, trouble: Trouble | None = None) -> None:
        """Gives idle sessions what waits, and opens more where that is not enough. `trouble`: one has just failed."""
        if self._stopping or self._gate.holds():
            return
        for _ in range(len(self._idle)):
            if not self._idle or not self._line:
                break
            if self._idle[-1] is self._express and not self._line.urgent:
                self._idle.insert(0, self._idle.pop())
                continue
            self._idle.pop().begin()
        waiting = len(self._line)
        while waiting:
            have = len(self._open) + len(self._opening) + self._preparing
            want = 1 + (waiting - 1) // self.pace.limits.backlog + self._more
            express = self._wants_express(have, want)
            if not express and not self._wants_another(have, want):
                break
            # The first in the queue is whom it is for, lest the only session there may be is one that it must not use.
            avoid = self._line.first.avoid
            peer = self._choose(avoid) or (self._choose() if avoid else None)
            if peer is None or not self._slots.take(self):
                break
            self._asks_express = self._asks_express or express
            self._begin_to_open(peer)
        if waiting and (self._line.picky or not (self._open or self._opening or self._preparing)):
            self._strand(trouble)

    @property
    def _sessions(self) -> int:
        return len(self._open) + len(self._opening) + len(self._leaving) + self._preparing

    def _leave(self, session: Session) -> None:
        self._open.discard(session)
        self._leaving.add(session)
        session.quit()

    def _returned(self, message: Message, session: Session, trouble: Trouble, blamed: bool) -> None:
        """A message whose connection ended before its dot: to the head of the queue, or it has had its chances."""
        message.losses += not trouble.ahead  # each session may find out for itself
        if blamed:
            message.avoid |= {session.peer.address}
            self._line.picky = True
        if self._stopping:
            self._settle(message, UNTRIED)
        elif message.losses >= MOST_LOSSES or (blamed and self._choose(message.avoid) is None):
            self._settle(message, refusal(trouble.reply, session.peer.host))
        else:
            self._line.put_back(message)

    def _strand(self, trouble: Trouble | None) -> None:
        """Settles what no session will take: those for which every exchanger is in back-off, or has lost them."""
        within_reach = {session.peer.address for session in (*self._open, *self._opening)}

        def is_stranded(message: Message) -> bool:
            if self._preparing or within_reach - message.avoid:
                return False
            peer = self._choose(message.avoid)
            if peer is not None and self._sessions < self.pace.allowed and self._slots.take(self):
                self._begin_to_open(peer)
                within_reach.add(peer.address)
            return peer is None

        stranded = self._line.drop(is_stranded)
        if stranded:
            outcome = self._unreachable(trouble)
            for message in stranded:  # each may bring the next one at once
                self._settle(message, outcome)

    def _unreachable(self, trouble: Trouble | None) -> Outcome:
        """Every exchanger would not talk. Permanent only where all have just said so: memory refuses nothing."""
        troubles = [(one, self._backoffs.of(one.address).trouble) for one in self._peers()]
        temporary = [(one, what) for one, what in troubles if what is not None and not what.final]
        first = next(iter(self._peers()))
        if not temporary and trouble is not None and trouble.final and not first.smarthost:
            return refusal(trouble.reply, first.host)
        told = temporary or [(one, what) for one, what in troubles if what is not None]
        if not told:
            return Outcome(OutcomeKind.DEFERRED, Reply(0, "4.4.1", "No exchanger could be reached"))
        # What one of them said, or what is wrong with its TLS, explains more than that another was not there.
        peer, what = min(told, key=lambda one: (not one[1].reply.code, one[1].reply.status.startswith("4.4.")))
        return Outcome(OutcomeKind.DEFERRED, what.reply, peer.host)

    def _peers(self) -> Iterator[Peer]:
        return peers_of(self.route, self._source, self._random)

    def _choose(self, avoid: frozenset[str] = frozenset()) -> Peer | None:
        return choose(self._peers(), self._backoffs, self._reactor.seconds(), avoid)

    # Opening

    def _begin_to_open(self, peer: Peer) -> None:
        if peer.tls is Tls.NONE:
            self._connect(None, peer)
            return
        self._preparing += 1
        self._contexts.creator(peer.demand, peer.name).addCallbacks(
            self._prepared, self._unprepared, callbackArgs=(peer,), errbackArgs=(peer,)
        )

    def _prepared(self, context: Any, peer: Peer) -> None:
        self._preparing -= 1
        if self._stopping:
            self._slots.give()
            self._rest()
            return
        self._connect(context, peer)

    def _unprepared(self, failure: Failure, peer: Peer) -> None:
        self._preparing -= 1
        self._slots.give()
        self._log.failure("No TLS context for {host}", failure, host=peer.host)
        self._backoffs.of(peer.address).failed(
            Trouble(Reply(0, "4.3.0", "TLS could not be set up on our side")), self._reactor.seconds()
        )
        self.fill()
        self._rest()

    def _connect(self, context: Any, peer: Peer) -> None:
        session = Session(self._reactor, peer, self._manners, self, context)
        self._opening.add(session)
        if self._asks_express:
            self._asks_express, self._express = False, session
        dial(self._reactor, session, self._manners.timeouts.connect, self.source)

    # The pace

    def _settle(self, message: Message, outcome: Outcome) -> None:
        """Settles a message by what is known already: it teaches nothing."""
        self._ours = True
        message.settle(outcome)
        self._ours = False

    def _not_taken(self, outcome: Outcome | None) -> None:
        self._refused += 1
        if outcome is not None and outcome.reply.code and not self._ours and not self._stopping:
            self._refusal = outcome.reply
            self._refuse(outcome.reply, max((session.finished for session in self._open), default=0) - 1)

    def _refuse(self, reply: Reply, on_one: int) -> Signal:
        """A peer refused something; what the pace says to that is done at once."""
        rate = max(self._rate, float(self._settled - self._refused))
        said = self.pace.refused(reply, self._reactor.seconds(), rate, len(self._open), on_one)
        if said is not Signal.NONE:
            self._shrink()
        return said

    def _shrink(self) -> None:
        """Sessions beyond what is allowed end when their messages have."""
        if self.pace.allowed <= 1:
            self._express = None
        over = len(self._open) - len(self._surplus) - self.pace.allowed
        if over > 0:
            some = sorted(self._open - self._surplus, key=lambda session: session.busy)[:over]
            self._surplus.update(some)
            for session in [one for one in some if one in self._idle]:
                self._idle.remove(session)
                self._leave(session)

    def _yields(self, session: Session, waiting: deque[Message]) -> bool:
        """Whether a session leaves what waits to another: a broadcast, or a mail that would wait for one's dot here."""
        if waiting is self._line.bulk:
            return session is self._express
        return (
            self._bulk > 0
            and session is not self._express
            and session.busy
            and self._rate < BRISK
            and len(waiting) <= AHEAD_OF_ALL
            and self._reactor.seconds() - waiting[0].since < PATIENCE
        )

    def _wants_another(self, have: int, want: int) -> bool:
        """Whether one more session is opened for what waits, the last of many being kept for what is no broadcast."""
        if self.pace.rate:
            want = min(want, 1 + int(self.pace.own_rate))
        most = self.pace.allowed
        if most > 1:
            have, most = have - (self._express is not None or self._asks_express), most - 1
        return have < min(want, most)

    def _wants_express(self, have: int, want: int) -> bool:
        """Whether mail that is not of a broadcast needs a session that no broadcast is on."""
        if not self._line.urgent or self._express is not None or self._asks_express:
            return False
        if not 0 < have < self.pace.allowed:
            return False
        if have == self.pace.allowed - 1 and want > have:
            return True
        if not self._bulk or self._rate >= BRISK or self._opening or self._preparing:
            return False
        return all(session.busy for session in self._open)

    # Time

    def _set_timer(self) -> None:
        if self._timer is None and not self._stopping:
            self._timer = self._reactor.callLater(1.0, self._tick)

    def _tick(self) -> None:
        """Once a second while there is something to look after."""
        self._timer = None
        now = self._reactor.seconds()
        settled, self._settled = self._settled, 0
        refused, self._refused = self._refused, 0
        self._rate = max(float(settled), self._rate / 2)
        self.pace.went_well(settled - refused, now, len(self._open) >= self.pace.allowed)
        self._shrink()
        for session in [one for one in self._idle if now - one.idle_since >= self.pace.limits.idle]:
            self._idle.remove(session)
            self._leave(session)
        oldest, waiting = self._line.oldest, len(self._line)
        if oldest is None:
            self._more = 0
        elif not self._opening and now - oldest >= 2.0 and waiting > settled * self.pace.limits.patience:
            self._more = min(self._more + 1, self.pace.allowed)
        self.fill()
        if self._in_hand or self._idle or self._rate >= 1:
            self._set_timer()

    def _rest(self) -> None:
        if self._stopped is not None and not self._sessions:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            stopped, self._stopped = self._stopped, None
            stopped.callback(None)
