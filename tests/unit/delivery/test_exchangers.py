"""From a domain to its exchangers."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from mailit.delivery.exchangers import Exchanger, Exchangers, Ourselves, Route
from mailit.interfaces import Mx, Outcome, Tlsa
from mailit.mail.sts import Mode, StsPolicy
from mailit.net.guard import Guard
from mailit.net.tls import Tls
from mailit.testing.dns import MemoryResolver


class Names:
    """A resolver, and who asks it."""

    def __init__(self, *allowed: str, **options: Any) -> None:
        self.clock = Clock()
        self.resolver = MemoryResolver(reactor=self.clock)
        guard = Guard.allowing(map(ip_network, allowed))
        self.exchangers = Exchangers(self.clock, self.resolver, guard, 2525, **options)

    def route(self, domain: str) -> Any:
        got: list[Any] = []
        self.exchangers.find(domain).addBoth(got.append)
        assert got
        return got[0]

    def outcome(self, domain: str) -> tuple[str, str]:
        outcome = self.route(domain)
        assert isinstance(outcome, Outcome), outcome
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

    def test_a_hundred_exchangers(self, names: Names) -> None:
        """Some of the best are enough, always the same, lest each look-up be another site with a pace of its own."""
        hosts = [f"{number:03}.mx" for number in range(100)]
        names.resolver.hosts.update({host: ["1.1.1.1"] for host in hosts})
        names.resolver.mxs["a.test"] = [Mx(10, host) for host in hosts]
        first = names.route("a.test")
        names.resolver.mxs["b.test"] = [Mx(10, host) for host in reversed(hosts)]
        assert names.route("b.test").key == first.key
        assert len(first.exchangers) == 20

    def test_a_hundred_exchangers_of_which_the_last_has_an_address(self, names: Names) -> None:
        """It is found: nobody may say that there is none who has not looked."""
        hosts = [f"{number:03}.mx" for number in range(100)]
        names.resolver.hosts["099.mx"] = ["1.1.1.1"]
        names.resolver.mxs["a.test"] = [Mx(10, host) for host in hosts]
        assert [one.host for one in names.route("a.test").exchangers] == ["099.mx"]

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


class TestACircle:
    """An exchanger that is ourselves, of a domain that we do not receive."""

    OURS = Ourselves(frozenset(["mail.ours.test"]), frozenset(["9.9.9.9"]))

    @pytest.fixture
    def names(self) -> Names:
        names = Names(ourselves=self.OURS)
        names.resolver.hosts["mail.ours.test"] = ["9.9.9.8", "10.0.0.1"]
        return names

    @pytest.mark.parametrize(
        ("host", "address"),
        [("mail.ours.test", "1.1.1.1"), ("a.mx", "9.9.9.9"), ("a.mx", "9.9.9.8")],
        ids=["our name", "an address that we send from", "the address of our name"],
    )
    def test_it_is_told(self, names: Names, host: str, address: str) -> None:
        """It is our side's fault, or the domain's, never the recipient's: it failed."""
        names.resolver.exchangers("a.test", host, addresses=[address])
        names.resolver.hosts.setdefault(host, [address])
        assert names.outcome("a.test") == ("failed", "5.4.6")

    def test_our_private_address_may_be_anybodys(self, names: Names) -> None:
        """Elsewhere it is another machine."""
        names.resolver.exchangers("a.test", "a.mx", addresses=["10.0.0.1"])
        assert names.outcome("a.test") == ("failed", "5.4.4")

    def test_without_mx_too(self, names: Names) -> None:
        """The domain is at our address."""
        names.resolver.hosts["a.test"] = ["9.9.9.9"]
        assert names.outcome("a.test") == ("failed", "5.4.6")

    def test_by_address_too(self, names: Names) -> None:
        """An address literal."""
        assert names.outcome("[9.9.9.9]") == ("failed", "5.4.6")

    def test_what_is_before_us_is_on_the_way(self, names: Names) -> None:
        """We are its backup; only nearer ones are gone to (RFC 5321 §5.1)."""
        names.resolver.mxs["a.test"] = [Mx(5, "a.mx"), Mx(10, "mail.ours.test"), Mx(10, "b.mx"), Mx(20, "c.mx")]
        names.resolver.hosts.update({host: ["1.1.1.1"] for host in ("a.mx", "b.mx", "c.mx")})
        assert [one.host for one in names.route("a.test").exchangers] == ["a.mx"]

    def test_our_name_without_an_address(self, names: Names) -> None:
        """Is our name."""
        names.resolver.exchangers("a.test", "mail.ours.test")
        del names.resolver.hosts["mail.ours.test"]
        assert names.outcome("a.test") == ("failed", "5.4.6")


@define(eq=False)
class Policies:
    """MTA-STS policies by domain."""

    policies: dict[str, StsPolicy] = field(factory=dict)
    asked: list[str] = field(factory=list)

    def find(self, domain: str) -> Deferred[StsPolicy | None]:
        self.asked.append(domain)
        return succeed(self.policies.get(domain))


