"""Catches mail in place of sending it, so that a program can be tried with real addresses and nobody gets anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mailit.host import Host
from mailit.plugin import Endpoint, Mode, Plugin, endpoints
from mailit.plugins.sandbox.carrier import Sandbox
from mailit.plugins.sandbox.routes import SandboxRoutes

MODE = "sandbox"


class SandboxPlugin(Plugin):
    """In `smtp_outbound.mode: sandbox` it takes what no other plugin does; `/sandbox/emails` is there in any mode."""

    name = "sandbox"
    schema = Path(__file__).parents[2] / "schema" / "sandbox"
    modes = (Mode(MODE, asks_dns=False, carrier=Sandbox),)

    def routes(self, host: Host) -> Sequence[Endpoint]:
        """See `SandboxRoutes`."""
        return endpoints(SandboxRoutes(host))
