"""Why a recipient has no mail yet, in a word and a sentence."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from mailit.errors import Reply
from mailit.interfaces import SiteHold, utc
from mailit.store import why

NOW = utc(1_800_000_000.0)
LATER = NOW + timedelta(minutes=5)


def row(**fields):
    """A delivery with its envelope, as it is read: deferred once, due in five minutes."""
    return SimpleNamespace(
        **{
            "id": "d",
            "recipient": "ana@example.net",
            "state": "delivery_delayed",
            "attempts": 1,
            "in_doubt": False,
            "exchanger": "mx.example.net",
            "reply_code": 451,
            "reply_status": "4.3.0",
            "reply_text": "Come back later",
            "updated_at": NOW,
            "domain": "example.net",
            "due_at": LATER,
            "expires_at": NOW + timedelta(days=2),
            "attempt": 1,
            "held": False,
            "doubted": False,
            "claimed": False,
            "living": False,
            "marked_at": None,
            "now": NOW,
            "screened": None,
            **fields,
        }
    )


def explained(site=why.nothing_known, **fields):
    """What is said of one."""
    (one,) = why.explain([row(**fields)], site)
    return one


def said(code, status, text):
    """The last reply's columns."""
    return {"reply_code": code or None, "reply_status": status or None, "reply_text": text}


FRESH = {**said(0, "", None), "attempt": 0, "attempts": 0, "state": "sent", "exchanger": None}
BACK_OFF = SiteHold("back-off", NOW.timestamp(), LATER.timestamp(), Reply(0, "4.4.1", "Could not connect"))


class TestTheCause:
    """One thing, and the nearest."""

    @pytest.mark.parametrize(
        ("fields", "cause"),
        [
            ({"held": True}, "hold"),
            ({"held": True, "doubted": True, "in_doubt": True}, "in doubt"),
            ({"doubted": True, "in_doubt": True}, "in doubt"),
            ({"claimed": True, "marked_at": NOW}, "in doubt"),
            ({"claimed": True, "living": True, "marked_at": NOW}, "schedule"),
            (FRESH, "schedule"),
            ({**FRESH, "due_at": NOW}, "schedule"),
            (said(451, "4.7.1", "Greylisted"), "greylisting"),
            (said(421, "4.7.28", "Unusual rate of mail"), "rate"),
            (said(450, "4.2.1", "The user is receiving mail at a rate"), "rate"),
            (said(0, "4.4.1", "Could not connect to mx.example.net (192.0.2.1): refused"), "back-off"),
            (said(0, "4.4.3", "The exchangers of example.net could not be found"), "DNS"),
            (said(0, "4.7.20", "No DKIM key of the sending domain is published in DNS"), "DNS"),
            (said(0, "4.7.5", "The server does not offer TLS, and TLS is required"), "TLS policy"),
            (said(451, "4.7.1", "STARTTLS is required"), "TLS policy"),
            (said(451, "4.3.0", "Come back later"), "refused"),
        ],
    )
    def test_of_what_waits(self, fields, cause):
        """By the envelope, then by the last reply."""
        assert explained(**fields).cause == cause

    @pytest.mark.parametrize(
        ("fields", "cause"),
        [
            ({"state": "suppressed", **said(0, "", "It bounced before")}, "suppression"),
            ({"state": "bounced", **said(550, "5.1.1", "No such user")}, "refused"),
            ({"state": "bounced", "exchanger": None, **said(0, "5.1.2", "The domain does not exist")}, "DNS"),
            ({"state": "failed", **said(451, "4.7.1", "Greylisted")}, "greylisting"),
            ({"state": "failed", "exchanger": None, **said(0, "", "Canceled by the operator")}, "refused"),
        ],
    )
    def test_of_what_has_ended(self, fields, cause):
        """There is no envelope, and nothing to wait for."""
        gone = dict.fromkeys(("domain", "due_at", "expires_at", "attempt", "held", "doubted"))
        found = explained(**{**gone, "attempts": 3, **fields})
        assert (found.cause, found.next_at, found.expires_at) == (cause, None, None)
        assert found.text.endswith(".")

    @pytest.mark.parametrize("status", ["4.4.3", "5.4.4"])
    def test_of_what_dns_did_not_say_it_is_told_what_that_was(self, status):
        """The domain may well have been found, and its exchangers' addresses not."""
        words = "The addresses of example.net's exchangers could not be found"
        assert explained(**said(0, status, words)).text.startswith(f"{words}. It is tried again")

    @pytest.mark.parametrize("cause", ["rate", "concurrency", "back-off"])
    def test_what_only_the_process_knows(self, cause):
        """Asked of what is due, or in its hands; not of what has a time of its own."""
        hold = SiteHold(cause, NOW.timestamp(), None)
        assert explained(lambda domain: hold, **{**FRESH, "due_at": NOW}).cause == cause
        assert explained(lambda domain: hold, claimed=True, living=True).cause == cause
        assert explained(lambda domain: hold, **said(451, "4.7.1", "Greylisted")).cause == "greylisting"


class TestWhatIsSaid:
    """Enough to know whom to turn to."""

    def test_the_reply_has_its_verdict(self):
        """Scope and rule, by which nobody deletes a good address for our mistake."""
        found = explained(**said(451, "4.7.26", "Unauthenticated"))
        assert (found.scope, found.rule) == ("sender-domain", "status-authentication")
        assert found.reply == Reply(451, "4.7.26", "Unauthenticated")
        assert "for the sake of the domain that it is from" in found.text

    def test_times(self):
        """Since when, when it goes on, when it is given up."""
        found = explained()
        assert (found.since, found.next_at, found.expires_at) == (NOW, LATER, NOW + timedelta(days=2))
        assert f"{LATER:%H:%M:%S} UTC" in found.text

    def test_a_site_in_back_off_says_until_when(self):
        """And what it had to say."""
        found = explained(lambda domain: BACK_OFF, **{**FRESH, "due_at": NOW})
        assert (found.next_at, found.reply, found.scope) == (LATER, BACK_OFF.reply, "receiver")
        assert "example.net is left alone until" in found.text

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            (
                said(451, "4.3.0", "Later"),
                "mx.example.net refused it for now, for reasons of its own: 451 4.3.0 Later. It",
            ),
            (said(451, "4.3.0", "Later, please!"), "451 4.3.0 Later, please! It is tried again at"),
            (said(0, "5.5.0", "The server answered one command twice"), "The server answered one command twice. It is"),
            (said(0, "4.7.20", "No DKIM key is published"), "No DKIM key is published. It is tried again at"),
        ],
    )
    def test_sentences_have_an_end(self, fields, words):
        """A receiver's words, and ours where it said nothing that has a code."""
        found = explained(**fields)
        assert words in found.text
        assert ": 0 " not in found.text

    def test_a_long_reply_is_cut_and_on_one_line(self):
        """The sentence is for people; the whole reply stands beside it."""
        found = explained(**said(451, "", "line\n" * 500))
        assert len(found.text) < 500
        assert "\n" not in found.text

    def test_as_a_table(self):
        """For the command line."""
        (cells,) = why.columns([explained()])
        assert cells[:2] == ("ana@example.net", "refused")
