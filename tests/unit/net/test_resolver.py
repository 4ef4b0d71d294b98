"""The resolver, asked on a clock, with name servers that are functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.task import Clock

from mailit.interfaces import Mx
from mailit.net.question import Server, Unanswered
from mailit.net.resolver import DnsResolver, NoAnswer, NoSuchName, read_system
from mailit.net.settings import DnsSettings

Fill = Callable[[dns.message.Message], None]


class Names:
    """A name server that answers by table, now or when it is told to."""

    def __init__(self) -> None:
        self.table: dict[tuple[str, str], Fill] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.held: list[Deferred[None]] = []
        self.hold = False
        self.dead = False
        self.servers: list[Server] = []

    def ask(self, reactor: Any, in_thread: Any, server: Server, query: Any, timeout: float) -> Deferred[Any]:
        name = query.question[0].name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked[name, kind] += 1
        self.servers.append(server)
        gate: Deferred[None] = Deferred()

        def answer(_: None) -> dns.message.Message:
            if self.dead:
                raise Unanswered("no answer")
            response = dns.message.make_response(query)
            self.table.get((name, kind), nodata)(response)
            return dns.message.from_wire(response.to_wire())

        if self.hold:
            self.held.append(gate)
        else:
            gate.callback(None)
        return gate.addCallback(answer)

    def release(self) -> None:
        self.hold = False
        held, self.held = self.held, []
        for gate in held:
            gate.callback(None)


def records(*values: str, ttl: int = 60) -> Fill:
    """Answers with these."""

    def fill(response: dns.message.Message) -> None:
        question = response.question[0]
        response.answer.append(dns.rrset.from_text_list(question.name, ttl, "IN", question.rdtype, values))

    return fill


def alias(target: str, ttl: int) -> Fill:
    """Answers that the name is another's alias, and says nothing of that one."""

    def fill(response: dns.message.Message) -> None:
        response.answer.append(dns.rrset.from_text(response.question[0].name, ttl, "IN", "CNAME", target))

    return fill


def nxdomain(response: dns.message.Message) -> None:
    """There is no such name, and won't be for 30 s."""
    response.set_rcode(dns.rcode.NXDOMAIN)
    response.authority.append(dns.rrset.from_text("test.", 3600, "IN", "SOA", "ns.test. h.test. 1 2 3 4 30"))


def nodata(response: dns.message.Message) -> None:
    """The name has nothing of the kind."""
    response.authority.append(dns.rrset.from_text("test.", 3600, "IN", "SOA", "ns.test. h.test. 1 2 3 4 30"))


def servfail(response: dns.message.Message) -> None:
    """The server can't say."""
    response.set_rcode(dns.rcode.SERVFAIL)


