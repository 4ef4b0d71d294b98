"""Replies as they come off the wire (RFC 5321 §4.2): cut anywhere, over many lines, and from peers that mean ill."""

from __future__ import annotations

MOST_LINES = 100
"""A reply of more lines than this is no reply."""

MOST_BYTES = 65_536
"""Nor is one of more bytes, its line ends included."""

RawReply = tuple[int, list[bytes]]
"""The code, and each line's text after it."""

_CODES = {b"%d" % code: code for code in range(200, 600)}


class ReplyReader:
    """Bytes in, replies out.

    `fault` is a sentence once something came that is no reply; what comes after it is not looked at. A bare LF ends a
    line too, for there are servers that send it, and nothing can be smuggled past us so.
    """

    __slots__ = ("_bytes", "_code", "_lines", "_rest", "fault")

    def __init__(self) -> None:
        self.fault = ""
        self._rest = b""
        self._bytes = 0
        self._code = 0
        self._lines: list[bytes] = []

    @property
    def clean(self) -> bool:
        """Whether nothing is left of what came: no part of a line, no part of a reply."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[RawReply]:
        """The replies that are complete with these bytes."""
        if self.fault:
            return []
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        replies: list[RawReply] = []
        for line in lines:
            if line[-1:] == b"\r":
                line = line[:-1]
            code = _CODES.get(line[:3])
            mark = line[3:4]
            if code is None or (mark != b" " and mark != b"-" and mark):
                self.fault = "a line that is no reply"
                return replies
            if mark != b"-" and not self._lines:
                if len(line) > MOST_BYTES:
                    self.fault = "a reply without end"
                    return replies
                replies.append((code, [line[4:]]))
                continue
            if self._lines and code != self._code:
                self.fault = "a reply of lines with different codes"
                return replies
            self._code = code
            self._lines.append(line[4:])
            self._bytes += len(line) + 2
            if len(self._lines) > MOST_LINES or self._bytes > MOST_BYTES:
                self.fault = "a reply without end"
                return replies
            if mark != b"-":
                replies.append((code, self._lines))
                self._lines = []
                self._bytes = 0
        if len(self._rest) + self._bytes > MOST_BYTES:
            self.fault = "a reply without end"
        return replies
