"""The way of a domain's mail, gone up to where the first mail would begin: DNS, policies, connections, EHLO, TLS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from attrs import define, evolve, field, frozen
from cryptography.x509 import Certificate, DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName
from OpenSSL.crypto import X509
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults

from mailit.delivery.carrier import Routes
from mailit.delivery.dial import dial
from mailit.delivery.exchangers import Exchanger, Route
from mailit.delivery.message import Message
from mailit.delivery.mta_sts import StsCache
from mailit.delivery.outcomes import Trouble
from mailit.delivery.session import Manners, Peer, Session
from mailit.delivery.settings import Source
from mailit.delivery.trail import Note, Trail
from mailit.errors import MailItError
from mailit.interfaces import Mx, Resolver
from mailit.mail.sts import StsPolicy
from mailit.net.tls import ClientContexts, Demand, Tls, TlsUsed

AT_ONCE = 10
"""So many connections at a time."""

NO_SOURCE = "No mail goes there: no source is an address of its kind (IPv4, IPv6)"


@frozen
class Proof:
    """The certificate that a peer showed. `fault`: what is wrong with it to somebody who verifies (RFC 8460 §4.3)."""

    subject: str
    names: tuple[str, ...]
    issuer: str
    expires: datetime | None
    fault: str


@frozen
class Called:
    """One address that was called. `problem` is "" where mail would begin. `source` None is the system's choice.

    `clear`: TLS failed for this reason, and mail would go without it. `said` is what was said on the last connection,
    `C:` by us and `S:` by the peer.
    """

    address: str
    problem: str
    tls: TlsUsed | None
    proof: Proof | None
    extensions: tuple[str, ...]
    clear: str
    said: tuple[str, ...]
    source: Source | None = None


@frozen
class Hop:
    """An exchanger: what is asked of TLS with it and by which policy, and how each of its addresses answered."""

    preference: int
    host: str
    tls: str
    policy: str
    called: tuple[Called, ...]


@frozen
class Trace:
    """All of it. `problem` is why there is no route at all. `dnssec`: it vouches for the exchangers' names."""

    domain: str
    mx: tuple[Mx, ...]
    dnssec: bool
    sts: StsPolicy | None
    sts_problem: str
    problem: str
    hops: tuple[Hop, ...]

    @property
    def good(self) -> bool:
        """Whether a mail could be begun now, at one address at least."""
        return any(not called.problem for hop in self.hops for called in hop.called)


Choose = Callable[[Route], Sequence[Source]]
"""The sources for mail of a route, the likeliest first."""


