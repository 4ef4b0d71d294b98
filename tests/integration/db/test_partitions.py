"""Partitions, made ahead and dropped behind, with readers in the way."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from mailit import ids
from mailit.db.connection import Connection, Transaction, connect
from mailit.db.partitions import EVENTS_EACH, MAIL, drop_before, ensure
from tests.postgres import Postgres

_DAY = 86_400.0
_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()  # a Wednesday, of week 48


@pytest.fixture
def bare(postgres: Postgres) -> Iterator[str]:
    """The tables without a single partition."""
    with postgres.database() as dsn:
        connection = connect(dsn, "tests", autocommit=True)
        tx = Transaction(connection)
        for row in tx.rows("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"):
            tx.run(f"DROP TABLE {row.relname}")
        connection.close()
        yield dsn


@pytest.fixture
def connection(bare: str) -> Iterator[Connection]:
    """A connection in autocommit."""
    connection = connect(bare, "tests", autocommit=True)
    yield connection
    connection.close()


def make(dsn: str, now: float) -> int:
    """What `ensure` makes, committed."""
    connection = connect(dsn, "tests")
    try:
        made = ensure(Transaction(connection), now)
        connection.commit()
        return made
    finally:
        connection.close()


def partitions(connection: Connection, table: str) -> list[str]:
    """The names of a table's partitions, in order."""
    rows = Transaction(connection).rows(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = %(table)s::regclass ORDER BY 1",
        {"table": table},
    )
    return [row.name for row in rows]


def add_event(connection: Connection, seq: int, at: float) -> None:
    """An event of that number and time."""
    Transaction(connection).run(
        "INSERT INTO event (seq, team_id, type, created_at) "
        "VALUES (%(seq)s, gen_random_uuid(), 'email.sent', to_timestamp(%(at)s))",
        {"seq": seq, "at": at},
    )


def add_delivery(connection: Connection, at: float) -> str:
    """A delivery that was accepted at that time."""
    id_ = ids.floor(at)
    Transaction(connection).run(
        "INSERT INTO delivery (id, email_id, team_id, recipient, state, updated_at) "
        "VALUES (%(id)s, %(id)s, %(id)s, 'a@example.net', 'queued', now())",
        {"id": id_},
    )
    return id_


