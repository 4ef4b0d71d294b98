"""Retention: what is older than mail is kept for goes by itself, and nothing else does."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from mailit import config, ids
from mailit.daemon import make_service
from mailit.db.connection import Connection, Transaction, connect
from mailit.db.partitions import EVENTS_EACH, MAIL, ensure
from mailit.db.retention import Retention
from tests.rig import free_port

_DAY = 86_400.0
_NOW = time.time()
_OLD = _NOW - 60 * _DAY


@pytest.fixture
def connection(dsn: str) -> Iterator[Connection]:
    """A connection in autocommit, in a database that has two months of mail."""
    connection = connect(dsn, "tests")
    ensure(Transaction(connection), _OLD)
    connection.commit()
    connection.autocommit = True
    yield connection
    connection.close()


def add_mail(connection: Connection, at: float, *, live: bool = False) -> str:
    """A mail of that time, with its content, and its envelope where it is still to be delivered."""
    id_ = ids.floor(at)
    envelope = (
        "INSERT INTO envelope (id, email_id, team_id, domain, stream, recipient, due_at, expires_at, announced) "
        "VALUES (%(id)s, %(id)s, %(id)s, 'b', 0, 'a@b', now(), now(), true)"
    )
    Transaction(connection).run(
        "INSERT INTO email (id, team_id, domain_id, content_id, stream, sender, recipients, cc, bcc, reply_to, subject,"
        " headers, tags, variables, message_id, deliveries, created_at, last_event, first_seq) "
        "VALUES (%(id)s, %(id)s, %(id)s, %(id)s, 0, 'a@b', '[]', '[]', '[]', '[]', '', '[]', '[]', '{}', '', 1,"
        " to_timestamp(%(at)s), 'sent', 1);"
        "INSERT INTO content (id, team_id) VALUES (%(id)s, %(id)s);" + (envelope if live else ""),
        {"id": id_, "at": at},
    )
    return id_


def kept(connection: Connection) -> list[str]:
    """The mails that are there, oldest first."""
    return [row.id for row in Transaction(connection).rows("SELECT id FROM email ORDER BY id")]


def retention(dsn: str, days: float) -> Retention:
    """As the daemon has it."""
    return Retention(dsn, days * _DAY, time.time, deferToThread)


class TestWhatIsOld:
    """Whole weeks of it."""

    @pytest_twisted.ensureDeferred
    async def test_goes(self, dsn: str, connection: Connection) -> None:
        """The mail with all its parts; what is young stays, and it is counted."""
        add_mail(connection, _OLD)
        young = add_mail(connection, _NOW)
        keeping = retention(dsn, 40)
        await keeping.run()
        assert kept(connection) == [young]
        assert keeping.dropped and keeping.dropped % len(MAIL) == 0
        await keeping.run()
        assert kept(connection) == [young]

    @pytest_twisted.ensureDeferred
    async def test_stays_where_something_of_it_lives(self, dsn: str, connection: Connection) -> None:
        """Nothing from the oldest mail on that is still to be delivered; it goes once that has ended."""
        live = add_mail(connection, _OLD, live=True)
        younger = add_mail(connection, _OLD + 14 * _DAY)
        await retention(dsn, 7).run()
        assert kept(connection) == [live, younger]
        Transaction(connection).run("DELETE FROM envelope")
        await retention(dsn, 7).run()
        assert kept(connection) == []

    @pytest_twisted.ensureDeferred
    async def test_events_go_by_their_time(self, dsn: str, connection: Connection) -> None:
        """A stretch of the log whose last event is old."""
        tx = Transaction(connection)
        tx.row("SELECT setval('event_seq', %(seq)s)", {"seq": EVENTS_EACH + 5})
        tx.run(
            "INSERT INTO event (seq, team_id, type, created_at) "
            "VALUES (5, gen_random_uuid(), 'x', to_timestamp(%(at)s))",
            {"at": _OLD},
        )
        await retention(dsn, 90).run()
        assert tx.rows("SELECT seq FROM event")
        await retention(dsn, 40).run()
        assert not tx.rows("SELECT seq FROM event")

    @pytest_twisted.ensureDeferred
    async def test_no_mail_is_left_without_its_content(self, dsn: str, connection: Connection) -> None:
        """Whoever reads old mails keeps their contents, too."""
        id_ = add_mail(connection, _OLD)
        reader = connect(dsn, "reader")
        Transaction(reader).rows("SELECT id FROM email")
        try:
            await retention(dsn, 40).run()
            assert Transaction(connection).rows("SELECT id FROM content WHERE id = %(id)s", {"id": id_})
        finally:
            reader.close()


class TestTheDaemon:
    """It does it by itself, where it is told to."""

    @pytest_twisted.ensureDeferred
    async def test_drops_what_is_old(self, reactor: Any, dsn: str, connection: Connection, tmp_path: Path) -> None:
        """A job, whose work a metric counts."""
        add_mail(connection, _OLD)
        metrics = free_port()
        variables = {
            "MAILIT_SERVER_DATA_DIR": str(tmp_path / "data"),
            "MAILIT_SERVER_HTTP_ADDR": f"127.0.0.1:{free_port()}",
            "MAILIT_OBSERVABILITY_PROMETHEUS_ADDR": f"127.0.0.1:{metrics}",
            "MAILIT_DATABASE_MAIL_RETENTION": "40d",
            **_parts(dsn),
        }
        daemon: Any = make_service(config.load(None, variables, []), [], reactor)
        daemon.startService()
        try:
            await _until(reactor, lambda: daemon.ready and not kept(connection))
            end, text = time.monotonic() + 20, ""
            while "mailit_partitions_dropped_total 0" in text or not text:
                assert time.monotonic() < end
                text = await deferToThread(_metrics, metrics)
        finally:
            await daemon.stopService()
        assert "mailit_partitions_dropped_total " in text


async def _until(reactor: Any, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        waited: Deferred[None] = Deferred()
        reactor.callLater(0.05, waited.callback, None)
        await waited


def _parts(dsn: str) -> dict[str, str]:
    """What is in a DSN, as variables of the configuration."""
    from psycopg2.extensions import parse_dsn

    return {f"MAILIT_DATABASE_{name.upper()}": value for name, value in parse_dsn(dsn).items()}


def _metrics(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text
