"""Who a client is behind proxies."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from mailit.access.settings import RateLimitSettings
from mailit.api.proxies import Proxies
from mailit.plugin import Cost, Needs
from tests.unit.api.conftest import Made, endpoint, request

PROXIES = Proxies([ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("10.0.0.0/8")])


class TestTheLastUntrustedHop:
    """Is the client: each trusted proxy names the one before it, and anybody else may say what he likes."""

    @pytest.mark.parametrize(
        ("peer", "lines", "client"),
        [
            ("127.0.0.1", [b"198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", [b"203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", [b"198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("127.0.0.1", [b"203.0.113.9", b"198.51.100.7,10.0.0.2"], "198.51.100.7"),
            ("::1", [b"2001:db8::7"], "2001:db8::7"),
            ("::ffff:127.0.0.1", [b"::ffff:198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", [b"198.51.100.7:4711"], "198.51.100.7"),
            ("127.0.0.1", [b"[2001:db8::7]:4711"], "2001:db8::7"),
            ("127.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ],
    )
    def test_through_those_we_trust(self, peer: str, lines: list[bytes], client: str) -> None:
        assert PROXIES.client(peer, lines) == client

    @pytest.mark.parametrize("peer", ["198.51.100.1", "2001:db8::1", "", "unix"])
    def test_of_others_nothing_is_believed(self, peer: str) -> None:
        assert PROXIES.client(peer, [b"127.0.0.1, 203.0.113.9"]) == peer

    @pytest.mark.parametrize("line", [b"", b"unknown", b"198.51.100.7, _hidden", b"\xff", b"1.2.3.4.5", b","])
    def test_what_is_no_address_ends_the_list(self, line: bytes) -> None:
        assert PROXIES.client("127.0.0.1", [line]) == "127.0.0.1"

    def test_a_list_without_end_is_not_gone_through(self) -> None:
        assert PROXIES.client("127.0.0.1", [b"198.51.100.7" + b", 10.0.0.1" * 10_000]) == "10.0.0.1"

    def test_with_none_trusted(self) -> None:
        assert Proxies([]).client("127.0.0.1", [b"198.51.100.7"]) == "127.0.0.1"


class TestRequestsThroughTheDashboard:
    """Have limits by the client's address, and sessions tell it."""

    def ask(self, http: Any, forwarded: str, peer: str = "127.0.0.1") -> Any:
        wire = http.connect()
        wire.transport.peerAddr = IPv4Address("TCP", peer, 1)
        wire.send(request("POST", "/auth/x", b"", None, X_Forwarded_For=forwarded))
        return wire.answers()[0]

    @pytest.fixture
    def http(self, serve: Any) -> Any:
        async def address(call: Any) -> Made:
            return Made(call.address)

        one = endpoint("POST", "/auth/x", address, needs=Needs.NOTHING, cost=Cost.AUTH)
        trusted = [ip_network("127.0.0.0/8")]
        return serve(one, limits=RateLimitSettings(auth_per_minute=1), trusted_proxies=trusted)

    def test_the_endpoint_is_told_the_clients_address(self, http: Any) -> None:
        assert self.ask(http, "198.51.100.7").json == {"id": "198.51.100.7"}

    def test_each_client_has_a_bucket(self, http: Any) -> None:
        assert self.ask(http, "198.51.100.7").status == 200
        assert self.ask(http, "198.51.100.8").status == 200
        assert self.ask(http, "198.51.100.7").status == 429

    def test_who_makes_up_hops_gets_no_further(self, http: Any) -> None:
        assert self.ask(http, "203.0.113.1, 198.51.100.7").status == 200
        assert self.ask(http, "203.0.113.2, 198.51.100.7").status == 429

    def test_who_comes_directly_gets_no_further(self, http: Any) -> None:
        assert self.ask(http, "203.0.113.1", "198.51.100.7").status == 200
        assert self.ask(http, "203.0.113.2", "198.51.100.7").status == 429
