"""What the sandbox caught."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.interfaces import Tx

# The same envelope may come a second time, after a crash between catching it and writing its outcome.
CATCH = """
    INSERT INTO sandbox_message (id, team_id, email_id, return_path, recipient, sender, subject, message)
    VALUES (%(id)s, %(team_id)s, %(email_id)s, %(return_path)s, %(recipient)s, %(sender)s, %(subject)s, %(message)s)
    ON CONFLICT (id) DO NOTHING
"""

LIST = """
    SELECT id, email_id, return_path, recipient, sender, subject, octet_length(message) AS size, caught_at
      FROM sandbox_message
     WHERE team_id = %(team_id)s AND (%(after)s::uuid IS NULL OR id < %(after)s::uuid)
       AND (%(before)s::uuid IS NULL OR id > %(before)s::uuid)
     ORDER BY CASE WHEN %(before)s::uuid IS NOT NULL THEN id END, id DESC
     LIMIT %(most)s
"""

COUNT = """
    SELECT count(*) AS found
      FROM (SELECT 1 FROM sandbox_message WHERE team_id = %(team_id)s LIMIT %(most)s) AS few
"""

GET = """
    SELECT id, email_id, return_path, recipient, sender, subject, octet_length(message) AS size, caught_at, message
      FROM sandbox_message
     WHERE team_id = %(team_id)s AND id = %(id)s
"""

PURGE = """
    DELETE FROM sandbox_message
     WHERE id IN (SELECT id FROM sandbox_message WHERE caught_at < %(before)s ORDER BY caught_at LIMIT %(most)s)
"""


@frozen
class Caught:
    """One message that the sandbox took; `size` is in bytes, `message` None in lists."""

    id: str
    email_id: str
    return_path: str
    recipient: str
    sender: str
    subject: str
    size: int
    caught_at: datetime
    message: bytes | None = None


def catch(tx: Tx, row: Mapping[str, Any]) -> None:
    """Keeps a message, by its delivery's id; one that is there already stays as it is."""
    tx.run(CATCH, row)


def caught(tx: Tx, team_id: str, after: str | None, before: str | None, most: int) -> list[Caught]:
    """A team's messages, newest first; with `before` the nearest newer ones."""
    rows = tx.rows(LIST, {"team_id": team_id, "after": after, "before": before, "most": most})
    found = [Caught(**row._asdict()) for row in rows]
    return found[::-1] if before else found


def count(tx: Tx, team_id: str, most: int) -> int:
    """How many messages a team has here; it is counted up to `most`."""
    return int(tx.rows(COUNT, {"team_id": team_id, "most": most})[0].found)


def one(tx: Tx, team_id: str, id_: str) -> Caught | None:
    """One of a team's messages, with its bytes."""
    row = tx.row(GET, {"team_id": team_id, "id": id_})
    if row is None:
        return None
    fields = row._asdict()
    return Caught(**{**fields, "message": bytes(fields["message"])})


def purge(tx: Tx, before: datetime, most: int) -> int:
    """Deletes messages that were caught before that, so many at most; gives how many."""
    return tx.run(PURGE, {"before": before, "most": most})
