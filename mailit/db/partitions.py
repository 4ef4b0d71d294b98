"""Partitions: weeks of mail and stretches of the event log, made ahead of time and dropped when they are old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from mailit import ids
from mailit.interfaces import Tx

MAIL = ("content", "attachment", "email", "delivery")
"""The tables that are partitioned by the time in their ids, a week (from Monday, UTC) each."""

EVENTS_EACH = 4_194_304
"""How many numbers of `event_seq` one partition of `event` takes."""

_WEEK = timedelta(weeks=1)
_WEEKS_AHEAD = 4
_EVENTS_AHEAD = 2

# One process makes partitions at a time; the number is nobody's but ours.
_LOCK = """
    SET LOCAL lock_timeout = '2s';
    SELECT pg_advisory_xact_lock(7236842132)
"""

# A partition is made apart and then attached: CREATE TABLE … PARTITION OF would lock the parent against everybody,
# and would first wait for whoever reads it. What is to be run is written, and quoted, by the server.
_MISSING = """
    SELECT format('CREATE TABLE %%1$I (LIKE %%2$I INCLUDING ALL);'
                  'ALTER TABLE %%2$I ATTACH PARTITION %%1$I FOR VALUES FROM (%%3$L) TO (%%4$L)',
                  name, parent, low, high) AS statement
      FROM unnest(%(names)s::text[], %(parents)s::text[], %(lows)s::text[], %(highs)s::text[])
           AS wanted (name, parent, low, high)
     WHERE to_regclass(quote_ident(name)) IS NULL
  ORDER BY parent, low
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
