"""What a peer's reply means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.errors import Reply
from mailit.mail.status import TEXT_MOST, default_status, is_about_session, is_permanent, parse_reply


class TestParsingAReply:
    """The status is taken off, the words stay."""

    @pytest.mark.parametrize(
        ("code", "lines", "status", "text"),
        [
            (250, ["2.0.0 Ok: queued as 1"], "2.0.0", "Ok: queued as 1"),
            (550, ["5.1.1 No such user", "5.1.1 Sorry"], "5.1.1", "No such user\nSorry"),
            (550, ["No such user", "5.1.1 Sorry"], "5.1.1", "No such user\nSorry"),
            (550, ["No such user"], "", "No such user"),
            (550, ["5.7.26"], "5.7.26", ""),
            (450, ["4.7.1   Greylisted "], "4.7.1", "Greylisted"),
            (550, ["4.7.1 Class of another code"], "", "4.7.1 Class of another code"),
            (550, ["5.1.1x is not one"], "", "5.1.1x is not one"),
            (550, ["5.1.1234 nor this"], "", "5.1.1234 nor this"),
            (354, ["Go on"], "", "Go on"),
            (250, [], "", ""),
            (550, [b"5.1.1 caf\xc3\xa9 \xff"], "5.1.1", "caf\u00e9 \ufffd"),
        ],
    )
    def test_by_example(self, code, lines, status, text):
        """RFC 2034 §4: the class is the code's own."""
        assert parse_reply(code, lines) == Reply(code, status, text)

    @given(st.integers(0, 999), st.lists(st.binary()))
    def test_no_octets_of_a_peer_can_harm_a_log_or_the_database(self, code, lines):
        """Controls and what is not UTF-8 become replacement characters."""
        text = parse_reply(code, lines).text
        text.encode()
        assert not any(ord(character) < 32 and character not in "\t\n" for character in text)

    def test_a_megabyte_is_cut(self):
        """A peer must not fill our tables."""
        assert len(parse_reply(550, ["x" * 1_000_000]).text) == TEXT_MOST


class TestACodeWithoutStatus:
    """It stands for one of its own class."""

    @given(st.sampled_from([2, 4, 5]), st.integers(0, 99))
    def test_the_class_is_the_codes(self, kind, rest):
        """RFC 2034 §4."""
        assert default_status(kind * 100 + rest).startswith(f"{kind}.")

    @pytest.mark.parametrize(("code", "status"), [(250, "2.0.0"), (452, "4.3.1"), (550, "5.0.0"), (556, "5.1.10")])
    def test_by_example(self, code, status):
        """More than the class only where the code says more."""
        assert default_status(code) == status

    @pytest.mark.parametrize("code", [0, 99, 354, 600])
    def test_one_that_is_no_refusal_is_transient(self, code):
        """Unknown failures are tried again."""
        assert default_status(code) == "4.0.0"


class TestPermanence:
    """5yz is for good, all else for now."""

    @pytest.mark.parametrize("code", [500, 550, 599])
    def test_5yz_is_permanent(self, code):
        """RFC 5321 §4.2.1."""
        assert is_permanent(Reply(code, "", ""))

    @pytest.mark.parametrize("code", [0, 250, 354, 421, 451, 600])
    def test_others_are_not(self, code):
        """What can't be understood is tried again."""
        assert not is_permanent(Reply(code, "", ""))

    @pytest.mark.parametrize("text", ["Too many recipients", "5.5.3 no more"])
    def test_552_for_too_many_recipients_is_452(self, text):
        """RFC 5321 §4.5.3.1.10."""
        assert not is_permanent(parse_reply(552, [text]))
        assert is_permanent(parse_reply(552, ["5.2.2 Mailbox full"]))


class TestWhomARefusalIsAbout:
    """One recipient's trouble is his own; the session's is everybody's."""

    @pytest.mark.parametrize("command", ["", "EHLO", "STARTTLS", "AUTH"])
    @pytest.mark.parametrize("code", [421, 454, 550, 554])
    def test_before_the_first_mail_it_is_about_the_session(self, command, code):
        """Nobody has been named yet."""
        assert is_about_session(Reply(code, "", ""), command)

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
    def test_later_only_a_reply_that_says_so_is(self, command):
        """421 closes the channel (RFC 5321 §3.8); 4.3.2 and 4.4.x speak of the host and the network."""
        assert is_about_session(Reply(421, "", ""), command)
        assert is_about_session(Reply(451, "4.3.2", ""), command)
        assert is_about_session(Reply(451, "4.4.2", ""), command)
        assert not is_about_session(Reply(451, "4.7.1", "Greylisted"), command)
        assert not is_about_session(Reply(550, "5.1.1", ""), command)
        assert not is_about_session(Reply(452, "4.2.2", ""), command)
