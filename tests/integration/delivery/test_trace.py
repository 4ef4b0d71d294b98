"""A domain's way, looked at with real DNS, HTTPS and SMTP on loopback."""

from __future__ import annotations

import ipaddress
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue
from twisted.web.resource import Resource
from twisted.web.server import Site

from mailit.delivery.exchangers import Exchangers
from mailit.delivery.mta_sts import StsCache
from mailit.delivery.session import Manners
from mailit.delivery.trace import Trace, Tracer
from mailit.delivery.transactions import Timeouts
from mailit.net.guard import Guard
from mailit.net.http import HttpClient
from mailit.net.resolver import DnsResolver
from mailit.net.settings import DnsSettings
from mailit.net.tls import ClientContexts, Tls, TlsUsed, make_context
from mailit.store import mta_sts as store
from mailit.testing.database import MemoryDatabase
from mailit.testing.exchanger import CLOSE, ScriptedExchanger, then_close
from tests.certificates import Certificate, certificate
from tests.dns import DnsServer
from tests.integration.delivery.test_tls_policies import HOST, KEYWORDS, Yes

LOOPBACK = Guard.allowing([ipaddress.ip_network("127.0.0.0/8")])
POLICY = f"version: STSv1\nmode: enforce\nmx: {HOST}\nmax_age: 86400\n"


class Page(Resource):
    """An MTA-STS policy where one has to be."""

    isLeaf = True

    def __init__(self, policy: bytes) -> None:
        super().__init__()
        self.policy = policy

    def render_GET(self, request: Any) -> bytes:
        assert request.uri == b"/.well-known/mta-sts.txt"
        request.setHeader("Content-Type", "text/plain")
        return self.policy


@define(eq=False)
class House:
    """A DNS server, an exchanger of example.net, and who looks at it."""

    reactor: Any
    folder: Path
    dns: DnsServer
    exchanger: ScriptedExchanger = field(factory=ScriptedExchanger)
    root: Certificate | None = None
    ports: list[Any] = field(factory=list)
    port: int = 0

    def start(self) -> None:
        self.dns.start()
        self.port = self.exchanger.listen(self.reactor)
        self.dns.add("example.net", "MX", f"10 {HOST}.")
        self.dns.add(HOST, "A", "127.0.0.1")

    async def stop(self) -> None:
        await self.exchanger.stop()
        for port in self.ports:
            await port.stopListening()
        await self.dns.stop()

    def secure(self, *names: str, days: int = 30) -> None:
        """Gives the exchanger a certificate, of an authority that is trusted."""
        self.root = self.root or certificate("Root")
        self.exchanger.context = self.context(*names, days=days)
        self.exchanger.keywords = KEYWORDS

    def context(self, *names: str, days: int = 30) -> Any:
        one = certificate(*names, authority=self.root, signs=False, days=days)
        crt, key = one.files(self.folder)
        return DefaultOpenSSLContextFactory(str(key), str(crt), SSL.TLS_METHOD)

    def serve(self, policy: str) -> int:
        """Serves an MTA-STS policy of example.net; gives the port."""
        self.root = self.root or certificate("Root")
        context = self.context("mta-sts.example.net")
        self.ports.append(self.reactor.listenSSL(0, Site(Page(policy.encode())), context, interface="127.0.0.1"))
        self.dns.add("_mta-sts.example.net", "TXT", '"v=STSv1; id=1;"')
        self.dns.add("mta-sts.example.net", "A", "127.0.0.1")
        return int(self.ports[-1].getHost().port)

    async def trace(self, domain: str = "example.net", tls: Tls = Tls.OPPORTUNISTIC, https: int = 443) -> Trace:
        def context(tls: Tls) -> SSL.Context:
            made = make_context(tls)
            if self.root is not None:
                made.load_verify_locations(str(self.root.files(self.folder)[0]))
            return made

        resolver = DnsResolver(self.reactor, DnsSettings(resolver=self.dns.address, timeout=2.0), deferToThread)
        contexts = ClientContexts(deferToThread, context)
        http = HttpClient(self.reactor, resolver, LOOPBACK, contexts)
        database = MemoryDatabase()
        database.answer(store.KEEP, 1)
        sts = StsCache(self.reactor, time.time, resolver, http, database, port=https)
        exchangers = Exchangers(self.reactor, resolver, LOOPBACK, self.port, tls, sts=sts)
        manners = Manners("mail.example.com", Yes(), timeouts=Timeouts(2.0, 2.0, 2.0))
        return await Tracer(self.reactor, resolver, exchangers, sts, contexts, manners).trace(domain)


