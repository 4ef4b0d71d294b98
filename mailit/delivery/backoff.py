"""How long an exchanger's address is left alone after it would not talk to us."""

from __future__ import annotations

from attrs import define, field

from mailit.delivery.outcomes import Trouble

FIRST = 10.0
LONGEST = 600.0
TLS_BROKEN = 600.0
"""So many seconds an address whose TLS failed is spoken to in the clear, where that is allowed."""

CHUNKING_BROKEN = 3600.0
"""So many seconds an address that refused BDAT, which it offers, is sent its mail by DATA."""

AHEAD_BROKEN = 3600.0
"""So many seconds an address that refused commands behind a final dot is sent none before it has answered the dot."""

BARREN = 3
"""So many connections in a row that ended before any message came to its end, and it is the exchanger's fault."""


@define
class BackOff:
    """One address. Times are the reactor's seconds."""

    since: float = 0.0
    until: float = 0.0
    failures: int = 0
    trouble: Trouble | None = None
    clear_until: float = 0.0
    whole_until: float = 0.0
    behind_until: float = 0.0
    barren: int = 0

    def failed(self, trouble: Trouble, now: float) -> None:
        """It would not talk; each time in a row it is left alone for longer. Failures of one moment count as one."""
        self.trouble = trouble
        if now >= self.until:
            self.since = now
            self.until = now + min(FIRST * 2**self.failures, LONGEST)
            self.failures += 1

    def talked(self) -> None:
        """It took a session."""
        self.failures = 0
        self.until = 0.0
        self.trouble = None


@define
class BackOffs:
    """All addresses of a site."""

    _by_address: dict[str, BackOff] = field(factory=dict, init=False)

    def of(self, address: str) -> BackOff:
        """That of an address."""
        backoff = self._by_address.get(address)
        if backoff is None:
            backoff = self._by_address[address] = BackOff()
        return backoff

    def known(self, address: str) -> BackOff | None:
        """That of an address, if it ever had trouble."""
        return self._by_address.get(address)

    def any(self, now: float) -> bool:
        """Whether there is something worth remembering."""
        return any(
            max(one.until, one.clear_until, one.whole_until, one.behind_until) > now
            for one in self._by_address.values()
        )