class TestMakingThem:
    """From last week to four weeks ahead, and two stretches of the log ahead."""

    def test_makes_what_is_missing_once(self, bare: str, connection: Connection) -> None:
        """Named by ISO week; a second run finds nothing to do, a week later one week is missing."""
        assert make(bare, _NOW) == len(MAIL) * 6 + 3
        assert partitions(connection, "email") == [f"email_2026w{week}" for week in (47, 48, 49, 50, 51, 52)]
        assert partitions(connection, "event") == ["event_000000", "event_000001", "event_000002"]
        assert make(bare, _NOW) == 0
        assert make(bare, _NOW + 7 * _DAY) == len(MAIL)
        assert partitions(connection, "email")[-1] == "email_2026w53"

    def test_names_weeks_by_the_year_that_they_belong_to(self, bare: str, connection: Connection) -> None:
        """The first of January 2027 is a Friday of 2026's week 53."""
        make(bare, datetime(2027, 1, 1, tzinfo=UTC).timestamp())
        assert partitions(connection, "email")[:3] == ["email_2026w52", "email_2026w53", "email_2027w01"]

    def test_takes_every_id_of_its_time(self, bare: str, connection: Connection) -> None:
        """From the first moment of a week to its last."""
        make(bare, _NOW)
        monday = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
        for at in (monday - 0.001, monday, monday + 7 * _DAY - 0.001, monday + 7 * _DAY):
            add_delivery(connection, at)
        rows = Transaction(connection).rows("SELECT tableoid::regclass::text AS name FROM delivery ORDER BY id")
        assert [row.name for row in rows] == [f"delivery_2026w{week}" for week in (47, 48, 48, 49)]

    def test_follows_the_log(self, bare: str, connection: Connection) -> None:
        """Two stretches ahead of where the sequence is."""
        make(bare, _NOW)
        Transaction(connection).row("SELECT setval('event_seq', %(seq)s)", {"seq": EVENTS_EACH})
        assert make(bare, _NOW) == 1
        assert partitions(connection, "event")[-1] == "event_000003"

    def test_gives_each_the_parents_indexes(self, bare: str, connection: Connection) -> None:
        """What is attached has them from the start, as the parent's own parts."""
        make(bare, _NOW)
        rows = Transaction(connection).rows(
            "SELECT count(*) AS n FROM pg_inherits JOIN pg_index ON inhrelid = indexrelid "
            "WHERE indrelid = 'email_2026w48'::regclass"
        )
        assert rows[0].n == 4

    def test_keeps_contents_of_a_few_kilobytes_in_their_row(self, bare: str, connection: Connection) -> None:
        """Neither compressed nor moved elsewhere."""
        make(bare, _NOW)
        tx = Transaction(connection)
        tx.run(
            "INSERT INTO content (id, team_id, html) VALUES (%(id)s, %(id)s, repeat('x', 6000))",
            {"id": ids.floor(_NOW)},
        )
        row = tx.row("SELECT pg_column_size(html) AS stored FROM content")
        assert row is not None
        assert row.stored > 6000

    def test_waits_for_no_reader(self, bare: str, connection: Connection) -> None:
        """A backup that has read every table holds nothing up, neither us nor those who write meanwhile."""
        make(bare, _NOW)
        with _reader(bare, [*MAIL, "event"]):
            began = time.monotonic()
            assert make(bare, _NOW + 7 * _DAY) == len(MAIL)
            assert time.monotonic() - began < 1.5
            add_delivery(connection, _NOW)

    def test_is_done_by_one_of_two_that_come_at_once(self, bare: str) -> None:
        """The other waits, and finds it done."""
        made: list[int] = []
        both = [threading.Thread(target=lambda: made.append(make(bare, _NOW))) for _ in "ab"]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert sorted(made) == [0, len(MAIL) * 6 + 3]


