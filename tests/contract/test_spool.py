"""The spool's contract, on the tables and on the fake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailit.db.connection import Transaction
from mailit.draft import Attachment, Content, Stream
from mailit.errors import Reply
from mailit.ids import Ids
from mailit.interfaces import Envelope
from mailit.plugin import DomainScreen, Screened
from mailit.store.claims import FIRST_LANE, Wanted
from mailit.store.idempotency import KeyTaken
from mailit.store.outcomes import Ending, Fence
from tests.contract.spools import ALWAYS, LEASE, LIFETIME, Ground, MemoryGround, TableGround


@pytest.fixture(params=["memory", "tables"])
def ground(request: Any) -> Iterator[Ground]:
    """Each of the two, in turn."""
    if request.param == "memory":
        yield MemoryGround()
        return
    tables = TableGround(dsn=request.getfixturevalue("dsn"))
    yield tables
    tables.close()


def fence(envelope: Envelope) -> Fence:
    """What names this attempt."""
    return Fence(envelope.id, envelope.attempt, envelope.holder)


def ending(envelope: Envelope, state: str = "delivered", **fields: Any) -> Ending:
    """What came of an attempt; only `delivery_delayed` is not final."""
    whole = Ending(
        fence=fence(envelope),
        email_id=envelope.email.id,
        final=state != "delivery_delayed",
        state=state,
        code=250 if state == "delivered" else 451,
        status="2.0.0" if state == "delivered" else "4.7.1",
        text="Taken" if state == "delivered" else "Later",
        exchanger="mx.example.net",
        in_doubt=False,
        held=False,
        delay=0.0,
        sole=envelope.email.recipients == 1,
    )
    return evolve(whole, **fields)


class TestAccepting:
    """What was accepted is there as a whole, with its events."""

    def test_a_mail_is_queued_and_sent(self, ground):
        """Two events of the whole mail, an envelope a recipient."""
        (mail,) = ground.accept(ground.mail("ana@example.net", "bo@example.net"))
        assert [(event.type, event.recipient) for event in ground.events(mail)] == [
            ("email.queued", None),
            ("email.sent", None),
        ]
        assert (ground.last_event(mail), ground.states(mail), ground.left()) == ("sent", ["sent", "sent"], 2)

    def test_a_scheduled_one_is_that_alone(self, ground):
        """It is told as sent by its first claim."""
        (mail,) = ground.accept(ground.mail(due_in=60.0))
        assert (ground.types(mail), ground.last_event(mail), ground.states(mail)) == (
            ["scheduled"],
            "scheduled",
            ["queued"],
        )

    def test_taken_at_birth(self, ground):
        """By a living holder: its first attempt, behind its fence, and no claim finds it."""
        holder = ground.live()
        (mail,) = ground.accept(ground.mail(holder=holder))
        assert ground.claim(holder).envelopes == ()
        assert ground.mark(Fence(mail.deliveries[0].id, 1, holder)) == [True]

    def test_taken_by_the_dead(self, ground):
        """It is anybody's, and was never tried."""
        (mail,) = ground.accept(ground.mail(holder=ground.ids()))
        (envelope,) = ground.claim(ground.live()).envelopes
        assert (envelope.id, envelope.attempt) == (mail.deliveries[0].id, 1)

    def test_events_grow_by_seq(self, ground):
        """In the order of the mails."""
        mails = ground.accept(ground.mail(), ground.mail(), ground.mail())
        seqs = [event.seq for mail in mails for event in ground.events(mail)]
        assert seqs == sorted(set(seqs))

    def test_one_content_may_serve_many(self, ground):
        """The mails that bring none have that of the same id."""
        first = ground.mail(content=Content(html="<p>All</p>"))
        second = evolve(ground.mail(), content=None, content_id=first.content_id)
        ground.accept(first, second)
        taken = ground.claim(ground.live())
        assert {one.email.content for one in taken.envelopes} == {Content(html="<p>All</p>")}

    def test_what_is_accepted_is_known(self, ground):
        """By its first mail, also where nobody remembers the answer."""
        (mail,) = ground.accept(ground.mail())
        never = ground.mail()
        assert ground.do(ground.spool.accepted, [[mail], [never]]) == [[mail], None]


