"""How often somebody tried to sign in, by what he said he is."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from mailit.interfaces import Tx

COUNT = """
    INSERT INTO sign_in_attempt AS known (who, tries, since) VALUES (%(who)s, 1, %(now)s)
    ON CONFLICT (who) DO UPDATE
       SET tries = CASE WHEN known.since < %(stale)s THEN 1 ELSE known.tries + 1 END,
           since = CASE WHEN known.since < %(stale)s THEN excluded.since ELSE known.since END
 RETURNING tries, since
"""

FORGIVE = "DELETE FROM sign_in_attempt WHERE who = %(who)s"

PURGE = """
    DELETE FROM sign_in_attempt
     WHERE who IN (SELECT who FROM sign_in_attempt WHERE since < %(before)s LIMIT 1000)
"""


def count(tx: Tx, email: str, now: datetime, stale: datetime) -> tuple[int, datetime]:
    """Counts one more; gives how many there were since when. What began before `stale` is over."""
    row = tx.rows(COUNT, {"who": _who(email), "now": now, "stale": stale})[0]
    return row.tries, row.since


def forgive(tx: Tx, email: str) -> None:
    """Begins anew: it was he."""
    tx.run(FORGIVE, {"who": _who(email)})


def purge(tx: Tx, before: datetime) -> int:
    """Deletes a thousand counts, at most, that began before then; gives how many."""
    return tx.run(PURGE, {"before": before})


def _who(email: str) -> bytes:
    return sha256(email.strip().lower().encode("utf-8", "surrogatepass")).digest()
