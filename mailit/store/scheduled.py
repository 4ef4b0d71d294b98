"""Scheduled mail: given another time, or canceled, as a whole and only before any of it was claimed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailit import events
from mailit.events import Event
from mailit.interfaces import Tx, utc
from mailit.store import event_log
from mailit.store.claims import LaneKey
from mailit.store.deliveries import ceiling

# The envelopes first and then the mail, as claims and outcomes do it. A claim that is under way is waited for, and
# seen: it takes its envelope and the mail's `scheduled` in one transaction. One that comes later passes over the rows.
LOCK_ENVELOPES = """
    SELECT id, domain, stream, team_id, holder IS NOT NULL AS claimed FROM envelope
     WHERE email_id = %(id)s AND team_id = %(team)s
     ORDER BY id FOR UPDATE
"""

LOCK_EMAIL = "SELECT last_event FROM email WHERE id = %(id)s AND team_id = %(team)s FOR UPDATE"

# By the database's clock, and never earlier than now: where a lane's living rows begin is remembered.
RESCHEDULE_ENVELOPES = """
    UPDATE envelope SET due_at = greatest(to_timestamp(%(due)s), now()),
                        expires_at = greatest(to_timestamp(%(due)s), now()) + (expires_at - due_at)
     WHERE email_id = %(id)s
"""

RESCHEDULE_EMAIL = "UPDATE email SET scheduled_at = to_timestamp(%(due)s) WHERE id = %(id)s"

DELETE_ENVELOPES = "DELETE FROM envelope WHERE email_id = %(id)s"

CANCEL_EMAIL = "UPDATE email SET last_event = 'canceled' WHERE id = %(id)s"

CANCEL_DELIVERIES = """
    UPDATE delivery SET state = 'canceled', updated_at = now()
      FROM unnest(%(ids)s::uuid[]) AS ended (id)
     WHERE delivery.id = ended.id AND delivery.id >= %(id)s AND delivery.id < %(ceiling)s
"""


class NotScheduled(Exception):
    """It was canceled, or some of it was claimed: there is nothing to change any more."""


def reschedule(tx: Tx, team_id: str, id_: str, due: float) -> frozenset[LaneKey] | None:
    """Gives a team's scheduled mail another time (POSIX seconds), all of its recipients or none.

    Gives the lanes that its envelopes are in, None where there is no such mail. Raises `NotScheduled`.
    """
    envelopes = _locked(tx, team_id, id_)
    if envelopes is None:
        return None
    tx.run(RESCHEDULE_ENVELOPES, {"id": id_, "due": due})
    tx.run(RESCHEDULE_EMAIL, {"id": id_, "due": due})
    at = utc(due).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    _tell(tx, team_id, id_, events.SCHEDULED, {"scheduled_at": at})
    return frozenset(LaneKey(one.domain, one.stream, one.team_id) for one in envelopes)


def cancel(tx: Tx, team_id: str, id_: str) -> bool:
    """Ends a team's scheduled mail, all of its recipients or none; False where there is none. Raises `NotScheduled`."""
    envelopes = _locked(tx, team_id, id_)
    if envelopes is None:
        return False
    tx.run(DELETE_ENVELOPES, {"id": id_})
    tx.run(CANCEL_DELIVERIES, {"id": id_, "ceiling": ceiling(id_), "ids": [one.id for one in envelopes]})
    tx.run(CANCEL_EMAIL, {"id": id_})
    _tell(tx, team_id, id_, events.CANCELED, {})
    return True


def _locked(tx: Tx, team_id: str, id_: str) -> list[Any] | None:
    """The envelopes of a mail, locked; None where the team has no such mail."""
    envelopes = tx.rows(LOCK_ENVELOPES, {"id": id_, "team": team_id})
    email = tx.row(LOCK_EMAIL, {"id": id_, "team": team_id})
    if email is None:
        return None
    if email.last_event != "scheduled" or any(one.claimed for one in envelopes):
        raise NotScheduled
    return envelopes


def _tell(tx: Tx, team_id: str, id_: str, type_: str, data: Mapping[str, Any]) -> None:
    event_log.append(tx, [Event(0, "", team_id, type_, utc(0), email_id=id_, data=data)])
