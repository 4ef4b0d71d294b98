"""From a recipient's domain to where its mail goes: MX, or A and AAAA, or the reason why it goes nowhere.

RFC 5321 §5.1, RFC 7505. NXDOMAIN and null MX are for good; that DNS did not say is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, gatherResults

from mailit.delivery.outcomes import gave_up
from mailit.delivery.session import Credentials
from mailit.errors import Reply
from mailit.interfaces import Mx, Outcome, OutcomeKind, Resolver
from mailit.net.guard import Guard
from mailit.net.resolver import NoAnswer, NoSuchName
from mailit.net.shared import Shared
from mailit.net.tls import Tls

FRESH = 30.0
"""So many seconds a route is used without a look at DNS, whose answers have a cache and TTLs of their own."""

STALE = 60.0
"""Up to this age it is used while it is looked up anew, so that nobody waits."""

MOST_EXCHANGERS = 20
"""More names than these of one domain are not looked at."""


@frozen
class Exchanger:
    """An MX host with its addresses, those that may be reached."""

    preference: int
    host: str
    addresses: tuple[str, ...]


@frozen
class Route:
    """Where mail of a domain goes. Domains with equal sites share sessions.

    `exchangers` are in the order of their preferences; equals are in no order.
    """

    site: frozenset[str]
    exchangers: tuple[Exchanger, ...]
    port: int = 25
    tls: Tls = Tls.OPPORTUNISTIC
    implicit: bool = False
    credentials: Credentials | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What a pool is known by: all that makes sessions different."""
        return (self.site, self.port, self.tls, self.implicit, self.credentials)


@frozen
class _Known:
    route: Route | Outcome
    at: float


@define(eq=False)
class Exchangers:
    """Routes of domains, kept for a moment; one look-up of a domain is on its way at a time."""

    _reactor: Any
    _resolver: Resolver
    _guard: Guard
    _port: int = 25
    _tls: Tls = Tls.OPPORTUNISTIC
    _most: int = 20_000
    _known: dict[str, _Known] = field(factory=dict, init=False)
    _looking: dict[str, Shared[Route | Outcome]] = field(factory=dict, init=False)

    def known(self, domain: str) -> Route | Outcome | None:
        """The route, if it is at hand."""
        known = self._known.get(domain)
        if known is None:
            return None
        age = self._reactor.seconds() - known.at
        if age > STALE:
            return None
        if age > FRESH and domain not in self._looking and isinstance(known.route, Route):
            self._look_up(domain)
        return known.route

    def find(self, domain: str) -> Deferred[Route | Outcome]:
        """The route, or the outcome of every mail to this domain for now. Never fails but by a fault of ours."""
        looking = self._looking.get(domain) or self._look_up(domain)
        return looking.wait()

    def _look_up(self, domain: str) -> Shared[Route | Outcome]:
        looking = self._looking[domain] = Shared()
        looking.share(Deferred.fromCoroutine(self._route(domain)).addBoth(self._keep, domain))
        return looking

    def _keep(self, result: Any, domain: str) -> Any:
        del self._looking[domain]
        if isinstance(result, Route):
            self._known.pop(domain, None)
            self._known[domain] = _Known(result, self._reactor.seconds())
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        return result

    async def _route(self, domain: str) -> Route | Outcome:
        if domain.startswith("["):
            return self._permitted(domain, [Exchanger(0, domain, (_literal(domain),))], frozenset([domain]))
        try:
            found = await self._resolver.mx(domain)
        except NoSuchName:
            return gave_up(OutcomeKind.BOUNCED, "5.1.2", f"The domain {domain} does not exist")
        except NoAnswer as error:
            return gave_up(OutcomeKind.DEFERRED, "4.4.3", f"The exchangers of {domain} could not be found: {error}")
        if found and all(mx.host in (".", "") for mx in found):
            return gave_up(OutcomeKind.BOUNCED, "5.1.10", f"The domain {domain} takes no mail (null MX)")
        names = sorted((mx for mx in found if mx.host not in (".", "")), key=lambda mx: mx.preference)
        # Without MX the domain itself is the exchanger (RFC 5321 §5.1).
        return await self._reachable(domain, names[:MOST_EXCHANGERS] or [Mx(0, domain)])

    async def _reachable(self, domain: str, names: Sequence[Mx]) -> Route | Outcome:
        answers = await gatherResults([self._addresses(mx.host) for mx in names], consumeErrors=True)
        exchangers = [
            Exchanger(mx.preference, mx.host, tuple(addresses))
            for mx, addresses in zip(names, answers, strict=True)
            if addresses
        ]
        if exchangers:
            return self._permitted(domain, exchangers, frozenset(mx.host for mx in names))
        if None in answers:
            return gave_up(OutcomeKind.DEFERRED, "4.4.3", f"The addresses of {domain}'s exchangers could not be found")
        text = f"None of the exchangers of {domain} has an address" if names[0].host != domain else ""
        return gave_up(OutcomeKind.BOUNCED, "5.1.2", text or f"The domain {domain} has no exchanger and no address")

    def _addresses(self, host: str) -> Deferred[Sequence[str] | None]:
        """A host's addresses, () where it has none, None where DNS did not say."""

        def failed(failure: Any) -> Sequence[str] | None:
            return () if failure.trap(NoSuchName, NoAnswer) is NoSuchName else None

        return self._resolver.addresses(host).addErrback(failed)

    def _permitted(self, domain: str, exchangers: Sequence[Exchanger], site: frozenset[str]) -> Route | Outcome:
        """The route without the addresses that are our own house."""
        reachable = []
        for one in exchangers:
            addresses = self._guard.permitted(one.addresses)
            if addresses:
                reachable.append(Exchanger(one.preference, one.host, addresses))
        if not reachable:
            refused = ", ".join(address for one in exchangers for address in one.addresses)[:200]
            text = f"The exchangers of {domain} are at addresses that must not be reached ({refused})"
            return Outcome(OutcomeKind.FAILED, Reply(0, "5.4.4", f"{text}; see security.allowed_networks"))
        return Route(site, tuple(reachable), self._port, self._tls)


def _literal(domain: str) -> str:
    """The address in an address literal (RFC 5321 §4.1.3)."""
    text = domain.strip("[]")
    return text[5:] if text.lower().startswith("ipv6:") else text
