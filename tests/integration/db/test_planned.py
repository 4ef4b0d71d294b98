"""Prepared statements on a real server."""

from __future__ import annotations

import time

import psycopg2
import pytest

from mailit.db import planned
from mailit.db.connection import KEYED, Transaction, connect
from mailit.db.planned import Planned

ADD = Planned.of("INSERT INTO team (id, name) SELECT * FROM unnest(%(ids)s::uuid[], %(names)s::text[])")
NAMES = Planned.of("SELECT name FROM team WHERE id = ANY (%(ids)s::uuid[])")
PREPARED = "SELECT name, generic_plans + custom_plans AS used FROM pg_prepared_statements"
ID = "{0192f0c1-2b3c-7def-8123-456789abcdef}"


@pytest.fixture
def tx(dsn):
    connection = connect(dsn, "mailit planned", KEYED, autocommit=True)
    yield Transaction(connection)
    connection.close()


class TestAConnection:
    """Each prepares a statement at its first use, and calls it from then on."""

    def test_used_twice(self, tx):
        """It is prepared once."""
        for _ in range(2):
            assert tx.rows(NAMES, {"ids": ID}) == []
        assert [row.used for row in tx.rows(PREPARED)] == [2]

    def test_several_in_one_string(self, tx):
        """One implicit transaction: an error in the last undoes the first."""
        with pytest.raises(psycopg2.errors.UniqueViolation):
            tx.run(ADD + ADD, {"ids": ID, "names": "{Acme}"})
        assert tx.rows(NAMES, {"ids": ID}) == []
        tx.run(ADD + NAMES, {"ids": ID, "names": "{Acme}"})
        assert [row.name for row in tx.rows(NAMES, {"ids": ID})] == ["Acme"]

    def test_a_transaction_that_is_undone(self, tx):
        """What was prepared in it stays prepared."""
        tx.run("BEGIN")
        tx.run(ADD, {"ids": ID, "names": "{Acme}"})
        tx.run("ROLLBACK")
        tx.run(ADD, {"ids": ID, "names": "{Acme}"})
        assert [row.name for row in tx.rows(NAMES, {"ids": ID})] == ["Acme"]

    def test_a_plan_ages(self, tx, monkeypatch):
        """After a second it is made anew, for the tables as they are then."""
        tx.rows(NAMES, {"ids": ID})
        now = time.monotonic() + planned.PLAN_FOR
        monkeypatch.setattr(planned.time, "monotonic", lambda: now)
        assert tx._connection.prepared(NAMES).startswith("DISCARD PLANS;EXECUTE ")
        assert not tx._connection.prepared(NAMES).startswith("DISCARD")
        assert tx.rows("DISCARD PLANS;" + "EXECUTE " + NAMES.statements[0].name + "(%(ids)s)", {"ids": ID}) == []

    def test_a_table_that_changes(self, tx):
        """Its plan follows."""
        tx.rows(NAMES, {"ids": ID})
        tx.run("ALTER TABLE team ADD note text")
        assert tx.rows(NAMES, {"ids": ID}) == []
