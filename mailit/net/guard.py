"""Which addresses of the network may be reached on behalf of a peer or a user, and which are our own house.

A name in DNS, or a URL that a user gave, may point at loopback, at the machine's neighbours or at a cloud's metadata
service. What connects to such an address asks here first, with the address that it is about to connect to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from attrs import frozen

Network = IPv4Network | IPv6Network

# Listed here, not asked of `ipaddress`: its notion of "global" changed between releases of Python 3.11.
_REFUSED_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network (RFC 1122 §3.2.1.3); Linux takes 0.0.0.0 for loopback
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # shared by carriers (RFC 6598)
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and with it the clouds' metadata (RFC 3927)
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.88.99.0/24",  # 6to4 relays, gone (RFC 7526)
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast (RFC 5771)
            "240.0.0.0/4",  # reserved, and the broadcast address
        ),
    )
)
_REFUSED_6 = tuple(
    map(
        IPv6Network,
        (
            "::/96",  # unspecified, loopback, and IPv4-compatible addresses, gone (RFC 4291 §2.5.5.1)
            "64:ff9b:1::/48",  # NAT64 of a local network (RFC 8215)
            "100::/64",  # discard (RFC 6666)
            "2001::/32",  # Teredo: a tunnel to an IPv4 address of the sender's choice (RFC 4380)
            "2001:2::/48",  # benchmarks (RFC 5180)
            "2001:db8::/32",  # documentation (RFC 3849)
            "3fff::/20",  # documentation (RFC 9637)
            "5f00::/16",  # segment routing (RFC 9602)
            "fc00::/7",  # private (RFC 4193)
            "fe80::/10",  # link-local
            "fec0::/10",  # site-local, gone (RFC 3879)
            "ff00::/8",  # multicast
        ),
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")  # RFC 2765
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")


@frozen
class Guard:
    """Lets through what is public, and the networks that the operator allowed (`security.allowed_networks`)."""

    _allowed: tuple[Network, ...] = ()

    @classmethod
    def allowing(cls, networks: Iterable[Network]) -> Guard:
        """A guard that also lets these networks through."""
        return cls(tuple(networks))

    def permits(self, address: str) -> bool:
        """Whether this IP address may be reached; False for what is not an IP address, zones (`%eth0`) included.

        An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is judged by the IPv4 address it leads to.
        """
        if "%" in address:
            return False
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if self._allows(ip):
            return True
        inner = _embedded(ip)
        if inner is not None:
            return self._allows(inner) or not _is_ours(inner)
        return not _is_ours(ip)

    def permitted(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Those of the addresses that may be reached, in their order."""
        return tuple(address for address in addresses if self.permits(address))

    def _allows(self, ip: IPv4Address | IPv6Address) -> bool:
        return any(ip in network for network in self._allowed)


def _is_ours(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return any(ip in network for network in _REFUSED_4)
    return any(ip in network for network in _REFUSED_6)


def _embedded(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to, by whatever mechanism."""
    if isinstance(ip, IPv4Address):
        return None
    if ip in _MAPPED or ip in _TRANSLATED or ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip in _6TO4:
        return IPv4Address(int(ip) >> 80 & 0xFFFF_FFFF)
    return None
