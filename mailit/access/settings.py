"""What access may be told: who gets in, how often he may ask, where limits are shared."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from attrs import frozen

from mailit.settings import FLAG, UNSET, Kind, choice, integer, secret, setting


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_]{1,16}", text):
        raise ValueError
    return text


def _redis_url(text: str) -> str:
    parts = urlsplit(text)
    number = parts.path.strip("/")
    if parts.scheme not in ("redis", "rediss") or not parts.hostname or not (number.isdecimal() or not number):
        raise ValueError
    if parts.port == 0:  # a port that is none raises by itself
        raise ValueError
    return text


@frozen
class AuthSettings:
    """Section `auth`."""

    jwt_secret: str | None = setting(
        UNSET,
        "Signs the dashboard's sessions; at least 32 characters.",
        secret(at_least=32),
        "generated into server.data_dir",
    )
    api_key_prefix: str = setting(
        "re_", "How API keys begin.", Kind("prefix", "1 to 16 letters, digits or underscores", _prefix)
    )
    registration: str = setting(
        "first",
        "Who may register: `first` (only the first account, which is the operator), `open`, `closed`.",
        choice("first", "open", "closed"),
    )


@frozen
class RateLimitSettings:
    """Section `rate_limit`; each kind of request has a bucket of its own."""

    enabled: bool = setting(True, "Whether requests are counted at all.", FLAG)
    requests_per_second: int = setting(10, "Requests a second, per team.", integer(1, 1_000_000))
    send_per_second: int | None = setting(
        UNSET, "`POST /emails` a second, per team.", integer(1, 1_000_000), "requests_per_second"
    )
    batch_per_second: int | None = setting(
        UNSET, "`POST /emails/batch` a second, per team.", integer(1, 1_000_000), "requests_per_second"
    )
    auth_per_minute: int = setting(10, "Requests a minute on `/auth`, per address.", integer(1, 1_000_000))

    @property
    def sends(self) -> int:
        """`POST /emails` a second, the default made out."""
        return self.requests_per_second if self.send_per_second is None else self.send_per_second

    @property
    def batches(self) -> int:
        """`POST /emails/batch` a second, the default made out."""
        return self.requests_per_second if self.batch_per_second is None else self.batch_per_second


@frozen
class RedisSettings:
    """Section `redis`."""

    url: str | None = setting(
        UNSET,
        "Shares rate limits across processes, as redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER], or rediss:// for TLS; "
        "without it, and while it is away, each process has its own.",
        Kind("secret", "redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER]", _redis_url),
    )
