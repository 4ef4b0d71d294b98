"""What pools tell those who ask why mail waits, and what was learned of a site."""

from __future__ import annotations

from datetime import date

import pytest

from mailit.delivery.settings import Source
from mailit.delivery.shaping import Limits
from mailit.delivery.sites import PooledSites
from mailit.testing.clocks import START, WallClock
from mailit.testing.exchanger import after, then_close
from mailit.testing.wires import BLACKHOLE
from tests.unit.delivery.conftest import ADDRESS, Delivery

RATE = "421 4.7.28 Unusual rate of mail from your IP address"


def sites(delivery: Delivery) -> PooledSites:
    """Over a delivery's pools."""
    network = delivery.network
    return PooledSites(network, WallClock(network), delivery.carrier, delivery.carrier._routes.known)


class TestWhatHoldsMail:
    """The one thing, or nothing."""

    def test_nothing(self, delivery: Delivery) -> None:
        """A site that takes mail."""
        delivery.send("ana@example.net")
        delivery.wait(1)
        assert sites(delivery).hold("example.net") is None
        assert sites(delivery).hold("unknown.test") is None

    def test_a_site_that_asked_for_less(self, delivery: Delivery) -> None:
        """With its words, and until when."""
        delivery.exchanger.at("MAIL", then_close(RATE))
        delivery.send("ana@example.net", "bo@example.net")
        delivery.wait(1)
        hold = sites(delivery).hold("example.net")
        assert hold is not None
        assert (hold.cause, hold.reply and hold.reply.status) == ("rate", "4.7.28")
        assert sites(delivery).counts() == {"rate": 1}
        assert hold.since < START + 1
        assert hold.until == pytest.approx(hold.since + 10)

    def test_a_rate(self) -> None:
        """Where mail waits for its turn, and not where none does."""
        delivery = Delivery(limits=Limits(rate=0.1))
        delivery.send("ana@example.net")
        delivery.wait(1)
        assert sites(delivery).hold("example.net") is None
        delivery.send("bo@example.net")
        delivery.wait(1)
        hold = sites(delivery).hold("example.net")
        assert hold is not None
        assert (hold.cause, hold.reply) == ("rate", None)

    def test_a_day_s_count(self) -> None:
        """Of a source that warms up: until the next one."""
        delivery = Delivery(
            sources=(Source(address="192.0.2.1", warm_up_since=date(1970, 1, 1)),), warm_up=(1,), limits=Limits()
        )
        delivery.send("ana@example.net", "bo@example.net")
        delivery.wait(1)
        hold = sites(delivery).hold("example.net")
        assert hold is not None
        assert (hold.cause, hold.until) == ("rate", (START // 86400 + 1) * 86400)

    def test_sessions(self) -> None:
        """All of them are busy, and more waits."""
        delivery = Delivery(limits=Limits(sessions=1))
        delivery.exchanger.always(".", after(30, "250 ok"))
        delivery.send(*(f"u{number}@example.net" for number in range(5)))
        delivery.wait(2)
        hold = sites(delivery).hold("example.net")
        assert hold is not None
        assert hold.cause == "concurrency"

    def test_nobody_talks(self, delivery: Delivery) -> None:
        """Back-off, with what happened."""
        delivery.network.listen(ADDRESS, 25, BLACKHOLE)
        delivery.send("ana@example.net")
        delivery.wait(31)
        hold = sites(delivery).hold("example.net")
        assert hold is not None
        assert (hold.cause, hold.reply and hold.reply.status) == ("back-off", "4.4.1")


class TestWhatWasLearned:
    """For operators."""

    def test_of_a_big_receiver(self, delivery: Delivery) -> None:
        """What it begins with, and why."""
        delivery.resolver.exchangers("company.test", "aspmx.l.google.com", addresses=["198.0.2.77"])
        delivery.listen("198.0.2.77")
        delivery.send("ana@company.test")
        delivery.wait(1)
        (state,) = sites(delivery).states()
        assert state.learned is not None
        assert (state.name, state.most, state.learned.provider) == ("aspmx.l.google.com", 5, "Gmail")
        assert "4.7.28" in (state.learned.reason or "")

    def test_of_a_site_that_asked_for_less(self, delivery: Delivery) -> None:
        """When, in which words, and what is left."""
        delivery.exchanger.at("MAIL", then_close(RATE))
        delivery.send("ana@example.net")
        delivery.wait(1)
        (state,) = sites(delivery).states()
        assert state.learned is not None
        assert (state.allowed, state.learned.rate, state.learned.sessions) == (0.5, 0.5, 10)
        assert state.learned.slowed_at is not None
        assert START < state.learned.slowed_at < START + 1
        assert state.learned.reply is not None
