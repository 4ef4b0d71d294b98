"""How many connections the process may have in all."""

from __future__ import annotations

from typing import Protocol


class Waits(Protocol):
    """Who waits for a connection: a pool."""

    def fill(self) -> None:
        """There may be one now."""
        ...


class Slots:
    """So many may be open at a time; a pool that finds none is woken when there is one."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: dict[Waits, None] = {}

    def take(self, pool: Waits) -> bool:
        """Whether this pool may open one more connection now."""
        if self._free <= 0:
            self._waiting[pool] = None
            return False
        self._free -= 1
        return True

    def give(self) -> None:
        """A connection is closed."""
        self._free += 1
        while self._waiting and self._free > 0:
            pool = next(iter(self._waiting))
            del self._waiting[pool]
            pool.fill()
