"""PostgreSQL killed, stopped and out of disk, under load: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from mailit.db.arrays import array
from mailit.db.connection import Fault, Transaction, connect, fault
from mailit.db.embedded import EmbeddedServer
from mailit.db.group import Group
from mailit.db.listen import Listener
from mailit.db.pool import Pool
from mailit.errors import Unavailable
from mailit.interfaces import Tx
from tests.postgres import programs, short_folder

# Neither has a key: what is done twice stands there twice.
_TABLES = "CREATE TABLE grouped (id uuid NOT NULL, body text); CREATE TABLE pooled (id uuid NOT NULL)"
_GROUPED = "INSERT INTO grouped SELECT unnest(%(ids)s::uuid[]), %(body)s"
_POOLED = "INSERT INTO pooled VALUES (%(id)s)"
_FIND = "SELECT id FROM grouped WHERE id = ANY (%(ids)s::uuid[])"


class Load:
    """Submitters that go on, whatever happens, and remember what they were told."""

    def __init__(self, reactor: Any, dsn: Callable[[], str], patience: float = 5.0) -> None:
        self._reactor = reactor
        self._running = False
        self.group: Group[str, str] = Group(reactor, "load", dsn, _write, _settle, patience=patience)
        self.pool = Pool(reactor, dsn, size=4)
        self.listener = Listener(reactor, dsn)
        self.heard: list[str] = []
        self.grouped: list[str] = []
        self.pooled: list[str] = []
        self.refused = 0  # by the group
        self._ends: list[Deferred[None]] = []

    def start(self) -> None:
        self._running = True
        self.pool.start()
        self.listener.listen("load", self.heard.append)
        self.listener.start()
        self._ends = [Deferred.fromCoroutine(self._submit()) for _ in range(24)]
        self._ends += [Deferred.fromCoroutine(self._transact()) for _ in range(4)]

    async def stop(self) -> None:
        self._running = False
        await gatherResults(self._ends)
        await self.group.stop()
        await self.pool.stop()
        await self.listener.stop()

    async def _submit(self) -> None:
        while self._running:
            id_ = str(uuid.uuid4())
            try:
                self.grouped.append(await self.group.submit(id_))
            except Unavailable:
                self.refused += 1

    async def _transact(self) -> None:
        while self._running:
            id_ = str(uuid.uuid4())
            try:
                await self.pool.transact(_insert, id_)
                self.pooled.append(id_)
            except Unavailable:
                await deferLater(self._reactor, 0.05, lambda: None)


def _write(tx: Tx, items: Sequence[str]) -> list[str]:
    tx.run(_GROUPED, {"ids": array(items), "body": "x" * 100})
    return list(items)


def _settle(tx: Tx, items: Sequence[str]) -> list[str | None]:
    there = {row.id for row in tx.rows(_FIND, {"ids": array(items)})}
    return [item if item in there else None for item in items]


def _insert(tx: Tx, id_: str) -> int:
    return tx.run(_POOLED, {"id": id_})


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of this test's own, with everything on disk as it is in earnest."""
    with short_folder() as folder:
        server = EmbeddedServer(folder / "postgres", programs)
        dsn = server.start()
        connection = connect(dsn, "tests", autocommit=True)
        Transaction(connection).run(_TABLES)
        connection.close()
        yield server
        server.stop()


def kill(server: EmbeddedServer) -> None:
    """SIGKILL to the server's first process; the others go when they see it."""
    os.kill(int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)


def table(dsn: str, name: str) -> Counter[str]:
    """How often each id stands in a table."""
    connection = connect(dsn, "tests", autocommit=True)
    try:
        return Counter(row.id for row in Transaction(connection).rows(f"SELECT id FROM {name}"))
    finally:
        connection.close()


class TestPostgresKilledUnderLoad:
    """SIGKILL, again and again, while group and pool write."""

    @pytest_twisted.ensureDeferred
    async def test_loses_nothing_and_does_nothing_twice(self, reactor: Any, server: EmbeddedServer) -> None:
        """It is started again by whoever finds it away; each acknowledged id stands there once."""
        load = Load(reactor, server.ensure, patience=30.0)
        load.start()
        for _ in range(3):
            await deferLater(reactor, 0.4, lambda: None)
            kill(server)
            acknowledged = len(load.grouped)
            deadline = time.monotonic() + 30
            while len(load.grouped) < acknowledged + 200:
                assert time.monotonic() < deadline, "it does not heal"
                await deferLater(reactor, 0.02, lambda: None)
        await load.stop()
        dsn = await deferToThread(server.ensure)
        for name, told in (("grouped", load.grouped), ("pooled", load.pooled)):
            there = table(dsn, name)
            assert len(told) > 50
            assert set(told) <= set(there), "acknowledged, and lost"
            assert max(there.values()) == 1, "done twice"
        assert load.refused == 0, "a group waits for a database that is back within its patience"


