"""How DKIM keys take over from each other: published, seen in DNS, signing, retiring, gone.

Each algorithm for itself, so that a domain whose owner publishes one of two new keys is never without either. Every
step is one transaction, and the next one follows from the rows alone: a process that dies between two loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from attrs import frozen

from mailit.interfaces import Tx
from mailit.store import dkim_keys
from mailit.store.dkim_keys import PUBLISHING, RETIRING, SIGNING, DkimKey

_LABEL_MOST = 63


@frozen
class Moves:
    """Which keys are to sign, to retire, and to be deleted, by id."""

    sign: Sequence[str]
    retire: Sequence[str]
    drop: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.sign or self.retire or self.drop)


def due(keys: Sequence[DkimKey], now: datetime, asks_dns: bool) -> Moves:
    """The steps that are due. Without DNS (`asks_dns` False) a new key counts as seen at once."""
    sign, retire, drop = [], [], []
    for same in _by_algorithm(keys):
        taking_over = next((key for key in same if key.state == PUBLISHING and (key.seen_at or not asks_dns)), None)
        if taking_over is not None:
            sign.append(taking_over.id)
            retire += [key.id for key in same if key.state == SIGNING]
        drop += [key.id for key in same if key.state == RETIRING and key.retire_at is not None and key.retire_at <= now]
    return Moves(sign, retire, drop)


def move(tx: Tx, moves: Moves, retire_at: datetime) -> None:
    """Takes these steps. What retires is gone at `retire_at`."""
    if moves.sign:
        dkim_keys.retire(tx, moves.retire, retire_at)
        dkim_keys.sign(tx, moves.sign)
    if moves.drop:
        dkim_keys.drop(tx, moves.drop)


def signers(keys: Sequence[DkimKey], asks_dns: bool) -> list[DkimKey]:
    """The keys that sign now: of each algorithm the newest that DNS has, and that has not still to take over.

    One that is retiring stands in while the one after it is gone from DNS.
    """
    found = []
    for same in _by_algorithm(keys):
        ready = [key for key in same if key.state != PUBLISHING and (key.seen_at is not None or not asks_dns)]
        if ready:
            found.append(next((key for key in ready if key.state == SIGNING), ready[0]))
    return found


def under_way(keys: Sequence[DkimKey]) -> bool:
    """Whether a key waits to be published."""
    return any(key.state == PUBLISHING for key in keys)


def selector(base: str, generation: int) -> str:
    """The selector of a generation's RSA key, to which `-ed25519` is added for the other; the first has the base."""
    if generation == 1:
        return base
    ending = f"-{generation}"
    return base[: _LABEL_MOST - len("-ed25519") - len(ending)] + ending


def ends(keys: Sequence[DkimKey]) -> Iterator[datetime]:
    """When keys are to be deleted."""
    return (key.retire_at for key in keys if key.retire_at is not None)


def waiting_since(keys: Sequence[DkimKey]) -> datetime | None:
    """Since when a new key has waited to be seen, if one has."""
    return min((key.created_at for key in keys if key.state == PUBLISHING and key.created_at), default=None)


def life(queue_life: float) -> timedelta:
    """How long a key that no longer signs stays published: as mail may wait in queues, and a day for DNS caches."""
    return timedelta(seconds=queue_life, days=1)


def _by_algorithm(keys: Sequence[DkimKey]) -> Iterator[list[DkimKey]]:
    """The keys of each algorithm, RSA first, the newest first in each."""
    newest = sorted(keys, key=lambda key: -key.generation)
    for _, same in groupby(sorted(newest, key=lambda key: key.algorithm, reverse=True), lambda key: key.algorithm):
        yield list(same)
