"""Simulated receivers: exchangers with personalities, in memory on a virtual clock, or over real sockets.

In memory, five days of retries run in milliseconds:

    simulator = Simulator()
    simulator.receiver("example.net", Greylisting(delay=300))
    id_ = simulator.send("ana@example.net")
    simulator.run(DAY)
    assert simulator.types(id_) == ["queued", "sent", "delivery_delayed", "delivered"]

Over sockets, `SimulatedExchanger(personality).listen(reactor)` gives a port, and so does

    python -m mailit.testing.simulator greylisting --port 2526

for a daemon whose `smtp_outbound.port` is that port. See `docs/simulator.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from random import Random
from typing import Any

from attrs import define, field
from twisted.internet.defer import maybeDeferred

from mailit.delivery.carrier import SmtpCarrier
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.outcomes import InDoubt
from mailit.delivery.paces import Paces
from mailit.delivery.session import Manners
from mailit.events import Event
from mailit.interfaces import Carrier
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts, Tls
from mailit.plugin import Plugin
from mailit.testing.dns import MemoryResolver
from mailit.testing.exchanger import Answer, Asked, Caught, ScriptedExchanger
from mailit.testing.house import MemoryHouse
from mailit.testing.personalities import BY_NAME, Personality, Willing
from mailit.testing.reports import Report

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
"""In seconds, as the simulator's clock counts."""

_NETWORK = "198.51.100."


@define(eq=False)
class SimulatedExchanger(ScriptedExchanger):
    """An exchanger with a personality; what a test scripts by hand goes before it.

    `heard(report)` is told of each bounce and complaint when its time has come; they stand in `reports` as well.
    """

    personality: Personality = field(factory=Willing)
    heard: Callable[[Report], None] | None = None
    reports: list[Report] = field(factory=list, init=False)

    def asked(self, at: Asked) -> Answer:
        """See `ScriptedExchanger`."""
        scripted = self.answer(at.verb, at.argument)
        return scripted if scripted is not None else self.personality.says(at, self.clock.seconds())

    def took(self, mail: Caught) -> None:
        """See `ScriptedExchanger`."""
        ScriptedExchanger.took(self, mail)
        for wait, report in self.personality.reports(mail, self.hostname):
            self.clock.callLater(wait, self._report, report)

    def _report(self, report: Report) -> None:
        self.reports.append(report)
        if self.heard is not None:
            self.heard(report)


@define(eq=False)
class Simulator:
    """A whole installation in memory, and a world of receivers for it.

    `delays`, `lifetime`, `in_doubt` and `tls` are those of the configuration (`smtp_outbound`), times in seconds.
    `plugins` and `settings` are as `MemoryHouse` takes them. `heard(report)` is told of bounces and complaints.
    `house` is the installation: its spool, its log, its clock.
    """

    plugins: Sequence[Plugin] = ()
    settings: dict[str, Any] = field(factory=dict)
    delays: Sequence[float] = (10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0)
    lifetime: float = 2 * DAY
    in_doubt: InDoubt = InDoubt.RESEND
    tls: Tls = Tls.OPPORTUNISTIC
    latency: float = 0.02
    seed: int = 7
    heard: Callable[[Report], None] | None = None
    resolver: MemoryResolver = field(factory=MemoryResolver, init=False)
    house: MemoryHouse = field(init=False)
    exchangers: dict[str, SimulatedExchanger] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.house = MemoryHouse(
            self.plugins,
            self.settings,
            carrier=self._carrier,
            delays=self.delays,
            lifetime=self.lifetime,
            mode="direct",
        )

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return float(self.house.reactor.seconds())

    def receiver(self, domain: str, *personalities: Personality, keywords: Sequence[str] = ()) -> SimulatedExchanger:
        """A domain's exchangers, one a personality in the order of their preference; gives the first.

        Without any there is one that takes everything. `keywords` are what EHLO offers, where the usual ones won't do.
        """
        hosts, first = [], None
        for number, personality in enumerate(personalities or (Willing(),), 1):
            host = f"mx{number}.{domain}"
            address = f"{_NETWORK}{len(self.exchangers) + 1}"
            exchanger = SimulatedExchanger(
                hostname=host, clock=self.house.reactor, personality=personality, heard=self.heard
            )
            if keywords:
                exchanger.keywords = keywords
            self.house.reactor.listen(address, 25, exchanger)
            self.resolver.hosts[host] = [address]
            self.exchangers[host] = exchanger
            hosts.append(host)
            first = first or exchanger
        self.resolver.exchangers(domain, *hosts, addresses=())
        assert first is not None
        return first

    def send(self, *to: str, **fields: Any) -> str:
        """Sends a mail to these addresses; gives its id. Fields are those of `mails.draft`."""
        return self.house.send(*to, **fields)

    def run(self, seconds: float) -> None:
        """Lets so much time pass."""
        self.house.run(seconds)

    def events(self, email_id: str) -> list[Event]:
        """What happened to a mail, oldest first."""
        return self.house.events(email_id)

    def types(self, email_id: str) -> list[str]:
        """The types of what happened to a mail, without `email.` in front."""
        return self.house.types(email_id)

    def arrived(self, recipient: str) -> list[Caught]:
        """The mails that receivers have taken for one recipient."""
        return [mail for one in self.exchangers.values() for mail in one.mails_to(recipient)]

    def _carrier(self, house: MemoryHouse) -> Carrier:
        house.reactor.latency = self.latency
        guard = Guard.allowing([ip_network(f"{_NETWORK}0/24")])
        return SmtpCarrier(
            house.reactor,
            Exchangers(house.reactor, self.resolver, guard, 25, self.tls),
            house.host.render,
            house.host.return_path,
            ClientContexts(maybeDeferred),
            Manners("mail.example.org", house.marks, self.in_doubt),
            random=Random(self.seed),
            paces=Paces(house.host.clock, house.reactor.seconds),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves one exchanger on loopback until it is interrupted, and prints a line a mail and a report."""
    parser = argparse.ArgumentParser(prog="python -m mailit.testing.simulator", description="An exchanger with ways.")
    parser.add_argument("personality", choices=sorted(BY_NAME))
    parser.add_argument("--port", type=int, default=0, help="of loopback; a free one where none is said")
    given = parser.parse_args(arguments)
    from twisted.internet import reactor as installed

    reactor: Any = installed
    exchanger = _Printing(clock=reactor, personality=BY_NAME[given.personality]())
    exchanger.heard = lambda report: print(f"{report.kind} of {report.about} to {report.recipient}", flush=True)
    port = reactor.listenTCP(given.port, exchanger, interface="127.0.0.1")
    print(f"{given.personality} listens on 127.0.0.1:{port.getHost().port}", flush=True)
    reactor.run()


class _Printing(SimulatedExchanger):
    def took(self, mail: Caught) -> None:
        print(f"took a mail of {len(mail.data)} bytes for {', '.join(mail.recipients)}", flush=True)
        SimulatedExchanger.took(self, mail)


if __name__ == "__main__":
    main()
