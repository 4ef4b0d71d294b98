"""A notice in a transaction of its own: for the command line, which has no `Notices` to send it by."""

from __future__ import annotations

from mailit.interfaces import Tx

TELL = "SELECT pg_notify(%(channel)s, %(payload)s)"


def tell(tx: Tx, channel: str, payload: str = "") -> None:
    """Tells the daemons once this transaction is committed; an empty payload is "look again at everything"."""
    tx.row(TELL, {"channel": channel, "payload": payload})
