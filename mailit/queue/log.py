"""The event log's reader: how far it is safe to read, who waits for news, and subscribers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.errors import Unavailable
from mailit.events import Event
from mailit.interfaces import Database, Tx
from mailit.plugin import Subscriber
from mailit.store import event_log

_PATIENCE = 1.0  # seconds: no writing transaction lasts longer
_STEP = 0.005
_BATCH = 500


@define(eq=False)
class EventLog:
    """Reads the log without ever passing an event that is still to come, and wakes those who wait for more.

    Implements `mailit.api`'s EventFeed. A transaction that holds the log back holds its readers back, never
    anything else; `held_back` says that one does.
    """

    _reactor: Any
    _database: Database
    _horizon: int = field(default=0, init=False)
    _asking: bool = field(default=False, init=False)
    _asked_again: bool = field(default=False, init=False)
    _waiting_for_horizon: list[Deferred[int]] = field(factory=list, init=False)
    _waiting_for_news: list[Deferred[None]] = field(factory=list, init=False)
    held_back: bool = field(default=False, init=False)

    async def read(self, team_id: str, after: int, limit: int, types: Sequence[str] = ()) -> list[Event]:
        """A team's events past `after`, oldest first, up to what is safe to read now."""
        horizon = await self.horizon()
        if horizon <= after:
            return []
        return await self._database.transact(event_log.read_team, team_id, after, horizon, limit, types)

    def wait(self) -> Deferred[None]:
        """Fires when something may have been written. Each caller has a Deferred of his own; cancelling detaches."""
        waiter: Deferred[None] = Deferred(lambda gone: self._waiting_for_news.remove(gone))
        self._waiting_for_news.append(waiter)
        return waiter

    def told(self) -> None:
        """Something was written, here or elsewhere."""
        waiting, self._waiting_for_news = self._waiting_for_news, []
        for waiter in waiting:
            waiter.callback(None)

    def horizon(self) -> Deferred[int]:
        """The seq up to which every event that will ever be is there already.

        It is at least what had been drawn when this was called, unless a transaction lasts beyond our patience.
        One question is on its way at a time; who comes meanwhile waits for the next.
        """
        waiter: Deferred[int] = Deferred()
        self._waiting_for_horizon.append(waiter)
        if not self._asking:
            self._asking = True
            Deferred.fromCoroutine(self._ask())
        return waiter

    async def _ask(self) -> None:
        while self._waiting_for_horizon:
            waiting, self._waiting_for_horizon = self._waiting_for_horizon, []
            try:
                self._horizon = max(self._horizon, await self._advance())
            except Exception as error:
                for waiter in waiting:
                    waiter.errback(error)
                continue
            for waiter in waiting:
                waiter.callback(self._horizon)
        self._asking = False

    async def _advance(self) -> int:
        drawn = await self._database.transact(event_log.last_drawn)
        if drawn <= self._horizon:
            return self._horizon
        xid = await self._database.transact(event_log.own_xid)
        give_up = self._reactor.seconds() + _PATIENCE
        while not await self._database.transact(event_log.all_below_ended, xid):
            if self._reactor.seconds() >= give_up:
                self.held_back = True
                return self._horizon
            paused: Deferred[None] = Deferred()
            self._reactor.callLater(_STEP, paused.callback, None)
            await paused
        self.held_back = False
        return drawn


@define(eq=False)
class Subscribers:
    """Runs subscribers: each batch in the transaction that moves its cursor, each in one process at a time."""

    _database: Database
    _event_log: EventLog
    _subscribers: Sequence[Subscriber]
    _log: Logger = field(factory=Logger, init=False)
    _running: bool = field(default=False, init=False)
    _again: bool = field(default=False, init=False)
    _stopped: bool = field(default=False, init=False)
    _idle: list[Deferred[None]] = field(factory=list, init=False)

    async def start(self) -> None:
        """Gives each subscriber that is new a cursor."""
        for subscriber in self._subscribers:
            await self._database.transact(event_log.enter_subscriber, subscriber.name)

    async def stop(self) -> None:
        """Waits for the batch at hand."""
        self._stopped = True
        if self._running:
            done: Deferred[None] = Deferred()
            self._idle.append(done)
            await done

    def run(self) -> None:
        """Something may have been written: takes it to every subscriber. Returns at once."""
        if not self._subscribers or self._stopped:
            return
        self._again = True
        if not self._running:
            self._running = True
            Deferred.fromCoroutine(self._runs())

    async def _runs(self) -> None:
        try:
            while self._again and not self._stopped:
                self._again = False
                horizon = await self._event_log.horizon()
                for subscriber in self._subscribers:
                    while not self._stopped and await self._batch(subscriber, horizon):
                        pass
        except Unavailable:
            pass  # the next look comes by itself
        except Exception:
            self._log.failure("Subscribers could not be run")
        finally:
            self._running = False
            waiting, self._idle = self._idle, []
            for done in waiting:
                done.callback(None)

    async def _batch(self, subscriber: Subscriber, horizon: int) -> bool:
        """Takes a batch to a subscriber, by halves where it fails, down to the event at fault, which is parked."""
        most = _BATCH
        while True:
            try:
                return await self._database.transact(take_batch, subscriber, horizon, most)
            except Unavailable:
                raise
            except Exception as error:
                if most > 1:
                    most = most // 2
                    continue
                self._log.failure("The subscriber {name} can't take an event; it is parked", name=subscriber.name)
                return await self._database.transact(take_batch, subscriber, horizon, 1, str(error) or repr(error))


def take_batch(tx: Tx, subscriber: Subscriber, horizon: int, most: int, parked: str | None = None) -> bool:
    """One batch in one transaction; False where there is none, or another process runs this subscriber.

    With `parked`, the one event is set aside with that error instead.
    """
    after = event_log.take_cursor(tx, subscriber.name)
    if after is None or after >= horizon:
        return False
    events = event_log.read_all(tx, after, horizon, most)
    if not events:
        event_log.move_cursor(tx, subscriber.name, horizon)
        return False
    wanted = [event for event in events if not subscriber.types or event.type in subscriber.types]
    if parked is not None:
        event_log.park(tx, subscriber.name, events[0].seq, parked)
    elif wanted:
        subscriber.take(tx, wanted)
    event_log.move_cursor(tx, subscriber.name, events[-1].seq)
    return True
