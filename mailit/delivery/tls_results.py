"""How TLS went, counted a session and a domain, and written every now and then: nothing of it is on a mail's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from mailit.delivery.policy import DANE, STS, STS_TESTING
from mailit.errors import Unavailable
from mailit.interfaces import Clock, Database
from mailit.mail.sts import StsPolicy
from mailit.net.tls import Demand
from mailit.store import tls_results as store
from mailit.store.tls_results import TlsResult

EVERY = 30.0
"""Seconds between two writes; an end without notice loses what was counted since the last."""

KEPT_DAYS = 30
"""Older results are deleted."""

_NOTHING: tuple[str, ...] = ()
_MOST = 10_000  # kinds of results between two writes; what comes beyond them is not counted


@define(eq=False)
class TlsResults:
    """Counts sessions in the shape of RFC 8460. `policy_of(domain)` is its MTA-STS policy, as far as it is known."""

    _reactor: Any
    _clock: Clock
    _database: Database
    _policy_of: Callable[[str], StsPolicy | None]
    _counts: Counter[TlsResult] = field(factory=Counter, init=False)
    _loop: LoopingCall | None = field(default=None, init=False)
    _purged: date | None = field(default=None, init=False)
    _log: Logger = field(factory=Logger, init=False)

    def start(self) -> None:
        """Begins to write."""
        self._loop = LoopingCall(lambda: Deferred.fromCoroutine(self.write()))
        self._loop.clock = self._reactor
        self._loop.start(EVERY, now=False)

    async def stop(self) -> None:
        """Writes what is left."""
        if self._loop is not None:
            self._loop.stop()
        await self.write()

    def session(self, domain: str, host: str, address: str, source: str, demand: Demand, fault: str, why: str) -> None:
        """Counts a session with one of the domain's exchangers, from our address `source`.

        `fault` is what was wrong with its TLS, in the words of RFC 8460, or "", and `why` a sentence about it.
        """
        kind, lines, mx = "no-policy-found", _NOTHING, _NOTHING
        if demand.policy == DANE:
            kind = "tlsa"
            lines = tuple(f"{one.usage} {one.selector} {one.matching} {one.data.hex()}" for one in demand.tlsa)
        elif demand.policy in (STS, STS_TESTING):
            kind = "sts"
            lines, mx = self._lines(domain)
        self._count(domain, kind, lines, mx, fault, host, source, address, why if fault else "")

    def no_policy(self, domain: str, result: str, why: str) -> None:
        """Counts that a domain's policy could not be had."""
        lines, mx = self._lines(domain)
        self._count(domain, "sts", lines, mx, result, "", "", "", why)

    async def write(self) -> None:
        """Writes what was counted; what the database did not take is kept for the next time."""
        today = self._today()
        counts, self._counts = self._counts, Counter()
        try:
            if counts:
                await self._database.transact(store.add, counts)
            if self._purged != today:
                await self._database.transact(store.purge, today - timedelta(days=KEPT_DAYS))
                self._purged = today
        except Unavailable:
            self._counts.update(counts)
        except Exception:
            self._log.failure("TLS results could not be written")

    def _count(
        self,
        domain: str,
        kind: str,
        lines: tuple[str, ...],
        mx: tuple[str, ...],
        result: str,
        host: str,
        source: str,
        address: str,
        why: str,
    ) -> None:
        one = TlsResult(self._today(), domain, kind, lines, mx, result, host, source, address, why)
        if len(self._counts) < _MOST or one in self._counts:
            self._counts[one] += 1

    def _lines(self, domain: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        policy = self._policy_of(domain)
        return ((), ()) if policy is None else (tuple(policy.text.splitlines()), policy.mx)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()
