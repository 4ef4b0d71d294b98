"""Delivery to Postfix, as an exchanger and as a relay: by its own log, and by what lies in its mailbox.

Not among the tests of `make test`, for it takes root and Debian's package: `make peers`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import SSL
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.threads import deferToThread

from mailit.delivery.carrier import Routes, SmtpCarrier
from mailit.delivery.credentials import Credentials
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.relay import Smarthost
from mailit.delivery.session import Manners
from mailit.interfaces import Envelope, Outcome, Tlsa
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts, Tls, make_context
from mailit.testing.dns import MemoryResolver
from tests.certificates import Certificate, certificate
from tests.postfix.instance import Accounts, Postfix
from tests.unit.delivery.conftest import envelope

HOST = "mx.example.net"
LOOPBACK = Guard.allowing([ipaddress.ip_network("127.0.0.0/8")])
OWN = certificate(HOST)
LONG = b"Subject: long\r\n\r\n" + b"".join(b"%d %b\r\n" % (number, b"." * 60) for number in range(20_000))
TRAPS = b"Subject: traps\r\n\r\n.\r\n..\r\n.x\r\nMAIL FROM:<evil@x>\r\n.\r\n"


class Yes:
    """Marks, given at once."""

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        return succeed(True)

    def alive(self, envelope: Envelope) -> bool:
        return True


@define(eq=False)
class House:
    """Carriers on the real reactor."""

    reactor: Any
    folder: Path
    resolver: MemoryResolver = field(factory=MemoryResolver)
    roots: Path | None = None
    bodies: dict[str, bytes] = field(factory=dict)
    carriers: list[SmtpCarrier] = field(factory=list)

    def trust(self, one: Certificate) -> None:
        self.roots = one.files(self.folder)[0]

    def to(self, postfix: Postfix, tls: Tls = Tls.OPPORTUNISTIC) -> SmtpCarrier:
        self.resolver.exchangers("example.net", HOST, addresses=["127.0.0.1"])
        return self.carrier(Exchangers(self.reactor, self.resolver, LOOPBACK, postfix.port, tls))

    def by(self, port: int, password: str, implicit: bool = False) -> SmtpCarrier:
        self.resolver.hosts[HOST] = ["127.0.0.1"]
        credentials = Credentials("me", password)
        return self.carrier(Smarthost(self.reactor, self.resolver, HOST, port, Tls.ENFORCED, implicit, credentials))

    def carrier(self, routes: Routes) -> SmtpCarrier:
        carrier = SmtpCarrier(
            self.reactor,
            routes,
            lambda envelope: succeed(self.bodies.get(envelope.recipient, b"Subject: hello\r\n\r\nHi\r\n")),
            lambda envelope: f"bounce+{envelope.id}@send.example.com",
            ClientContexts(deferToThread, self._context),
            Manners("mail.example.com", Yes()),
            random=Random(7),
        )
        self.carriers.append(carrier)
        return carrier

    async def send(self, carrier: SmtpCarrier, *recipients: str) -> list[Outcome]:
        """Carries a mail to each, and ends the sessions."""
        envelopes = [envelope(f"e{number}", recipient) for number, recipient in enumerate(recipients)]
        carried = [Deferred.fromCoroutine(carrier.carry(one)) for one in envelopes]
        outcomes = list(await gatherResults(carried))
        await carrier.stop(5)
        return outcomes

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


def secured(folder: Path, **settings: str) -> dict[str, str]:
    """Settings with a certificate."""
    crt, key = OWN.files(folder)
    return {
        "smtpd_tls_cert_file": str(crt),
        "smtpd_tls_key_file": str(key),
        "smtpd_tls_security_level": "may",
        **settings,
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    """As it comes: PIPELINING, SIZE, CHUNKING, 8BITMIME, SMTPUTF8."""
    with Postfix({"message_size_limit": "2000000"}) as postfix:
        yield postfix


@pytest.fixture(scope="module")
def tls(files: Path) -> Iterator[Postfix]:
    """With STARTTLS."""
    with Postfix(secured(files)) as postfix:
        yield postfix


def everybody(count: int) -> list[str]:
    return [f"u{number}@example.net" for number in range(count)]


class TestAnExchanger:
    """What it offers is used."""

    @pytest_twisted.ensureDeferred
    async def test_thirty_mails_are_one_session_of_chunks(self, house: House, postfix: Postfix) -> None:
        """By its own count."""
        before = len(postfix.sessions(1))
        outcomes = await house.send(house.to(postfix), *everybody(19))
        assert {outcome.kind.value for outcome in outcomes} == {"delivered"}
        assert all("queued as" in outcome.reply.text for outcome in outcomes)
        session = (await deferToThread(postfix.sessions, before + 1))[-1]
        assert session == {"ehlo": "1", "mail": "19", "rcpt": "19", "bdat": "19", "quit": "1", "commands": "59"}

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("without", ["chunking", "chunking, pipelining", "pipelining"])
    async def test_what_it_does_not_offer_is_not_used(self, house: House, without: str) -> None:
        """DATA, and one command after the other."""
        with Postfix({"smtpd_discard_ehlo_keywords": without}) as postfix:
            outcomes = await house.send(house.to(postfix), *everybody(5))
            assert {outcome.kind.value for outcome in outcomes} == {"delivered"}
            session = (await deferToThread(postfix.sessions, 2))[-1]
            assert (session["data"], session["mail"], "bdat" in session) == ("5", "5", False)

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("keywords", ["", "chunking"])
    async def test_bodies_arrive_as_they_were(self, house: House, keywords: str) -> None:
        """A long one, and one full of dots, by chunks and by DATA."""
        house.bodies = {"u0@example.net": LONG, "u1@example.net": TRAPS}
        with Postfix({"smtpd_discard_ehlo_keywords": keywords}) as postfix:
            outcomes = await house.send(house.to(postfix), *everybody(3))
            assert {outcome.kind.value for outcome in outcomes} == {"delivered"}
            mails = await deferToThread(postfix.mails, 3)
        bodies = {mail.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")[2] for mail in mails}
        assert bodies == {LONG.partition(b"\r\n\r\n")[2], TRAPS.partition(b"\r\n\r\n")[2], b"Hi\r\n"}

    @pytest_twisted.ensureDeferred
    async def test_a_mail_over_its_size(self, house: House, postfix: Postfix) -> None:
        """Is not even begun."""
        house.bodies = {"u0@example.net": LONG * 2}
        first, second = await house.send(house.to(postfix), *everybody(2))
        assert (first.kind.value, first.reply.status) == ("bounced", "5.3.4")
        assert second.kind.value == "delivered"

    @pytest_twisted.ensureDeferred
    async def test_a_recipient_that_it_refuses(self, house: House) -> None:
        """In its own words; the others of the session are not hurt."""
        refuse = "check_recipient_access inline:{u1@example.net=REJECT}, permit_mynetworks, reject"
        with Postfix({"smtpd_recipient_restrictions": refuse}) as postfix:
            outcomes = await house.send(house.to(postfix), *everybody(3))
            assert [outcome.kind.value for outcome in outcomes] == ["delivered", "bounced", "delivered"]
            assert outcomes[1].reply.code == 554
            assert "Recipient address rejected" in outcomes[1].reply.text
            assert len(await deferToThread(postfix.sessions, 2)) == 2

    @pytest_twisted.ensureDeferred
    async def test_an_address_beyond_ascii(self, house: House, postfix: Postfix) -> None:
        """It takes those."""
        (outcome,) = await house.send(house.to(postfix), "änne@example.net")
        assert outcome.kind.value == "delivered"


class TestStarttls:
    """By each policy."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("policy", ["opportunistic", "mandatory", "enforced"])
    async def test_it_is_used(self, house: House, tls: Postfix, policy: str) -> None:
        """EHLO comes again after it."""
        house.trust(OWN)
        before = len(tls.sessions(1))
        outcomes = await house.send(house.to(tls, Tls(policy)), *everybody(5))
        assert {outcome.kind.value for outcome in outcomes} == {"delivered"}
        session = (await deferToThread(tls.sessions, before + 1))[-1]
        assert (session["ehlo"], session["starttls"], session["bdat"]) == ("2", "1", "5")

    @pytest_twisted.ensureDeferred
    async def test_a_certificate_of_nobody(self, house: House, tls: Postfix) -> None:
        """Is not enough where it is to be verified."""
        (outcome,) = await house.send(house.to(tls, Tls.ENFORCED), "a@example.net")
        assert (outcome.kind.value, outcome.reply.status) == ("deferred", "4.7.5")

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("good", [True, False])
    async def test_dane(self, house: House, tls: Postfix, good: bool) -> None:
        """The certificate that TLSA names, or no mail."""
        key = OWN.plain.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        name = f"_{tls.port}._tcp.{HOST}"
        house.resolver.tlsas[name] = [Tlsa(3, 1, 1, sha256(key if good else b"").digest())]
        house.resolver.vouched_for.update({"example.net", HOST, name})
        (outcome,) = await house.send(house.to(tls), "a@example.net")
        assert outcome.kind.value == ("delivered" if good else "deferred")


