"""What the toy remembers."""

from __future__ import annotations

from collections.abc import Sequence

from mailit.interfaces import Tx

REFUSE = """
    INSERT INTO toy_refusal (team_id, address) VALUES (%(team)s, lower(%(address)s)) ON CONFLICT DO NOTHING
"""

REFUSED = "SELECT address FROM toy_refusal WHERE team_id = %(team)s AND address = ANY (%(addresses)s)"

COUNT = """
    INSERT INTO toy_count (team_id, type, count) VALUES (%(team)s, %(type)s, 1)
    ON CONFLICT (team_id, type) DO UPDATE SET count = toy_count.count + 1
"""

COUNTS = "SELECT type, count FROM toy_count WHERE team_id = %(team)s ORDER BY type"

KEEP = """
    INSERT INTO toy_box (id, team_id, recipient, message)
    VALUES (%(id)s, %(team)s, %(recipient)s, %(message)s) ON CONFLICT (id) DO NOTHING
"""

BOX = "SELECT recipient, message FROM toy_box WHERE team_id = %(team)s ORDER BY id"

NOTE = "INSERT INTO toy_note (text) VALUES (%(text)s)"

NOTES = "SELECT text FROM toy_note ORDER BY number"


def refuse(tx: Tx, team_id: str, address: str) -> bool:
    """Sends nothing to this address any more; False where that was so already."""
    return tx.run(REFUSE, {"team": team_id, "address": address}) == 1


def refused(tx: Tx, team_id: str, addresses: Sequence[str]) -> list[str]:
    """Those of these addresses that are refused."""
    return [row.address for row in tx.rows(REFUSED, {"team": team_id, "addresses": list(addresses)})]


def count(tx: Tx, team_id: str, type_: str) -> None:
    """One more event of this type."""
    tx.run(COUNT, {"team": team_id, "type": type_})


def counts(tx: Tx, team_id: str) -> dict[str, int]:
    """How many there were of each type."""
    return {row.type: row.count for row in tx.rows(COUNTS, {"team": team_id})}


def keep(tx: Tx, id_: str, team_id: str, recipient: str, message: bytes) -> None:
    """Keeps a message, by its delivery's id."""
    tx.run(KEEP, {"id": id_, "team": team_id, "recipient": recipient, "message": message})


def box(tx: Tx, team_id: str) -> list[tuple[str, str]]:
    """Recipients and messages, oldest first."""
    return [(row.recipient, row.message.decode()) for row in tx.rows(BOX, {"team": team_id})]


def note(tx: Tx, text: str) -> None:
    """Writes something down."""
    tx.run(NOTE, {"text": text})


def notes(tx: Tx) -> list[str]:
    """All that was written down."""
    return [row.text for row in tx.rows(NOTES)]
