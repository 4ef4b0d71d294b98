"""The queue in an operator's hands, on a real database."""

from __future__ import annotations

import re
import time

import psycopg2
import pytest

from mailit.db.connection import KEYED, Transaction, connect
from mailit.draft import Content, Stream
from mailit.ids import Ids
from mailit.store import deliveries, emails, event_log, holders, outcomes, queue, spool, why
from mailit.store.claims import FIRST_LANE, LOAD_CONTENTS, LOAD_EMAILS, LaneKey, Wanted, claim, scan
from mailit.store.outcomes import Ending, Fence
from mailit.store.queue import Chosen
from mailit.store.spool import NewDelivery, NewMail

IDS = Ids()


class Spool:
    """A transaction on a fresh database, with one team."""

    def __init__(self, tx):
        self.tx = tx
        self.team = IDS()
        self.holder = IDS()
        tx.run("INSERT INTO team (id, name) VALUES (%(id)s, 'Acme')", {"id": self.team})
        holders.register(tx, self.holder, 60.0, "here", 1, ["delivery"])

    def add(self, *recipients, team=None, stream=Stream.TRANSACTIONAL, due=None):
        """Spools a mail; gives it."""
        id_ = IDS()
        mail = NewMail(
            id_, team or self.team, IDS(), None, IDS(), Content(text="x"), stream, "a@example.org", recipients, (), (),
            (), "Hi", (), (), {}, f"<{id_}@example.org>", time.time(), due, 3600.0,
            tuple(NewDelivery(IDS(), one, one.split("@")[1]) for one in recipients),
        )  # fmt: skip
        spool.accept(self.tx, [[mail]])
        return mail

    def claim(self, domain, most=10, team=None, since=float("-inf")):
        """Claims of a lane; gives the envelopes."""
        return claim(self.tx, self.holder, [Wanted(LaneKey(domain, 0, team or self.team), most, since)]).envelopes

    def last_event(self, mail):
        """What a mail shows."""
        return self.tx.row("SELECT last_event FROM email WHERE id = %(id)s", {"id": mail.id}).last_event

    def types(self, mail):
        """What happened to it."""
        return [event.type for event in event_log.read_email(self.tx, mail.team_id, mail.id, 0)]


@pytest.fixture
def spooled(dsn):
    """A spool in one transaction, which is undone at the end."""
    connection = connect(dsn, "test")
    yield Spool(Transaction(connection))
    connection.close()


class TestAClaim:
    """It takes what is due, of the lanes that are named, and no more than is wanted."""

    def test_no_more_than_wanted_and_the_oldest_first(self, spooled):
        """By due time."""
        mails = [spooled.add("a@one.example") for _ in range(5)]
        taken = spooled.claim("one.example", most=2)
        assert [envelope.email.id for envelope in taken] == [mail.id for mail in mails[:2]]

    def test_other_lanes_are_left(self, spooled):
        """Other domains, streams and teams."""
        spooled.add("a@two.example")
        spooled.add("a@one.example", stream=Stream.BROADCAST)
        spooled.add("a@one.example", team=IDS())
        assert spooled.claim("one.example") == ()

    def test_what_is_not_due_is_left(self, spooled):
        """Scheduled mail waits."""
        spooled.add("a@one.example", due=time.time() + 60)
        assert spooled.claim("one.example") == ()

    def test_a_dead_holder_takes_nothing(self, spooled):
        """Its row is gone, and with it the right to claim."""
        spooled.add("a@one.example")
        holders.retire(spooled.tx, spooled.holder)
        assert spooled.claim("one.example") == ()

    def test_what_is_claimed_is_nobody_elses(self, spooled):
        """A second claim finds nothing; each claim counts an attempt."""
        spooled.add("a@one.example")
        (envelope,) = spooled.claim("one.example")
        assert envelope.attempt == 1 and spooled.claim("one.example") == ()


class TestTheScan:
    """It jumps from lane to lane."""

    def test_it_finds_each_lane_once_in_order(self, spooled):
        """However many envelopes a lane has; from a place on, and no more than asked."""
        for domain in ("b.example", "a.example", "c.example"):
            for _ in range(3):
                spooled.add(f"x@{domain}")
        found = scan(spooled.tx, FIRST_LANE, 10)
        assert [lane.domain for lane, _ in found] == ["a.example", "b.example", "c.example"]
        first = found[0][0]
        after = (first.domain, first.stream, first.team_id)
        assert [lane.domain for lane, _ in scan(spooled.tx, after, 1)] == ["b.example"]

    def test_it_tells_when_a_lane_is_due(self, spooled):
        """In seconds."""
        spooled.add("x@a.example", due=time.time() + 100)
        ((_, wait),) = scan(spooled.tx, FIRST_LANE, 10)
        assert 90 < wait <= 101


