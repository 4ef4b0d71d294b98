"""What was said on the connections: noted at next to no cost, written in bulk beside the outcomes, for those who ask.

A session has a trail. What was said before its first mail is kept as text; of each mail's turn only the replies as they
came are noted, which costs the reactor one tuple. Once a second what was noted becomes rows, in a thread of the
database. With the process what was not written yet is gone: it explains outcomes, and is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from attrs import define, field
from twisted.logger import Logger

from mailit.db.later import Later
from mailit.delivery.replies import RawReply
from mailit.errors import Unavailable
from mailit.interfaces import Clock, Database
from mailit.mail.status import TEXT_MOST, parse_reply
from mailit.net.tls import TlsUsed
from mailit.store import trails
from mailit.store.trails import Dialogue, Stretch

EVERY = 1.0
"""So many seconds pass between two writes."""

MOST_NOTES = 20_000
"""More than these are not kept while the database is away, or too slow."""

MOST_LINES = 200
"""More lines than these of what comes before the first mail are not kept."""

Note = tuple[str, int, float, float, int, RawReply | None, RawReply | None, RawReply | None, RawReply | None, str]
"""Delivery, attempt, when it began and ended, bytes; replies to MAIL, RCPT, DATA, the dot; how it was cut off."""


class Trail(Protocol):
    """What a session notes. Times are the reactor's seconds."""

    def line(self, who: str, text: str) -> None:
        """Somebody said this before the first mail: `C` we, `S` the peer."""
        ...

    def secured(self, tls: TlsUsed | None) -> None:
        """TLS is on, or it was decided that there is none, or it did not come to that: then it says what was asked."""
        ...

    def failed(self, fault: str) -> None:
        """The connection ended before its first mail."""
        ...

    def note(self, note: Note) -> None:
        """A mail's turn has ended."""
        ...


class Trails(Protocol):
    """Who keeps trails."""

    def begin(self, host: str, address: str, port: int) -> Trail:
        """A connection is made to this exchanger."""
        ...


class _NoTrail:
    def line(self, who: str, text: str) -> None:
        pass

    def secured(self, tls: TlsUsed | None) -> None:
        pass

    def failed(self, fault: str) -> None:
        pass

    def note(self, note: Note) -> None:
        pass


class Forgetful:
    """Implements `Trails` and keeps nothing."""

    _trail = _NoTrail()

    def begin(self, host: str, address: str, port: int) -> Trail:
        """See `Trails`."""
        return self._trail


FORGETFUL = Forgetful()


@define(eq=False)
class _KeptTrail:
    """One connection's; see `Trail`."""

    keeper: KeptTrails
    id: str
    host: str
    address: str
    port: int
    opened: float
    tls: TlsUsed | None = None
    opening: list[str] = field(factory=list)
    fault: str | None = None
    ended: float = 0.0
    notes: list[Note] = field(factory=list)

    def line(self, who: str, text: str) -> None:
        if len(self.opening) < MOST_LINES:
            self.opening.append(f"{who}: {text}"[:TEXT_MOST])

    def secured(self, tls: TlsUsed | None) -> None:
        self.tls = tls

    def failed(self, fault: str) -> None:
        self.fault = fault
        self.ended = self.keeper.now()
        self.keeper.changed(self)

    def note(self, note: Note) -> None:
        if not self.notes:
            self.keeper.changed(self)
        self.notes.append(note)


@define(eq=False)
class KeptTrails:
    """Implements `Trails`: everything is in the database a second later. `dropped` counts what never got there."""

    _reactor: Any
    _database: Database
    _clock: Clock
    _ids: Callable[[], str]
    dropped: int = field(default=0, init=False)
    _changed: list[_KeptTrail] = field(factory=list, init=False)
    _later: Later = field(init=False)
    _log: Logger = field(factory=Logger, init=False)

    def __attrs_post_init__(self) -> None:
        self._later = Later(self._reactor, EVERY, self._write)

    def begin(self, host: str, address: str, port: int) -> Trail:
        """See `Trails`."""
        return _KeptTrail(self, self._ids(), host, address, port, self._reactor.seconds())

    def changed(self, trail: _KeptTrail) -> None:
        """There is something to write of it."""
        self._changed.append(trail)
        self._later.want()

    def now(self) -> float:
        """The reactor's seconds."""
        return float(self._reactor.seconds())

    async def stop(self) -> None:
        """Writes what there is."""
        await self._later.stop()

    async def _write(self) -> None:
        taken, left = [], MOST_NOTES
        changed, self._changed = self._changed, []
        for trail in changed:
            notes, trail.notes = trail.notes, []
            if left <= 0:
                self.dropped += len(notes)
                continue
            left -= len(notes) or 1
            taken.append((trail, notes))
        if not taken:
            return
        offset = self._clock() - self._reactor.seconds()
        try:
            await self._database.transact(lambda tx: trails.write(tx, _stretches(taken, offset)))
        except Unavailable:
            self.dropped += sum(len(notes) for _, notes in taken)
        except Exception:
            self.dropped += sum(len(notes) for _, notes in taken)
            self._log.failure("What was said on connections could not be written")


def _stretches(taken: Iterable[tuple[_KeptTrail, list[Note]]], offset: float) -> list[Stretch]:
    """The rows, made in the database's thread: the reactor only notes."""
    return [_stretch(trail, notes, offset) for trail, notes in taken]


def _stretch(trail: _KeptTrail, notes: list[Note], offset: float) -> Stretch:
    known: dict[Any, int] = {}
    dialogues: list[Dialogue] = []
    said = []
    for note in notes:
        key = _key(note)
        place = known.get(key)
        if place is None:
            place = known[key] = len(dialogues)
            dialogues.append(_dialogue(note))
        said.append(place)
    return Stretch(
        id=trail.id,
        exchanger=trail.host,
        address=trail.address,
        port=trail.port,
        opened=trail.opened + offset,
        until=max([note[3] for note in notes] or [trail.ended]) + offset,
        tls_version=trail.tls.version or None if trail.tls else None,
        tls_cipher=trail.tls.cipher or None if trail.tls else None,
        tls_policy=trail.tls.policy or None if trail.tls else None,
        opening="\n".join(trail.opening),
        fault=trail.fault,
        deliveries=[note[0] for note in notes],
        attempts=[note[1] for note in notes],
        began=[note[2] + offset for note in notes],
        ended=[note[3] + offset for note in notes],
        sizes=[note[4] for note in notes],
        said=said,
        dialogues=dialogues,
    )


def _key(note: Note) -> tuple[Any, ...]:
    """Equal where the dialogue is: of many mails on one connection the text is made once."""
    _, _, _, _, _, mail, rcpt, data, dot, cut = note
    return (
        mail and (mail[0], *mail[1]),
        rcpt and (rcpt[0], *rcpt[1]),
        data and (data[0], *data[1]),
        dot and (250 if dot[0] == 250 else (dot[0], *dot[1])),
        cut,
    )


def _dialogue(note: Note) -> Dialogue:
    """Its replies as text; that to the dot only where it is no 250, for the event has that one word for word."""
    dot, cut = note[8], note[9]
    mail, rcpt, data = map(_text, note[5:8])
    return mail, rcpt, data, None if dot is not None and dot[0] == 250 else _text(dot), cut or None


def _text(raw: RawReply | None) -> str | None:
    if raw is None:
        return None
    reply = parse_reply(*raw)
    return str(reply)
