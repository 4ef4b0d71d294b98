"""The event log: appending to it, reading it without ever passing an event that is still to come, and cursors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mailit.db.arrays import array
from mailit.errors import Reply
from mailit.events import Event
from mailit.interfaces import Tx
from mailit.store.spool import TAKE_XID

# Before its first use a sequence says 1 and has given nothing.
LAST_DRAWN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS seq FROM event_seq"

OWN_XID = "SELECT pg_current_xact_id()::text AS xid"

# Writers take their transaction id before they draw. So whoever had drawn when LAST_DRAWN was read has an id below
# one that was given later; when the oldest id in progress has reached that one, all of them have ended.
ALL_BELOW_ENDED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %(xid)s::xid8 AS ended"

COLUMNS = """
    SELECT seq, id, team_id, type, created_at, email_id, delivery_id, recipient, attempt, exchanger, reply_code,
           reply_status, reply_text, in_doubt, data FROM event
"""

READ_TEAM = (
    COLUMNS
    + """
     WHERE team_id = %(team)s AND seq > %(after)s AND seq <= %(horizon)s
       AND (%(types)s::text[] = '{}' OR type = ANY (%(types)s::text[]))
     ORDER BY seq LIMIT %(most)s
"""
)

READ_EMAIL = (
    COLUMNS
    + """
     WHERE email_id = %(email)s AND team_id = %(team)s AND seq >= %(first)s AND seq > %(after)s
     ORDER BY seq LIMIT %(most)s
"""
)

READ_ALL = (
    COLUMNS
    + """
     WHERE seq > %(after)s AND seq <= %(horizon)s
     ORDER BY seq LIMIT %(most)s
"""
)

APPEND = """
    INSERT INTO event (team_id, type, email_id, delivery_id, recipient, data)
    SELECT team_id, type, email_id, delivery_id, recipient, data::jsonb
      FROM unnest(%(teams)s::uuid[], %(types)s::text[], %(emails)s::uuid[], %(deliveries)s::uuid[],
                  %(recipients)s::text[], %(data)s::text[])
           WITH ORDINALITY AS e (team_id, type, email_id, delivery_id, recipient, data, place)
     ORDER BY place
"""

ENTER_SUBSCRIBER = """
    INSERT INTO subscriber_cursor (name, seq) VALUES (%(name)s, 0) ON CONFLICT (name) DO NOTHING
"""

TAKE_CURSOR = "SELECT seq FROM subscriber_cursor WHERE name = %(name)s FOR UPDATE SKIP LOCKED"

MOVE_CURSOR = "UPDATE subscriber_cursor SET seq = %(seq)s, updated_at = now() WHERE name = %(name)s"

PARK = """
    INSERT INTO parked_event (subscriber, seq, error) VALUES (%(name)s, %(seq)s, %(error)s)
    ON CONFLICT (subscriber, seq) DO NOTHING
"""


def last_drawn(tx: Tx) -> int:
    """The last seq that was drawn by anybody; 0 where none was."""
    return int(tx.rows(LAST_DRAWN)[0].seq)


def own_xid(tx: Tx) -> str:
    """A transaction id, later than that of everybody who has drawn by now."""
    return str(tx.rows(OWN_XID)[0].xid)


def all_below_ended(tx: Tx, xid: str) -> bool:
    """Whether every transaction with a smaller id has ended."""
    return bool(tx.rows(ALL_BELOW_ENDED, {"xid": xid})[0].ended)


def read_team(tx: Tx, team_id: str, after: int, horizon: int, most: int, types: Sequence[str]) -> list[Event]:
    """A team's events past `after`, none past `horizon`, oldest first; `types` empty is every type."""
    return _events(
        tx.rows(
            READ_TEAM,
            {"team": team_id, "after": after, "horizon": horizon, "most": most, "types": array(types)},
        )
    )


def read_email(tx: Tx, team_id: str, email_id: str, first_seq: int, after: int = 0, most: int = 1000) -> list[Event]:
    """What happened to one mail, oldest first; `first_seq` is the mail's own and prunes the look-up."""
    return _events(
        tx.rows(READ_EMAIL, {"team": team_id, "email": email_id, "first": first_seq, "after": after, "most": most})
    )


def read_all(tx: Tx, after: int, horizon: int, most: int) -> list[Event]:
    """Events of all teams, for subscribers."""
    return _events(tx.rows(READ_ALL, {"after": after, "horizon": horizon, "most": most}))


def append(tx: Tx, events: Sequence[Event]) -> None:
    """Writes events, in order. Their `seq`, `id` and `created_at` are the database's to give, and are not looked at."""
    tx.run(TAKE_XID)
    tx.run(
        APPEND,
        {
            "teams": array([event.team_id for event in events]),
            "types": array([event.type for event in events]),
            "emails": array([event.email_id for event in events]),
            "deliveries": array([event.delivery_id for event in events]),
            "recipients": array([event.recipient for event in events]),
            "data": array([msgspec.json.encode(event.data).decode() if event.data else None for event in events]),
        },
    )


def enter_subscriber(tx: Tx, name: str) -> None:
    """Gives a subscriber that is new a cursor, at the log's beginning."""
    tx.run(ENTER_SUBSCRIBER, {"name": name})


def take_cursor(tx: Tx, name: str) -> int | None:
    """Locks a subscriber's cursor and gives its place; None while another process has it."""
    row = tx.row(TAKE_CURSOR, {"name": name})
    return None if row is None else int(row.seq)


def move_cursor(tx: Tx, name: str, seq: int) -> None:
    """Moves a cursor, in the transaction that has taken it."""
    tx.run(MOVE_CURSOR, {"name": name, "seq": seq})


def park(tx: Tx, name: str, seq: int, error: str) -> None:
    """Sets an event aside that a subscriber can't take."""
    tx.run(PARK, {"name": name, "seq": seq, "error": error})


def _events(rows: Sequence[Any]) -> list[Event]:
    return [
        Event(
            seq=row.seq,
            id=row.id,
            team_id=row.team_id,
            type=row.type,
            created_at=row.created_at,
            email_id=row.email_id,
            delivery_id=row.delivery_id,
            recipient=row.recipient,
            attempt=row.attempt,
            exchanger=row.exchanger,
            reply=_reply(row),
            in_doubt=row.in_doubt,
            data=row.data or {},
        )
        for row in rows
    ]


def _reply(row: Any) -> Reply | None:
    if row.reply_code is None and row.reply_text is None:
        return None
    return Reply(row.reply_code or 0, row.reply_status or "", row.reply_text or "")
