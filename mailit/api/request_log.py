"""The log of requests: noted as they are answered, at next to no cost, and written a moment later, in groups.

No request waits for it, nor fails by it. What is noted is bounded; what finds no room, or no database, is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.api.redaction import READ_MOST, kept
from mailit.db.later import Later
from mailit.errors import Unavailable
from mailit.interfaces import Caller, Clock, Database, Tx
from mailit.store import request_logs
from mailit.store.request_logs import NewLog

if TYPE_CHECKING:
    from mailit.api.request import Request

EVERY = 1.0
"""So many seconds pass between two writes."""

NOTES_MOST = 20_000
"""More requests than these do not wait to be written."""

BYTES_MOST = 16 << 20
"""Bytes of bodies that wait at most; of further requests the bodies are left out."""

PURGE_EVERY = 600.0
"""Seconds between two looks at what is old enough to be deleted."""

_A_GROUP = 500
_A_GROUPS_BYTES = 1 << 16  # of bodies: to read those of a hundred lists at once held up every request for 20 ms
_BREATH = 0.005  # seconds between two groups, in which those who ask get their answers
_A_PURGE = 5_000
_TEXT_MOST = 500

Note = tuple[float, float, str, str, bytes, bytes, bytes, bytes | None, str, bytes, bytes]
"""When it was answered, seconds it took, team, key, method, path, status, user agent, id, both bodies."""


class Requests(Protocol):
    """Who hears of requests that were answered."""

    def note(self, request: Request, caller: Caller, body: bytes = b"") -> None:
        """A request of this caller, with this body, has its answer."""
        ...


@define(eq=False)
class RequestLog:
    """Implements `Requests`: an API key's are in the database a second later.

    `bodies` False keeps none of them. `dropped` counts requests that never got there.
    """

    _reactor: Any
    _database: Database
    _clock: Clock
    _ids: Callable[[], str]
    _bodies: bool = True
    dropped: int = field(default=0, init=False)
    _notes: list[Note] = field(factory=list, init=False)
    _bytes: int = field(default=0, init=False)
    _later: Later = field(init=False)
    _stopping: bool = field(default=False, init=False)
    _log: Logger = field(factory=Logger, init=False)

    def __attrs_post_init__(self) -> None:
        self._later = Later(self._reactor, EVERY, self._write)

    def note(self, request: Request, caller: Caller, body: bytes = b"") -> None:
        """See `Requests`; of those who signed in nothing is noted."""
        if caller.api_key_id is None:
            return
        if len(self._notes) >= NOTES_MOST:
            self.dropped += 1
            return
        now = self._reactor.seconds()
        sent, said = (body, request.said) if self._bodies else (b"", b"")
        self._bytes += len(sent) + len(said)
        if self._bytes > BYTES_MOST:
            self._bytes -= len(sent) + len(said)
            sent = said = b""
        self._notes.append(
            (
                self._clock(),
                0.0 if request.whole_at is None else now - request.whole_at,
                caller.team_id,
                caller.api_key_id,
                request.method,
                request.path,
                request.answered,
                request.getHeader(b"User-Agent"),
                request.name,
                sent,
                said,
            )
        )
        self._later.want()

    async def stop(self) -> None:
        """Writes what there is, without a pause."""
        self._stopping = True
        try:
            await self._later.stop()
        finally:
            self._stopping = False

    async def purge(self, before: float) -> None:
        """Deletes what was written before this POSIX time, some thousand at a time."""
        while await self._database.transact(request_logs.purge, before, _A_PURGE) == _A_PURGE:
            pass

    async def _write(self) -> None:
        notes, self._notes, self._bytes = self._notes, [], 0
        for number, group in enumerate(_groups(notes)):
            if number and not self._stopping:
                await self._breathe()
            try:
                await self._database.transact(self._insert, group)
            except Unavailable:
                self.dropped += len(group)
            except Exception:
                self.dropped += len(group)
                self._log.failure("Requests could not be written to the log")

    def _breathe(self) -> Deferred[None]:
        breath: Deferred[None] = Deferred()
        self._reactor.callLater(_BREATH, breath.callback, None)
        return breath

    def _insert(self, tx: Tx, notes: Iterable[Note]) -> None:
        request_logs.write(tx, [_log(self._ids(), note) for note in notes])


def _groups(notes: Iterable[Note]) -> Iterator[list[Note]]:
    """What is written at once: so many requests, and so many bytes of bodies; a large one is alone."""
    group: list[Note] = []
    size = 0
    for note in notes:
        group.append(note)
        size += len(note[-2]) + len(note[-1])
        if len(group) >= _A_GROUP or size >= _A_GROUPS_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _log(id_: str, note: Note) -> NewLog:
    at, took, team_id, api_key_id, method, path, status, agent, request_id, sent, said = note
    return NewLog(
        id=id_,
        team_id=team_id,
        api_key_id=api_key_id,
        method=_text(method),
        path=_text(path),
        status=int(status or 0),
        took=round(took, 6),
        user_agent=None if agent is None else _text(agent),
        request_id=request_id,
        request_body=kept(sent),
        response_body=kept(said) if len(said) <= READ_MOST else None,
        at=at - took,
    )


def _text(raw: bytes) -> str:
    return raw[:_TEXT_MOST].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
