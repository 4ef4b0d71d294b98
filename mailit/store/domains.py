"""Sending domains, what DNS was last seen to say of their records, and when they are looked at next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs
from attrs import frozen
from psycopg2 import errors as pg

from mailit.interfaces import Page, Tx
from mailit.store.pages import turned

VERIFIED = ("verified", "partially_verified", "partially_failed")
"""Statuses in which a name belongs to its team: at most one domain of a name is in one of them."""

INSERT = """
    INSERT INTO domain (id, team_id, name, region, custom_return_path, tls, open_tracking, click_tracking,
                        tracking_subdomain, sending, receiving)
    VALUES (%(id)s, %(team)s, %(name)s, %(region)s, %(return_path)s, %(tls)s, %(open_tracking)s, %(click_tracking)s,
            %(tracking_subdomain)s, %(sending)s, %(receiving)s)
    ON CONFLICT (team_id, name) DO NOTHING
"""

TAKEN = """
    SELECT EXISTS (SELECT 1 FROM domain
                    WHERE name = %(name)s AND team_id <> %(team)s
                      AND status IN ('verified', 'partially_verified', 'partially_failed')) AS found
"""

COLUMNS = """
    SELECT id, team_id, name, status, region, custom_return_path, tls, open_tracking, click_tracking,
           tracking_subdomain, sending, receiving, checks, checked_at, asked_at, due_at, created_at
      FROM domain
"""

LIST_NEWEST = COLUMNS + " WHERE team_id = %(team)s ORDER BY id DESC LIMIT %(most)s"

LIST_OLDER = COLUMNS + " WHERE team_id = %(team)s AND id < %(after)s ORDER BY id DESC LIMIT %(most)s"

LIST_NEWER = COLUMNS + " WHERE team_id = %(team)s AND id > %(before)s ORDER BY id LIMIT %(most)s"

ONE = COLUMNS + " WHERE id = %(id)s AND team_id = %(team)s"

BY_NAME = COLUMNS + " WHERE team_id = %(team)s AND name = %(name)s"

ONE_LOCKED = ONE + " FOR UPDATE"

ALL = (
    COLUMNS
    + """
     WHERE %(name)s::text IS NULL OR name = %(name)s
     ORDER BY name, id LIMIT %(most)s
