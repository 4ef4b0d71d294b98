"""From the door to the outcome, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.draft import Attachment, Content
from mailit.errors import DomainNotVerified, MailItError, Reply
from mailit.interfaces import Outcome, OutcomeKind, Row
from mailit.mail import address
from mailit.plugin import DomainScreen, Screened
from mailit.store import why


def inside(test):
    """Runs an async test."""
    return pytest_twisted.ensureDeferred(test)


class TestAMailThatArrives:
    """Accepted, claimed, carried, and told in the log, in this order."""

    @inside
    async def test_its_events_are_queued_sent_delivered(self, house):
        """The three events of a mail that arrives."""
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        assert await house.types(accepted.id) == ["email.queued", "email.sent", "email.delivered"]

    @inside
    async def test_the_log_has_the_receivers_words(self, house):
        """Reply, exchanger, attempt and recipient stand on the event."""
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        event = (await house.events(accepted.id))[-1]
        assert (event.recipient, event.attempt, event.exchanger) == ("ana@example.net", 1, "mx.example.net")
        assert event.reply == Reply(250, "2.0.0", "Taken")

    @inside
    async def test_nothing_of_it_is_left_in_the_spool(self, house):
        """The envelope is gone when it is settled; the mail says delivered."""
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        assert await house.value("SELECT count(*) FROM envelope") == 0
        state = await house.value("SELECT last_event FROM email WHERE id = %(id)s", id=accepted.id)
        assert state == "delivered"

    @inside
    async def test_the_claim_brings_what_was_written(self, house):
        """Content, attachments, headers and addresses come back as they were handed in."""
        file = Attachment(b"\x00\xff", 'a "b" \\ c.bin', "image/png", "logo", True)
        draft = house.draft(
            "Ana <ana@example.net>",
            cc=(address.parse("bo@example.net"),),
            reply_to=(address.parse("re@example.org"),),
            subject='He said "hi" \\ {a,b} NULL',
            content=Content('<p>"\\é</p>', "", (file,)),
            headers=(("X-One", 'a "b"'),),
            tags=(("k", "v"),),
        )
        await house.door.submit(draft)
        await house.until(lambda: len(house.carrier.handed) == 2)
        email = house.carrier.handed[0].email
        assert email.content == draft.content
        assert email.subject == draft.subject and email.headers == draft.headers
        assert (email.to, email.cc, email.reply_to) == (
            ("Ana <ana@example.net>",),
            ("bo@example.net",),
            ("re@example.org",),
        )
        assert email.return_path == "send.example.org" and email.recipients == 2

    @inside
    async def test_equal_addresses_are_one_delivery(self, house):
        """To and Bcc to the same mailbox, however it is spelt, send one mail."""
        await house.door.submit(house.draft("ana@example.net", bcc=(address.parse("ANA@EXAMPLE.net"),)))
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        assert [envelope.recipient for envelope in house.carrier.handed] == ["ana@example.net"]


class TestAMailThatIsRefused:
    """A permanent refusal ends the one recipient's delivery."""

    @inside
    async def test_one_recipient_bounces_and_the_other_arrives(self, house):
        """The mail's last event is the worse of the two."""
        refused = Outcome(OutcomeKind.BOUNCED, Reply(550, "5.1.1", "No such user"))
        deliver = house.carrier.says
        house.carrier.says = lambda e: refused if e.recipient.startswith("bo") else deliver(e)
        accepted = await house.door.submit(house.draft("ana@example.net", "bo@example.net"))
        await house.until(lambda: len(house.carrier.handed) == 2 and not house.claims.in_hand)
        events = await house.events(accepted.id)
        assert {(e.recipient, e.type) for e in events[2:]} == {
            ("ana@example.net", "email.delivered"),
            ("bo@example.net", "email.bounced"),
        }
        assert await house.value("SELECT last_event FROM email WHERE id = %(id)s", id=accepted.id) == "bounced"
        assert next(e for e in events if e.type == "email.bounced").data["bounce"]["type"] == "Permanent"


