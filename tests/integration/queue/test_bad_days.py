"""Processes that die, sleep past their lease, or lose the database; and a log whose writers commit out of order."""

from __future__ import annotations

import psycopg2
import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.errors import Reply
from mailit.interfaces import Outcome, OutcomeKind
from mailit.plugin import Subscriber
from mailit.queue.log import Subscribers
from mailit.store import event_log, outcomes
from mailit.store.claims import LaneKey, Wanted, claim
from mailit.store.outcomes import Fence


def inside(test):
    """Runs an async test."""
    return pytest_twisted.ensureDeferred(test)


def dead(house, marked: bool):
    """A claim by a process that is not alive any more, as if it had just been killed."""
    holder = house.ids()

    def work(tx):
        tx.run(
            "INSERT INTO holder (id, alive_until, host, pid, roles)"
            " VALUES (%(id)s, now() + interval '10 s', 'x', 1, '{}')",
            {"id": holder},
        )
        taken = claim(tx, holder, [Wanted(LaneKey("example.net", 0, house.team), 10, float("-inf"))])
        if marked:
            outcomes.mark(tx, [Fence(e.id, e.attempt, holder) for e in taken.envelopes])
        tx.run("DELETE FROM holder WHERE id = %(id)s", {"id": holder})
        return holder, taken.envelopes

    return house.pool.transact(work)


class TestAHolderThatDied:
    """Its claims are found; what was marked is in doubt, and never resent or dropped unseen."""

    @inside
    async def test_unmarked_envelopes_go_on_as_if_nothing_was(self, house):
        """No event, and the mail arrives."""
        house.carrier.most = 0
        accepted = await house.door.submit(house.draft())
        _, envelopes = await dead(house, marked=False)
        assert len(envelopes) == 1
        assert await house.dead.settle() == 1
        house.carrier.most = 10
        house.claims.look()
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        assert await house.types(accepted.id) == ["email.queued", "email.sent", "email.delivered"]

    @inside
    async def test_resend_marks_it_and_waits(self, house):
        """The event says in doubt, and the envelope is due after the first delay."""
        house.carrier.most = 0
        accepted = await house.door.submit(house.draft())
        await dead(house, marked=True)
        await house.dead.settle()
        event = (await house.events(accepted.id))[-1]
        assert (event.type, event.in_doubt) == ("email.delivery_delayed", True)
        assert await house.value("SELECT in_doubt AND due_at > now() + interval '50 s' FROM envelope")

    @inside
    async def test_hold_leaves_it_to_a_person(self, house):
        """It is not claimed."""
        house.carrier.most = 0
        await house.door.submit(house.draft())
        await dead(house, marked=True)
        await evolve(house.dead, policy="hold").settle()
        assert await house.value("SELECT held AND in_doubt AND holder IS NULL FROM envelope")

    @inside
    async def test_assume_sent_ends_it_and_says_so(self, house):
        """Delivered, in doubt."""
        house.carrier.most = 0
        accepted = await house.door.submit(house.draft())
        await dead(house, marked=True)
        await evolve(house.dead, policy="assume_sent").settle()
        event = (await house.events(accepted.id))[-1]
        assert (event.type, event.in_doubt) == ("email.delivered", True)
        assert await house.value("SELECT count(*) FROM envelope") == 0


