"""Message text as it travels after DATA."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.wire import canonical, stuffed, stuffed_whole, unstuffed

texts = st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b"\r\n.\r\n", b"\r\n.", b"x\r\n"]), max_size=12).map(
    b"".join
)
raw = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"\xff"])).map(b"".join)


def _ended(text):
    """The text with the CRLF that its last line must have."""
    return text if not text or text.endswith(b"\r\n") else text + b"\r\n"


class TestStuffing:
    """What the other side reads is what was to be sent, wherever the chunks were cut."""

    @given(texts)
    def test_every_cut_gives_the_same_octets(self, text):
        """Two chunks, cut at each place, and the whole at once."""
        whole = stuffed_whole(text)
        for at in range(len(text) + 1):
            assert b"".join(stuffed([text[:at], text[at:]])) == whole

    @given(texts)
    def test_an_octet_a_chunk_gives_the_same(self, text):
        """Every cut at once, empty chunks between."""
        chunks = [chunk for at in range(len(text)) for chunk in (text[at : at + 1], b"")]
        assert b"".join(stuffed(chunks)) == stuffed_whole(text)

    @given(texts)
    def test_it_reads_back(self, text):
        """RFC 5321 §4.5.2, both ways."""
        assert unstuffed(stuffed_whole(text)) == _ended(text)

    @given(texts)
    def test_no_line_but_the_last_is_a_lone_dot(self, text):
        """Else the rest would run as commands."""
        lines = stuffed_whole(text).split(b"\r\n")
        assert lines[-2:] == [b".", b""]
        assert b"." not in lines[:-2]

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 16])
    def test_a_lone_dot_at_each_border_of_a_chunk_is_doubled(self, size):
        """The trap in twisted.mail: a dot that opens a chunk was not stuffed."""
        text = b".\r\n" * 50
        chunks = [text[at : at + size] for at in range(0, len(text), size)]
        assert b"".join(stuffed(chunks)) == b"..\r\n" * 50 + b".\r\n"

    @pytest.mark.parametrize(
        ("text", "sent"),
        [
            (b"", b".\r\n"),
            (b"a", b"a\r\n.\r\n"),
            (b".", b"..\r\n.\r\n"),
            (b".x\r\n", b"..x\r\n.\r\n"),
            (b"a.b\r\n.\r\n", b"a.b\r\n..\r\n.\r\n"),
        ],
    )
    def test_by_example(self, text, sent):
        """The smallest ones."""
        assert stuffed_whole(text) == sent == b"".join(stuffed([text]))

    def test_the_chunks_of_no_text_end_at_once(self):
        """DATA and its lone dot."""
        assert b"".join(stuffed([])) == b".\r\n"


class TestUnstuffing:
    """What is not whole is not taken."""

    @pytest.mark.parametrize("text", [b"", b"a\r\n", b"a\r\n.", b"a\r\n.\r\nQUIT\r\n", b"..\r\n"])
    def test_a_text_without_its_end_is_refused(self, text):
        """Nor one with something behind it."""
        with pytest.raises(ValueError, match="lone dot"):
            unstuffed(text)


class TestCanonicalLineEnds:
    """CRLF, whatever they were (RFC 5321 §2.3.8)."""

    @given(raw)
    def test_no_bare_cr_or_lf_is_left(self, text):
        """They are what mail is smuggled with."""
        made = canonical(text)
        assert b"\r" not in made.replace(b"\r\n", b"")
        assert b"\n" not in made.replace(b"\r\n", b"")

    @given(raw)
    def test_lines_stay_what_they_were(self, text):
        """`bytes.splitlines` knows the same three ends."""
        assert canonical(text).splitlines() == text.splitlines()

    @given(raw)
    def test_what_is_canonical_stays_as_it_is(self, text):
        """Once is enough."""
        once = canonical(text)
        assert canonical(once) is once or b"\r" not in once
