"""A house that asks a real DNS server on loopback, and hands to publish in it what the API says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define
from twisted.internet.threads import deferToThread

from mailit.net.answers import Answers
from mailit.net.resolver import DnsResolver
from mailit.net.settings import DnsSettings
from tests.dns import DnsServer
from tests.integration.api.conftest import Team

_STRING = 255  # the most that one string of a TXT record holds


@define(eq=False)
class Zone:
    """A DNS server, started, and a resolver that asks it and keeps nothing."""

    server: DnsServer
    resolver: DnsResolver

    @classmethod
    def at(cls, reactor: Any) -> Zone:
        """On a free port."""
        server = DnsServer(reactor)
        server.start()
        settings = DnsSettings(resolver=server.address, timeout=2.0)
        return cls(server, DnsResolver(reactor, settings, deferToThread, answers=Answers(0)))

    def publish(self, records: Sequence[dict[str, Any]]) -> None:
        """Puts records into DNS as they were given, a long text as several strings."""
        for record in records:
            value = record["value"]
            if record["type"] == "TXT":
                self.text(record["full_name"], value)
            elif record["type"] == "MX":
                self.server.add(record["full_name"], "MX", f"{record['priority']} {value}.")
            else:
                self.server.add(record["full_name"], "CNAME", f"{value}.")

    def text(self, name: str, *values: str) -> None:
        """Sets the TXT records of a name."""
        self.server.add(name, "TXT", *(" ".join(_quoted(value)) for value in values))


def _quoted(text: str) -> list[str]:
    escaped = [text[at : at + _STRING].replace("\\", "\\\\").replace('"', '\\"') for at in range(0, len(text), _STRING)]
    return [f'"{piece}"' for piece in escaped]


async def settled(team: Team, id_: str, *statuses: str) -> dict[str, Any]:
    """Asks to verify, waits until the domain is in one of these states, and gives it."""
    assert (await team.ask("POST", f"/domains/{id_}/verify", b"")).status == 200
    found: dict[str, Any] = {}

    async def is_so() -> bool:
        found.update((await team.ask("GET", f"/domains/{id_}")).json)
        return found["status"] in statuses and id_ not in team.house.domains._looking

    await team.house.until(is_so)
    return found


async def shown(team: Team, id_: str | None) -> Any:
    """The domain as the API shows it."""
    return (await team.ask("GET", f"/domains/{id_}")).json


def by_name(domain: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A domain's records by type and whole name."""
    return {f"{one['type']} {one['full_name']}": one for one in domain["records"]}
