"""What a request with an idempotency key asks for, done once: at the same moment, within a day, in every process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred

from mailit.db.group import Group
from mailit.errors import IdempotencyKeyInUse, IdempotencyKeyReused, InvalidIdempotencyKey, MailItError
from mailit.interfaces import Database, GroupCommit, KeyUse, Tx
from mailit.store import idempotency
from mailit.store.idempotency import InUse, Kept

KEY_MOST = 256
"""Characters of a key."""

SWEEP_EVERY = 600.0
"""Seconds between sweeps of keys that are good no more."""


@define(eq=False)
class _Running:
    """A request that is being done, and those that wait for its answer."""

    digest: bytes
    waiting: list[Deferred[str]] = field(factory=list)


@define(eq=False)
class Idempotency:
    """Lets a request be done once a key; everybody else who brings the key gets its answer.

    `find` looks keys up, many at a time. In one process a second request waits for the first; of two processes the
    one whose transaction is second learns of the first's answer by it.
    """

    _find: GroupCommit[KeyUse, Kept | None]
    _database: Database
    _running: dict[tuple[str, str], _Running] = field(factory=dict, init=False)
    replayed: Counter[str] = field(factory=Counter, init=False)
    """How many requests were answered with what an earlier one was, since the start."""

    async def run(self, use: KeyUse, work: Callable[[], Awaitable[str]], *, light: bool = False) -> str:
        """The answer to a request: that of `work`, or that which its key was answered with before.

        `light` work has no effect before its transaction, which finds out itself what its key was used for: it is
        begun at once, and the key looked up where it is refused. All other work is begun once the key is known to be
        new.

        Whoever waits is told what the first was told, also where that failed; but what failed is not kept. Raises
        `IdempotencyKeyReused` where the key was used for another request, `IdempotencyKeyInUse` where it is being
        used for another at this moment.
        """
        name = (use.team_id, use.key)
        running = self._running.get(name)
        if running is not None:
            if running.digest != use.digest:
                raise IdempotencyKeyInUse
            waiter: Deferred[str] = Deferred()
            running.waiting.append(waiter)
            answer = await waiter
            self.replayed["requests"] += 1
            return answer
        running = self._running[name] = _Running(use.digest)
        try:
            answer = await self._answer(use, work, light)
        except Exception as error:
            del self._running[name]
            for each in running.waiting:
                each.errback(error)
            raise
        del self._running[name]
        for each in running.waiting:
            each.callback(answer)
        return answer

    async def sweep(self) -> None:
        """Deletes what is good no more; a periodic job."""
        while await self._database.transact(idempotency.sweep):
            pass

    async def _answer(self, use: KeyUse, work: Callable[[], Awaitable[str]], light: bool) -> str:
        if not light and (kept := await self._find.submit(use)) is not None:
            return self._replay(use, kept)
        try:
            return await work()
        except InUse as error:
            if error.kept is None:
                raise
            return self._replay(use, error.kept)
        except MailItError as error:
            # What was right when it came first may be refused today: a time that has passed, a domain that is gone.
            if not light or error.http >= 500 or (kept := await self._find.submit(use)) is None:
                raise
            return self._replay(use, kept)

    def _replay(self, use: KeyUse, kept: Kept) -> str:
        if kept.digest != use.digest:
            raise IdempotencyKeyReused
        self.replayed["requests"] += 1
        return kept.answer


def checked(key: str) -> str:
    """The key of a request. Raises `InvalidIdempotencyKey` where it is empty, too long or no text."""
    if not 1 <= len(key) <= KEY_MOST or "\0" in key:
        raise InvalidIdempotencyKey
    return key


def group(reactor: Any, dsn: Any) -> Group[KeyUse, Kept | None]:
    """The group in which keys that arrive together are looked up in one round trip."""

    def settle(tx: Tx, uses: Sequence[KeyUse]) -> list[Kept | None]:
        return [None] * len(uses)  # looked up again

    return Group(reactor, "idempotency", dsn, idempotency.find, settle)
