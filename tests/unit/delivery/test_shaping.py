"""What a site's replies teach about its pace, without a network: numbers in, numbers out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.delivery.shaping import LONGEST_PAUSE, PAUSE, SLOWEST, Limits, Pace, Signal, portion, rank, signal
from mailit.errors import Reply

GMAIL = Reply(421, "4.7.28", "Gmail has detected an unusual rate of mail originating from your IP address")
GREY = Reply(450, "4.2.0", "Greylisted, try again later")
TOO_MANY = Reply(421, "4.7.0", "Too many concurrent SMTP connections; please try again later")
BUSY = Reply(451, "4.3.0", "Temporary failure, try again later")
PER_SESSION = Reply(452, "4.5.3", "Too many messages in this session")


def pace(limits: Limits | None = None, **fields) -> Pace:
    """A pace at 20 sessions, unless told otherwise."""
    return Pace("mx.example.net", "", limits or Limits(), **fields)


def refused(one: Pace, reply: Reply, now: float = 100.0, rate: float = 8.0, open_sessions: int = 20) -> Signal:
    """A refusal, with eight mails a second of late."""
    return one.refused(reply, now, rate, open_sessions, 5)


class TestSignals:
    """A reply is about the pace, or about one mail."""

    @pytest.mark.parametrize(
        ("reply", "said"),
        [
            (GMAIL, Signal.RATE),
            (Reply(421, "4.7.0", "[TSS04] Messages from 192.0.2.1 temporarily deferred"), Signal.RATE),
            (Reply(451, "4.7.650", "The mail server [192.0.2.1] has been temporarily rate limited"), Signal.RATE),
            (Reply(550, "5.7.28", "Unusual rate of unsolicited mail"), Signal.RATE),
            (Reply(450, "4.7.1", "Client host [192.0.2.1] blocked using zen.spamhaus.org"), Signal.RATE),
            (TOO_MANY, Signal.CONNECTIONS),
            (PER_SESSION, Signal.SESSION),
            (BUSY, Signal.BUSY),
            (Reply(421, "4.3.2", "Service not available, closing transmission channel"), Signal.BUSY),
            (GREY, Signal.NONE),
            (Reply(450, "4.2.1", "The user you are trying to contact is receiving mail at a rate that"), Signal.NONE),
            (Reply(550, "5.1.1", "No such user"), Signal.NONE),
            (Reply(452, "4.2.2", "Mailbox full"), Signal.NONE),
            (Reply(554, "5.7.1", "Spam"), Signal.NONE),
            (Reply(0, "4.4.2", "The server closed the connection"), Signal.NONE),
            (Reply(250, "2.0.0", "rate limit"), Signal.NONE),
        ],
    )
    def test_what_each_means(self, reply, said):
        """By the rules that know what receivers write."""
        assert signal(reply) is said


class TestTooFast:
    """Half of what it was, and a pause."""

    def test_the_rate_is_halved(self):
        """And so are the sessions."""
        one = pace()
        assert refused(one, GMAIL) is Signal.RATE
        assert (one.rate, one.sessions, one.allowed, one.reply) == (4.0, 10, 10, GMAIL)
        assert one.wait(100.0) == PAUSE
        assert one.gated

    def test_one_moment_counts_once(self):
        """Twenty sessions are told the same."""
        one = pace()
        for number in range(20):
            refused(one, GMAIL, 100 + number / 10)
        assert (one.rate, one.sessions) == (4.0, 10)

    def test_each_time_in_a_row_it_is_left_alone_for_longer(self):
        """Up to a limit, and never more slowly than that."""
        one, now, waits = pace(), 100.0, []
        for _ in range(10):
            refused(one, GMAIL, now, 0.0)
            waits.append(one.wait(now))
            now += waits[-1]
        assert waits[:4] == [10, 20, 40, 80]
        assert (max(waits), one.rate, one.sessions) == (LONGEST_PAUSE, SLOWEST, 1)

    def test_what_went_at_once_is_counted_where_nothing_is_known_of_a_rate(self):
        """A first mail that is refused leaves half a mail a second."""
        one = pace()
        refused(one, GMAIL, rate=0.0)
        assert one.rate == 0.5

    def test_greylisting_slows_nobody(self):
        """Nor does a mailbox that is full, however often."""
        one = pace()
        for number in range(50):
            refused(one, GREY, number * 10.0)
            refused(one, Reply(452, "4.2.2", "Mailbox full"), number * 10.0)
        assert (one.rate, one.sessions, one.gated) == (0, 20, False)


class TestTooMany:
    """Connections, and mails on one of them."""

    def test_half_of_those_that_are_open(self):
        """Without a pause: the open ones go on."""
        one = pace()
        assert refused(one, TOO_MANY, open_sessions=8) is Signal.CONNECTIONS
        assert (one.allowed, one.rate, one.wait(100.0)) == (4, 0, 0.0)

    def test_mails_on_a_session(self):
        """As many as it took; the pace is as it was."""
        one = pace()
        assert refused(one, PER_SESSION) is Signal.SESSION
        assert (one.messages, one.allowed, one.gated) == (5, 20, False)

    def test_one_mail_told_to_come_later_is_alone(self):
        """Five in a row, and none taken between, are the site."""
        one = pace()
        assert [refused(one, BUSY) for _ in range(4)] == [Signal.NONE] * 4
        one.went_well(1, 101.0)
        assert [refused(one, BUSY) for _ in range(4)] == [Signal.NONE] * 4
        assert one.allowed == 20
        assert refused(one, BUSY) is Signal.BUSY
        assert one.allowed == 10


class TestRecovery:
    """What goes well gives it back, little by little."""

    def well(self, one: Pace, seconds: int, start: float = 200.0) -> None:
        """So many seconds of mail, as much as is allowed."""
        for second in range(seconds):
            one.went_well(max(1, round(one.rate or 20)), start + second)

    def test_the_rate_comes_back(self):
        """By a step a second, until there is no limit."""
        one = pace()
        refused(one, GMAIL)
        self.well(one, 100)
        assert 6 < one.rate < 8
        self.well(one, 600, 300.0)
        assert (one.rate, one.allowed, one.gated, one.strikes) == (0, 20, False, 0)

    def test_never_above_what_is_configured(self):
        """A limit of a provider or an operator."""
        one = pace(Limits(rate=5.0))
        assert one.gated
        refused(one, GMAIL, rate=5.0)
        assert one.rate == 2.5
        self.well(one, 600)
        assert one.rate == 5.0

    def test_sessions_are_earned(self):
        """Where a provider has few to begin with."""
        one = pace(Limits(first=5))
        assert one.allowed == 5
        self.well(one, 3)
        assert one.allowed == 6
        self.well(one, 1000)
        assert one.allowed == 20

    def test_a_limit_that_is_not_used_does_not_grow(self):
        """Nobody knows whether more would be taken."""
        one = pace()
        refused(one, GMAIL)
        for second in range(300):
            one.went_well(1, 200.0 + second, full=False)
        assert (one.rate, one.allowed) == (4.0, 10)


class TestTokens:
    """A rate is kept from mail to mail."""

    @given(st.floats(0.1, 50), st.lists(st.floats(0, 3), min_size=1, max_size=60))
    def test_never_more_than_the_rate(self, rate, steps):
        """Over any time, but for one second's mail at once."""
        one = pace(Limits(rate=rate))
        now, begun = 1000.0, 0
        for step in steps:
            now += step
            while one.begin(now) == 0.0:
                begun += 1
        assert begun <= (now - 1000.0) * rate + max(1.0, rate) + 1

    def test_the_wait_is_long_enough(self):
        """Who asks again after it may begin."""
        one = pace(Limits(rate=0.5))
        assert one.begin(10.0) == 0.0
        wait = one.begin(10.0)
        assert wait == pytest.approx(2.0)
        assert one.begin(10.0 + wait) == 0.0


