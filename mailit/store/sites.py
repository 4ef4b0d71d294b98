"""What was learned of how fast sites may be sent to: one row a site and source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from attrs import frozen

from mailit.interfaces import Tx, utc

# Counts add up; what was learned goes by the later cut (LEARN).
COUNT = """
    INSERT INTO site AS known (name, source, sessions, rate, messages, strikes, paused_until, slowed_at, total, day,
                               sent, saved_at)
    VALUES (%(name)s, %(source)s, %(sessions)s, %(rate)s, %(messages)s, %(strikes)s, %(paused_until)s, %(slowed_at)s,
            %(total)s, %(day)s, %(sent)s, clock_timestamp())
    ON CONFLICT (name, source) DO UPDATE
       SET total = known.total + excluded.total,
           sent = CASE WHEN known.day = excluded.day THEN known.sent + excluded.sent
                       WHEN known.day < excluded.day THEN excluded.sent
                       ELSE known.sent END,
           day = greatest(known.day, excluded.day),
           saved_at = excluded.saved_at
"""

LEARN = """
    UPDATE site
       SET sessions = %(sessions)s, rate = %(rate)s, messages = %(messages)s, strikes = %(strikes)s,
           paused_until = %(paused_until)s, slowed_at = %(slowed_at)s
     WHERE name = %(name)s AND source = %(source)s AND slowed_at <= %(slowed_at)s
"""

SINCE = """
    SELECT name, source, sessions, rate, messages, strikes, extract(epoch FROM paused_until)::float8 AS paused_until,
           extract(epoch FROM slowed_at)::float8 AS slowed_at, total, day, sent,
           extract(epoch FROM saved_at)::float8 AS saved_at
      FROM site WHERE saved_at > %(since)s ORDER BY saved_at DESC LIMIT %(most)s
"""

PURGE = "DELETE FROM site WHERE saved_at < %(before)s"

# A holder that is leaving, or late, counts until it is buried: nobody takes its part before that.
DELIVERING = "SELECT id FROM holder WHERE 'delivery' = ANY (roles) ORDER BY id"


@frozen
class SiteRow:
    """One row. Times are POSIX seconds, `slowed_at` is 0.0 where nothing ever slowed it.

    Where rows are written, `total` and `sent` are what is to be added; where they are read, all there is.
    """

    name: str
    source: str
    sessions: float
    rate: float
    messages: float
    strikes: int
    paused_until: float
    slowed_at: float
    total: int
    day: date
    sent: int
    saved_at: float = 0.0


def save(tx: Tx, rows: Sequence[SiteRow]) -> None:
    """Adds what was counted, and puts what was learned in the place of what was learned before."""
    tx.run("SET LOCAL synchronous_commit = off")  # what a crash forgets of a minute is learned again
    for row in sorted(rows, key=lambda row: (row.name, row.source)):  # two processes must not wait for each other
        params: dict[str, Any] = {
            "name": row.name,
            "source": row.source,
            "sessions": row.sessions,
            "rate": row.rate,
            "messages": row.messages,
            "strikes": row.strikes,
            "paused_until": utc(row.paused_until),
            "slowed_at": utc(row.slowed_at),
            "total": row.total,
            "day": row.day,
            "sent": row.sent,
        }
        tx.run(COUNT, params)
        tx.run(LEARN, params)


def since(tx: Tx, moment: float, most: int) -> list[SiteRow]:
    """What was saved after a moment in POSIX seconds, the latest first."""
    rows: list[Any] = tx.rows(SINCE, {"since": utc(moment), "most": most})
    return [
        SiteRow(
            row.name,
            row.source,
            row.sessions,
            row.rate,
            row.messages,
            row.strikes,
            row.paused_until,
            row.slowed_at,
            row.total,
            row.day,
            row.sent,
            row.saved_at,
        )
        for row in rows
    ]


def purge(tx: Tx, before: float) -> int:
    """Forgets sites that were not sent to since a moment in POSIX seconds."""
    return tx.run(PURGE, {"before": utc(before)})


def delivering(tx: Tx) -> list[str]:
    """The ids of the processes that deliver."""
    return [row.id for row in tx.rows(DELIVERING)]
