"""The digest of a JSON body in canonical form: the same for every way to write the same thing."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from mailit.errors import Malformed

_WHOLE = 1 << 16  # bytes of a value that is decoded whole
_WHITE = b" \t\r\n"
_NUMBER = b"-0123456789"
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode
_check = msgspec.json.Decoder(msgspec.Raw).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def digest(raw: bytes) -> bytes:
    """SHA-256 of a body with the keys of its objects in order and no blanks between; an empty body is `{}`.

    Large strings, and large lists that begin with a number, count as they are written: to read an
    attachment only to write it again would hold up everybody else. So does what has a number that no float
    holds. Raises `Malformed` for what is no JSON.
    """
    hash_ = sha256()
    try:
        _feed(hash_, raw or b"{}")
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Malformed("The request body is not valid JSON.") from error
    return hash_.digest()


def _feed(hash_: Any, raw: bytes | msgspec.Raw) -> None:
    view = memoryview(raw)
    if len(view) <= _WHOLE:
        try:
            hash_.update(_encode(_decode(view)))
        except msgspec.ValidationError:  # a number that is too large to be read: JSON all the same
            hash_.update(_check(view))
        return
    kind, inside = _beginning(view)
    if kind == b"{":
        hash_.update(b"{")
        for place, (name, value) in enumerate(sorted(_decode_object(view).items())):
            hash_.update(b"," * (place > 0) + _encode(name) + b":")
            _feed(hash_, value)
        hash_.update(b"}")
    elif kind == b"[" and inside not in _NUMBER:
        hash_.update(b"[")
        for place, value in enumerate(_decode_list(view)):
            hash_.update(b"," * (place > 0))
            _feed(hash_, value)
        hash_.update(b"]")
    else:
        hash_.update(view)


def _beginning(view: memoryview) -> tuple[bytes, bytes]:
    """The first two characters that are not blank."""
    head = view[:256].tobytes().translate(None, _WHITE)
    return head[:1], head[1:2]
