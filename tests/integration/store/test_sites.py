"""What was learned of sites, on a real database."""

from __future__ import annotations

from datetime import date

import pytest_twisted
from attrs import evolve
from twisted.internet.task import Clock

from mailit.delivery.paces import Paces
from mailit.delivery.settings import Source
from mailit.delivery.shaping import Limits
from mailit.delivery.site_memory import SAVE_EVERY, SiteMemory
from mailit.errors import Reply
from mailit.store import holders, sites
from mailit.store.sites import SiteRow
from mailit.testing.clocks import START, WallClock

TODAY = date(2027, 1, 15)
SITE = frozenset(["mx1.a.test", "mx2.a.test"])
ROW = SiteRow("mx.a.test", "", 5.0, 2.5, 100.0, 1, START + 10, START, 40, TODAY, 7)
TOO_FAST = Reply(421, "4.7.28", "Gmail has detected an unusual rate of mail")


def inside(test):
    """Runs an async test."""
    return pytest_twisted.ensureDeferred(test)


def process(clock: Clock, pool, name: str = "p", **fields) -> SiteMemory:
    """A process that delivers, by a clock of the test's."""
    return SiteMemory(clock, Paces(WallClock(clock), clock.seconds, Limits(), **fields), pool, lambda: name)


async def known(pool) -> list[SiteRow]:
    """All rows, without the time they were saved at, which is the database's."""
    return [evolve(row, saved_at=0.0) for row in await pool.transact(sites.since, 0.0, 100)]


class TestRows:
    """One a site and source."""

    @inside
    async def test_they_come_back(self, pool):
        """As they were saved."""
        await pool.transact(sites.save, [ROW])
        assert await known(pool) == [ROW]

    @inside
    async def test_counts_add_up(self, pool):
        """A new day begins at nothing, and a late word about yesterday counts for nothing."""
        tomorrow = evolve(ROW, day=date(2027, 1, 16), sent=2)
        for row, sent in ((ROW, 7), (ROW, 14), (tomorrow, 2), (ROW, 2)):
            await pool.transact(sites.save, [row])
            assert (await known(pool))[0].sent == sent
        assert (await known(pool))[0].total == 160

    @inside
    async def test_the_later_cut_counts(self, pool):
        """Whoever saves last."""
        await pool.transact(sites.save, [ROW])
        await pool.transact(sites.save, [evolve(ROW, rate=9.0, slowed_at=START - 1)])
        assert (await known(pool))[0].rate == 2.5
        await pool.transact(sites.save, [evolve(ROW, rate=1.0, slowed_at=START + 1)])
        assert (await known(pool))[0].rate == 1.0

    @inside
    async def test_what_is_old_is_forgotten(self, pool):
        """By the time of the last save."""
        await pool.transact(sites.save, [ROW])
        (row,) = await pool.transact(sites.since, 0.0, 1)
        assert await pool.transact(sites.purge, row.saved_at - 1) == 0
        assert await pool.transact(sites.purge, row.saved_at + 1) == 1


class TestAProcess:
    """Loads at its start, saves each minute, and never for a mail."""

    @inside
    async def test_what_it_learned_outlives_it(self, pool):
        """The pause too."""
        clock = Clock()
        first = process(clock, pool)
        await first.look()
        first._paces.of(SITE).refused(TOO_FAST, clock.seconds(), 8.0, 4, 1)
        await first.look()
        assert await known(pool) == []
        clock.advance(SAVE_EVERY)
        await first.look()
        assert len(await known(pool)) == 1
        later = Clock()
        later.advance(5)
        second = process(later, pool)
        second._paces.learn(await known(pool))
        pace = second._paces.of(SITE)
        assert (pace.rate, pace.allowed, pace.wait(later.seconds())) == (4.0, 10, 5.0)

    @inside
    async def test_one_learns_from_another(self, pool):
        """Within a minute."""
        clock = Clock()
        one, other = process(clock, pool, "a"), process(clock, pool, "b")
        clock.advance(1)
        one._paces.of(SITE).refused(TOO_FAST, clock.seconds(), 8.0, 4, 1)
        theirs = other._paces.of(SITE)
        await one.save()
        other._paces.learn(await known(pool))
        assert (theirs.rate, theirs.sessions) == (4.0, 10)

    @inside
    async def test_nothing_learned_is_nothing_saved(self, pool):
        """As at nearly all sites."""
        one = process(Clock(), pool)
        one._paces.of(SITE).went_well(500, 1.0)
        await one.save()
        assert await known(pool) == []

    @inside
    async def test_a_source_that_warms_up_goes_on_counting(self, pool):
        """After a restart on the same day."""
        clock = Clock()
        fields = {"sources": (Source(address="192.0.2.1", warm_up_since=TODAY),), "warm_up": (3, 10)}
        one = process(clock, pool, **fields)
        await one.look()
        pace = one._paces.of(SITE, "192.0.2.1")
        assert [pace.begin(1.0), pace.begin(1.0)] == [0.0, 0.0]
        await one.stop()
        second = process(clock, pool, **fields)
        second._paces.learn(await known(pool))
        pace = second._paces.of(SITE, "192.0.2.1")
        assert (pace.quota, pace.sent, pace.begin(1.0)) == (3, 2, 0.0)
        assert pace.spent
        clock.advance(86_400)
        await second.look()
        assert (pace.quota, pace.sent, pace.spent) == (10, 0, False)

    @inside
    async def test_processes_share(self, pool):
        """Those that deliver, by their holders' rows."""
        names = [f"00000000-0000-7000-8000-00000000000{number}" for number in range(3)]
        for name, roles in zip(names, (["delivery"], ["api", "delivery"], ["api"]), strict=True):
            await pool.transact(holders.register, name, 10.0, "host", 1, roles)
        paces = []
        for name in names[:2]:
            one = process(Clock(), pool, name)
            await one.look()
            paces.append(one._paces.of(SITE))
        assert [pace.allowed for pace in paces] == [10, 10]
        for name in names[:2]:
            await pool.transact(holders.retire, name)
