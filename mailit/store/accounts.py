"""Accounts, teams, and who belongs to which."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import field, frozen

from mailit.interfaces import Tx
from mailit.store import sessions

# Two registrations at once take turns here, so that one of them alone is the first. Reading goes on meanwhile.
ONE_AT_A_TIME = "LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE"

ANY = "SELECT EXISTS (SELECT 1 FROM account) AS found"

INSERT_TEAM = "INSERT INTO team (id, name) VALUES (%(id)s, %(name)s)"

INSERT_ACCOUNT = """
    INSERT INTO account (id, email, name, password, operator)
    VALUES (%(id)s, %(email)s, %(name)s, %(password)s, %(operator)s)
    ON CONFLICT (lower(email)) DO NOTHING
"""

INSERT_MEMBERSHIP = """
    INSERT INTO membership (team_id, account_id, role) VALUES (%(team)s, %(account)s, %(role)s)
    ON CONFLICT (account_id, team_id) DO NOTHING
"""

COLUMNS = "SELECT id, email, name, password, operator, created_at FROM account "

BY_EMAIL = COLUMNS + "WHERE lower(email) = lower(%(email)s)"

BY_ID = COLUMNS + "WHERE id = %(id)s"

MEMBERSHIPS = """
    SELECT team.id, team.name, team.created_at, membership.role
      FROM membership JOIN team ON team.id = membership.team_id
     WHERE membership.account_id = %(account)s ORDER BY membership.created_at, team.id
"""

SET_PASSWORD = "UPDATE account SET password = %(password)s WHERE id = %(id)s"

RENAME = "UPDATE account SET name = %(name)s WHERE id = %(id)s"


@frozen
class Account:
    """A person; `password` is `scrypt$N$r$p$salt$hash`."""

    id: str
    email: str
    name: str
    password: str = field(repr=False)
    operator: bool
    created_at: datetime


@frozen
class Membership:
    """A team, and what an account is in it: owner, admin or member."""

    team_id: str
    name: str
    role: str
    created_at: datetime


def one_at_a_time(tx: Tx) -> None:
    """From here to the end of the transaction nobody else registers."""
    tx.run(ONE_AT_A_TIME)


def any_account(tx: Tx) -> bool:
    """Whether there is anybody."""
    return bool(tx.rows(ANY)[0].found)


def insert_team(tx: Tx, id_: str, name: str) -> None:
    """Makes a team."""
    tx.run(INSERT_TEAM, {"id": id_, "name": name})


def insert_account(tx: Tx, id_: str, email: str, name: str, password: str, operator: bool) -> bool:
    """Makes an account; False where the address has one already."""
    values = {"id": id_, "email": email, "name": name, "password": password, "operator": operator}
    return tx.run(INSERT_ACCOUNT, values) == 1


def insert_membership(tx: Tx, team_id: str, account_id: str, role: str) -> None:
    """Makes an account a member of a team; one that is in it already stays what it is."""
    tx.run(INSERT_MEMBERSHIP, {"team": team_id, "account": account_id, "role": role})


def by_email(tx: Tx, email: str) -> Account | None:
    """The account of an address, whatever the case of its letters."""
    return _account(tx.row(BY_EMAIL, {"email": email}))


def by_id(tx: Tx, id_: str) -> Account | None:
    """The account of an id."""
    return _account(tx.row(BY_ID, {"id": id_}))


def memberships(tx: Tx, account_id: str) -> list[Membership]:
    """The teams of an account, in the order in which it joined them."""
    return [
        Membership(row.id, row.name, row.role, row.created_at) for row in tx.rows(MEMBERSHIPS, {"account": account_id})
    ]


def set_password(tx: Tx, id_: str, password: str, keep: str | None = None) -> None:
    """Changes a password, and ends every session that began under the old one, but for the one to keep."""
    tx.run(SET_PASSWORD, {"id": id_, "password": password})
    sessions.revoke_others(tx, id_, keep)


def rename(tx: Tx, id_: str, name: str) -> None:
    """Gives an account another name."""
    tx.run(RENAME, {"id": id_, "name": name})


def _account(row: Any | None) -> Account | None:
    if row is None:
        return None
    return Account(row.id, row.email, row.name, row.password, row.operator, row.created_at)
