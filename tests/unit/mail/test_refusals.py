"""What refusals mean: by scope, class, hard or soft."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.errors import Reply
from mailit.mail.refusals import RULES, UNSAID, Scope
from mailit.mail.status import bounce, classify, parse_reply

IP, DOMAIN = Scope.SENDER_IP, Scope.SENDER_DOMAIN


def verdict(text: str):
    """What a line of a server means."""
    return classify(parse_reply(int(text[:3]), [text[4:]]))


class TestWhatARefusalIsAbout:
    """By the words and the status together."""

    @pytest.mark.parametrize(
        ("line", "scope", "kind"),
        [
            ("550 5.1.1 <ana@example.net>: user unknown in local table", Scope.RECIPIENT, "no-mailbox"),
            ("550 Requested action not taken: mailbox unavailable", Scope.RECIPIENT, "no-mailbox"),
            ("550 5.4.1 Recipient address rejected: Access denied", Scope.RECIPIENT, "no-mailbox"),
            ("550 5.1.2 Host or domain name not found", Scope.RECIPIENT, "no-domain"),
            ("550 5.2.1 This account is disabled", Scope.RECIPIENT, "disabled"),
            ("552 5.2.2 Mailbox is full", Scope.RECIPIENT, "full"),
            ("450 4.2.1 This user is receiving mail at a rate that is too high", Scope.RECIPIENT, "recipient-rate"),
            ("450 4.1.1 unverified address: verification in progress", Scope.RECIPIENT, "unverified"),
            ("554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", IP, "blocklisted"),
            ("550 5.7.1 no PTR record for 192.0.2.1", IP, "no-ptr"),
            ("421 4.7.28 Our system has detected an unusual rate of mail", IP, "throttled"),
            ("421 Too many concurrent SMTP connections from your host", IP, "throttled"),
            ("550 5.7.1 The sending domain has a poor reputation of your domain", DOMAIN, "domain-reputation"),
            ("550 5.7.0 SPF check failed", DOMAIN, "authentication"),
            ("550 5.1.8 Sender address rejected: Domain not found", DOMAIN, "bad-sender"),
            ("554 5.7.1 This looks like spam to us", Scope.CONTENT, "spam"),
            ("554 5.6.0 virus found", Scope.CONTENT, "virus"),
            ("552 5.7.0 This attachment type is not allowed", Scope.CONTENT, "attachment"),
            ("552 5.3.4 Message size exceeds fixed limit", Scope.CONTENT, "too-large"),
            ("550 5.6.0 Not RFC 5322 compliant", Scope.CONTENT, "format"),
            ("554 5.7.1 Relay access denied", Scope.POLICY, "relaying"),
            ("530 5.7.0 Must issue a STARTTLS command first", Scope.POLICY, "tls-required"),
            ("550 5.7.1 Rejected due to policy reasons", Scope.POLICY, "refused"),
            ("450 4.2.0 Greylisted, come back", Scope.RECEIVER, "greylisting"),
            ("451 4.7.1 Please try again in 300 seconds", Scope.RECEIVER, "greylisting"),
            ("421 4.3.2 Service not available", Scope.RECEIVER, "busy"),
            ("452 4.3.1 Insufficient system storage", Scope.RECEIVER, "storage"),
            ("452 4.5.3 Too many recipients", Scope.RECEIVER, "session-limit"),
            ("554 5.4.6 Too many hops", Scope.RECEIVER, "loop"),
        ],
    )
    def test_by_example(self, line, scope, kind):
        """As servers in use say it."""
        assert (verdict(line).scope, verdict(line).kind) == (scope, kind)

    def test_greylisting_is_not_throttling(self):
        """The one wants patience, the other a slower pace."""
        assert verdict("450 4.7.1 Greylisting in action").kind == "greylisting"
        assert verdict("450 4.7.1 Sending rate limit exceeded").kind == "throttled"

    def test_the_same_words_for_now_are_never_hard(self):
        """4yz is for now, whatever it says."""
        assert verdict("550 5.1.1 User unknown").hard
        assert not verdict("450 4.1.1 User unknown").hard

    def test_a_status_in_the_middle_of_the_text_counts(self):
        """Some put it last; an IP address is none."""
        assert verdict("550 Sorry (#5.1.1)").kind == "no-mailbox"
        assert verdict("554 Sorry, 5.1.1.1").rule == UNSAID.id

    def test_an_address_says_nothing(self):
        """What stands in it was chosen by its owner."""
        assert verdict("550 5.2.2 <spam-virus-dmarc@quota.example> Mailbox full").kind == "full"
        assert verdict("550 5.1.1 <spam@spf.example>").kind == "no-mailbox"

    @pytest.mark.parametrize(
        ("reply", "kind", "hard"),
        [
            (Reply(0, "5.1.2", "The domain example.invalid does not exist"), "no-domain", True),
            (Reply(0, "5.1.10", "The domain example.net takes no mail (null MX)"), "no-domain", True),
            (Reply(0, "5.3.4", "The message has 9 bytes; the recipient's server takes 8"), "too-large", False),
            (Reply(0, "4.4.1", "Could not connect to mx.example.net (192.0.2.1)"), "network", False),
            (Reply(0, "4.4.3", "The exchangers of example.net could not be found: timed out"), "dns", False),
            (Reply(0, "5.1.2", "The domain mailbox-full.example has no exchanger and no address"), "no-domain", True),
            (Reply(0, "4.4.1", "Could not connect to rate-limit.example (192.0.2.1)"), "network", False),
            (Reply(0, "4.4.3", "The exchangers of a.example could not be found: REFUSED"), "dns", False),
            (Reply(0, "4.7.20", "No DKIM key of the sending domain is published in DNS"), "authentication", False),
            (Reply(0, "", "Canceled by the operator"), "unknown", False),
        ],
    )
    def test_our_own_conclusions_have_no_code(self, reply, kind, hard):
        """Their status says what they mean; in the words stand names that others chose."""
        assert (classify(reply).kind, classify(reply).hard) == (kind, hard)

    def test_no_code_is_not_shown_as_one(self):
        """Nobody said 0."""
        assert bounce(Reply(0, "5.3.4", "Too long"))["diagnosticCode"] == ["smtp; 5.3.4 Too long"]

    def test_what_says_nothing_is_not_guessed_at(self):
        """And is nobody's fault."""
        assert verdict("554 Sorry") == classify(Reply(554, "", "Hm"))
        assert bounce(Reply(554, "", "Sorry"))["type"] == "Undetermined"


