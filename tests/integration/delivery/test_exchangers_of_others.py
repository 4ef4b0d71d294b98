"""Delivery over real sockets: to a server of another author, and through TLS of every kind."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from email.policy import default as email_policy
from pathlib import Path
from random import Random
from typing import Any

import dkim as dkimpy
import pytest
import pytest_twisted
from aiosmtpd.controller import Controller
from attrs import define, evolve, field
from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from mailit.delivery.carrier import Routes, SmtpCarrier
from mailit.delivery.credentials import Credentials
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.relay import Smarthost
from mailit.delivery.render import Renderer
from mailit.delivery.session import Manners
from mailit.delivery.threads import Threads
from mailit.draft import Content
from mailit.interfaces import Envelope, Outcome, SigningKey
from mailit.mail import dkim, verp
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts, Tls, make_context
from mailit.testing.dns import MemoryResolver
from mailit.testing.exchanger import CLOSE, ScriptedExchanger
from mailit.testing.personalities import (
    BrokenStartTls,
    DropAfterDot,
    Greylisting,
    Malformed,
    ManyLines,
    Outlook515,
    Personality,
    Tarpit,
)
from mailit.testing.simulator import SimulatedExchanger
from tests.certificates import certificate
from tests.rig import free_port
from tests.unit.delivery.conftest import envelope

LOOPBACK = Guard.allowing([ipaddress.ip_network("127.0.0.0/8")])
KEYWORDS = ("PIPELINING", "SIZE 35882577", "8BITMIME", "STARTTLS")


class Yes:
    """Marks and signing keys, given at once."""

    def __init__(self, keys: tuple[SigningKey, ...] = ()) -> None:
        self._keys = keys

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        return succeed(True)

    def alive(self, envelope: Envelope) -> bool:
        return True

    def keys(self, domain_id: str) -> Deferred[Any]:
        return succeed(self._keys)


@define(eq=False)
class House:
    """Carriers on the real reactor; mail to example.net goes to 127.0.0.1 at `port`."""

    threads: Threads
    roots: Path | None = None
    resolver: MemoryResolver = field(factory=MemoryResolver)
    carriers: list[SmtpCarrier] = field(factory=list)

    def carrier(self, port: int, keys: tuple[SigningKey, ...] = (), tls: Tls = Tls.OPPORTUNISTIC) -> SmtpCarrier:
        self.resolver.exchangers("example.net", "mx.example.net", addresses=["127.0.0.1"])
        return self._carrier(Exchangers(reactor, self.resolver, LOOPBACK, port, tls), keys)

    def relay(
        self, host: str, port: int, tls: Tls = Tls.ENFORCED, implicit: bool = False, password: str = ""
    ) -> SmtpCarrier:
        self.resolver.hosts[host] = ["127.0.0.1"]
        credentials = Credentials("me", password) if password else None
        return self._carrier(Smarthost(reactor, self.resolver, host, port, tls, implicit, credentials))

    def _carrier(self, routes: Routes, keys: tuple[SigningKey, ...] = ()) -> SmtpCarrier:
        yes = Yes(keys)
        carrier = SmtpCarrier(
            reactor,
            routes,
            Renderer(self.threads, yes, lambda: 1_700_000_000.0),
            lambda envelope: verp.return_path(verp.token(envelope.id, b"s" * 32), envelope.email.return_path),
            ClientContexts(deferToThread, self.context),
            Manners("mail.example.com", yes),
            random=Random(7),
        )
        self.carriers.append(carrier)
        return carrier

    def context(self, tls: Tls) -> SSL.Context:
        """With the test's own authority for a root."""
        context = make_context(tls)
        if self.roots is not None:
            context.load_verify_locations(str(self.roots))
        return context


@pytest_twisted.async_yield_fixture
async def house() -> AsyncIterator[House]:
    threads = Threads(reactor, 2, "render")
    threads.start()
    house = House(threads)
    yield house
    await gatherResults([Deferred.fromCoroutine(carrier.stop(1)) for carrier in house.carriers])
    threads.stop()


@pytest_twisted.async_yield_fixture
async def exchanger() -> AsyncIterator[ScriptedExchanger]:
    exchanger = ScriptedExchanger()
    exchanger.listen(reactor)
    yield exchanger
    await exchanger.stop()


