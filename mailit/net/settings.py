"""What the network may be told: whom to ask for names, and which private networks may be reached."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from attrs import frozen

from mailit.settings import DURATION, IP_ADDRESS, NETWORK, PEER, either, list_of, setting


@frozen
class DnsSettings:
    """Section `dns`."""

    resolver: str = setting(
        "system",
        "`system`, or HOST:PORT, and then every query goes there: MX, A, TXT, TLSA, PTR.",
        either("system", PEER),
    )
    trusted_resolvers: tuple[str, ...] = setting(
        (),
        "IP addresses of resolvers that validate DNSSEC and are reached by a network that nobody can tamper with: "
        "their word on it (the AD bit) is taken, as that of a resolver on loopback always is. DANE needs one.",
        list_of(IP_ADDRESS),
    )
    timeout: float = setting("10s", "How long one question may take, all tries together.", DURATION)


@frozen
class SecuritySettings:
    """Section `security`."""

    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = setting(
        (),
        "Private networks (CIDR) that delivery, webhooks and fetched attachments may reach all the same; loopback, "
        "private and link-local ones are refused otherwise.",
        list_of(NETWORK),
    )