class House:
    """A resolver with its clock and its server."""

    def __init__(
        self,
        tmp_path: Path,
        hosts: str = "",
        servers: str = "nameserver 192.0.2.1\n",
        settings: DnsSettings = DnsSettings(),  # noqa: B008
    ) -> None:
        self.clock = Clock()
        self.names = Names()
        (tmp_path / "hosts").write_text(hosts)
        (tmp_path / "resolv.conf").write_text(servers)
        self.resolver = DnsResolver(
            self.clock,
            settings,
            maybeDeferred,
            self.names.ask,
            str(tmp_path / "resolv.conf"),
            str(tmp_path / "hosts"),
        )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def now(deferred: Deferred[Any]) -> Any:
    """What it has fired with; raises what it failed with."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    assert got, "nothing has come yet"
    if hasattr(got[0], "raiseException"):
        got[0].raiseException()
    return got[0]


class TestAnswers:
    """Records come as the seam says."""

    def test_mx(self, house: House) -> None:
        """With preferences, in lower case, without the final dot."""
        house.names.table["example.test", "MX"] = records("10 MX1.example.test.", "20 mx2.example.test.")
        assert sorted(now(house.resolver.mx("Example.TEST.")), key=lambda mx: mx.preference) == [
            Mx(10, "mx1.example.test"),
            Mx(20, "mx2.example.test"),
        ]

    def test_a_null_mx_is_a_dot(self, house: House) -> None:
        """RFC 7505 §3."""
        house.names.table["example.test", "MX"] = records("0 .")
        assert list(now(house.resolver.mx("example.test"))) == [Mx(0, ".")]

    def test_addresses_of_both_families(self, house: House) -> None:
        """IPv4 first."""
        house.names.table["mx.test", "A"] = records("192.0.2.7")
        house.names.table["mx.test", "AAAA"] = records("2001:db8::7")
        assert list(now(house.resolver.addresses("mx.test"))) == ["192.0.2.7", "2001:db8::7"]

    def test_strings_of_a_txt_record_are_joined(self, house: House) -> None:
        """RFC 7208 §3.3."""
        house.names.table["t.test", "TXT"] = records('"v=DKIM1; p=AB" "CD"')
        assert list(now(house.resolver.txt("t.test"))) == ["v=DKIM1; p=ABCD"]

    def test_names_of_an_address(self, house: House) -> None:
        """Under in-addr.arpa."""
        house.names.table["7.2.0.192.in-addr.arpa", "PTR"] = records("mail.test.")
        assert list(now(house.resolver.ptr("192.0.2.7"))) == ["mail.test"]

    def test_a_cname_is_followed(self, house: House) -> None:
        """The answer's own chain is enough."""

        def chain(response: dns.message.Message) -> None:
            response.answer.append(dns.rrset.from_text("www.test.", 60, "IN", "CNAME", "real.test."))
            response.answer.append(dns.rrset.from_text("real.test.", 60, "IN", "A", "192.0.2.9"))

        house.names.table["www.test", "A"] = chain
        assert list(now(house.resolver.addresses("www.test"))) == ["192.0.2.9"]

    def test_an_alias_that_the_server_does_not_follow(self, house: House) -> None:
        """It says where the alias leads, and no more: that is asked for too, and kept for the shorter TTL."""
        house.names.table["example.test", "MX"] = alias("a.test.", 60)
        house.names.table["a.test", "MX"] = alias("b.test.", 20)
        house.names.table["b.test", "MX"] = records("10 mx.b.test.", ttl=300)
        assert list(now(house.resolver.mx("example.test"))) == [Mx(10, "mx.b.test")]
        house.clock.advance(19)
        now(house.resolver.mx("example.test"))
        assert house.names.asked["example.test", "MX"] == 1
        house.clock.advance(2)
        now(house.resolver.mx("example.test"))
        assert house.names.asked["example.test", "MX"] == 2

    def test_an_alias_that_leads_nowhere(self, house: House) -> None:
        """To a name that does not exist."""
        house.names.table["www.test", "A"] = alias("real.test.", 60)
        house.names.table["real.test", "A"] = house.names.table["real.test", "AAAA"] = nxdomain
        with pytest.raises(NoSuchName):
            now(house.resolver.addresses("www.test"))

    def test_an_alias_to_a_name_that_has_nothing(self, house: House) -> None:
        """Where the zone says so, nothing is asked again."""

        def nothing(response: dns.message.Message) -> None:
            alias("real.test.", 60)(response)
            nodata(response)

        house.names.table["www.test", "MX"] = nothing
        assert list(now(house.resolver.mx("www.test"))) == []
        assert house.names.asked["real.test", "MX"] == 0

    def test_aliases_without_end(self, house: House) -> None:
        """Nobody knows what is meant: that is for now."""
        house.names.table["a.test", "MX"] = alias("b.test.", 60)
        house.names.table["b.test", "MX"] = alias("a.test.", 60)
        with pytest.raises(NoAnswer, match="aliases without end"):
            now(house.resolver.mx("a.test"))

    def test_no_data_is_an_empty_answer(self, house: House) -> None:
        """The name exists; the kind does not."""
        assert list(now(house.resolver.mx("example.test"))) == []

    def test_a_name_that_does_not_exist(self, house: House) -> None:
        """NXDOMAIN is its own error."""
        house.names.table["no.test", "MX"] = nxdomain
        with pytest.raises(NoSuchName):
            now(house.resolver.mx("no.test"))

    @pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", ".".join(["abcdefgh"] * 40)])
    def test_a_name_that_can_not_be(self, house: House, name: str) -> None:
        """No question is asked for what DNS can't hold."""
        with pytest.raises(NoSuchName):
            now(house.resolver.mx(name))
        assert not house.names.asked

    def test_one_family_may_fail(self, house: House) -> None:
        """Servers exist that choke on AAAA; the A record serves."""
        house.names.table["mx.test", "A"] = records("192.0.2.7")
        house.names.table["mx.test", "AAAA"] = servfail
        assert list(now(house.resolver.addresses("mx.test"))) == ["192.0.2.7"]

    def test_no_address_and_a_failure_is_a_failure(self, house: House) -> None:
        """Nobody said that there is none."""
        house.names.table["mx.test", "AAAA"] = servfail
        with pytest.raises(NoAnswer):
            now(house.resolver.addresses("mx.test"))


