"""LISTEN and NOTIFY: hints between processes, on connections of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg2
from psycopg2 import sql
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from mailit.db.arrays import array
from mailit.db.connection import Connection, Dsn, Transaction, connect
from mailit.db.worker import Worker

_NOTIFY = """
    SELECT pg_notify(channel, payload)
      FROM unnest(%(channels)s::text[], %(payloads)s::text[]) AS hint (channel, payload)
"""

# A commit that notifies holds a lock of the whole database; it must not hold it through an fsync.
_QUICKLY = "SET synchronous_commit = off"

_PAYLOAD_BYTES = 7999
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0  # seconds between tries to connect

Heard = Callable[[str], None]


class Listener:
    """Hears and sends notices; implements `mailit.interfaces.Notices`.

    A connection that is lost is made anew. Nothing happens before `start`; channels may be added before and after.
    """

    _log = Logger()

    def __init__(self, reactor: Any, dsn: Dsn, name: str = "mailit listen") -> None:
        self._reactor = reactor
        self._dsn = dsn
        self._name = name
        self._heard: dict[str, list[Heard]] = {}
        self._worker = Worker(reactor, name)
        self._ear: _Ear | None = None
        self._delay = _FIRST_DELAY
        self._retry: Any = None
        self._running = False
        self._busy = False  # the worker has the connection, or makes it
        self._fresh: list[tuple[str, Heard]] = []  # added, and not yet told that they are heard
        self._mouth = _Mouth(reactor, dsn)

    def start(self) -> None:
        """Begins to connect."""
        self._running = True
        self._connect()

    async def stop(self) -> None:
        """Sends what waits to be sent, and closes the connections."""
        self._running = False
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        await self._worker.stop(_nothing)  # the thread has let go of the connection
        self._drop()
        await self._mouth.stop()

    def listen(self, channel: str, heard: Heard) -> None:
        """Calls `heard(payload)` in the reactor for each notice, and `heard("")` after each (re)connect."""
        self._heard.setdefault(channel, []).append(heard)
        self._fresh.append((channel, heard))
        self._subscribe()

    def notify(self, channel: str, payload: str = "") -> None:
        """Sends a notice soon; equal ones that wait are sent once. Never raises.

        Where the database is away the notice is dropped. A payload of 8,000 bytes or more is sent as "".
        """
        self._mouth.say(channel, payload)

    def _connect(self) -> None:
        self._retry = None
        self._busy = True
        self._fresh = []
        channels = list(self._heard)
        opened = self._worker.run(_open, self._dsn, self._name, channels)
        opened.addCallbacks(self._connected, self._failed, (channels,))

    def _connected(self, connection: Connection, channels: list[str]) -> None:
        self._busy = False
        if not self._running:
            connection.close()
            return
        self._delay = _FIRST_DELAY
        self._ear = _Ear(connection, self._hear, self._lost)
        self._reactor.addReader(self._ear)
        for channel in channels:
            self._tell(channel, "")
        self._subscribe()

    def _failed(self, failure: Failure) -> None:
        self._busy = False
        self._log.debug("can't listen: {cause}", cause=failure.value and failure.value.__cause__)
        self._later()

    def _lost(self) -> None:
        self._drop()
        self._later()

    def _later(self) -> None:
        if self._running and self._retry is None:
            self._retry = self._reactor.callLater(self._delay, self._connect)
            self._delay = min(self._delay * 2, _LONGEST_DELAY)

    def _drop(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            self._reactor.removeReader(ear)
            ear.close()

    def _subscribe(self) -> None:
        """Adds the channels that came after the connection, in the thread: the reactor waits for no answer."""
        if self._ear is None or self._busy or not self._fresh:
            return
        fresh, self._fresh = self._fresh, []
        ear = self._ear
        self._reactor.removeReader(ear)  # the connection is the thread's for as long as this takes
        self._busy = True
        subscribed = self._worker.run(_listen, ear.connection, list(dict.fromkeys(channel for channel, _ in fresh)))
        subscribed.addCallbacks(self._subscribed, self._unsubscribed, (ear, fresh))

    def _subscribed(self, done: None, ear: _Ear, fresh: list[tuple[str, Heard]]) -> None:
        self._busy = False
        if self._ear is not ear:
            return
        self._reactor.addReader(ear)
        for _, heard in fresh:
            self._call(heard, "")
        ear.drain()  # what came while the thread had the connection
        self._subscribe()

    def _unsubscribed(self, failure: Failure) -> None:
        self._busy = False
        if self._running:
            self._lost()

    def _hear(self, channel: str, payload: str) -> None:
        self._tell(channel, payload)

    def _tell(self, channel: str, payload: str) -> None:
        for heard in list(self._heard.get(channel, ())):
            self._call(heard, payload)

    def _call(self, heard: Heard, payload: str) -> None:
        try:
            heard(payload)
        except Exception:
            self._log.failure("a notice was not understood")


@implementer(IReadDescriptor)
class _Ear:
    """The reactor's view of the listening connection."""

    def __init__(self, connection: Connection, heard: Callable[[str, str], None], lost: Callable[[], None]) -> None:
        self.connection = connection
        self._heard = heard
        self._lost = lost
        # A number of our own: libpq closes its own when the connection breaks, before the reactor could let go of it.
        self._fileno = os.dup(connection.fileno())

    def close(self) -> None:
        os.close(self._fileno)
        with suppress(psycopg2.Error):
            self.connection.close()

    def fileno(self) -> int:
        return self._fileno

    def logPrefix(self) -> str:
        return "LISTEN"

    def doRead(self) -> None:
        try:
            self.connection.poll()
        except psycopg2.Error:
            self._lost()
            return
        if self.connection.closed:
            self._lost()
            return
        self.drain()

    def connectionLost(self, reason: Failure) -> None:
        self._lost()

    def drain(self) -> None:
        notices, self.connection.notifies[:] = list(self.connection.notifies), []
        for notice in notices:
            self._heard(notice.channel, notice.payload)


