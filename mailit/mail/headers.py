"""Header fields as they travel: folded, 7-bit, encoded where they must be (RFC 5322 §2.2, RFC 2047, RFC 2231)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence

from mailit.mail.address import Mailbox, quoted

FOLD_AT = 78  # characters, RFC 5322 §2.1.1
LINE_MOST = 998  # octets without CRLF, the same
_ENCODED_WORD_MOST = 75  # RFC 2047 §2
_ENCODED_WORD_LEAST = 30  # with less room than this, an encoded-word begins on a line of its own
_PHRASE_ROOM = 60  # beside a field's name
_FRAME = len("=?utf-8?q??=")
_PLAIN_PARAMETER_MOST = 450  # so that it fits into a line even where each character needs a backslash
_CONTINUATION_MOST = 50  # octets of a parameter on one line

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_PHRASE = re.compile(rf"{_ATEXT}+(?: {_ATEXT}+)*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+.^_`{|}~-]+")  # RFC 2045 §5.1, but for what RFC 2231 gives a meaning
_PIECE = re.compile(r"[ \t]*[^ \t]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_ALPHANUMERIC = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# What stands for itself in Q wherever an encoded-word may stand, phrases included (RFC 2047 §5); a space is one octet.
_Q_ITSELF = _ALPHANUMERIC + b"!*+-/ "
_Q = [chr(octet) if octet in _Q_ITSELF else f"={octet:02X}" for octet in range(256)]
_Q[ord(" ")] = "_"
_PERCENT_ITSELF = _ALPHANUMERIC + b"!#$&+-.^_`{|}~"  # RFC 2231 §7, attribute-char
_PERCENT = [chr(octet) if octet in _PERCENT_ITSELF else f"%{octet:02X}" for octet in range(256)]


def unstructured(name: str, value: str) -> str:
    """A field of free text (`Subject`, a custom one), with its CRLF; white space around the value goes.

    Raises ValueError, naming the field, where the value has a control other than TAB.
    """
    value = value.strip(" \t")
    if not value:
        return f"{name}:\r\n"
    if has_control(value):
        raise ValueError(f"The `{name}` header contains a control character.")
    if value.isascii() and "=?" not in value:
        if len(name) + 2 + len(value) <= FOLD_AT:
            return f"{name}: {value}\r\n"
        first, *rest = _PIECE.findall(value)
        if len(name) + 2 + len(first) <= LINE_MOST and all(len(piece) <= LINE_MOST for piece in rest):
            return _folded(f"{name}: {first}", rest)
    words = encoded_words(value, _ENCODED_WORD_MOST - len(name) - 2)
    return _folded(f"{name}:", [f" {word}" for word in words])


def mailboxes(name: str, boxes: Sequence[Mailbox]) -> str:
    """A field that lists mailboxes, with its CRLF. Raises ValueError where one has a control.

    Display names are encoded where they are not ASCII; local parts have no such form and stay UTF-8 (RFC 6532).
    """
    pieces: list[str] = []
    for box in boxes:
        pieces += _mailbox(box)
        pieces[-1] += ","
    pieces[-1] = pieces[-1][:-1]
    return _folded(f"{name}:", pieces)


def parametrised(name: str, value: str, parameters: Iterable[tuple[str, str]]) -> str:
    """A MIME field with parameters (RFC 2045 §5.1), with its CRLF; `value` and the names must be tokens.

    A parameter that is not ASCII, or too long for a line, takes the form of RFC 2231. Raises ValueError where one
    has a control.
    """
    pieces: list[str] = [value]
    for key, text in parameters:
        if has_control(text, but=""):
            raise ValueError(f"The `{key}` of an attachment contains a control character.")
        pieces[-1] += ";"
        if text.isascii() and len(text) <= _PLAIN_PARAMETER_MOST:
            pieces.append(f" {key}={text if _TOKEN.fullmatch(text) else quoted(text)}")
        else:
            pieces += _extended(key, text)
    return _folded(f"{name}: {pieces[0]}", pieces[1:])


def has_control(text: str, but: str = "\t") -> bool:
    """Whether the text has a control other than `but`, a line separator or half of a surrogate pair."""
    return not text.isprintable() and any(found not in but for found in _CONTROL.findall(text))


def encoded_words(text: str, first_room: int = _ENCODED_WORD_MOST) -> list[str]:
    """The text as encoded-words (RFC 2047 §2), cut between characters; by Q or B, whichever is shorter.

    Each has at most 75 characters, and the first at most `first_room`, where that is enough to be of use.
    """
    data = text.encode()
    if first_room < _ENCODED_WORD_LEAST:
        first_room = _ENCODED_WORD_MOST
    first, rest = first_room - _FRAME, _ENCODED_WORD_MOST - _FRAME
    if _size_in_q(data) <= len(data) * 4 // 3:
        return [f"=?utf-8?q?{_in_q(part)}?=" for part in _cut(text, first, rest, _size_in_q)]
    parts = _cut(text, first // 4 * 3, rest // 4 * 3, len)  # base64 makes four characters of three octets
    return [f"=?utf-8?b?{b64encode(part).decode()}?=" for part in parts]


def _mailbox(box: Mailbox) -> list[str]:
    """The parts of a mailbox between which a line may be folded, each with the space that opens it."""
    name, address = box.name, box.address
    if has_control(name) or has_control(address):
        raise ValueError("An address contains a control character.")
    if not name:
        return [f" {address}"]
    if "=?" not in name and len(name) <= _ENCODED_WORD_MOST:
        if _PHRASE.fullmatch(name):
            return [f" {name}", f" <{address}>"]
        if name.isascii() and "\t" not in name:
            return [f" {quoted(name)}", f" <{address}>"]
    return [*(f" {word}" for word in encoded_words(name, _PHRASE_ROOM)), f" <{address}>"]


def _extended(key: str, text: str) -> list[str]:
    """A parameter's value by RFC 2231 §4, in continuations (§3) where it is long."""
    parts = [_in_percent(part) for part in _cut(text, _CONTINUATION_MOST, _CONTINUATION_MOST, _size_in_percent)]
    if len(parts) == 1:
        return [f" {key}*=utf-8''{parts[0]}"]
    pieces = [f" {key}*{at}*={part};" for at, part in enumerate(parts)]
    pieces[0] = f" {key}*0*=utf-8''{parts[0]};"
    pieces[-1] = pieces[-1][:-1]
    return pieces