class TestPostgresThatEndsItself:
    """One of its processes dies, and it ends all others with a last word to their clients."""

    @pytest.mark.parametrize("size", [10, 3_000_000])
    def test_is_a_lost_connection(self, server: EmbeddedServer, size: int) -> None:
        """Also where the next statement could not be written, which psycopg2 takes for an error like any other."""
        connection = connect(server.start(), "tests", autocommit=True)
        os.kill(connection.info.backend_pid, signal.SIGQUIT)
        time.sleep(0.3)
        with pytest.raises(psycopg2.DatabaseError) as caught:
            Transaction(connection).run("SELECT %(text)s", {"text": "x" * size})
        assert fault(connection, caught.value) is Fault.LOST
        connection.close()


class TestPostgresStoppedAndStartedUnderLoad:
    """An operator stops it for a while, longer than anybody waits."""

    @pytest_twisted.ensureDeferred
    async def test_is_refused_meanwhile_and_heals(self, reactor: Any, server: EmbeddedServer) -> None:
        """Callers are told that it may work later; listeners are told to look when it is back."""
        dsn = server.start()
        load = Load(reactor, lambda: dsn, patience=0.5)
        load.start()
        await deferLater(reactor, 0.4, lambda: None)
        await deferToThread(server.stop)
        before = load.refused
        await deferLater(reactor, 1.5, lambda: None)
        assert load.refused > before
        load.heard.clear()
        acknowledged = len(load.grouped)
        await deferToThread(server.start)
        deadline = time.monotonic() + 30
        while len(load.grouped) < acknowledged + 200 or "" not in load.heard:
            assert time.monotonic() < deadline, "it does not heal"
            await deferLater(reactor, 0.02, lambda: None)
        await load.stop()
        there = table(dsn, "grouped")
        assert set(load.grouped) <= set(there)
        assert max(there.values()) == 1


class TestAFullDisk:
    """A row that the disk has no room for is an error at once, not a wait, and all is well once there is room."""

    @pytest_twisted.ensureDeferred
    async def test_is_unavailable_and_heals(self, reactor: Any, server: EmbeddedServer) -> None:
        """The whole group is told, and nobody's row is blamed; what was refused is not there."""
        dsn = server.start()
        group: Group[str, str] = Group(reactor, "full", dsn, _write, _settle)
        pool = Pool(reactor, dsn)
        pool.start()
        _fill(dsn, "grouped")
        _fill(dsn, "pooled")
        began = time.monotonic()
        refused = await DeferredList([group.submit(str(uuid.uuid4())) for _ in range(50)], consumeErrors=True)
        refused += await DeferredList([pool.transact(_insert, str(uuid.uuid4())) for _ in range(5)], consumeErrors=True)
        assert time.monotonic() - began < 3
        assert {(good, type(told.value)) for good, told in refused} == {(False, Unavailable)}
        assert isinstance(refused[0][1].value.__cause__, psycopg2.errors.DiskFull)
        _make_room(dsn)
        kept = await gatherResults([group.submit(str(uuid.uuid4())) for _ in range(50)])
        assert await pool.transact(_insert, str(uuid.uuid4())) == 1
        await group.stop()
        await pool.stop()
        assert table(dsn, "grouped") == Counter(kept)
        assert sum(table(dsn, "pooled").values()) == 1


def _fill(dsn: str, name: str) -> None:
    """Lets the disk be full under an empty table: the kernel says ENOSPC to whatever is added to its file."""
    connection = connect(dsn, "tests", autocommit=True)
    try:
        tx = Transaction(connection)
        row = tx.row(
            "SELECT current_setting('data_directory') AS data, pg_relation_filepath(%(t)s) AS path", {"t": name}
        )
        assert row is not None
        file = Path(row.data) / row.path
        file.unlink()
        file.symlink_to("/dev/full")
    finally:
        connection.close()


def _make_room(dsn: str) -> None:
    """What an operator does: something goes. The tables get files of their own again."""
    connection = connect(dsn, "tests", autocommit=True)
    try:
        Transaction(connection).run("TRUNCATE grouped, pooled")
    finally:
        connection.close()