class TestWarmUp:
    """A new source sends so many a day."""

    def test_no_more_than_today(self):
        """Then it waits for the next day."""
        one = pace()
        one.warmed(3, 1)
        assert [one.begin(1.0) == 0.0 for _ in range(3)] == [True, True, False]
        assert one.spent
        one.warmed(5, 0)
        assert one.begin(2.0) == 0.0

    def test_others_send_as_well(self):
        """What they have not saved yet is taken to be as much as ours."""
        one = pace(among=3)
        one.warmed(9, 0)
        assert sum(one.begin(1.0) == 0.0 for _ in range(9)) == 3

    def test_none_once_it_is_warm(self):
        """And nothing is asked for a mail."""
        one = pace()
        one.warmed(0, 0)
        assert not one.gated


class TestProcesses:
    """Each has a part of what a site takes."""

    @given(st.integers(0, 200), st.integers(1, 40))
    def test_the_parts_are_the_whole(self, limit, among):
        """And a limit below their number is one's alone."""
        parts = [portion(limit, among, number) for number in range(among)]
        assert sum(parts) == limit
        assert max(parts) - min(parts) <= 1 if limit >= among else sorted(parts)[:-1] == [0] * (among - 1)

    def test_the_same_order_everywhere(self):
        """And not one process first for every site."""
        processes = ["a", "b", "c"]
        firsts = set()
        for number in range(20):
            ranks = [rank(f"mx{number}.test", one, processes) for one in processes]
            assert sorted(ranks) == [0, 1, 2]
            firsts.add(ranks.index(0))
        assert firsts == {0, 1, 2}

    def test_the_rate_too(self):
        """What is learned is for all of them together."""
        one = pace(Limits(rate=9.0), among=3)
        assert (one.own_rate, one.allowed) == (3.0, 7)
        refused(one, GMAIL, rate=3.0)
        assert (one.rate, one.own_rate) == (4.5, 1.5)


class TestWhatIsRemembered:
    """From an earlier life, or another process."""

    def test_it_is_taken_over(self):
        """Within today's limits."""
        one = pace(Limits(sessions=10, rate=5.0))
        one.remember(15, 8.0, 2000, 2, 300.0, 100.0)
        assert (one.sessions, one.rate, one.messages, one.wait(250.0)) == (10, 5.0, 1000, 50.0)
