"""TLS policies over real sockets: what is sent, what waits, and what is counted."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_twisted
from attrs import define, evolve, field
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import SSL
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.internet.threads import deferToThread

from mailit.delivery.carrier import SmtpCarrier
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.session import Manners
from mailit.delivery.transactions import Timeouts
from mailit.interfaces import Envelope, Mx, Outcome, Tlsa
from mailit.mail.sts import Mode, StsPolicy
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts, Demand, Tls, TlsUsed, make_context
from mailit.testing.dns import MemoryResolver
from mailit.testing.exchanger import SILENT, Action, Answer, ScriptedExchanger
from tests.certificates import Certificate, certificate
from tests.unit.delivery.conftest import envelope

LOOPBACK = Guard.allowing([ipaddress.ip_network("127.0.0.0/8")])
KEYWORDS = ("PIPELINING", "SIZE 35882577", "8BITMIME", "STARTTLS")
HOST = "mx.example.net"


class Yes:
    """Marks, given at once."""

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        return succeed(True)

    def alive(self, envelope: Envelope) -> bool:
        return True


@define(eq=False)
class House:
    """A carrier on the real reactor; example.net has one exchanger, or as many as are listened on."""

    reactor: Any
    folder: Path
    resolver: MemoryResolver = field(factory=MemoryResolver)
    policies: dict[str, StsPolicy] = field(factory=dict)
    exchangers: list[ScriptedExchanger] = field(factory=list)
    roots: Path | None = None
    port: int = 0
    counted: list[tuple[str, str, str, str]] = field(factory=list)
    carriers: list[SmtpCarrier] = field(factory=list)

    def listen(self, one: Certificate | None, address: str = "127.0.0.1") -> ScriptedExchanger:
        """An exchanger with this certificate; the next ones are at the same port of other addresses."""
        exchanger = ScriptedExchanger()
        if one is not None:
            crt, key = one.files(self.folder)
            exchanger.context = DefaultOpenSSLContextFactory(str(key), str(crt), SSL.TLS_METHOD)
            exchanger.context.getContext().use_certificate_chain_file(str(crt))
            exchanger.keywords = KEYWORDS
        exchanger._port = self.reactor.listenTCP(self.port, exchanger, interface=address)
        self.port = exchanger._port.getHost().port
        self.exchangers.append(exchanger)
        return exchanger

    def trust(self, one: Certificate) -> None:
        """Makes it one of our roots."""
        self.roots = one.files(self.folder)[0]

    def pin(self, host: str, *records: Tlsa) -> None:
        """TLSA records that DNSSEC vouches for, and all that leads to them."""
        name = f"_{self.port}._tcp.{host}"
        self.resolver.tlsas[name] = records
        self.resolver.vouched_for.update({"example.net", host, name})

    def carrier(self, tls: Tls = Tls.OPPORTUNISTIC, timeouts: Timeouts | None = None) -> SmtpCarrier:
        if not self.resolver.mxs:
            self.resolver.exchangers("example.net", HOST, addresses=["127.0.0.1"])
        carrier = SmtpCarrier(
            self.reactor,
            Exchangers(self.reactor, self.resolver, LOOPBACK, self.port, tls, sts=self),
            lambda envelope: succeed(b"Subject: hello\r\n\r\nHi\r\n"),
            lambda envelope: "bounce@send.example.com",
            ClientContexts(deferToThread, self._context),
            Manners("mail.example.com", Yes(), timeouts=timeouts or Timeouts(), results=self),
            random=Random(7),
        )
        self.carriers.append(carrier)
        return carrier

    def find(self, domain: str) -> Deferred[StsPolicy | None]:
        """See `exchangers.StsPolicies`."""
        return succeed(self.policies.get(domain))

    def session(self, domain: str, host: str, address: str, source: str, demand: Demand, fault: str, why: str) -> None:
        """See `session.Results`."""
        assert source == "127.0.0.1"
        self.counted.append((domain, host, demand.policy, fault))

    def _context(self, tls: Tls) -> SSL.Context:
        context = make_context(tls)
        if self.roots is not None:
            context.load_verify_locations(str(self.roots))
        return context


@pytest_twisted.async_yield_fixture
async def house(reactor: Any, tmp_path: Path) -> AsyncIterator[House]:
    house = House(reactor, tmp_path)
    yield house
    await gatherResults([Deferred.fromCoroutine(carrier.stop(1)) for carrier in house.carriers])
    for exchanger in house.exchangers:
        await exchanger.stop()


async def send(carrier: SmtpCarrier, *recipients: str, verified: bool = False) -> list[Outcome]:
    """Carries a mail to each."""
    envelopes = [envelope(f"e{number}", recipient) for number, recipient in enumerate(recipients or ("a@example.net",))]
    envelopes = [evolve(one, email=evolve(one.email, verified_tls=verified)) for one in envelopes]
    return list(await gatherResults([Deferred.fromCoroutine(carrier.carry(one)) for one in envelopes]))


def pin_of(one: Certificate, usage: int = 3) -> Tlsa:
    """By the digest of its key."""
    key = one.plain.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Tlsa(usage, 1, 1, sha256(key).digest())


class TestDane:
    """RFC 7672."""

    @pytest_twisted.ensureDeferred
    async def test_the_server_is_the_one(self, house: House) -> None:
        """Though its certificate is of nobody and of yesterday."""
        own = certificate("whatever.test", days=-1)
        exchanger = house.listen(own)
        house.pin(HOST, pin_of(own))
        (outcome,) = await send(house.carrier())
        assert outcome.kind.value == "delivered"
        assert exchanger.caught[0].tls
        assert house.counted == [("example.net", HOST, "dane", "")]

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("tls", ["opportunistic", "enforced"])
    async def test_the_server_is_another(self, house: House, tls: str) -> None:
        """Nothing is sent, not even in the clear; a certificate that all the world trusts is no excuse."""
        own = certificate(HOST)
        exchanger = house.listen(own)
        house.trust(own)
        house.pin(HOST, pin_of(certificate("other")))
        carrier = house.carrier(Tls(tls))
        for _ in range(2):
            (outcome,) = await send(carrier)
            assert (outcome.kind.value, outcome.reply.status) == ("deferred", "4.7.5")
            assert "TLSA" in outcome.reply.text
        assert "MAIL" not in exchanger.verbs()
        assert house.counted[0] == ("example.net", HOST, "dane", "validation-failure")

    @pytest_twisted.ensureDeferred
    async def test_an_authority(self, house: House) -> None:
        """That the server sends along."""
        root = certificate("Root")
        exchanger = house.listen(certificate("example.net", authority=root, signs=False))
        house.pin(HOST, pin_of(root, 2))
        (outcome,) = await send(house.carrier())
        assert outcome.kind.value == "delivered"
        assert exchanger.caught[0].tls

    @pytest_twisted.ensureDeferred
    async def test_a_server_without_tls(self, house: House) -> None:
        """Somebody has taken STARTTLS away."""
        exchanger = house.listen(None)
        house.pin(HOST, pin_of(certificate("x")))
        (outcome,) = await send(house.carrier())
        assert (outcome.kind.value, outcome.reply.status) == ("deferred", "4.7.5")
        assert not exchanger.caught
        assert house.counted == [("example.net", HOST, "dane", "starttls-not-supported")]

    @pytest_twisted.ensureDeferred
    async def test_the_next_exchanger(self, house: House) -> None:
        """Where the first is not the one."""
        own = certificate("x")
        first, second = house.listen(certificate("y")), house.listen(own, "127.0.0.2")
        house.resolver.mxs["example.net"] = [Mx(5, "a.mx"), Mx(10, "b.mx")]
        house.resolver.hosts.update({"a.mx": ["127.0.0.1"], "b.mx": ["127.0.0.2"]})
        house.pin("a.mx", pin_of(own))
        house.pin("b.mx", pin_of(own))
        (outcome,) = await send(house.carrier())
        assert (outcome.kind.value, outcome.exchanger) == ("delivered", "b.mx")
        assert (len(first.caught), len(second.caught)) == (0, 1)


class TestAServerThatFallsSilent:
    """Over STARTTLS, for good: a firewall that swallows it, a handshake that hangs."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize(
        "silent", [SILENT, Action(b"220 2.0.0 Ready\r\n", mute=True)], ids=["STARTTLS", "handshake"]
    )
    @pytest.mark.parametrize(("tls", "kind"), [(Tls.OPPORTUNISTIC, "delivered"), (Tls.MANDATORY, "deferred")])
    async def test_it_is_a_tls_that_does_not_work(self, house: House, silent: Answer, tls: Tls, kind: str) -> None:
        """In the clear on a new connection, or the mail waits."""
        exchanger = house.listen(None)
        exchanger.keywords = KEYWORDS
        exchanger.always("STARTTLS", silent)
        (outcome,) = await send(house.carrier(tls, Timeouts(hello=2.0, handshake=2.0)))
        assert outcome.kind.value == kind
        assert (len(exchanger.caught), exchanger.connections) == ((1, 2) if kind == "delivered" else (0, 1))
        if kind == "deferred":
            assert outcome.reply.status == "4.7.5"
            assert outcome.reply.text == "TLS failed: the server said nothing for 2 seconds"


