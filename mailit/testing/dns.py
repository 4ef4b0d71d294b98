"""A resolver for tests: records by table, with delays and failures, on the test's own clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed

from mailit.interfaces import Mx, Tlsa
from mailit.net.resolver import NoAnswer, NoSuchName


@define(eq=False)
class MemoryResolver:
    """Implements `interfaces.Resolver`. A name that is in no table does not exist.

    DNSSEC vouches for the names in `vouched_for`, and for no other. `broken` names give no answer (`NoAnswer`). With a
    `reactor`, an answer takes `delay` seconds. `asked` counts questions by (kind, name).
    """

    mxs: dict[str, Sequence[Mx]] = field(factory=dict)
    hosts: dict[str, Sequence[str]] = field(factory=dict)
    txts: dict[str, Sequence[str]] = field(factory=dict)
    cnames: dict[str, Sequence[str]] = field(factory=dict)
    ptrs: dict[str, Sequence[str]] = field(factory=dict)
    tlsas: dict[str, Sequence[Tlsa]] = field(factory=dict)
    vouched_for: set[str] = field(factory=set)
    broken: set[str] = field(factory=set)
    delay: float = 0.0
    reactor: Any = None
    asked: Counter[tuple[str, str]] = field(factory=Counter, init=False)

    def exchangers(self, domain: str, *hosts: str, addresses: Sequence[str] = ("192.0.2.1",)) -> None:
        """Gives a domain MX records of preference 10, 20, …, each host at these addresses unless it has some."""
        self.mxs[domain] = [Mx(10 * number, host) for number, host in enumerate(hosts, 1)]
        for host in hosts:
            self.hosts.setdefault(host, addresses)

    def mx(self, name: str) -> Deferred[Sequence[Mx]]:
        """See `interfaces.Resolver`."""
        return self._answer("mx", name, self.mxs)

    def addresses(self, name: str) -> Deferred[Sequence[str]]:
        """See `interfaces.Resolver`."""
        return self._answer("addresses", name, self.hosts)

    def txt(self, name: str) -> Deferred[Sequence[str]]:
        """See `interfaces.Resolver`."""
        return self._answer("txt", name, self.txts)

    def cname(self, name: str) -> Deferred[Sequence[str]]:
        """See `interfaces.Resolver`."""
        return self._answer("cname", name, self.cnames)

    def ptr(self, address: str) -> Deferred[Sequence[str]]:
        """See `interfaces.Resolver`."""
        return self._answer("ptr", address, self.ptrs)

    def tlsa(self, name: str) -> Deferred[Sequence[Tlsa]]:
        """See `interfaces.Resolver`."""
        found = self._answer("tlsa", name, self.tlsas)
        return found.addCallbacks(lambda records: records if name.lower() in self.vouched_for else [], _missing)

    def vouched(self, name: str, *kinds: str) -> Deferred[str | None]:
        """See `interfaces.Resolver`."""
        name = name.lower().rstrip(".")
        if name in self.broken:
            return fail(NoAnswer())
        alias = next(iter(self.cnames.get(name, ())), name)
        return succeed(alias if {name, alias} <= self.vouched_for else None)

    def _answer(self, kind: str, name: str, table: dict[str, Any]) -> Deferred[Any]:
        name = name.lower().rstrip(".")
        self.asked[kind, name] += 1
        tables = (self.mxs, self.hosts, self.txts, self.cnames, self.ptrs, self.tlsas)
        answer: Deferred[Any]
        if name in self.broken:
            answer = fail(NoAnswer())
        elif any(name in one for one in tables):
            answer = succeed(list(table.get(name, ())))
        else:
            answer = fail(NoSuchName())
        if not self.delay:
            return answer
        later: Deferred[Any] = Deferred()
        answer.addBoth(lambda result: self.reactor.callLater(self.delay, later.callback, result))
        return later


def _missing(failure: Any) -> Sequence[Tlsa]:
    failure.trap(NoSuchName)
    return []
