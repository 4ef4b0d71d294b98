"""What an answer looks like on the wire: heads made once, Resend's error object, CORS, rate-limit headers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from email.utils import formatdate
from http import HTTPStatus
from math import ceil

from mailit.access.limits import Drawn
from mailit.api.wire import encode
from mailit.errors import MailItError, RateLimited, Unavailable
from mailit.store.quotas import Used

JSON = "application/json; charset=utf-8"

_ALWAYS = b"Server: MailIt\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
_EXPOSED = (
    b"Access-Control-Expose-Headers: x-request-id, ratelimit-limit, ratelimit-policy, ratelimit-remaining, "
    b"ratelimit-reset, retry-after, x-resend-daily-quota, x-resend-monthly-quota\r\nVary: Origin\r\n"
)
_PREFLIGHT = (
    b"Access-Control-Allow-Headers: authorization, content-type, idempotency-key, x-batch-validation, last-event-id"
    b"\r\nAccess-Control-Max-Age: 86400\r\n"
)
_PHRASES = {one.value: one.phrase.encode() for one in HTTPStatus}  # Twisted's own table has no 422, 429 and 451
_heads: dict[tuple[int, str], bytes] = {}


def head(status: int, type_: str = JSON) -> bytes:
    """Status line and the headers that all answers of this status and type share."""
    made = _heads.get((status, type_))
    if made is None:
        reason = _PHRASES.get(status, b"Unknown")
        made = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\n" % (status, reason, type_.encode()) + _ALWAYS
        _heads[status, type_] = made
    return made


def error_body(error: MailItError) -> bytes:
    """Resend's error object, in its order of keys."""
    return encode({"statusCode": error.http, "message": error.message, "name": error.name})


def error_headers(error: MailItError) -> bytes:
    """When to come back, where that can be said."""
    if isinstance(error, RateLimited):
        return b"Retry-After: %d\r\n" % error.retry_after
    if isinstance(error, Unavailable):
        return b"Retry-After: 1\r\n"
    return b""


def limit_headers(drawn: Drawn) -> bytes:
    """The state of the bucket (draft-ietf-httpapi-ratelimit-headers-06)."""
    rate = drawn.rate
    return b"ratelimit-limit: %d\r\nratelimit-policy: %d;w=%d\r\nratelimit-remaining: %d\r\nratelimit-reset: %d\r\n" % (
        rate.limit,
        rate.limit,
        rate.window,
        drawn.remaining,
        ceil(drawn.reset),
    )


def quota_headers(used: Used) -> bytes:
    """How many recipients a team has used of its quotas, today and this month."""
    return b"x-resend-daily-quota: %d\r\nx-resend-monthly-quota: %d\r\n" % (used.daily, used.monthly)


def cors_headers(origin: bytes | None, allowed: Collection[bytes]) -> bytes:
    """What lets a page of this origin read the answer; nothing for others."""
    if origin is None or not (origin in allowed or b"*" in allowed):
        return b""
    return b"Access-Control-Allow-Origin: %s\r\n" % origin + _EXPOSED


def allow_headers(methods: Sequence[str], cors: bytes) -> bytes:
    """Which methods a path has, and the same for a preflight (Fetch §3.2.3) where the origin is allowed."""
    listed = ", ".join(methods).encode()
    allow = b"Allow: %s\r\n" % listed
    return allow + cors + b"Access-Control-Allow-Methods: %s\r\n" % listed + _PREFLIGHT if cors else allow


def date(now: float) -> bytes:
    """The Date header of this second."""
    return b"Date: %s\r\n" % formatdate(now, usegmt=True).encode()
