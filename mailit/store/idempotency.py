"""Idempotency keys: what was answered to them, looked up for many at once and written with the mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg2
from attrs import frozen
from psycopg2.errorcodes import UNIQUE_VIOLATION

from mailit.db.arrays import array, bytea_array
from mailit.db.planned import Planned
from mailit.errors import IdempotencyKeyInUse
from mailit.interfaces import KeyUse, Tx

KEPT_FOR = 86_400.0
"""Seconds for which a key is good."""

_SWEPT_AT_ONCE = 5_000

FIND = Planned.of("""
    SELECT kept.team_id, kept.key, kept.digest, kept.answer
      FROM unnest(%(teams)s::uuid[], %(keys)s::text[]) AS wanted (team_id, key)
      JOIN idempotency_key AS kept ON kept.team_id = wanted.team_id AND kept.key = wanted.key
     WHERE kept.created_at > now() - %(kept_for)s::float8 * interval '1 second'
""")

# As KEEP, for keys of which none is in the way: one that is fails the transaction.
INSERT = Planned.of("""
    INSERT INTO idempotency_key (team_id, key, digest, answer)
    SELECT team_id, key, digest, answer
      FROM unnest(%(k_team)s::uuid[], %(k_key)s::text[], %(k_digest)s::bytea[], %(k_answer)s::text[])
           AS new (team_id, key, digest, answer)
     ORDER BY team_id, key
""")

# In the order of the keys: two groups that hold the same ones wait for each other, and never in a circle. One that is
# in the way and still good stays; whoever brought it has committed by the time that this is done waiting.
KEEP = Planned.of("""
    INSERT INTO idempotency_key AS kept (team_id, key, digest, answer)
    SELECT team_id, key, digest, answer
      FROM unnest(%(teams)s::uuid[], %(keys)s::text[], %(digests)s::bytea[], %(answers)s::text[])
           AS new (team_id, key, digest, answer)
     ORDER BY team_id, key
        ON CONFLICT (team_id, key) DO UPDATE
       SET digest = excluded.digest, answer = excluded.answer, created_at = now()
     WHERE kept.created_at <= now() - %(kept_for)s::float8 * interval '1 second'
 RETURNING team_id, key
""")

DROP = """
    DELETE FROM idempotency_key AS kept USING unnest(%(teams)s::uuid[], %(keys)s::text[]) AS gone (team_id, key)
     WHERE kept.team_id = gone.team_id AND kept.key = gone.key
"""

SWEEP = """
    DELETE FROM idempotency_key
     WHERE ctid = ANY (ARRAY(
               SELECT ctid FROM idempotency_key
                WHERE created_at <= now() - %(kept_for)s * interval '1 second'
                LIMIT %(most)s FOR UPDATE SKIP LOCKED))
"""


@frozen
class Kept:
    """What was answered to a key, and to which request."""

    digest: bytes
    answer: str


@frozen
class NewKey:
    """A key as it is written with its mails: `answer` is what its request is answered with."""

    use: KeyUse
    answer: str


class InUse(IdempotencyKeyInUse):
    """The key was written by somebody else meanwhile: nothing of this request was. `kept` is what was answered."""

    def __init__(self, kept: Kept | None) -> None:
        super().__init__()
        self.kept = kept


class KeyTaken(Exception):
    """Some key of many is in the way: nothing was written, of any of them."""


def insert(keys: Sequence[NewKey]) -> tuple[Planned, dict[str, str]]:
    """What writes keys of which none is in use, in front of what else its transaction writes."""
    return INSERT, {
        "k_team": "{" + ",".join([key.use.team_id for key in keys]) + "}",
        "k_key": array([key.use.key for key in keys]),
        "k_digest": bytea_array([key.use.digest for key in keys]),
        "k_answer": array([key.answer for key in keys]),
    }


def taken(error: psycopg2.Error) -> bool:
    """Whether a transaction failed by a key that was in the way of `insert`."""
    return error.pgcode == UNIQUE_VIOLATION and error.diag.constraint_name == "idempotency_key_pkey"


def find(tx: Tx, uses: Sequence[KeyUse]) -> list[Kept | None]:
    """What was answered to the key of each of these, None where nothing was within a day."""
    found = _found(tx, uses)
    return [found.get((use.team_id, use.key)) for use in uses]


def keep(tx: Tx, new: Mapping[int, NewKey]) -> dict[int, InUse]:
    """Writes keys, by whatever places their requests have; gives those that are in use, by their places.

    A key that another transaction is writing is waited for.
    """
    keys = list(new.values())
    params = {
        **_names([key.use for key in keys]),
        "digests": bytea_array([key.use.digest for key in keys]),
        "answers": array([key.answer for key in keys]),
        "kept_for": KEPT_FOR,
    }
    written = {(row.team_id, row.key) for row in tx.rows(KEEP, params)}
    late = {place: key.use for place, key in new.items() if (key.use.team_id, key.use.key) not in written}
    if not late:
        return {}
    found = _found(tx, list(late.values()))
    return {place: InUse(found.get((use.team_id, use.key))) for place, use in late.items()}


def drop(tx: Tx, uses: Sequence[KeyUse]) -> None:
    """Takes back keys that this transaction has written, of requests that it does not grant after all."""
    if uses:
        tx.run(DROP, _names(uses))


def sweep(tx: Tx) -> int:
    """Deletes keys that are good no more, some thousand at a time; gives their number."""
    return tx.run(SWEEP, {"kept_for": KEPT_FOR, "most": _SWEPT_AT_ONCE})


def _found(tx: Tx, uses: Sequence[KeyUse]) -> dict[tuple[str, str], Kept]:
    rows = tx.rows(FIND, {**_names(uses), "kept_for": KEPT_FOR})
    return {(row.team_id, row.key): Kept(row.digest, row.answer) for row in rows}


def _names(uses: Sequence[KeyUse]) -> dict[str, str]:
    return {"teams": "{" + ",".join([use.team_id for use in uses]) + "}", "keys": array([use.key for use in uses])}
