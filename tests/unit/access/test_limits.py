"""Token buckets: how many at once, how soon again, and whose is whose."""

from __future__ import annotations

from twisted.internet.task import Clock

from mailit.access.limits import Limits, network
from mailit.access.settings import RateLimitSettings
from mailit.plugin import Cost


def limits(clock: Clock, **settings: int) -> Limits:
    return Limits(RateLimitSettings(**settings), clock.seconds)


class TestABucket:
    """It holds a window's worth and fills evenly."""

    def test_it_empties_and_fills(self) -> None:
        clock = Clock()
        bucket = limits(clock, requests_per_second=4)
        assert [bucket.draw("a", Cost.READ).remaining for _ in range(4)] == [3, 2, 1, 0]
        assert not bucket.draw("a", Cost.READ).allowed
        clock.advance(0.25)
        assert bucket.draw("a", Cost.READ).allowed
        assert not bucket.draw("a", Cost.READ).allowed

    def test_being_refused_costs_nothing(self) -> None:
        clock = Clock()
        bucket = limits(clock, requests_per_second=1)
        bucket.draw("a", Cost.READ)
        for _ in range(10):
            clock.advance(0.099)
            assert not bucket.draw("a", Cost.READ).allowed
        clock.advance(0.02)
        assert bucket.draw("a", Cost.READ).allowed

    def test_it_never_holds_more_than_a_window(self) -> None:
        clock = Clock()
        bucket = limits(clock, requests_per_second=2)
        bucket.draw("a", Cost.READ)
        clock.advance(3600)
        assert sum(bucket.draw("a", Cost.READ).allowed for _ in range(5)) == 2

    def test_teams_and_kinds_have_their_own(self) -> None:
        bucket = limits(Clock(), requests_per_second=1, send_per_second=5)
        assert bucket.draw("a", Cost.READ).allowed
        assert bucket.draw("b", Cost.READ).allowed
        assert bucket.draw("a", Cost.BATCH).allowed
        assert [bucket.draw("a", Cost.SEND).remaining for _ in range(2)] == [4, 3]

    def test_the_wait_is_told_in_whole_seconds(self) -> None:
        bucket = limits(Clock(), auth_per_minute=10)
        drawn = [bucket.draw("a", Cost.AUTH) for _ in range(11)][-1]
        assert (drawn.allowed, drawn.retry_after, drawn.rate.window) == (False, 6, 60)

    def test_what_is_not_limited_is_not_counted(self) -> None:
        assert limits(Clock()).draw("a", Cost.NONE) is None
        assert Limits(RateLimitSettings(enabled=False), Clock().seconds).draw("a", Cost.READ) is None

    def test_memory_is_bounded_and_the_busy_are_remembered(self) -> None:
        bucket = limits(Clock(), requests_per_second=1)
        assert bucket.draw("busy", Cost.READ).allowed
        for number in range(120_000):
            bucket.draw(str(number), Cost.READ)
            if number % 1000 == 0:
                assert not bucket.draw("busy", Cost.READ).allowed
        assert len(bucket._buckets) + len(bucket._older) <= 100_000


class TestWhomAnAddressStandsFor:
    """One subscriber has many addresses in IPv6, and is one."""

    def test_a_whole_network_of_ipv6(self) -> None:
        assert network("2001:db8::1") == network("2001:db8::ffff:1")
        assert network("2001:db8::1") != network("2001:db8:0:1::1")

    def test_ipv4_is_itself(self) -> None:
        assert network("192.0.2.1") == "192.0.2.1" == network("::ffff:192.0.2.1")

    def test_what_is_none_is_itself(self) -> None:
        assert network("/run/socket") == "/run/socket"
