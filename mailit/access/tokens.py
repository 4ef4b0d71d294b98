"""The tokens people carry: API keys, which are drawn and stored as a hash, and the JWTs of sessions."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from string import ascii_letters, digits

import jwt
from attrs import field, frozen

ALPHABET = digits + ascii_letters
HEAD = 8
TAIL = 24
_ALGORITHM = "HS256"
_EVEN = 256 - 256 % len(ALPHABET)  # bytes from here on would favour the first letters


@frozen
class Minted:
    """A new API key: its token is shown once, `prefix` and `hash` are what is kept."""

    token: str = field(repr=False)
    prefix: str
    hash: bytes


@frozen
class Claims:
    """What a session's JWT says; times are POSIX seconds. A team of None is the one that the session began with."""

    account_id: str
    session_id: str
    issued_at: float
    expires_at: float
    team_id: str | None = None


def mint(beginning: str, randomness: Callable[[int], bytes] = os.urandom) -> Minted:
    """Draws a key: the beginning, 8 letters that may be shown, an underscore, 24 that are secret (143 bits)."""
    letters = _letters(HEAD + TAIL, randomness)
    token = f"{beginning}{letters[:HEAD]}_{letters[HEAD:]}"
    return Minted(token, prefix_of(token, beginning), digest(token))


def prefix_of(token: str, beginning: str) -> str:
    """What a key is found by: everything before its second underscore."""
    return token[: len(beginning) + HEAD]


def digest(token: str) -> bytes:
    """What is stored of a key; with 190 bits of its own it needs neither salt nor slowness."""
    return hashlib.sha256(token.encode()).digest()


def same(one: bytes, other: bytes) -> bool:
    """Whether two hashes are equal, in a time that says nothing."""
    return hmac.compare_digest(one, other)


def issue(secret: str, claims: Claims) -> str:
    """The JWT of these claims."""
    payload: dict[str, str | int] = {
        "sub": claims.account_id,
        "sid": claims.session_id,
        "iat": int(claims.issued_at),
        "exp": int(claims.expires_at),
    }
    if claims.team_id is not None:
        payload["tid"] = claims.team_id
    return jwt.encode(payload, secret, algorithm=_ALGORITHM)


def read(secret: str, token: str, now: float) -> Claims | None:
    """What a JWT says, if it is ours and not over."""
    try:
        payload = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            # The clock is an argument, so both times are looked at below and not by the library.
            options={"require": ["sub", "sid", "iat", "exp"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        return None
    account_id, session_id, team_id = payload["sub"], payload["sid"], payload.get("tid")
    issued_at, expires_at = payload["iat"], payload["exp"]
    if not (isinstance(account_id, str) and isinstance(session_id, str) and isinstance(team_id, str | None)):
        return None
    if not (isinstance(issued_at, int) and isinstance(expires_at, int)) or expires_at <= now:
        return None
    return Claims(account_id, session_id, issued_at, expires_at, team_id)


def _letters(count: int, randomness: Callable[[int], bytes]) -> str:
    letters = ""
    while len(letters) < count:
        letters += "".join(ALPHABET[byte % len(ALPHABET)] for byte in randomness(count) if byte < _EVEN)
    return letters[:count]
