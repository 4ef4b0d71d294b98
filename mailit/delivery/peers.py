"""Whom a site's mail may be brought to: the addresses of its exchangers, in order, and the one to dial now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random

from attrs import evolve

from mailit.delivery.backoff import BackOffs
from mailit.delivery.exchangers import Exchanger, Route
from mailit.delivery.session import Peer
from mailit.delivery.settings import Source
from mailit.net.tls import Demand, Tls


def peers_of(route: Route, source: Source | None, random: Random) -> Iterator[Peer]:
    """Every address of every exchanger that a source can reach, by preference, equals at random (RFC 5321 §5.1)."""
    for group in _by_preference(route.exchangers):
        random.shuffle(group)
        for exchanger in group:
            for address in exchanger.addresses:
                if source is not None and (":" in address) is not (":" in source.address):
                    continue
                yield Peer(
                    exchanger.host,
                    address,
                    route.port,
                    route.demand(exchanger),
                    route.implicit,
                    route.credentials,
                    smarthost=not route.domain,
                )


def choose(peers: Iterable[Peer], backoffs: BackOffs, now: float, avoid: frozenset[str]) -> Peer | None:
    """The first that is not left alone, with what it is known to break left out. `now` is the reactor's."""
    for peer in peers:
        backoff = backoffs.of(peer.address)
        if peer.address not in avoid and backoff.until <= now:
            if backoff.whole_until > now:
                peer = evolve(peer, chunking=False)
            if backoff.behind_until > now:
                peer = evolve(peer, ahead=False)
            if backoff.clear_until > now and in_clear_is_good(peer):
                return evolve(peer, demand=Demand(Tls.NONE, peer.demand.policy), fell_back=True)
            return peer
    return None


def in_clear_is_good(peer: Peer) -> bool:
    """Whether mail may go there without TLS, where TLS fails."""
    return peer.tls is Tls.OPPORTUNISTIC and not peer.implicit


def _by_preference(exchangers: Sequence[Exchanger]) -> list[list[Exchanger]]:
    groups: dict[int, list[Exchanger]] = {}
    for exchanger in exchangers:
        groups.setdefault(exchanger.preference, []).append(exchanger)
    return [groups[preference] for preference in sorted(groups)]
