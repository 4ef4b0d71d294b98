"""The resolver against a real DNS server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import dns.rcode
import pytest
import pytest_twisted
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

from mailit.interfaces import Mx, Tlsa
from mailit.net.dane import usable
from mailit.net.resolver import DnsResolver, NoAnswer, NoSuchName
from mailit.net.settings import DnsSettings
from tests.dns import DnsServer


@pytest_twisted.async_yield_fixture
async def server() -> AsyncIterator[DnsServer]:
    from twisted.internet import reactor

    server = DnsServer(reactor)
    server.start()
    yield server
    await server.stop()


def resolver(server: DnsServer, timeout: float = 5.0) -> DnsResolver:
    """A resolver that asks this server alone."""
    from twisted.internet import reactor

    return DnsResolver(reactor, DnsSettings(resolver=server.address, timeout=timeout), deferToThread)


class TestRealQuestions:
    """Over UDP, and over TCP where they are cut short."""

    @pytest_twisted.ensureDeferred
    async def test_every_kind(self, server: DnsServer) -> None:
        """A CNAME on the way is followed."""
        server.add("example.net", "MX", "10 mx.example.net.")
        server.add("mx.example.net", "CNAME", "real.example.net.")
        server.add("real.example.net", "A", "192.0.2.1")
        server.add("real.example.net", "AAAA", "2001:db8::1")
        server.add("example.net", "TXT", '"v=spf1" " -all"')
        asked = resolver(server)
        assert list(await asked.mx("example.net")) == [Mx(10, "mx.example.net")]
        assert list(await asked.addresses("mx.example.net")) == ["192.0.2.1", "2001:db8::1"]
        assert list(await asked.txt("example.net")) == ["v=spf1 -all"]
        assert list(await asked.cname("mx.example.net")) == ["real.example.net"]
        with pytest.raises(NoSuchName):
            await asked.mx("nothing.example.org")

    @pytest_twisted.ensureDeferred
    async def test_a_long_answer_comes_by_tcp(self, server: DnsServer) -> None:
        """600 records are more than a datagram holds."""
        server.add("many.test", "TXT", *(f'"record {number}"' for number in range(600)))
        server.truncated.add("many.test")
        assert len(await resolver(server).txt("many.test")) == 600
        assert server.over_tcp["many.test", "TXT"] == 1

    @pytest_twisted.ensureDeferred
    async def test_many_waiters_one_question(self, server: DnsServer) -> None:
        """Also on the wire."""
        server.add("example.net", "MX", "10 mx.example.net.")
        server.delay = 0.02
        asked = resolver(server)
        answers: list[Any] = await gatherResults([asked.mx("example.net") for _ in range(50)])
        assert answers == [(Mx(10, "mx.example.net"),)] * 50
        assert server.asked["example.net", "MX"] == 1


class TestTlsaRecords:
    """RFC 7672 §3.1: what nobody can use is there all the same, so that TLS has to be."""

    @pytest_twisted.ensureDeferred
    async def test_one_of_a_wrong_length_is_of_no_use(self, server: DnsServer) -> None:
        """And spoils not the others beside it."""
        server.add("_25._tcp.mx.test", "TLSA", "3 1 9 aabb", "3 1 1 " + "00" * 32)
        server.add("_25._tcp.alone.test", "TLSA", "3 1 9 aabb")
        server.patches[b"\3\1\x09\xaa\xbb"] = b"\3\1\1\xaa\xbb"  # SHA-256 of two bytes
        server.signed |= {"_25._tcp.mx.test", "_25._tcp.alone.test"}
        asked = resolver(server)
        records = await asked.tlsa("_25._tcp.mx.test")
        assert (len(records), usable(records)) == (2, (Tlsa(3, 1, 1, bytes(32)),))
        records = await asked.tlsa("_25._tcp.alone.test")
        assert (len(records), usable(records)) == (1, ())


class TestServersThatFail:
    """In the time that was given."""

    @pytest_twisted.ensureDeferred
    async def test_silence(self, server: DnsServer) -> None:
        """Three tries within `dns.timeout`."""
        server.silent.add("quiet.test")
        with pytest.raises(NoAnswer):
            await resolver(server, timeout=0.1).mx("quiet.test")
        assert server.asked["quiet.test", "MX"] == 3

    @pytest_twisted.ensureDeferred
    async def test_servfail(self, server: DnsServer) -> None:
        """The server said that it can't say."""
        server.rcodes["broken.test"] = dns.rcode.SERVFAIL
        with pytest.raises(NoAnswer, match="SERVFAIL"):
            await resolver(server).mx("broken.test")

    @pytest_twisted.ensureDeferred
    async def test_nobody_listens(self, server: DnsServer) -> None:
        """Which the kernel tells us at once."""
        asked = resolver(server)
        await server.stop()
        with pytest.raises(NoAnswer):
            await asked.mx("example.net")
        server.start()

    @pytest_twisted.ensureDeferred
    async def test_a_forgery_is_passed_over(self, server: DnsServer) -> None:
        """Its id is not the question's."""
        server.add("bank.test", "A", "192.0.2.1")
        server.forged.add("bank.test")
        assert list(await resolver(server).addresses("bank.test")) == ["192.0.2.1"]
