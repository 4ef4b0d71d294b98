"""Where large parts lie: in a table, or in files; and the sweep of those that nothing points at.

A part is known by its content and its place there, and that key is drawn before the part is kept. It is in use as long
as `attachment` has a row of that key, so that it goes with its mail's partition, and a part that was kept for a mail
which never came to be is found by what is missing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any, Protocol

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit import ids
from mailit.db.arrays import array
from mailit.draft import Apart
from mailit.errors import Unavailable
from mailit.interfaces import Blobs, Clock, Database, Tx

SWEPT_AFTER = 3600.0
"""Seconds from which on a part that nothing points at is an orphan; a submission takes a fraction of that."""

PIECE = 262_144
"""Bytes of a part in one row: what is escaped and read back without letting go of the interpreter."""

_PIECES_AT_ONCE = 4
_KEYS_AT_ONCE = 500
_SWEPT = "x-mailit/swept"
_NEW = ".new"
_WEEK = re.compile(r"[0-9]{4}w[0-9]{2}")
_NAME = re.compile(r"[0-9a-f-]{36}\.-?[0-9]{1,5}(?:\.new)?")
_PART = re.compile(r"[0-9a-f]{2}")

PUT_PIECE = """
    INSERT INTO blob (content_id, place, piece, bytes)
    VALUES (%(content)s::uuid, %(place)s, %(piece)s, %(bytes)s)
    ON CONFLICT (content_id, place, piece) DO UPDATE SET bytes = EXCLUDED.bytes
"""

GET_PIECES = """
    SELECT bytes FROM blob
     WHERE content_id = %(content)s::uuid AND place = %(place)s AND piece >= %(first)s AND piece < %(last)s
     ORDER BY piece
"""

# Whether a part is in use. One that the sweep has fenced off is not, though its row is there.
_IN_USE = """
    SELECT FROM attachment
     WHERE attachment.content_id = part.content_id AND attachment.position = part.place
       AND attachment.content_type <> %(swept)s
"""

UNUSED_ROWS = (
    """
    SELECT part.content_id, part.place FROM blob AS part
     WHERE part.piece = 0 AND part.content_id >= %(first)s::uuid AND part.content_id < %(last)s::uuid
       AND (part.content_id, part.place) > (%(after)s::uuid, %(place)s::smallint)
       AND NOT EXISTS ("""
    + _IN_USE
    + """)
     ORDER BY part.content_id, part.place LIMIT %(most)s
"""
)

# An accept that comes after this, however late, fails by the same key: there is no mail whose part was swept. One that
# is under way is waited for.
FENCE_OFF = (
    """
    INSERT INTO attachment (content_id, position, id, content_type, inline, size)
    SELECT part.content_id, part.place, part.content_id, %(swept)s, false, 0
      FROM unnest(%(contents)s::uuid[], %(places)s::smallint[]) AS part (content_id, place)
     WHERE NOT EXISTS ("""
    + _IN_USE
    + """)
    ON CONFLICT (content_id, position) DO UPDATE SET size = 0 WHERE attachment.content_type = %(swept)s
 RETURNING content_id, position AS place
"""
)

DROP_ROWS = """
    DELETE FROM blob USING unnest(%(contents)s::uuid[], %(places)s::smallint[]) AS part (content_id, place)
     WHERE blob.content_id = part.content_id AND blob.place = part.place
"""

WEEKS = """
    SELECT substr(relname, length('attachment_') + 1) AS week FROM pg_class JOIN pg_inherits ON pg_class.oid = inhrelid
     WHERE inhparent = 'attachment'::regclass
"""

Key = tuple[str, int]
"""A part: its content's id, and its place."""

FIRST: Key = ("00000000-0000-0000-0000-000000000000", -1)
"""Before every part."""


class Absent(Unavailable):
    """A part is not where it was looked for."""

    default = "A part of the mail is missing from the blob store."


class Sweepable(Protocol):
    """A blob store as the sweep sees it."""

    async def unused(self, weeks: frozenset[str], since: float, before: float, after: Key) -> Sequence[Key]:
        """The next parts after this one, of those kept in this time (POSIX seconds), that may be orphans.

        None where there are no more. `weeks` are those that have a partition still: what is of an older one is dropped
        here, with its week.
        """
        ...

    async def drop(self, keys: Sequence[Key]) -> None:
        """Drops parts that nothing points at, and never will."""
        ...