class TestScreening:
    """Recipients that are not to be sent are told so at the accept."""

    def test_one_of_two(self, ground):
        """The other one goes; the mail shows the worse."""
        screens = [lambda tx, team, recipients: [Screened("bo@example.net", "bounced", {"origin": "x"})]]
        (mail,) = ground.accept(ground.mail("ana@example.net", "bo@example.net"), screens=screens)
        assert ground.types(mail) == ["queued", "sent", "suppressed"]
        last = ground.events(mail)[-1]
        assert (last.recipient, last.data) == (
            "bo@example.net",
            {"suppressed": {"message": "bounced", "origin": "x"}},
        )
        assert (ground.last_event(mail), ground.states(mail)) == ("suppressed", ["sent", "suppressed"])
        assert [one.recipient for one in ground.claim(ground.live()).envelopes] == ["ana@example.net"]

    @pytest.mark.parametrize("due_in", [None, 60.0])
    def test_all_of_them(self, ground, due_in):
        """Nothing is sent, and nobody says it was."""
        screens = [lambda tx, team, recipients: [Screened(one, "no") for one in recipients]]
        (mail,) = ground.accept(ground.mail(due_in=due_in), screens=screens)
        assert ground.types(mail) == ["queued" if due_in is None else "scheduled", "suppressed"]
        assert (ground.last_event(mail), ground.left()) == ("suppressed", 0)

    def test_screens_are_asked_in_lower_case_and_by_team(self, ground):
        """The first that speaks of a recipient has the word."""
        asked = []

        def first(tx, team, recipients):
            asked.append((team, list(recipients)))
            return [Screened("ana@example.net", "first")]

        screens = [first, lambda tx, team, recipients: [Screened("ana@example.net", "second")]]
        (mail,) = ground.accept(ground.mail("Ana@example.net", "bo@example.net"), screens=screens)
        assert asked == [(ground.team, ["ana@example.net", "bo@example.net"])]
        assert ground.events(mail)[-1].data == {"suppressed": {"message": "first"}}

    def test_one_for_a_domain_is_asked_of_its_recipients_alone(self, ground):
        """What it says of them counts as any screen's."""
        asked = []

        def those(tx, team, recipients):
            asked.append(list(recipients))
            return [Screened(one, "no") for one in recipients]

        screens = [DomainScreen(lambda domain: domain == "test.example", those)]
        (other,) = ground.accept(ground.mail(), screens=screens)
        (mail,) = ground.accept(ground.mail("ana@example.net", "Bo@test.example"), screens=screens)
        assert asked == [["bo@test.example"]]
        assert (ground.types(other), ground.types(mail)) == (["queued", "sent"], ["queued", "sent", "suppressed"])
        assert ground.events(mail)[-1].recipient == "Bo@test.example"

    @pytest.mark.parametrize("recipient, trips", [("ana@example.net", 1), ("ana@test.example", 2)])
    def test_one_for_a_domain_costs_other_mail_no_round_trip(self, dsn, recipient, trips):
        """The accept is one string of statements, as without screens."""

        class Counted(Transaction):
            ran = 0

            def run(self, sql, params=None):
                self.ran += 1
                return super().run(sql, params)

        ground = TableGround(dsn=dsn)
        tx = Counted(ground.connection)
        screens = [DomainScreen(lambda domain: domain == "test.example", lambda tx, team, recipients: ())]
        ground.spool.accept(tx, [[ground.mail(recipient)]], screens)
        ground.close()
        assert tx.ran == trips


class TestProgress:
    """The caller's own work is part of the accept."""

    def test_one_that_raises_undoes_it(self, ground):
        """Nothing is left of the mails."""
        (before,) = ground.accept(ground.mail())
        with pytest.raises(ZeroDivisionError):
            ground.accept(ground.mail(), progress=[lambda tx: 1 / 0])
        assert ground.left() == 1
        assert ground.types(before) == ["queued", "sent"]


