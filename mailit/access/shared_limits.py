"""Rate limits that processes share: the buckets lie in Redis, and in this process while Redis is away."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.ssl import optionsForClientTLS
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailit.access.limits import Drawn, Limits, Rate
from mailit.plugin import Cost

_PATIENCE = 0.25  # seconds that a request waits for Redis
_PAUSE = 1.0  # seconds between looks at a Redis that is away; one request makes them, the others do not wait
_PORT = 6379

# The same bucket as that of a process, by the clock of Redis. A full bucket is none: the key expires.
_DRAW = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, allowed = limit, 0
if kept[1] then
    level = math.min(limit, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * limit / window)
end
if level >= 1 then
    level, allowed = level - 1, 1
end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], window * 1000 + 1000)
return {allowed, string.format('%.6f', level)}
"""


@define(eq=False)
class SharedLimits:
    """Draws from buckets in the Redis at `url`, as `redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER]` or `rediss://`.

    Where Redis does not answer, or not soon, a request draws from `own`, the buckets of this process; that Redis is
    away, and that it is back, is said once each. `start` before the first draw.
    """

    own: Limits
    _reactor: Any
    _url: str
    _redis: Any = field(default=None, init=False)
    _away: bool = field(default=False, init=False)
    _again: float = field(default=0.0, init=False)
    _log: Logger = field(factory=Logger, init=False)

    def start(self) -> None:
        """Begins to connect; a connection that is lost comes back by itself."""
        self._redis = _connection(self._url)

    async def stop(self) -> None:
        """Ends the connection."""
        redis, self._redis = self._redis, None
        if redis is not None:
            await redis.disconnect()

    def draw(self, who: str, cost: Cost) -> Drawn | Deferred[Drawn | None] | None:
        """Takes one token of `who`; None where this kind is not limited. Never fails."""
        rate = self.own.rate(cost)
        if rate is None:
            return None
        if self._redis is None or self._reactor.seconds() < self._again:
            return self.own.draw(who, cost)
        if self._away:
            self._again = self._reactor.seconds() + _PAUSE
        asked: Deferred[Any] = self._redis.eval(_DRAW, [f"mailit:limit:{cost.value}:{who}"], [rate.limit, rate.window])
        asked.addTimeout(_PATIENCE, self._reactor)
        asked.addCallback(self._told, rate, cost)
        asked.addErrback(self._missed, who, cost)
        return asked

    def _told(self, answer: list[Any], rate: Rate, cost: Cost) -> Drawn:
        allowed, level = answer
        drawn = self.own.told(rate, cost, float(level), bool(allowed))
        if self._away:
            self._away, self._again = False, 0.0
            self._log.info("Redis is back: rate limits are shared again")
        return drawn

    def _missed(self, failure: Failure, who: str, cost: Cost) -> Drawn | None:
        self._again = self._reactor.seconds() + _PAUSE
        if not self._away:
            self._away = True
            cause = " ".join(str(failure.value).split()) or type(failure.value).__name__
            self._log.warn(
                "Redis does not answer ({cause}): rate limits are this process's own until it does", cause=cause
            )
        return self.own.draw(who, cost)


def _connection(url: str) -> Any:
    """A connection that comes about, and comes back, by itself; by TLS it is verified."""
    import txredisapi  # here, because it brings the reactor

    parts = urlsplit(url)
    number, host = parts.path.strip("/"), parts.hostname or "127.0.0.1"
    return txredisapi.lazyConnection(
        host=host,
        port=parts.port or _PORT,
        dbid=int(number) if number else None,
        reconnect=True,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        ssl_context_factory=optionsForClientTLS(host) if parts.scheme == "rediss" else False,
        connectTimeout=5,
    )
