"""The queue as an operator sees it: what waits, why, and hands to hold, release, retry and cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.db.arrays import array
from mailit.ids import seconds
from mailit.interfaces import Tx
from mailit.store.outcomes import rank
from mailit.store.spool import TAKE_XID

CHANNEL = "mailit_spool"
"""Where those who add to the spool tell those who claim from it; the payload names lanes, or is empty."""

SUMMARY = """
    SELECT domain,
           count(*) FILTER (WHERE holder IS NULL AND NOT held AND due_at <= now()) AS due,
           count(*) FILTER (WHERE holder IS NULL AND NOT held AND due_at > now()) AS waiting,
           count(*) FILTER (WHERE holder IS NOT NULL) AS claimed,
           count(*) FILTER (WHERE held) AS held,
           count(*) FILTER (WHERE in_doubt) AS in_doubt,
           min(due_at) FILTER (WHERE holder IS NULL AND NOT held) AS next_due
      FROM envelope
     GROUP BY domain ORDER BY count(*) DESC, domain
     LIMIT %(most)s
"""

TOTALS = """
    SELECT count(*) FILTER (WHERE holder IS NULL AND NOT held AND due_at <= now()) AS due,
           count(*) FILTER (WHERE holder IS NULL AND NOT held AND due_at > now()) AS waiting,
           count(*) FILTER (WHERE holder IS NOT NULL) AS claimed,
           count(*) FILTER (WHERE held) AS held,
           count(*) FILTER (WHERE in_doubt) AS in_doubt
      FROM envelope
"""

# Which envelopes a command means: each of what is given must hold.
CHOSEN = """
    SELECT envelope.id, envelope.email_id, envelope.team_id, envelope.domain, envelope.recipient, envelope.due_at,
           envelope.expires_at, envelope.attempt, envelope.in_doubt, envelope.held,
           envelope.holder IS NOT NULL AS claimed
      FROM envelope
     WHERE (%(ids)s::uuid[] IS NULL OR id = ANY (%(ids)s::uuid[]) OR email_id = ANY (%(ids)s::uuid[]))
       AND (%(domain)s::text IS NULL OR domain = %(domain)s)
       AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
       AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
     ORDER BY id
     LIMIT %(most)s
"""

OLDEST = "SELECT id FROM envelope ORDER BY id LIMIT 1"

# What was scheduled and is not due yet does not wait for us.
OLDEST_WAITING = "SELECT id FROM envelope WHERE attempt > 0 OR due_at <= now() ORDER BY id LIMIT 1"

LOCKED = " FOR UPDATE"

LAST_WORDS = """
    SELECT delivery.id, delivery.state, delivery.reply_code, delivery.reply_status, delivery.reply_text,
           delivery.exchanger
      FROM unnest(%(ids)s::uuid[]) AS wanted (id) JOIN delivery ON delivery.id = wanted.id
"""

# What is held is due as it is released; until then it is not tried, whatever it is told.
RETRY = "UPDATE envelope SET due_at = now() WHERE id = ANY (%(ids)s::uuid[]) AND holder IS NULL AND NOT held"

HOLD = "UPDATE envelope SET held = true WHERE id = ANY (%(ids)s::uuid[]) AND holder IS NULL AND NOT held"

RELEASE = """
    UPDATE envelope SET held = false, due_at = now() WHERE id = ANY (%(ids)s::uuid[]) AND holder IS NULL AND held
"""

DELETE = "DELETE FROM envelope WHERE id = ANY (%(ids)s::uuid[])"

DELIVERIES = "SELECT id, deliveries FROM email WHERE id = ANY (%(ids)s::uuid[]) ORDER BY id FOR UPDATE"

END_DELIVERIES = """
    UPDATE delivery SET state = %(state)s, updated_at = now(), reply_text = %(reason)s
      FROM unnest(%(ids)s::uuid[]) AS ended (id) WHERE delivery.id = ended.id
"""

END_EMAILS = "UPDATE email SET last_event = %(state)s WHERE id = ANY (%(ids)s::uuid[])"

TELL_CANCELED = """
    INSERT INTO event (team_id, type, email_id)
    SELECT team_id, 'email.canceled', id
      FROM unnest(%(teams)s::uuid[], %(ids)s::uuid[]) AS canceled (team_id, id) ORDER BY id
"""

TELL_FAILED = """
    INSERT INTO event (team_id, type, email_id, delivery_id, recipient, reply_text, data)
    SELECT team_id, 'email.failed', email_id, id, recipient, %(reason)s,
           jsonb_build_object('failed', jsonb_build_object('reason', %(reason)s::text))
      FROM unnest(%(teams)s::uuid[], %(emails)s::uuid[], %(ids)s::uuid[], %(recipients)s::text[])
           AS failed (team_id, email_id, id, recipient) ORDER BY id
"""

EMAIL_OF = """
    SELECT id FROM email WHERE id = %(id)s::uuid
     UNION ALL
    SELECT email_id FROM delivery WHERE id = %(id)s::uuid
     LIMIT 1