class TestTheCache:
    """One question a TTL."""

    def test_it_is_kept_for_its_ttl(self, house: House) -> None:
        """And asked for again when that has passed."""
        house.names.table["t.test", "TXT"] = records('"one"', ttl=60)
        for _ in range(3):
            now(house.resolver.txt("t.test"))
        house.clock.advance(59)
        now(house.resolver.txt("t.test"))
        assert house.names.asked["t.test", "TXT"] == 1
        house.clock.advance(2)
        now(house.resolver.txt("t.test"))
        assert house.names.asked["t.test", "TXT"] == 2

    def test_a_ttl_of_nothing(self, house: House) -> None:
        """Lasts for a second, in which one mail has all its questions."""
        house.names.table["example.test", "MX"] = records("10 mx.test.", ttl=0)
        for seconds in (0.0, 0.5, 0.6):
            house.clock.advance(seconds)
            now(house.resolver.mx("example.test"))
        assert house.names.asked["example.test", "MX"] == 2

    def test_absence_is_kept_for_the_zones_minimum(self, house: House) -> None:
        """RFC 2308 §5: 30 s here, for NXDOMAIN and for an empty answer."""
        house.names.table["no.test", "MX"] = nxdomain
        for name in ("no.test", "empty.test"):
            for wait, asked in ((0, 1), (29, 1), (2, 2)):
                house.clock.advance(wait)
                now(house.resolver.mx(name).addErrback(lambda failure: failure.trap(NoSuchName)))
                assert house.names.asked[name, "MX"] == asked

    def test_one_question_is_in_flight(self, house: House) -> None:
        """Each who waits has a Deferred of his own."""
        house.names.table["t.test", "TXT"] = records('"one"')
        house.names.hold = True
        waiting = [house.resolver.txt("t.test") for _ in range(3)]
        gone = house.resolver.txt("t.test").addErrback(lambda failure: failure.trap(CancelledError))
        gone.cancel()
        house.names.release()
        assert [list(now(one)) for one in waiting] == [["one"]] * 3
        assert house.names.asked["t.test", "TXT"] == 1


class TestDnsThatIsDown:
    """A failure is not an answer."""

    def test_servfail(self, house: House) -> None:
        """One server's SERVFAIL is final for the moment, and it isn't asked again at once."""
        house.names.table["t.test", "TXT"] = servfail
        for _ in range(2):
            with pytest.raises(NoAnswer):
                now(house.resolver.txt("t.test"))
        assert house.names.asked["t.test", "TXT"] == 1

    def test_silence(self, house: House) -> None:
        """It is tried three times, then nobody knows."""
        house.names.dead = True
        with pytest.raises(NoAnswer):
            now(house.resolver.mx("example.test"))
        assert house.names.asked["example.test", "MX"] == 3

    def test_an_old_answer_serves_for_a_while(self, house: House) -> None:
        """For an hour after its end (RFC 8767), and no longer."""
        house.names.table["t.test", "TXT"] = records('"one"', ttl=60)
        now(house.resolver.txt("t.test"))
        house.names.dead = True
        house.clock.advance(61)
        assert list(now(house.resolver.txt("t.test"))) == ["one"]
        house.clock.advance(3700)
        with pytest.raises(NoAnswer):
            now(house.resolver.txt("t.test"))

    def test_it_heals(self, house: House) -> None:
        """A failure is kept for seconds alone."""
        house.names.dead = True
        with pytest.raises(NoAnswer):
            now(house.resolver.txt("t.test"))
        house.names.dead = False
        house.names.table["t.test", "TXT"] = records('"back"')
        house.clock.advance(6)
        assert list(now(house.resolver.txt("t.test"))) == ["back"]

    def test_the_next_server_is_asked(self, tmp_path: Path) -> None:
        """Each of resolv.conf has its turn."""
        house = House(tmp_path, servers="nameserver 192.0.2.1\nnameserver 192.0.2.2\n")
        house.names.table["t.test", "TXT"] = servfail
        with pytest.raises(NoAnswer):
            now(house.resolver.txt("t.test"))
        assert [server.host for server in house.names.servers] == ["192.0.2.1", "192.0.2.2"]


