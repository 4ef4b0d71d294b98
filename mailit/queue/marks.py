"""The mark before the final dot: asked for with DATA, committed in groups, good as long as the lease is."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred

from mailit.db.group import Group
from mailit.errors import Unavailable
from mailit.interfaces import Envelope, GroupCommit
from mailit.queue.holder import Holder
from mailit.store import outcomes
from mailit.store.outcomes import Fence

REST = 0.001
"""Seconds between two groups of marks: what busy sessions ask for one after the other comes together."""

CROWD = 2
"""A group of fewer is followed by the next at once: a session that is alone waits for nobody's mark but its own."""


@frozen
class Marks:
    """Implements `mailit.interfaces.Marks`."""

    _group: GroupCommit[Fence, bool]
    _holder: Holder

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        """See `mailit.interfaces.Marks.mark`. With the database away it is False: no dot without its mark."""
        marked = self._group.submit(Fence(envelope.id, envelope.attempt, envelope.holder))
        return marked.addErrback(_no_mark)

    def alive(self, envelope: Envelope) -> bool:
        """See `mailit.interfaces.Marks.alive`."""
        return envelope.holder == self._holder.id and self._holder.alive()


def _no_mark(failure: Any) -> bool:
    failure.trap(Unavailable)
    return False


def group(reactor: Any, dsn: Any) -> Group[Fence, bool]:
    """Marks of all sessions that get there together share one commit. To mark twice is harmless."""
    return Group(reactor, "mark", dsn, outcomes.mark, lambda tx, fences: [None] * len(fences), rest=REST, crowd=CROWD)
