"""Sessions of a site, and what waits for them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from mailit.delivery.outcomes import InDoubt
from mailit.delivery.pool import Pool
from mailit.delivery.settings import Source
from mailit.delivery.shaping import Limits
from mailit.draft import Stream
from mailit.interfaces import Mx
from mailit.testing.exchanger import CLOSE, SILENT, after, then_close
from mailit.testing.wires import BLACKHOLE
from tests.unit.delivery.conftest import ADDRESS, PENDING, Delivery


def users(count: int, domain: str = "example.net") -> list[str]:
    """So many recipients."""
    return [f"u{number}@{domain}" for number in range(count)]


def two_exchangers(delivery: Delivery, *preferences: int) -> None:
    """example.net has mx1 at 198.0.2.1 and mx2 at 198.0.2.2."""
    delivery.resolver.mxs["example.net"] = [
        Mx(preference, f"mx{number}.example.net") for number, preference in enumerate(preferences, 1)
    ]
    for number in range(1, len(preferences) + 1):
        delivery.resolver.hosts[f"mx{number}.example.net"] = [f"198.0.2.{number}"]


class TestHowManySessions:
    """As few as do the work."""

    def test_twenty_recipients_cost_one(self, delivery: Delivery) -> None:
        """Reused and pipelined."""
        delivery.send(*users(20))
        delivery.wait(30)
        assert delivery.exchanger.connections == 1

    def test_a_backlog_opens_more(self, delivery: Delivery) -> None:
        """Up to the limit."""
        delivery.send(*users(300))
        delivery.wait(30)
        assert 10 < delivery.exchanger.most_open <= 20
        assert len(delivery.exchanger.caught) == 300

    def test_the_limit_holds(self) -> None:
        """Whatever waits."""
        delivery = Delivery(limits=Limits(sessions=3))
        delivery.send(*users(300))
        delivery.wait(60)
        assert delivery.exchanger.most_open == 3
        assert len(delivery.exchanger.caught) == 300

    def test_a_slow_site_gets_more_one_by_one(self, delivery: Delivery) -> None:
        """Where what waits would take longer than ten seconds."""
        delivery.exchanger.at(".", *[after(5, "250 ok")] * 30)
        delivery.send(*users(15))
        delivery.wait(2)
        assert delivery.exchanger.connections == 1
        delivery.wait(30)
        assert 3 <= delivery.exchanger.most_open <= 20
        assert len(delivery.exchanger.caught) == 15

    def test_domains_of_one_site_share_them(self, delivery: Delivery) -> None:
        """They have the same exchangers."""
        delivery.resolver.exchangers("other.test", "mx.example.net")
        delivery.send("a@example.net", "b@other.test")
        delivery.wait()
        assert delivery.exchanger.connections == 1
        assert len(delivery.exchanger.caught) == 2

    def test_the_process_has_a_limit_too(self) -> None:
        """A site that finds no connection free has its turn when another's is closed."""
        delivery = Delivery(limits=Limits(idle=1))
        delivery.carrier._slots._free = 1
        delivery.resolver.exchangers("other.test", "mx.other.test", addresses=["198.0.2.77"])
        other = delivery.listen("198.0.2.77")
        delivery.send("a@example.net", "b@other.test")
        delivery.wait(1)
        assert (len(delivery.exchanger.caught), len(other.caught)) == (1, 0)
        delivery.wait(10)
        assert len(other.caught) == 1


class TestWhoGoesFirst:
    """Transactional mail waits for no broadcast."""

    def test_transactional_mail_overtakes(self, delivery: Delivery) -> None:
        """Whatever the pool has already taken of a broadcast."""
        delivery.exchanger.at(".", *[after(1, "250 ok")] * 40)
        delivery.send(*users(15), stream=Stream.BROADCAST)
        delivery.send("reset@example.net")
        delivery.wait(4)
        assert delivery.kind("reset@example.net") == "delivered"
        assert PENDING in delivery.outcomes.values()