class TestNamesThatDnsIsNotAskedFor:
    """Loopback, literals, and the hosts file."""

    @pytest.mark.parametrize("name", ["localhost", "mail.LOCALHOST."])
    def test_localhost(self, house: House, name: str) -> None:
        """RFC 6761 §6.3."""
        assert list(now(house.resolver.addresses(name))) == ["127.0.0.1", "::1"]
        assert not house.names.asked

    def test_an_address_stands_for_itself(self, house: House) -> None:
        """Of either family."""
        assert list(now(house.resolver.addresses("192.0.2.1"))) == ["192.0.2.1"]
        assert list(now(house.resolver.addresses("2001:db8::1"))) == ["2001:db8::1"]

    def test_the_hosts_file(self, tmp_path: Path) -> None:
        """Its names, aliases too; comments are none."""
        house = House(tmp_path, hosts="# x\n10.0.0.5 Relay.test relay # y.test\n10.0.0.6 relay\n")
        assert list(now(house.resolver.addresses("relay.test"))) == ["10.0.0.5"]
        assert list(now(house.resolver.addresses("relay"))) == ["10.0.0.5", "10.0.0.6"]
        assert not house.names.asked


class TestTheSystemsFiles:
    """Which servers are asked."""

    def test_an_address_of_the_configuration(self, tmp_path: Path) -> None:
        """`dns.resolver` names the only one."""
        assert read_system("[::1]:5353", str(tmp_path / "no"), str(tmp_path / "no")).servers == (Server("::1", 5353),)

    def test_no_file(self, tmp_path: Path) -> None:
        """Then the server is on this machine (resolv.conf(5))."""
        assert read_system("system", str(tmp_path / "no"), str(tmp_path / "no")).servers == (Server("127.0.0.1", 53),)

    def test_a_file_that_changes(self, tmp_path: Path) -> None:
        """It is read again after a minute."""
        house = House(tmp_path)
        now(house.resolver.txt("a.test"))
        (tmp_path / "resolv.conf").write_text("nameserver 192.0.2.99\n")
        now(house.resolver.txt("b.test"))
        house.clock.advance(61)
        now(house.resolver.txt("c.test"))
        assert [server.host for server in house.names.servers] == ["192.0.2.1", "192.0.2.1", "192.0.2.99"]


def validated(fill: Fill) -> Fill:
    """The same, and the server says that it validated it."""

    def filled(response: dns.message.Message) -> None:
        fill(response)
        response.flags |= dns.flags.AD

    return filled


class TestWhoseWordOnDnssecIsTaken:
    """The AD bit travels in the clear."""

    @pytest.mark.parametrize(
        ("server", "trusted", "believed"),
        [
            ("127.0.0.1", (), True),
            ("127.0.0.53", (), True),
            ("::1", (), True),
            ("192.0.2.1", (), False),
            ("192.0.2.1", ("192.0.2.1",), True),
            ("192.0.2.1", ("192.0.2.2",), False),
        ],
    )
    def test_by_the_way_to_the_server(
        self, tmp_path: Path, server: str, trusted: tuple[str, ...], believed: bool
    ) -> None:
        """Over loopback, or by name of the operator."""
        settings = DnsSettings(trusted_resolvers=trusted)
        house = House(tmp_path, servers=f"nameserver {server}\n", settings=settings)
        house.names.table["a.test", "MX"] = validated(records("10 mx.a.test."))
        assert now(house.resolver.vouched("a.test", "MX")) == ("a.test" if believed else None)

    def test_a_part_that_is_not_validated(self, tmp_path: Path) -> None:
        """Spoils the whole."""
        house = House(tmp_path, servers="nameserver 127.0.0.1\n")
        house.names.table["a.test", "A"] = validated(records("192.0.2.1"))
        house.names.table["a.test", "AAAA"] = records("2001:db8::1")
        assert now(house.resolver.vouched("a.test", "A", "AAAA")) is None
        assert now(house.resolver.vouched("a.test", "A")) == "a.test"

    def test_the_hosts_file(self, tmp_path: Path) -> None:
        """Is nobody's word."""
        house = House(tmp_path, hosts="192.0.2.1 a.test\n", servers="nameserver 127.0.0.1\n")
        house.names.table["a.test", "A"] = validated(records("192.0.2.1"))
        assert now(house.resolver.vouched("a.test", "A")) is None

    def test_nothing_of_the_past_stands_in_for_tlsa(self, tmp_path: Path) -> None:
        """Where old MX records would serve on."""
        house = House(tmp_path, servers="nameserver 127.0.0.1\n")
        house.names.table["a.test", "MX"] = validated(records("10 mx.a.test."))
        house.names.table["a.test", "TLSA"] = validated(records("3 1 1 " + "00" * 32))
        assert now(house.resolver.vouched("a.test", "MX")) == "a.test"
        assert len(now(house.resolver.tlsa("a.test"))) == 1
        house.names.dead = True
        house.clock.advance(61)
        assert now(house.resolver.vouched("a.test", "MX")) == "a.test"
        with pytest.raises(NoAnswer):
            now(house.resolver.tlsa("a.test"))
