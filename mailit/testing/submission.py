"""The door in memory: the real one, before a spool that is gone with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred

from mailit.draft import Draft
from mailit.errors import Refused
from mailit.interfaces import Accepted, Clock, Database, Email, Once, Row, Tx
from mailit.plugin import Screen, Stage
from mailit.store.claims import LaneKey
from mailit.submission.door import Door, Expand, writing
from mailit.testing.domains import MemoryDomains
from mailit.testing.spool import MemorySpool

I = TypeVar("I", contravariant=True)  # noqa: E741
R = TypeVar("R")


@define(eq=False)
class MemoryGroup(Generic[I, R]):
    """Implements `interfaces.GroupCommit`: each item is written at once, in a transaction of its own."""

    _database: Database
    _write: Callable[[Tx, Sequence[Any]], Sequence[Any]]

    def submit(self, item: I) -> Deferred[R]:
        """See `interfaces.GroupCommit`."""
        return self._database.transact(self._written, item)

    def _written(self, tx: Tx, item: I) -> R:
        (result,) = self._write(tx, [item])
        if isinstance(result, Exception):
            raise result
        written: R = result
        return written


@define(eq=False)
class MemorySubmission:
    """Implements `interfaces.Submission` by the real door: drafts are expanded, validated, staged and screened.

    `submitted` has the drafts as they were accepted, `enlisted` those of batches with their rows; the mails are in
    `spool`. What is put into `expand`, `stages` and `screens` counts from then on. A `fault` is raised in place of
    anything else. `heard(lanes)` is told of each accept; `lifetime` is in seconds.
    """

    spool: MemorySpool
    domains: MemoryDomains
    _database: Database
    _clock: Clock
    _ids: Callable[[], str]
    _lifetime: float = 172_800.0
    _heard: Callable[[Iterable[LaneKey]], None] = lambda lanes: None
    fault: Exception | None = None
    expand: list[Expand] = field(factory=list)
    stages: list[Stage] = field(factory=list)
    screens: list[Screen] = field(factory=list)
    submitted: list[Draft] = field(factory=list, init=False)
    enlisted: list[tuple[Draft, tuple[Row, ...]]] = field(factory=list, init=False)
    _door: Door = field(init=False)

    def __attrs_post_init__(self) -> None:
        group: MemoryGroup[Any, Any] = MemoryGroup(self._database, writing(self.screens, self.spool))
        self._door = Door(
            group,
            self.domains,
            self._clock,
            self._ids,
            self._lifetime,
            self._heard,
            self.expand,
            self.stages,
        )

    def submit(self, draft: Draft, once: Once | None = None) -> Deferred[Accepted]:
        """See `interfaces.Submission`."""
        return Deferred.fromCoroutine(self._submit(draft, once))

    def submit_batch(self, drafts: Sequence[Draft], once: Once | None = None) -> Deferred[Sequence[Accepted]]:
        """See `interfaces.Submission`."""
        return Deferred.fromCoroutine(self._submit_batch(drafts, once))

    def submit_those_right(
        self, drafts: Sequence[Draft | Refused], once: Once | None = None
    ) -> Deferred[Sequence[Accepted | Refused]]:
        """See `interfaces.Submission`."""
        return Deferred.fromCoroutine(self._submit_those_right(drafts, once))

    def preview(self, draft: Draft) -> Deferred[Email]:
        """See `interfaces.Submission`."""
        return self._door.preview(draft)

    def enlist(self, draft: Draft, rows: Sequence[Row], progress: Callable[[Tx], None]) -> Deferred[Sequence[str]]:
        """See `interfaces.Submission`."""
        return Deferred.fromCoroutine(self._enlist(draft, rows, progress))

    async def _submit(self, draft: Draft, once: Once | None) -> Accepted:
        self._fail_if_told_to()
        accepted = await self._door.submit(draft, once)
        self.submitted.append(accepted.draft)
        return accepted

    async def _submit_batch(self, drafts: Sequence[Draft], once: Once | None) -> Sequence[Accepted]:
        self._fail_if_told_to()
        accepted = await self._door.submit_batch(drafts, once)
        self.submitted += [one.draft for one in accepted]
        return accepted

    async def _submit_those_right(
        self, drafts: Sequence[Draft | Refused], once: Once | None
    ) -> Sequence[Accepted | Refused]:
        self._fail_if_told_to()
        results = await self._door.submit_those_right(drafts, once)
        self.submitted += [one.draft for one in results if isinstance(one, Accepted)]
        return results

    async def _enlist(self, draft: Draft, rows: Sequence[Row], progress: Callable[[Tx], None]) -> Sequence[str]:
        self._fail_if_told_to()
        ids = await self._door.enlist(draft, rows, progress)
        self.enlisted.append((draft, tuple(rows)))
        return ids

    def _fail_if_told_to(self) -> None:
        if self.fault is not None:
            raise self.fault
