"""Invitations into a team: by address, for a role, until they are accepted, withdrawn or over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.interfaces import Page, Tx
from mailit.store.pages import turned

# Inviting the same address again takes the place of what was: the link of before is worth nothing.
INSERT = """
    INSERT INTO invitation (id, team_id, email, role, invited_by, created_at, expires_at)
    VALUES (%(id)s, %(team)s, %(email)s, %(role)s, %(by)s, %(now)s, %(expires)s)
    ON CONFLICT (team_id, lower(email)) DO UPDATE
       SET id = excluded.id, email = excluded.email, role = excluded.role, invited_by = excluded.invited_by,
           created_at = excluded.created_at, expires_at = excluded.expires_at
"""

COUNT = "SELECT count(*) AS invitations FROM invitation WHERE team_id = %(team)s AND expires_at > %(now)s"

COLUMNS = """
    SELECT invitation.id, invitation.team_id, team.name AS team, invitation.email, invitation.role,
           account.name AS inviter, invitation.created_at, invitation.expires_at
      FROM invitation JOIN team ON team.id = invitation.team_id
      LEFT JOIN account ON account.id = invitation.invited_by
"""

OF_TEAM = " WHERE invitation.team_id = %(team)s AND invitation.expires_at > %(now)s "

LIST_NEWEST = COLUMNS + OF_TEAM + "ORDER BY invitation.id DESC LIMIT %(most)s"

LIST_OLDER = COLUMNS + OF_TEAM + "AND invitation.id < %(after)s ORDER BY invitation.id DESC LIMIT %(most)s"

LIST_NEWER = COLUMNS + OF_TEAM + "AND invitation.id > %(before)s ORDER BY invitation.id LIMIT %(most)s"

BY_ID = COLUMNS + " WHERE invitation.id = %(id)s AND invitation.expires_at > %(now)s"

OF_TEAM_BY_ID = COLUMNS + OF_TEAM + "AND invitation.id = %(id)s"

# Whoever deletes it has it: an invitation is accepted once.
TAKE = "DELETE FROM invitation WHERE id = %(id)s AND expires_at > %(now)s"

DELETE = "DELETE FROM invitation WHERE id = %(id)s AND team_id = %(team)s"

PURGE = "DELETE FROM invitation WHERE expires_at < %(before)s"


@frozen
class Invitation:
    """Somebody who may join a team; `inviter` is the name of whoever asked him, if he has an account still."""

    id: str
    team_id: str
    team: str
    email: str
    role: str
    inviter: str | None
    created_at: datetime
    expires_at: datetime


def insert(
    tx: Tx, id_: str, team_id: str, email: str, role: str, invited_by: str, now: datetime, expires_at: datetime
) -> None:
    """Invites an address, in place of an earlier invitation of it."""
    values = {"id": id_, "team": team_id, "email": email, "role": role, "by": invited_by, "now": now}
    tx.run(INSERT, {**values, "expires": expires_at})


def count(tx: Tx, team_id: str, now: datetime) -> int:
    """How many of a team are good."""
    return int(tx.rows(COUNT, {"team": team_id, "now": now})[0].invitations)


def page(tx: Tx, team_id: str, now: datetime, page_: Page | None) -> tuple[list[Invitation], bool]:
    """A team's invitations, newest first, and whether there are more; no page is all of them."""
    rows, more = turned(tx, page_, {"team": team_id, "now": now}, LIST_NEWEST, LIST_OLDER, LIST_NEWER)
    return [_invitation(row) for row in rows], more


def by_id(tx: Tx, id_: str, now: datetime) -> Invitation | None:
    """The invitation of this id, if it is good: for whoever has its link."""
    row = tx.row(BY_ID, {"id": id_, "now": now})
    return None if row is None else _invitation(row)


def one(tx: Tx, team_id: str, id_: str, now: datetime) -> Invitation | None:
    """A team's invitation, if it is good."""
    row = tx.row(OF_TEAM_BY_ID, {"team": team_id, "id": id_, "now": now})
    return None if row is None else _invitation(row)


def take(tx: Tx, id_: str, now: datetime) -> bool:
    """Uses an invitation up; whether it was good."""
    return tx.run(TAKE, {"id": id_, "now": now}) == 1


def delete(tx: Tx, team_id: str, id_: str) -> bool:
    """Withdraws an invitation; whether there was one."""
    return tx.run(DELETE, {"id": id_, "team": team_id}) == 1


def purge(tx: Tx, before: datetime) -> int:
    """Deletes those that ended before then; gives how many."""
    return tx.run(PURGE, {"before": before})


def _invitation(row: Any) -> Invitation:
    return Invitation(row.id, row.team_id, row.team, row.email, row.role, row.inviter, row.created_at, row.expires_at)
