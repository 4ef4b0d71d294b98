"""A blob store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed

from mailit.draft import Apart
from mailit.errors import Unavailable


@define(eq=False)
class MemoryBlobs:
    """Implements `interfaces.Blobs`. `kept` has the parts by content and place; `away` makes it fail."""

    kept: dict[tuple[str, int], bytes] = field(factory=dict)
    away: bool = False
    asked: int = field(default=0, init=False)

    def put(self, content_id: str, parts: Mapping[int, bytes]) -> Deferred[None]:
        """See `interfaces.Blobs`."""
        if self.away:
            return fail(Unavailable())
        self.kept.update(((content_id, place), data) for place, data in parts.items())
        return succeed(None)

    def get(self, parts: Sequence[Apart]) -> Deferred[Sequence[bytes]]:
        """See `interfaces.Blobs`."""
        self.asked += 1
        found = [self.kept.get((part.content_id, part.place)) for part in parts]
        if self.away or None in found:
            return fail(Unavailable())
        return succeed([data for data in found if data is not None])