@define(eq=False)
class Tracer:
    """Looks, and sends nothing. `sts` is None where MTA-STS is not honoured, `choose` where the system chooses."""

    _reactor: Any
    _resolver: Resolver
    _routes: Routes
    _sts: StsCache | None
    _contexts: ClientContexts
    _manners: Manners
    _choose: Choose | None = None
    _slots: DeferredSemaphore = field(factory=lambda: DeferredSemaphore(AT_ONCE), init=False)

    async def trace(self, domain: str) -> Trace:
        """The way of mail to this domain: lower-case A-labels, or an address literal."""
        mx: tuple[Mx, ...] = ()
        dnssec, problem = False, ""
        try:
            if not domain.startswith("["):
                found = await self._resolver.mx(domain)
                mx = tuple(sorted(found, key=lambda one: (one.preference, one.host)))
                dnssec = await self._resolver.vouched(domain, "MX") is not None
        except MailItError as error:
            problem = error.message
        route = await self._routes.find(domain)
        sts = None if self._sts is None else self._sts.known(domain)
        sts_problem = "" if self._sts is None else self._sts.problem(domain)
        hops: tuple[Hop, ...] = ()
        if isinstance(route, Route):
            hops = tuple(await gatherResults([self._hop(route, one) for one in route.exchangers], consumeErrors=True))
        else:
            problem = route.reply.text
        return Trace(domain, mx, dnssec, sts, sts_problem, problem, hops)

    def _hop(self, route: Route, exchanger: Exchanger) -> Deferred[Hop]:
        demand = route.demand(exchanger)
        peers = [
            Peer(exchanger.host, address, route.port, demand, route.implicit, route.credentials)
            for address in exchanger.addresses
        ]
        sources = None if self._choose is None else self._choose(route)
        calls = [self._slots.run(self._called, peer, sources) for peer in peers]
        return gatherResults(calls, consumeErrors=True).addCallback(
            lambda called: Hop(exchanger.preference, exchanger.host, demand.tls.value, demand.policy, tuple(called))
        )

    def _called(self, peer: Peer, sources: Sequence[Source] | None) -> Deferred[Called]:
        return Deferred.fromCoroutine(self._call(peer, sources))

    async def _call(self, peer: Peer, sources: Sequence[Source] | None) -> Called:
        """One address, as a pool would try it: where TLS fails and may, once more without."""
        source = None
        if sources is not None:
            source = next((one for one in sources if (":" in one.address) is (":" in peer.address)), None)
            if source is None:
                return Called(peer.address, NO_SOURCE, None, None, (), "", ())
        called, broken = await self._connect(peer, source)
        if broken and peer.tls is Tls.OPPORTUNISTIC and not peer.implicit:
            again, _ = await self._connect(evolve(peer, demand=Demand(Tls.NONE, peer.demand.policy)), source)
            called = evolve(again, clear=called.problem, proof=called.proof)
        return called

    async def _connect(self, peer: Peer, source: Source | None) -> tuple[Called, bool]:
        """What came of one connection, and whether it was TLS that failed."""
        if peer.tls in (Tls.OPPORTUNISTIC, Tls.MANDATORY):
            # What is wrong with a certificate is worth knowing, though nobody is going to ask.
            peer = evolve(peer, demand=evolve(peer.demand, judged=True))
        context = None if peer.tls is Tls.NONE else await self._contexts.creator(peer.demand, peer.name)
        look = _Look()
        hostname = source.hostname if source is not None and source.hostname else self._manners.hostname
        manners = evolve(self._manners, trails=look, hostname=hostname)
        session = Session(self._reactor, peer, manners, look, context)
        dial(self._reactor, session, manners.timeouts.connect, "" if source is None else source.address)
        trouble = await look.done
        proof = None if look.certificate is None else _proof(look.certificate, session.fault)
        problem = "" if look.ready_once else trouble.reply.text
        offered = tuple(
            (name + b" " + value.strip()).strip().decode("ascii", "replace") for name, value in session.offered.items()
        )
        return Called(peer.address, problem, session.tls, proof, offered, "", tuple(look.said), source), trouble.tls


@define(eq=False)
class _Look:
    """Keeper, trail and keeper of trails of one session: it says QUIT as soon as mail could begin."""

    done: Deferred[Trouble] = field(factory=Deferred, init=False)
    ready_once: bool = field(default=False, init=False)
    certificate: X509 | None = field(default=None, init=False)
    said: list[str] = field(factory=list, init=False)

    # For the session

    def ready(self, session: Session) -> None:
        self.ready_once = True
        if session.tls is not None and session.tls.version:
            self.certificate = session.transport.getHandle().get_peer_certificate()
        session.quit()

    def take(self, session: Session) -> Message | None:
        return None

    def idle(self, session: Session) -> None:
        pass

    def ended(self, session: Session, back: list[Message], trouble: Trouble) -> None:
        if not self.done.called:
            self.done.callback(trouble)

    # For its trail

    def begin(self, host: str, address: str, port: int) -> Trail:
        return self

    def line(self, who: str, text: str) -> None:
        self.said.append(f"{who}: {text}")

    def secured(self, tls: TlsUsed | None) -> None:
        pass

    def failed(self, fault: str) -> None:
        pass

    def note(self, note: Note) -> None:
        pass


def _proof(certificate: X509, fault: str) -> Proof:
    """What a certificate says of itself; one that can't be read says nothing."""
    try:
        plain = certificate.to_cryptography()
        names = _names(plain)
        return Proof(
            plain.subject.rfc4514_string(), names, plain.issuer.rfc4514_string(), plain.not_valid_after_utc, fault
        )
    except ValueError:
        return Proof("", (), "", None, fault)


def _names(certificate: Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return ()
    return (*names.get_values_for_type(DNSName), *map(str, names.get_values_for_type(IPAddress)))
