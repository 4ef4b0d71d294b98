"""The sessions of one site, and the messages that wait for one.

The first message opens a session; more are opened only where what waits is more than the open ones will soon have
taken, so that twenty recipients of one mail cost one connection. A message whose connection ended before its dot goes
to another session, or to another exchanger; what a connection's end says of the exchanger is remembered for opening,
what it says of a message is the message's alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailit.delivery.backoff import BARREN, CHUNKING_BROKEN, TLS_BROKEN, BackOff, BackOffs
from mailit.delivery.dial import dial
from mailit.delivery.exchangers import Exchanger, Route
from mailit.delivery.message import Message
from mailit.delivery.outcomes import UNTRIED, Trouble, refusal
from mailit.delivery.session import Manners, Peer, Session
from mailit.draft import Stream
from mailit.errors import Reply
from mailit.interfaces import Outcome, OutcomeKind
from mailit.net.tls import ClientContexts, Demand, Tls

MOST_LOSSES = 5
"""A message whose connections ended so often is deferred, whoever was to blame."""


@frozen
class Limits:
    """What a pool may do; learned per site, later. Times are in seconds."""

    sessions: int = 20
    messages: int = 1000  # on one connection
    idle: float = 10.0  # a session without work is kept so long
    backlog: int = 20  # so many messages wait for one session before another is opened
    patience: float = 10.0  # what waits takes longer than this, at the rate of the last second: another is opened
    ahead: float = 0.5  # messages are taken ahead for so long, at the rate that the site has


class Slots:
    """How many connections the process may have in all; a pool that finds none is woken when there is one."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: dict[Pool, None] = {}

    def take(self, pool: Pool) -> bool:
        """Whether this pool may open one more connection now."""
        if self._free <= 0:
            self._waiting[pool] = None
            return False
        self._free -= 1
        return True

    def give(self) -> None:
        """A connection is closed."""
        self._free += 1
        while self._waiting and self._free > 0:
            pool = next(iter(self._waiting))
            del self._waiting[pool]
            pool.fill()


