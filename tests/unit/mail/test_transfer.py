"""Content-Transfer-Encoding."""

import quopri
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.transfer import base64, encoded, is_clean, quoted_printable
from mailit.mail.wire import canonical

DECODERS = {"7bit": bytes, "quoted-printable": quopri.decodestring, "base64": b64decode}
HARD = ["From ", "from ", ".", "--=_", "=", " ", "\t", "\n", "\r\n", "\r", "a", "é", "文", "\0", "x" * 74, "y" * 990]
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(st.sampled_from(HARD)).map("".join)


class TestAText:
    """It arrives as it was, but for its line ends."""

    @given(texts)
    def test_it_reads_back(self, text):
        """By the standard library's decoders."""
        encoding, data = encoded(text)
        assert DECODERS[encoding](data) == canonical(text.encode())

    @given(texts)
    def test_no_line_is_one_that_a_relay_would_change(self, text):
        """7-bit, short, no white space at an end, no "From ", no lone dot, nothing like a boundary of ours."""
        encoding, data = encoded(text)
        assert data.isascii()
        assert b"--=_" not in data
        for line in data.split(b"\r\n"):
            assert len(line) <= (998 if encoding == "7bit" else 76)
            assert not set(line) & {*range(9), *range(10, 32), 127}
            assert not line.endswith((b" ", b"\t"))
            assert not line.startswith(b"From ")
            assert line != b"."

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("", "7bit"),
            ("Hello\nyou\n", "7bit"),
            (".hidden\n..\n", "7bit"),
            ("x" * 998, "7bit"),
            ("x" * 999, "quoted-printable"),
            ("a\n" + "x" * 999 + "\na", "quoted-printable"),
            ("Hello \nyou", "quoted-printable"),
            ("From you\n", "quoted-printable"),
            ("a\n.\nb", "quoted-printable"),
            (".", "quoted-printable"),
            ("a\n.", "quoted-printable"),
            ("a\0", "quoted-printable"),
            ("--=_0192", "quoted-printable"),
            ("Gruß an alle Freunde", "quoted-printable"),
            ("文字化け", "base64"),
        ],
    )
    def test_the_shortest_that_will_do(self, text, encoding):
        """7bit where it is clean, else the smaller of the others."""
        assert encoded(text)[0] == encoding

    def test_half_of_a_surrogate_pair_is_a_question_mark(self):
        """The door refuses it; if one gets here, the rest of the mail still goes."""
        assert encoded("a\ud800b") == ("7bit", b"a?b")


class TestQuotedPrintable:
    """RFC 2045 §6.7."""

    def test_a_soft_break_before_a_from_line_keeps_lines_short(self):
        """`=46rom ` would make the line two longer."""
        coded = quoted_printable(b"From " + b"x" * 70 + b"\r\n")
        assert coded == b"=46rom=\r\n " + b"x" * 70 + b"\r\n"
        assert quopri.decodestring(coded) == b"From " + b"x" * 70 + b"\r\n"

    def test_a_dot_that_a_soft_break_leaves_alone_is_encoded(self):
        """A relay that does not stuff would end the mail there."""
        coded = quoted_printable(b"x" * 75 + b".\r\n")
        assert coded == b"x" * 75 + b"=\r\n=2E\r\n"

    @pytest.mark.parametrize("space", [b" ", b"\t"])
    def test_white_space_at_the_end_of_a_full_line_gets_its_own(self, space):
        """76 is the most, soft break and all."""
        coded = quoted_printable(b"x" * 74 + space + b"\r\n")
        assert coded == b"x" * 74 + b"=\r\n=%02X\r\n" % ord(space)

    def test_its_line_ends_are_crlf_where_the_text_has_none(self):
        """Soft breaks too."""
        coded = quoted_printable(b"x" * 200)
        assert coded.count(b"\n") == coded.count(b"\r\n") == 2


class TestBase64:
    """RFC 2045 §6.8."""

    @given(st.binary(max_size=300))
    def test_it_reads_back_from_lines_of_76(self, data):
        """Each full but the last."""
        lines = base64(data).split(b"\r\n")
        assert b64decode(b"".join(lines)) == data
        assert all(len(line) == 76 for line in lines[:-1])
        assert len(lines[-1]) <= 76


class TestCleanText:
    """What may travel as it is."""

    @pytest.mark.parametrize("data", [b"", b"a", b"a\r\n", b"\r\n\r\n", b"a. From b --=\r\n"])
    def test_clean(self, data):
        """Usual text."""
        assert is_clean(data)

    @pytest.mark.parametrize(
        "data", [b"a ", b"a\t", b"a \r\nb", b"\xff", b"\0", b".", b".\r\n", b"x\r\n.\r\n", b"x\r\n.", b"x\r\nFrom y"]
    )
    def test_not_clean(self, data):
        """Each by one fault alone."""
        assert not is_clean(data)
