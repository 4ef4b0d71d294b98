"""From a domain to its exchangers."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from twisted.internet.task import Clock

from mailit.delivery.exchangers import Exchanger, Exchangers, Route
from mailit.interfaces import Mx, Outcome
from mailit.net.guard import Guard
from mailit.testing.dns import MemoryResolver


class Names:
    """A resolver, and who asks it."""

    def __init__(self, *allowed: str) -> None:
        self.clock = Clock()
        self.resolver = MemoryResolver(reactor=self.clock)
        self.exchangers = Exchangers(self.clock, self.resolver, Guard.allowing(map(ip_network, allowed)), 2525)

    def route(self, domain: str) -> Any:
        got: list[Any] = []
        self.exchangers.find(domain).addBoth(got.append)
        assert got
        return got[0]

    def outcome(self, domain: str) -> tuple[str, str]:
        outcome = self.route(domain)
        assert isinstance(outcome, Outcome)
        assert outcome.reply.text
        return outcome.kind.value, outcome.reply.status


@pytest.fixture
def names() -> Names:
    return Names()


class TestARoute:
    """Where mail goes."""

    def test_exchangers_by_preference(self, names: Names) -> None:
        """Lowest first, whatever order DNS has them in (RFC 5321 §5.1)."""
        names.resolver.mxs["a.test"] = [Mx(20, "b.mx"), Mx(5, "a.mx")]
        names.resolver.hosts.update({"a.mx": ["1.1.1.1", "2606:4700::1"], "b.mx": ["1.1.1.2"]})
        route = names.route("a.test")
        assert route.exchangers == (
            Exchanger(5, "a.mx", ("1.1.1.1", "2606:4700::1")),
            Exchanger(20, "b.mx", ("1.1.1.2",)),
        )
        assert route.port == 2525

    def test_domains_with_the_same_exchangers_are_one_site(self, names: Names) -> None:
        """In whatever order; another port or policy would be another pool."""
        names.resolver.exchangers("a.test", "a.mx", "b.mx", addresses=["1.1.1.1"])
        names.resolver.exchangers("b.test", "b.mx", "a.mx")
        names.resolver.exchangers("c.test", "a.mx")
        a, b, c = (names.route(domain) for domain in ("a.test", "b.test", "c.test"))
        assert a.key == b.key
        assert a.key != c.key

    def test_without_mx_the_domain_itself(self, names: Names) -> None:
        """Its A and AAAA records (RFC 5321 §5.1)."""
        names.resolver.hosts["a.test"] = ["1.1.1.1"]
        assert names.route("a.test").exchangers == (Exchanger(0, "a.test", ("1.1.1.1",)),)

    @pytest.mark.parametrize(
        ("literal", "address"), [("[1.1.1.1]", "1.1.1.1"), ("[ipv6:2606:4700::1]", "2606:4700::1")]
    )
    def test_an_address_literal(self, names: Names, literal: str, address: str) -> None:
        """DNS is not asked."""
        assert names.route(literal).exchangers == (Exchanger(0, literal, (address,)),)
        assert not names.resolver.asked

    def test_an_exchanger_without_address_is_left_out(self, names: Names) -> None:
        """The others take its mail; it still counts for the site's name."""
        names.resolver.mxs["a.test"] = [Mx(5, "gone.mx"), Mx(10, "b.mx")]
        names.resolver.hosts["b.mx"] = ["1.1.1.2"]
        route = names.route("a.test")
        assert [one.host for one in route.exchangers] == ["b.mx"]
        assert route.site == {"gone.mx", "b.mx"}