class TestWhichExchanger:
    """By preference, and the next where one won't talk."""

    def test_the_lowest_preference(self, delivery: Delivery) -> None:
        """As long as it talks."""
        two_exchangers(delivery, 10, 5)
        second = delivery.listen("198.0.2.2")
        delivery.send(*users(10))
        delivery.wait()
        assert (len(delivery.exchanger.caught), len(second.caught)) == (0, 10)

    def test_equals_share(self) -> None:
        """In random order."""
        delivery = Delivery(limits=Limits(messages=1))
        two_exchangers(delivery, 10, 10)
        second = delivery.listen("198.0.2.2")
        delivery.send(*users(40))
        delivery.wait(60)
        assert len(second.caught) + len(delivery.exchanger.caught) == 40
        assert len(second.caught) > 8
        assert len(delivery.exchanger.caught) > 8

    @pytest.mark.parametrize("refusal", ["refused", "blackhole", "greets badly", "busy"])
    def test_the_next_one(self, delivery: Delivery, refusal: str) -> None:
        """Refused, silent or turned away at the door: the next exchanger, in the same attempt."""
        two_exchangers(delivery, 5, 10)
        second = delivery.listen("198.0.2.2")
        if refusal == "refused":
            delivery.network.close(ADDRESS, 25)
        elif refusal == "blackhole":
            delivery.network.listen(ADDRESS, 25, BLACKHOLE)
        else:
            reply = "554 5.7.1 Go away" if refusal == "greets badly" else "421 4.3.2 Busy"
            delivery.exchanger.always("CONNECT", then_close(reply))
        delivery.send(*users(3))
        delivery.wait(60)
        assert [delivery.kind(one) for one in users(3)] == ["delivered"] * 3
        assert len(second.caught) == 3

    def test_the_next_address_of_a_host(self, delivery: Delivery) -> None:
        """A host may have many."""
        delivery.resolver.hosts["mx.example.net"] = ["198.0.2.50", "2606:4700::50", ADDRESS]
        delivery.send("ana@example.net")
        delivery.wait()
        assert delivery.kind("ana@example.net") == "delivered"
        assert delivery.network.dialled == [("198.0.2.50", 25), ("2606:4700::50", 25), (ADDRESS, 25)]

    def test_a_refusal_is_not_taken_elsewhere(self, delivery: Delivery) -> None:
        """A 5yz at RCPT or after the dot is an answer: the next exchanger is not tried."""
        two_exchangers(delivery, 5, 10)
        second = delivery.listen("198.0.2.2")
        delivery.exchanger.at("RCPT", "550 5.1.1 No such user")
        delivery.exchanger.at(".", "554 5.7.1 Spam")
        delivery.send("ana@example.net", "bo@example.net")
        delivery.wait()
        assert (delivery.kind("ana@example.net"), delivery.kind("bo@example.net")) == ("bounced", "bounced")
        assert not second.connections


class TestExchangersThatFailInTwoWays:
    """One is not there, another has something to say."""

    @pytest.mark.parametrize("preferences", [(5, 10), (10, 5)])
    @pytest.mark.parametrize("absent", [None, BLACKHOLE])
    def test_what_was_said_is_told(self, delivery: Delivery, preferences: tuple[int, int], absent: Any) -> None:
        """In whichever order they were tried."""
        two_exchangers(delivery, *preferences)
        delivery.network.close("198.0.2.1", 25)
        if absent is not None:
            delivery.network.listen("198.0.2.1", 25, absent)
        delivery.listen("198.0.2.2").always("CONNECT", then_close("451 4.3.0 Our disk is full"))
        delivery.send("ana@example.net")
        delivery.wait(60)
        outcome = delivery.outcome("ana@example.net")
        assert (outcome.kind.value, outcome.exchanger) == ("deferred", "mx2.example.net")
        assert str(outcome.reply) == "451 4.3.0 Our disk is full"


