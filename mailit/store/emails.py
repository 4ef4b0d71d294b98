"""Mails as the API reads them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.draft import Apart
from mailit.errors import Reply
from mailit.interfaces import Tx
from mailit.store.deliveries import ALONG_THE_IDS, ceiling

COLUMNS = """
    email.id, email.message_id, email.recipients, email.sender, email.created_at, email.subject, email.cc, email.bcc,
    email.reply_to, email.last_event, email.scheduled_at, email.tags, email.headers, email.first_seq, email.content_id
"""

LISTED = f"SELECT {COLUMNS} FROM email"

ONE = LISTED + " WHERE id = %(id)s AND team_id = %(team)s"

# Two statements and not a join: each is pruned to one partition by a constant.
CONTENT = "SELECT html, text, attachments FROM content WHERE id = %(id)s AND team_id = %(team)s"

BODIES_APART = "SELECT position, size FROM attachment WHERE content_id = %(id)s AND position IN (-1, -2)"

FILES = """
    SELECT id, position, filename, content_type, cid, inline, coalesce(size, octet_length(bytes)) AS size,
           bytes IS NULL AS apart
      FROM attachment
     WHERE content_id = %(content)s AND position >= 0
     ORDER BY position
"""

FILE_BYTES = "SELECT bytes FROM attachment WHERE content_id = %(content)s AND position = %(place)s"

RECIPIENTS = (
    ALONG_THE_IDS
    + """
    SELECT delivery.recipient, delivery.state, delivery.attempts, delivery.in_doubt, delivery.exchanger,
           delivery.reply_code, delivery.reply_status, delivery.reply_text, delivery.updated_at,
           CASE WHEN envelope.holder IS NULL AND NOT envelope.held THEN envelope.due_at END AS next_at
      FROM (SELECT * FROM delivery
             WHERE id >= %(id)s AND id < %(ceiling)s AND email_id = %(id)s
             ORDER BY id LIMIT (SELECT deliveries FROM email WHERE id = %(id)s)) AS delivery
      LEFT JOIN envelope ON envelope.id = delivery.id
     ORDER BY delivery.id
"""
)

TEAM_OF = "SELECT team_id FROM email WHERE id = %(id)s"

FACTS = LISTED + " WHERE id = ANY (%(ids)s::uuid[]) AND team_id = %(team)s"


@frozen
class StoredEmail:
    """A mail's own facts; addresses are as they were written."""

    id: str
    message_id: str
    from_: str
    to: Sequence[str]
    cc: Sequence[str]
    bcc: Sequence[str]
    reply_to: Sequence[str]
    subject: str
    created_at: datetime
    scheduled_at: datetime | None
    last_event: str
    tags: Sequence[tuple[str, str]]
    headers: Sequence[tuple[str, str]]
    first_seq: int
    content_id: str


@frozen
class StoredParts:
    """What a mail says; what lies `apart` is None here, and in the blob store."""

    html: str | None
    text: str | None
    apart: tuple[Apart, ...] = ()


@frozen
class StoredRecipient:
    """One whom a mail goes to, and how far it got. `next_at`: when it is tried next, where that is known."""

    recipient: str
    state: str
    attempts: int
    in_doubt: bool
    exchanger: str | None
    reply: Reply | None
    updated_at: datetime
    next_at: datetime | None


@frozen
class StoredFile:
    """A file that a mail carries. `apart`: where it lies, if not in its row."""

    id: str
    place: int
    filename: str | None
    content_type: str
    content_id: str | None
    inline: bool
    size: int
    apart: Apart | None


def one(tx: Tx, team_id: str, id_: str) -> StoredEmail | None:
    """A mail of this team."""
    row = tx.row(ONE, {"id": id_, "team": team_id})
    return None if row is None else email_of(row)


def one_whole(tx: Tx, team_id: str, id_: str) -> tuple[StoredEmail, StoredParts] | None:
    """A mail of this team with what it says."""
    email = one(tx, team_id, id_)
    if email is None:
        return None
    row = tx.row(CONTENT, {"id": email.content_id, "team": team_id})
    if row is None:
        return email, StoredParts(None, None)
    bodies = tx.rows(BODIES_APART, {"id": email.content_id}) if row.attachments else ()
    apart = tuple(Apart(email.content_id, body.position, body.size) for body in bodies)
    return email, StoredParts(row.html, row.text, apart)


def recipients(tx: Tx, id_: str) -> list[StoredRecipient]:
    """Those whom a mail goes to, in the order of its addresses; whose mail it is was looked at before."""
    return [
        StoredRecipient(
            recipient=row.recipient,
            state=row.state,
            attempts=row.attempts,
            in_doubt=row.in_doubt,
            exchanger=row.exchanger,
            reply=None
            if row.reply_text is None
            else Reply(row.reply_code or 0, row.reply_status or "", row.reply_text),
            updated_at=row.updated_at,
            next_at=row.next_at,
        )
        for row in tx.rows(RECIPIENTS, {"id": id_, "ceiling": ceiling(id_)})
    ]


def team_of(tx: Tx, id_: str) -> str | None:
    """Whose mail this is: for links, whose signature vouches for who may see it."""
    row = tx.row(TEAM_OF, {"id": id_})
    return None if row is None else str(row.team_id)


def files(tx: Tx, team_id: str, id_: str) -> list[StoredFile] | None:
    """What a mail of this team carries, in its order; None where there is no such mail."""
    email = one(tx, team_id, id_)
    if email is None:
        return None
    return [
        StoredFile(
            id=row.id,
            place=row.position,
            filename=row.filename,
            content_type=row.content_type,
            content_id=row.cid,
            inline=row.inline,
            size=row.size,
            apart=Apart(email.content_id, row.position, row.size) if row.apart else None,
        )
        for row in tx.rows(FILES, {"content": email.content_id})
    ]


def file(tx: Tx, team_id: str, id_: str, file_id: str) -> tuple[StoredFile, bytes] | None:
    """One of them, with its bytes where they are in its row."""
    found = next((file for file in files(tx, team_id, id_) or () if file.id == file_id), None)
    if found is None:
        return None
    if found.apart is not None:
        return found, b""
    email = one(tx, team_id, id_)
    row = None if email is None else tx.row(FILE_BYTES, {"content": email.content_id, "place": found.place})
    return None if row is None else (found, bytes(row.bytes))


def facts(tx: Tx, team_id: str, ids: Iterable[str]) -> Mapping[str, StoredEmail]:
    """The mails of these ids that are the team's, by id: what events about them are told with."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: email_of(row) for row in tx.rows(FACTS, {"ids": wanted, "team": team_id})}


def email_of(row: Any) -> StoredEmail:
    """A mail from a row of `COLUMNS`."""
    return StoredEmail(
        id=row.id,
        message_id=row.message_id,
        from_=row.sender,
        to=row.recipients,
        cc=row.cc or (),
        bcc=row.bcc or (),
        reply_to=row.reply_to or (),
        subject=row.subject,
        created_at=row.created_at,
        scheduled_at=row.scheduled_at,
        last_event=row.last_event,
        tags=[(name, value) for name, value in row.tags or ()],
        headers=[(name, value) for name, value in row.headers or ()],
        first_seq=row.first_seq,
        content_id=row.content_id,
    )
