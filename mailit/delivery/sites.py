"""What the pools of this process know, told to those who ask why mail waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from mailit.delivery.carrier import SmtpCarrier
from mailit.delivery.exchangers import Route
from mailit.delivery.pool import Pool
from mailit.interfaces import Clock, Learned, SiteHold, SiteHost, SiteState


@frozen
class PooledSites:
    """Implements `interfaces.Sites` over a carrier's pools. `route(domain)` is what is at hand."""

    _reactor: Any
    _clock: Clock
    _carrier: SmtpCarrier
    _route: Callable[[str], object]

    def hold(self, domain: str) -> SiteHold | None:
        """See `interfaces.Sites`."""
        route = self._route(domain)
        pools = self._carrier.pools_of(route) if isinstance(route, Route) else []
        holds = [hold for hold in map(self._hold, pools) if hold is not None]
        return holds[0] if holds and len(holds) == len(pools) else None

    def states(self) -> Sequence[SiteState]:
        """See `interfaces.Sites`."""
        states = [self._state(pool) for pool in self._carrier.pools.values()]
        return sorted(states, key=lambda state: (-state.waiting, -state.in_hand, state.name))

    def counts(self) -> Counter[str]:
        """How many sites there are, by what holds their mail; `none` for those that take it."""
        holds = [self._hold(pool) for pool in self._carrier.pools.values()]
        return Counter(hold.cause if hold is not None else "none" for hold in holds)

    def _state(self, pool: Pool) -> SiteState:
        return SiteState(
            name=pool.pace.name,
            waiting=pool.waiting,
            in_hand=pool.in_hand,
            sessions=len(pool.open_sessions),
            most=pool.most_sessions,
            rate=pool.rate,
            allowed=pool.pace.own_rate or None,
            oldest=self._wall(pool.oldest) if pool.oldest is not None else None,
            hold=self._hold(pool),
            hosts=tuple(self._hosts(pool)),
            source=pool.source or None,
            learned=self._learned(pool),
        )

    def _learned(self, pool: Pool) -> Learned:
        pace = pool.pace
        provider = self._carrier.paces.provider(pool.route.site)
        return Learned(
            sessions=int(pace.sessions),
            rate=pace.rate or None,
            messages=int(pace.messages),
            processes=pace.among,
            provider=provider.name if provider is not None else None,
            reason=provider.why if provider is not None else None,
            slowed_at=self._wall(pace.slowed_at) if pace.slowed_at is not None else None,
            reply=pace.reply,
            sent_today=pace.sent if pace.quota else None,
            most_today=pace.quota or None,
        )

    def _hold(self, pool: Pool) -> SiteHold | None:
        """The pace first, then back-off where no address may be dialled, then sessions that are all busy."""
        now = self._reactor.seconds()
        pace = pool.pace
        wait = pace.wait(now) if pace.gated else 0.0
        if wait > 0.0 and (pace.until > now or pace.spent or pool.waiting):
            since = pace.since if pace.until > now else pool.oldest
            reply = None if pace.spent else pace.reply
            until = _midnight(self._clock()) if pace.spent else self._wall(now + wait)
            return SiteHold("rate", self._wall(now if since is None else since), until, reply)
        backoffs = [pool.backoff(address) for exchanger in pool.route.exchangers for address in exchanger.addresses]
        closed = [one for one in backoffs if one is not None and one.until > now]
        if closed and len(closed) == len(backoffs) and not pool.open_sessions:
            first = min(closed, key=lambda one: one.until)
            since = min(one.since for one in closed)
            reply = first.trouble.reply if first.trouble is not None else None
            return SiteHold("back-off", self._wall(since), self._wall(first.until), reply)
        if pool.waiting and pool.oldest is not None and len(pool.open_sessions) >= pool.most_sessions:
            return SiteHold("concurrency", self._wall(pool.oldest))
        return None

    def _hosts(self, pool: Pool) -> list[SiteHost]:
        now = self._reactor.seconds()
        sessions = Counter(session.peer.address for session in pool.open_sessions)
        hosts = []
        for exchanger in pool.route.exchangers:
            for address in exchanger.addresses:
                backoff = pool.backoff(address)
                closed = backoff is not None and backoff.until > now
                hosts.append(
                    SiteHost(
                        exchanger.host,
                        address,
                        sessions[address],
                        backoff.failures if backoff is not None else 0,
                        self._wall(backoff.until) if backoff is not None and closed else None,
                        backoff.trouble.reply if backoff is not None and backoff.trouble is not None else None,
                    )
                )
        return hosts

    def _wall(self, seconds: float) -> float:
        return seconds + self._clock() - float(self._reactor.seconds())


def _midnight(now: float) -> float:
    """When the next day of UTC begins."""
    return (now // 86_400 + 1) * 86_400