@define(eq=False)
class Pool:
    """Messages in, outcomes out; see the module."""

    _reactor: Any
    _random: Random
    _contexts: ClientContexts
    _manners: Manners
    _limits: Limits
    _slots: Slots
    route: Route
    _waiting: tuple[deque[Message], deque[Message]] = field(factory=lambda: (deque(), deque()), init=False)
    _opening: set[Session] = field(factory=set, init=False)
    _open: set[Session] = field(factory=set, init=False)
    _idle: list[Session] = field(factory=list, init=False)
    _leaving: set[Session] = field(factory=set, init=False)  # they have said QUIT
    _picky: bool = field(default=False, init=False)  # a message waits that some exchanger has lost
    _preparing: int = field(default=0, init=False)  # contexts are being made for so many connections
    _backoffs: BackOffs = field(factory=BackOffs, init=False)
    _more: int = field(default=0, init=False)  # sessions beyond what the backlog asks for, for want of patience
    _in_hand: int = field(default=0, init=False)
    _settled: int = field(default=0, init=False)  # since the last tick
    _rate: float = field(default=0.0, init=False)  # a second
    _timer: Any = field(default=None, init=False)
    _stopping: bool = field(default=False, init=False)
    _stopped: Deferred[None] | None = field(default=None, init=False)
    _log: Logger = field(factory=Logger, init=False)

    # For the carrier

    @property
    def room(self) -> int:
        """How many more messages it would take."""
        floor = 5 * self._limits.sessions
        return int(max(floor, min(self._rate * self._limits.ahead, 4 * floor))) - self._in_hand

    @property
    def forgettable(self) -> bool:
        """Whether nothing is lost with it."""
        return not (self._in_hand or self._sessions) and not self._backoffs.any(self._reactor.seconds())

    def send(self, message: Message) -> None:
        """Takes a message; its `settle` is called some time later, or within this call."""
        self._in_hand += 1
        settle = message.settle

        def settled(outcome: Outcome | None) -> None:
            self._in_hand -= 1
            self._settled += 1
            settle(outcome)

        message.settle = settled
        message.since = self._reactor.seconds()
        if self._stopping:
            settled(UNTRIED)
            return
        self._waiting[message.envelope.stream is not Stream.TRANSACTIONAL].append(message)
        self._set_timer()
        self.fill()

    def stop(self) -> Deferred[None]:
        """Begins nothing more; fires when the last session has ended. What waits is settled as untried at once."""
        self._stopping = True
        done: Deferred[None] = Deferred()
        self._stopped = done
        for message in self._drained():
            message.settle(UNTRIED)
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
        return sum(map(len, self._waiting))

    @property
    def oldest(self) -> float | None:
        """Since when the first of them waits, by the reactor's clock."""
        return min((queue[0].since for queue in self._waiting if queue), default=None)

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
        return self._limits.sessions

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
        if self._stopping or session.begun >= self._limits.messages:
            return None
        for waiting in self._waiting:
            if waiting:
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
        if self._stopping or session.begun >= self._limits.messages:
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
        if not self._stopping:
            self._learn(session, ready, bool(back), trouble)
        if not ready and trouble.fault:
            session.fault = trouble.fault
            self._note(session, self.route.domain, trouble.reply.text)
        for message in reversed(back):
            self._returned(
                message, session, trouble, blamed=message is back[0] and not session.finished and not trouble.chunking
            )
        self._slots.give()
        self.fill(trouble if not ready else None)
        self._rest()

    def _learn(self, session: Session, ready: bool, cut_short: bool, trouble: Trouble) -> None:
        """What the end of a connection says of its exchanger."""
        backoff = self._backoffs.of(session.peer.address)
        now = self._reactor.seconds()
        if trouble.chunking:
            backoff.whole_until = now + CHUNKING_BROKEN
        elif not ready and trouble.tls and _in_clear_is_good(session.peer):
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
        if self._stopping:
            return
        for _ in range(len(self._idle)):
            if not self._idle or not self._has_waiting():
                break
            self._idle.pop().begin()
        waiting = sum(map(len, self._waiting))
        while waiting:
            have = len(self._open) + len(self._opening) + self._preparing
            want = 1 + waiting // self._limits.backlog + self._more
            if have >= min(want, self._limits.sessions):
                break
            peer = self._choose()
            if peer is None or not self._slots.take(self):
                break
            self._begin_to_open(peer)
        if waiting and (self._picky or not (self._open or self._opening or self._preparing)):
            self._strand(trouble)

    @property
    def _sessions(self) -> int:
        return len(self._open) + len(self._opening) + len(self._leaving) + self._preparing

    def _leave(self, session: Session) -> None:
        self._open.discard(session)
        self._leaving.add(session)
        session.quit()

    def _has_waiting(self) -> bool:
        return bool(self._waiting[0] or self._waiting[1])

    def _drained(self) -> list[Message]:
        messages = [message for queue in self._waiting for message in queue]
        for queue in self._waiting:
            queue.clear()
        return messages

    def _returned(self, message: Message, session: Session, trouble: Trouble, blamed: bool) -> None:
        """A message whose connection ended before its dot: to the head of the queue, or it has had its chances."""
        message.losses += 1
        if blamed:
            message.avoid |= {session.peer.address}
            self._picky = True
        if self._stopping:
            message.settle(UNTRIED)
        elif message.losses >= MOST_LOSSES or (blamed and self._choose(message.avoid) is None):
            message.settle(refusal(trouble.reply, session.peer.host))
        else:
            self._waiting[message.envelope.stream is not Stream.TRANSACTIONAL].appendleft(message)

    def _strand(self, trouble: Trouble | None) -> None:
        """Settles what no session will take: those for which every exchanger is in back-off, or has lost them."""
        within_reach = {session.peer.address for session in (*self._open, *self._opening)}
        for queue in self._waiting:
            for message in list(queue):
                if self._preparing or within_reach - message.avoid:
                    continue
                peer = self._choose(message.avoid)
                if peer is None:
                    queue.remove(message)
                    message.settle(self._unreachable(trouble))
                elif self._sessions < self._limits.sessions and self._slots.take(self):
                    self._begin_to_open(peer)
                    within_reach.add(peer.address)
        self._picky = any(message.avoid for queue in self._waiting for message in queue)

    def _unreachable(self, trouble: Trouble | None) -> Outcome:
        """Every exchanger would not talk. Permanent only where all have just said so: memory refuses nothing."""
        troubles = [(one, self._backoffs.of(one.address).trouble) for one in self._peers()]
        temporary = [(one, what) for one, what in troubles if what is not None and not what.final]
        if not temporary and trouble is not None and trouble.final:
            return refusal(trouble.reply, next(iter(self._peers())).host)
        peer, what = next(iter(temporary or [(one, what) for one, what in troubles if what is not None]), (None, None))
        if peer is None or what is None:
            return Outcome(OutcomeKind.DEFERRED, Reply(0, "4.4.1", "No exchanger could be reached"))
        return Outcome(OutcomeKind.DEFERRED, what.reply, peer.host)

    def _peers(self) -> Iterator[Peer]:
        """Every address of every exchanger, by preference, equals in random order (RFC 5321 §5.1)."""
        for group in _by_preference(self.route.exchangers):
            self._random.shuffle(group)
            for exchanger in group:
                for address in exchanger.addresses:
                    yield Peer(
                        exchanger.host,
                        address,
                        self.route.port,
                        self.route.demand(exchanger),
                        self.route.implicit,
                        self.route.credentials,
                    )

    def _choose(self, avoid: frozenset[str] = frozenset()) -> Peer | None:
        now = self._reactor.seconds()
        for peer in self._peers():
            backoff = self._backoffs.of(peer.address)
            if peer.address not in avoid and backoff.until <= now:
                if backoff.whole_until > now:
                    peer = evolve(peer, chunking=False)
                if backoff.clear_until > now and _in_clear_is_good(peer):
                    return evolve(peer, demand=Demand(Tls.NONE, peer.demand.policy))
                return peer
        return None

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
        dial(self._reactor, session, self._manners.timeouts.connect)

    # Time

    def _set_timer(self) -> None:
        if self._timer is None and not self._stopping:
            self._timer = self._reactor.callLater(1.0, self._tick)

    def _tick(self) -> None:
        """Once a second while there is something to look after."""
        self._timer = None
        now = self._reactor.seconds()
        settled, self._settled = self._settled, 0
        self._rate = max(float(settled), self._rate / 2)
        for session in [one for one in self._idle if now - one.idle_since >= self._limits.idle]:
            self._idle.remove(session)
            self._leave(session)
        oldest = min((queue[0].since for queue in self._waiting if queue), default=now)
        waiting = sum(map(len, self._waiting))
        if not waiting:
            self._more = 0
        elif not self._opening and now - oldest >= 2.0 and waiting > settled * self._limits.patience:
            self._more = min(self._more + 1, self._limits.sessions)
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


def _in_clear_is_good(peer: Peer) -> bool:
    return peer.tls is Tls.OPPORTUNISTIC and not peer.implicit


def _by_preference(exchangers: Sequence[Exchanger]) -> list[list[Exchanger]]:
    groups: dict[int, list[Exchanger]] = {}
    for exchanger in exchangers:
        groups.setdefault(exchanger.preference, []).append(exchanger)
    return [groups[preference] for preference in sorted(groups)]
