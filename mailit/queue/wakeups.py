"""Wake-ups between processes: which lanes got work, told in one notice for all that were accepted in a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from attrs import define, field

from mailit.interfaces import Notices
from mailit.store.claims import LaneKey
from mailit.store.queue import CHANNEL

_GATHER = 0.01  # seconds
_MOST_LANES = 50  # named in one notice; with more the others are to look for themselves

Heard = Callable[[Sequence[LaneKey]], None]


@define(eq=False)
class Wakeups:
    """Wakes this process directly and the others by a notice, which is a hint: each looks by itself anyway.

    `me` marks our own notices, which tell us nothing. `here(lanes)` takes the lanes in this process, as does
    `heard(lanes)` for those of others; no lanes mean "look yourself".
    """

    _reactor: Any
    _notices: Notices
    _me: str
    _here: Callable[[Iterable[LaneKey]], None]
    _heard: Heard
    _lanes: set[LaneKey] = field(factory=set, init=False)
    _timer: Any = field(default=None, init=False)

    def start(self) -> None:
        """Begins to listen."""
        self._notices.listen(CHANNEL, self._notice)

    def stop(self) -> None:
        """Sends what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._send()

    def accepted(self, lanes: Iterable[LaneKey]) -> None:
        """These lanes got work, which is committed."""
        self._here(lanes)
        self._lanes.update(lanes)
        if self._timer is None and self._lanes:
            self._timer = self._reactor.callLater(_GATHER, self._send)

    def _send(self) -> None:
        lanes, self._lanes, self._timer = self._lanes, set(), None
        named = [(lane.domain, lane.stream, lane.team_id) for lane in lanes] if len(lanes) <= _MOST_LANES else []
        self._notices.notify(CHANNEL, msgspec.json.encode([self._me, named]).decode())

    def _notice(self, payload: str) -> None:
        try:
            me, lanes = msgspec.json.decode(payload, type=tuple[str, list[tuple[str, int, str]]])
        except msgspec.MsgspecError:
            self._heard([])  # a (re)connect, or a command that changed the spool
            return
        if me != self._me:
            self._heard([LaneKey(*lane) for lane in lanes])