"""

NOTIFY = "SELECT pg_notify(%(channel)s, '')"

ACTIONS = ("retry", "hold", "release", "cancel")
"""What may be done to what waits: try it now, hold it back, let go of what is held, end it."""

A_STEP = 2_000
"""So many envelopes are changed in one transaction."""

_STATEMENTS = {"retry": RETRY, "hold": HOLD, "release": RELEASE}
_REASON = "Canceled by the operator"


@frozen
class Step:
    """How many envelopes were changed, and the last that was looked at; None where there are no more."""

    changed: int
    last: str | None


@frozen
class Chosen:
    """Which envelopes are meant: by id (of delivery or email), by destination, by team. Nothing given is all."""

    ids: Sequence[str] | None = None
    domain: str | None = None
    team_id: str | None = None


@frozen
class DomainQueue:
    """How much waits for one destination."""

    domain: str
    due: int
    waiting: int
    claimed: int
    held: int
    in_doubt: int
    next_due: datetime | None


@frozen
class Waiting:
    """One envelope as it stands, with what was last said about it."""

    id: str
    email_id: str
    team_id: str
    domain: str
    recipient: str
    due_at: datetime
    expires_at: datetime
    attempt: int
    in_doubt: bool
    held: bool
    claimed: bool
    reply: str = ""
    exchanger: str | None = None


def summary(tx: Tx, most: int = 1000) -> list[DomainQueue]:
    """The spool by destination, the fullest first."""
    return [DomainQueue(**row._asdict()) for row in tx.rows(SUMMARY, {"most": most})]


def totals(tx: Tx) -> dict[str, int]:
    """How many envelopes there are in each state."""
    return dict(tx.rows(TOTALS)[0]._asdict())


def oldest(tx: Tx) -> float | None:
    """When the first mail that still waits was accepted, in POSIX seconds."""
    row = tx.row(OLDEST)
    return None if row is None else seconds(row.id)


def oldest_waiting(tx: Tx) -> float | None:
    """The same, of those that could have been delivered: not of what is only scheduled."""
    row = tx.row(OLDEST_WAITING)
    return None if row is None else seconds(row.id)


def chosen(tx: Tx, which: Chosen, most: int | None = 1000, after: str | None = None) -> list[Waiting]:
    """Envelopes, oldest first, with the last words of their receivers; those past the envelope `after`."""
    rows = tx.rows(CHOSEN, named(which, most, after))
    words = {row.id: row for row in tx.rows(LAST_WORDS, {"ids": [row.id for row in rows]})} if rows else {}
    found = []
    for row in rows:
        said = words.get(row.id)
        parts = (said.reply_code, said.reply_status, said.reply_text) if said is not None else ()
        reply = " ".join(str(part) for part in parts if part)
        found.append(Waiting(**row._asdict(), reply=reply, exchanger=said.exchanger if said is not None else None))
    return found


def email_of(tx: Tx, id_: str) -> str | None:
    """The mail that this is the id of, or of one of whose deliveries."""
    row = tx.row(EMAIL_OF, {"id": id_})
    return None if row is None else str(row.id)


def retry(tx: Tx, which: Chosen) -> int:
    """Makes what waits due now; gives how many. What is claimed at this moment stays as it is."""
    return step(tx, "retry", which, None, None).changed


def hold(tx: Tx, which: Chosen) -> int:
    """Keeps envelopes from being claimed until they are released; gives how many were changed."""
    return step(tx, "hold", which, None, None).changed


def release(tx: Tx, which: Chosen) -> int:
    """Sets held envelopes free, due now; gives how many."""
    return step(tx, "release", which, None, None).changed


def step(tx: Tx, action: str, which: Chosen, after: str | None, most: int | None = A_STEP) -> Step:
    """Does one of `ACTIONS` to some of the envelopes, in the order of their ids: those past `after`, at most `most`.

    Many are changed in steps, a transaction each, so that none of them lasts.
    """
    rows = tx.rows(CHOSEN + LOCKED, named(which, most, after))
    last = rows[-1].id if most is not None and len(rows) == most else None
    if not rows:
        return Step(0, None)
    if action == "cancel":
        return Step(_cancel(tx, [row for row in rows if not row.claimed]), last)
    changed = tx.run(_STATEMENTS[action], {"ids": [row.id for row in rows]})
    if changed and action != "hold":
        tx.run(NOTIFY, {"channel": CHANNEL})
    return Step(changed, last)


def cancel(tx: Tx, which: Chosen) -> int:
    """Ends envelopes that nobody has claimed; gives how many.

    A mail of which every recipient is canceled is `canceled`; of any other, these recipients have `failed`.
    """
    return step(tx, "cancel", which, None, None).changed


def _cancel(tx: Tx, rows: Sequence[Any]) -> int:
    if not rows:
        return 0
    tx.run(TAKE_XID)
    of_mail: dict[str, int] = {}
    for row in rows:
        of_mail[row.email_id] = of_mail.get(row.email_id, 0) + 1
    whole = {row.id for row in tx.rows(DELIVERIES, {"ids": sorted(of_mail)}) if row.deliveries == of_mail[row.id]}
    teams = {row.email_id: row.team_id for row in rows}
    tx.run(DELETE, {"ids": [row.id for row in rows]})
    if whole:
        ids = sorted(whole)
        ended = [row.id for row in rows if row.email_id in whole]
        tx.run(END_DELIVERIES, {"state": "canceled", "reason": _REASON, "ids": ended})
        tx.run(END_EMAILS, {"state": "canceled", "ids": ids})
        tx.run(TELL_CANCELED, {"teams": [teams[id_] for id_ in ids], "ids": ids})
    parts = [row for row in rows if row.email_id not in whole]
    if parts:
        tx.run(END_DELIVERIES, {"state": "failed", "reason": _REASON, "ids": [row.id for row in parts]})
        tx.run(
            TELL_FAILED,
            {
                "teams": [row.team_id for row in parts],
                "emails": [row.email_id for row in parts],
                "ids": [row.id for row in parts],
                "recipients": array([row.recipient for row in parts]),
                "reason": _REASON,
            },
        )
        rank(tx, {row.email_id for row in parts})
    return len(rows)


def named(which: Chosen, most: int | None, after: str | None = None) -> dict[str, object]:
    """The parameters of a statement that means some of the envelopes."""
    ids = None if which.ids is None else list(which.ids)
    return {"ids": ids, "domain": which.domain, "team": which.team_id, "most": most, "after": after}
