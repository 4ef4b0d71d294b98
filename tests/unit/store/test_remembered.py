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


class TestForgettingByName:
    """One that is revoked goes at once, however many are remembered, and no other goes with it."""

    def remembered(self, most: int = 50_000) -> Remembered[int, str]:
        async def ask(key: int) -> str:
            return f"team{key % 10}"

        return Remembered(ask, Clock().seconds, most=most, names=lambda value: (value, None))

    def test_only_those_of_the_name_go(self) -> None:
        remembered = self.remembered()
        for key in range(20):
            remembered.get(key)
        remembered.forget_named("team3")
        assert [key for key in range(20) if remembered.peek(key) is None] == [3, 13]

    def test_a_name_that_is_none_is_no_matter(self) -> None:
        remembered = self.remembered()
        remembered.get(1)
        remembered.forget_named("nobody")
        assert remembered.peek(1) == "team1"

    def test_names_go_with_what_they_name(self) -> None:
        remembered = self.remembered(most=5)
        for key in range(100):
            remembered.get(key)
        assert sum(len(keys) for keys in remembered._named.values()) == len(remembered._answers) == 5
        for number in range(10):
            remembered.forget_named(f"team{number}")
        assert not remembered._named and not remembered._answers

    def test_ten_thousand_others_are_not_looked_at(self) -> None:
        seen = []

        class Counted(str):
            def __eq__(self, other: object) -> bool:
                seen.append(other)
                return str.__eq__(self, other)

            __hash__ = str.__hash__

        async def ask(key: int) -> Counted:
            return Counted(key)

        remembered: Remembered[int, Counted] = Remembered(ask, Clock().seconds, names=lambda value: (value,))
        for key in range(10_000):
            remembered.get(key)
        seen.clear()
        remembered.forget_named("77")
        assert remembered.peek(77) is None
        assert len(seen) < 10
