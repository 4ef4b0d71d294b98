"""What becomes of an envelope after an attempt."""

from __future__ import annotations

import pytest

from mailit.draft import Content, Stream
from mailit.errors import Reply
from mailit.interfaces import Email, Envelope, Outcome, OutcomeKind
from mailit.queue.retry import Schedule

NOW = 1_000_000.0
LATER = Reply(451, "4.7.1", "Greylisted")


def envelope(attempt=1, lifetime=3600.0, recipients=1):
    """An attempt at one recipient."""
    email = Email("e", "t", "d", "a@b.example", (), (), (), "", (), "<m>", NOW, Content(), "r.example", {}, recipients)
    return Envelope("id", attempt, "c.example", Stream.TRANSACTIONAL, "x@c.example", NOW + lifetime, False, email)


class TestTheSchedule:
    """The waits come one after the other, and the last one repeats."""

    @pytest.mark.parametrize(("attempt", "wait"), [(1, 10.0), (2, 30.0), (3, 60.0), (4, 60.0), (99, 60.0)])
    def test_waits(self, attempt, wait):
        """By the number of the attempt."""
        ending = Schedule((10.0, 30.0, 60.0), lambda: 0.0).ending(
            envelope(attempt), Outcome(OutcomeKind.DEFERRED, LATER), NOW
        )
        assert (ending.final, ending.delay, ending.state) == (False, wait, "delivery_delayed")

    @pytest.mark.parametrize(("drawn", "wait"), [(0.0, 10.0), (0.5, 10.5), (1.0, 11.0)])
    def test_a_tenth_is_left_to_chance(self, drawn, wait):
        """So that a thousand that were refused together do not come back together; never sooner than said."""
        assert Schedule((10.0,), lambda: drawn).delay(1) == pytest.approx(wait)

    def test_the_lifetime_ends_it(self):
        """A try that would come after the end is not waited for: the mail has failed, with the last words."""
        ending = Schedule((10.0,)).ending(envelope(lifetime=9.0), Outcome(OutcomeKind.DEFERRED, LATER), NOW)
        assert (ending.final, ending.state, ending.text) == (True, "failed", "Greylisted")
        assert ending.data == {"failed": {"reason": "Greylisted"}}

    def test_what_is_held_does_not_end(self):
        """A person decides, however long it takes."""
        outcome = Outcome(OutcomeKind.DEFERRED, LATER, in_doubt=True, hold=True)
        ending = Schedule((10.0,)).ending(envelope(lifetime=1.0), outcome, NOW)
        assert (ending.final, ending.held, ending.in_doubt) == (False, True, True)


class TestWhatIsFinal:
    """Delivered, bounced, failed and suppressed end an envelope."""

    @pytest.mark.parametrize("kind", [OutcomeKind.DELIVERED, OutcomeKind.BOUNCED, OutcomeKind.FAILED])
    def test_the_state_is_the_kind(self, kind):
        """And the envelope goes."""
        ending = Schedule((10.0,)).ending(envelope(), Outcome(kind, Reply(250, "", "x"), "mx"), NOW)
        assert (ending.final, ending.state, ending.exchanger, ending.sole) == (True, kind.value, "mx", True)

    def test_a_refusal_that_is_about_us_is_no_reason_to_suppress(self):
        """Only `Permanent` is, in Resend's words."""
        refused = Outcome(OutcomeKind.BOUNCED, Reply(550, "5.7.26", "Unauthenticated"))
        said = Schedule((10.0,)).ending(envelope(), refused, NOW).data["bounce"]
        assert (said["type"], said["subType"], said["scope"]) == ("Transient", "General", "sender-domain")

    def test_a_bounce_carries_what_webhooks_say(self):
        """The receiver's words, as a diagnostic code."""
        ending = Schedule((10.0,)).ending(
            envelope(recipients=2), Outcome(OutcomeKind.BOUNCED, Reply(550, "5.1.1", "Nobody")), NOW
        )
        assert ending.data["bounce"]["type"] == "Permanent"
        assert ending.data["bounce"]["diagnosticCode"] == ["smtp; 550 5.1.1 Nobody"]
        assert not ending.sole
