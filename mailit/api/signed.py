"""Links that need no key: each names a thing and a time, and bears our signature over both."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlencode

from attrs import field, frozen
from msgspec import Struct

from mailit.errors import Forbidden
from mailit.interfaces import Clock, utc

_PURPOSE = b"mailit signed links"
_MAC = 32  # letters: 192 bits


class LinkExpired(Forbidden):
    """The link is over, or is none of ours: which of the two, is not said."""

    default = "The link has expired, or is not valid."


class Signature(Struct, frozen=True, kw_only=True):
    """What a link has behind its path: until when it is good (POSIX seconds), and our signature."""

    expires: int | None = None
    signature: str | None = None


@frozen
class Link:
    """A link, and when it ends."""

    url: str
    expires_at: datetime


@frozen
class SignedLinks:
    """Makes and judges links. `secret` is the one that signs JWTs: who changes it ends all links."""

    _secret: str = field(repr=False)
    base_url: str
    _clock: Clock

    def make(self, path: str, seconds: float, until: float | None = None) -> Link:
        """A link to a path of the API that is good for so long, or `until` (POSIX seconds)."""
        expires = int(self._clock() + seconds if until is None else until)
        query = urlencode({"expires": expires, "signature": self._mac(path, expires)})
        return Link(f"{self.base_url}{path}?{query}", utc(expires))

    def judge(self, path: str, given: Signature) -> float:
        """Until when the link to this path is good, in POSIX seconds. Raises `LinkExpired`."""
        if given.expires is None or given.signature is None or given.expires <= self._clock():
            raise LinkExpired
        if not hmac.compare_digest(given.signature.encode(), self._mac(path, given.expires).encode()):
            raise LinkExpired
        return float(given.expires)

    def _mac(self, path: str, expires: int) -> str:
        key = hmac.digest(self._secret.encode(), _PURPOSE, sha256)
        return urlsafe_b64encode(hmac.digest(key, f"{path}\n{expires}".encode(), sha256)).decode()[:_MAC]
