"""What is learnt of a delivery after its end: that somebody complained, opened, clicked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mailit.db.arrays import array
from mailit.events import LAST_EVENT_ORDER
from mailit.interfaces import Tx
from mailit.store import outcomes
from mailit.store.spool import TAKE_XID

# Only what was delivered can be complained of; and what was clicked stays so when it is opened once more.
REPORT = """
    WITH told AS (
        UPDATE delivery SET state = %(state)s, updated_at = now()
         WHERE id = %(id)s AND state = ANY (%(before)s::text[])
     RETURNING id, team_id, email_id, recipient
    )
    INSERT INTO event (team_id, type, email_id, delivery_id, recipient, data)
    SELECT team_id, 'email.' || %(state)s, email_id, id, recipient, %(data)s::jsonb FROM told
 RETURNING email_id
"""

_AFTER_DELIVERY = ("delivered", "opened", "clicked")


def report(tx: Tx, delivery_id: str, state: str, data: Mapping[str, Any] | None = None) -> bool:
    """Puts on record what a delivery has come to; False where it is not one that this can come after (yet).

    `state` is `complained`, `clicked` or `opened`, and with `email.` before it the event's type.
    """
    if state not in LAST_EVENT_ORDER:
        raise ValueError(f"{state!r} is no state of a delivery")
    before = [one for one in _AFTER_DELIVERY if LAST_EVENT_ORDER.index(one) > LAST_EVENT_ORDER.index(state)]
    tx.rows(TAKE_XID)
    row = tx.row(
        REPORT,
        {
            "id": delivery_id,
            "state": state,
            "before": array(before),
            "data": msgspec.json.encode(data).decode() if data else None,
        },
    )
    if row is None:
        return False
    outcomes.rank(tx, [row.email_id])
    return True