class TestMtaSts:
    """RFC 8461."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize(
        ("name", "days", "trusted", "fault"),
        [
            (HOST, 30, True, ""),
            ("*.example.net", 30, True, ""),
            ("example.net", 30, True, "certificate-host-mismatch"),
            (HOST, -1, True, "certificate-expired"),
            (HOST, 30, False, "certificate-not-trusted"),
            ("", 30, False, "starttls-not-supported"),
        ],
    )
    @pytest.mark.parametrize("mode", ["enforce", "testing"])
    async def test_the_exchanger_proves_its_name(
        self, house: House, mode: str, name: str, days: int, trusted: bool, fault: str
    ) -> None:
        """Or gets no mail; where it is but a test, it does, and that is counted."""
        own = certificate(name, days=days) if name else None
        exchanger = house.listen(own)
        if trusted and own is not None:
            house.trust(own)
        house.policies["example.net"] = StsPolicy(Mode(mode), 60, (HOST,))
        (outcome,) = await send(house.carrier())
        good = mode == "testing" or not fault
        assert outcome.kind.value == ("delivered" if good else "deferred")
        assert len(exchanger.caught) == good
        if not good:
            assert outcome.reply.status == "4.7.5"
            assert "mta-sts" in outcome.reply.text
        policy = "mta-sts" if mode == "enforce" else "mta-sts testing"
        assert house.counted == [("example.net", HOST, policy, fault)]

    @pytest_twisted.ensureDeferred
    async def test_testing_falls_back_to_the_clear(self, house: House) -> None:
        """As without a policy; the clear session counts for nothing."""
        exchanger = house.listen(certificate(HOST))
        exchanger.always("STARTTLS", "454 4.7.0 Not now")
        house.policies["example.net"] = StsPolicy(Mode.TESTING, 60, (HOST,))
        (outcome,) = await send(house.carrier())
        assert outcome.kind.value == "delivered"
        assert house.counted == [("example.net", HOST, "mta-sts testing", "starttls-not-supported")]

    @pytest_twisted.ensureDeferred
    async def test_domains_with_and_without_a_policy(self, house: House) -> None:
        """Share no session, though they share the exchanger."""
        exchanger = house.listen(certificate(HOST))
        house.policies["example.net"] = StsPolicy(Mode.ENFORCE, 60, (HOST,))
        carrier = house.carrier()
        house.resolver.exchangers("other.test", HOST)
        one, two = await send(carrier, "a@example.net", "a@other.test")
        assert (one.kind.value, two.kind.value) == ("deferred", "delivered")
        assert [mail.recipients for mail in exchanger.caught] == [("a@other.test",)]


class TestASendersWish:
    """A sending domain's `tls: enforced`."""

    @pytest_twisted.ensureDeferred
    async def test_verified_or_not_at_all(self, house: House) -> None:
        """The same exchanger takes the others' mail."""
        exchanger = house.listen(certificate(HOST))
        carrier = house.carrier()
        (wanted,) = await send(carrier, verified=True)
        (usual,) = await send(carrier)
        assert (wanted.kind.value, usual.kind.value) == ("deferred", "delivered")
        assert len(exchanger.caught) == 1


class TestWhatIsKnownOfASession:
    """For whoever asks how a mail left."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("secured", [True, False])
    async def test_how_it_was_encrypted(self, house: House, secured: bool) -> None:
        """Version, cipher and policy; in the clear there is but the policy."""
        house.listen(certificate(HOST) if secured else None)
        carrier = house.carrier()
        await send(carrier)
        (pool,) = carrier._pools.values()
        (session,) = pool._open
        assert session.tls is not None
        if secured:
            assert session.tls == TlsUsed("TLSv1.3", "TLS_AES_256_GCM_SHA384", "opportunistic")
        else:
            assert session.tls == TlsUsed("", "", "opportunistic")

    @pytest_twisted.ensureDeferred
    async def test_each_domain_is_counted_once_a_session(self, house: House) -> None:
        """However many mails."""
        house.listen(certificate(HOST))
        carrier = house.carrier()
        house.resolver.exchangers("other.test", HOST)
        await send(carrier, "a@example.net", "b@example.net", "a@other.test")
        assert sorted(house.counted) == [
            ("example.net", HOST, "opportunistic", ""),
            ("other.test", HOST, "opportunistic", ""),
        ]
