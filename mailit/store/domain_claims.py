"""Claims to names that another team has verified, and the hand-over of a name from its owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.interfaces import Tx

COLUMNS = """
    SELECT id, team_id, domain_id, name, region, token, status, blocked_reason, failure_reason, created_at, expires_at,
           asked_at, due_at
      FROM domain_claim
"""

INSERT = """
    INSERT INTO domain_claim (id, team_id, domain_id, name, region, token, created_at, expires_at)
    VALUES (%(id)s, %(team)s, %(domain)s, %(name)s, %(region)s, %(token)s, %(now)s, %(expires)s)
"""

LATEST = COLUMNS + " WHERE domain_id = %(domain)s AND team_id = %(team)s ORDER BY id DESC LIMIT 1"

LATEST_LOCKED = LATEST + " FOR UPDATE"

SET_STATUS = """
    UPDATE domain_claim SET status = %(status)s, blocked_reason = %(blocked)s, failure_reason = %(failure)s,
                            due_at = %(due)s
     WHERE id = %(id)s
"""

ASK = "UPDATE domain_claim SET asked_at = %(now)s, due_at = %(again)s WHERE id = %(id)s"

TAKE_DUE = """
    UPDATE domain_claim SET due_at = %(again)s
      FROM (SELECT id FROM domain_claim WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(most)s
               FOR UPDATE SKIP LOCKED) AS due
     WHERE domain_claim.id = due.id
 RETURNING domain_claim.team_id, domain_claim.domain_id
"""

# Ends every open claim to a name, or one team's, but for the one that is named.
SUPERSEDE = """
    UPDATE domain_claim SET status = 'superseded', blocked_reason = NULL, due_at = NULL
     WHERE name = %(name)s AND status IN ('pending', 'blocked') AND id <> %(but)s
       AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
"""

CANCEL = """
    UPDATE domain_claim SET status = 'canceled', blocked_reason = NULL, due_at = NULL
     WHERE domain_id = %(domain)s AND status IN ('pending', 'blocked')
"""

OWNER = """
    SELECT id, team_id FROM domain
     WHERE name = %(name)s AND team_id <> %(team)s
       AND status IN ('verified', 'partially_verified', 'partially_failed')
       FOR UPDATE
"""

HAS_SCHEDULED = """
    SELECT EXISTS (SELECT 1 FROM email WHERE team_id = %(team)s AND last_event = 'scheduled' AND domain_id = %(domain)s)
        AS found
"""

HAS_SENT = """
    SELECT EXISTS (SELECT 1 FROM email WHERE team_id = %(team)s AND id >= %(since)s AND domain_id = %(domain)s) AS found
"""


@frozen
class Claim:
    """A claim. `token` is what the TXT record at `name` proves it with; it ends at `expires_at` where it is not."""

    id: str
    team_id: str
    domain_id: str | None
    name: str
    region: str
    token: str
    status: str
    blocked_reason: str | None
    failure_reason: str | None
    created_at: datetime
    expires_at: datetime
    asked_at: datetime | None
    due_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it can still come to something."""
        return self.status in ("pending", "blocked")


@frozen
class Owner:
    """The team that has verified a name, and its domain."""

    team_id: str
    domain_id: str


def insert(
    tx: Tx, id_: str, team_id: str, domain_id: str, name: str, region: str, token: str, now: datetime, expires: datetime
) -> None:
    """Adds a claim, pending."""
    tx.run(
        INSERT,
        {
            "id": id_,
            "team": team_id,
            "domain": domain_id,
            "name": name,
            "region": region,
            "token": token,
            "now": now,
            "expires": expires,
        },
    )


def latest(tx: Tx, team_id: str, domain_id: str, lock: bool = False) -> Claim | None:
    """The latest claim that this domain of the team's stands for."""
    row = tx.row(LATEST_LOCKED if lock else LATEST, {"domain": domain_id, "team": team_id})
    return None if row is None else _claim(row)


def set_status(
    tx: Tx,
    id_: str,
    status: str,
    due: datetime | None = None,
    blocked: str | None = None,
    failure: str | None = None,
) -> None:
    """Moves a claim on; `due` is when DNS is asked next."""
    tx.run(SET_STATUS, {"id": id_, "status": status, "blocked": blocked, "failure": failure, "due": due})


def ask(tx: Tx, id_: str, now: datetime, again: datetime) -> None:
    """Notes that somebody wants it verified, and when to make up for a look that fails."""
    tx.run(ASK, {"id": id_, "now": now, "again": again})


def take_due(tx: Tx, now: datetime, again: datetime, most: int) -> list[tuple[str, str]]:
    """(team, domain) of claims whose next look is due; until `again` nobody else is given them."""
    return [(row.team_id, row.domain_id) for row in tx.rows(TAKE_DUE, {"now": now, "again": again, "most": most})]


def supersede(tx: Tx, name: str, but: str, team_id: str | None = None) -> None:
    """Ends the open claims to a name, all or one team's, but for the claim `but`."""
    tx.run(SUPERSEDE, {"name": name, "but": but, "team": team_id})


def cancel(tx: Tx, domain_id: str) -> None:
    """Ends the open claim that this domain stands for."""
    tx.run(CANCEL, {"domain": domain_id})


def owner(tx: Tx, name: str, team_id: str) -> Owner | None:
    """Which other team has verified a name; its domain is locked until the transaction ends."""
    row = tx.row(OWNER, {"name": name, "team": team_id})
    return None if row is None else Owner(row.team_id, row.id)


def has_scheduled(tx: Tx, owner: Owner) -> bool:
    """Whether mail from this domain waits for its time."""
    return bool(tx.rows(HAS_SCHEDULED, {"team": owner.team_id, "domain": owner.domain_id})[0].found)


def has_sent(tx: Tx, owner: Owner, since: str) -> bool:
    """Whether mail was accepted from this domain since then: `since` is the smallest id that counts."""
    return bool(tx.rows(HAS_SENT, {"team": owner.team_id, "domain": owner.domain_id, "since": since})[0].found)


def _claim(row: Any) -> Claim:
    return Claim(
        id=row.id,
        team_id=row.team_id,
        domain_id=row.domain_id,
        name=row.name,
        region=row.region,
        token=row.token,
        status=row.status,
        blocked_reason=row.blocked_reason,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
        expires_at=row.expires_at,
        asked_at=row.asked_at,
        due_at=row.due_at,
    )
