"""What the installation is, and whether it is well."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from attrs import frozen
from msgspec import Struct

from mailit.api.times import iso
from mailit.errors import Unavailable
from mailit.interfaces import Database, SiteHost, Sites, Tx, utc
from mailit.plugin import Call, Cost, Needs, Permission, endpoint
from mailit.store import queue

DIRECT = "direct"
"""The mode in which mail leaves by the exchangers' port 25."""

_SEVERAL = 3  # hosts that could not be reached, until it is the way out that is suspected


class Health(Struct, frozen=True):
    """How it goes."""

    status: str


class SystemView(Struct, frozen=True):
    """How mail leaves here, which version this is, and the name by which it greets others."""

    mode: str
    version: str
    hostname: str


Way = Literal["unused", "unknown", "open", "shut"]


class OperatorHealth(Struct, frozen=True, kw_only=True):
    """How the installation's parts are.

    `database_ms` is what its database took to answer; `oldest_at` is when the oldest mail that waits was accepted,
    what is only scheduled left out. `way_out` is whether exchangers are reached: `shut` where several could not be
    and none was, `unknown` while nothing was sent of late, `unused` where mail leaves another way or not at all.
    """

    object: str = "health"
    database_ms: float
    oldest_at: str | None
    way_out: Way


@frozen(eq=False)
class SystemRoutes:
    """`/system`, `/operator/health`, `/healthz`, `/readyz`. `ready()` says why it is not, or gives None."""

    _mode: str
    _version: str
    _hostname: str
    _ready: Callable[[], Awaitable[str | None]]
    _database: Database
    _sites: Sites | None = None
    _now: Callable[[], float] = time.monotonic

    @endpoint("GET", "/system", permission=Permission.READ, gives=SystemView, needs=Needs.SENDING)
    async def system(self, call: Call) -> SystemView:
        """Tells what the installation is."""
        return SystemView(self._mode, self._version, self._hostname)

    @endpoint("GET", "/operator/health", gives=OperatorHealth, needs=Needs.OPERATOR)
    async def health(self, call: Call) -> OperatorHealth:
        """Tells how the database, the queue and the way out are."""
        asked = self._now()
        oldest = await self._database.transact(_oldest)
        return OperatorHealth(
            database_ms=round((self._now() - asked) * 1000, 1),
            oldest_at=None if oldest is None else iso(utc(oldest)),
            way_out=self._way_out(),
        )

    def _way_out(self) -> Way:
        if self._mode != DIRECT:
            return "unused"
        states = self._sites.states() if self._sites is not None else ()
        return way_out([host for state in states for host in state.hosts])

    @endpoint("GET", "/healthz", gives=Health, needs=Needs.NOTHING, cost=Cost.NONE)
    async def healthz(self, call: Call) -> Health:
        """Answers while the process lives."""
        return Health("ok")

    @endpoint("GET", "/readyz", gives=Health, needs=Needs.NOTHING, cost=Cost.NONE)
    async def readyz(self, call: Call) -> Health:
        """Answers 200 while requests are welcome, 503 while the database is away or the process is stopping."""
        reason = await self._ready()
        if reason is not None:
            raise Unavailable(reason)
        return Health("ready")


def way_out(hosts: Sequence[SiteHost]) -> Way:
    """Whether exchangers are reached, by what is known of their addresses: one that answers proves that they are."""
    if any(host.sessions or host.failures == 0 or (host.reply is not None and host.reply.code) for host in hosts):
        return "open"
    return "shut" if len(hosts) >= _SEVERAL else "unknown"


def _oldest(tx: Tx) -> float | None:
    return queue.oldest_waiting(tx)