"""
)

# Whoever takes a domain puts the next look off, so that a look that fails, or a process that dies in it, is made up
# for, and does not stand in the way of the others.
TAKE_DUE = """
    UPDATE domain SET due_at = %(again)s
      FROM (SELECT id FROM domain WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS due
     WHERE domain.id = due.id
 RETURNING domain.team_id, domain.id
"""

NAME = "SELECT name FROM domain WHERE id = %(domain)s"

ASK = """
    UPDATE domain
       SET asked_at = %(now)s, due_at = %(again)s,
           status = CASE WHEN status IN ('verified', 'partially_verified', 'partially_failed') THEN status
                         ELSE 'pending' END
     WHERE id = %(id)s AND team_id = %(team)s
"""

UPDATE = """
    UPDATE domain
       SET tls = %(tls)s, open_tracking = %(open_tracking)s, click_tracking = %(click_tracking)s,
           tracking_subdomain = %(tracking_subdomain)s, sending = %(sending)s, receiving = %(receiving)s,
           region = %(region)s, custom_return_path = %(return_path)s, status = %(status)s, asked_at = %(asked)s,
           due_at = %(due)s
     WHERE id = %(id)s
"""

NOTE_CHECK = """
    UPDATE domain SET status = %(status)s, checks = %(checks)s::jsonb, checked_at = %(now)s, due_at = %(due)s
     WHERE id = %(id)s
"""

LOOK_AT = "UPDATE domain SET due_at = %(now)s WHERE id = %(id)s"

COUNTS = "SELECT status, count(*)::integer AS number FROM domain GROUP BY status"

DELETE = "DELETE FROM domain WHERE id = %(id)s AND team_id = %(team)s"


@frozen
class Check:
    """What the last look made of a record.

    `found` is what stands in DNS; `says` a sentence on it, and `fix` what to do, None where nothing is. `right_at`:
    when it was last as it should be, in POSIX seconds.
    """

    status: str
    found: tuple[str, ...] = ()
    says: str = ""
    fix: str | None = None
    right_at: float | None = None


@frozen
class Domain:
    """A sending domain. `checks` is what the last look made of each record, by "TYPE name".

    `due_at` is when it is looked at next by itself, None where that is never.
    """

    id: str
    team_id: str
    name: str
    status: str
    region: str
    custom_return_path: str
    tls: str
    open_tracking: bool
    click_tracking: bool
    tracking_subdomain: str | None
    sending: bool
    receiving: bool
    checks: Mapping[str, Check]
    checked_at: datetime | None
    asked_at: datetime | None
    created_at: datetime
    due_at: datetime | None = None


@frozen
class NewDomain:
    """A domain that is about to be added; `name` is lower-case A-labels."""

    id: str
    team_id: str
    name: str
    region: str = "us-east-1"
    custom_return_path: str = "send"
    tls: str = "opportunistic"
    open_tracking: bool = False
    click_tracking: bool = False
    tracking_subdomain: str | None = None
    sending: bool = True
    receiving: bool = False


def insert(tx: Tx, new: NewDomain) -> bool:
    """Adds a domain; False where the team has it already."""
    values = {
        "id": new.id,
        "team": new.team_id,
        "name": new.name,
        "region": new.region,
        "return_path": new.custom_return_path,
        "tls": new.tls,
        "open_tracking": new.open_tracking,
        "click_tracking": new.click_tracking,
        "tracking_subdomain": new.tracking_subdomain,
        "sending": new.sending,
        "receiving": new.receiving,
    }
    return tx.run(INSERT, values) == 1


def taken(tx: Tx, name: str, team_id: str) -> bool:
    """Whether another team has verified this name."""
    return bool(tx.rows(TAKEN, {"name": name, "team": team_id})[0].found)


def page(tx: Tx, team_id: str, page_: Page | None) -> tuple[list[Domain], bool]:
    """A team's domains, newest first, and whether there are more; no page is all of them."""
    rows, more = turned(tx, page_, {"team": team_id}, LIST_NEWEST, LIST_OLDER, LIST_NEWER)
    return [_domain(row) for row in rows], more


def one(tx: Tx, team_id: str, id_: str, lock: bool = False) -> Domain | None:
    """A domain of this team; `lock` keeps others from changing it until the transaction ends."""
    row = tx.row(ONE_LOCKED if lock else ONE, {"id": id_, "team": team_id})
    return None if row is None else _domain(row)


def by_name(tx: Tx, team_id: str, name: str) -> Domain | None:
    """The team's domain of this name."""
    row = tx.row(BY_NAME, {"team": team_id, "name": name})
    return None if row is None else _domain(row)


def all_(tx: Tx, name: str | None, most: int) -> list[Domain]:
    """Everybody's domains, by name; or everybody's of one name."""
    return [_domain(row) for row in tx.rows(ALL, {"name": name, "most": most})]


def take_due(tx: Tx, now: datetime, again: datetime, most: int) -> list[tuple[str, str]]:
    """(team, id) of domains whose next look is due; until `again` nobody else is given them."""
    return [(row.team_id, row.id) for row in tx.rows(TAKE_DUE, {"now": now, "again": again, "most": most})]


def name_of(tx: Tx, domain_id: str) -> str | None:
    """The name of a domain, whosever it is."""
    row = tx.row(NAME, {"domain": domain_id})
    return None if row is None else str(row.name)


def ask(tx: Tx, team_id: str, id_: str, now: datetime, again: datetime) -> bool:
    """Notes that somebody wants it verified, and when to make up for a failed look; whether there is such a domain."""
    return tx.run(ASK, {"id": id_, "team": team_id, "now": now, "again": again}) == 1


def update(tx: Tx, domain: Domain) -> None:
    """Writes what may be changed of a domain, its status, and when it is looked at."""
    tx.run(
        UPDATE,
        {
            "id": domain.id,
            "tls": domain.tls,
            "open_tracking": domain.open_tracking,
            "click_tracking": domain.click_tracking,
            "tracking_subdomain": domain.tracking_subdomain,
            "sending": domain.sending,
            "receiving": domain.receiving,
            "region": domain.region,
            "return_path": domain.custom_return_path,
            "status": domain.status,
            "asked": domain.asked_at,
            "due": domain.due_at,
        },
    )


def note_check(tx: Tx, id_: str, status: str, checks: Mapping[str, Check], now: datetime, due: datetime | None) -> None:
    """Notes what a look into DNS found, and when the next one is due."""
    told = json.dumps({key: attrs.asdict(check) for key, check in checks.items()})
    tx.run(NOTE_CHECK, {"id": id_, "status": status, "checks": told, "now": now, "due": due})


def look_at(tx: Tx, id_: str, now: datetime) -> None:
    """Makes a domain's next look due."""
    tx.run(LOOK_AT, {"id": id_, "now": now})


def delete(tx: Tx, team_id: str, id_: str) -> bool:
    """Whether there was such a domain."""
    return tx.run(DELETE, {"id": id_, "team": team_id}) == 1


def counts(tx: Tx) -> dict[str, int]:
    """How many domains have each status."""
    return {row.status: row.number for row in tx.rows(COUNTS)}


def is_taken_error(error: BaseException) -> bool:
    """Whether a statement failed because another team has verified the name meanwhile."""
    return isinstance(error, pg.UniqueViolation) and "domain_verified" in str(error)


def _domain(row: Any) -> Domain:
    return Domain(
        id=row.id,
        team_id=row.team_id,
        name=row.name,
        status=row.status,
        region=row.region,
        custom_return_path=row.custom_return_path,
        tls=row.tls,
        open_tracking=row.open_tracking,
        click_tracking=row.click_tracking,
        tracking_subdomain=row.tracking_subdomain,
        sending=row.sending,
        receiving=row.receiving,
        checks={key: Check(**{**check, "found": tuple(check.get("found", ()))}) for key, check in row.checks.items()},
        checked_at=row.checked_at,
        asked_at=row.asked_at,
        created_at=row.created_at,
        due_at=row.due_at,
    )
