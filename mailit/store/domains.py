"""Sending domains and the keys that sign for them, the private halves as they are kept: encrypted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from psycopg2 import errors as pg

from mailit.interfaces import Page, Tx
from mailit.store.pages import turned

INSERT = """
    INSERT INTO domain (id, team_id, name, region, custom_return_path, tls, open_tracking, click_tracking,
                        tracking_subdomain, sending, receiving)
    VALUES (%(id)s, %(team)s, %(name)s, %(region)s, %(return_path)s, %(tls)s, %(open_tracking)s, %(click_tracking)s,
            %(tracking_subdomain)s, %(sending)s, %(receiving)s)
    ON CONFLICT (team_id, name) DO NOTHING
"""

INSERT_KEY = """
    INSERT INTO dkim_key (id, domain_id, selector, algorithm, public_key, private_key)
    VALUES (%(id)s, %(domain)s, %(selector)s, %(algorithm)s, %(public)s, %(private)s)
"""

TAKEN = """
    SELECT EXISTS (SELECT 1 FROM domain
                    WHERE name = %(name)s AND team_id <> %(team)s AND status IN ('verified', 'partially_verified'))
        AS found
"""

COLUMNS = """
    SELECT id, team_id, name, status, region, custom_return_path, tls, open_tracking, click_tracking,
           tracking_subdomain, sending, receiving, checks, checked_at, asked_at, created_at
      FROM domain
"""

LIST_NEWEST = COLUMNS + " WHERE team_id = %(team)s ORDER BY id DESC LIMIT %(most)s"

LIST_OLDER = COLUMNS + " WHERE team_id = %(team)s AND id < %(after)s ORDER BY id DESC LIMIT %(most)s"

LIST_NEWER = COLUMNS + " WHERE team_id = %(team)s AND id > %(before)s ORDER BY id LIMIT %(most)s"

ONE = COLUMNS + " WHERE id = %(id)s AND team_id = %(team)s"

BY_NAME = COLUMNS + " WHERE team_id = %(team)s AND name = %(name)s"

# Oldest look first; a process that ended before the first look has left only the asking.
WAITING = """
    SELECT id, team_id FROM domain
     WHERE status IN ('pending', 'partially_verified') AND coalesce(checked_at, asked_at) < %(before)s
     ORDER BY coalesce(checked_at, asked_at) LIMIT %(most)s
"""

KEYS = """
    SELECT id, domain_id, selector, algorithm, public_key, private_key, seen_at FROM dkim_key
     WHERE domain_id = %(domain)s ORDER BY algorithm DESC, selector
"""

NAME = "SELECT name FROM domain WHERE id = %(domain)s"

ANY_KEY_SEEN = "SELECT EXISTS (SELECT 1 FROM dkim_key WHERE domain_id = %(domain)s AND seen_at IS NOT NULL) AS found"

ASK = """
    UPDATE domain SET asked_at = %(now)s, status = CASE WHEN status IN ('verified', 'partially_verified') THEN status
                                                        ELSE 'pending' END
     WHERE id = %(id)s AND team_id = %(team)s
"""

NOTE_CHECK = """
    UPDATE domain SET status = %(status)s, checks = %(checks)s::jsonb, checked_at = %(now)s WHERE id = %(id)s
"""

NOTE_SEEN = """
    UPDATE dkim_key SET seen_at = CASE WHEN id = ANY (%(seen)s::uuid[]) THEN %(now)s::timestamptz END
     WHERE id = ANY (%(looked)s::uuid[])
"""

DELETE = "DELETE FROM domain WHERE id = %(id)s AND team_id = %(team)s"


@frozen
class Domain:
    """A sending domain. `checks` is the status of each record at the last look, by "TYPE name"."""

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
    checks: Mapping[str, str]
    checked_at: datetime | None
    asked_at: datetime | None
    created_at: datetime


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


@frozen
class DkimKey:
    """A key as it is kept; `private` is encrypted, bound to the id. `seen_at`: when DNS last had the public half."""

    id: str
    domain_id: str
    selector: str
    algorithm: str
    public: str
    private: bytes
    seen_at: datetime | None = None


def insert(tx: Tx, new: NewDomain, keys: Sequence[DkimKey]) -> bool:
    """Adds a domain with its keys; False where the team has it already."""
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
    if tx.run(INSERT, values) == 0:
        return False
    for key in keys:
        tx.run(
            INSERT_KEY,
            {
                "id": key.id,
                "domain": new.id,
                "selector": key.selector,
                "algorithm": key.algorithm,
                "public": key.public,
                "private": key.private,
            },
        )
    return True


def taken(tx: Tx, name: str, team_id: str) -> bool:
    """Whether another team has verified this name."""
    return bool(tx.rows(TAKEN, {"name": name, "team": team_id})[0].found)


def page(tx: Tx, team_id: str, page_: Page | None) -> tuple[list[Domain], bool]:
    """A team's domains, newest first, and whether there are more; no page is all of them."""
    rows, more = turned(tx, page_, {"team": team_id}, LIST_NEWEST, LIST_OLDER, LIST_NEWER)
    return [_domain(row) for row in rows], more


def one(tx: Tx, team_id: str, id_: str) -> Domain | None:
    """A domain of this team."""
    row = tx.row(ONE, {"id": id_, "team": team_id})
    return None if row is None else _domain(row)


def by_name(tx: Tx, team_id: str, name: str) -> Domain | None:
    """The team's domain of this name."""
    row = tx.row(BY_NAME, {"team": team_id, "name": name})
    return None if row is None else _domain(row)


def waiting(tx: Tx, before: datetime, most: int) -> list[tuple[str, str]]:
    """(team, id) of domains that are not verified yet and were last looked at before then."""
    return [(row.team_id, row.id) for row in tx.rows(WAITING, {"before": before, "most": most})]


def keys(tx: Tx, domain_id: str) -> list[DkimKey]:
    """A domain's keys, RSA first."""
    return [
        DkimKey(row.id, row.domain_id, row.selector, row.algorithm, row.public_key, bytes(row.private_key), row.seen_at)
        for row in tx.rows(KEYS, {"domain": domain_id})
    ]


def name_of(tx: Tx, domain_id: str) -> str | None:
    """The name of a domain, whosever it is."""
    row = tx.row(NAME, {"domain": domain_id})
    return None if row is None else str(row.name)


def any_key_seen(tx: Tx, domain_id: str) -> bool:
    """Whether DNS had one of its keys at the last look."""
    return bool(tx.rows(ANY_KEY_SEEN, {"domain": domain_id})[0].found)


def ask(tx: Tx, team_id: str, id_: str, now: datetime) -> bool:
    """Notes that somebody wants it verified; whether there is such a domain."""
    return tx.run(ASK, {"id": id_, "team": team_id, "now": now}) == 1


def note_check(
    tx: Tx, id_: str, status: str, checks: Mapping[str, str], seen: Mapping[str, bool], now: datetime
) -> None:
    """Notes what a look into DNS found; `seen` has, by id, the keys about which DNS gave an answer."""
    tx.run(NOTE_CHECK, {"id": id_, "status": status, "checks": json.dumps(checks), "now": now})
    looked = sorted(seen)
    if looked:
        tx.run(NOTE_SEEN, {"looked": looked, "seen": [id_ for id_ in looked if seen[id_]], "now": now})


def delete(tx: Tx, team_id: str, id_: str) -> bool:
    """Whether there was such a domain."""
    return tx.run(DELETE, {"id": id_, "team": team_id}) == 1


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
        checks=row.checks or {},
        checked_at=row.checked_at,
        asked_at=row.asked_at,
        created_at=row.created_at,
    )
