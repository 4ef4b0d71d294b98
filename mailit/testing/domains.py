"""Sending domains for tests: those that were added, or any that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, field
from twisted.internet.defer import Deferred, succeed

from mailit.ids import Ids
from mailit.interfaces import SendingDomain, SigningKey


@define(eq=False)
class MemoryDomains:
    """Implements `interfaces.Domains` and `interfaces.Signers`. `open`: every name is every team's, and verified.

    `known` has the domains by id. `signing` has keys by domain id: without any, messages are not signed.
    """

    ids: Callable[[], str] = field(factory=Ids)
    open: bool = False
    known: dict[str, SendingDomain] = field(factory=dict)
    signing: dict[str, Sequence[SigningKey]] = field(factory=dict)

    def add(self, team_id: str, name: str, status: str = "verified", sending: bool = True) -> SendingDomain:
        """A domain of this team's."""
        domain = SendingDomain(self.ids(), team_id, name.lower(), status, f"send.{name.lower()}", sending)
        self.known[domain.id] = domain
        return domain

    def find(self, team_id: str, name: str) -> Deferred[SendingDomain | None]:
        """See `interfaces.Domains`."""
        for domain in self.known.values():
            if (domain.team_id, domain.name) == (team_id, name.lower()):
                return succeed(domain if domain.status == "verified" and domain.sending else None)
        return succeed(self.add(team_id, name) if self.open else None)

    def keys(self, domain_id: str) -> Deferred[Sequence[SigningKey]]:
        """See `interfaces.Signers`."""
        return succeed(self.signing.get(domain_id, ()))
