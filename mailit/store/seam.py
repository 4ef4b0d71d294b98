"""The spool as a seam: what the door and the queue ask of it, and the tables that answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from mailit.interfaces import Tx
from mailit.plugin import Screen
from mailit.store import claims, holders, idempotency, outcomes, spool
from mailit.store.claims import LaneKey, Taken, Wanted
from mailit.store.holders import Abandoned
from mailit.store.idempotency import InUse, NewKey
from mailit.store.outcomes import Ending, Fence
from mailit.store.spool import NewMail


class Spool(Protocol):
    """Accepted mail, claims on it, and what came of them; each call is part of the transaction `tx`.

    The contract of each method is that of the function of the same name in `store`. One suite,
    `tests/contract/test_spool.py`, runs on every implementation.
    """

    def accept(
        self,
        tx: Tx,
        groups: Sequence[Sequence[NewMail]],
        screens: Sequence[Screen] = (),
        progress: Sequence[Callable[[Tx], None]] = (),
        before: Callable[[Tx], Collection[int]] | None = None,
        keys: Sequence[NewKey] = (),
    ) -> list[list[NewMail]]:
        """See `store.spool.accept`."""
        ...

    def accepted(self, tx: Tx, groups: Sequence[Sequence[NewMail]]) -> list[list[NewMail] | None]:
        """See `store.spool.accepted`."""
        ...

    def keep(self, tx: Tx, new: Mapping[int, NewKey]) -> dict[int, InUse]:
        """See `store.idempotency.keep`."""
        ...

    def scan(self, tx: Tx, after: tuple[str, int, str], most: int) -> list[tuple[LaneKey, float]]:
        """See `store.claims.scan`."""
        ...

    def claim(self, tx: Tx, holder: str, wanted: Sequence[Wanted]) -> Taken:
        """See `store.claims.claim`."""
        ...

    def release_strays(self, tx: Tx, holder: str, known: Iterable[str]) -> int:
        """See `store.claims.release_strays`."""
        ...

    def mark(self, tx: Tx, fences: Sequence[Fence]) -> list[bool]:
        """See `store.outcomes.mark`."""
        ...

    def settle(self, tx: Tx, endings: Sequence[Ending]) -> list[None]:
        """See `store.outcomes.settle`."""
        ...

    def give_back(self, tx: Tx, fences: Sequence[Fence]) -> None:
        """See `store.outcomes.give_back`."""
        ...

    def register(self, tx: Tx, id_: str, lease: float, host: str, pid: int, roles: Sequence[str]) -> None:
        """See `store.holders.register`."""
        ...

    def renew(self, tx: Tx, id_: str, lease: float) -> bool:
        """See `store.holders.renew`."""
        ...

    def retire(self, tx: Tx, id_: str) -> None:
        """See `store.holders.retire`."""
        ...

    def bury(self, tx: Tx, lease: float) -> list[str]:
        """See `store.holders.bury`."""
        ...

    def abandoned(self, tx: Tx, most: int) -> list[Abandoned]:
        """See `store.holders.abandoned`."""
        ...


class Tables:
    """Implements `Spool` on PostgreSQL: the functions of `store`, as they are."""

    accept = staticmethod(spool.accept)
    accepted = staticmethod(spool.accepted)
    keep = staticmethod(idempotency.keep)
    scan = staticmethod(claims.scan)
    claim = staticmethod(claims.claim)
    release_strays = staticmethod(claims.release_strays)
    mark = staticmethod(outcomes.mark)
    settle = staticmethod(outcomes.settle)
    give_back = staticmethod(outcomes.give_back)
    register = staticmethod(holders.register)
    renew = staticmethod(holders.renew)
    retire = staticmethod(holders.retire)
    bury = staticmethod(holders.bury)
    abandoned = staticmethod(holders.abandoned)


TABLES: Spool = Tables()
"""The one that the house is built with."""
