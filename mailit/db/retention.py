"""Retention: mail that is older than it is kept for goes, by whole weeks, and the event log behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from attrs import define, field
from twisted.logger import Logger

from mailit.db.connection import Dsn
from mailit.db.partitions import drop_before

EVERY = 3600.0
"""How often it is looked for, in seconds; a week that is being read is dropped another time."""


@define(eq=False)
class Retention:
    """Drops what is older than `keep` seconds. `in_thread(f, *args)` runs what blocks; `dropped` counts partitions."""

    _dsn: Dsn
    _keep: float
    _clock: Callable[[], float]
    _in_thread: Callable[..., Awaitable[Any]]
    dropped: int = field(default=0, init=False)
    _log: Logger = field(factory=Logger, init=False)

    async def run(self) -> None:
        """Drops what there is to drop: see `partitions.drop_before`, which does it in one process at a time."""
        before = self._clock() - self._keep
        names = await self._in_thread(drop_before, self._dsn, before)
        if names:
            self.dropped += len(names)
            day = datetime.fromtimestamp(before, UTC)
            self._log.info(
                "Dropped what was older than {day:%Y-%m-%d}, as database.mail_retention has it: {names}",
                day=day,
                names=", ".join(names),
            )