class TestASiteThatIsDown:
    """It is left alone for a while, and its mail waits for it."""

    def test_all_that_waits_is_deferred(self, delivery: Delivery) -> None:
        """By one try, with words that say what happened."""
        delivery.network.close(ADDRESS, 25)
        delivery.send(*users(10))
        delivery.wait()
        assert {delivery.kind(one) for one in users(10)} == {"deferred"}
        outcome = delivery.outcome("u0@example.net")
        assert outcome.reply.status == "4.4.1"
        assert "mx.example.net (198.0.2.1)" in outcome.reply.text
        assert len(delivery.network.dialled) == 1

    def test_what_comes_soon_after_is_not_tried(self, delivery: Delivery) -> None:
        """Ten seconds first, then longer."""
        delivery.network.close(ADDRESS, 25)
        for wait, dialled in ((0, 1), (5, 1), (6, 2), (11, 2), (10, 3)):
            delivery.wait(wait)
            delivery.send("ana@example.net")
            delivery.wait(0.2)
            assert delivery.kind("ana@example.net") == "deferred"
            assert len(delivery.network.dialled) == dialled

    def test_it_comes_back(self, delivery: Delivery) -> None:
        """And all is forgotten."""
        delivery.network.close(ADDRESS, 25)
        delivery.send("ana@example.net")
        delivery.wait(15)
        delivery.network.listen(ADDRESS, 25, delivery.exchanger)
        delivery.send("ana@example.net")
        delivery.wait()
        assert delivery.kind("ana@example.net") == "delivered"

    def test_a_refusal_for_good_is_not_given_from_memory(self, delivery: Delivery) -> None:
        """Who said 554 at the door is asked again before another mail bounces."""
        delivery.exchanger.always("CONNECT", then_close("554 5.7.1 Go away"))
        delivery.send("ana@example.net")
        delivery.wait(2)
        delivery.send("bo@example.net")
        delivery.wait(2)
        assert (delivery.kind("ana@example.net"), delivery.kind("bo@example.net")) == ("bounced", "deferred")

    def test_one_mail_that_kills_connections_is_alone(self, delivery: Delivery) -> None:
        """The others are delivered; no back-off for one message's sake."""
        delivery.exchanger.for_recipient("bad@example.net", CLOSE, CLOSE, CLOSE)
        delivery.send("bad@example.net", *users(5))
        delivery.wait(60)
        assert delivery.kind("bad@example.net") == "deferred"
        assert [delivery.kind(one) for one in users(5)] == ["delivered"] * 5

    def test_every_mail_kills_connections(self, delivery: Delivery) -> None:
        """Then it is the exchanger: after three in a row it is left alone."""
        delivery.exchanger.always("DATA", CLOSE)
        delivery.send(*users(15))
        delivery.wait(5)
        assert {delivery.kind(one) for one in users(15)} == {"deferred"}
        assert delivery.exchanger.connections == 3

    def test_another_site_does_not_notice(self, delivery: Delivery) -> None:
        """A blackholed site costs it nothing."""
        delivery.network.listen(ADDRESS, 25, BLACKHOLE)
        delivery.resolver.exchangers("other.test", "mx.other.test", addresses=["198.0.2.77"])
        delivery.listen("198.0.2.77")
        delivery.send(*users(50), "b@other.test")
        delivery.wait(1)
        assert delivery.kind("b@other.test") == "delivered"


class TestRoom:
    """How much the carrier takes."""

    def test_it_is_bounded(self, delivery: Delivery) -> None:
        """By what the site has in hand; it is free again when that is settled."""
        before = delivery.carrier.room("example.net")
        delivery.network.listen(ADDRESS, 25, BLACKHOLE)
        delivery.send(*users(before))
        delivery.wait(1)
        assert delivery.carrier.room("example.net") == 0
        delivery.wait(60)
        assert delivery.carrier.room("example.net") == before

    def test_it_grows_with_the_sites_rate(self) -> None:
        """So that a fast one need not wait for the next claim."""
        delivery = Delivery(latency=0.005)
        before = delivery.carrier.room("example.net")
        for _ in range(30):
            delivery.send(*users(delivery.carrier.room("example.net")))
            delivery.wait(0.05)
        delivery.wait(0.2)
        assert delivery.carrier.room("example.net") > before

    def test_bytes_bound_it_too(self, delivery: Delivery) -> None:
        """Large mails fill memory before they fill a count."""
        delivery.carrier._bytes = 300_000_000
        assert delivery.carrier.room("example.net") == 0