class TestTheFence:
    """(holder, attempt) stands in every statement after the claim."""

    @pytest.mark.parametrize("wrong", ["attempt", "holder"])
    def test_a_wrong_fence_changes_nothing(self, spooled, wrong):
        """Neither the mark nor the outcome nor a claim given back."""
        mail = spooled.add("a@one.example")
        (envelope,) = spooled.claim("one.example")
        fence = Fence(
            envelope.id,
            envelope.attempt + (wrong == "attempt"),
            IDS() if wrong == "holder" else spooled.holder,
        )
        assert outcomes.mark(spooled.tx, [fence]) == [False]
        outcomes.settle(spooled.tx, [_ending(fence, mail)])
        outcomes.give_back(spooled.tx, [fence])
        assert spooled.types(mail) == ["email.queued", "email.sent"]
        assert spooled.claim("one.example") == ()

    def test_a_marked_claim_is_given_back_with_its_mark(self, spooled):
        """Its dot was not sent."""
        spooled.add("a@one.example")
        (envelope,) = spooled.claim("one.example")
        fence = Fence(envelope.id, envelope.attempt, spooled.holder)
        assert outcomes.mark(spooled.tx, [fence]) == [True]
        outcomes.give_back(spooled.tx, [fence])
        (again,) = spooled.claim("one.example")
        assert again.attempt > envelope.attempt

    def test_an_unmarked_claim_is_given_back(self, spooled):
        """And can be claimed again, as another attempt."""
        spooled.add("a@one.example")
        (envelope,) = spooled.claim("one.example")
        outcomes.give_back(spooled.tx, [Fence(envelope.id, envelope.attempt, spooled.holder)])
        assert [again.attempt for again in spooled.claim("one.example")] == [2]


def _ending(fence, mail, state="delivered", final=True, sole=True):
    return Ending(fence, mail.id, final, state, 250, "2.0.0", "ok", "mx", False, False, 60.0, sole)


# Draws for an event only where the transaction has its id, which is what readers of the log rely on.
_DRAW = """
    CREATE FUNCTION drawn() RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
        ASSERT pg_current_xact_id_if_assigned() IS NOT NULL, 'drawn by a transaction without an id';
        RETURN nextval('event_seq');
    END $$;
    ALTER TABLE event ALTER seq SET DEFAULT drawn();
"""


class TestAnEndingsEvent:
    """It draws from the log's sequence after its transaction has an id."""

    @pytest.mark.parametrize("final", [True, False])
    def test_the_envelope_takes_it(self, dsn, final):
        """Whether the envelope goes or is put back; whoever begins with the event is found out."""
        connection = connect(dsn, "test", KEYED, autocommit=True)
        try:
            spooled = Spool(Transaction(connection))
            mail = spooled.add("a@one.example", "b@one.example")
            claimed = spooled.claim("one.example")
            spooled.tx.run(_DRAW)
            with pytest.raises(psycopg2.errors.AssertFailure):
                spooled.tx.run("INSERT INTO event (team_id, type) VALUES (%(id)s, 'x')", {"id": spooled.team})
            endings = [_ending(Fence(one.id, one.attempt, one.holder), mail, final=final) for one in claimed]
            outcomes.settle(spooled.tx, endings)
            assert spooled.types(mail)[2:] == ["email.delivered"] * 2
        finally:
            connection.close()


class TestHoldAndRelease:
    """A held envelope waits for a person."""

    def test_held_is_not_claimed_and_released_is(self, spooled):
        """By the mail's id or the delivery's."""
        mail = spooled.add("a@one.example")
        assert queue.hold(spooled.tx, Chosen(ids=[mail.id])) == 1
        assert spooled.claim("one.example") == ()
        assert queue.release(spooled.tx, Chosen(ids=[mail.deliveries[0].id])) == 1
        assert len(spooled.claim("one.example")) == 1

    def test_by_domain_and_team(self, spooled):
        """Only what matches both."""
        spooled.add("a@one.example")
        spooled.add("a@two.example")
        assert queue.hold(spooled.tx, Chosen(domain="one.example", team_id=spooled.team)) == 1
        assert queue.hold(spooled.tx, Chosen(domain="two.example", team_id=IDS())) == 0

    def test_retry_makes_it_due_now(self, spooled):
        """What waited an hour is claimed at once."""
        mail = spooled.add("a@one.example", due=time.time() + 3600)
        assert queue.retry(spooled.tx, Chosen(ids=[mail.id])) == 1
        assert len(spooled.claim("one.example")) == 1

    def test_retry_says_nothing_of_what_is_held(self, spooled):
        """It would not be tried, so nobody may be told that it is."""
        mail = spooled.add("a@one.example")
        queue.hold(spooled.tx, Chosen(ids=[mail.id]))
        assert queue.retry(spooled.tx, Chosen(ids=[mail.id])) == 0


