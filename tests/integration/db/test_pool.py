"""Ordinary transactions on a real server."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from mailit.db.pool import Pool, Transaction
from mailit.errors import Unavailable
from tests.integration.db.proxy import Cut, proxied
from tests.postgres import short_folder

_INSERT = "INSERT INTO team (id, name) VALUES (%(id)s, %(name)s)"
_ID = "0192f0c1-2b3c-7def-8123-456789abcdef"


def _insert(tx: Transaction, name: str = "Acme") -> int:
    return tx.run(_INSERT, {"id": _ID, "name": name})


def _count(tx: Transaction) -> int:
    row = tx.row("SELECT count(*) AS n FROM team")
    assert row is not None
    return int(row.n)


def _kill_all(tx: Transaction) -> None:
    tx.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


class TestATransaction:
    """One function, one transaction."""

    @pytest_twisted.ensureDeferred
    async def test_commits_when_it_returns(self, pool: Pool) -> None:
        """What it returns comes back, and what it wrote stands."""
        assert await pool.transact(_insert, "Acme") == 1
        assert await pool.transact(_count) == 1

    @pytest_twisted.ensureDeferred
    async def test_is_undone_when_it_raises(self, pool: Pool) -> None:
        """Its own error comes back, and nothing of it stands."""

        def fails(tx: Transaction) -> None:
            _insert(tx)
            raise KeyError("mine")

        with pytest.raises(KeyError):
            await pool.transact(fails)
        assert await pool.transact(_count) == 0

    @pytest_twisted.ensureDeferred
    async def test_gives_rows_by_column_name(self, pool: Pool) -> None:
        """uuid comes as text, bytea as bytes, uuid[] as a list of text, and time in UTC."""

        def read(tx: Transaction) -> Any:
            return tx.row(
                "SELECT %(id)s::uuid AS id, ARRAY[%(id)s::uuid] AS ids, '\\x00ff'::bytea AS raw, "
                "timestamptz '2026-01-01T01:00+01' AS at",
                {"id": _ID},
            )

        row = await pool.transact(read)
        assert (row.id, row.ids, row.raw, row.at.isoformat()) == (
            _ID,
            [_ID],
            b"\x00\xff",
            "2026-01-01T00:00:00+00:00",
        )

    @pytest_twisted.ensureDeferred
    async def test_raises_the_databases_error_as_it_is(self, pool: Pool) -> None:
        """A constraint that does not hold is the caller's to understand."""
        await pool.transact(_insert)
        with pytest.raises(psycopg2.errors.UniqueViolation):
            await pool.transact(_insert)

    @pytest_twisted.ensureDeferred
    async def test_runs_again_after_a_deadlock(self, pool: Pool) -> None:
        """Two that wait for each other both come to their end."""
        await pool.transact(
            lambda tx: tx.run("CREATE TABLE pair (n int PRIMARY KEY); INSERT INTO pair VALUES (1), (2)")
        )

        def lock(tx: Transaction, first: int, second: int) -> None:
            for n in (first, second):
                tx.run("UPDATE pair SET n = n WHERE n = %(n)s", {"n": n})
                tx.row("SELECT pg_sleep(0.2)")

        await gatherResults([pool.transact(lock, 1, 2), pool.transact(lock, 2, 1)])


class TestALostConnection:
    """The pool heals by itself."""

    @pytest_twisted.ensureDeferred
    async def test_while_idle_is_not_noticed(self, pool: Pool) -> None:
        """Work that finds its connection dead runs on a new one."""
        await pool.transact(_count)
        await pool.transact(_kill_all)
        assert [await pool.transact(_count) for _ in range(5)] == [0] * 5

    @pytest_twisted.ensureDeferred
    async def test_for_good_is_unavailable(self, reactor: Any) -> None:
        """Where nobody listens, the error says that it may work later, and the cause is kept for the log."""
        pool = Pool(reactor, "host=/nonexistent dbname=x")
        pool.start()
        with pytest.raises(Unavailable) as caught:
            await pool.transact(_count)
        assert isinstance(caught.value.__cause__, psycopg2.OperationalError)
        await pool.stop()


class TestAConnectionLostInCommit:
    """Nobody knows what became of it, and that is what is said; it is not done again."""

    @pytest.mark.parametrize(("cut", "there"), [(Cut.BEFORE, 0), (Cut.AFTER, 1)])
    @pytest_twisted.ensureDeferred
    async def test_is_unavailable(self, reactor: Any, pool: Pool, dsn: str, cut: Cut, there: int) -> None:
        """Whether it was committed or not; and the next transaction is none the worse."""
        with short_folder() as folder, proxied(folder, dsn) as proxy:
            cutting = Pool(reactor, proxy.dsn)
            cutting.start()
            await cutting.transact(_count)
            proxy.arm(b"COMMIT", cut)
            with pytest.raises(Unavailable):
                await cutting.transact(_insert)
            assert await cutting.transact(_count) == there
            assert proxy.cuts == 1
            await cutting.stop()


class TestStopping:
    """Order at the end."""

    @pytest_twisted.ensureDeferred
    async def test_waits_for_the_work_at_hand(self, reactor: Any, dsn: str) -> None:
        """What was begun is committed; what comes later is refused."""
        pool = Pool(reactor, dsn)
        pool.start()
        slow = pool.transact(lambda tx: (tx.row("SELECT pg_sleep(0.2)"), _insert(tx))[1])
        stopped = Deferred.fromCoroutine(pool.stop())
        with pytest.raises(Unavailable):
            await pool.transact(_count)
        await stopped
        assert await slow == 1