class TestAProcessThatSleptPastItsLease:
    """It changes nothing when it wakes: the fence stands in every statement."""

    @inside
    async def test_it_marks_nothing(self, house):
        """No mark, so no dot."""
        house.carrier.most = 0
        await house.door.submit(house.draft())
        holder, (envelope,) = await dead(house, marked=False)
        marked = await house.pool.transact(outcomes.mark, [Fence(envelope.id, envelope.attempt, holder)])
        assert marked == [False]

    @inside
    async def test_its_outcome_is_not_written_once_another_has_claimed(self, house):
        """The other's word counts."""
        house.carrier.most = 0
        accepted = await house.door.submit(house.draft())
        holder, (envelope,) = await dead(house, marked=False)
        await house.dead.settle()
        waiting: Deferred[Outcome] = Deferred()
        house.carrier.says = lambda e: waiting
        house.carrier.most = 10
        house.claims.look()
        await house.until(lambda: house.carrier.handed)
        late = evolve(envelope, holder=holder)
        ending = house.claims._schedule.ending(late, Outcome(OutcomeKind.BOUNCED, Reply(550, "", "late")), 0.0)
        await house.pool.transact(outcomes.settle, [ending])
        assert await house.types(accepted.id) == ["email.queued", "email.sent"]
        waiting.callback(Outcome(OutcomeKind.DELIVERED, Reply(250, "", "ok")))
        await house.until(lambda: not house.claims.in_hand)
        assert (await house.types(accepted.id))[-1] == "email.delivered"

    @inside
    async def test_its_renewal_finds_its_row_gone_and_begins_anew(self, house):
        """Under a new id, and what was marked under the old one is sent no dot."""
        house.carrier.most = 10
        waiting: Deferred[Outcome | None] = Deferred()
        house.carrier.says = lambda e: waiting
        await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed)
        (envelope,) = house.carrier.handed
        assert await house.marks.mark(envelope) and house.marks.alive(envelope)
        await house.pool.transact(lambda tx: tx.run("DELETE FROM holder"))
        old = house.holder.id
        await house.holder._renewed()
        assert house.holder.id != old and house.holder.alive()
        assert not house.marks.alive(envelope)
        assert not await house.marks.mark(envelope)
        waiting.callback(None)

    @inside
    async def test_the_dead_are_buried_by_the_databases_clock(self, house):
        """A lease that ran out ends; a living one stays."""
        await house.pool.transact(
            lambda tx: tx.run(
                "INSERT INTO holder (id, alive_until, host, pid, roles)"
                " VALUES (gen_random_uuid(), now() - interval '1 s', 'x', 1, '{}')"
            )
        )
        from mailit.store import holders

        buried = await house.pool.transact(holders.bury, 0.0)
        assert len(buried) == 1
        assert await house.value("SELECT count(*) FROM holder") == 1


class TestAClaimThatNobodyKnowsOf:
    """A COMMIT that was not answered may have taken envelopes: they are set free, not forgotten."""

    @inside
    async def test_strays_are_released(self, house):
        """Beside what is really in hand."""
        house.carrier.most = 0
        await house.door.submit(house.draft())
        stray = [Wanted(LaneKey("example.net", 0, house.team), 10, float("-inf"))]
        taken = await house.pool.transact(claim, house.holder.id, stray)
        assert len(taken.envelopes) == 1
        house.claims._strays = True
        house.carrier.most = 10
        house.claims.look()
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)


class TestAMarkThatDidNotComeBack:
    """No dot was sent, and the process knows: the envelope goes on, however it stands in the table."""

    @inside
    @pytest.mark.parametrize("committed", [True, False])
    async def test_the_claim_is_given_back(self, house, committed):
        """Also where the mark was committed, and only its answer was lost."""
        deliver = house.carrier.says(None)

        async def lose(envelope):
            if committed:
                assert await house.marks.mark(envelope)

        house.carrier.says = lambda e: Deferred.fromCoroutine(lose(e)) if e.attempt == 1 else deliver
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: len(house.carrier.handed) == 2 and not house.claims.in_hand)
        assert await house.types(accepted.id) == ["email.queued", "email.sent", "email.delivered"]

    @inside
    async def test_an_orderly_stop_gives_it_back_too(self, house):
        """Or the mail would be in doubt once the holder is gone, and `assume_sent` would lose it."""
        waiting: Deferred[Outcome] = Deferred()
        house.carrier.says = lambda e: waiting
        await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed)
        assert await house.marks.mark(house.carrier.handed[0])
        draining = Deferred.fromCoroutine(house.claims.drain(Deferred()))
        waiting.callback(Outcome(OutcomeKind.UNTRIED, Reply(0, "", "")))
        await draining
        assert await house.value("SELECT marked_at IS NULL AND holder IS NULL FROM envelope")


class TestWhatAPeerSays:
    """Nothing in it spoils the group that writes it."""

    @inside
    @pytest.mark.parametrize("text", ["a\0b", "half \ud800 pair", "\N{SNOWMAN}" * 5000])
    async def test_it_is_written_or_replaced(self, house, text):
        """The outcome counts."""
        house.carrier.says = lambda e: Outcome(OutcomeKind.BOUNCED, Reply(550, "5.0.0", text), "mx")
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        assert (await house.types(accepted.id))[-1] == "email.bounced"