class TestWhatIsAskedOfTls:
    """Exchanger by exchanger."""

    PIN = Tlsa(3, 1, 1, b"x" * 32)

    def two(self, **options: Any) -> tuple[Names, Policies]:
        """a.test has a.mx and b.mx."""
        policies = Policies()
        names = Names(sts=policies, **options)
        names.resolver.exchangers("a.test", "a.mx", "b.mx", addresses=["1.1.1.1"])
        return names, policies

    def demands(self, names: Names, domain: str = "a.test") -> dict[str, tuple[str, str]]:
        """What is asked of each, and by which policy."""
        route = names.route(domain)
        assert isinstance(route, Route), route
        demands = {one.host: route.demand(one) for one in route.exchangers}
        return {host: (demand.tls.value, demand.policy) for host, demand in demands.items()}

    def test_what_the_operator_asks(self) -> None:
        """Of all, where nobody else says anything."""
        names, _ = self.two(tls=Tls.MANDATORY)
        assert self.demands(names) == {"a.mx": ("mandatory", "mandatory"), "b.mx": ("mandatory", "mandatory")}

    def test_what_he_asks_of_a_domain(self) -> None:
        """Its mail has a pool of its own."""
        names, _ = self.two(tls_domains=[("b.test", Tls.ENFORCED)])
        names.resolver.exchangers("b.test", "a.mx", "b.mx")
        assert set(self.demands(names, "b.test").values()) == {("enforced", "enforced")}
        assert names.route("a.test").key != names.route("b.test").key

    def test_a_policy_that_names_one(self) -> None:
        """The other is not gone to."""
        names, policies = self.two()
        policies.policies["a.test"] = StsPolicy(Mode.ENFORCE, 60, ("a.mx",))
        assert self.demands(names) == {"a.mx": ("enforced", "mta-sts")}

    def test_a_policy_that_names_none(self) -> None:
        """The mail waits: for another policy, or other records."""
        names, policies = self.two()
        policies.policies["a.test"] = StsPolicy(Mode.ENFORCE, 60, ("c.mx",))
        assert names.outcome("a.test") == ("deferred", "4.7.5")

    def test_none_is_not_asked_about(self) -> None:
        """Where the operator wants no TLS at all."""
        names, policies = self.two(tls=Tls.NONE)
        self.demands(names)
        assert not policies.asked

    def signed(self, *names_: str, **options: Any) -> Names:
        """DNSSEC vouches for a.test and its exchangers."""
        names, _ = self.two(**options)
        names.resolver.vouched_for.update({"a.test", "a.mx", "b.mx", "_2525._tcp.a.mx", *names_})
        return names

    def test_pins_of_one(self) -> None:
        """It is held to them; of the other the operator's policy is asked."""
        names = self.signed()
        names.resolver.tlsas["_2525._tcp.a.mx"] = [self.PIN]
        assert self.demands(names) == {"a.mx": ("mandatory", "dane"), "b.mx": ("opportunistic", "opportunistic")}
        demand = names.route("a.test").exchangers[0].demand
        assert demand is not None
        assert (demand.tlsa, demand.names) == ((self.PIN,), ("a.mx", "a.test"))

    @pytest.mark.parametrize("unsigned", ["a.test", "a.mx", "_2525._tcp.a.mx"])
    def test_dnssec_all_the_way(self, unsigned: str) -> None:
        """For the exchangers, the address and the records, or they are none."""
        names = self.signed()
        names.resolver.vouched_for.discard(unsigned)
        names.resolver.tlsas["_2525._tcp.a.mx"] = [self.PIN]
        assert self.demands(names)["a.mx"] == ("opportunistic", "opportunistic")

    def test_it_can_be_turned_off(self) -> None:
        """`smtp_outbound.dane`."""
        names = self.signed(dane=False)
        names.resolver.tlsas["_2525._tcp.a.mx"] = [self.PIN]
        assert self.demands(names)["a.mx"] == ("opportunistic", "opportunistic")

    def test_records_that_can_not_be_had(self) -> None:
        """That exchanger is not gone to, and where it is the last one, the mail waits (RFC 7672 §2.1.2)."""
        names = self.signed()
        names.resolver.broken.add("_2525._tcp.a.mx")
        assert list(self.demands(names)) == ["b.mx"]
        names = self.signed()
        names.resolver.broken.update({"_2525._tcp.a.mx", "_2525._tcp.b.mx"})
        assert names.outcome("a.test") == ("deferred", "4.7.5")

    @pytest.mark.parametrize(("at", "first"), [("real.mx", "real.mx"), ("a.mx", "a.mx")])
    def test_an_exchanger_that_is_an_alias(self, at: str, first: str) -> None:
        """Its pins stand at the alias's end, or else at its own name (RFC 7672 §2.2.2)."""
        names = self.signed("real.mx", f"_2525._tcp.{at}")
        names.resolver.cnames["a.mx"] = ["real.mx"]
        names.resolver.tlsas[f"_2525._tcp.{at}"] = [self.PIN]
        demand = names.route("a.test").exchangers[0].demand
        assert demand is not None
        assert demand.names[0] == first

    def test_without_mx(self) -> None:
        """That there is none is vouched for, too."""
        names = Names()
        names.resolver.hosts["a.test"] = ["1.1.1.1"]
        names.resolver.vouched_for.update({"a.test", "_2525._tcp.a.test"})
        names.resolver.tlsas["_2525._tcp.a.test"] = [self.PIN]
        assert self.demands(names) == {"a.test": ("mandatory", "dane")}

    def test_mail_that_is_to_be_verified(self) -> None:
        """Has the same route, and sessions of its own."""
        names, _ = self.two()
        route = names.route("a.test")
        assert {route.strict.demand(one).tls for one in route.strict.exchangers} == {Tls.ENFORCED}
        assert route.strict.site == route.site
        assert route.strict.key != route.key
        assert route.strict is route.strict
