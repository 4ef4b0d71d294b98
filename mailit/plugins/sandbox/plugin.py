"""Catches mail in place of sending it, so that a program can be tried with real addresses and nobody gets anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mailit.host import Host
from mailit.plugin import CarrierRule, Endpoint, Mode, Plugin, endpoints
from mailit.plugins.sandbox.carrier import Sandbox
from mailit.plugins.sandbox.routes import SandboxRoutes

MODE = "sandbox"


class SandboxPlugin(Plugin):
    """In `smtp_outbound.mode: sandbox` it takes every envelope; `/sandbox/emails` is there in any mode."""

    name = "sandbox"
    schema = Path(__file__).parents[2] / "schema" / "sandbox"
    modes = (Mode(MODE, asks_dns=False),)

    def carriers(self, host: Host) -> Sequence[CarrierRule]:
        """All of it, or nothing."""
        if host.mode != MODE:
            return ()
        return (CarrierRule(lambda domain: True, lambda envelope: True, Sandbox(host)),)

    def routes(self, host: Host) -> Sequence[Endpoint]:
        """See `SandboxRoutes`."""
        return endpoints(SandboxRoutes(host))
