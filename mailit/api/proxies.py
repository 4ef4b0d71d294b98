"""Whose request it is that a proxy hands on: the last hop that is none of those we trust."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from attrs import frozen

Network = IPv4Network | IPv6Network

_HOPS_MOST = 20  # a longer list is not gone through: whoever is that far away is none we trust


@frozen
class Proxies:
    """Those whose `X-Forwarded-For` is believed; what anybody else says there is not looked at."""

    _networks: Sequence[Network]

    def client(self, peer: str, lines: Sequence[bytes]) -> str:
        """The client's address, by the connection's and the header's lines.

        From the end of the list each proxy named the one before it; the first that is no proxy of ours is the client,
        for what stands before he may have written himself. What is no address ends the list.
        """
        client = peer
        for hop in reversed(b",".join(lines).split(b",")[-_HOPS_MOST:]):
            if not self._trusts(client):
                return client
            before = _address(hop.decode("latin-1").strip())
            if before is None:
                return client
            client = before
        return client

    def _trusts(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._networks)


def _address(hop: str) -> str | None:
    """The address of a hop, which may have a port, as some proxies write it."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    address = _parsed(hop)
    return None if address is None else str(address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
