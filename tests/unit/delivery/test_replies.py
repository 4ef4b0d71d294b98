"""Reading replies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.delivery.replies import MOST_BYTES, MOST_LINES, ReplyReader

texts = st.binary(max_size=40).map(lambda text: text.replace(b"\r", b"").replace(b"\n", b""))
replies = st.tuples(st.integers(200, 599), st.lists(texts, min_size=1, max_size=5))


def wire(code: int, lines: list[bytes], end: bytes = b"\r\n") -> bytes:
    """A reply as it travels."""
    marks = [b"-"] * (len(lines) - 1) + [b" "]
    return b"".join(b"%d%b%b%b" % (code, mark, line, end) for mark, line in zip(marks, lines, strict=True))


class TestRepliesThatComeInPieces:
    """Where the network cuts changes nothing."""

    @given(st.lists(replies, max_size=6), st.lists(st.integers(0, 400)), st.sampled_from([b"\r\n", b"\n"]))
    def test_every_cut(self, sent: list[tuple[int, list[bytes]]], cuts: list[int], end: bytes) -> None:
        """What was sent is what is read, in order."""
        data = b"".join(wire(code, lines, end) for code, lines in sent)
        reader = ReplyReader()
        got = []
        start = 0
        for cut in [*sorted(cut for cut in cuts if cut < len(data)), len(data)]:
            got += reader.feed(data[start:cut])
            start = cut
        assert got == sent
        assert reader.clean
        assert not reader.fault

    def test_a_code_alone_is_a_reply(self) -> None:
        """RFC 5321 §4.2: receivers should take it."""
        assert ReplyReader().feed(b"250\r\n") == [(250, [b""])]


class TestGarbage:
    """It is found out, what came before it still counts, and what comes after it does not."""

    @pytest.mark.parametrize(
        "garbage",
        [
            b"\r\n",
            b"hello\r\n",
            b"25 ok\r\n",
            b"2500 ok\r\n",
            b"199 ok\r\n",
            b"600 ok\r\n",
            b"+OK ready\r\n",
            b"\xff\xfe\x00\r\n",
            b"250\tok\r\n",
            b"250-one\r\n550 two\r\n",
        ],
    )
    def test_lines_that_are_no_reply(self, garbage: bytes) -> None:
        """Also a code that changes within a reply."""
        reader = ReplyReader()
        assert reader.feed(b"220 first\r\n" + garbage + b"250 last\r\n") == [(220, [b"first"])]
        assert reader.fault
        assert reader.feed(b"250 more\r\n") == []

    @given(st.binary())
    def test_any_bytes(self, data: bytes) -> None:
        """Nothing that a peer sends raises, and all that is given is a code with lines."""
        for code, lines in ReplyReader().feed(data):
            assert 200 <= code < 600
            assert lines


class TestRepliesWithoutEnd:
    """They are given up at a limit, in lines and in bytes."""

    def test_lines(self) -> None:
        """A hundred lines are one reply, one more is none."""
        reader = ReplyReader()
        assert len(reader.feed(b"250-x\r\n" * (MOST_LINES - 1) + b"250 x\r\n")[0][1]) == MOST_LINES
        assert reader.feed(b"250-x\r\n" * MOST_LINES + b"250 x\r\n") == []
        assert reader.fault

    @pytest.mark.parametrize("piece", [b"250-" + b"x" * 1000 + b"\r\n", b"x" * 1000, b"250 " + b"x" * MOST_BYTES])
    def test_bytes(self, piece: bytes) -> None:
        """A megabyte is not kept, with line ends or without."""
        reader = ReplyReader()
        fed = 0
        while not reader.fault:
            reader.feed(piece)
            fed += len(piece)
            assert fed <= MOST_BYTES + 2 * len(piece)
