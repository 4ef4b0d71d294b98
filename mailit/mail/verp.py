"""The return path of one delivery (VERP): a token that names it, and that nobody else can make."""

from __future__ import annotations

import hmac
import uuid
from base64 import b32decode
from hashlib import blake2b

_ID_SIZE = 16
_MAC_SIZE = 9  # 25 octets in all: 40 characters of base32, and no padding
_LENGTH = 40
_PREFIX = "bounce+"

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 §6, in lower case
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(8 * (_ID_SIZE + _MAC_SIZE) - 10, -1, -10)


def token(delivery_id: str, secret: bytes) -> str:
    """The token of a delivery's id: 40 characters of lower-case base32, the same each time.

    The id's 16 octets and 9 of their MAC. `secret` has at most 64 octets. Raises ValueError where the id is no UUID.
    """
    octets = bytes.fromhex(delivery_id.replace("-", ""))
    if len(octets) != _ID_SIZE:
        raise ValueError(f"{delivery_id} is no UUID")
    number = int.from_bytes(octets + _mac(octets, secret), "big")
    # Ten bits at a time: base64's own base32 takes three times as long, and each attempt needs a token.
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def opened(text: str, secret: bytes) -> str | None:
    """The delivery's id that a token names, or None where it is not one of ours; case does not matter.

    Some relays change the case of what stands before the @. The comparison takes the same time wherever it fails.
    """
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        octets = b32decode(text, casefold=True)
    except ValueError:
        return None
    delivery, mac = octets[:_ID_SIZE], octets[_ID_SIZE:]
    if not hmac.compare_digest(mac, _mac(delivery, secret)):
        return None
    return str(uuid.UUID(bytes=delivery))


def return_path(text: str, domain: str) -> str:
    """The address of a token at a return-path domain: `bounce+TOKEN@DOMAIN`."""
    return f"{_PREFIX}{text}@{domain}"


def token_of(local: str) -> str | None:
    """The token in the local part of a return path, or None where it is another address."""
    return local[len(_PREFIX) :] if local[: len(_PREFIX)].lower() == _PREFIX else None


def _mac(octets: bytes, secret: bytes) -> bytes:
    # Keyed BLAKE2 (RFC 7693 §2.9): for so few octets it keeps the GIL, where OpenSSL's HMAC gives it to a signer.
    return blake2b(octets, key=secret, digest_size=_MAC_SIZE).digest()
