"""Holders: the processes that are alive, and what becomes of the envelopes of those that are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from mailit.interfaces import Tx
from mailit.store.outcomes import Fence

# Times are the database's alone. A new row has a new id: a process that was buried can't rise under its old one.
REGISTER = """
    INSERT INTO holder (id, alive_until, host, pid, roles)
    VALUES (%(id)s, clock_timestamp() + %(lease)s * interval '1 second', %(host)s, %(pid)s, %(roles)s::text[])
"""

# Good however late: as long as the row is there, nobody has acted on our death.
RENEW = """
    UPDATE holder SET alive_until = clock_timestamp() + %(lease)s * interval '1 second' WHERE id = %(id)s
"""

RETIRE = "DELETE FROM holder WHERE id = %(id)s"

# Death is an act. Not right after the database's own start: nobody could renew while it was away.
BURY = """
    DELETE FROM holder
     WHERE alive_until < clock_timestamp()
       AND pg_postmaster_start_time() < clock_timestamp() - %(lease)s * interval '1 second'
 RETURNING id
"""

ABANDONED = """
    SELECT envelope.id, envelope.holder, envelope.attempt, envelope.email_id, envelope.marked_at IS NOT NULL AS marked
      FROM envelope
     WHERE envelope.holder IS NOT NULL AND NOT EXISTS (SELECT FROM holder WHERE holder.id = envelope.holder)
     LIMIT %(most)s
       FOR UPDATE SKIP LOCKED
"""

RELEASE_UNMARKED = """
    UPDATE envelope SET holder = NULL, due_at = now()
     WHERE id = ANY (%(ids)s::uuid[]) AND marked_at IS NULL
       AND NOT EXISTS (SELECT FROM holder WHERE holder.id = envelope.holder)
"""

LIVING_ROLES = "SELECT DISTINCT unnest(roles) AS role FROM holder WHERE alive_until > clock_timestamp()"


@frozen
class Abandoned:
    """An envelope whose holder is dead. A marked one is in doubt."""

    fence: Fence
    email_id: str
    marked: bool


def register(tx: Tx, id_: str, lease: float, host: str, pid: int, roles: Sequence[str]) -> None:
    """Enters a process that lives for `lease` seconds unless it renews."""
    tx.run(REGISTER, {"id": id_, "lease": lease, "host": host, "pid": pid, "roles": list(roles)})


def renew(tx: Tx, id_: str, lease: float) -> bool:
    """Renews a lease; False where the row is gone: the process was buried and must drop what it has."""
    tx.run("SET LOCAL synchronous_commit = off")  # a renewal that a crash forgets costs nothing
    return tx.run(RENEW, {"id": id_, "lease": lease}) == 1


def retire(tx: Tx, id_: str) -> None:
    """Takes a process out in good order; what it still has marked is in doubt from now on."""
    tx.run(RETIRE, {"id": id_})


def bury(tx: Tx, lease: float) -> list[str]:
    """Ends the leases that ran out; gives the ids of the dead."""
    return [row.id for row in tx.rows(BURY, {"lease": lease})]


def abandoned(tx: Tx, most: int) -> list[Abandoned]:
    """Envelopes of the dead, locked; those that were not marked are set free at once."""
    rows: list[Any] = tx.rows(ABANDONED, {"most": most})
    if rows:
        tx.run(RELEASE_UNMARKED, {"ids": [row.id for row in rows if not row.marked]})
    return [Abandoned(Fence(row.id, row.attempt, row.holder), row.email_id, row.marked) for row in rows]


def living_roles(tx: Tx) -> set[str]:
    """The roles that some living process has."""
    return {row.role for row in tx.rows(LIVING_ROLES)}
