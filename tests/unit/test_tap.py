"""What the service brings to twistd's process."""

from __future__ import annotations

import time

from twisted.internet.task import Clock

from mailit.tap import count_steadily


class TestTheReactorsSeconds:
    """They can't be set."""

    def test_they_go_by_no_wall_clock(self) -> None:
        """By what the system counts since its start."""
        reactor = Clock()
        count_steadily(reactor)
        assert time.monotonic() <= reactor.seconds() < time.time() / 2

    def test_who_waits_already_waits_no_longer(self) -> None:
        """And no shorter."""
        reactor = Clock()
        reactor.advance(time.time())
        call = reactor.callLater(500.0, lambda: None)
        count_steadily(reactor)
        assert 490.0 < call.getTime() - reactor.seconds() <= 500.0
        call.reset(100.0)
        assert 90.0 < call.getTime() - reactor.seconds() <= 100.0
