"""Who we are to a smarthost, and how that is kept out of what is written down."""

from __future__ import annotations

import base64
import re
from typing import Any

from attrs import field, frozen

from mailit.delivery.replies import RawReply

_FEW = 4  # a password of fewer characters stands in too many words
_WORD = re.compile(rb"[A-Za-z0-9+/]{8,}=*")  # what base64 looks like


@frozen
class Credentials:
    """Who we are to a smarthost."""

    username: str
    password: str = field(repr=False)

    def struck(self, raw: RawReply) -> RawReply:
        """A reply without the secret: there are servers that repeat the command they did not like, or a part of it."""
        code, lines = raw
        secret = self.password.encode()
        plain = Plain(self.username.encode()).challengeResponse(secret, None)
        sent = [base64.b64encode(one) for one in (plain, secret)]

        def word(found: re.Match[bytes]) -> bytes:
            return b"****" if any(found[0].rstrip(b"=") in one for one in sent) else found[0]

        clean = [_WORD.sub(word, line) for line in lines]
        if len(secret) >= _FEW:
            clean = [line.replace(secret, b"****") for line in clean]
        return code, clean


class Plain:
    """AUTH PLAIN (RFC 4616), without an identity to act as; `twisted.mail` asks for the response."""

    def __init__(self, user: bytes) -> None:
        self._user = user

    def getName(self) -> bytes:
        """The mechanism's name."""
        return b"PLAIN"

    def challengeResponse(self, secret: bytes, challenge: Any) -> bytes:
        """What is sent, before base64."""
        return b"\0" + self._user + b"\0" + secret