class TestStopping:
    """No new transactions; what is in flight may end, until the deadline."""

    def stop(self, delivery: Delivery, deadline: float = 10) -> list[None]:
        """Begins to stop; the list has an element when it is done."""
        done: list[None] = []
        Deferred.fromCoroutine(delivery.carrier.stop(deadline)).addCallback(done.append)
        return done

    def test_idle_sessions_say_quit(self, delivery: Delivery) -> None:
        """And it is done at once."""
        delivery.send("ana@example.net")
        delivery.wait(1)
        done = self.stop(delivery)
        delivery.wait(1)
        assert done == [None]
        assert delivery.exchanger.verbs()[-1] == "QUIT"
        assert not delivery.network.getDelayedCalls()

    def test_what_is_in_flight_ends(self, delivery: Delivery) -> None:
        """What waits is given back untried."""
        delivery.exchanger.at(".", after(3, "250 2.0.0 Ok"))
        delivery.send(*users(10))
        delivery.wait(1)
        done = self.stop(delivery)
        delivery.wait(0.1)
        kinds = [delivery.kind(one) if delivery.outcomes[one] != PENDING else PENDING for one in users(10)]
        assert kinds == [PENDING] * 2 + ["untried"] * 8
        delivery.wait(5)
        assert (delivery.kind("u0@example.net"), delivery.kind("u1@example.net")) == ("delivered", "delivered")
        assert done == [None]

    def test_the_deadline(self) -> None:
        """Past its dot: in doubt, by the policy. Before it: untried."""
        delivery = Delivery(in_doubt=InDoubt.HOLD)
        delivery.exchanger.always(".", SILENT)
        delivery.send(*users(5))
        delivery.wait(1)
        done = self.stop(delivery, 10)
        delivery.wait(9)
        assert not done
        delivery.wait(2)
        assert done == [None]
        first = delivery.outcome("u0@example.net")
        assert (first.kind.value, first.in_doubt, first.hold) == ("deferred", True, True)
        assert [delivery.kind(one) for one in users(5)[1:]] == ["untried"] * 4

    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "DATA"])
    def test_before_the_dot(self, delivery: Delivery, verb: str) -> None:
        """It was never tried, as far as anybody can tell."""
        delivery.exchanger.always(verb, SILENT)
        delivery.send("ana@example.net")
        delivery.wait(1)
        done = self.stop(delivery, 1)
        delivery.wait(2)
        assert done == [None]
        assert delivery.kind("ana@example.net") == "untried"
        assert delivery.exchanger.open == 0

    def test_while_it_dials(self, delivery: Delivery) -> None:
        """The connection that comes late is closed."""
        delivery.network.latency = 5
        delivery.send("ana@example.net")
        delivery.wait(1)
        done = self.stop(delivery, 1)
        delivery.wait(30)
        assert done == [None]
        assert delivery.kind("ana@example.net") == "untried"
        assert delivery.exchanger.open == 0

    def test_what_comes_after(self, delivery: Delivery) -> None:
        """Is untried too."""
        self.stop(delivery)
        delivery.send("ana@example.net")
        delivery.wait(1)
        assert delivery.kind("ana@example.net") == "untried"
        assert delivery.carrier.room("example.net") == 0


RATE = "421 4.7.28 Unusual rate of mail from your IP address"


def only_pool(delivery: Delivery) -> Pool:
    """The only one there is."""
    (pool,) = delivery.carrier.pools.values()
    return pool