class TestKeys:
    """An idempotency key is written with the mails that it stands for, and leaves out those that come second."""

    def test_the_first_is_written_and_the_second_is_not(self, ground):
        """Whoever is second learns what the first was answered with; others of his group are not concerned."""
        first, second, bystander = ground.mail(), ground.mail(), ground.mail()
        assert ground.accept_with_keys({0: ground.new_key("k", "one")}, first) == ([[first]], {})
        written, in_use = ground.accept_with_keys({1: ground.new_key("k", "two")}, bystander, second)
        assert written == [[bystander], []]
        assert (in_use[1].kept.digest, in_use[1].kept.answer) == (b"k", "one")
        assert ground.left() == 2
        assert ground.types(second) == []

    def test_all_of_a_group_may_be_second(self, ground):
        """Then nothing is written."""
        ground.accept_with_keys({0: ground.new_key("k", "one")}, ground.mail())
        written, _ = ground.accept_with_keys({0: ground.new_key("k", "two")}, ground.mail())
        assert (written, ground.left()) == ([[]], 1)

    def test_a_key_is_good_for_a_day(self, ground):
        """Then it is anybody's."""
        ground.accept_with_keys({0: ground.new_key("k", "one")}, ground.mail())
        ground.pass_time(86_399.0)
        assert list(ground.accept_with_keys({0: ground.new_key("k", "two")}, ground.mail())[1]) == [0]
        ground.pass_time(2.0)
        assert ground.accept_with_keys({0: ground.new_key("k", "two")}, ground.mail())[1] == {}

    def test_those_taken_to_be_new_are_written_at_once(self, ground):
        """Whoever comes with them later is second."""
        first, other = ground.mail(), ground.mail()
        keys = [ground.new_key("k", "one"), ground.new_key("l", "two")]
        assert ground.accept_with_new_keys(keys, first, other) == [[first], [other]]
        assert ground.types(first) == ["queued", "sent"]
        _, in_use = ground.accept_with_keys({0: ground.new_key("l", "three")}, ground.mail())
        assert (in_use[0].kept.digest, in_use[0].kept.answer) == (b"l", "two")

    @pytest.mark.parametrize("progress", [(), (lambda tx: None,)])
    def test_of_which_one_is_not_new(self, ground, progress):
        """Nothing is written, of no mail of the group, and no other key is used up by it."""
        ground.accept_with_keys({0: ground.new_key("k", "one")}, ground.mail())
        keys = [ground.new_key("j", "two"), ground.new_key("k", "two"), ground.new_key("l", "two")]
        mails = [ground.mail() for _ in keys]
        with pytest.raises(KeyTaken):
            ground.accept_with_new_keys(keys, *mails, progress=progress)
        assert ground.left() == 1
        assert ground.types(mails[0]) == []
        assert ground.accept_with_new_keys([keys[0], keys[2]], mails[0], mails[2]) == [[mails[0]], [mails[2]]]

    def test_it_is_undone_with_its_mails(self, ground):
        """What was rolled back took no key with it."""
        with pytest.raises(ZeroDivisionError):
            ground.accept_with_keys({0: ground.new_key("k", "one")}, ground.mail(), progress=[lambda tx: 1 / 0])
        assert ground.accept_with_keys({0: ground.new_key("k", "two")}, ground.mail())[1] == {}


class TestLooking:
    """A scan finds lanes, not envelopes."""

    def test_each_lane_once_in_order(self, ground):
        """Domain, stream, team."""
        ground.accept(ground.mail("a@b.example", "b@b.example"), ground.mail("c@a.example"))
        ground.accept(ground.mail("d@a.example", stream=Stream.BROADCAST))
        lanes = [lane for lane, _ in ground.scan()]
        assert lanes == [ground.lane("a.example"), ground.lane("a.example", 1), ground.lane("b.example")]

    def test_from_where_the_last_one_ended(self, ground):
        """So many at a time."""
        ground.accept(ground.mail("a@a.example", "a@b.example", "a@c.example"))
        (first, _), (second, _) = ground.scan(most=2)
        assert (first, second) == (ground.lane("a.example"), ground.lane("b.example"))
        ((third, _),) = ground.scan((second.domain, second.stream, second.team_id))
        assert third == ground.lane("c.example")

    def test_how_long_it_waits(self, ground):
        """Until its first envelope is due; what is due already waits for less than nothing."""
        ground.accept(ground.mail(due_in=100.0), ground.mail(due_in=50.0), ground.mail("a@z.example"))
        (waiting, due) = ground.scan()
        assert waiting[1] == pytest.approx(50.0, abs=2.0)
        assert due[1] <= 0

    def test_what_is_claimed_or_held_is_not_found(self, ground):
        """Neither may be taken."""
        ground.accept(ground.mail(), ground.mail("a@held.example"))
        holder = ground.live()
        ground.claim(holder)
        (held,) = ground.claim(holder, lane=ground.lane("held.example")).envelopes
        ground.settle(ending(held, "delivery_delayed", held=True))
        assert ground.scan(FIRST_LANE) == []


