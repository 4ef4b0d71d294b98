"""Work that many wait for."""

from __future__ import annotations

import pytest
from twisted.internet.defer import CancelledError, Deferred

from mailit.net.shared import Shared


class TestManyWaiters:
    """Each has a Deferred of his own."""

    def test_each_gets_the_result(self) -> None:
        """Also one who comes when it is there."""
        work: Deferred[int] = Deferred()
        shared: Shared[int] = Shared()
        shared.share(work)
        got: list[int | None] = []
        for _ in range(2):
            shared.wait().addCallback(got.append)
        work.callback(7)
        shared.wait().addCallback(got.append)
        assert got == [7, 7, 7]

    def test_one_who_cancels_only_leaves(self) -> None:
        """The others still get theirs, and so does the work its end."""
        work: Deferred[int] = Deferred()
        shared: Shared[int] = Shared()
        shared.share(work)
        got: list[int | None] = []
        gone = shared.wait()
        shared.wait().addCallback(got.append)
        gone.addErrback(lambda failure: failure.trap(CancelledError))
        gone.cancel()
        work.callback(7)
        assert got == [7]

    def test_a_failure_is_each_ones(self) -> None:
        """Nobody is left without it, and it isn't lost in one who looks away."""
        work: Deferred[int] = Deferred()
        shared: Shared[int] = Shared()
        shared.share(work)
        waiting = [shared.wait(), shared.wait()]
        work.errback(KeyError("gone"))
        for waiter in [*waiting, shared.wait()]:
            failures: list[object] = []
            waiter.addErrback(failures.append)
            with pytest.raises(KeyError):
                failures[0].raiseException()  # type: ignore[attr-defined]
