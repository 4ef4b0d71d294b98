"""The lanes that a process remembers: which have work now, which will have it when, and what to claim of them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from itertools import count, groupby

from attrs import define, field

from mailit.store.claims import LaneKey, Wanted

MOST_LANES = 50_000
_ALWAYS = float("-inf")

# A transaction may commit a row that was due a little before one that was claimed already; none writes for longer.
_MARGIN = 2.0


@define
class Lanes:
    """Times of `due` are monotonic seconds of the process; times of `since` are POSIX seconds of the database.

    At most `most` lanes are remembered: what is dropped is found again by a scan.
    """

    _now: Callable[[], float]
    _most: int = MOST_LANES
    _ready: dict[str, dict[LaneKey, bool]] = field(factory=dict, init=False)  # domain -> lanes; True: has a backlog
    _urgent: dict[str, int] = field(factory=dict, init=False)  # domain -> ready lanes that are of no broadcast
    _later: dict[LaneKey, float] = field(factory=dict, init=False)
    _heap: list[tuple[float, int, LaneKey]] = field(factory=list, init=False)
    _since: dict[LaneKey, float] = field(factory=dict, init=False)
    _tie: Callable[[], int] = field(factory=lambda: count().__next__, init=False)
    _size: int = field(default=0, init=False)

    def __len__(self) -> int:
        return self._size + len(self._later)

    def woke(self, lanes: Iterable[LaneKey]) -> None:
        """These got work that is due now."""
        for lane in lanes:
            self._enter(lane)

    def due_in(self, lane: LaneKey, wait: float) -> None:
        """The first envelope of this lane is due in so many seconds."""
        if wait <= 0:
            self._enter(lane)
            return
        due = self._now() + wait
        known = self._later.get(lane)
        if (known is not None and known <= due) or (known is None and len(self) >= self._most):
            return
        self._later[lane] = due
        heapq.heappush(self._heap, (due, self._tie(), lane))

    def next_due(self) -> float | None:
        """When the next lane that waits has work, in monotonic seconds."""
        while self._heap and self._later.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def ripen(self) -> None:
        """Moves lanes whose time has come among the ready ones."""
        now = self._now()
        while (due := self.next_due()) is not None and due <= now:
            lane = heapq.heappop(self._heap)[2]
            del self._later[lane]
            self._enter(lane)

    def domains(self) -> list[str]:
        """Destinations with lanes that are ready, those first that have more than broadcasts."""
        if not self._urgent:
            return list(self._ready)
        return [*self._urgent, *(domain for domain in self._ready if domain not in self._urgent)]

    def has_work(self, domain: str) -> bool:
        """Whether a lane of this destination is ready."""
        return domain in self._ready

    def backlogged(self, domain: str) -> bool:
        """Whether every ready lane of a destination had more than its last claim took: none of them is news."""
        return all(self._ready.get(domain, {}).values())

    def wanted(self, domain: str, room: int, spare: int = 0) -> list[Wanted]:
        """A destination's room, divided among its lanes: transactional before broadcasts, teams in turn.

        Broadcasts leave so much of it as is `spare`, for mail that is yet to come.
        """
        wants: list[Wanted] = []
        lanes = sorted(self._ready.get(domain, ()), key=lambda lane: lane.stream)
        for stream, group in groupby(lanes, key=lambda lane: lane.stream):
            of_stream = list(group)
            if stream:
                room -= spare
            share = -(-room // len(of_stream))
            for lane in of_stream:
                most = min(share, room)
                if most <= 0:
                    return wants
                wants.append(Wanted(lane, most, self._since.get(lane, _ALWAYS)))
                room -= most
        return wants

    def claimed(self, want: Wanted, got: int, last_due: float | None) -> None:
        """A claim of this lane brought so many, the last of them due at `last_due` (POSIX seconds)."""
        lane = want.lane
        if last_due is not None:
            self._since[lane] = max(want.since, last_due - _MARGIN)
        ready = self._ready.get(lane.domain)
        if ready is None or lane not in ready:
            return
        del ready[lane]
        if got >= want.most:
            ready[lane] = True  # at the end: teams in turn
            return
        self._size -= 1
        if not ready:
            del self._ready[lane.domain]
        if not lane.stream:
            left = self._urgent[lane.domain] - 1
            if left:
                self._urgent[lane.domain] = left
            else:
                del self._urgent[lane.domain]

    def look_from_the_start(self) -> None:
        """Forgets where lanes begin, so that an envelope that came back with an earlier time is found."""
        self._since.clear()

    def _enter(self, lane: LaneKey) -> None:
        ready = self._ready.get(lane.domain)
        if ready is not None and lane in ready:
            ready[lane] = False
            return
        if len(self) >= self._most:
            return
        self._ready.setdefault(lane.domain, {})[lane] = False
        if not lane.stream:
            self._urgent[lane.domain] = self._urgent.get(lane.domain, 0) + 1
        self._size += 1
