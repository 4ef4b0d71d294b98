"""Wall time for tests: a moment that is always the same, and from there on the reactor's own seconds."""

from __future__ import annotations

from typing import Any

from attrs import frozen

START = 1_800_000_000.0
"""The first second of every test, in POSIX seconds: 15 January 2027, 08:00 UTC."""


@frozen
class WallClock:
    """Implements `interfaces.Clock` on a reactor whose time a test turns."""

    _reactor: Any
    _start: float = START

    def __call__(self) -> float:
        """POSIX seconds."""
        return self._start + float(self._reactor.seconds())