class TestARelay:
    """TLS, then AUTH, then everything."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
    @pytest.mark.parametrize("implicit", [False, True])
    async def test_signed_in(self, house: House, files: Path, mechanism: str, implicit: bool) -> None:
        """By either mechanism, by STARTTLS or with TLS from the first byte."""
        house.trust(OWN)
        relay = Postfix(secured(files, **SASL))
        with Accounts(relay.folder / "auth", mechanisms=(mechanism,)) as who, relay:
            carrier = house.by(relay.implicit_port if implicit else relay.port, "pass word", implicit)
            outcomes = await house.send(carrier, "a@example.net", "b@other.test")
            assert [outcome.kind.value for outcome in outcomes] == ["delivered"] * 2
            assert who.used == [mechanism]
            assert (await deferToThread(relay.sessions, 2))[-1]["auth"] == "1"

    @pytest_twisted.ensureDeferred
    async def test_a_wrong_password(self, house: House, files: Path) -> None:
        """The mail waits for the operator."""
        house.trust(OWN)
        relay = Postfix(secured(files, **SASL))
        with Accounts(relay.folder / "auth"), relay:
            (outcome,) = await house.send(house.by(relay.port, "wrong"), "a@example.net")
            assert outcome.kind.value == "deferred"
            assert "authentication failed" in outcome.reply.text.lower()


SASL = {
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_sasl_type": "dovecot",
    "smtpd_sasl_path": "../auth",
    "smtpd_tls_auth_only": "yes",
    "smtpd_recipient_restrictions": "permit_sasl_authenticated, reject",
}