class TestWhatMaySuppress:
    """A recipient is given up for good only where there is nobody."""

    @pytest.mark.parametrize("kind", [4, 5])
    @pytest.mark.parametrize("detail", ["1", "25", "26", "27", "28", "29", "30", "515"])
    def test_a_refusal_of_the_sender_never_does(self, kind, detail):
        """Big receivers' statuses for what is ours to mend."""
        said = bounce(Reply(kind * 100 + 50, f"{kind}.7.{detail}", "Message rejected, see our help pages"))
        assert said["type"] != "Permanent"
        assert said["scope"] != "recipient"

    @pytest.mark.parametrize("tag", ["[TS03]", "[TSS04]", "[IPTS04]", "[PH01]", "[BL21]", "[BL23]", "[HCM1]", "[BS02]"])
    def test_nor_do_the_tags_of_yahoo_and_apple(self, tag):
        """They stand in the text."""
        said = bounce(Reply(554, "5.7.9", f"Message not accepted {tag}, see the postmaster's site"))
        assert (said["type"], said["scope"] in ("sender-ip", "content")) == ("Transient", True)

    @pytest.mark.parametrize(
        ("line", "kind", "sub"),
        [
            ("550 5.1.1 No such user", "Permanent", "General"),
            ("552 5.2.2 Over quota", "Transient", "MailboxFull"),
            ("552 5.3.4 Message too large", "Transient", "MessageTooLarge"),
            ("554 5.7.1 Spam", "Transient", "ContentRejected"),
            ("552 5.7.0 Illegal attachment", "Transient", "AttachmentRejected"),
            ("554 5.7.1 Blocked by Spamhaus", "Transient", "General"),
        ],
    )
    def test_the_words_are_resends(self, line, kind, sub):
        """`type` and `subType` of the bounce object; beside them our own verdict."""
        said = bounce(parse_reply(int(line[:3]), [line[4:]]))
        assert (said["type"], said["subType"]) == (kind, sub)
        assert said["message"] == line.split(" ", 2)[2]
        assert {"scope", "class", "rule", "diagnosticCode"} < set(said)


class TestTheRules:
    """They are data, and hold together."""

    def test_each_has_a_name_of_its_own_and_a_reason(self):
        """An id is what a person looks a rule up by."""
        ids = [rule.id for rule in RULES]
        assert len(ids) == len(set(ids))
        assert all(rule.why and (rule.words or rule.statuses or rule.codes) for rule in RULES)

    def test_only_rules_about_a_recipient_are_hard(self):
        """So that no wording of ours can suppress for a sender's fault."""
        assert {rule.scope for rule in RULES if rule.hard} == {Scope.RECIPIENT}

    @given(st.integers(0, 999), st.text(max_size=300))
    def test_any_reply_has_a_verdict(self, code, text):
        """And what is for now is never hard."""
        found = classify(parse_reply(code, [text]))
        assert not (found.hard and code // 100 == 4)
