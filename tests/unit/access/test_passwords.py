"""Passwords: hashed slowly, a few at a time, proved without saying whether there is an account."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred

from mailit.access.passwords import Cost, Passwords, WeakPassword, hashed_now
from mailit.errors import Unavailable

CHEAP = Cost(n=16, r=1, p=1)


def now(result: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    found: list[Any] = []
    Deferred.fromCoroutine(result).addBoth(found.append)
    if hasattr(found[0], "raiseException"):
        found[0].raiseException()
    return found[0]


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(lambda f, *args: maybeDeferred(f, *args), CHEAP)


class TestAHash:
    """It says how it was made, and is another each time."""

    def test_its_shape(self, passwords: Passwords) -> None:
        kept = now(passwords.hash("correct horse"))
        assert kept.startswith("scrypt$16$1$1$")
        assert kept != now(passwords.hash("correct horse"))

    def test_the_same_here_and_now(self, passwords: Passwords) -> None:
        assert now(passwords.prove("correct horse", hashed_now("correct horse", CHEAP)))

    def test_the_cost_of_an_old_one_is_its_own(self, passwords: Passwords) -> None:
        assert now(passwords.prove("correct horse", hashed_now("correct horse", Cost(32, 1, 2))))

    @pytest.mark.parametrize("password", ["", "7 chars", "x" * 1025])
    def test_weak_ones_are_refused(self, passwords: Passwords, password: str) -> None:
        with pytest.raises(WeakPassword, match="Invalid `password` field"):
            now(passwords.hash(password))

    @pytest.mark.parametrize("password", ["8 chars.", "pässwörd", "\ud800 lone half", "x" * 1024])
    def test_others_are_not(self, passwords: Passwords, password: str) -> None:
        assert now(passwords.prove(password, now(passwords.hash(password))))


class TestProving:
    """Wrong is wrong, and an account that is not there takes as long."""

    def test_a_wrong_one(self, passwords: Passwords) -> None:
        assert not now(passwords.prove("wrong horse", hashed_now("correct horse", CHEAP)))

    def test_without_an_account_the_work_is_done_all_the_same(self) -> None:
        worked = []

        def run(f: Any, *args: Any) -> Any:
            worked.append(f(*args))
            return maybeDeferred(lambda: worked[-1])

        assert not now(Passwords(run, CHEAP).prove("any password", None))
        assert worked == [False]

    def test_one_that_is_far_too_long_is_not_hashed(self, passwords: Passwords) -> None:
        assert not now(passwords.prove("x" * 10_000_000, hashed_now("correct horse", CHEAP)))


class TestManyAtOnce:
    """Two are worked on, some wait, and the rest are turned away."""

    def test_turns(self) -> None:
        begun: list[Deferred[bool]] = []

        def run(f: Any, *args: Any) -> Deferred[bool]:
            begun.append(Deferred())
            return begun[-1]

        passwords = Passwords(run, CHEAP, at_once=2, waiting=3)
        asked = [Deferred.fromCoroutine(passwords.prove("password", None)) for _ in range(6)]
        assert len(begun) == 2
        refused: list[Any] = []
        asked[5].addErrback(refused.append)
        assert refused[0].check(Unavailable)
        for turn in range(5):
            begun[turn].callback(True)
        assert len(begun) == 5
