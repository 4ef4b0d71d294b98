"""The transcript of an attempt, put together from what was noted."""

from __future__ import annotations

import pytest

from mailit.api.routes.deliveries import transcript
from mailit.errors import Reply
from mailit.interfaces import utc
from mailit.store.trails import Found
from mailit.testing.mails import event

OK = Reply(250, "2.0.0", "Queued as 1")


def lines(dialogue, type_="email.delivered", reply=OK, in_doubt=False, fault=None, opening="S: 220 hi"):
    """What is told of an attempt with these replies to MAIL, RCPT, DATA and the dot, and this end."""
    found = Found("192.0.2.1", 25, utc(0), None, opening, fault, utc(1), utc(2), 99, dialogue)
    told = transcript(event(type_, reply=reply, in_doubt=in_doubt, attempt=1), found, "bounce+x@example.org")
    assert told.startswith(opening)
    return told.removeprefix(opening).splitlines()[1:]


MAIL = ["C: MAIL FROM:<bounce+x@example.org>"]
RCPT = ["C: RCPT TO:<ana@example.net>"]


class TestATranscript:
    """Line by line, in the order in which it was said."""

    def test_of_a_delivery(self):
        """The reply to the dot is that of the event."""
        assert lines(("250 a", "250 b", "354 c", None, None)) == [
            *MAIL, "S: 250 a", *RCPT, "S: 250 b", "C: DATA", "S: 354 c", "C: (99 bytes of message)", "C: .",
            "S: 250 2.0.0 Queued as 1",
        ]  # fmt: skip

    def test_of_a_delivery_in_a_chunk(self):
        """BDAT takes the place of DATA, 354 and the dot (RFC 3030)."""
        assert lines(("250 a", "250 b", None, None, None), opening="S: 220 hi\nS: 250-CHUNKING")[4:] == [
            "C: BDAT 99 LAST", "C: (99 bytes of message)", "S: 250 2.0.0 Queued as 1",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("dialogue", "end"),
        [
            (("550 no", None, None, None, None), [*MAIL, "S: 550 no"]),
            (("250 a", "550 no", None, None, None), [*MAIL, "S: 250 a", *RCPT, "S: 550 no"]),
            (("250 a", "550 no", "554 none", None, None), [*RCPT, "S: 550 no", "C: DATA", "S: 554 none"]),
            (("250 a", "250 b", "354 c", "554 no\nreally", None), ["C: .", "S: 554 no", "S: really"]),
            ((None, None, None, None, "It was lost"), [*MAIL, "-- It was lost"]),
            (("250 a", None, None, None, "It was lost"), [*MAIL, "S: 250 a", *RCPT, "-- It was lost"]),
            (("250 a", "250 b", "354 c", None, "Gone"), ["S: 354 c", "C: (a part of 99 bytes)", "-- Gone"]),
        ],
    )
    def test_of_a_refusal(self, dialogue, end):
        """As far as it came."""
        assert lines(dialogue, "email.delivery_delayed", Reply(550, "", "no"))[-len(end) :] == end

    def test_of_an_attempt_in_doubt(self):
        """The whole mail was sent, and nothing was answered."""
        told = lines(("250 a", "250 b", "354 c", None, "Gone"), "email.delivery_delayed", Reply(0, "", "x"), True)
        assert told[-3:] == ["C: (99 bytes of message)", "C: .", "-- Gone"]

    def test_of_a_connection_that_came_to_nothing(self):
        """No mail had its turn."""
        assert lines(None, "email.delivery_delayed", Reply(0, "", "x"), fault="Nobody answers") == ["-- Nobody answers"]
