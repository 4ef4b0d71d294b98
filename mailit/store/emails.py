"""Mails as the API reads them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.interfaces import Page, Tx
from mailit.store.pages import turned

LISTED = """
    SELECT id, message_id, recipients, sender, created_at, subject, cc, bcc, reply_to, last_event, scheduled_at, tags,
           headers, first_seq, content_id
      FROM email
"""

# A filter that is not given is folded away before the plan is made; each that is has an index.
FILTERED = (
    LISTED
    + """
     WHERE team_id = %(team)s
       AND (%(status)s::text IS NULL OR last_event = %(status)s)
       AND (%(recipient)s::text IS NULL OR id IN (
               SELECT delivery.email_id FROM delivery
                WHERE delivery.team_id = %(team)s AND lower(delivery.recipient) = lower(%(recipient)s)))
"""
)

LIST_NEWEST = FILTERED + " ORDER BY id DESC LIMIT %(most)s"

LIST_OLDER = FILTERED + " AND id < %(after)s ORDER BY id DESC LIMIT %(most)s"

LIST_NEWER = FILTERED + " AND id > %(before)s ORDER BY id LIMIT %(most)s"

ONE = LISTED + " WHERE id = %(id)s AND team_id = %(team)s"

# Two statements and not a join: each is pruned to one partition by a constant.
CONTENT = "SELECT html, text FROM content WHERE id = %(id)s AND team_id = %(team)s"

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
    """What a mail says."""

    html: str | None
    text: str | None


def page(
    tx: Tx, team_id: str, page_: Page, status: str | None = None, recipient: str | None = None
) -> tuple[list[StoredEmail], bool]:
    """A team's mails, newest first, and whether there are more: of this last event, to this address."""
    params = {"team": team_id, "status": status, "recipient": recipient}
    rows, more = turned(tx, page_, params, LIST_NEWEST, LIST_OLDER, LIST_NEWER)
    return [_email(row) for row in rows], more


def one(tx: Tx, team_id: str, id_: str) -> StoredEmail | None:
    """A mail of this team."""
    row = tx.row(ONE, {"id": id_, "team": team_id})
    return None if row is None else _email(row)


def one_whole(tx: Tx, team_id: str, id_: str) -> tuple[StoredEmail, StoredParts] | None:
    """A mail of this team with what it says."""
    email = one(tx, team_id, id_)
    if email is None:
        return None
    row = tx.row(CONTENT, {"id": email.content_id, "team": team_id})
    return email, StoredParts(None, None) if row is None else StoredParts(row.html, row.text)


def facts(tx: Tx, team_id: str, ids: Iterable[str]) -> Mapping[str, StoredEmail]:
    """The mails of these ids that are the team's, by id: what events about them are told with."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: _email(row) for row in tx.rows(FACTS, {"ids": wanted, "team": team_id})}


def _email(row: Any) -> StoredEmail:
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