class TestAMailThatIsDeferred:
    """It is tried again after the next delay, until its lifetime ends."""

    DEFERRED = Outcome(OutcomeKind.DEFERRED, Reply(451, "4.7.1", "Greylisted"))

    @inside
    async def test_it_waits_for_the_first_delay(self, house):
        """The envelope is free and due in a minute; the log says delayed."""
        house.carrier.says = lambda envelope: self.DEFERRED
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        wait = await house.value("SELECT extract(epoch FROM due_at - now())::float8 FROM envelope WHERE holder IS NULL")
        assert 55 < wait <= 60
        assert (await house.types(accepted.id))[-1] == "email.delivery_delayed"

    @inside
    async def test_it_is_claimed_again_when_it_is_due(self, house):
        """The second attempt counts two, and what it ends in is the last word."""
        house.claims._schedule = evolve(house.claims._schedule, delays=(0.05,))
        deliver = house.carrier.says
        house.carrier.says = lambda e: self.DEFERRED if e.attempt == 1 else deliver(e)
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: len(house.carrier.handed) == 2 and not house.claims.in_hand)
        assert await house.types(accepted.id) == [
            "email.queued",
            "email.sent",
            "email.delivery_delayed",
            "email.delivered",
        ]

    @inside
    async def test_past_its_lifetime_it_has_failed(self, house):
        """A mail never ends as nothing: the last reply is the reason."""
        house.claims._schedule = evolve(house.claims._schedule, delays=(86400.0,))
        house.carrier.says = lambda envelope: self.DEFERRED
        accepted = await house.door.submit(house.draft())
        await house.until(lambda: house.carrier.handed and not house.claims.in_hand)
        event = (await house.events(accepted.id))[-1]
        assert (event.type, event.reply.text) == ("email.failed", "Greylisted")


class TestAScheduledMail:
    """It is an envelope with its time ahead."""

    @inside
    async def test_it_is_told_as_scheduled_and_not_claimed(self, house):
        """No email.sent before its first claim."""
        accepted = await house.door.submit(house.draft(scheduled_at=datetime.now(UTC) + timedelta(hours=1)))
        await house.sleep(0.1)
        assert await house.types(accepted.id) == ["email.scheduled"]
        assert not house.carrier.handed

    @inside
    async def test_its_first_claim_tells_that_it_is_sent(self, house):
        """Once a mail, also where two recipients are claimed."""
        soon = datetime.now(UTC) + timedelta(seconds=0.3)
        accepted = await house.door.submit(house.draft("a@example.net", "b@example.net", scheduled_at=soon))
        await house.sleep(0.35)
        house.claims.look()
        await house.until(lambda: len(house.carrier.handed) == 2 and not house.claims.in_hand)
        types = await house.types(accepted.id)
        assert types == ["email.scheduled", "email.sent", "email.delivered", "email.delivered"]
        assert await house.value("SELECT last_event FROM email WHERE id = %(id)s", id=accepted.id) == "delivered"


class TestScreens:
    """A screened recipient is not sent to; the others are."""

    @inside
    async def test_it_is_suppressed_at_the_accept(self, house):
        """Its event says why; the mail has no email.sent when nobody is left."""
        house.screens.append(lambda tx, team, recipients: [Screened(r, "unsubscribed") for r in recipients])
        accepted = await house.door.submit(house.draft())
        assert await house.types(accepted.id) == ["email.queued", "email.suppressed"]
        assert (await house.events(accepted.id))[-1].data == {"suppressed": {"message": "unsubscribed"}}
        assert await house.value("SELECT count(*) FROM envelope") == 0

    @inside
    async def test_why_says_what_the_screen_said(self, house):
        """Kept out at the accept or at the claim, it is the same sentence."""

        def told(tx):
            return [one.text for one in why.explain(why.read(tx, accepted.id), why.nothing_known)]

        house.screens.append(lambda tx, team, recipients: [Screened(r, "unsubscribed") for r in recipients])
        accepted = await house.door.submit(house.draft())
        assert await house.pool.transact(told) == ["It was not sent: unsubscribed."]
        house.screens.clear()
        accepted = await _suppressed_at_the_claim(house, "unsubscribed")
        assert await house.pool.transact(told) == ["It was not sent: unsubscribed."]

    @inside
    async def test_it_is_suppressed_at_the_claim(self, house):
        """What was suppressed while it waited is not sent."""
        await _suppressed_at_the_claim(house, "bounced before")
        assert not house.carrier.handed

    @inside
    async def test_one_for_a_domain_is_asked_once_a_claim_whether_it_is_concerned(self, house):
        """And no more of mail to other domains, however many mails and teams there are."""
        house.carrier.most = 0
        sent = [await house.door.submit(house.draft()) for _ in range(3)]
        covered = []
        screen = DomainScreen(lambda domain: bool(covered.append(domain)), lambda tx, team, recipients: 1 / 0)
        house.screens.append(screen)
        house.carrier.most = 100
        house.claims.look()
        await house.until(lambda: _ends(house, sent[-1].id, "email.delivered"))
        assert len(house.carrier.handed) == 3
        assert covered == ["example.net"]


