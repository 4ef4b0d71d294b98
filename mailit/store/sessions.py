"""Sessions: what makes a JWT worth something, until it ends or is revoked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from mailit.interfaces import Tx, utc

INSERT = """
    INSERT INTO session (id, account_id, team_id, expires_at, address, user_agent)
    VALUES (%(id)s, %(account)s, %(team)s, %(expires)s, %(address)s, %(agent)s)
"""

# A session speaks for a team only while the account is a member of it. `team` is what the token says; a token that
# says nothing speaks for the team that the session began with.
LIVING = """
    SELECT session.id, session.account_id, membership.team_id, session.expires_at, membership.role, account.operator
      FROM session
      JOIN account ON account.id = session.account_id
      JOIN membership ON membership.account_id = session.account_id
                     AND membership.team_id = coalesce(%(team)s::uuid, session.team_id)
     WHERE session.id = %(id)s AND session.revoked_at IS NULL AND session.expires_at > %(now)s
"""

EXTEND = """
    UPDATE session SET expires_at = greatest(expires_at, %(expires)s) WHERE id = %(id)s AND revoked_at IS NULL
"""

TURN = "UPDATE session SET team_id = %(team)s WHERE id = %(id)s AND revoked_at IS NULL"

LAST_TEAM = """
    SELECT session.team_id FROM session JOIN membership USING (account_id, team_id)
     WHERE session.account_id = %(account)s ORDER BY session.id DESC LIMIT 1
"""

OF_ACCOUNT = """
    SELECT id, created_at, last_used_at, expires_at, address, user_agent FROM session
     WHERE account_id = %(account)s AND revoked_at IS NULL AND expires_at > %(now)s ORDER BY id DESC
"""

REVOKE = """
    UPDATE session SET revoked_at = now() WHERE id = %(id)s AND account_id = %(account)s AND revoked_at IS NULL
"""

REVOKE_OTHERS = """
    UPDATE session SET revoked_at = now()
     WHERE account_id = %(account)s AND id IS DISTINCT FROM %(keep)s::uuid AND revoked_at IS NULL
"""

TOUCH = """
    UPDATE session SET last_used_at = greatest(last_used_at, used.at)
      FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS used (id, at)
     WHERE session.id = used.id
"""

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


@frozen
class Begun:
    """A session as its owner sees it: when and where it began."""

    id: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    address: str
    user_agent: str


def insert(
    tx: Tx, id_: str, account_id: str, team_id: str, expires_at: datetime, address: str = "", agent: str = ""
) -> None:
    """Begins a session."""
    values = {"id": id_, "account": account_id, "team": team_id, "expires": expires_at}
    tx.run(INSERT, {**values, "address": address, "agent": agent})


def living(tx: Tx, id_: str, team_id: str | None, now: datetime) -> Session | None:
    """The session of this id as it speaks for a team, if it is neither over nor revoked."""
    row = tx.row(LIVING, {"id": id_, "team": team_id, "now": now})
    if row is None:
        return None
    return Session(row.id, row.account_id, row.team_id, row.expires_at, row.role, row.operator)


def extend(tx: Tx, id_: str, expires_at: datetime) -> None:
    """Lets a session that lives end later."""
    tx.run(EXTEND, {"id": id_, "expires": expires_at})


def turn(tx: Tx, id_: str, team_id: str) -> None:
    """Remembers which team it turned to: the next one begins there."""
    tx.run(TURN, {"id": id_, "team": team_id})


def last_team(tx: Tx, account_id: str) -> str | None:
    """The team that the account's last session turned to, if it is a member still."""
    row = tx.row(LAST_TEAM, {"account": account_id})
    return None if row is None else row.team_id


def of_account(tx: Tx, account_id: str, now: datetime) -> list[Begun]:
    """The sessions of an account that live, newest first."""
    return [
        Begun(row.id, row.created_at, row.last_used_at, row.expires_at, row.address, row.user_agent)
        for row in tx.rows(OF_ACCOUNT, {"account": account_id, "now": now})
    ]


def revoke(tx: Tx, account_id: str, id_: str) -> bool:
    """Ends a session of this account now; whether it was one that had not ended."""
    return tx.run(REVOKE, {"id": id_, "account": account_id}) == 1


def revoke_others(tx: Tx, account_id: str, keep: str | None = None) -> int:
    """Ends all sessions of an account but one; gives how many."""
    return tx.run(REVOKE_OTHERS, {"account": account_id, "keep": keep})


def touch(tx: Tx, used: Mapping[str, float]) -> None:
    """Notes when sessions were last used, POSIX seconds by id; rows are taken in key order."""
    ids = sorted(used)
    tx.run(TOUCH, {"ids": ids, "times": [utc(used[id_]) for id_ in ids]})


def purge(tx: Tx, before: datetime) -> int:
    """Deletes a thousand sessions, at most, that ended before then; gives how many."""
    return tx.run(PURGE, {"before": before})
