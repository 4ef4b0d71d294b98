"""The blob stores on real tables and real files, and the sweep of what nothing points at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

import mailit
from mailit.db.pool import Pool
from mailit.draft import HTML, Apart, Attachment, Content, Draft
from mailit.errors import MailItError, Unavailable
from mailit.ids import Ids, seconds
from mailit.mail.address import parse
from mailit.store import claims, emails
from mailit.store.blobs import PIECE, SWEPT_AFTER, Absent, FileBlobs, Store, Sweep, TableBlobs
from mailit.store.parts import INSIDE_MOST, whole
from mailit.submission import door
from mailit.submission.door import Door
from mailit.testing.domains import MemoryDomains

LARGE = bytes(range(256)) * (INSIDE_MOST // 256 + 1)
LONG = "<p>" + "grüße " * INSIDE_MOST


@define(eq=False, slots=False)
class Ground:
    """Both stores, the one that is asked first, a door before it and a sweep behind it, on a clock that is told."""

    reactor: Any
    pool: Pool
    dsn: str
    folder: Path
    kind: str
    ahead: float = 0.0
    ids: Ids = field(factory=Ids)
    team: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.team = self.ids()
        self.table = TableBlobs(self.pool)
        self.files = FileBlobs(self.folder / "blobs", deferToThread)
        self.stores: list[Any] = [self.table, self.files]
        if self.kind == "filesystem":
            self.stores.reverse()
        self.blobs = Store(self.stores[0], self.stores[1:])
        self.sweep = Sweep(self.pool, self.stores, self.clock)
        self.group = door.group(self.reactor, self.dsn, [])
        domains = MemoryDomains(self.ids, open=True)
        self.door = Door(self.group, domains, time.time, self.ids, 86400.0, lambda lanes: None, blobs=self.blobs)

    def clock(self) -> float:
        return time.time() + self.ahead

    async def send(self, content: Content, **fields: Any) -> str:
        draft = Draft(self.team, parse("a@example.org"), "Hi", (parse("bo@example.net"),), content=content, **fields)
        return (await self.door.submit(draft)).id

    async def read_back(self, id_: str) -> Content:
        """As the renderer has it."""
        found, _ = await self.pool.transact(claims.load, [id_])
        return await whole(found[id_].content, self.blobs)

    async def parts(self) -> int:
        """How many there are in the store that is asked first."""
        if self.kind == "filesystem":
            return sum(path.is_file() for path in (self.folder / "blobs").rglob("*"))
        rows = await self.pool.transact(lambda tx: tx.rows("SELECT DISTINCT content_id, place FROM blob"))
        return len(rows)


@pytest_twisted.async_yield_fixture(params=["database", "filesystem"])
async def ground(request: Any, reactor: Any, pool: Pool, dsn: str, tmp_path: Path) -> Any:
    ground = Ground(reactor, pool, dsn, tmp_path, request.param)
    yield ground
    await ground.group.stop()


class TestAMailWithLargeParts:
    """They lie apart, and come back byte for byte."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_rendered_whole(self, ground: Ground) -> None:
        small = Attachment(b"small", "s.txt", "text/plain")
        content = Content(LONG, "hi", (small, Attachment(LARGE, "l.bin", content_id="one", inline=True)))
        id_ = await ground.send(content)
        assert await ground.parts() == 2
        assert await ground.read_back(id_) == content
        row = await ground.pool.transact(lambda tx: tx.row("SELECT html, text, attachments FROM content"))
        assert row == (None, "hi", 3), "the body that lies apart has a row as well"

    @pytest_twisted.ensureDeferred
    async def test_the_api_sees_its_files_and_its_body(self, ground: Ground) -> None:
        id_ = await ground.send(Content(LONG, None, (Attachment(b"s", "s"), Attachment(LARGE, "l"))))
        files = await ground.pool.transact(emails.files, ground.team, id_)
        assert [(one.filename, one.size, one.apart is None) for one in files] == [
            ("s", 1, True),
            ("l", len(LARGE), False),
        ]
        _, parts = await ground.pool.transact(emails.one_whole, ground.team, id_)
        assert [one.place for one in parts.apart] == [HTML]
        assert await ground.pool.transact(emails.files, ground.ids(), id_) is None, "another team's eyes"

    @pytest_twisted.ensureDeferred
    async def test_small_ones_stay_in_their_rows(self, ground: Ground) -> None:
        content = Content("<p>Hi</p>", None, (Attachment(b"x" * INSIDE_MOST),))
        assert await ground.read_back(await ground.send(content)) == content
        assert await ground.parts() == 0

    @pytest_twisted.ensureDeferred
    async def test_in_pieces_of_any_number(self, ground: Ground) -> None:
        sizes = (PIECE, PIECE + 1, PIECE * 4, PIECE * 4 + 1, PIECE * 9)
        content = Content("", None, tuple(Attachment((LARGE * (size // len(LARGE) + 1))[:size]) for size in sizes))
        assert await ground.read_back(await ground.send(content)) == content


class TestTheSweep:
    """What no mail points at goes, after an hour; what a mail points at stays as long as the mail."""

    @pytest_twisted.ensureDeferred
    async def test_an_orphan_goes(self, ground: Ground) -> None:
        """As one is left by a process that was killed between the part and the transaction."""
        used = await ground.send(Content(LONG))
        await ground.blobs.put(ground.ids(), {0: LARGE, HTML: b"x"})
        await ground.sweep.run()
        assert await ground.parts() == 3, "a submission may be about to use them"
        ground.ahead = SWEPT_AFTER + 60
        await ground.sweep.run()
        assert await ground.parts() == 1
        assert (await ground.read_back(used)).html == LONG
        await ground.sweep.run()
        assert await ground.parts() == 1

    @pytest_twisted.ensureDeferred
    async def test_a_submission_that_slept_through_it_fails(self, ground: Ground) -> None:
        """There is never a mail without its parts: whoever comes second loses."""

        class Slow:
            """Puts, and then sleeps for two hours."""

            def put(self, content_id: str, parts: Mapping[int, bytes]) -> Deferred[None]:
                return Deferred.fromCoroutine(self._put(content_id, parts))

            async def _put(self, content_id: str, parts: Mapping[int, bytes]) -> None:
                await ground.blobs.put(content_id, parts)
                ground.ahead = 2 * SWEPT_AFTER
                await ground.sweep.run()

            def get(self, parts: Any) -> Any:
                raise NotImplementedError

        ground.door = Door(
            ground.group, MemoryDomains(ground.ids, open=True), time.time, ground.ids, 9.0, lambda _: None, blobs=Slow()
        )
        with pytest.raises(MailItError):
            await ground.send(Content(LONG))
        assert await ground.parts() == 0
        assert (await ground.pool.transact(lambda tx: tx.row("SELECT count(*) AS n FROM email"))).n == 0

    @pytest_twisted.ensureDeferred
    async def test_one_that_was_cut_short_goes_on(self, ground: Ground) -> None:
        """A part that was fenced off, and not dropped, is dropped by the next."""
        orphan = ground.ids()
        await ground.blobs.put(orphan, {0: LARGE})
        ground.ahead = SWEPT_AFTER + 60
        store = ground.stores[0]

        class Dies:
            unused = store.unused

            async def drop(self, keys: Any) -> None:
                raise Unavailable

        with pytest.raises(Unavailable):
            await Sweep(ground.pool, [Dies()], ground.clock).run()
        assert await ground.parts() == 1
        await ground.sweep.run()
        assert await ground.parts() == 0


class TestFiles:
    """Folders by week, names that say what they are."""

    @pytest_twisted.ensureDeferred
    async def test_a_week_goes_with_its_partition(self, reactor: Any, pool: Pool, dsn: str, tmp_path: Path) -> None:
        """Retention drops partitions; the files follow."""
        ground = Ground(reactor, pool, dsn, tmp_path, "filesystem")
        old = Ids(lambda: time.time() - 60 * 86400)()
        await ground.blobs.put(old, {0: LARGE})
        (tmp_path / "blobs" / "lost+found").mkdir()
        await ground.sweep.run()
        assert [path.name for path in (tmp_path / "blobs").iterdir()] == ["lost+found"]

    @pytest_twisted.ensureDeferred
    async def test_what_was_being_written_goes(self, reactor: Any, pool: Pool, dsn: str, tmp_path: Path) -> None:
        """A file without its name yet, of a process that was killed."""
        ground = Ground(reactor, pool, dsn, tmp_path, "filesystem")
        await ground.blobs.put(ground.ids(), {0: LARGE})
        (path,) = (path for path in (tmp_path / "blobs").rglob("*") if path.is_file())
        assert path.stat().st_mode & 0o777 == 0o600
        path.rename(path.with_name(path.name + ".new"))
        await ground.sweep.run()
        assert await ground.parts() == 1
        ground.ahead = SWEPT_AFTER + 60
        await ground.sweep.run()
        assert await ground.parts() == 0

    @pytest_twisted.ensureDeferred
    async def test_a_damaged_one_is_not_sent(self, reactor: Any, pool: Pool, dsn: str, tmp_path: Path) -> None:
        """It is an error of ours, and the mail waits."""
        ground = Ground(reactor, pool, dsn, tmp_path, "filesystem")
        id_ = ground.ids()
        await ground.blobs.put(id_, {0: LARGE})
        (path,) = (path for path in (tmp_path / "blobs").rglob("*") if path.is_file())
        path.write_bytes(LARGE[:-1])
        with pytest.raises(Unavailable):
            await ground.blobs.get([Apart(id_, 0, len(LARGE))])
        path.unlink()
        with pytest.raises(Absent):
            await ground.blobs.get([Apart(id_, 0, len(LARGE))])

    @pytest_twisted.ensureDeferred
    async def test_a_folder_that_can_not_be_written(self, reactor: Any, pool: Pool, dsn: str, tmp_path: Path) -> None:
        """The sender may try again; nothing was accepted."""
        ground = Ground(reactor, pool, dsn, tmp_path, "filesystem")
        (tmp_path / "blobs").write_text("a file is in the way")
        with pytest.raises(Unavailable):
            await ground.send(Content(LONG))


class TestAnotherKind:
    """Mail that was accepted under another `storage.kind` is still read."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_found(self, ground: Ground) -> None:
        id_ = await ground.send(Content(LONG))
        ground.blobs = Store(ground.stores[1], ground.stores[:1])
        assert (await ground.read_back(id_)).html == LONG
        assert seconds(id_) <= time.time()


class TestTheWayBack:
    """The migration's down puts what lies in the table into the rows, and says where it can't."""

    DOWN = (Path(mailit.__file__).parent / "schema" / "core" / "0020_create_blobs.down.sql").read_text()

    @pytest_twisted.ensureDeferred
    async def test_nothing_is_lost(self, ground: Ground) -> None:
        content = Content(LONG, LONG[:-1], (Attachment(b"s"), Attachment(LARGE)))
        await ground.send(content)
        if ground.kind == "filesystem":
            with pytest.raises(psycopg2.errors.NotNullViolation):
                await ground.pool.transact(lambda tx: tx.run(self.DOWN))
            return
        await ground.pool.transact(lambda tx: tx.run(self.DOWN))
        row = await ground.pool.transact(lambda tx: tx.row("SELECT html, text, attachments FROM content"))
        assert row == (LONG, LONG[:-1], 2)
        files = await ground.pool.transact(lambda tx: tx.rows("SELECT bytes FROM attachment ORDER BY position"))
        assert [bytes(file.bytes) for file in files] == [b"s", LARGE]
