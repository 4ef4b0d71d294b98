"""Why mail waits, and what a person decides about what may have arrived, on a real database."""

from __future__ import annotations

import pytest

from mailit.db.connection import Transaction, connect
from mailit.store import doubts, outcomes, queue, why
from mailit.store.outcomes import Ending, Fence
from mailit.store.queue import Chosen
from tests.integration.store.test_queue import Spool


@pytest.fixture
def spooled(dsn):
    """A spool in one transaction, which is undone at the end."""
    connection = connect(dsn, "test")
    yield Spool(Transaction(connection))
    connection.close()


def doubt(spooled, mail, held=True):
    """Claims a mail's envelopes, and has each end between its dot and the answer."""
    for envelope in spooled.claim("doubt.example"):
        ending = Ending(
            Fence(envelope.id, envelope.attempt, spooled.holder), mail.id, False,
            "delivery_delayed", 0, "4.4.2", "The connection was lost", "mx.doubt.example", True, held, 10.0,
            len(mail.deliveries) == 1,
        )  # fmt: skip
        outcomes.settle(spooled.tx, [ending])


class TestWhatIsInDoubt:
    """It is listed, and nothing happens to it but what somebody decides."""

    def test_the_list(self, spooled):
        """Oldest first, with the words that it was lost with."""
        first = spooled.add("a@doubt.example")
        doubt(spooled, first)
        second = spooled.add("b@doubt.example")
        (one,) = [one for one in doubts.doubts(spooled.tx) if one.email_id == first.id]
        assert (one.recipient, one.held, one.exchanger) == ("a@doubt.example", True, "mx.doubt.example")
        assert second.id not in {one.email_id for one in doubts.doubts(spooled.tx)}
        assert one not in doubts.doubts(spooled.tx, after=one.id)

    def test_sent_again(self, spooled):
        """It is free, due now, and marked for good."""
        mail = spooled.add("a@doubt.example")
        doubt(spooled, mail)
        assert not spooled.claim("doubt.example")
        assert doubts.decide(spooled.tx, Chosen(ids=[mail.id]), "resend") == 1
        (again,) = spooled.claim("doubt.example")
        assert (again.attempt, again.in_doubt) == (2, True)

    @pytest.mark.parametrize(("decision", "state"), [("assume_sent", "delivered"), ("fail", "failed")])
    def test_settled(self, spooled, decision, state):
        """The envelope is gone, and the log says in doubt."""
        mail = spooled.add("a@doubt.example")
        doubt(spooled, mail)
        assert doubts.decide(spooled.tx, Chosen(domain="doubt.example"), decision) == 1
        assert spooled.last_event(mail) == state
        assert spooled.types(mail)[-1] == f"email.{state}"
        told = spooled.tx.row("SELECT in_doubt FROM event WHERE email_id = %(id)s ORDER BY seq DESC", {"id": mail.id})
        assert told.in_doubt
        assert doubts.decide(spooled.tx, Chosen(ids=[mail.id]), decision) == 0

    def test_what_is_not_in_doubt_is_not_touched(self, spooled):
        """A decision about everything is about nothing else."""
        mail = spooled.add("a@doubt.example")
        doubts.decide(spooled.tx, Chosen(), "fail")
        assert spooled.last_event(mail) == "sent"


class TestWhy:
    """What is read of a mail is what is explained."""

    def test_each_recipient_that_has_it_not(self, spooled):
        """Those that are done well are not in the list."""
        mail = spooled.add("a@doubt.example", "b@other.example")
        doubt(spooled, mail)
        (envelope,) = spooled.claim("other.example")
        fence = Fence(envelope.id, envelope.attempt, spooled.holder)
        done = Ending(fence, mail.id, True, "delivered", 250, "", "Ok", "mx", False,
                      False, 0.0, False)  # fmt: skip
        outcomes.settle(spooled.tx, [done])
        (one,) = why.explain(why.read(spooled.tx, mail.id), why.nothing_known)
        assert (one.recipient, one.cause, one.next_at) == ("a@doubt.example", "in doubt", None)

    def test_a_mail_is_found_by_its_delivery_too(self, spooled):
        """The command line takes either id."""
        mail = spooled.add("a@doubt.example")
        assert queue.email_of(spooled.tx, mail.id) == mail.id
        assert queue.email_of(spooled.tx, mail.deliveries[0].id) == mail.id
        assert queue.email_of(spooled.tx, mail.team_id) is None


class TestManyAtOnce:
    """Changed in steps, so that no transaction lasts."""

    def test_steps_go_through_all_of_them_once(self, spooled):
        """Each begins where the last one ended."""
        for number in range(5):
            spooled.add(f"u{number}@steps.example")
        which, after, changed, steps = Chosen(domain="steps.example"), None, 0, 0
        while True:
            step = queue.step(spooled.tx, "hold", which, after, 2)
            changed, steps = changed + step.changed, steps + 1
            if step.last is None:
                break
            after = step.last
        assert (changed, steps) == (5, 3)