@pytest_twisted.async_yield_fixture
async def house(reactor: Any, tmp_path: Path) -> AsyncIterator[House]:
    house = House(reactor, tmp_path, DnsServer(reactor))
    house.start()
    yield house
    await house.stop()


class TestAWayThatIsGood:
    """Everything that is found on it."""

    @pytest_twisted.ensureDeferred
    async def test_it_goes_as_far_as_mail_would_begin(self, house: House) -> None:
        """And sends none."""
        house.secure(HOST)
        found = await house.trace()
        assert found.good
        assert [(one.preference, one.host) for one in found.mx] == [(10, HOST)]
        (hop,) = found.hops
        assert (hop.host, hop.policy) == (HOST, "opportunistic")
        (called,) = hop.called
        assert (called.address, called.problem) == ("127.0.0.1", "")
        assert called.tls == TlsUsed("TLSv1.3", "TLS_AES_256_GCM_SHA384", "opportunistic")
        assert called.proof is not None
        assert (called.proof.names, called.proof.issuer, called.proof.fault) == ((HOST,), "CN=Root", "")
        assert called.extensions == ("PIPELINING", "SIZE 35882577", "8BITMIME")
        assert called.said[0].startswith("S: 220 ")
        assert "C: EHLO mail.example.com" in called.said
        assert house.exchanger.verbs() == ["EHLO", "STARTTLS", "EHLO", "QUIT"]

    @pytest_twisted.ensureDeferred
    async def test_a_policy_over_https(self, house: House) -> None:
        """Fetched from where it has to be, by its own name."""
        house.secure(HOST)
        found = await house.trace(https=house.serve(POLICY))
        assert found.sts is not None
        assert found.sts.mx == (HOST,)
        assert found.hops[0].policy == "mta-sts"
        assert found.good

    @pytest_twisted.ensureDeferred
    async def test_dnssec(self, house: House) -> None:
        """By the word of a server on loopback."""
        house.dns.signed.add("example.net")
        assert (await house.trace()).dnssec

    @pytest_twisted.ensureDeferred
    async def test_what_nobody_asks_for_is_told_all_the_same(self, house: House) -> None:
        """An opportunistic session lives with such a certificate."""
        house.secure("other.test", days=-1)
        found = await house.trace()
        assert found.good
        assert found.hops[0].called[0].proof is not None
        assert found.hops[0].called[0].proof.fault == "certificate-expired"

    @pytest_twisted.ensureDeferred
    async def test_tls_that_is_broken(self, house: House) -> None:
        """Mail would go in the clear, on a second connection."""
        house.secure(HOST)
        house.exchanger.always("STARTTLS", "454 4.7.0 Not now")
        found = await house.trace()
        assert found.good
        (called,) = found.hops[0].called
        assert "Not now" in called.clear
        assert called.tls == TlsUsed("", "", "opportunistic")
        assert house.exchanger.connections == 2


class TestAWayThatIsNot:
    """And where it ends."""

    @pytest_twisted.ensureDeferred
    async def test_no_such_domain(self, house: House) -> None:
        """Or one that takes no mail."""
        house.dns.add("null.test", "MX", "0 .")
        for domain, words in (("nothing.test", "does not exist"), ("null.test", "null MX")):
            found = await house.trace(domain)
            assert not found.good
            assert words in found.problem

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("answer", [CLOSE, then_close("554 5.7.1 Go away")])
    async def test_an_exchanger_that_will_not_talk(self, house: House, answer: Any) -> None:
        """In its own words, where it has some."""
        house.exchanger.always("CONNECT", answer)
        found = await house.trace()
        assert not found.good
        assert found.hops[0].called[0].problem in ("The server closed the connection", "Go away")

    @pytest_twisted.ensureDeferred
    async def test_nobody_there(self, house: House) -> None:
        """Which address, too."""
        house.dns.add(HOST, "A", "127.0.0.2", "127.0.0.1")
        found = await house.trace()
        assert found.good
        called, refused = sorted(found.hops[0].called, key=lambda one: one.address)
        assert (refused.address, called.problem) == ("127.0.0.2", "")
        assert "Could not connect" in refused.problem

    @pytest_twisted.ensureDeferred
    async def test_a_certificate_that_a_policy_refuses(self, house: House) -> None:
        """No second connection in the clear."""
        house.secure("other.test")
        found = await house.trace(tls=Tls.ENFORCED)
        assert not found.good
        assert "another host's" in found.hops[0].called[0].problem
        assert house.exchanger.connections == 1

    @pytest_twisted.ensureDeferred
    async def test_a_policy_that_can_not_be_had(self, house: House) -> None:
        """Is told, and mail goes as without one."""
        found = await house.trace(https=house.serve("nonsense"))
        assert found.good
        assert "a line without a colon" in found.sts_problem


