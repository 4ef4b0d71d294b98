"""Catches mail in place of sending it, so that a program can be tried with real addresses and nobody gets anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from mailit.host import Host
from mailit.interfaces import utc
from mailit.plugin import Endpoint, Job, Mode, Plugin, endpoints
from mailit.plugins.sandbox import store
from mailit.plugins.sandbox.carrier import Sandbox
from mailit.plugins.sandbox.routes import SandboxRoutes
from mailit.settings import DURATION, setting

MODE = "sandbox"

_PURGE_EVERY = 3600.0
_A_PURGE = 1000  # messages a transaction


@frozen
class SandboxSettings:
    """Section `sandbox`."""

    retention: float = setting("30d", "How long it keeps what it caught.", DURATION)


class SandboxPlugin(Plugin):
    """In `smtp_outbound.mode: sandbox` it takes what no other plugin does; `/sandbox/emails` is there in any mode."""

    name = "sandbox"
    schema = Path(__file__).parents[2] / "schema" / "sandbox"
    settings = SandboxSettings
    modes = (Mode(MODE, asks_dns=False, carrier=Sandbox),)

    def routes(self, host: Host) -> Sequence[Endpoint]:
        """See `SandboxRoutes`."""
        return endpoints(SandboxRoutes(host))

    def jobs(self, host: Host) -> Sequence[Job]:
        """Deletes what is older than `sandbox.retention`."""

        async def purge() -> None:
            before = utc(host.clock() - host.settings.retention)
            while await host.database.transact(store.purge, before, _A_PURGE) == _A_PURGE:
                pass

        return (Job("sandbox", _PURGE_EVERY, purge),)
