"""Second factors: the secret of an account's codes, sealed, and the hashes of its recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.interfaces import Tx

# One that was confirmed stands until it is switched off.
BEGIN = """
    INSERT INTO second_factor AS known (account_id, secret) VALUES (%(account)s, %(secret)s)
    ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, last_step = 0, created_at = now()
     WHERE known.confirmed_at IS NULL
"""

COLUMNS = """
    SELECT account_id, secret, confirmed_at, last_step,
           (SELECT count(*) FROM recovery_code WHERE recovery_code.account_id = second_factor.account_id) AS codes
      FROM second_factor WHERE account_id = %(account)s
"""

# The row's lock makes a code that is given twice at once good once.
LOCKED = COLUMNS + " FOR UPDATE"

CONFIRM = "UPDATE second_factor SET confirmed_at = %(now)s WHERE account_id = %(account)s"

TAKE_STEP = "UPDATE second_factor SET last_step = %(step)s WHERE account_id = %(account)s"

TAKE_CODE = "DELETE FROM recovery_code WHERE account_id = %(account)s AND hash = %(hash)s"

DELETE_CODES = "DELETE FROM recovery_code WHERE account_id = %(account)s"

INSERT_CODES = "INSERT INTO recovery_code (account_id, hash) SELECT %(account)s::uuid, unnest(%(hashes)s)"

DELETE = "DELETE FROM second_factor WHERE account_id = %(account)s"


@frozen
class SecondFactor:
    """What an account proves itself with, beside its password; `codes` are the recovery codes that are left."""

    account_id: str
    secret: bytes
    confirmed_at: datetime | None
    last_step: int
    codes: int


def begin(tx: Tx, account_id: str, secret: bytes) -> bool:
    """Puts a secret on record, to be confirmed; False where the account has one that was."""
    return tx.run(BEGIN, {"account": account_id, "secret": secret}) == 1


def one(tx: Tx, account_id: str, lock: bool = False) -> SecondFactor | None:
    """The second factor of an account, confirmed or not; `lock` holds it to the end of the transaction."""
    row: Any = tx.row(LOCKED if lock else COLUMNS, {"account": account_id})
    if row is None:
        return None
    return SecondFactor(row.account_id, bytes(row.secret), row.confirmed_at, row.last_step, row.codes)


def confirm(tx: Tx, account_id: str, now: datetime) -> None:
    """From now on it is asked for."""
    tx.run(CONFIRM, {"account": account_id, "now": now})


def take_step(tx: Tx, account_id: str, step: int) -> None:
    """No code of this step or an earlier one is good any more."""
    tx.run(TAKE_STEP, {"account": account_id, "step": step})


def take_code(tx: Tx, account_id: str, hash_: bytes) -> bool:
    """Uses a recovery code up; whether there was one of this hash."""
    return tx.run(TAKE_CODE, {"account": account_id, "hash": hash_}) == 1


def set_codes(tx: Tx, account_id: str, hashes: Sequence[bytes]) -> None:
    """Puts these in place of the recovery codes that there were."""
    tx.run(DELETE_CODES, {"account": account_id})
    tx.run(INSERT_CODES, {"account": account_id, "hashes": list(hashes)})


def delete(tx: Tx, account_id: str) -> bool:
    """Switches it off; whether there was one."""
    return tx.run(DELETE, {"account": account_id}) == 1
