"""Who speaks, by what was looked up before, and what is forgotten when."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from mailit.access import tokens
from mailit.access.access import CHANNEL, Access
from mailit.access.tokens import Claims
from mailit.errors import InvalidApiKey, MissingApiKey, SessionEnded, Unavailable
from mailit.interfaces import Caller
from mailit.store import api_keys

SECRET = "s" * 32
KEY = b"Bearer re_zKa4RCko_Lhm9ost2YjNCctnPjbLw8Nop"
CALLER = Caller("team", api_key_id="key")


@define
class Questions:
    """A database whose answers the test gives; `asked` waits for them, `touched` is what was written."""

    asked: list[Deferred[Any]] = field(factory=list)
    touched: list[Any] = field(factory=list)
    away: bool = False

    def transact(self, work: Any, *args: Any) -> Deferred[Any]:
        if work is api_keys.touch:
            self.touched += args
            return fail(Unavailable()) if self.away else succeed(None)
        answer: Deferred[Any] = Deferred()
        self.asked.append(answer)
        return answer

    def answer(self, value: Any) -> None:
        self.asked.pop(0).callback(value)


@define
class Told:
    """Notices, heard by nobody; `sent` is what was sent."""

    listeners: dict[str, Any] = field(factory=dict)
    sent: list[tuple[str, str]] = field(factory=list)

    def listen(self, channel: str, heard: Any) -> None:
        self.listeners[channel] = heard

    def notify(self, channel: str, payload: str = "") -> None:
        self.sent.append((channel, payload))


@define
class Room:
    """Access with everything it touches."""

    clock: Clock = field(factory=Clock)
    database: Questions = field(factory=Questions)
    notices: Told = field(factory=Told)
    access: Access = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.access = Access(self.database, self.notices, self.clock, self.clock.seconds, SECRET)
        self.access.start()

    def identify(self, header: bytes | None) -> list[Any]:
        """What came of it: empty while it is being looked up."""
        found: list[Any] = []
        Deferred.fromCoroutine(self.access.identify(header)).addBoth(found.append)
        return found

    def learn(self, header: bytes = KEY, caller: Caller = CALLER) -> None:
        self.identify(header)
        self.database.answer(caller)

    def jwt(self, lasts: float = 86400.0) -> bytes:
        now = self.clock.seconds()
        return b"Bearer " + tokens.issue(SECRET, Claims("account", "session", now, now + lasts)).encode()


@pytest.fixture
def room() -> Room:
    return Room()


class TestAKey:
    """It is looked up once, and then known for five minutes at most."""

    def test_the_first_time_the_database_is_asked(self, room: Room) -> None:
        found = room.identify(KEY)
        assert found == []
        room.database.answer(CALLER)
        assert found == [CALLER]

    def test_then_it_is_known(self, room: Room) -> None:
        room.learn()
        assert room.access.known(KEY) == CALLER
        assert room.database.asked == []

    def test_the_scheme_may_be_in_small_letters(self, room: Room) -> None:
        room.learn()
        assert room.access.known(KEY.replace(b"Bearer", b"bearer")) == CALLER

    def test_later_it_is_asked_again(self, room: Room) -> None:
        room.learn()
        room.clock.advance(301)
        assert room.access.known(KEY) is None

    def test_before_that_it_is_asked_ahead_and_nobody_waits(self, room: Room) -> None:
        room.learn()
        room.clock.advance(250)
        assert room.access.known(KEY) == CALLER
        assert len(room.database.asked) == 1
        room.database.answer(CALLER)
        room.clock.advance(250)
        assert room.access.known(KEY) == CALLER

    def test_one_that_was_revoked_meanwhile_is_out(self, room: Room) -> None:
        room.learn()
        room.clock.advance(250)
        room.access.known(KEY)
        room.database.answer(None)
        assert room.access.known(KEY) is None

    def test_many_who_ask_at_once_share_one_question(self, room: Room) -> None:
        found = [room.identify(KEY) for _ in range(5)]
        assert len(room.database.asked) == 1
        room.database.answer(CALLER)
        assert found == [[CALLER]] * 5

    def test_one_that_is_none_is_asked_for_each_time(self, room: Room) -> None:
        for _ in range(2):
            found = room.identify(KEY)
            room.database.answer(None)
            assert found[0].check(InvalidApiKey)

    def test_while_the_database_is_away_nobody_knows(self, room: Room) -> None:
        found = room.identify(KEY)
        room.database.answer(Failure(Unavailable()))
        assert found[0].check(Unavailable)

    @pytest.mark.parametrize("header", [None, b"", b"Basic abc", b"Bearer", b"Bearer  "])
    def test_no_key_at_all(self, room: Room, header: bytes | None) -> None:
        assert room.identify(header)[0].check(MissingApiKey)
        assert room.access.known(header) is None


class TestOneThatIsRevoked:
    """It is forgotten here at once, elsewhere by notice, and an answer on its way is not kept."""

    def test_here(self, room: Room) -> None:
        room.learn()
        room.access.forget("key")
        assert room.access.known(KEY) is None
        assert room.notices.sent == [(CHANNEL, "key")]

    def test_elsewhere(self, room: Room) -> None:
        room.learn()
        room.notices.listeners[CHANNEL]("another")
        assert room.access.known(KEY) == CALLER
        room.notices.listeners[CHANNEL]("key")
        assert room.access.known(KEY) is None

    def test_when_notices_may_have_been_missed_all_are_forgotten(self, room: Room) -> None:
        room.learn()
        room.notices.listeners[CHANNEL]("")
        assert room.access.known(KEY) is None

    def test_an_answer_from_before_is_not_kept(self, room: Room) -> None:
        room.identify(KEY)
        room.access.forget("key")
        room.database.answer(CALLER)
        assert room.access.known(KEY) is None

    def test_who_asks_after_it_gets_an_answer_from_after(self, room: Room) -> None:
        room.identify(KEY)
        room.access.forget("key")
        later = room.identify(KEY)
        room.database.answer(CALLER)
        assert later == []
        room.database.answer(None)
        assert later[0].check(InvalidApiKey)


class TestASession:
    """Its token must be ours and not over, and its session must live."""

    CALLER = Caller("team", user_id="account", session_id="session", role="owner")

    def test_it_is_looked_up_and_then_known(self, room: Room) -> None:
        header = room.jwt()
        found = room.identify(header)
        room.database.answer(self.CALLER)
        assert found == [self.CALLER]
        assert room.access.known(header) == self.CALLER

    def test_a_token_that_is_not_ours_asks_nobody(self, room: Room) -> None:
        assert room.identify(b"Bearer a.b.c")[0].check(SessionEnded)
        assert room.database.asked == []

    def test_one_that_was_revoked(self, room: Room) -> None:
        found = room.identify(room.jwt())
        room.database.answer(None)
        assert found[0].check(SessionEnded)

    def test_one_that_is_over_though_its_session_lives(self, room: Room) -> None:
        header = room.jwt(lasts=10)
        room.identify(header)
        room.database.answer(self.CALLER)
        room.clock.advance(11)
        assert room.access.known(header) is None
        assert room.identify(header)[0].check(SessionEnded)

    @pytest.mark.parametrize("told", ["session", "account", ""])
    def test_it_is_forgotten_with_its_account(self, room: Room, told: str) -> None:
        header = room.jwt()
        room.identify(header)
        room.database.answer(self.CALLER)
        room.notices.listeners[CHANNEL](told)
        assert room.access.known(header) is None


class TestWhenAKeyWasLastUsed:
    """It is written in groups, not with each request."""

    def test_half_a_minute_later(self, room: Room) -> None:
        room.learn()
        for _ in range(100):
            room.access.known(KEY)
        assert room.database.touched == []
        room.clock.advance(30)
        assert room.database.touched == [{"key": 0.0}]

    def test_while_nobody_asks_there_is_no_timer(self, room: Room) -> None:
        room.learn()
        room.clock.advance(30)
        assert room.clock.getDelayedCalls() == []

    def test_at_the_end_it_is_written(self, room: Room) -> None:
        room.learn()
        Deferred.fromCoroutine(room.access.stop())
        assert room.database.touched == [{"key": 0.0}]
        assert room.clock.getDelayedCalls() == []

    def test_a_database_that_is_away_is_no_fault(self, room: Room) -> None:
        room.learn()
        room.database.away = True
        stopped = Deferred.fromCoroutine(room.access.stop())
        assert stopped.result is None


class TestTenThousandKeys:
    """Each is known as one alone would be, and one that is revoked goes without a look at the others."""

    def test_they_are_bounded(self, room: Room) -> None:
        room.access._keys._most = 100
        for number in range(1000):
            header = KEY[:-4] + b"%04d" % number
            room.learn(header, Caller("team", api_key_id=f"key{number}"))
        assert len(room.access._keys._answers) == 100
        assert len(room.access._keys._named) == 100

    def test_one_is_revoked(self, room: Room) -> None:
        headers = [KEY[:-5] + b"%05d" % number for number in range(10_000)]
        for number, header in enumerate(headers):
            room.learn(header, Caller("team", api_key_id=f"key{number}"))
        room.notices.listeners[CHANNEL]("key4711")
        assert [number for number, header in enumerate(headers) if room.access.known(header) is None] == [4711]
