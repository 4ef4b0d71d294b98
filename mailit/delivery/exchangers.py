"""From a recipient's domain to where its mail goes: MX, or A and AAAA, or the reason why it goes nowhere.

RFC 5321 §5.1, RFC 7505. NXDOMAIN and null MX are for good; that DNS did not say is not. With each exchanger comes what
is asked of TLS with it (see `policy`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred, gatherResults, succeed

from mailit.delivery import policy
from mailit.delivery.credentials import Credentials
from mailit.delivery.outcomes import gave_up
from mailit.delivery.policy import Pins
from mailit.errors import Reply
from mailit.interfaces import Mx, Outcome, OutcomeKind, Resolver
from mailit.mail.sts import StsPolicy
from mailit.net.guard import Guard
from mailit.net.resolver import NoAnswer, NoSuchName
from mailit.net.shared import Shared
from mailit.net.tls import Demand, Tls

FRESH = 30.0
"""So many seconds a route is used without a look at DNS, whose answers have a cache and TTLs of their own."""

STALE = 60.0
"""Up to this age it is used while it is looked up anew, so that nobody waits."""

MOST_EXCHANGERS = 20
"""More names than these of one domain are not looked at, unless none of them has an address."""


@frozen
class Exchanger:
    """An MX host with its addresses, those that may be reached. Without a `demand`, its route's `tls` is asked."""

    preference: int
    host: str
    addresses: tuple[str, ...]
    demand: Demand | None = None


