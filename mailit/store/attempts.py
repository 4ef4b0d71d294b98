"""How often somebody tried to sign in, by what he said he is; and from where each account was signed in to."""

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

FORGIVE = "DELETE FROM sign_in_attempt WHERE who = ANY (%(who)s)"

REMEMBER = """
    INSERT INTO known_place AS known (account_id, network, seen_at) VALUES (%(account)s, %(network)s, %(now)s)
    ON CONFLICT (account_id, network) DO UPDATE SET seen_at = greatest(known.seen_at, excluded.seen_at)
"""

IS_KNOWN = """
    SELECT 1 FROM known_place JOIN account ON account.id = account_id
     WHERE lower(email) = lower(%(email)s) AND network = %(network)s AND seen_at >= %(since)s
"""

PLACES = "SELECT network FROM known_place WHERE account_id = %(account)s"

PURGE_PLACES = """
    DELETE FROM known_place
     WHERE (account_id, network) IN (SELECT account_id, network FROM known_place WHERE seen_at < %(before)s LIMIT 1000)
"""

PURGE = """
    DELETE FROM sign_in_attempt
     WHERE who IN (SELECT who FROM sign_in_attempt WHERE since < %(before)s LIMIT 1000)
"""


def count(tx: Tx, email: str, where: str, now: datetime, stale: datetime) -> tuple[int, datetime]:
    """Counts one more; gives how many there were since when. What began before `stale` is over.

    `where` is what is counted apart from all others who say they are the same: a known network, a session; "": nothing.
    """
    row = tx.rows(COUNT, {"who": _who(email, where), "now": now, "stale": stale})[0]
    return row.tries, row.since


def forgive(tx: Tx, email: str, *where: str) -> None:
    """Begins anew: it was he."""
    tx.run(FORGIVE, {"who": [_who(email, one) for one in where]})


def remember(tx: Tx, account_id: str, network: str, now: datetime) -> None:
    """Somebody signed in to the account from there."""
    tx.run(REMEMBER, {"account": account_id, "network": network, "now": now})


def is_known(tx: Tx, email: str, network: str, since: datetime) -> bool:
    """Whether the account of this address, if there is one, was signed in to from there."""
    return tx.row(IS_KNOWN, {"email": email, "network": network, "since": since}) is not None


def places(tx: Tx, account_id: str) -> list[str]:
    """The networks that an account was signed in to from."""
    return [row.network for row in tx.rows(PLACES, {"account": account_id})]


def purge(tx: Tx, before: datetime) -> int:
    """Deletes a thousand counts, at most, that began before then; gives how many."""
    return tx.run(PURGE, {"before": before})


def purge_places(tx: Tx, before: datetime) -> int:
    """Deletes a thousand places, at most, that nobody signed in from since then; gives how many."""
    return tx.run(PURGE_PLACES, {"before": before})


def _who(email: str, where: str) -> bytes:
    said = email.strip().lower() + ("\0" + where if where else "")
    return sha256(said.encode("utf-8", "surrogatepass")).digest()
