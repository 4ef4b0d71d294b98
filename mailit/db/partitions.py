"""Partitions: weeks of mail and stretches of the event log, made ahead of time and dropped when they are old."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from mailit import ids
from mailit.db.connection import Dsn, Transaction, connect
from mailit.errors import Unavailable
from mailit.interfaces import Tx

MAIL = ("email", "email_tag", "delivery", "content", "attachment", "blob")
"""The tables that are partitioned by the time in their ids, a week (from Monday, UTC) each.

In the order in which a week of them goes: no mail is ever there without its content.
"""

EVENTS_EACH = 4_194_304
"""How many numbers of `event_seq` one partition of `event` takes."""

_NO_ID = "g"  # sorts after every id
_WEEK = timedelta(weeks=1)
_WEEKS_AHEAD = 4
_EVENTS_AHEAD = 2

# One process makes partitions at a time; the number is nobody's but ours.
_LOCK = """
    SET LOCAL lock_timeout = '2s';
    SELECT pg_advisory_xact_lock(7236842132)
"""

# A partition is made apart and then attached: CREATE TABLE … PARTITION OF would lock the parent against everybody,
# and would first wait for whoever reads it. What is to be run is written, and quoted, by the server. Rows up to a page
# stay whole: to move a usual mail's body out of line costs more than to keep it (28 µs a mail, measured).
_MISSING = """
    SELECT format('CREATE TABLE %%1$I (LIKE %%2$I INCLUDING ALL) WITH (toast_tuple_target = 8160);'
                  'ALTER TABLE %%2$I ATTACH PARTITION %%1$I FOR VALUES FROM (%%3$L) TO (%%4$L)',
                  name, parent, low, high) AS statement
      FROM unnest(%(names)s::text[], %(parents)s::text[], %(lows)s::text[], %(highs)s::text[])
           AS wanted (name, parent, low, high)
     WHERE to_regclass(quote_ident(name)) IS NULL
  ORDER BY parent, low
"""

# An old partition goes in steps of their own, no lock held from one to the next: detached beside readers and writers,
# then dropped. Where a reader does not go away in two seconds, it is left for the next time.
_SESSION = "SET lock_timeout = '2s'"

# One process at a time; whoever is second leaves it to the first.
_DROP_LOCK = "SELECT pg_try_advisory_lock(7236842133) AS mine"

# One that timed out comes before any other: until it is finished, PostgreSQL detaches none.
_PENDING = """
    SELECT format('ALTER TABLE %%s DETACH PARTITION %%s FINALIZE',
                  inhparent::regclass, inhrelid::regclass) AS statement
      FROM pg_inherits
     WHERE inhdetachpending AND inhparent = ANY (%(parents)s::regclass[])
"""

# Detached, then kept by a reader from being dropped. A partition that is being made is not seen before it is attached.
_DETACHED = """
    SELECT relname AS name, format('DROP TABLE %%I', relname) AS statement
      FROM pg_class, unnest(%(parents)s::text[]) AS parent
     WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND NOT relispartition
       AND relname ~ ('^' || parent || '_([0-9]{4}w[0-9]{2}|[0-9]{6})$')
  ORDER BY name
"""

_ATTACHED = """
    SELECT child.relname AS name, parent.relname AS parent,
           format('ALTER TABLE %%I DETACH PARTITION %%I CONCURRENTLY', parent.relname, child.relname) AS statement
      FROM pg_inherits
      JOIN pg_class AS child ON child.oid = inhrelid
      JOIN pg_class AS parent ON parent.oid = inhparent
     WHERE inhparent = ANY (%(parents)s::regclass[])
  ORDER BY name
"""

# The mails that are still to be delivered, and where what they need begins: their contents may be older than they are.
_LIVE = """
    SELECT min(email.id::text) AS email, min(email.content_id::text) AS content, min(email.first_seq) AS seq,
           (SELECT min(seq) FROM subscriber_cursor) AS read, (SELECT last_value FROM event_seq) AS last
      FROM envelope
      JOIN email ON email.id = envelope.email_id
"""

_NEWEST_EVENT = """
    SELECT extract(epoch FROM created_at)::float8 AS at
      FROM event
     WHERE seq >= %(low)s AND seq < %(high)s
  ORDER BY seq DESC
     LIMIT 1