class TestClaiming:
    """A living holder takes what is due, and nobody else takes it again."""

    def test_it_brings_what_was_accepted(self, ground):
        """All that it takes to make a message."""
        content = Content("<p>é</p>", "", (Attachment(b"\x00\xff", "a.bin", "image/png", "logo", True),))
        (mail,) = ground.accept(
            evolve(
                ground.mail("ana@example.net"),
                recipients=("Ana <ana@example.net>",),
                content=content,
                cc=("Bo <bo@example.net>",),
                reply_to=("re@example.org",),
                headers=(("X-One", "1"), ("X-One", "2")),
                variables={"NAME": "Ana"},
                subject="Größe",
            )
        )
        holder = ground.live()
        (one,) = ground.claim(holder).envelopes
        email = one.email
        assert (one.id, one.attempt, one.holder, one.domain) == (mail.deliveries[0].id, 1, holder, "example.net")
        assert (one.recipient, one.stream, one.in_doubt, one.withdrawn) == ("ana@example.net", 0, False, None)
        assert one.expires_at - ground.now() == pytest.approx(LIFETIME, abs=5.0)
        assert (email.id, email.team_id, email.domain_id) == (mail.id, ground.team, ground.domain)
        assert (email.from_, email.to, email.cc) == (mail.sender, mail.recipients, mail.cc)
        assert (email.reply_to, email.headers, email.subject) == (mail.reply_to, mail.headers, "Größe")
        assert (email.message_id, email.created_at) == (mail.message_id, mail.created_at)
        assert (email.content, dict(email.variables), email.recipients) == (content, {"NAME": "Ana"}, 1)
        assert email.return_path == "send.example.org"

    def test_no_more_than_is_wanted_oldest_first(self, ground):
        """And it says how many, and when the last of them was due."""
        mails = [ground.accept(ground.mail())[0] for _ in range(3)]
        taken = ground.claim(ground.live(), 2)
        assert [one.email.id for one in taken.envelopes] == [mail.id for mail in mails[:2]]
        assert taken.counts == {ground.lane(): 2}
        assert taken.last_due[ground.lane()] == pytest.approx(ground.now(), abs=5.0)

    def test_the_lanes_that_are_wanted_alone(self, ground):
        """Another domain, another stream stay."""
        ground.accept(ground.mail(), ground.mail("a@b.example"), ground.mail(stream=Stream.BROADCAST))
        assert len(ground.claim(ground.live()).envelopes) == 1
        assert ground.left() == 3

    def test_transactional_before_broadcast(self, ground):
        """Whatever the order of the lanes."""
        ground.accept(ground.mail(stream=Stream.BROADCAST), ground.mail())
        wanted = [Wanted(ground.lane(stream=stream), 10, ALWAYS) for stream in (1, 0)]
        taken = ground.do(ground.spool.claim, ground.live(), wanted)
        assert [one.stream for one in taken.envelopes] == [Stream.TRANSACTIONAL, Stream.BROADCAST]

    def test_nobody_takes_it_twice(self, ground):
        """Not the same holder, not another."""
        ground.accept(ground.mail())
        holder = ground.live()
        assert ground.claim(holder).envelopes
        assert not ground.claim(holder).envelopes
        assert not ground.claim(ground.live()).envelopes

    def test_nothing_before_its_time(self, ground):
        """And then it is there."""
        ground.accept(ground.mail(due_in=60.0))
        holder = ground.live()
        assert not ground.claim(holder).envelopes
        ground.pass_time(61.0)
        assert len(ground.claim(ground.live()).envelopes) == 1

    def test_nothing_from_before_since(self, ground):
        """Where a lane begins is the claimer's word."""
        ground.accept(ground.mail())
        holder = ground.live()
        assert not ground.claim(holder, since=ground.now() + 1.0).envelopes
        assert ground.claim(holder, since=ground.now() - 10.0).envelopes

    def test_nothing_for_who_is_not_alive(self, ground):
        """Never entered, past its lease, or taken out."""
        ground.accept(ground.mail())
        late, retired = ground.live(), ground.live()
        ground.do(ground.spool.retire, retired)
        ground.pass_time(LEASE + 1)
        for holder in (ground.ids(), late, retired):
            assert not ground.claim(holder).envelopes
        assert ground.claim(ground.live()).envelopes


