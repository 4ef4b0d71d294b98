"""Passwords that were forgotten: the one link of an account that may set a new one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.interfaces import Tx

# A link that is younger than `before` stands: whoever asks again and again sends one mail, not a hundred.
INSERT = """
    INSERT INTO password_reset AS known (account_id, id, created_at, expires_at)
    VALUES (%(account)s, %(id)s, %(now)s, %(expires)s)
    ON CONFLICT (account_id) DO UPDATE
       SET id = excluded.id, created_at = excluded.created_at, expires_at = excluded.expires_at
     WHERE known.created_at < %(before)s
"""

COLUMNS = "SELECT id, account_id, created_at, expires_at FROM password_reset "

BY_ID = COLUMNS + "WHERE id = %(id)s AND expires_at > %(now)s"

OF_ACCOUNT = COLUMNS + "WHERE account_id = %(account)s AND expires_at > %(now)s"

# Whoever deletes it has it: a link is good once.
TAKE = "DELETE FROM password_reset WHERE id = %(id)s AND expires_at > %(now)s RETURNING account_id"

FORGET = "DELETE FROM password_reset WHERE account_id = %(account)s"

PURGE = "DELETE FROM password_reset WHERE expires_at < %(before)s"


@frozen
class PasswordReset:
    """A link that is good until `expires_at`."""

    id: str
    account_id: str
    created_at: datetime
    expires_at: datetime


def insert(tx: Tx, account_id: str, id_: str, now: datetime, expires_at: datetime, before: datetime) -> bool:
    """Puts a link on record in place of the one before; False where that one is younger than `before`."""
    values = {"account": account_id, "id": id_, "now": now, "expires": expires_at, "before": before}
    return tx.run(INSERT, values) == 1


def by_id(tx: Tx, id_: str, now: datetime) -> PasswordReset | None:
    """The link of this id, if it is good."""
    return _reset(tx.row(BY_ID, {"id": id_, "now": now}))


def of_account(tx: Tx, account_id: str, now: datetime) -> PasswordReset | None:
    """The link of an account, if it has a good one."""
    return _reset(tx.row(OF_ACCOUNT, {"account": account_id, "now": now}))


def take(tx: Tx, id_: str, now: datetime) -> str | None:
    """Uses a link up; gives the account that it was for."""
    row = tx.row(TAKE, {"id": id_, "now": now})
    return None if row is None else row.account_id


def forget(tx: Tx, account_id: str) -> None:
    """Makes the link of an account worthless: its password was set another way."""
    tx.run(FORGET, {"account": account_id})


def purge(tx: Tx, before: datetime) -> int:
    """Deletes links that ended before then; gives how many."""
    return tx.run(PURGE, {"before": before})


def _reset(row: Any | None) -> PasswordReset | None:
    return None if row is None else PasswordReset(row.id, row.account_id, row.created_at, row.expires_at)
