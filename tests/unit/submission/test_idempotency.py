"""One request a key at a time, without a database: who waits, who is refused, what is told."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, succeed

from mailit.errors import (
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    MailItError,
    Refused,
    Unavailable,
)
from mailit.interfaces import KeyUse
from mailit.store.idempotency import InUse, Kept
from mailit.submission.idempotency import Idempotency, checked


@define
class Looked:
    """What keys were answered with before."""

    kept: dict[str, Kept] = field(factory=dict)
    asked: int = 0

    def submit(self, use: KeyUse) -> Deferred[Kept | None]:
        self.asked += 1
        return succeed(self.kept.get(use.key))


@define
class Work:
    """What a request asks for; it is done when the test says."""

    done: list[Deferred[str]] = field(factory=list)

    def __call__(self) -> Awaitable[str]:
        self.done.append(Deferred())
        return self.done[-1]


def begun(
    idempotency: Idempotency, work: Work, digest: bytes = b"d", key: str = "k", light: bool = False
) -> Deferred[str]:
    return Deferred.fromCoroutine(idempotency.run(KeyUse("team", key, digest), work, light=light))


def error(failed: Deferred[Any]) -> BaseException:
    raised: list[BaseException] = []
    failed.addErrback(lambda failure: raised.append(failure.value))
    return raised[0]


def answer(done: Deferred[str]) -> str:
    results: list[str] = []
    done.addCallback(results.append)
    return results[0]


@pytest.fixture
def looked() -> Looked:
    return Looked()


@pytest.fixture
def idempotency(looked: Looked) -> Idempotency:
    return Idempotency(looked, None)  # type: ignore[arg-type]


class TestAKeyThatIsInUse:
    """The same request waits and is told what the first was; another is refused at once."""

    def test_the_same_request_waits(self, idempotency: Idempotency) -> None:
        work = Work()
        first, second, third = (begun(idempotency, work) for _ in range(3))
        assert len(work.done) == 1 and not second.called
        work.done[0].callback("done")
        assert [answer(one) for one in (first, second, third)] == ["done"] * 3

    def test_one_who_gives_up_waiting_takes_nobody_with_him(self, idempotency: Idempotency) -> None:
        work = Work()
        first, second, third = (begun(idempotency, work) for _ in range(3))
        second.addErrback(lambda failure: None)
        second.cancel()
        work.done[0].callback("done")
        assert [answer(one) for one in (first, third)] == ["done"] * 2

    def test_what_fails_fails_for_all_and_is_not_kept(self, idempotency: Idempotency) -> None:
        work = Work()
        both = [begun(idempotency, work) for _ in range(2)]
        work.done[0].errback(Refused("no"))
        assert [error(one).args for one in both] == [("no",)] * 2
        again = begun(idempotency, work)
        work.done[1].callback("done")
        assert answer(again) == "done"

    def test_another_request_is_refused(self, idempotency: Idempotency) -> None:
        work = Work()
        begun(idempotency, work)
        assert isinstance(error(begun(idempotency, work, b"other")), IdempotencyKeyInUse)

    def test_another_key_is_not_concerned(self, idempotency: Idempotency) -> None:
        work = Work()
        begun(idempotency, work)
        begun(idempotency, work, b"other", key="other")
        assert len(work.done) == 2


class TestAKeyThatWasUsed:
    """Its answer stands, by the look-up or by the transaction that came second."""

    def test_nothing_is_done(self, idempotency: Idempotency, looked: Looked) -> None:
        looked.kept["k"] = Kept(b"d", "before")
        work = Work()
        assert answer(begun(idempotency, work)) == "before"
        assert not work.done
        assert isinstance(error(begun(idempotency, work, b"other")), IdempotencyKeyReused)

    def test_it_was_used_meanwhile_by_another_process(self, idempotency: Idempotency) -> None:
        work = Work()
        both = [begun(idempotency, work) for _ in range(2)]
        work.done[0].errback(InUse(Kept(b"d", "theirs")))
        assert [answer(one) for one in both] == ["theirs"] * 2

    def test_for_another_request(self, idempotency: Idempotency) -> None:
        work = Work()
        asked = begun(idempotency, work)
        work.done[0].errback(InUse(Kept(b"other", "theirs")))
        assert isinstance(error(asked), IdempotencyKeyReused)

    def test_and_is_gone_again(self, idempotency: Idempotency) -> None:
        work = Work()
        asked = begun(idempotency, work)
        work.done[0].errback(InUse(None))
        raised = error(asked)
        assert isinstance(raised, MailItError) and raised.http == 409


class TestLightWork:
    """What has no effect before its transaction is begun at once, and its key looked up where it is refused."""

    def test_is_begun_without_a_look(self, idempotency: Idempotency, looked: Looked) -> None:
        work = Work()
        begun(idempotency, work, light=True)
        assert (len(work.done), looked.asked) == (1, 0)

    def test_the_transaction_knows_the_key(self, idempotency: Idempotency) -> None:
        work = Work()
        same, other = begun(idempotency, work, light=True), begun(idempotency, work, b"other", "other", light=True)
        for one in work.done:
            one.errback(InUse(Kept(b"d", "before")))
        assert answer(same) == "before"
        assert isinstance(error(other), IdempotencyKeyReused)

    def test_what_is_refused_today_may_have_been_right_when_it_came_first(
        self, idempotency: Idempotency, looked: Looked
    ) -> None:
        looked.kept["k"] = Kept(b"d", "before")
        work = Work()
        same, other = begun(idempotency, work, light=True), begun(idempotency, work, key="new", light=True)
        for one in work.done:
            one.errback(Refused("no"))
        assert answer(same) == "before"
        assert isinstance(error(other), Refused)

    def test_what_broke_is_not_looked_into(self, idempotency: Idempotency, looked: Looked) -> None:
        work = Work()
        asked = begun(idempotency, work, light=True)
        work.done[0].errback(Unavailable())
        assert isinstance(error(asked), Unavailable) and looked.asked == 0


class TestWhatIsAKey:
    """1 to 256 characters that a database can hold."""

    @pytest.mark.parametrize("key", ["", "x" * 257, "a\0b"])
    def test_what_is_none(self, key: str) -> None:
        with pytest.raises(InvalidIdempotencyKey):
            checked(key)

    @pytest.mark.parametrize("key", ["x", "x" * 256, "é" * 256, "{\"'\\"])
    def test_what_is_one(self, key: str) -> None:
        assert checked(key) == key