class TestTheFirstClaimOfAScheduledMail:
    """It tells that the mail is sent."""

    def test_once_a_mail(self, ground):
        """Also where its recipients are claimed one by one."""
        (mail,) = ground.accept(ground.mail("ana@example.net", "bo@example.net", due_in=10.0))
        ground.pass_time(11.0)
        holder = ground.live()
        ground.claim(holder, 1)
        assert (ground.types(mail), ground.last_event(mail)) == (["scheduled", "sent"], "sent")
        assert sorted(ground.states(mail)) == ["queued", "sent"]
        ground.claim(holder, 1)
        assert (ground.types(mail), ground.states(mail)) == (["scheduled", "sent"], ["sent", "sent"])


class TestMailThatMayNotGoAnyMore:
    """Team, domain and key are looked at again at the claim."""

    @pytest.mark.parametrize(
        "what, words", [("team", "team"), ("domain", "domain was deleted"), ("sending", "Sending was disabled")]
    )
    def test_it_is_withdrawn(self, ground, what, words):
        """With a sentence that says why."""
        ground.accept(ground.mail())
        ground.lose(what)
        (one,) = ground.claim(ground.live()).envelopes
        assert words in one.withdrawn

    @pytest.mark.parametrize("due_in, withdrawn", [(10.0, True), (None, False)])
    def test_the_key_counts_for_what_it_scheduled(self, ground, due_in, withdrawn):
        """What it sent at once goes on."""
        ground.accept(ground.mail(due_in=due_in))
        ground.lose("api_key")
        ground.pass_time(11.0)
        (one,) = ground.claim(ground.live()).envelopes
        assert (one.withdrawn is not None) is withdrawn


class TestTheFence:
    """After the claim, only this attempt of this holder changes anything."""

    @pytest.fixture
    def claimed(self, ground):
        """An envelope in the hands of a living holder."""
        ground.accept(ground.mail())
        (one,) = ground.claim(ground.live()).envelopes
        return one

    @pytest.mark.parametrize("change", [{"attempt": 2}, {"holder": Ids()()}, {"id": Ids()()}])
    def test_another_attempt_or_holder_does_nothing(self, ground, claimed, change):
        """No mark, no outcome, no way back."""
        wrong = evolve(fence(claimed), **change)
        assert ground.mark(wrong, fence(claimed)) == [False, True]
        ground.settle(evolve(ending(claimed), fence=wrong))
        ground.do(ground.spool.give_back, [wrong])
        assert (ground.left(), ground.scan()) == (1, [])

    @pytest.mark.parametrize("change", [{"attempt": 2}, {"holder": Ids()()}])
    def test_one_that_fell_tells_nothing_beside_one_that_stands(self, ground, claimed, change):
        """Also where both are written in one group."""
        fallen = evolve(ending(claimed, "bounced"), fence=evolve(fence(claimed), **change))
        ground.settle(fallen, ending(claimed))
        mail = ground.mail(id=claimed.email.id)
        assert (ground.types(mail), ground.last_event(mail)) == (["queued", "sent", "delivered"], "delivered")

    def test_it_falls_with_the_outcome(self, ground, claimed):
        """To write one twice is harmless."""
        ground.settle(ending(claimed))
        ground.settle(ending(claimed, "bounced"))
        assert ground.left() == 0
        (mail,) = [ground.mail(id=claimed.email.id)]
        assert ground.types(mail) == ["queued", "sent", "delivered"]

    def test_it_falls_with_the_next_claim(self, ground, claimed):
        """The attempt that was given back is over."""
        ground.do(ground.spool.give_back, [fence(claimed)])
        (again,) = ground.claim(claimed.holder).envelopes
        assert again.attempt > claimed.attempt
        ground.settle(ending(claimed))
        assert ground.left() == 1


