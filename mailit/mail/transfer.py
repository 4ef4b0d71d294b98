"""Content-Transfer-Encoding (RFC 2045 §6): octets of any kind as short 7-bit lines that survive the way."""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp

from mailit.mail.wire import canonical

LINE_MOST = 998  # octets without CRLF, RFC 5322 §2.1.1
BOUNDARY_MARK = b"--=_"  # what every boundary of ours begins with; quoted-printable and base64 can't have it
_BASE64_LINE = 76
_SEVEN_BIT = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_MBOX_FROM = re.compile(rb"^From ", re.MULTILINE)
_SPACE_PAST_END = re.compile(rb"^([^\r\n]{74,})(=20|=09)(?=\r\n|\Z)", re.MULTILINE)
_LONE_DOT_AFTER_BREAK = re.compile(rb"(?<==\r\n)\.(?=\r\n|\Z)")


def encoded(text: str) -> tuple[str, bytes]:
    """The encoding's name, and the text in it: 7bit where the text is clean, else the shorter of the two others.

    Line ends of any kind become CRLF. Text that is not UTF-8's (half of a surrogate pair) becomes question marks.
    """
    data = canonical(text.encode("utf-8", "replace"))
    if is_clean(data):
        return "7bit", data
    # Quoted-printable takes three octets for each that it can't keep; both need a line end for each 76.
    kept = len(data) - len(data.translate(None, _SEVEN_BIT)) - data.count(b"=")
    if 3 * len(data) - 2 * kept <= -(-len(data) // 3) * 4:
        return "quoted-printable", quoted_printable(data)
    return "base64", base64(data)


def is_clean(data: bytes) -> bool:
    """Whether canonical text may travel as it is: nothing in it that some relay would change or misread.

    That is 7-bit text without controls in lines of at most 998 octets, no white space at the end of a line, no line
    that begins with "From " (mbox), none that is a lone dot, none that might be a boundary of ours.
    """
    return (
        fits_seven_bit(data)
        and b" \r\n" not in data
        and b"\t\r\n" not in data
        and not data.endswith((b" ", b"\t", b"\r\n."))
        and b"\r\n.\r\n" not in data
        and not data.startswith((b".\r\n", b"From "))
        and data != b"."
        and b"\r\nFrom " not in data
        and BOUNDARY_MARK not in data
    )


def fits_seven_bit(data: bytes) -> bool:
    """Whether canonical text is what RFC 2045 §2.7 calls 7bit data, and free of controls."""
    if data.translate(None, _SEVEN_BIT):
        return False
    return len(data) <= LINE_MOST or max(map(len, data.split(b"\r\n"))) <= LINE_MOST


def quoted_printable(data: bytes) -> bytes:
    """Canonical text as quoted-printable (RFC 2045 §6.7): lines of at most 76, soft breaks by CRLF."""
    coded = b2a_qp(data)
    if b"\n" in coded and b"\n" not in data:
        coded = coded.replace(b"\n", b"\r\n")  # binascii takes its line ends from the data, and here it found none
    # What binascii leaves to be mended: lines of 77, mbox's "From ", and dots that are alone after a soft break.
    if b"=20\r\n" in coded or b"=09\r\n" in coded or coded.endswith((b"=20", b"=09")):
        coded = _SPACE_PAST_END.sub(rb"\1=\r\n\2", coded)
    if b"From " in coded:
        # The soft break keeps the line short, and the line that follows begins with a space.
        coded = _MBOX_FROM.sub(b"=46rom=\r\n ", coded)
    if b"=\r\n." in coded:
        coded = _LONE_DOT_AFTER_BREAK.sub(b"=2E", coded)
    return coded


def base64(data: bytes) -> bytes:
    """Octets as base64 in lines of 76 (RFC 2045 §6.8), without a line end after the last."""
    coded = b2a_base64(data, newline=False)
    return b"\r\n".join([coded[at : at + _BASE64_LINE] for at in range(0, len(coded), _BASE64_LINE)])