class _Mouth:
    """Sends notices, those of one moment in one statement."""

    def __init__(self, reactor: Any, dsn: Dsn) -> None:
        self._dsn = dsn
        self._worker = Worker(reactor, "mailit notify")
        self._waiting: dict[tuple[str, str], None] = {}
        self._sending: Deferred[None] | None = None
        self._connection: Connection | None = None
        self._idle: list[Deferred[None]] = []

    def say(self, channel: str, payload: str) -> None:
        self._waiting[channel, payload if _sayable(payload) else ""] = None
        if self._sending is None:
            self._send()

    async def stop(self) -> None:
        if self._sending is not None:
            idle: Deferred[None] = Deferred()
            self._idle.append(idle)
            await idle
        await self._worker.stop(self._close)

    def _send(self) -> None:
        waiting, self._waiting = list(self._waiting), {}
        self._sending = self._worker.run(self._notify, waiting)
        self._sending.addErrback(_dropped).addCallback(self._sent)

    def _sent(self, _: None) -> None:
        self._sending = None
        if self._waiting:
            self._send()
            return
        idle, self._idle = self._idle, []
        for each in idle:
            each.callback(None)

    def _notify(self, hints: list[tuple[str, str]]) -> None:
        for last in (False, True):
            try:
                if self._connection is None:
                    self._connection = connect(self._dsn, "mailit notify", _QUICKLY, autocommit=True)
                params = {"channels": array([c for c, _ in hints]), "payloads": array([p for _, p in hints])}
                Transaction(self._connection).rows(_NOTIFY, params)
                return
            except psycopg2.Error:
                self._close()
                if last:
                    raise

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg2.Error):
                connection.close()


def _open(dsn: Dsn, name: str, channels: list[str]) -> Connection:
    connection = connect(dsn, name, autocommit=True)
    try:
        _listen(connection, channels)
    except BaseException:
        connection.close()
        raise
    return connection


def _listen(connection: Connection, channels: list[str]) -> None:
    with connection.cursor() as cursor:
        for channel in channels:
            cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))


def _sayable(payload: str) -> bool:
    try:
        return "\0" not in payload and len(payload.encode()) <= _PAYLOAD_BYTES
    except UnicodeEncodeError:  # a lone surrogate
        return False


def _dropped(failure: Failure) -> None:
    """A notice is a hint: who listens also looks by himself."""


def _nothing() -> None:
    """Done once everything before it is."""