class TestDroppingThem:
    """Only what is old and not needed, and never in anybody's way."""

    def test_drops_what_is_wholly_before(self, bare: str, connection: Connection) -> None:
        """A week that has an hour left to be kept is kept."""
        make(bare, _NOW)
        make(bare, _NOW + 7 * _DAY)
        monday = datetime(2026, 11, 30, tzinfo=UTC).timestamp()
        dropped = drop_before(bare, monday - 1)
        assert sorted(dropped) == sorted(f"{table}_2026w47" for table in MAIL)
        assert sorted(drop_before(bare, monday)) == sorted(f"{table}_2026w48" for table in MAIL)
        assert drop_before(bare, monday) == []
        assert partitions(connection, "email")[0] == "email_2026w49"

    def test_keeps_what_a_live_mail_needs(self, bare: str, connection: Connection) -> None:
        """Its own week, and that of its content, which is older where it is a broadcast's."""
        make(bare, _NOW)
        make(bare, _NOW + 14 * _DAY)
        _add_live(connection, email=_NOW + 7 * _DAY, content=_NOW, first_seq=5)
        drop_before(bare, _NOW + 28 * _DAY)
        assert partitions(connection, "content")[0] == "content_2026w48"
        assert partitions(connection, "attachment")[0] == "attachment_2026w48"
        assert partitions(connection, "email")[0] == "email_2026w49"
        assert partitions(connection, "delivery")[0] == "delivery_2026w49"

    def test_keeps_events_that_are_young_or_unread(self, bare: str, connection: Connection) -> None:
        """By their time, by the slowest subscriber, and by the mails that still live."""
        tx = Transaction(connection)
        make(bare, _NOW)
        tx.row("SELECT setval('event_seq', %(seq)s)", {"seq": 2 * EVENTS_EACH + 5})
        make(bare, _NOW)
        add_event(connection, EVENTS_EACH - 1, _NOW - 10 * _DAY)
        add_event(connection, 2 * EVENTS_EACH - 1, _NOW)
        tx.run("INSERT INTO subscriber_cursor VALUES ('slow', %(seq)s)", {"seq": EVENTS_EACH - 1})
        week = _NOW - 7 * _DAY
        assert drop_before(bare, week) == []
        tx.run("UPDATE subscriber_cursor SET seq = %(seq)s", {"seq": 3 * EVENTS_EACH})
        _add_live(connection, email=_NOW, content=_NOW, first_seq=7)
        assert drop_before(bare, week) == []
        tx.run("DELETE FROM envelope")
        assert drop_before(bare, week) == ["event_000000"]
        assert partitions(connection, "event")[0] == "event_000001"
        assert drop_before(bare, _NOW + _DAY)[-1] == "event_000001", "the stretch that is being written stays"

    def test_leaves_for_another_time_what_is_being_read(self, bare: str, connection: Connection) -> None:
        """A backup is not waited for, nobody waits behind us, and the rest is done once it is over."""
        make(bare, _NOW)
        until = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
        writing: list[float] = []
        with _reader(bare, [*MAIL, "event"]):
            writer = threading.Thread(target=lambda: writing.extend(_write_for(bare, 3.0)))
            writer.start()
            assert drop_before(bare, until) == []
            assert drop_before(bare, until) == [], "a detach that is pending is tried first, and times out again"
            writer.join()
        assert max(writing) < 1.0, "an insert had to wait"
        assert sorted(drop_before(bare, until)) == sorted(f"{table}_2026w47" for table in MAIL)
        assert Transaction(connection).rows("SELECT 1 FROM pg_inherits WHERE inhdetachpending") == []

    def test_drops_what_was_detached_and_not_dropped(self, bare: str, connection: Connection) -> None:
        """A process that was killed between the two leaves nothing for ever."""
        make(bare, _NOW)
        Transaction(connection).run("ALTER TABLE email DETACH PARTITION email_2026w47")
        assert drop_before(bare, 0) == ["email_2026w47"]

    def test_leaves_other_tables_alone(self, bare: str, connection: Connection) -> None:
        """Those whose names only look alike."""
        make(bare, _NOW)
        Transaction(connection).run("CREATE TABLE email_2026 (); CREATE TABLE email_archive_2026w01 ()")
        assert drop_before(bare, 0) == []


class _reader:
    """A backup: one snapshot, and a lock on all it reads, for as long as it lasts."""

    def __init__(self, dsn: str, tables: list[str]) -> None:
        self._connection = connect(dsn, "backup")
        tx = Transaction(self._connection)
        tx.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET idle_in_transaction_session_timeout = 0")
        for table in tables:
            tx.row(f"SELECT count(*) FROM {table}")

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: Any) -> None:
        self._connection.close()


def _write_for(dsn: str, seconds: float) -> list[float]:
    """How long each insert took, of as many as went in this time."""
    connection = connect(dsn, "writer", autocommit=True)
    end = time.monotonic() + seconds
    took = []
    at = _NOW
    while time.monotonic() < end:
        began = time.monotonic()
        add_delivery(connection, at)
        took.append(time.monotonic() - began)
        at += 1
        time.sleep(0.005)
    connection.close()
    return took


def _add_live(connection: Connection, *, email: float, content: float, first_seq: int) -> None:
    """A mail that is still to be delivered."""
    email_id = ids.floor(email)
    Transaction(connection).run(
        "INSERT INTO email (id, team_id, domain_id, content_id, stream, sender, recipients, cc, bcc, reply_to, subject,"
        " headers, tags, variables, message_id, deliveries, created_at, last_event, first_seq) "
        "VALUES (%(id)s, %(id)s, %(id)s, %(content)s, 0, 'a@b', '[]', '[]', '[]', '[]', '', '[]', '[]', '{}', '', 1,"
        " now(), 'queued', %(first_seq)s);"
        "INSERT INTO envelope (id, email_id, team_id, domain, stream, recipient, due_at, expires_at, announced) "
        "VALUES (%(own)s, %(id)s, %(id)s, 'b', 0, 'a@b', now(), now(), true)",
        {"id": email_id, "content": ids.floor(content), "first_seq": first_seq, "own": str(uuid.uuid4())},
    )
