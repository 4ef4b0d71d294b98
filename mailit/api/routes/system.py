"""What the installation is, and whether it is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen
from msgspec import Struct

from mailit.errors import Unavailable
from mailit.plugin import Call, Cost, Needs, Permission, endpoint


class Health(Struct, frozen=True):
    """How it goes."""

    status: str


class SystemView(Struct, frozen=True):
    """How mail leaves here, which version this is, and the name by which it greets others."""

    mode: str
    version: str
    hostname: str


@frozen(eq=False)
class SystemRoutes:
    """`/system`, `/healthz`, `/readyz`. `ready()` says why it is not, or gives None."""

    _mode: str
    _version: str
    _hostname: str
    _ready: Callable[[], Awaitable[str | None]]

    @endpoint("GET", "/system", permission=Permission.READ, gives=SystemView, needs=Needs.SENDING)
    async def system(self, call: Call) -> SystemView:
        """Tells what the installation is."""
        return SystemView(self._mode, self._version, self._hostname)

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
