"""What is remembered: bounded, and each waiter on his own."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from mailit.store.remembered import Remembered


class TestWaiters:
    """They share the question, and nothing else."""

    def test_one_who_leaves_leaves_alone(self) -> None:
        asked: list[Deferred[str]] = []

        async def ask(key: str) -> str:
            asked.append(Deferred())
            return await asked[-1]

        remembered: Remembered[str, str] = Remembered(ask, Clock().seconds)
        leaves, stays = remembered.get("a"), remembered.get("a")
        gone: list[Any] = []
        leaves.addErrback(gone.append)
        leaves.cancel()
        assert gone[0].check(CancelledError)
        asked[0].callback("answer")
        assert stays.result == "answer"
        assert remembered.peek("a") == "answer"

    def test_each_gets_the_error(self) -> None:
        async def ask(key: str) -> str:
            raise KeyError(key)

        remembered: Remembered[str, str] = Remembered(ask, Clock().seconds)
        seen: list[Any] = []
        remembered.get("a").addErrback(seen.append)
        remembered.get("a").addErrback(seen.append)
        assert [failure.type for failure in seen] == [KeyError, KeyError]


class TestManyKeys:
    """The oldest make room."""

    def test_it_is_bounded(self) -> None:
        async def ask(key: int) -> str:
            return str(key)

        remembered: Remembered[int, str] = Remembered(ask, Clock().seconds, most=100)
        for key in range(1000):
            remembered.get(key)
        assert len(remembered._answers) <= 100
        assert remembered.peek(999) == "999"
        assert remembered.peek(0) is None
