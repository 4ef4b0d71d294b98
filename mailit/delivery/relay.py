"""The one route of mode `relay`: everything goes to a smarthost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred

from mailit.delivery.credentials import Credentials
from mailit.delivery.exchangers import FRESH, STALE, Exchanger, Route
from mailit.delivery.outcomes import gave_up
from mailit.interfaces import Outcome, OutcomeKind, Resolver
from mailit.net.resolver import NoAnswer, NoSuchName
from mailit.net.shared import Shared
from mailit.net.tls import Tls


@define(eq=False)
class Smarthost:
    """Implements `carrier.Routes`. The operator named the host, so its addresses are not guarded.

    Whatever is wrong with its name is deferred: it is no fault of the mail's.
    """

    _reactor: Any
    _resolver: Resolver
    _host: str
    _port: int
    _tls: Tls
    _implicit: bool = False
    _credentials: Credentials | None = None
    _route: Route | None = field(default=None, init=False)
    _at: float = field(default=0.0, init=False)
    _looking: Shared[Route | Outcome] | None = field(default=None, init=False)

    def known(self, domain: str) -> Route | Outcome | None:
        """See `carrier.Routes`; the domain makes no difference."""
        age = self._reactor.seconds() - self._at
        if self._route is None or age > STALE:
            return None
        if age > FRESH and self._looking is None:
            self._look_up()
        return self._route

    def find(self, domain: str) -> Deferred[Route | Outcome]:
        """See `carrier.Routes`."""
        return (self._looking or self._look_up()).wait()

    def _look_up(self) -> Shared[Route | Outcome]:
        looking = self._looking = Shared()
        looking.share(self._resolver.addresses(self._host).addCallbacks(self._found, self._failed).addBoth(self._done))
        return looking

    def _found(self, addresses: Sequence[str]) -> Route | Outcome:
        if not addresses:
            return gave_up(OutcomeKind.DEFERRED, "4.4.4", f"The smarthost {self._host} has no address")
        self._at = self._reactor.seconds()
        self._route = Route(
            frozenset([self._host]),
            (Exchanger(0, self._host, tuple(addresses)),),
            self._port,
            self._tls,
            self._implicit,
            self._credentials,
        )
        return self._route

    def _failed(self, failure: Any) -> Outcome:
        failure.trap(NoSuchName, NoAnswer)
        return gave_up(OutcomeKind.DEFERRED, "4.4.3", f"The smarthost {self._host} could not be found: {failure.value}")

    def _done(self, result: Any) -> Any:
        self._looking = None
        return result