class TestTheCommand:
    """`mailit trace`, in a process of its own."""

    async def run(self, house: House, *arguments: str, sources: str = "") -> tuple[int, str, str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAILIT_")},
            "MAILIT_DNS_RESOLVER": house.dns.address,
            "MAILIT_SMTP_OUTBOUND_PORT": str(house.port),
            "MAILIT_SECURITY_ALLOWED_NETWORKS": "127.0.0.0/8",
            "MAILIT_SMTP_OUTBOUND_HOSTNAME": "mail.example.com",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        if sources:
            environment["MAILIT_SMTP_OUTBOUND_SOURCES"] = sources
        command = ["-c", "from mailit.cli.main import script; script()", "trace", *arguments]
        running: Deferred[Any] = getProcessOutputAndValue(sys.executable, command, environment)
        out, err, status = await running
        return status, out.decode(), err.decode()

    @pytest_twisted.ensureDeferred
    async def test_for_people(self, house: House) -> None:
        """A line a fact; 0 where mail can go."""
        house.exchanger.hostname = "mx.example.net \x1b[31m"
        status, out, err = await self.run(house, "--said", "ana@example.net")
        assert (status, err) == (0, "")
        lines = out.splitlines()
        assert lines[0] == "example.net: mail can go there"
        assert lines[1] == f"  MX: 10 {HOST} (not validated by DNSSEC)"
        assert "    127.0.0.1: ready for mail, in the clear" in lines
        assert "\x1b" not in out

    @pytest_twisted.ensureDeferred
    async def test_for_programs(self, house: House) -> None:
        """One JSON object; 1 where none can."""
        house.exchanger.always("EHLO", "421 4.3.2 Busy")
        status, out, err = await self.run(house, "--json", "example.net")
        assert (status, err) == (1, "")
        found = json.loads(out)
        assert (found["domain"], found["ok"], found["mode"]) == ("example.net", False, "direct")
        assert found["mx"] == [{"preference": 10, "host": HOST}]
        (called,) = found["exchangers"][0]["addresses"]
        assert (called["ok"], called["problem"], called["tls"]) == (False, "Busy", None)
        assert called["said"][-1].startswith("S: 421")

    @pytest_twisted.ensureDeferred
    async def test_from_the_source_that_mail_would_leave_by(self, house: House) -> None:
        """That of transactional mail, under its own name."""
        sources = "127.0.0.8 news.example.com broadcast, 127.0.0.9 out9.example.com"
        status, out, err = await self.run(house, "example.net", sources=sources)
        assert (status, err) == (0, "")
        assert "      from 127.0.0.9, as out9.example.com" in out.splitlines()
        assert "EHLO out9.example.com" in [line for _, line in house.exchanger.commands]

    @pytest_twisted.ensureDeferred
    async def test_from_a_source_that_is_named(self, house: House) -> None:
        """One that is configured has its name, any other that of the machine."""
        sources = "127.0.0.8 news.example.com broadcast, 127.0.0.9 out9.example.com"
        _, out, _ = await self.run(house, "--source", "127.0.0.8", "example.net", sources=sources)
        assert "      from 127.0.0.8, as news.example.com" in out.splitlines()
        status, out, _ = await self.run(house, "--json", "--source", "127.0.0.7", "example.net", sources=sources)
        (called,) = json.loads(out)["exchangers"][0]["addresses"]
        assert (status, called["source"]) == (0, "127.0.0.7")
        assert "EHLO mail.example.com" in [line for _, line in house.exchanger.commands]

    @pytest_twisted.ensureDeferred
    async def test_from_a_source_that_is_not_ours(self, house: House) -> None:
        """Of a kind that reaches nobody there, or of no interface here: no mail can go, and it is told why."""
        status, out, _ = await self.run(house, "--source", "::1", "example.net")
        assert status == 1
        assert "no source is an address of its kind" in out
        status, out, _ = await self.run(house, "--source", "192.0.2.1", "example.net")
        assert status == 1
        assert "from 192.0.2.1: " in out
        status, _, err = await self.run(house, "--source", "here", "example.net")
        assert status == 2
        assert "'here' is no IP address" in err
