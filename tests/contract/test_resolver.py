"""The contract of a resolver, on the real one before a DNS server of its own, and on the fake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dns.rcode
import pytest
import pytest_twisted
from attrs import define
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

from mailit.interfaces import Mx, Resolver, Tlsa
from mailit.net.resolver import DnsResolver, NoAnswer, NoSuchName
from mailit.net.settings import DnsSettings
from mailit.testing.dns import MemoryResolver
from tests.dns import DnsServer


@define(eq=False)
class MemoryZone:
    """Puts records into the fake."""

    resolver: MemoryResolver

    def mx(self, name: str, *records: tuple[int, str]) -> None:
        self.resolver.mxs[name] = [Mx(preference, host or ".") for preference, host in records]

    def addresses(self, name: str, *addresses: str) -> None:
        self.resolver.hosts[name] = addresses

    def txt(self, name: str, *texts: str) -> None:
        self.resolver.txts[name] = texts

    def cname(self, name: str, target: str) -> None:
        self.resolver.cnames[name] = [target]

    def ptr(self, address: str, name: str) -> None:
        self.resolver.ptrs[address] = [name]

    def tlsa(self, name: str, record: Tlsa) -> None:
        self.resolver.tlsas[name] = [record]

    def sign(self, *names: str) -> None:
        self.resolver.vouched_for.update(names)

    def broken(self, name: str) -> None:
        self.resolver.broken.add(name)


@define(eq=False)
class ServedZone:
    """Puts records into the DNS server."""

    server: DnsServer

    def mx(self, name: str, *records: tuple[int, str]) -> None:
        self.server.add(name, "MX", *(f"{preference} {host}." for preference, host in records))

    def addresses(self, name: str, *addresses: str) -> None:
        for kind in ("A", "AAAA"):
            own = [one for one in addresses if (":" in one) is (kind == "AAAA")]
            if own:
                self.server.add(name, kind, *own)

    def txt(self, name: str, *texts: str) -> None:
        self.server.add(name, "TXT", *(_quoted(text) for text in texts))

    def cname(self, name: str, target: str) -> None:
        self.server.add(name, "CNAME", f"{target}.")

    def ptr(self, address: str, name: str) -> None:
        reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
        self.server.add(reverse, "PTR", f"{name}.")

    def tlsa(self, name: str, record: Tlsa) -> None:
        self.server.add(name, "TLSA", f"{record.usage} {record.selector} {record.matching} {record.data.hex()}")

    def sign(self, *names: str) -> None:
        self.server.signed.update(names)

    def broken(self, name: str) -> None:
        self.server.rcodes[name] = dns.rcode.SERVFAIL


def _quoted(text: str) -> str:
    """In pieces, as long records travel."""
    return " ".join(f'"{text[at : at + 100]}"' for at in range(0, len(text), 100))


@define(eq=False)
class Asked:
    """A resolver with its zone."""

    resolver: Resolver
    zone: Any


@pytest_twisted.async_yield_fixture(params=["memory", "dns"])
async def asked(request: Any, reactor: Any) -> Any:
    """Each of the two, in turn."""
    if request.param == "memory":
        memory = MemoryResolver()
        yield Asked(memory, MemoryZone(memory))
        return
    server = DnsServer(reactor)
    server.start()
    settings = DnsSettings(resolver=server.address, timeout=2.0)
    yield Asked(DnsResolver(reactor, settings, deferToThread), ServedZone(server))
    await server.stop()


def inside(test: Any) -> Any:
    """Runs an async test."""
    return pytest_twisted.ensureDeferred(test)


def ask(resolver: Resolver, kind: str, name: str) -> Any:
    """A question of this kind."""
    return getattr(resolver, kind)(name)


KINDS = ("mx", "addresses", "txt", "cname")


class TestRecords:
    """Each kind as it is meant."""

    def test_it_is_a_resolver(self, asked):
        """By its methods."""
        assert isinstance(asked.resolver, Resolver)

    @inside
    async def test_exchangers(self, asked):
        """With their preferences, in no order; a null MX is the root."""
        asked.zone.mx("example.net", (10, "a.example.net"), (20, "b.example.net"))
        asked.zone.mx("null.example", (0, ""))
        found = await asked.resolver.mx("example.net")
        assert sorted(found, key=lambda one: one.preference) == [Mx(10, "a.example.net"), Mx(20, "b.example.net")]
        assert list(await asked.resolver.mx("null.example")) == [Mx(0, ".")]

    @inside
    async def test_addresses(self, asked):
        """Of both families, as text."""
        asked.zone.addresses("mx.example.net", "192.0.2.1", "192.0.2.2", "2001:db8::1")
        assert sorted(await asked.resolver.addresses("mx.example.net")) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]

    @inside
    async def test_texts(self, asked):
        """The strings of each joined."""
        asked.zone.txt("example.net", "v=spf1 -all", "x" * 300)
        assert sorted(await asked.resolver.txt("example.net")) == ["v=spf1 -all", "x" * 300]

    @inside
    async def test_an_alias(self, asked):
        """The one name."""
        asked.zone.cname("www.example.net", "real.example.net")
        assert list(await asked.resolver.cname("www.example.net")) == ["real.example.net"]

    @inside
    async def test_the_name_of_an_address(self, asked):
        """By the address as it is written."""
        asked.zone.ptr("192.0.2.1", "mx.example.net")
        assert list(await asked.resolver.ptr("192.0.2.1")) == ["mx.example.net"]

    @inside
    async def test_case_and_the_last_dot_do_not_matter(self, asked):
        """A name is a name."""
        asked.zone.txt("example.net", "x")
        for name in ("EXAMPLE.net", "example.net.", "Example.NET."):
            assert list(await asked.resolver.txt(name)) == ["x"]

    @inside
    async def test_everybody_has_an_answer_of_his_own(self, asked):
        """Those that ask at the same time as well."""
        asked.zone.txt("example.net", "x")
        answers: Sequence[Any] = await gatherResults([asked.resolver.txt("example.net") for _ in range(5)])
        assert [list(answer) for answer in answers] == [["x"]] * 5


class TestNothing:
    """Three things that must not be taken for each other."""

    @pytest.mark.parametrize("kind", KINDS)
    @inside
    async def test_no_such_name(self, asked, kind):
        """Raises."""
        asked.zone.txt("example.net", "so that there is a zone")
        with pytest.raises(NoSuchName):
            await ask(asked.resolver, kind, "nothing.example.net")

    @pytest.mark.parametrize("kind", KINDS)
    @inside
    async def test_the_name_has_no_such_record(self, asked, kind):
        """Is an empty answer."""
        if kind == "txt":
            asked.zone.addresses("example.net", "192.0.2.1")
        else:
            asked.zone.txt("example.net", "x")
        assert list(await ask(asked.resolver, kind, "example.net")) == []

    @pytest.mark.parametrize("kind", KINDS)
    @inside
    async def test_dns_did_not_say(self, asked, kind):
        """Raises something else: it may say so later."""
        asked.zone.broken("example.net")
        with pytest.raises(NoAnswer):
            await ask(asked.resolver, kind, "example.net")


class TestWhatDnssecVouchesFor:
    """By the word of a resolver on loopback."""

    RECORD = Tlsa(3, 1, 1, bytes(range(32)))
    NAME = "_25._tcp.mx.example.net"

    @inside
    async def test_records_of_certificates(self, asked):
        """Are none unless they are vouched for."""
        asked.zone.tlsa(self.NAME, self.RECORD)
        assert list(await asked.resolver.tlsa(self.NAME)) == []

    @inside
    async def test_records_that_hold(self, asked):
        """As DNS has them."""
        asked.zone.tlsa(self.NAME, self.RECORD)
        asked.zone.sign(self.NAME)
        assert list(await asked.resolver.tlsa(self.NAME)) == [self.RECORD]

    @inside
    async def test_no_records(self, asked):
        """A name that does not exist has none."""
        assert list(await asked.resolver.tlsa(self.NAME)) == []

    @inside
    async def test_records_that_dns_does_not_say(self, asked):
        """Bogus ones look so."""
        asked.zone.broken(self.NAME)
        with pytest.raises(NoAnswer):
            await asked.resolver.tlsa(self.NAME)

    @inside
    async def test_where_records_stand(self, asked):
        """At their own name, or where an alias leads, or nowhere that can be relied on."""
        asked.zone.mx("example.net", (10, "mx.example.net"))
        assert await asked.resolver.vouched("example.net", "MX") is None
        asked.zone.sign("example.net", "other.net")
        asked.zone.mx("other.net", (10, "mx.example.net"))
        assert await asked.resolver.vouched("other.net", "MX") == "other.net"
        asked.zone.cname("alias.net", "real.net")
        asked.zone.addresses("real.net", "192.0.2.1")
        asked.zone.sign("alias.net", "real.net")
        assert await asked.resolver.vouched("alias.net", "A", "AAAA") == "real.net"

    @inside
    async def test_that_there_is_nothing(self, asked):
        """Is vouched for as well."""
        asked.zone.txt("example.net", "x")
        asked.zone.sign("example.net")
        assert await asked.resolver.vouched("example.net", "MX") == "example.net"

    @inside
    async def test_dns_did_not_say(self, asked):
        """Raises, as ever."""
        asked.zone.broken("example.net")
        with pytest.raises(NoAnswer):
            await asked.resolver.vouched("example.net", "MX")