def port_of(exchanger: ScriptedExchanger) -> int:
    return int(exchanger._port.getHost().port)


async def send(carrier: Any, *recipients: str, text: str = "Hi") -> list[Outcome]:
    """Carries one mail each; the ids are UUIDs, for a return path is made of them."""
    envelopes = []
    for number, recipient in enumerate(recipients):
        one = envelope(f"0199a000-0000-7000-8000-{number:012x}", recipient)
        email = evolve(one.email, id=f"e{number}", content=Content(text=text.format(number)))
        envelopes.append(evolve(one, email=email))
    outcomes = await gatherResults([Deferred.fromCoroutine(carrier.carry(one)) for one in envelopes])
    return list(outcomes)


class Keeping:
    """What aiosmtpd was given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, mail: Any) -> str:
        self.mails.append(mail)
        return "250 2.0.0 Kept"


class TestAServerOfAnotherAuthor:
    """aiosmtpd, which takes one command at a time."""

    @pytest_twisted.ensureDeferred
    async def test_signed_mail_arrives(self, house: House) -> None:
        """Each recipient's own, and dkimpy says that both signatures hold."""
        keys, records = [], {}
        for selector, algorithm in (("mailit", dkim.RSA), ("mailit-ed25519", dkim.ED25519)):
            private, public = dkim.generate(algorithm)
            keys.append(SigningKey("example.com", selector, algorithm, private))
            records[f"{selector}._domainkey.example.com."] = dkim.record(algorithm, public).encode()
        keeping = Keeping()
        server = Controller(keeping, hostname="127.0.0.1", port=free_port())
        await deferToThread(server.start)
        try:
            carrier = house.carrier(server.port, tuple(keys), Tls.NONE)
            recipients = [f"u{number}@example.net" for number in range(30)]
            outcomes = await send(carrier, *recipients, text="line {}\n.\n..dots\n.\nMAIL FROM:<evil@x>\n")
            await carrier.stop(5)
        finally:
            await deferToThread(server.stop)
        assert {outcome.kind.value for outcome in outcomes} == {"delivered"}
        assert outcomes[0].reply.text == "Kept"
        assert sorted(mail.rcpt_tos[0] for mail in keeping.mails) == sorted(recipients)
        assert all(len(mail.rcpt_tos) == 1 for mail in keeping.mails)
        assert len({mail.mail_from for mail in keeping.mails}) == 30
        for mail in keeping.mails[:5]:
            text = message_from_bytes(mail.original_content, policy=email_policy).get_content()
            assert text.splitlines()[1:] == [".", "..dots", ".", "MAIL FROM:<evil@x>"]
            for number in range(2):
                verifier = dkimpy.DKIM(mail.original_content)
                assert verifier.verify(number, dnsfunc=lambda name, timeout=5: records.get(name.decode()))


Certified = Callable[..., None]


@pytest.fixture
def certified(exchanger: ScriptedExchanger, house: House, tmp_path: Path) -> Certified:
    """Gives the exchanger a certificate; `trusted` makes it one of our roots."""

    def certify(name: str = "mx.example.net", trusted: bool = True, days: int = 30) -> None:
        crt, key = certificate(name, days=days).files(tmp_path)
        exchanger.context = DefaultOpenSSLContextFactory(str(key), str(crt), SSL.TLS_METHOD)
        exchanger.keywords = KEYWORDS
        house.roots = crt if trusted else None

    return certify


