"""This process as a holder: its lease in the database, and the end of the leases of others."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from mailit.errors import Unavailable
from mailit.interfaces import Database
from mailit.store.seam import TABLES, Spool

LEASE = 10.0
RENEW_EVERY = 2.0


@define(eq=False)
class Holder:
    """Renews its lease every two seconds. `lost` is called when the row was found gone: drop everything.

    `id` is new at each start, and again after each loss: what was claimed under an old one can't be touched.
    """

    _reactor: Any
    _database: Database
    _ids: Callable[[], str]
    _roles: Sequence[str]
    _lost: Callable[[], None]
    _lease: float = LEASE
    _every: float = RENEW_EVERY
    _spool: Spool = TABLES
    _log: Logger = field(factory=Logger, init=False)
    _loop: Any = field(default=None, init=False)
    _good_until: float = field(default=0.0, init=False)
    id: str = field(default="", init=False)

    async def start(self) -> None:
        """Enters this process. Raises `Unavailable` where the database is away."""
        await self._register()
        self._loop = LoopingCall(self._renew)
        self._loop.clock = self._reactor
        self._loop.start(self._every, now=False)

    async def stop(self) -> None:
        """Takes this process out: what it still has marked is in doubt from now on."""
        if self._loop is None:
            return
        running, self._loop = self._loop, None
        if running.running:
            running.stop()
        self._good_until = 0.0
        try:
            await self._database.transact(self._spool.retire, self.id)
        except Unavailable:
            self._log.warn("The database is away; this process's lease is left to run out.")

    def alive(self) -> bool:
        """Whether the lease stands by our own monotonic clock, which counts from before the renewal was asked."""
        return bool(self._reactor.seconds() < self._good_until)

    async def _register(self) -> None:
        asked, id_ = self._reactor.seconds(), self._ids()
        await self._database.transact(
            self._spool.register, id_, self._lease, socket.gethostname(), os.getpid(), self._roles
        )
        self.id, self._good_until = id_, asked + self._lease

    def _renew(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._renewed())

    async def _renewed(self) -> None:
        asked = self._reactor.seconds()
        try:
            if await self._database.transact(self._spool.renew, self.id, self._lease):
                self._good_until = asked + self._lease
            elif self._loop is not None:
                self._log.warn("This process was declared dead: its claims are dropped, and it begins anew.")
                self._good_until = 0.0
                self._lost()
                await self._register()
            await self._database.transact(self._spool.bury, self._lease)
        except Unavailable:
            pass  # the lease runs out by itself, and with it the right to send a dot
        except Exception:
            self._log.failure("The lease could not be renewed")