class TestTheEventLog:
    """No reader ever passes an event that is still to come."""

    def _writer(self, house):
        """A connection of its own, in a transaction that has its xid."""
        connection = psycopg2.connect(house.dsn)
        cursor = connection.cursor()
        cursor.execute("SELECT pg_current_xact_id()")
        return connection, cursor

    def _insert(self, house, cursor):
        cursor.execute("INSERT INTO event (team_id, type) VALUES (%s, 'email.sent') RETURNING seq", (house.team,))
        return cursor.fetchone()[0]

    @inside
    async def test_a_lower_seq_that_commits_later_is_not_missed(self, house):
        """T1 draws, T2 draws and commits, a reader reads, T1 commits."""
        first, one = self._writer(house)
        second, two = self._writer(house)
        low = self._insert(house, one)
        high = self._insert(house, two)
        second.commit()
        assert low < high
        reading = Deferred.fromCoroutine(house.log.read(house.team, 0, 10))
        await house.sleep(0.1)
        assert not reading.called
        first.commit()
        assert [event.seq for event in await reading] == [low, high]
        first.close()
        second.close()

    @inside
    async def test_a_writer_that_stays_holds_the_readers_back_not_past(self, house):
        """What was safe before can be read; the log says that it is held back."""
        await house.pool.transact(lambda tx: self._insert_by(tx, house))
        before = await house.log.read(house.team, 0, 10)
        assert len(before) == 1
        stuck, cursor = self._writer(house)
        self._insert(house, cursor)
        await house.pool.transact(lambda tx: self._insert_by(tx, house))
        assert await house.log.read(house.team, 0, 10) == before
        assert house.log.held_back
        stuck.rollback()
        stuck.close()
        assert len(await house.log.read(house.team, 0, 10)) == 2 and not house.log.held_back

    def _insert_by(self, tx, house):
        tx.run("SELECT pg_current_xact_id()")
        tx.run("INSERT INTO event (team_id, type) VALUES (%(team)s, 'email.sent')", {"team": house.team})

    @inside
    async def test_many_writers_and_a_reader_that_never_misses(self, house):
        """A reader that follows by cursor sees all that was ever written, in order, once."""
        seen: list[int] = []

        async def follow(until):
            while len(seen) < until:
                for event in await house.log.read(house.team, seen[-1] if seen else 0, 100):
                    seen.append(event.seq)

        following = Deferred.fromCoroutine(follow(200))
        writes = [house.pool.transact(lambda tx: self._insert_by(tx, house)) for _ in range(200)]
        for write in writes:
            await write
        await following
        written = await house.pool.transact(
            lambda tx: [row.seq for row in tx.rows("SELECT seq FROM event ORDER BY seq")]
        )
        assert seen == written


class TestSubscribers:
    """A batch is taken in the transaction that moves the cursor; what can't be taken is parked."""

    @inside
    async def test_events_come_in_order_and_once(self, house):
        """Also where it is run again."""
        taken: list[str] = []
        subscriber = Subscriber("test", lambda tx, events: taken.extend(e.type for e in events))
        subscribers = Subscribers(house.pool, house.log, [subscriber])
        await subscribers.start()
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        subscribers.run()
        await house.until(lambda: len(taken) == 3)
        subscribers.run()
        await house.sleep(0.05)
        assert taken == await house.types(accepted.id)
        await subscribers.stop()

    @inside
    async def test_the_one_event_at_fault_is_parked_and_passed(self, house):
        """The others are taken, and nothing of the failed one is left."""
        taken: list[str] = []

        def take(tx, events):
            for event in events:
                if event.type == "email.sent":
                    raise ValueError("not this one")
            taken.extend(event.type for event in events)

        subscribers = Subscribers(house.pool, house.log, [Subscriber("test", take)])
        await subscribers.start()
        await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        subscribers.run()
        await house.until(lambda: len(taken) == 2)
        assert taken == ["email.queued", "email.delivered"]
        assert await house.value("SELECT error FROM parked_event WHERE subscriber = 'test'") == "not this one"
        await subscribers.stop()

    @inside
    async def test_types_choose(self, house):
        """Others move the cursor all the same."""
        taken: list[str] = []
        subscriber = Subscriber(
            "test", lambda tx, events: taken.extend(e.type for e in events), frozenset({"email.delivered"})
        )
        subscribers = Subscribers(house.pool, house.log, [subscriber])
        await subscribers.start()
        await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        subscribers.run()
        await house.until(lambda: taken == ["email.delivered"])
        last = await house.pool.transact(event_log.last_drawn)
        await house.until(lambda: _at(house, last))
        await subscribers.stop()


async def _at(house, seq):
    return await house.value("SELECT seq FROM subscriber_cursor WHERE name = 'test'") == seq
