"""Complaints that are owed."""

from __future__ import annotations

from collections.abc import Sequence

from mailit.interfaces import Tx

# The same envelope may come a second time, after a crash between this and its outcome.
OWE = "INSERT INTO owed_complaint (delivery_id) VALUES (%(id)s) ON CONFLICT DO NOTHING"

OWED = "SELECT delivery_id FROM owed_complaint ORDER BY delivery_id LIMIT %(most)s"

# What has not been delivered within a day never was.
DONE = """
    DELETE FROM owed_complaint
     WHERE delivery_id = ANY (%(ids)s::uuid[]) OR since < now() - interval '1 day'
"""


def owe(tx: Tx, delivery_id: str) -> None:
    """Owes a complaint about this delivery; to owe it twice is to owe it once."""
    tx.run(OWE, {"id": delivery_id})


def owed(tx: Tx, most: int) -> list[str]:
    """Deliveries that complaints are owed about, the oldest first."""
    return [row.delivery_id for row in tx.rows(OWED, {"most": most})]


def done(tx: Tx, delivery_ids: Sequence[str]) -> None:
    """These are made; and what could not be made in a day is forgotten."""
    tx.run(DONE, {"ids": list(delivery_ids)})