async def _suppressed_at_the_claim(house, reason):
    """A mail whose recipient is suppressed while it waits."""
    house.carrier.most = 0
    accepted = await house.door.submit(house.draft())
    house.screens.append(lambda tx, team, recipients: [Screened(r, reason) for r in recipients])
    house.carrier.most = 100
    house.claims.look()
    await house.until(lambda: _ends(house, accepted.id, "email.suppressed"))
    return accepted


async def _ends(house, email_id, type_):
    return (await house.types(email_id))[-1] == type_


class TestWithdrawnMail:
    """Team, domain and key are looked at again at the claim."""

    @inside
    async def test_a_deleted_domain_fails_the_mail(self, house):
        """With a sentence that says so."""
        house.carrier.most = 0
        accepted = await house.door.submit(house.draft())
        await house.pool.transact(lambda tx: tx.run("DELETE FROM domain"))
        house.carrier.most = 100
        house.claims.look()
        await house.until(lambda: _ends(house, accepted.id, "email.failed"))
        assert "domain was deleted" in (await house.events(accepted.id))[-1].reply.text


class TestTheDoor:
    """Everything that is not a mail is refused, and nothing of it is written."""

    @inside
    async def test_a_domain_of_another_is_refused(self, house):
        """The message names it."""
        with pytest.raises(DomainNotVerified, match=r"example\.com"):
            await house.door.submit(house.draft(from_=address.parse("a@example.com")))
        assert await house.value("SELECT count(*) FROM email") == 0

    @inside
    async def test_a_batch_is_all_or_nothing(self, house):
        """One bad mail of three, and none is there."""
        bad = house.draft(subject="a\nb")
        with pytest.raises(Exception, match=r"emails\[1\].*`subject`.*line break"):
            await house.door.submit_batch([house.draft(), bad, house.draft()])
        assert await house.value("SELECT count(*) FROM email") == 0

    @inside
    async def test_enlisting_shares_one_content_and_commits_the_progress(self, house):
        """A mail each, one content, the caller's progress in the same transaction."""
        rows = [Row(address.parse(f"r{i}@example.net"), {"NAME": str(i)}) for i in range(10)]
        ids = await house.door.enlist(
            house.draft(), rows, lambda tx: tx.run("INSERT INTO job_run (name, ran_at) VALUES ('progress', now())")
        )
        await house.until(lambda: len(house.carrier.handed) == 10 and not house.claims.in_hand)
        assert await house.value("SELECT count(*) FROM content") == 1
        assert await house.value("SELECT name FROM job_run") == "progress"
        assert len(set(ids)) == 10
        assert {e.email.variables["NAME"] for e in house.carrier.handed} == {str(i) for i in range(10)}

    @inside
    async def test_a_progress_that_fails_undoes_the_mails(self, house):
        """Nothing is half done."""

        def broken(tx):
            tx.run("SELECT 1/0")

        with pytest.raises(MailItError):
            await house.door.enlist(house.draft(), [Row(address.parse("a@example.net"))], broken)
        assert await house.value("SELECT count(*) FROM email") == 0


class TestACallerWhoHangsUp:
    """A caller who goes does not cancel what he has joined."""

    @inside
    async def test_his_mail_is_written_all_the_same(self, house):
        """Cancelling the answer leaves the group alone."""
        going = house.door.submit(house.draft())
        going.addErrback(lambda failure: None)
        await house.sleep(0)
        going.cancel()
        await house.until(lambda: _count(house, 1))


async def _count(house, expected):
    return await house.value("SELECT count(*) FROM email") == expected


class TestWorkInHand:
    """Memory is bounded by open capacity."""

    @inside
    async def test_no_more_is_claimed_than_there_is_room_for(self, house):
        """Ten of a hundred are in hand while none is answered."""
        waiting: list[Deferred[Outcome]] = []

        def hold(envelope):
            waiting.append(Deferred())
            return waiting[-1]

        deliver = house.carrier.says(None)
        house.carrier.says = hold
        house.carrier.most = 10
        await house.door.submit_batch([house.draft(f"r{i}@example.net") for i in range(30)])
        await house.sleep(0.2)
        assert house.claims.in_hand == 10
        house.carrier.says = lambda envelope: deliver
        for one in waiting:
            one.callback(deliver)
        await house.until(lambda: len(house.carrier.handed) == 30 and not house.claims.in_hand)