@frozen
class Route:
    """Where mail of a domain goes. Domains with equal sites share sessions.

    `exchangers` are in the order of their preferences; equals are in no order. `domain` is the one that it was looked
    up for, "" where it is nobody's in particular.
    """

    site: frozenset[str]
    exchangers: tuple[Exchanger, ...]
    port: int = 25
    tls: Tls = Tls.OPPORTUNISTIC
    implicit: bool = False
    credentials: Credentials | None = None
    domain: str = field(default="", eq=False)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What a pool is known by: all that makes sessions different."""
        demands = frozenset((one.host, one.demand) for one in self.exchangers if one.demand is not None)
        return (self.site, self.port, self.tls, self.implicit, self.credentials, demands)

    def demand(self, exchanger: Exchanger) -> Demand:
        """What is asked of TLS with this one of its exchangers."""
        return exchanger.demand or policy.plain(self.tls)

    @cached_property
    def strict(self) -> Route:
        """The same for mail that is to leave verified or not at all (a sending domain's `tls: enforced`)."""
        exchangers = [evolve(one, demand=policy.stricter(self.demand(one))) for one in self.exchangers]
        return evolve(self, exchangers=tuple(exchangers), tls=Tls.ENFORCED)


class StsPolicies(Protocol):
    """Who knows which domains have an MTA-STS policy: `mta_sts.StsCache`."""

    def find(self, domain: str) -> Deferred[StsPolicy | None]:
        """The policy that holds for a domain now. Never fails."""
        ...


@frozen
class Ourselves:
    """How we would show up among somebody's exchangers: by these names, or at these addresses and those of the names.

    Mail for domains that we receive for never gets here: reception brings a carrier of its own, which is asked before
    (`plugin.CarrierRule`). So wherever we meet ourselves here, mail would go round in a circle (RFC 5321 §5.1).
    """

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def are(self, host: str, addresses: Sequence[str]) -> bool:
        """Whether an exchanger of this name, at these addresses, is this installation."""
        return host in self.names or not self.addresses.isdisjoint(addresses)


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
    _tls_domains: Sequence[tuple[str, Tls]] = ()  # the operator's policies for single domains
    _sts: StsPolicies | None = None
    _dane: bool = True
    _ourselves: Ourselves = Ourselves()
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
            one = Exchanger(0, domain, (_literal(domain),))
            if self._ourselves.are(domain, one.addresses):
                return _circle(domain)
            return self._permitted(domain, [one], frozenset([domain]))
        sts: Deferred[StsPolicy | None] = succeed(None)
        if self._sts is not None and self._base(domain) is not Tls.NONE:
            sts = self._sts.find(domain)  # beside the question for the exchangers
        try:
            found = await self._resolver.mx(domain)
        except NoSuchName:
            return gave_up(OutcomeKind.BOUNCED, "5.1.2", f"The domain {domain} does not exist")
        except NoAnswer as error:
            return gave_up(OutcomeKind.DEFERRED, "4.4.3", f"The exchangers of {domain} could not be found: {error}")
        if found and all(mx.host in (".", "") for mx in found):
            return gave_up(OutcomeKind.BOUNCED, "5.1.10", f"The domain {domain} takes no mail (null MX)")
        # By name among equals, so that the same ones are looked at each time, whatever order DNS has them in.
        names = sorted((mx for mx in found if mx.host not in (".", "")), key=lambda mx: (mx.preference, mx.host))
        # Without MX the domain itself is the exchanger (RFC 5321 §5.1).
        return await self._reachable(domain, names or [Mx(0, domain)], sts)

    async def _reachable(self, domain: str, names: Sequence[Mx], sts: Deferred[StsPolicy | None]) -> Route | Outcome:
        rest = names
        while True:
            names, rest = rest[:MOST_EXCHANGERS], rest[MOST_EXCHANGERS:]
            answers = await gatherResults([self._addresses(mx.host) for mx in names], consumeErrors=True)
            if not rest or any(answers) or None in answers:
                break
        exchangers = [
            Exchanger(mx.preference, mx.host, tuple(addresses or ()))
            for mx, addresses in zip(names, answers, strict=True)
            if addresses or mx.host in self._ourselves.names
        ]
        if not exchangers:
            if None in answers:
                text = f"The addresses of {domain}'s exchangers could not be found"
                return gave_up(OutcomeKind.DEFERRED, "4.4.3", text)
            text = f"None of the exchangers of {domain} has an address" if names[0].host != domain else ""
            return gave_up(OutcomeKind.BOUNCED, "5.1.2", text or f"The domain {domain} has no exchanger and no address")
        ourselves = await self._known_ourselves()
        ours = [one.preference for one in exchangers if ourselves.are(one.host, one.addresses)]
        if ours:
            # Only what is nearer to the goal than we are is on the way there (RFC 5321 §5.1).
            exchangers = [one for one in exchangers if one.preference < min(ours)]
            if not exchangers:
                return _circle(domain)
        secured = await self._secured(domain, exchangers, await sts)
        if not isinstance(secured, list):
            return secured
        return self._permitted(domain, secured, frozenset(mx.host for mx in names))

    async def _known_ourselves(self) -> Ourselves:
        """With the public addresses of our names; a private one may be another machine's, seen from elsewhere."""
        found = await gatherResults([self._addresses(name) for name in self._ourselves.names], consumeErrors=True)
        public = [address for addresses in found for address in Guard().permitted(addresses or ())]
        return evolve(self._ourselves, addresses=self._ourselves.addresses.union(public))

    async def _secured(
        self, domain: str, exchangers: Sequence[Exchanger], sts: StsPolicy | None
    ) -> list[Exchanger] | Outcome:
        """Those that the policies allow, each with what is asked of TLS with it."""
        base = self._base(domain)
        try:
            vouched = self._dane and base is not Tls.NONE and await self._resolver.vouched(domain, "MX") is not None
        except NoAnswer as error:
            return gave_up(OutcomeKind.DEFERRED, "4.4.3", f"The exchangers of {domain} could not be found: {error}")
        secured, text = [], f"The MTA-STS policy of {domain} names none of its exchangers"
        for one in exchangers:
            try:
                pins = await self._pins(domain, one.host) if vouched else None
            except NoAnswer as error:
                # Whoever can keep the records from us could otherwise do away with them (RFC 7672 §2.1.2).
                text = f"The TLSA records of {one.host} could not be found: {error}"
                continue
            demand = policy.demand(one.host, base, pins, sts)
            if demand is not None:
                secured.append(one if demand == policy.plain(base) else evolve(one, demand=demand))
        return secured or gave_up(OutcomeKind.DEFERRED, "4.7.5", text)

    async def _pins(self, domain: str, host: str) -> Pins | None:
        """The TLSA records of an exchanger, at the end of its aliases, or at its own name (RFC 7672 §2.2.2)."""
        end = await self._resolver.vouched(host, "A", "AAAA")
        if end is None and await self._resolver.vouched(host, "CNAME") is None:
            return None
        for name in dict.fromkeys((end or host, host)):
            records = await self._resolver.tlsa(f"_{self._port}._tcp.{name}")
            if records:
                return Pins(tuple(records), tuple(dict.fromkeys((name, host, domain))))
        return None

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
                reachable.append(evolve(one, addresses=addresses))
        if not reachable:
            refused = ", ".join(address for one in exchangers for address in one.addresses)[:200]
            text = f"The exchangers of {domain} are at addresses that must not be reached ({refused})"
            return Outcome(OutcomeKind.FAILED, Reply(0, "5.4.4", f"{text}; see security.allowed_networks"))
        return Route(site, tuple(reachable), self._port, self._base(domain), domain=domain)

    def _base(self, domain: str) -> Tls:
        """What the operator asks for this domain."""
        return policy.policies(self._tls, self._tls_domains, domain)


def _circle(domain: str) -> Outcome:
    text = f"The exchanger of {domain} is this very server, which does not receive mail for it"
    return gave_up(OutcomeKind.FAILED, "5.4.6", f"{text}: the mail would go round in a circle")


def _literal(domain: str) -> str:
    """The address in an address literal (RFC 5321 §4.1.3)."""
    text = domain.strip("[]")
    return text[5:] if text.lower().startswith("ipv6:") else text