class TestMarks:
    """A mark is for the living."""

    @pytest.fixture
    def claimed(self, ground):
        """An envelope in the hands of a living holder."""
        ground.accept(ground.mail())
        (one,) = ground.claim(ground.live()).envelopes
        return one

    def test_who_slept_past_his_lease_gets_none(self, ground, claimed):
        """But an outcome in hand is written all the same."""
        ground.pass_time(LEASE + 1)
        assert ground.mark(fence(claimed)) == [False]
        ground.settle(ending(claimed))
        assert ground.left() == 0

    def test_a_marked_one_is_no_stray(self, ground, claimed):
        """Its dot may have been sent."""
        assert ground.mark(fence(claimed)) == [True]
        assert ground.do(ground.spool.release_strays, claimed.holder, []) == 0
        assert ground.scan() == []

    def test_a_mark_goes_with_the_claim_that_is_given_back(self, ground, claimed):
        """Who gives it back knows that its dot was not sent: a holder's end makes no doubt of it."""
        assert ground.mark(fence(claimed)) == [True]
        ground.do(ground.spool.give_back, [fence(claimed)])
        assert [lane for lane, wait in ground.scan() if wait <= 0] == [ground.lane()]
        ground.do(ground.spool.retire, claimed.holder)
        assert not any(one.marked for one in ground.do(ground.spool.abandoned, 10))

    def test_one_that_is_not_is_due_at_once(self, ground, claimed):
        """Given back, or a stray of a claim that nobody heard of."""
        ground.do(ground.spool.give_back, [fence(claimed)])
        assert [lane for lane, wait in ground.scan() if wait <= 0] == [ground.lane()]
        (again,) = ground.claim(claimed.holder).envelopes
        assert ground.do(ground.spool.release_strays, claimed.holder, [again.id]) == 0
        assert ground.do(ground.spool.release_strays, claimed.holder, []) == 1
        assert [lane for lane, wait in ground.scan() if wait <= 0] == [ground.lane()]


