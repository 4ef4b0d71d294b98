"""Periodic jobs: one process at a time, and none after the stop."""

from __future__ import annotations

import pytest_twisted
from twisted.internet.defer import Deferred

from mailit.plugin import Job
from mailit.queue.jobs import Jobs


class TestAJob:
    """It runs at its time, wherever its last run is long enough ago."""

    @pytest_twisted.ensureDeferred
    async def test_two_processes_share_its_turns(self, reactor, pool, house):
        """The first run of the second one finds that it was just done."""
        runs = []

        async def work():
            runs.append(1)

        jobs = [Jobs(reactor, pool, [Job("shared", 60.0, work)]) for _ in range(2)]
        for one in jobs:
            one.start()
        await house.until(lambda: runs)
        await house.sleep(0.1)
        for one in jobs:
            await one.stop()
        assert runs == [1]

    @pytest_twisted.ensureDeferred
    async def test_a_stop_waits_for_the_run_at_hand(self, reactor, pool, house):
        """Whatever it needs is still there."""
        going: Deferred[None] = Deferred()
        done = []

        async def work():
            done.append("began")
            await going
            done.append("ended")

        jobs = Jobs(reactor, pool, [Job("slow", 60.0, work)])
        jobs.start()
        await house.until(lambda: done)
        stopping = Deferred.fromCoroutine(jobs.stop())
        assert not stopping.called
        going.callback(None)
        await stopping
        assert done == ["began", "ended"]

    @pytest_twisted.ensureDeferred
    async def test_one_that_fails_keeps_its_next_turn(self, reactor, pool, house):
        """A fault is logged, and ends nothing."""
        runs = []

        async def work():
            runs.append(1)
            raise ValueError("not this time")

        jobs = Jobs(reactor, pool, [Job("broken", 1.0, work)])
        jobs.start()
        await house.until(lambda: len(runs) >= 2)
        await jobs.stop()
