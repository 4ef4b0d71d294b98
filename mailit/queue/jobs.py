"""Periodic work that one process at a time does: an advisory lock picks it, run by run."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from mailit.errors import Unavailable
from mailit.interfaces import Database, Tx
from mailit.plugin import Job
from mailit.store import jobs


@define(eq=False)
class Jobs:
    """Runs each job at its time, wherever its last run is at least `every` seconds ago by the database's clock."""

    _reactor: Any
    _database: Database
    _jobs: Sequence[Job]
    _log: Logger = field(factory=Logger, init=False)
    _loops: list[LoopingCall] = field(factory=list, init=False)
    _running: set[Deferred[None]] = field(factory=set, init=False)
    _waiting: list[Deferred[None]] = field(factory=list, init=False)

    def start(self) -> None:
        """Begins; each job's first run comes at once."""
        for job in self._jobs:
            loop = LoopingCall(self._turn, job)
            loop.clock = self._reactor
            self._loops.append(loop)
            loop.start(max(1.0, job.every))

    async def stop(self) -> None:
        """Starts no more, and waits for the runs that are on their way."""
        loops, self._loops = self._loops, []
        for loop in loops:
            loop.stop()
        while self._running:
            ended: Deferred[None] = Deferred()
            self._waiting.append(ended)
            await ended

    def _turn(self, job: Job) -> Deferred[None]:
        running = Deferred.fromCoroutine(self._run(job))
        self._running.add(running)
        return running.addBoth(self._ended, running)

    def _ended(self, result: None, running: Deferred[None]) -> None:
        self._running.discard(running)
        waiting, self._waiting = self._waiting, []
        for ended in waiting:
            ended.callback(None)

    async def _run(self, job: Job) -> None:
        try:
            if await self._database.transact(_take_turn, job):
                await job.work()
        except Unavailable:
            pass  # its time comes again
        except Exception:
            self._log.failure("The job {name} failed", name=job.name)


def _take_turn(tx: Tx, job: Job) -> bool:
    return jobs.take_turn(tx, job.name, zlib.crc32(job.name.encode()), job.every)
