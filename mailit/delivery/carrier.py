"""Carries envelopes by SMTP: to the exchangers that DNS names, or to a smarthost; one pool of sessions a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Protocol

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, gatherResults

from mailit.delivery.exchangers import Route
from mailit.delivery.message import Message
from mailit.delivery.outcomes import UNTRIED, gave_up
from mailit.delivery.paces import Paces, families
from mailit.delivery.pool import Pool
from mailit.delivery.session import Manners
from mailit.delivery.settings import Source
from mailit.delivery.shaping import Limits
from mailit.delivery.signer import Unrenderable
from mailit.delivery.slots import Slots
from mailit.draft import Stream
from mailit.errors import Reply
from mailit.interfaces import Envelope, Outcome, OutcomeKind, Render
from mailit.net.tls import ClientContexts

MOST_BYTES = 256_000_000
"""While the messages in hand are more than this together, no more are asked for."""

MOST_POOLS = 5_000
"""Beyond this, pools that have nothing to do and nothing to remember are forgotten."""


_NO_SOURCE = "None of `smtp_outbound.sources` is an address of the kind (IPv4, IPv6) that the exchangers of {} have"
_UNSIGNED = "No DKIM key of the sending domain is published in DNS, and mail is not sent unsigned"


class Routes(Protocol):
    """Where mail of a domain goes: `exchangers.Exchangers`, or `relay.Smarthost`."""

    def known(self, domain: str) -> Route | Outcome | None:
        """The route, if it is at hand."""
        ...

    def find(self, domain: str) -> Deferred[Route | Outcome]:
        """The route, or why there is none."""
        ...


@define(eq=False)
class SmtpCarrier:
    """Implements `interfaces.Carrier`. `return_path(envelope)` gives the address that its bounces go to.

    Without `paces`, sites have `limits` and what is known of big receivers, and mail leaves by the system's choice.
    With `signed_only` a message that bears no signature is deferred: its domain's keys have gone from DNS.
    """

    _reactor: Any
    _routes: Routes
    _render: Render
    _return_path: Callable[[Envelope], str]
    _contexts: ClientContexts
    _manners: Manners
    _limits: Limits = field(factory=Limits)
    _connections: int = 500
    _random: Random = field(factory=Random)
    _signed_only: bool = False
    _paces: Paces | None = None
    _pools: dict[tuple[object, ...], Pool] = field(factory=dict, init=False)
    _slots: Slots = field(init=False)
    paces: Paces = field(init=False)
    _in_hand: dict[str, int] = field(factory=dict, init=False)  # by domain
    _bytes: int = field(default=0, init=False)
    _stopping: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._slots = Slots(self._connections)
        self.paces = self._paces or Paces(self._reactor.seconds, self._reactor.seconds, self._limits)

    def room(self, domain: str) -> int:
        """See `interfaces.Carrier`: what the site's pool would take; a first few where the site is not known yet."""
        if self._stopping or self._bytes > MOST_BYTES:
            return 0
        route = self._routes.known(domain)
        if isinstance(route, Route):
            if self.paces.sources:
                return self._room_of_sources(route)
            pool = self._pools.get((route.key, ""))
            if pool is not None:
                return max(pool.room, 0)
        return max(5 * self.paces.limits.sessions - self._in_hand.get(domain, 0), 0)

    @property
    def pools(self) -> Mapping[tuple[object, ...], Pool]:
        """Its pools, by their routes' keys and their sources' addresses."""
        return self._pools

    def pools_of(self, route: Route) -> list[Pool]:
        """The pools that carry mail of a route, one a source."""
        addresses = ["", *(source.address for source in self.paces.sources)]
        found = (self._pools.get((route.key, address)) for address in addresses)
        return [pool for pool in found if pool is not None]

    async def carry(self, envelope: Envelope) -> Outcome | None:
        """See `interfaces.Carrier`."""
        domain = envelope.domain
        self._in_hand[domain] = self._in_hand.get(domain, 0) + 1
        try:
            return await self._attempt(envelope)
        finally:
            left = self._in_hand[domain] - 1
            if left:
                self._in_hand[domain] = left
            else:
                del self._in_hand[domain]

    async def stop(self, deadline: float) -> None:
        """Begins no more transactions, and lets those in flight end for `deadline` seconds.

        After that, messages past their dot are in doubt, and settled by the policy; all others were never tried.
        """
        self._stopping = True
        stopped = gatherResults([pool.stop() for pool in self._pools.values()])
        timer = self._reactor.callLater(deadline, self._give_up)
        await stopped
        if timer.active():
            timer.cancel()

    def _give_up(self) -> None:
        for pool in self._pools.values():
            pool.give_up()

    async def _attempt(self, envelope: Envelope) -> Outcome | None:
        if self._stopping:
            return UNTRIED
        if not envelope.recipient.isprintable():
            return gave_up(OutcomeKind.FAILED, "5.1.3", "The recipient's address has characters that can not be sent")
        route = self._routes.known(envelope.domain) or await self._routes.find(envelope.domain)
        if not isinstance(route, Route):
            return route
        if envelope.email.verified_tls:
            route = route.strict
        try:
            data = await self._render(envelope)
        except Unrenderable as error:
            return gave_up(OutcomeKind.FAILED, error.reply.status, error.message)
        if self._signed_only and not data.startswith(b"DKIM-Signature:"):
            return Outcome(OutcomeKind.DEFERRED, Reply(0, "4.7.20", _UNSIGNED))
        if self._stopping:
            return UNTRIED
        settled: Deferred[Outcome | None] = Deferred()
        message = Message(
            envelope,
            self._return_path(envelope),
            data,
            settled.callback,
            eight_bit=not data.isascii(),
            utf8=not envelope.recipient.isascii(),
        )
        pool = self._pool(route, envelope.stream) if self.paces.sources else self._pool_of(route, None)
        if pool is None:
            return gave_up(OutcomeKind.DEFERRED, "4.4.4", _NO_SOURCE.format(envelope.domain))
        self._bytes += len(data)
        pool.send(message)
        try:
            return await settled
        finally:
            self._bytes -= len(data)

    def _pool(self, route: Route, stream: Stream) -> Pool | None:
        """The pool of the source that a site is pinned to; of another where the site knows them, or it has had enough.

        None where no source is of a family that the exchangers have.
        """
        pool = None
        for source in self._choices(route, stream):
            pool = self._pool_of(route, source)
            if pool.room > 0 or not self._overflows(pool):
                return pool
        return pool

    def _overflows(self, pool: Pool) -> bool:
        """Whether mail may go by another source while this one is full: never to get around being slowed."""
        return pool.pace.spent or pool.pace.learned(self._reactor.seconds())

    def _choices(self, route: Route, stream: Stream) -> tuple[Source, ...]:
        return self.paces.choices(
            route.site, stream, *families(address for one in route.exchangers for address in one.addresses)
        )

    def _room_of_sources(self, route: Route) -> int:
        room, seen = 0, set()
        for stream in Stream:
            for source in self._choices(route, stream):
                if source.address not in seen:
                    seen.add(source.address)
                    pool = self._pool_of(route, source)
                    room += max(pool.room, 0)
                    if not self._overflows(pool):
                        break
        return room if seen else 1

    def _pool_of(self, route: Route, source: Source | None) -> Pool:
        address = source.address if source is not None else ""
        pool = self._pools.get((route.key, address))
        if pool is None:
            self._forget()
            manners = self._manners
            if source is not None and source.hostname:
                manners = evolve(manners, hostname=source.hostname)
            pool = self._pools[route.key, address] = Pool(
                self._reactor,
                self._random,
                self._contexts,
                manners,
                self._slots,
                route,
                self.paces.of(route.site, address),
                self.paces.clock,
                source,
            )
        pool.route = route
        return pool

    def _forget(self) -> None:
        if len(self._pools) >= MOST_POOLS:
            for key in [key for key, pool in self._pools.items() if pool.forgettable]:
                pool = self._pools.pop(key)
                self.paces.forget(pool.route.site, pool.source)