def _cut(text: str, first: int, rest: int, cost: Callable[[bytes], int]) -> Iterator[bytes]:
    """The text's UTF-8, cut between characters so that no part costs more than its room."""
    part, room = b"", first
    for character in text:
        octets = character.encode()
        price = cost(octets)
        if price > room:
            yield part
            part, room = b"", rest
        part += octets
        room -= price
    yield part


def _in_q(data: bytes) -> str:
    return "".join([_Q[octet] for octet in data])


def _size_in_q(data: bytes) -> int:
    return len(data) + 2 * len(data.translate(None, _Q_ITSELF))


def _in_percent(data: bytes) -> str:
    return "".join([_PERCENT[octet] for octet in data])


def _size_in_percent(data: bytes) -> int:
    return len(data) + 2 * len(data.translate(None, _PERCENT_ITSELF))


def _folded(line: str, pieces: Sequence[str]) -> str:
    """The field with its CRLF, broken before pieces (each opens with white space) so that lines stay short."""
    whole = line + "".join(pieces)
    if len(whole) <= FOLD_AT:
        return f"{whole}\r\n"
    lines = []
    for piece in pieces:
        if len(line) + len(piece) > FOLD_AT:
            lines.append(line)
            line = piece
        else:
            line += piece
    lines.append(line)
    return "\r\n".join(lines) + "\r\n"
