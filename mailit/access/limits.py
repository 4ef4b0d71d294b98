"""Rate limits: a bucket of tokens for each team and kind of request, and one for each address on `/auth`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address
from math import ceil

from attrs import define, field, frozen

from mailit.access.settings import RateLimitSettings
from mailit.plugin import Cost

_MOST = 50_000  # buckets; beyond that, those that were not drawn from lately are forgotten, and so are full


@frozen
class Rate:
    """So many requests in so many seconds, and never more than that at once."""

    limit: int
    window: int


class Drawn:
    """What is left after a request: a state of its bucket. `allowed` False: it must wait `retry_after` seconds."""

    __slots__ = ("allowed", "rate", "remaining", "reset", "retry_after")

    def __init__(self, rate: Rate, remaining: int, reset: int, allowed: bool, retry_after: int) -> None:
        self.rate = rate
        self.remaining = remaining
        self.reset = reset
        self.allowed = allowed
        self.retry_after = retry_after


@define(eq=False)
class Limits:
    """The buckets of this process. `seconds` is a monotonic clock."""

    _settings: RateLimitSettings
    _seconds: Callable[[], float]
    _rates: Mapping[Cost, Rate] = field(init=False)
    _buckets: dict[tuple[str, Cost], list[float]] = field(factory=dict, init=False)
    _older: dict[tuple[str, Cost], list[float]] = field(factory=dict, init=False)
    refused: Counter[str] = field(factory=Counter, init=False)
    """How many requests were refused since the start, by their kind."""

    def __attrs_post_init__(self) -> None:
        settings = self._settings
        self._rates = (
            {
                Cost.READ: Rate(settings.requests_per_second, 1),
                Cost.SEND: Rate(settings.sends, 1),
                Cost.BATCH: Rate(settings.batches, 1),
                Cost.AUTH: Rate(settings.auth_per_minute, 60),
            }
            if settings.enabled
            else {}
        )

    def draw(self, who: str, cost: Cost) -> Drawn | None:
        """Takes one token of `who` (a team's id, or an address); None where this kind is not limited."""
        rate = self._rates.get(cost)
        if rate is None:
            return None
        key = (who, cost)
        now = self._seconds()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._entered(key, rate, now)
        per_second = rate.limit / rate.window
        level = bucket[0] + (now - bucket[1]) * per_second
        if level > rate.limit:
            level = float(rate.limit)
        bucket[1] = now
        if level < 1:
            bucket[0] = level
            return self.told(rate, cost, level, False)
        bucket[0] = level = level - 1
        return self.told(rate, cost, level, True)

    def rate(self, cost: Cost) -> Rate | None:
        """How this kind is limited; None where it is not."""
        return self._rates.get(cost)

    def told(self, rate: Rate, cost: Cost, level: float, allowed: bool) -> Drawn:
        """What a bucket says that holds so much after a request, and whether that was within the rate."""
        per_second = rate.limit / rate.window
        if allowed:
            return Drawn(rate, int(level), ceil((rate.limit - level) / per_second) or 1, True, 0)
        self.refused[cost.value] += 1
        wait = ceil((1 - level) / per_second) or 1
        return Drawn(rate, 0, wait, False, wait)

    def _entered(self, key: tuple[str, Cost], rate: Rate, now: float) -> list[float]:
        if len(self._buckets) >= _MOST:
            self._older, self._buckets = self._buckets, {}
        bucket = self._older.pop(key, None) or [float(rate.limit), now]
        self._buckets[key] = bucket
        return bucket


def network(address: str) -> str:
    """Whom an address stands for: in IPv6 one subscriber has a /64, so that all of it is one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return address