class TestCancel:
    """A mail of which all is canceled is canceled; of another, these recipients have failed."""

    def test_all_of_a_mail(self, spooled):
        """One event, and the mail says canceled."""
        mail = spooled.add("a@one.example", "b@two.example")
        assert queue.cancel(spooled.tx, Chosen(ids=[mail.id])) == 2
        assert spooled.last_event(mail) == "canceled"
        assert spooled.types(mail) == ["email.queued", "email.sent", "email.canceled"]
        assert queue.totals(spooled.tx)["due"] == 0

    def test_a_part_of_a_mail(self, spooled):
        """The other goes on, and the mail shows the failure."""
        mail = spooled.add("a@one.example", "b@two.example")
        assert queue.cancel(spooled.tx, Chosen(domain="one.example")) == 1
        assert spooled.types(mail)[-1] == "email.failed"
        assert spooled.last_event(mail) == "failed"
        assert len(spooled.claim("two.example")) == 1

    def test_what_is_claimed_is_not_canceled(self, spooled):
        """It is on its way."""
        spooled.add("a@one.example")
        (envelope,) = spooled.claim("one.example")
        assert queue.cancel(spooled.tx, Chosen(ids=[envelope.id])) == 0


class TestWhatIsShown:
    """The spool by destination, and each envelope with its receiver's last words."""

    def test_the_summary(self, spooled):
        """The fullest first."""
        for _ in range(2):
            spooled.add("a@one.example")
        spooled.add("a@two.example", due=time.time() + 60)
        rows = queue.summary(spooled.tx)
        assert [(row.domain, row.due, row.waiting) for row in rows] == [("one.example", 2, 0), ("two.example", 0, 1)]

    def test_the_last_words(self, spooled):
        """As the receiver said them."""
        mail = spooled.add("a@one.example")
        (envelope,) = spooled.claim("one.example")
        fence = Fence(envelope.id, envelope.attempt, spooled.holder)
        outcomes.settle(spooled.tx, [_ending(fence, mail, "delivery_delayed", final=False)])
        (shown,) = queue.chosen(spooled.tx, Chosen(ids=[mail.id]))
        assert (shown.reply, shown.exchanger, shown.attempt) == ("250 2.0.0 ok", "mx", 1)


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


class TestLookUps:
    """A look-up by id visits one partition, not each: ninety probed would cost milliseconds."""

    def _touched(self, spooled, table, sql, params):
        """The partitions of a table that are really read."""
        spooled.tx.run("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")
        lines = [row[0] for row in spooled.tx.rows("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql, params)]
        return {
            found.group()
            for line in lines
            if "never executed" not in line and (found := re.search(rf"\b{table}_\d+w\d+", line))
        }

    def test_the_deliveries_of_a_mail(self, spooled):
        """Found by the range of their ids."""
        mail = spooled.add("a@one.example", "b@one.example")
        before, update = outcomes.RANK_EMAILS.rstrip().rstrip(";").split("UPDATE", 1)
        spooled.tx.run(before)
        assert len(self._touched(spooled, "delivery", "UPDATE" + update, outcomes._shared([mail.id]))) == 1

    @pytest.mark.parametrize(
        ("sql", "verb"), [(outcomes.RANK_EMAILS, "UPDATE"), (emails.RECIPIENTS, "SELECT"), (why.OF_EMAIL, "SELECT")]
    )
    def test_the_deliveries_of_a_mail_among_those_of_its_minute(self, spooled, sql, verb):
        """As many are read as it has, and not what others sent after it."""
        mail = spooled.add("a@one.example", "b@one.example")
        for _ in range(200):
            spooled.add("a@one.example")
        spooled.tx.run("ANALYZE delivery; ANALYZE email; ANALYZE envelope")
        before, query = sql.rstrip().rstrip(";").split(verb, 1)
        spooled.tx.run(before or "SELECT")
        params = {
            "id": mail.id,
            "email": mail.id,
            "ceiling": deliveries.ceiling(mail.id),
            **outcomes._shared([mail.id]),
        }
        (row,) = spooled.tx.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {verb}{query}", params)
        nodes = list(_nodes(row[0][0]["Plan"]))
        (read,) = [one for one in nodes if one.get("Relation Name", "").startswith("delivery_") and one["Actual Loops"]]
        assert (read["Node Type"], read["Actual Rows"]) == ("Index Scan", 2)
        assert read.get("Rows Removed by Filter", 0) == 0

    @pytest.mark.parametrize(("table", "sql"), [("email", LOAD_EMAILS), ("content", LOAD_CONTENTS)])
    def test_what_a_claim_loads(self, spooled, table, sql):
        """Mails and contents, by their ids."""
        mail = spooled.add("a@one.example")
        id_ = mail.id if table == "email" else mail.content_id
        assert len(self._touched(spooled, table, sql, {"ids": [id_], "first": id_, "last": id_})) == 1