@frozen
class TableBlobs:
    """Implements `interfaces.Blobs` in the table `blob`, whose partitions go with those of the mail."""

    _database: Database

    def put(self, content_id: str, parts: Mapping[int, bytes]) -> Deferred[None]:
        """See `Blobs.put`: pieces in transactions of their own, none of which lasts."""
        return Deferred.fromCoroutine(self._put(content_id, parts))

    def get(self, parts: Sequence[Apart]) -> Deferred[Sequence[bytes]]:
        """See `Blobs.get`."""
        return self._database.transact(_read_rows, parts)

    async def _put(self, content_id: str, parts: Mapping[int, bytes]) -> None:
        for place, data in parts.items():
            count = max(1, -(-len(data) // PIECE))
            for first in range(0, count, _PIECES_AT_ONCE):
                numbers = range(first, min(first + _PIECES_AT_ONCE, count))
                await self._database.transact(_write_rows, content_id, place, data, numbers)

    async def unused(self, weeks: frozenset[str], since: float, before: float, after: Key) -> Sequence[Key]:
        """See `Sweepable.unused`: rows of weeks that have no mail go with their partition."""
        first = max(since, min((_monday(week) for week in weeks), default=before))
        params = {
            "first": ids.floor(first),
            "last": ids.floor(before),
            "after": after[0],
            "place": after[1],
            "most": _KEYS_AT_ONCE,
            "swept": _SWEPT,
        }
        rows = await self._database.transact(lambda tx: tx.rows(UNUSED_ROWS, params))
        return [(row.content_id, row.place) for row in rows]

    async def drop(self, keys: Sequence[Key]) -> None:
        """See `Sweepable.drop`."""
        await self._database.transact(lambda tx: tx.run(DROP_ROWS, _keys(keys)))


@frozen
class FileBlobs:
    """Implements `interfaces.Blobs` in files under `folder`: WEEK/XX/CONTENT.PLACE.

    Files are written beside their place, to disk, and then named, so that none is ever half there. All of it is done
    in threads; `run_in_thread(f, *args)` gives a Deferred.
    """

    _folder: Path
    _run_in_thread: Callable[..., Deferred[Any]]

    def put(self, content_id: str, parts: Mapping[int, bytes]) -> Deferred[None]:
        """See `Blobs.put`."""
        return self._run_in_thread(self._write, content_id, parts)

    def get(self, parts: Sequence[Apart]) -> Deferred[Sequence[bytes]]:
        """See `Blobs.get`."""
        return self._run_in_thread(self._read, parts)

    async def unused(self, weeks: frozenset[str], since: float, before: float, after: Key) -> Sequence[Key]:
        """See `Sweepable.unused`: all of that time are candidates, some hundreds at once."""
        found: Sequence[Key] = await self._run_in_thread(self._candidates, weeks, since, before, after)
        return found

    async def drop(self, keys: Sequence[Key]) -> None:
        """See `Sweepable.drop`."""
        await self._run_in_thread(self._unlink, keys)

    # In a thread

    def _path(self, content_id: str, place: int) -> Path:
        return self._folder / _week(ids.seconds(content_id)) / content_id[-2:] / f"{content_id}.{place}"

    def _write(self, content_id: str, parts: Mapping[int, bytes]) -> None:
        try:
            for place, data in parts.items():
                path = self._path(content_id, place)
                _make(path.parent)
                new = path.with_name(path.name + _NEW)
                handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                new.rename(path)
            _to_disk(path.parent)
        except OSError as error:
            raise Unavailable("The blob store can't be written.") from error

    def _read(self, parts: Sequence[Apart]) -> Sequence[bytes]:
        found = []
        for part in parts:
            try:
                data = self._path(part.content_id, part.place).read_bytes()
            except FileNotFoundError as error:
                raise Absent from error
            except OSError as error:
                raise Unavailable("The blob store can't be read.") from error
            found.append(_right(data, part))
        return found

    def _candidates(self, weeks: frozenset[str], since: float, before: float, after: Key) -> Sequence[Key]:
        first, last = ids.floor(since), ids.floor(before)
        passed = ("", "", "") if after == FIRST else self._path(*after).parts[-3:]
        found: list[Key] = []
        for week in _listed(self._folder, _WEEK):
            if week < min(weeks, default=""):
                rmtree(self._folder / week, ignore_errors=True)
            if week not in weeks or week < max(_week(since), passed[0]):
                continue
            for part in _listed(self._folder / week):
                if (week, part) < passed[:2]:
                    continue
                for name in _listed(self._folder / week / part, _NAME):
                    content_id, _, place = name.removesuffix(_NEW).partition(".")
                    if not first <= content_id < last or (week, part, name) <= passed:
                        continue
                    if name.endswith(_NEW):
                        (self._folder / week / part / name).unlink(missing_ok=True)
                    else:
                        found.append((content_id, int(place)))
                if len(found) >= _KEYS_AT_ONCE:
                    return found
        return found

    def _unlink(self, keys: Sequence[Key]) -> None:
        for key in keys:
            with suppress(FileNotFoundError):
                self._path(*key).unlink()


@frozen
class Store:
    """Implements `interfaces.Blobs` over several: parts are put into the first, and looked for in the others too.

    So that mail which was accepted under another `storage.kind` is still there.
    """

    _first: Blobs
    _others: Sequence[Blobs]

    def put(self, content_id: str, parts: Mapping[int, bytes]) -> Deferred[None]:
        """See `Blobs.put`."""
        return self._first.put(content_id, parts)

    def get(self, parts: Sequence[Apart]) -> Deferred[Sequence[bytes]]:
        """See `Blobs.get`."""
        return Deferred.fromCoroutine(self._get(parts))

    async def _get(self, parts: Sequence[Apart]) -> Sequence[bytes]:
        try:
            return await self._first.get(parts)
        except Absent:
            for other in self._others:
                with suppress(Absent):
                    return await other.get(parts)
            raise


@define(eq=False)
class Sweep:
    """Drops the orphans of these stores, once in a while, in one process."""

    _database: Database
    _stores: Sequence[Sweepable]
    _clock: Clock
    _since: float = field(default=0.0, init=False)
    _log: Logger = field(factory=Logger, init=False)

    async def run(self) -> None:
        """One sweep: of all that is there the first time, and later of what came since, and the hour before that."""
        before = self._clock() - SWEPT_AFTER
        swept = 0
        for store in self._stores:
            swept += await self._swept(store, before)
        self._since = before - SWEPT_AFTER
        if swept:
            self._log.info("Swept {count} parts that no mail points at from the blob store", count=swept)

    async def _swept(self, store: Sweepable, before: float) -> int:
        """Parts that nothing points at are first fenced off, in a transaction, and then dropped."""
        weeks = frozenset(await self._database.transact(_weeks))
        swept, last = 0, FIRST
        while keys := await store.unused(weeks, self._since, before, last):
            last = keys[-1]
            orphans = await self._database.transact(_fence_off, keys)
            if orphans:
                await store.drop(orphans)
                swept += len(orphans)
        return swept


def _write_rows(tx: Tx, content_id: str, place: int, data: bytes, numbers: Iterable[int]) -> None:
    for number in numbers:
        piece = data[number * PIECE : (number + 1) * PIECE]
        tx.run(PUT_PIECE, {"content": content_id, "place": place, "piece": number, "bytes": piece})


def _read_rows(tx: Tx, parts: Sequence[Apart]) -> Sequence[bytes]:
    found = []
    for part in parts:
        pieces: list[bytes] = []
        for first in range(0, max(1, -(-part.size // PIECE)), _PIECES_AT_ONCE):
            params = {"content": part.content_id, "place": part.place, "first": first, "last": first + _PIECES_AT_ONCE}
            pieces += [bytes(row.bytes) for row in tx.rows(GET_PIECES, params)]
        if not pieces:
            raise Absent
        found.append(_right(b"".join(pieces), part))
    return found


def _right(data: bytes, part: Apart) -> bytes:
    if len(data) != part.size:
        raise Unavailable("A part of the mail is damaged in the blob store.")
    return data


def _fence_off(tx: Tx, keys: Sequence[Key]) -> list[Key]:
    rows = tx.rows(FENCE_OFF, {**_keys(keys), "swept": _SWEPT})
    return [(row.content_id, row.place) for row in rows]


def _weeks(tx: Tx) -> list[str]:
    return [row.week for row in tx.rows(WEEKS)]


def _keys(keys: Sequence[Key]) -> dict[str, str]:
    return {"contents": array([content_id for content_id, _ in keys]), "places": array([place for _, place in keys])}


def _week(seconds: float) -> str:
    """The name of a week's partition, as `mailit.db.partitions` has it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Gw%V")


def _monday(week: str) -> float:
    return datetime.strptime(f"{week}-1", "%Gw%V-%u").replace(tzinfo=UTC).timestamp()


def _listed(folder: Path, pattern: re.Pattern[str] = _PART) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if pattern.fullmatch(name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _make(folder: Path) -> None:
    """Makes a folder, and those above it, so that they are there after a power cut."""
    if folder.is_dir():
        return
    _make(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _to_disk(folder.parent)


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
