"""What the pools of this process know, told to those who ask why mail waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from mailit.delivery.exchangers import Route
from mailit.delivery.pool import Pool
from mailit.interfaces import Clock, SiteHold, SiteHost, SiteState


@frozen
class PooledSites:
    """Implements `interfaces.Sites` over a carrier's pools, by route's key. `route(domain)` is what is at hand."""

    _reactor: Any
    _clock: Clock
    _pools: Mapping[tuple[object, ...], Pool]
    _route: Callable[[str], object]

    def hold(self, domain: str) -> SiteHold | None:
        """See `interfaces.Sites`."""
        route = self._route(domain)
        pool = self._pools.get(route.key) if isinstance(route, Route) else None
        return self._hold(pool) if pool is not None else None

    def states(self) -> Sequence[SiteState]:
        """See `interfaces.Sites`."""
        states = [self._state(pool) for pool in self._pools.values()]
        return sorted(states, key=lambda state: (-state.waiting, -state.in_hand, state.name))

    def _state(self, pool: Pool) -> SiteState:
        return SiteState(
            name=", ".join(sorted(pool.route.site)),
            waiting=pool.waiting,
            in_hand=pool.in_hand,
            sessions=len(pool.open_sessions),
            most=pool.most_sessions,
            rate=pool.rate,
            oldest=self._wall(pool.oldest) if pool.oldest is not None else None,
            hold=self._hold(pool),
            hosts=tuple(self._hosts(pool)),
        )

    def _hold(self, pool: Pool) -> SiteHold | None:
        """Back-off where no address may be dialled, concurrency where every session is busy and more waits."""
        now = self._reactor.seconds()
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
