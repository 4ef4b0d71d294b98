"""Mail that leaves by addresses of ours, over real sockets."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest_twisted
from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThread

from mailit.delivery.carrier import SmtpCarrier
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.paces import Paces
from mailit.delivery.session import Manners
from mailit.delivery.settings import Source
from mailit.interfaces import Envelope, Outcome
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts
from mailit.testing.dns import MemoryResolver
from mailit.testing.exchanger import ScriptedExchanger
from tests.unit.delivery.conftest import envelope


class Yes:
    """Marks, given at once."""

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        return succeed(True)

    def alive(self, envelope: Envelope) -> bool:
        return True


async def sent_by(reactor: Any, exchanger: ScriptedExchanger, source: Source) -> tuple[Outcome, list[str]]:
    """What becomes of a mail that leaves by a source, and the addresses that sessions are bound to."""
    port = exchanger.listen(reactor)
    resolver = MemoryResolver()
    resolver.exchangers("example.net", "mx.example.net", addresses=["127.0.0.1"])
    carrier = SmtpCarrier(
        reactor,
        Exchangers(reactor, resolver, Guard.allowing([ipaddress.ip_network("127.0.0.0/8")]), port),
        lambda envelope: succeed(b"Subject: hello\r\n\r\nHi\r\n"),
        lambda envelope: "bounce@send.example.com",
        ClientContexts(deferToThread),
        Manners("mail.example.com", Yes()),
        paces=Paces(reactor.seconds, reactor.seconds, sources=[source]),
    )
    try:
        outcome = await carrier.carry(envelope("e", "ana@example.net"))
        assert outcome is not None
        (pool,) = carrier.pools.values()
        return outcome, [session.source for session in pool.open_sessions]
    finally:
        await carrier.stop(1)
        await exchanger.stop()


class TestASource:
    """Connections come from it."""

    @pytest_twisted.ensureDeferred
    async def test_the_peer_sees_it(self, reactor: Any) -> None:
        """And hears its name."""
        exchanger = ScriptedExchanger()
        source = Source(address="127.0.0.9", hostname="out9.example.com")
        outcome, bound = await sent_by(reactor, exchanger, source)
        assert (outcome.kind.value, bound) == ("delivered", ["127.0.0.9"])
        assert exchanger.commands[0][1] == "EHLO out9.example.com"

    @pytest_twisted.ensureDeferred
    async def test_one_that_is_not_ours(self, reactor: Any) -> None:
        """The mail waits, and says that nothing could be bound to it."""
        outcome, _ = await sent_by(reactor, ScriptedExchanger(), Source(address="192.0.2.1"))
        assert (outcome.kind.value, outcome.reply.status) == ("deferred", "4.4.1")
        assert "192.0.2.1" in outcome.reply.text