class TestASiteThatAsksForLess:
    """It gets less; each of its mails is settled by what was said of itself."""

    def test_it_is_left_alone_and_then_sent_to_slowly(self, delivery: Delivery) -> None:
        """The mail that was refused is deferred with the words, the others wait for a moment."""
        delivery.exchanger.at("MAIL", then_close(RATE))
        delivery.send(*users(5))
        delivery.wait(9)
        kinds = [delivery.outcomes[one] for one in users(5)]
        assert delivery.outcome("u0@example.net").reply.status == "4.7.28"
        assert kinds[1:] == [PENDING] * 4
        assert delivery.exchanger.connections == 1
        delivery.wait(30)
        assert [delivery.kind(one) for one in users(5)[1:]] == ["delivered"] * 4
        assert 0 < only_pool(delivery).pace.rate < 5

    def test_where_it_takes_long_they_go_back(self, delivery: Delivery) -> None:
        """Untried, and none are asked for until it is over."""
        delivery.exchanger.at("MAIL", then_close(RATE), then_close(RATE))
        delivery.send(*users(5))
        delivery.wait(12)
        kinds = [delivery.kind(one) for one in users(5)]
        assert kinds == ["deferred", "deferred", "untried", "untried", "untried"]
        assert delivery.carrier.room("example.net") == 0
        delivery.wait(25)
        assert delivery.carrier.room("example.net") > 0

    def test_what_has_no_more_time_is_settled(self, delivery: Delivery) -> None:
        """With the site's words, though it never was tried; and more of those are asked for."""
        delivery.exchanger.always("CONNECT", then_close(RATE))
        delivery.send("ana@example.net")
        delivery.wait(11)
        pace = only_pool(delivery).pace
        pace.until = delivery.network.seconds() + 100
        delivery.carrier._pools.clear()
        delivery.carrier.paces.clock = lambda: 2e12
        delivery.send("bo@example.net")
        delivery.wait(1)
        assert (delivery.kind("bo@example.net"), delivery.outcome("bo@example.net").reply.code) == ("deferred", 421)
        assert delivery.carrier.room("example.net") > 0

    def test_no_mail_of_another_site_waits(self, delivery: Delivery) -> None:
        """Nor anything at all for one's mail that is refused."""
        delivery.resolver.exchangers("other.test", "mx.other.test", addresses=["198.0.2.77"])
        delivery.listen("198.0.2.77")
        delivery.exchanger.always("MAIL", then_close(RATE))
        delivery.send("ana@example.net", "bo@other.test")
        delivery.wait(1)
        assert delivery.kind("bo@other.test") == "delivered"

    def test_a_refusal_of_one_mail_slows_nobody(self, delivery: Delivery) -> None:
        """Greylisted, full, unknown: the pace stays as it was."""
        for one, reply in zip(users(3), ("450 4.2.0 Greylisted", "452 4.2.2 Full", "550 5.1.1 No"), strict=True):
            delivery.exchanger.for_recipient(one, reply)
        delivery.send(*users(6))
        delivery.wait(5)
        assert [delivery.kind(one) for one in users(6)[3:]] == ["delivered"] * 3
        assert (only_pool(delivery).pace.slowed_at, only_pool(delivery).pace.gated) == (None, False)

    def test_too_many_connections(self, delivery: Delivery) -> None:
        """Those beyond half of the open ones end, the others go on."""
        delivery.exchanger.always(".", after(3, "250 ok"))
        delivery.send(*users(81))
        delivery.wait(2)
        assert delivery.exchanger.open == 5
        delivery.exchanger.at("CONNECT", then_close("421 4.7.0 Too many concurrent connections"))
        delivery.send(*users(40, "example.net")[20:])
        delivery.wait(4)
        assert only_pool(delivery).pace.allowed == 2
        delivery.wait(5)
        assert delivery.exchanger.open == 2

    def test_a_limit_of_mails_on_a_connection(self, delivery: Delivery) -> None:
        """Is learned, and then kept."""
        delivery.exchanger.at("MAIL", *[None] * 3, "452 4.5.3 Too many messages in this session")
        delivery.send(*users(10))
        delivery.wait(5)
        assert sum(delivery.kind(one) == "delivered" for one in users(10)) == 9
        assert int(only_pool(delivery).pace.messages) == 3
        assert delivery.exchanger.connections >= 3


class TestARate:
    """So many mails in a time."""

    def test_it_is_kept(self) -> None:
        """On one session, which is not closed between."""
        delivery = Delivery(limits=Limits(rate=2.0))
        delivery.send(*users(9))
        delivery.wait(2.5)
        assert 5 <= len(delivery.exchanger.caught) <= 7
        delivery.wait(3)
        assert (len(delivery.exchanger.caught), delivery.exchanger.connections) == (9, 1)

    def test_no_more_are_asked_for_than_can_be_sent_soon(self) -> None:
        """Others need the room."""
        delivery = Delivery(limits=Limits(rate=0.4))
        delivery.send("ana@example.net")
        delivery.wait(1)
        assert 0 < delivery.carrier.room("example.net") <= 5


