"""Envelopes in doubt: a final dot was sent and never answered; what they are, and what a person decides about them."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from mailit.db.arrays import array
from mailit.interfaces import Tx
from mailit.store.outcomes import rank
from mailit.store.queue import CHANNEL, NOTIFY, Chosen, named
from mailit.store.spool import TAKE_XID

DECISIONS = ("resend", "assume_sent", "fail")
"""Sent again, which may make a second copy; taken as delivered; given up."""

LIST = """
    SELECT envelope.id, envelope.email_id, envelope.team_id, envelope.domain, envelope.recipient, envelope.attempt,
           envelope.held, envelope.holder IS NOT NULL AS claimed, envelope.due_at, envelope.expires_at,
           delivery.exchanger, delivery.reply_text AS text, delivery.updated_at AS since
      FROM envelope LEFT JOIN delivery ON delivery.id = envelope.id
     WHERE envelope.in_doubt AND envelope.id > %(after)s::uuid
     ORDER BY envelope.id LIMIT %(most)s
"""

# Nobody may be at it; what is not held is decided about too, before the policy's time has come.
LOCK = """
    SELECT envelope.id, envelope.email_id, envelope.team_id, envelope.recipient, envelope.attempt
      FROM envelope
     WHERE in_doubt AND holder IS NULL
       AND (%(ids)s::uuid[] IS NULL OR id = ANY (%(ids)s::uuid[]) OR email_id = ANY (%(ids)s::uuid[]))
       AND (%(domain)s::text IS NULL OR domain = %(domain)s)
       AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
     ORDER BY id LIMIT %(most)s
       FOR UPDATE
"""

AGAIN = "UPDATE envelope SET held = false, due_at = now() WHERE id = ANY (%(ids)s::uuid[])"

END = """
    WITH gone AS (
        DELETE FROM envelope WHERE id = ANY (%(ids)s::uuid[])
    ), told AS (
        UPDATE delivery SET state = %(state)s, in_doubt = true, reply_code = NULL, reply_status = NULL,
                            reply_text = %(reason)s, updated_at = now()
         WHERE id = ANY (%(ids)s::uuid[])
    )
    INSERT INTO event (team_id, type, email_id, delivery_id, recipient, attempt, reply_text, in_doubt, data)
    SELECT team_id, 'email.' || %(state)s, email_id, id, recipient, attempt, %(reason)s, true,
           CASE WHEN %(state)s = 'failed'
                THEN jsonb_build_object('failed', jsonb_build_object('reason', %(reason)s::text)) END
      FROM unnest(%(ids)s::uuid[], %(emails)s::uuid[], %(teams)s::uuid[], %(recipients)s::text[],
                  %(attempts)s::integer[]) AS ended (id, email_id, team_id, recipient, attempt)
     ORDER BY id
"""

NOBODY = "00000000-0000-0000-0000-000000000000"

_STATES = {
    "assume_sent": ("delivered", "The operator decided that it has arrived"),
    "fail": ("failed", "The operator decided not to send it again; it may have arrived"),
}


@frozen
class Doubt:
    """One envelope in doubt. `held`: nothing happens until somebody decides; otherwise it is due again at `due_at`."""

    id: str
    email_id: str
    team_id: str
    domain: str
    recipient: str
    attempt: int
    held: bool
    claimed: bool
    due_at: datetime
    expires_at: datetime
    exchanger: str | None
    text: str | None
    since: datetime | None


def doubts(tx: Tx, after: str = NOBODY, most: int = 1000) -> list[Doubt]:
    """What is in doubt, oldest first, past the envelope `after`."""
    return [Doubt(**row._asdict()) for row in tx.rows(LIST, {"after": after, "most": most})]


def decide(tx: Tx, which: Chosen, decision: str) -> int:
    """Settles what is in doubt as a person decided; gives how many. What is in a process's hands stays as it is."""
    rows = tx.rows(LOCK, named(which, None))
    if not rows:
        return 0
    ids = [row.id for row in rows]
    if decision == "resend":
        tx.run(AGAIN, {"ids": ids})
        tx.run(NOTIFY, {"channel": CHANNEL})
        return len(ids)
    state, reason = _STATES[decision]
    tx.run(TAKE_XID)
    tx.run(
        END,
        {
            "ids": ids,
            "emails": [row.email_id for row in rows],
            "teams": [row.team_id for row in rows],
            "recipients": array([row.recipient for row in rows]),
            "attempts": [row.attempt for row in rows],
            "state": state,
            "reason": reason,
        },
    )
    rank(tx, {row.email_id for row in rows})
    return len(ids)
