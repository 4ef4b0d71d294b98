"""What was said on SMTP connections: written in bulk beside the outcomes, looked up by attempt, and let go by age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from attrs import frozen

from mailit.db.arrays import array
from mailit.interfaces import Tx, utc

# A float8 that to_timestamp takes; the rest goes in as JSON has it.
WRITE = """
    INSERT INTO smtp_trail (id, exchanger, address, port, opened_at, until_at, tls_version, tls_cipher, tls_policy,
                            opening, fault, deliveries, attempts, began, ended, sizes, said, dialogues)
    SELECT id, exchanger, address, port, to_timestamp(opened), to_timestamp(until), tls_version, tls_cipher,
           tls_policy, opening, fault, deliveries, attempts, began, ended, sizes, said, dialogues
      FROM jsonb_to_recordset(%(rows)s::jsonb)
           AS row (id uuid, exchanger text, address text, port integer, opened float8, until float8, tls_version text,
                   tls_cipher text, tls_policy text, opening text, fault text, deliveries uuid[], attempts integer[],
                   began float8[], ended float8[], sizes integer[], said smallint[], dialogues jsonb)
"""

# An attempt's event is written moments after its stretch of the connection ended. A connection that failed before its
# first mail is known by its words; they are repeated to what waits for as long as the exchanger is left alone.
FIND = """
    SELECT wanted.place::integer AS place, trail.*
      FROM unnest(%(deliveries)s::uuid[], %(exchangers)s::text[], %(times)s::timestamptz[], %(texts)s::text[])
           WITH ORDINALITY AS wanted (delivery_id, exchanger, at, text, place),
           LATERAL (SELECT address, port, opened_at, tls_version, tls_cipher, tls_policy, opening, fault, deliveries,
                           attempts, began, ended, sizes, said, dialogues
                      FROM smtp_trail
                     WHERE smtp_trail.exchanger = wanted.exchanger
                       AND until_at BETWEEN wanted.at - interval '11 minutes' AND wanted.at + interval '5 seconds'
                       AND (deliveries @> ARRAY[wanted.delivery_id]
                            OR (deliveries = '{}' AND fault = wanted.text))
                     ORDER BY deliveries = '{}', until_at DESC LIMIT 4) AS trail
"""

RETURN_PATH = """
    SELECT domain.custom_return_path || '.' || domain.name AS name
      FROM email JOIN domain ON domain.id = email.domain_id WHERE email.id = %(id)s::uuid
"""

PURGE = """
    DELETE FROM smtp_trail
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM smtp_trail WHERE until_at < %(before)s LIMIT %(most)s))
"""

Dialogue = tuple[str | None, str | None, str | None, str | None, str | None]
"""The replies to MAIL, RCPT, DATA and the final dot, and how it was cut off; None for what was not said."""


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of one connection as it is written. Times are POSIX seconds; the sequences go side by side."""

    id: str
    exchanger: str
    address: str
    port: int
    opened: float
    until: float
    tls_version: str | None
    tls_cipher: str | None
    tls_policy: str | None
    opening: str
    fault: str | None
    deliveries: Sequence[str]
    attempts: Sequence[int]
    began: Sequence[float]
    ended: Sequence[float]
    sizes: Sequence[int]
    said: Sequence[int]
    dialogues: Sequence[Dialogue]


@frozen
class Wanted:
    """An attempt that is looked for: as its event has it."""

    delivery_id: str
    attempt: int
    exchanger: str
    at: datetime
    text: str


@frozen
class Found:
    """What is kept of an attempt. `dialogue` is None where its connection failed before its turn."""

    address: str
    port: int
    opened_at: datetime
    tls: tuple[str, str, str] | None
    opening: str
    fault: str | None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    size: int = 0
    dialogue: Dialogue | None = None


def write(tx: Tx, stretches: Sequence[Stretch]) -> None:
    """Writes stretches of connections, in one statement."""
    text = msgspec.json.encode(stretches).decode()
    tx.run(WRITE, {"rows": text.replace("\\u0000", "\\ufffd")})


def find(tx: Tx, wanted: Sequence[Wanted]) -> list[Found | None]:
    """What is kept of these attempts, in their order."""
    found: list[Found | None] = [None] * len(wanted)
    if not wanted:
        return found
    rows = tx.rows(
        FIND,
        {
            "deliveries": array([one.delivery_id for one in wanted]),
            "exchangers": array([one.exchanger for one in wanted]),
            "times": array([one.at.isoformat() for one in wanted]),
            "texts": array([one.text for one in wanted]),
        },
    )
    for row in rows:
        place = row.place - 1
        if found[place] is None:
            found[place] = _found(row, wanted[place])
    return found


def return_path(tx: Tx, email_id: str) -> str:
    """The domain of a mail's return paths; empty where its sending domain is gone."""
    row = tx.row(RETURN_PATH, {"id": email_id})
    return "" if row is None else str(row.name)


def purge(tx: Tx, before: datetime, most: int = 5_000) -> int:
    """Lets go of what ended before; gives how many rows, at most `most`."""
    return tx.run(PURGE, {"before": before, "most": most})


def _found(row: Any, wanted: Wanted) -> Found | None:
    policy = (row.tls_version or "", row.tls_cipher or "", row.tls_policy or "")
    tls = policy if any(policy) else None
    if not row.deliveries:
        return Found(row.address, row.port, row.opened_at, tls, row.opening, row.fault)
    for at in reversed(range(len(row.deliveries))):  # lost and taken up again, it is there twice
        if row.deliveries[at] == wanted.delivery_id and row.attempts[at] == wanted.attempt:
            mail, rcpt, data, dot, cut = row.dialogues[row.said[at]]
            return Found(
                row.address,
                row.port,
                row.opened_at,
                tls,
                row.opening,
                row.fault,
                utc(row.began[at]),
                utc(row.ended[at]),
                row.sizes[at],
                (mail, rcpt, data, dot, cut),
            )
    return None