class TestTls:
    """By policy: what is encrypted, what is verified, and what is given up."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("policy", ["opportunistic", "mandatory", "enforced"])
    async def test_it_is_used_where_it_works(
        self, exchanger: ScriptedExchanger, certified: Certified, house: House, policy: str
    ) -> None:
        """EHLO comes again after it (RFC 3207 §4.2), and many mails pass."""
        certified()
        outcomes = await send(
            house.carrier(port_of(exchanger), tls=Tls(policy)), *[f"u{n}@example.net" for n in range(9)]
        )
        assert {outcome.kind.value for outcome in outcomes} == {"delivered"}
        assert all(mail.tls for mail in exchanger.caught)
        assert exchanger.verbs(1)[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize(
        ("name", "trusted", "days"),
        [("mx.example.net", False, 30), ("other.example.net", True, 30), ("mx.example.net", True, -1)],
    )
    async def test_a_certificate_that_proves_nothing(
        self, exchanger: ScriptedExchanger, certified: Certified, house: House, name: str, trusted: bool, days: int
    ) -> None:
        """Unknown, of another name, expired: good enough for two policies, and not for the third."""
        certified(name, trusted, days)
        port = port_of(exchanger)
        for policy, kind in (("opportunistic", "delivered"), ("mandatory", "delivered"), ("enforced", "deferred")):
            (outcome,) = await send(house.carrier(port, tls=Tls(policy)), "ana@example.net")
            assert (policy, outcome.kind.value) == (policy, kind)
        assert len(exchanger.caught) == 2
        assert all(mail.tls for mail in exchanger.caught)
        assert outcome.reply.status == "4.7.5"

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("broken", ["454 4.7.0 Not now", CLOSE, "220 Go\r\n250 injected", "handshake"])
    async def test_starttls_that_is_broken(
        self, exchanger: ScriptedExchanger, certified: Certified, house: House, broken: Any
    ) -> None:
        """Opportunistic: in the clear, on a new connection, and without another try. Otherwise it waits."""
        certified()
        if broken == "handshake":
            exchanger.always("STARTTLS", "220 2.0.0 Go\r\n220 this is no handshake")
        else:
            exchanger.always("STARTTLS", broken)
        port = port_of(exchanger)
        carrier = house.carrier(port)
        outcomes = await send(carrier, "ana@example.net") + await send(carrier, "bo@example.net")
        assert [outcome.kind.value for outcome in outcomes] == ["delivered"] * 2
        assert exchanger.verbs().count("STARTTLS") == 1
        assert not any(mail.tls for mail in exchanger.caught)
        for policy in ("mandatory", "enforced"):
            (outcome,) = await send(house.carrier(port, tls=Tls(policy)), "ana@example.net")
            assert outcome.kind.value == "deferred"
        assert len(exchanger.caught) == 2

    @pytest_twisted.ensureDeferred
    async def test_a_peer_without_it(self, exchanger: ScriptedExchanger, house: House) -> None:
        """Opportunistic sends in the clear; mandatory waits."""
        port = port_of(exchanger)
        for policy, kind in (("none", "delivered"), ("opportunistic", "delivered"), ("mandatory", "deferred")):
            (outcome,) = await send(house.carrier(port, tls=Tls(policy)), "ana@example.net")
            assert outcome.kind.value == kind

    @pytest_twisted.ensureDeferred
    async def test_none_is_none(self, exchanger: ScriptedExchanger, certified: Certified, house: House) -> None:
        """Even where it is offered."""
        certified()
        await send(house.carrier(port_of(exchanger), tls=Tls.NONE), "ana@example.net")
        assert "STARTTLS" not in exchanger.verbs()


class TestARelay:
    """Everything to a smarthost, signed in."""

    @pytest_twisted.ensureDeferred
    async def test_starttls_and_auth(self, exchanger: ScriptedExchanger, certified: Certified, house: House) -> None:
        """Verified TLS before the password; DNS names no exchanger, the configuration does."""
        certified("localhost")
        exchanger.keywords = (*KEYWORDS, "AUTH LOGIN PLAIN")
        carrier = house.relay("localhost", port_of(exchanger), password="pass word")
        outcomes = await send(carrier, "ana@example.net", "bo@elsewhere.test")
        assert [outcome.kind.value for outcome in outcomes] == ["delivered"] * 2
        assert outcomes[0].exchanger == "localhost"
        assert exchanger.connections == 1
        assert (1, "AUTH PLAIN AG1lAHBhc3Mgd29yZA==") in exchanger.commands
        assert exchanger.verbs()[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("keywords", [("AUTH PLAIN",), ("AUTH LOGIN",), ("AUTH CRAM-MD5",), ("AUTH GSSAPI",), ()])
    async def test_no_mail_without_signing_in(
        self, exchanger: ScriptedExchanger, house: House, keywords: tuple[str, ...]
    ) -> None:
        """A wrong password, or no way to give it: the mail waits for the operator."""
        exchanger.keywords = keywords
        exchanger.always("AUTH", "535 5.7.8 Wrong")
        carrier = house.relay("relay.test", port_of(exchanger), Tls.NONE, password="no")
        (outcome,) = await send(carrier, "ana@example.net")
        assert outcome.kind.value == "deferred"
        assert not exchanger.caught

    @pytest_twisted.ensureDeferred
    async def test_a_wrong_password_is_given_once(self, exchanger: ScriptedExchanger, house: House) -> None:
        """Whoever counts failures locks us out later."""
        exchanger.keywords = ("AUTH PLAIN LOGIN",)
        exchanger.always("AUTH", "535 5.7.8 Wrong")
        await send(house.relay("relay.test", port_of(exchanger), Tls.NONE, password="no"), "ana@example.net")
        assert exchanger.verbs().count("AUTH") == 1

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("echo", ["AG1lAHBhc3Mgd29yZA==", "AG1lAHBhc3Mgd29", "pass word", "cGFzcyB3b3Jk"])
    async def test_a_server_that_repeats_it(self, exchanger: ScriptedExchanger, house: House, echo: str) -> None:
        """Its words are shown to those who sent the mail, and the password is not theirs to know."""
        exchanger.keywords = ("AUTH PLAIN",)
        exchanger.always("AUTH", f"535 5.7.8 Not recognized: AUTH PLAIN {echo} (postmaster knows)")
        carrier = house.relay("relay.test", port_of(exchanger), Tls.NONE, password="pass word")
        (outcome,) = await send(carrier, "ana@example.net")
        assert outcome.reply is not None
        assert outcome.reply.text == "Not recognized: AUTH PLAIN **** (postmaster knows)"

    @pytest_twisted.ensureDeferred
    async def test_tls_from_the_first_byte(
        self, certified: Certified, exchanger: ScriptedExchanger, house: House
    ) -> None:
        """Port 465."""
        certified("relay.test")
        exchanger.keywords = ("PIPELINING",)
        port = reactor.listenSSL(0, exchanger, exchanger.context, interface="127.0.0.1")  # type: ignore[attr-defined]
        carrier = house.relay("relay.test", port.getHost().port, implicit=True)
        (outcome,) = await send(carrier, "ana@example.net")
        await carrier.stop(1)
        await port.stopListening()
        assert outcome.kind.value == "delivered"
        assert exchanger.verbs() == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


class TestASimulatedReceiver:
    """The shipped personalities, over real sockets and on real time."""

    @pytest.mark.parametrize(
        ("personality", "kinds", "taken"),
        [
            (Greylisting(delay=0.05), ["deferred", "delivered"], 1),
            (BrokenStartTls("garbage"), ["delivered"], 1),
            (BrokenStartTls("refuse"), ["delivered"], 1),
            (ManyLines(), ["delivered"], 1),
            (Tarpit(0.02), ["delivered"], 1),
            (DropAfterDot(1), ["deferred", "delivered"], 2),
            (Malformed("endless", "RCPT", 1), ["deferred", "delivered"], 1),
            (Outlook515(), ["bounced"], 0),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_its_ways(self, house: House, personality: Personality, kinds: list[str], taken: int) -> None:
        exchanger = SimulatedExchanger(personality=personality)
        carrier = house.carrier(exchanger.listen(reactor))
        try:
            found = []
            for _ in kinds:
                (outcome,) = await send(carrier, "ana@example.net")
                found.append(outcome.kind.value)
                await deferLater(reactor, 0.06)
        finally:
            await exchanger.stop()
        assert (found, len(exchanger.caught)) == (kinds, taken)


class TestALongMessageOverSockets:
    """Written as the peer takes it."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("tls", [False, True])
    async def test_eight_megabytes(
        self, exchanger: ScriptedExchanger, certified: Certified, house: House, tls: bool
    ) -> None:
        """In the clear and by TLS; the next mail follows on the same connection."""
        if tls:
            certified()
        carrier = house.carrier(port_of(exchanger))
        text = "\n".join(["." * 60] * 130_000)
        outcomes = await send(carrier, "ana@example.net", "bo@example.net", text=text)
        assert [outcome.kind.value for outcome in outcomes] == ["delivered"] * 2
        assert all(mail.data.count(b"\r\n" + b"." * 60 + b"\r\n") == 65_000 for mail in exchanger.caught)
        assert [mail.tls for mail in exchanger.caught] == [tls] * 2
        assert exchanger.connections == 1
