"""Codes that change every thirty seconds (TOTP, RFC 6238), and the recovery codes for when there are none."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b32encode
from collections.abc import Callable
from urllib.parse import quote

STEP = 30
DIGITS = 6
CODES = 10
_AROUND = (0, -1, 1)  # steps that a code may be early or late (RFC 6238 §5.2)
_SECRET = 20  # bytes: what HMAC-SHA-1 gives (RFC 4226 §4 R6)
_RECOVERY = 10  # bytes: 16 letters
_GROUP = 4


def new_secret(randomness: Callable[[int], bytes] = os.urandom) -> bytes:
    """A secret to share with an application."""
    return randomness(_SECRET)


def written(secret: bytes) -> str:
    """A secret as people type it: base32 (RFC 4648 §6)."""
    return b32encode(secret).decode()


def uri(secret: bytes, issuer: str, account: str) -> str:
    """What a QR code for an application holds."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return (
        f"otpauth://totp/{label}?secret={written(secret)}&issuer={quote(issuer, safe='')}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP}"
    )


def code(secret: bytes, step: int) -> str:
    """The code of a step: HOTP (RFC 4226 §5.3) of the number of thirty seconds since 1970."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: bytes, given: str, now: float, after: int) -> int | None:
    """The step whose code was given, if it is near `now` (POSIX seconds) and later than the step `after`."""
    present = int(now) // STEP
    found = None
    for distance in _AROUND:
        step = present + distance
        if hmac.compare_digest(code(secret, step).encode(), given.encode("utf-8", "replace")) and step > after:
            found = step
    return found


def recovery_codes(randomness: Callable[[int], bytes] = os.urandom) -> tuple[str, ...]:
    """Ten codes, each good once: 80 random bits in groups of four letters."""
    texts = [b32encode(randomness(_RECOVERY)).decode().lower() for _ in range(CODES)]
    return tuple("-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP)) for text in texts)


def recovery_hash(given: str) -> bytes:
    """What is kept of a recovery code, however it was typed; with 80 bits of its own it needs no slowness."""
    letters = "".join(letter for letter in given.lower() if letter.isalnum())
    return hashlib.sha256(letters.encode("utf-8", "replace")).digest()