"""

_LAST_SEQ = "SELECT last_value AS seq FROM event_seq"


def ensure(tx: Tx, now: float) -> int:
    """Makes the partitions that are missing, from last week to four weeks ahead of `now` (POSIX seconds).

    The event log gets the stretch that it is in and the two after it. Gives how many were made. Readers and writers
    of the tables are not held up. To be run at each start, and then at least once a minute.
    """
    tx.row(_LOCK)
    last = tx.row(_LAST_SEQ)
    assert last is not None
    wanted = [*_weeks(now), *_stretches(last.seq)]
    names, parents, lows, highs = (list(column) for column in zip(*wanted, strict=True))
    missing = tx.rows(_MISSING, {"names": names, "parents": parents, "lows": lows, "highs": highs})
    for each in missing:
        tx.run(each.statement)
    return len(missing)


def drop_before(dsn: Dsn, seconds: float) -> Sequence[str]:
    """Drops the partitions that hold nothing from `seconds` (POSIX) or later; gives their names.

    Blocks. Kept are those that a mail still to be delivered needs, and events that a subscriber has yet to read.
    Readers and writers are not held up; a partition that a long reader (a backup) keeps is dropped another time.
    Raises `Unavailable`.
    """
    connection = connect(dsn, "mailit partitions", _SESSION, autocommit=True)
    try:
        tx = Transaction(connection)
        mine = tx.row(_DROP_LOCK)
        if mine is None or not mine.mine:
            return []
        parents = {"parents": [*MAIL, "event"]}
        dropped: list[str] = []
        try:
            for pending in tx.rows(_PENDING, parents):
                tx.run(pending.statement)
            for old in _old(tx, seconds):
                tx.run(old)
        except (psycopg2.errors.LockNotAvailable, psycopg2.errors.ObjectNotInPrerequisiteState):
            pass  # pending from now on, or still attached
        for detached in tx.rows(_DETACHED, parents):
            with suppress(psycopg2.errors.LockNotAvailable):
                tx.run(detached.statement)
                dropped.append(detached.name)
        return dropped
    except psycopg2.OperationalError as error:
        raise Unavailable from error
    finally:
        connection.close()


def _old(tx: Tx, seconds: float) -> Sequence[str]:
    """What detaches the partitions that may go: week by week, the oldest first, and then the log's."""
    children = tx.rows(_ATTACHED, {"parents": [*MAIL, "event"]})
    weeks = [child for child in children if child.parent != "event" and _ceiling(child) <= ids.floor(seconds)]
    stretches = [child for child in children if child.parent == "event" and _written_out(tx, child, seconds)]
    if not weeks and not stretches:
        return []  # as nearly always; what is alive is counted only where something may go
    live = tx.row(_LIVE)
    assert live is not None
    oldest = dict.fromkeys(("content", "attachment", "blob"), live.content or _NO_ID)
    oldest |= dict.fromkeys(("email", "email_tag", "delivery"), live.email or _NO_ID)
    seq = min(n for n in (live.last, live.seq, live.read) if n is not None)
    going = [child for child in weeks if _ceiling(child) <= oldest[child.parent]]
    going.sort(key=lambda child: (_part(child), MAIL.index(child.parent)))
    return [child.statement for child in going + [child for child in stretches if _bounds(child)[1] <= seq]]


def _part(child: Any) -> str:
    """Which of its parent's partitions this is: `2026w48`, `000003`."""
    return str(child.name.removeprefix(f"{child.parent}_"))


def _ceiling(child: Any) -> str:
    """An id that is above all that a week can hold."""
    end = datetime.strptime(f"{_part(child)}-1", "%Gw%V-%u").replace(tzinfo=UTC) + _WEEK
    return ids.floor(end.timestamp())


def _bounds(child: Any) -> tuple[int, int]:
    """The first number of a stretch of the log, and the first after it."""
    low = int(_part(child)) * EVENTS_EACH
    return low, low + EVENTS_EACH


def _written_out(tx: Tx, child: Any, seconds: float) -> bool:
    """Whether a stretch has been written to its end, and its last event is older than that."""
    low, high = _bounds(child)
    last = tx.row(_LAST_SEQ)
    if last is None or last.seq < high:
        return False
    newest = tx.row(_NEWEST_EVENT, {"low": low, "high": high})
    return newest is None or newest.at < seconds


def _weeks(now: float) -> Sequence[tuple[str, str, str, str]]:
    """Name, parent and bounds of the weeks of mail."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    found = []
    for week in range(-1, _WEEKS_AHEAD + 1):
        start = monday + week * _WEEK
        bounds = (ids.floor(start.timestamp()), ids.floor((start + _WEEK).timestamp()))
        found += [(f"{table}_{start:%Gw%V}", table, *bounds) for table in MAIL]
    return found


def _stretches(last: int) -> Sequence[tuple[str, str, str, str]]:
    """Name, parent and bounds of the stretches of the event log."""
    current = last // EVENTS_EACH
    return [
        (f"event_{each:06}", "event", str(each * EVENTS_EACH), str((each + 1) * EVENTS_EACH))
        for each in range(current, current + _EVENTS_AHEAD + 1)
    ]
