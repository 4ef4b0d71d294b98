"""Message text as it travels after DATA (RFC 5321 §4.5.2): canonical line ends, dots doubled, the lone dot last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

END = b".\r\n"
_LINE_END = re.compile(rb"\r\n|\r|\n")


def canonical(text: bytes) -> bytes:
    """The text with CRLF for every line end, be it CRLF, a bare CR or a bare LF; what is canonical is not copied."""
    if b"\r" not in text:
        return text.replace(b"\n", b"\r\n")
    ends = text.count(b"\r\n")
    if text.count(b"\r") == ends == text.count(b"\n"):
        return text
    return _LINE_END.sub(b"\r\n", text)


def stuffed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines as they travel after DATA: a dot that opens a line is doubled (RFC 5321 §4.5.2), the lone dot ends them.

    Takes canonical CRLF text, cut anywhere: all that is remembered between chunks is how the last one ended. A last
    line that lacks its CRLF gets it.
    """
    tail = b"\r\n"  # the last two octets that were given out; the text begins at the start of a line
    for chunk in chunks:
        if not chunk:
            continue
        # The tail goes in front, so that a line end which the cut went through is found like any other.
        yield (tail + chunk).replace(b"\r\n.", b"\r\n..")[len(tail) :]
        tail = (tail + chunk)[-2:]
    yield END if tail == b"\r\n" else b"\r\n" + END


def stuffed_whole(message: bytes) -> bytes:
    """The same for a message that is in one piece, its lone dot included."""
    if b"\r\n." in message:
        message = message.replace(b"\r\n.", b"\r\n..")
    if message.startswith(b"."):
        message = b"." + message
    return message + (END if message.endswith(b"\r\n") or not message else b"\r\n" + END)


def unstuffed(text: bytes) -> bytes:
    """What the other side reads (RFC 5321 §4.5.2): up to the lone dot, one dot taken off each line that opens with one.

    Raises ValueError where the lone dot is missing, or where something follows it.
    """
    body, lone_dot, rest = (b"\r\n" + text).partition(b"\r\n" + END)
    if not lone_dot or rest:
        raise ValueError("The text does not end with its lone dot.")
    return (body + b"\r\n").replace(b"\r\n.", b"\r\n")[2:]