class TestNoRoute:
    """For good, or for now."""

    def test_a_domain_that_does_not_exist(self, names: Names) -> None:
        """NXDOMAIN bounces."""
        assert names.outcome("no.test") == ("bounced", "5.1.2")

    def test_a_domain_without_anything(self, names: Names) -> None:
        """Neither MX nor address."""
        names.resolver.txts["a.test"] = ["x"]
        assert names.outcome("a.test") == ("bounced", "5.1.2")

    def test_null_mx(self, names: Names) -> None:
        """RFC 7505: it takes no mail, though it has an address."""
        names.resolver.mxs["a.test"] = [Mx(0, ".")]
        names.resolver.hosts["a.test"] = ["1.1.1.1"]
        assert names.outcome("a.test") == ("bounced", "5.1.10")

    def test_a_null_mx_among_others_is_none(self, names: Names) -> None:
        """RFC 7505 §3: it must stand alone."""
        names.resolver.exchangers("a.test", "a.mx", addresses=["1.1.1.1"])
        names.resolver.mxs["a.test"] = [Mx(0, "."), Mx(10, "a.mx")]
        assert [one.host for one in names.route("a.test").exchangers] == ["a.mx"]

    def test_dns_does_not_say(self, names: Names) -> None:
        """A timeout or SERVFAIL is never for good."""
        names.resolver.broken.add("a.test")
        assert names.outcome("a.test") == ("deferred", "4.4.3")

    def test_dns_does_not_say_where_the_exchangers_are(self, names: Names) -> None:
        """Nor is this."""
        names.resolver.mxs["a.test"] = [Mx(5, "a.mx"), Mx(10, "b.mx")]
        names.resolver.broken.add("b.mx")
        assert names.outcome("a.test") == ("deferred", "4.4.3")

    def test_exchangers_that_do_not_exist(self, names: Names) -> None:
        """All of them."""
        names.resolver.mxs["a.test"] = [Mx(5, "a.mx")]
        assert names.outcome("a.test") == ("bounced", "5.1.2")


class TestOurOwnHouse:
    """An exchanger at a private address is not connected to."""

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1"])
    def test_it_is_refused(self, names: Names, address: str) -> None:
        """It failed by our policy, which names the setting."""
        names.resolver.exchangers("a.test", "a.mx", addresses=[address])
        assert names.outcome("a.test") == ("failed", "5.4.4")
        assert "security.allowed_networks" in names.route("a.test").reply.text

    def test_a_literal_too(self, names: Names) -> None:
        """Whoever writes it."""
        assert names.outcome("[127.0.0.1]") == ("failed", "5.4.4")

    def test_the_public_addresses_remain(self, names: Names) -> None:
        """Of a host that has both."""
        names.resolver.exchangers("a.test", "a.mx", addresses=["127.0.0.1", "1.1.1.1"])
        assert names.route("a.test").exchangers[0].addresses == ("1.1.1.1",)

    def test_allowed_networks(self) -> None:
        """As the operator says."""
        names = Names("127.0.0.0/8")
        names.resolver.exchangers("a.test", "a.mx", addresses=["127.0.0.1"])
        assert isinstance(names.route("a.test"), Route)


class TestMemory:
    """A route is kept for a moment; a failure is not."""

    def test_one_look_up_for_many(self, names: Names) -> None:
        """Each who waits has a Deferred of his own."""
        names.resolver.exchangers("a.test", "a.mx", addresses=["1.1.1.1"])
        names.resolver.delay = 1
        got: list[Any] = []
        for _ in range(3):
            names.exchangers.find("a.test").addCallback(got.append)
        names.clock.pump([1, 1])
        assert len(got) == 3
        assert all(isinstance(route, Route) for route in got)
        assert names.resolver.asked["mx", "a.test"] == 1

    def test_it_is_looked_up_anew(self, names: Names) -> None:
        """After half a minute, with nobody waiting; after a minute, with everybody waiting."""
        names.resolver.exchangers("a.test", "a.mx", addresses=["1.1.1.1"])
        names.route("a.test")
        names.clock.advance(29)
        assert names.exchangers.known("a.test") is not None
        assert names.resolver.asked["mx", "a.test"] == 1
        names.clock.advance(2)
        assert names.exchangers.known("a.test") is not None
        assert names.resolver.asked["mx", "a.test"] == 2
        names.clock.advance(61)
        assert names.exchangers.known("a.test") is None

    def test_a_failure_is_asked_for_again(self, names: Names) -> None:
        """The resolver has its own memory of those."""
        names.resolver.broken.add("a.test")
        names.outcome("a.test")
        assert names.exchangers.known("a.test") is None
