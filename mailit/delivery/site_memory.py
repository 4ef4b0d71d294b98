"""What was learned of sites, in the database: loaded at the start, saved each minute, shared with other processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.logger import Logger

from mailit.delivery.paces import Paces
from mailit.errors import Unavailable
from mailit.interfaces import Database
from mailit.store import sites as store

SAVE_EVERY = 60.0

KEPT = 30 * 86_400.0
"""A site that was not sent to for so many seconds is forgotten."""

_MOST = 20_000
_MARGIN = 2 * SAVE_EVERY  # a row may be saved by a transaction that began earlier and ended later


@define(eq=False)
class SiteMemory:
    """`us()` is the id under which this process is alive in the database: see `queue.Holder`."""

    _reactor: Any
    _paces: Paces
    _database: Database
    _us: Callable[[], str]
    _saved_at: float = field(default=0.0, init=False)
    _log: Logger = field(factory=Logger, init=False)

    async def start(self) -> None:
        """Loads what there is."""
        now = self._paces.clock()
        await self._database.transact(store.purge, now - KEPT)
        self._paces.learn(await self._database.transact(store.since, now - KEPT, _MOST))
        self._saved_at = self._reactor.seconds()
        await self.look()

    async def stop(self) -> None:
        """Saves what is left."""
        await self.save()

    async def look(self) -> None:
        """Who else delivers, what day it is, and each minute, what there is to save; to be called every few seconds."""
        try:
            us = self._us()
            living = await self._database.transact(store.delivering)
            self._paces.share(us, sorted({*living, us}))
            self._paces.turn()
            if self._reactor.seconds() - self._saved_at >= SAVE_EVERY:
                self._saved_at = self._reactor.seconds()
                await self.save()
        except Unavailable:
            pass  # nobody comes or goes while the database is away
        except Exception:
            self._log.failure("Who else delivers could not be found out")

    async def save(self) -> None:
        """Saves, and takes up what others have learned; what the database did not take is kept for the next time."""
        rows = self._paces.unsaved()
        try:
            if rows:
                await self._database.transact(store.save, [row for _, row in rows])
            self._paces.learn(
                await self._database.transact(store.since, self._paces.clock() - SAVE_EVERY - _MARGIN, _MOST)
            )
        except Unavailable:
            self._paces.put_back(rows)
        except Exception:
            self._log.failure("What was learned of sites could not be saved")
