"""The ground that benchmarks stand on: an installation on a real disk, a mail of usual size, and a full queue."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from attrs import define

from bench.machine import PREFIX, in_memory
from mailit.db.connection import Transaction, connect
from mailit.db.embedded import EmbeddedServer
from mailit.db.migrations import CORE, SCHEMA, Migrations
from mailit.db.partitions import ensure
from mailit.ids import Ids
from tests.rig import Rig

BATCH = 100
_PARAGRAPH = "A parcel of yours left the house this morning and should be with you by tomorrow evening. "
_HTML = "<html><body>\n<h1>On its way</h1>\n" + f"<p>{_PARAGRAPH}</p>\n" * 12 + "</body></html>\n"
_TEXT = (_PARAGRAPH * 3).strip()


class NotDone(Exception):
    """What was to be measured did not happen."""


def mail(recipient: str = "ana@example.net") -> dict[str, Any]:
    """A mail of 1.7 KB as JSON."""
    return {
        "from": "Parcels <hello@example.org>",
        "to": [recipient],
        "subject": "Your parcel is on its way",
        "html": _HTML,
        "text": _TEXT,
    }


def disk() -> Path:
    """Where temporary files reach a disk: fsync in memory would be no fsync."""
    named = Path(tempfile.gettempdir())
    return next((place for place in (named, Path("/var/tmp")) if place.is_dir() and not in_memory(place)), named)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on a disk that is gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=disk()))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def installation(
    port: int, settings: Mapping[str, Mapping[str, Any]], log: Path | None = None, ttl: int = 1
) -> Iterator[Rig]:
    """An installation whose exchangers are at `port` of loopback, not started. What it logged is kept in `log`."""
    with folder() as path:
        rig = Rig(path, settings, ttl=ttl)
        try:
            rig.start_peers()
            rig.smtp = port
            rig.write_config()
            yield rig
        finally:
            rig.close()
            if log is not None and rig.log.exists():
                with log.open("ab") as kept:
                    kept.write(rig.log.read_bytes())


def configure(rig: Rig, **settings: Mapping[str, Any]) -> None:
    """Other settings, for the next start."""
    rig.settings = settings
    rig.write_config()


def open_for_mail(rig: Rig, verified: bool = True) -> None:
    """Starts the daemon, with a team, a key and a domain of the team, which DNS knows."""
    rig.start()
    said = rig.enroll()
    if verified:
        rig.verify(said)


def authorization(rig: Rig) -> dict[str, str]:
    """The header that lets a load generator in."""
    return {"Authorization": f"Bearer {rig.key}"}


def fill(rig: Rig, count: int, domain: str = "example.net") -> float:
    """Fills the queue through the API, by batches of 100 on two connections; gives the seconds that it took."""
    batches = iter(range(-(-count // BATCH)))
    lock = threading.Lock()
    failures: list[str] = []

    def post() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", rig.http, timeout=60)
        head = {"User-Agent": "bench", "Content-Type": "application/json", **authorization(rig)}
        while not failures:
            with lock:
                batch = next(batches, None)
            if batch is None:
                break
            mails = [mail(f"r{batch * BATCH + place}@{domain}") for place in range(BATCH)]
            connection.request("POST", "/emails/batch", json.dumps(mails), head)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                failures.append(f"{answer.status} {text.decode(errors='replace')[:200]}")
        connection.close()

    began = time.monotonic()
    threads = [threading.Thread(target=post, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise NotDone(f"the queue could not be filled: {failures[0]}")
    return time.monotonic() - began


@define
class Database:
    """Looks into the database of an installation, on a connection of its own."""

    dsn: str
    _connection: Any = None

    def value(self, sql: str, **params: Any) -> Any:
        """The one value that a query gives."""
        if self._connection is None:
            self._connection = connect(self.dsn, "bench", autocommit=True)
        row = Transaction(self._connection).row(sql, params)
        return None if row is None else row[0]

    def run(self, sql: str, **params: Any) -> None:
        """Runs statements."""
        if self._connection is None:
            self._connection = connect(self.dsn, "bench", autocommit=True)
        Transaction(self._connection).run(sql, params)

    def events(self) -> int:
        """How far the event log is: with a full queue and nobody who adds to it, each mail that ends draws one."""
        return int(self.value("SELECT last_value FROM event_seq"))

    def delivered(self) -> int:
        """How many recipients have their mail."""
        return int(self.value("SELECT count(*) FROM delivery WHERE state = 'delivered'"))

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def looking(rig: Rig) -> Iterator[Database]:
    """The database of an installation, which is kept running meanwhile."""
    with rig.database() as dsn:
        database = Database(dsn)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def snapshot(dsn: str) -> Iterator[None]:
    """An old REPEATABLE READ snapshot, as a backup holds it."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT count(*) FROM team")
        yield
    finally:
        connection.close()


@define
class Tenant:
    """A database without a daemon: tables, partitions, one team and its domain."""

    dsn: str
    team: str
    domain: str
    server: EmbeddedServer


@contextmanager
def tables() -> Iterator[Tenant]:
    """A PostgreSQL of its own, on a disk, migrated, with a team and a domain."""
    with folder() as path:
        server = EmbeddedServer(path / "postgres")
        try:
            dsn = server.start()
            Migrations({CORE: SCHEMA / CORE}).up(dsn)
            draw = Ids()
            tenant = Tenant(dsn, draw(), draw(), server)
            connection = connect(dsn, "bench")
            tx = Transaction(connection)
            ensure(tx, time.time())
            tx.run("INSERT INTO team (id, name) VALUES (%(id)s, 'Acme')", {"id": tenant.team})
            tx.run(
                "INSERT INTO domain (id, team_id, name, status) VALUES (%(id)s, %(team)s, 'example.org', 'verified')",
                {"id": tenant.domain, "team": tenant.team},
            )
            connection.commit()
            connection.close()
            yield tenant
        finally:
            server.stop()


def postmaster(database: Database) -> int | None:
    """The process of PostgreSQL, as this process sees it; None where it has another number here."""
    folder_ = database.value("SHOW data_directory")
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                words = (Path(entry.path) / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"postgres") and os.fsencode(folder_) in words:
                return int(entry.name)
    return None