class TestOutcomes:
    """What came of an attempt, with its event, in one transaction."""

    @pytest.fixture
    def claimed(self, ground):
        """One mail to two, both claimed."""
        ground.accept(ground.mail("ana@example.net", "bo@example.net"))
        return ground.claim(ground.live()).envelopes

    def test_the_event_has_the_receivers_words(self, ground, claimed):
        """Recipient, attempt, exchanger, reply, data."""
        one = claimed[0]
        ground.settle(ending(one, "bounced", code=550, status="5.1.1", text="No such user\nhere", data={"bounce": [1]}))
        event = ground.events(ground.mail(id=one.email.id))[-1]
        assert (event.type, event.delivery_id, event.recipient) == ("email.bounced", one.id, one.recipient)
        assert (event.attempt, event.exchanger, event.in_doubt) == (1, "mx.example.net", False)
        assert (event.reply, event.data) == (Reply(550, "5.1.1", "No such user\nhere"), {"bounce": [1]})

    def test_silence_is_a_reply_without_a_code(self, ground, claimed):
        """Zero and nothing."""
        ground.settle(ending(claimed[0], "delivery_delayed", code=0, status="", text="It said nothing"))
        assert ground.events(ground.mail(id=claimed[0].email.id))[-1].reply == Reply(0, "", "It said nothing")

    @pytest.mark.parametrize(
        "first, second, shown",
        [
            ("delivered", "bounced", "bounced"),
            ("bounced", "delivered", "bounced"),
            ("delivered", None, "delivered"),
            ("delivery_delayed", "delivered", "delivery_delayed"),
            ("failed", "delivery_delayed", "failed"),
            ("suppressed", "delivered", "suppressed"),
        ],
    )
    def test_a_mail_shows_the_first_in_rank(self, ground, claimed, first, second, shown):
        """Of what its recipients are in now."""
        for one, state in zip(claimed, (first, second), strict=True):
            if state is not None:
                ground.settle(ending(one, state))
        assert ground.last_event(ground.mail(id=claimed[0].email.id)) == shown

    def test_two_of_a_mail_at_once(self, ground, claimed):
        """Each its event; they stand in the order of their ids."""
        ground.settle(*(ending(one) for one in reversed(claimed)))
        events = ground.events(ground.mail(id=claimed[0].email.id))[2:]
        assert [event.delivery_id for event in events] == sorted(one.id for one in claimed)
        assert (ground.left(), ground.last_event(ground.mail(id=claimed[0].email.id))) == (0, "delivered")

    def test_what_is_delayed_comes_back(self, ground, claimed):
        """After its delay, with the next number, and the doubt stays with it."""
        one, other = claimed
        ground.settle(ending(one, "delivery_delayed", delay=60.0, in_doubt=True), ending(other))
        ((lane, wait),) = ground.scan()
        assert (lane, wait) == (ground.lane(), pytest.approx(60.0, abs=2.0))
        ground.pass_time(61.0)
        (again,) = ground.claim(ground.live()).envelopes
        assert (again.id, again.attempt, again.in_doubt) == (one.id, 2, True)
        ground.settle(ending(again, "delivery_delayed"))
        (third,) = ground.claim(ground.live()).envelopes
        assert (third.attempt, third.in_doubt) == (3, True)

    def test_what_is_held_waits_for_a_person(self, ground, claimed):
        """It is never claimed."""
        ground.settle(*(ending(one, "delivery_delayed", held=True) for one in claimed))
        ground.pass_time(3600.0)
        assert not ground.claim(ground.live()).envelopes
        assert ground.left() == 2


class TestHolders:
    """A claim is good while its holder's row stands; death is an act."""

    def test_a_renewal_is_good_however_late(self, ground):
        """As long as nobody has acted on the death."""
        holder = ground.live()
        ground.pass_time(LEASE + 5)
        assert ground.do(ground.spool.renew, holder, LEASE) is True
        ground.accept(ground.mail())
        assert ground.claim(holder).envelopes

    def test_who_was_buried_can_not_rise(self, ground):
        """The living are left alone."""
        dead = ground.live()
        ground.pass_time(LEASE + 1)
        living = ground.live()
        assert ground.do(ground.spool.bury, 0.01) == [dead]
        assert ground.do(ground.spool.renew, dead, LEASE) is False
        assert ground.do(ground.spool.renew, living, LEASE) is True
        assert ground.do(ground.spool.bury, 0.01) == []


class TestTheDead:
    """Their envelopes are found once, and those that were not marked are free."""

    @pytest.fixture
    def claimed(self, ground):
        """Two mails in the hands of one who will die."""
        ground.accept(ground.mail(), ground.mail())
        return ground.claim(ground.live()).envelopes

    def test_while_they_live_nothing_is_abandoned(self, ground, claimed):
        """Past the lease, too: death is an act."""
        ground.pass_time(LEASE + 1)
        assert ground.do(ground.spool.abandoned, 10) == []

    def test_marked_and_unmarked(self, ground, claimed):
        """The one is in doubt and stays; the other is due at once."""
        marked, unmarked = claimed
        assert ground.mark(fence(marked)) == [True]
        ground.do(ground.spool.retire, marked.holder)
        found = {one.fence.id: one for one in ground.do(ground.spool.abandoned, 10)}
        assert {id_: one.marked for id_, one in found.items()} == {marked.id: True, unmarked.id: False}
        assert found[marked.id].fence == fence(marked)
        assert found[marked.id].email_id == marked.email.id
        (free,) = ground.claim(ground.live()).envelopes
        assert (free.id, free.attempt) == (unmarked.id, 2)
        assert [one.fence.id for one in ground.do(ground.spool.abandoned, 10)] == [marked.id]

    def test_so_many_at_a_time(self, ground, claimed):
        """In steps of one transaction each."""
        ground.do(ground.spool.retire, claimed[0].holder)
        assert [len(ground.do(ground.spool.abandoned, 1)) for _ in range(3)] == [1, 1, 0]

    def test_what_is_in_doubt_is_settled_behind_its_fence(self, ground, claimed):
        """As any outcome is; then nothing is abandoned."""
        ground.mark(*(fence(one) for one in claimed))
        ground.do(ground.spool.retire, claimed[0].holder)
        ground.do(ground.spool.abandoned, 10)
        ground.settle(ending(claimed[0], "delivery_delayed", in_doubt=True), ending(claimed[1], in_doubt=True))
        assert ground.do(ground.spool.abandoned, 10) == []
        assert ground.events(ground.mail(id=claimed[1].email.id))[-1].in_doubt


