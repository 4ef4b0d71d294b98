"""The guard on addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.net.guard import Guard


class TestAnAddressOfOurOwnHouse:
    """It is refused, in whatever form it is written."""

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "fe80::1",
            "fe80::1%eth0",
            "fd00::1",
            "fec0::1",
            "ff02::1",
        ],
    )
    def test_plain(self, address: str) -> None:
        """Loopback, private, link-local, multicast, unspecified."""
        assert not Guard().permits(address)

    @pytest.mark.parametrize(
        "address",
        [
            "::ffff:127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001:0:1::1",
        ],
    )
    def test_disguised(self, address: str) -> None:
        """An IPv6 address that leads to a private IPv4 one is no better than it."""
        assert not Guard().permits(address)

    @given(st.ip_addresses(v=4, network="10.0.0.0/8"))
    def test_every_disguise_of_a_private_network(self, inner: IPv4Address) -> None:
        """Mapped, NAT64 and 6to4 forms are taken apart."""
        forms = [
            IPv6Address(0xFFFF << 32 | int(inner)),
            IPv6Address(int(IPv6Address("64:ff9b::")) | int(inner)),
            IPv6Address(0x2002 << 112 | int(inner) << 80 | 1),
        ]
        assert not any(Guard().permits(str(form)) for form in forms)


class TestAnAddressOfTheWorld:
    """It is let through."""

    @pytest.mark.parametrize(
        "address",
        [
            "1.1.1.1",
            "172.32.0.1",
            "192.0.3.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ],
    )
    def test_public(self, address: str) -> None:
        """Public addresses, also in forms that lead to one."""
        assert Guard().permits(address)

    @pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "1.2.3.4.", "0x7f.1", "2130706433", "[::1]"])
    def test_what_is_no_address(self, text: str) -> None:
        """Names and odd spellings of addresses are no addresses."""
        assert not Guard().permits(text)


class TestAllowedNetworks:
    """What the operator allows is let through, and no more."""

    def test_an_allowed_network(self) -> None:
        """Only addresses inside of it."""
        guard = Guard.allowing([ip_network("127.0.0.0/8"), ip_network("fd00:1::/32")])
        assert guard.permitted(["127.0.0.1", "10.0.0.1", "fd00:1::5", "fd00:2::5", "::1"]) == ("127.0.0.1", "fd00:1::5")

    def test_a_disguise_of_an_allowed_address(self) -> None:
        """An IPv6 form of an allowed IPv4 address is allowed with it."""
        assert Guard.allowing([ip_network("10.0.0.0/8")]).permits("::ffff:10.0.0.1")

    def test_an_allowed_ipv6_network_says_nothing_of_ipv4(self) -> None:
        """::/0 does not open 127.0.0.1."""
        guard = Guard.allowing([IPv6Network("::/0")])
        assert guard.permits("::1")
        assert not guard.permits("127.0.0.1")
