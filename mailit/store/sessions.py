"""Sessions: what makes a JWT worth something, until it ends or is revoked."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from mailit.interfaces import Tx

INSERT = """
    INSERT INTO session (id, account_id, team_id, expires_at) VALUES (%(id)s, %(account)s, %(team)s, %(expires)s)
"""

# A session speaks for its team only while the account is a member of it.
LIVING = """
    SELECT session.id, session.account_id, session.team_id, session.expires_at, membership.role, account.operator
      FROM session
      JOIN account ON account.id = session.account_id
      JOIN membership ON membership.account_id = session.account_id AND membership.team_id = session.team_id
     WHERE session.id = %(id)s AND session.revoked_at IS NULL AND session.expires_at > %(now)s
"""

EXTEND = """
    UPDATE session SET expires_at = greatest(expires_at, %(expires)s) WHERE id = %(id)s AND revoked_at IS NULL
"""

REVOKE = "UPDATE session SET revoked_at = now() WHERE id = %(id)s AND revoked_at IS NULL"

PURGE = "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < %(before)s LIMIT 1000)"


@frozen
class Session:
    """A session that lives, with what its account may do in its team."""

    id: str
    account_id: str
    team_id: str
    expires_at: datetime
    role: str
    operator: bool


def insert(tx: Tx, id_: str, account_id: str, team_id: str, expires_at: datetime) -> None:
    """Begins a session."""
    tx.run(INSERT, {"id": id_, "account": account_id, "team": team_id, "expires": expires_at})


def living(tx: Tx, id_: str, now: datetime) -> Session | None:
    """The session of this id, if it is neither over nor revoked."""
    row = tx.row(LIVING, {"id": id_, "now": now})
    if row is None:
        return None
    return Session(row.id, row.account_id, row.team_id, row.expires_at, row.role, row.operator)


def extend(tx: Tx, id_: str, expires_at: datetime) -> None:
    """Lets a session that lives end later."""
    tx.run(EXTEND, {"id": id_, "expires": expires_at})


def revoke(tx: Tx, id_: str) -> None:
    """Ends a session now."""
    tx.run(REVOKE, {"id": id_})


def purge(tx: Tx, before: datetime) -> int:
    """Deletes a thousand sessions, at most, that ended before then; gives how many."""
    return tx.run(PURGE, {"before": before})