STATES = ("delivered", "bounced", "failed", "delivery_delayed")

STEPS = st.one_of(
    st.tuples(st.just("accept"), st.integers(1, 3), st.sampled_from([None, 40.0])),
    st.tuples(st.just("claim"), st.integers(0, 1), st.integers(1, 3)),
    st.tuples(st.just("mark"), st.integers(0, 5)),
    st.tuples(st.just("settle"), st.integers(0, 5), st.sampled_from(STATES), st.sampled_from([0.0, 30.0])),
    st.tuples(st.just("give back"), st.integers(0, 5)),
    st.tuples(st.just("pass"), st.sampled_from([1.0, 20.0, 50.0])),
    st.tuples(st.just("retire"), st.integers(0, 1)),
    st.tuples(st.just("abandoned")),
)


def told(ground: Ground, steps: list[tuple[Any, ...]]) -> list[Any]:
    """What is to be seen of these steps: each call's answer, and at the end each mail's events and states."""
    seen: list[Any] = []
    mails: list[Any] = []
    claimed: list[Envelope] = []
    holders = [ground.live(), ground.live()]
    number = {}

    def name(id_: str) -> int:
        return number.setdefault(id_, len(number))

    for what, *given_ in steps:
        if what == "accept":
            recipients, due_in = given_
            (mail,) = ground.accept(ground.mail(*(f"r{i}@example.net" for i in range(recipients)), due_in=due_in))
            mails.append(mail)
            for one in mail.deliveries:
                name(one.id)
        elif what == "claim":
            taken = ground.claim(holders[given_[0]], given_[1])
            # Those of one moment have no order among themselves; which of them are taken is the same for both.
            claimed += sorted(taken.envelopes, key=lambda one: name(one.id))
            seen.append(sorted((name(one.email.id), one.attempt, one.in_doubt) for one in taken.envelopes))
        elif what == "mark" and claimed:
            seen.append(ground.mark(fence(claimed[given_[0] % len(claimed)])))
        elif what == "settle" and claimed:
            one = claimed[given_[0] % len(claimed)]
            ground.settle(ending(one, given_[1], delay=given_[2]))
        elif what == "give back" and claimed:
            ground.do(ground.spool.give_back, [fence(claimed[given_[0] % len(claimed)])])
        elif what == "pass":
            ground.pass_time(given_[0])
            for holder in holders:
                ground.do(ground.spool.renew, holder, 1000.0)
        elif what == "retire":
            ground.do(ground.spool.retire, holders[given_[0]])
            holders[given_[0]] = ground.live()
        elif what == "abandoned":
            seen.append(sorted((name(one.email_id), one.marked) for one in ground.do(ground.spool.abandoned, 100)))
        seen.append((what, ground.left(), [lane.domain for lane, wait in ground.scan() if wait <= 0]))
    for mail in mails:
        seen.append((ground.types(mail), ground.last_event(mail), sorted(ground.states(mail))))
    return seen


class TestBothSayTheSame:
    """Whatever is done to them."""

    @pytest.fixture
    def tables(self, dsn):
        """The tables."""
        ground = TableGround(dsn=dsn)
        yield ground
        ground.close()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(STEPS, max_size=25))
    def test_in_any_order(self, tables, steps):
        """The same answers, the same events."""
        tables.empty()
        assert told(tables, steps) == told(MemoryGround(), steps)