class TestOtherProcesses:
    """A site's limits are for all of them."""

    def test_a_part_each(self) -> None:
        """Of its sessions."""
        delivery = Delivery()
        delivery.carrier.paces.share("b", ["a", "b", "c", "d"])
        delivery.send(*users(200))
        delivery.wait(1)
        assert delivery.exchanger.most_open == 5

    @pytest.mark.parametrize(("name", "most"), [("a", 2), ("b", 0)])
    def test_a_limit_below_their_number_is_one_s(self, name: str, most: int) -> None:
        """The others take no mail for it, and give back what they have."""
        delivery = Delivery(limits=Limits(sessions=2))
        delivery.carrier.paces.share(name, ["a", "b", "c"])
        first = delivery.carrier.paces.of(frozenset(["mx.example.net"])).rank == 0
        delivery.send(*users(60))
        delivery.wait(2)
        assert delivery.exchanger.most_open == (2 if first else 0)
        if not first:
            assert {delivery.kind(one) for one in users(60)} == {"untried"}
            assert delivery.carrier.room("example.net") == 0


class TestSources:
    """Addresses of ours that mail leaves by."""

    def delivery(self, *sources: Source, **options: Any) -> Delivery:
        """Delivery by these."""
        return Delivery(sources=sources, **options)

    def test_it_is_bound_to_and_named(self) -> None:
        """With its own EHLO name."""
        delivery = self.delivery(Source(address="192.0.2.1", hostname="out1.example.com"))
        delivery.send("ana@example.net")
        delivery.wait()
        assert delivery.network.bound == ["192.0.2.1"]
        assert "EHLO out1.example.com" in [line for _, line in delivery.exchanger.commands]

    def test_a_site_is_pinned_to_one(self) -> None:
        """While it learns: a flood leaves by one address, the same each time."""
        sources = [Source(address=f"192.0.2.{number}") for number in range(1, 5)]
        delivery = self.delivery(*sources)
        delivery.send(*users(300))
        delivery.wait(30)
        assert len(set(delivery.network.bound)) == 1
        again = self.delivery(*reversed(sources))
        again.send("ana@example.net")
        again.wait()
        assert again.network.bound == delivery.network.bound[:1]

    def test_another_helps_once_it_is_known(self) -> None:
        """And only then."""
        delivery = self.delivery(*(Source(address=f"192.0.2.{number}") for number in range(1, 3)))
        delivery.exchanger.always(".", after(5, "250 ok"))
        for source in delivery.carrier.paces.sources:
            delivery.carrier.paces.of(frozenset(["mx.example.net"]), source.address).total = 1000
        delivery.send(*users(300))
        delivery.wait(5)
        assert set(delivery.network.bound) == {"192.0.2.1", "192.0.2.2"}

    def test_pools_are_of_streams(self) -> None:
        """A broadcast has its own address, all else the default."""
        delivery = self.delivery(
            Source(address="192.0.2.1"), Source(address="192.0.2.2", pool="broadcast"), limits=Limits(idle=1.0)
        )
        delivery.send("ana@example.net")
        delivery.wait()
        delivery.send("bo@example.net", stream=Stream.BROADCAST)
        delivery.wait()
        assert delivery.network.bound == ["192.0.2.1", "192.0.2.2"]

    def test_the_family_fits(self) -> None:
        """IPv4 is not dialled from IPv6; where nothing fits, the mail says so."""
        delivery = self.delivery(Source(address="2001:db8::1"), Source(address="192.0.2.1"))
        delivery.send("ana@example.net")
        delivery.wait()
        assert delivery.network.bound == ["192.0.2.1"]
        alone = self.delivery(Source(address="2001:db8::1"))
        alone.send("ana@example.net")
        alone.wait()
        assert "smtp_outbound.sources" in alone.outcome("ana@example.net").reply.text

    def test_a_new_one_sends_so_many_a_day(self) -> None:
        """What is over goes by another, or waits for the next day."""
        day = date(1970, 1, 1)
        delivery = self.delivery(Source(address="192.0.2.1", warm_up_since=day), warm_up=(3, 10))
        delivery.send(*users(5))
        delivery.wait()
        kinds = [delivery.kind(one) for one in users(5)]
        assert (kinds.count("delivered"), kinds.count("untried")) == (3, 2)
        assert delivery.carrier.room("example.net") == 0
