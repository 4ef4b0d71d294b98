"""API keys: found by the beginning of their token, proved by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.interfaces import Page, Tx, utc
from mailit.store.pages import turned

INSERT = """
    INSERT INTO api_key (id, team_id, name, prefix, hash, permission, domain_id, created_by)
    VALUES (%(id)s, %(team)s, %(name)s, %(prefix)s, %(hash)s, %(permission)s, %(domain)s, %(by)s)
"""

# Few keys, if ever two, share a prefix; whoever asks compares the hash in constant time.
BY_PREFIX = "SELECT id, team_id, hash, permission, domain_id FROM api_key WHERE prefix = %(prefix)s"

COLUMNS = """
    SELECT id, name, created_at, last_used_at, prefix, permission, domain_id,
           (SELECT account.name FROM account WHERE account.id = api_key.created_by) AS created_by
      FROM api_key
"""

LIST_NEWEST = COLUMNS + " WHERE team_id = %(team)s ORDER BY id DESC LIMIT %(most)s"

LIST_OLDER = COLUMNS + " WHERE team_id = %(team)s AND id < %(after)s ORDER BY id DESC LIMIT %(most)s"

LIST_NEWER = COLUMNS + " WHERE team_id = %(team)s AND id > %(before)s ORDER BY id LIMIT %(most)s"

RENAME = "UPDATE api_key SET name = %(name)s WHERE id = %(id)s AND team_id = %(team)s"

DELETE = "DELETE FROM api_key WHERE id = %(id)s AND team_id = %(team)s"

TOUCH = """
    UPDATE api_key SET last_used_at = greatest(last_used_at, used.at)
      FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS used (id, at)
     WHERE api_key.id = used.id
"""


@frozen
class ApiKey:
    """A key as lists show it: never its token. `created_by` is the name of the account that made it."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    prefix: str
    permission: str
    domain_id: str | None
    created_by: str | None = None


@frozen
class StoredKey:
    """A key as it is proved: `hash` is the SHA-256 of the whole token."""

    id: str
    team_id: str
    hash: bytes
    permission: str
    domain_id: str | None


def insert(
    tx: Tx,
    id_: str,
    team_id: str,
    name: str,
    prefix: str,
    hash_: bytes,
    permission: str,
    domain_id: str | None = None,
    created_by: str | None = None,
) -> None:
    """Puts a key on record."""
    tx.run(
        INSERT,
        {
            "id": id_,
            "team": team_id,
            "name": name,
            "prefix": prefix,
            "hash": hash_,
            "permission": permission,
            "domain": domain_id,
            "by": created_by,
        },
    )


def by_prefix(tx: Tx, prefix: str) -> list[StoredKey]:
    """The keys whose token begins so."""
    return [
        StoredKey(row.id, row.team_id, bytes(row.hash), row.permission, row.domain_id)
        for row in tx.rows(BY_PREFIX, {"prefix": prefix})
    ]


def page(tx: Tx, team_id: str, page_: Page | None) -> tuple[list[ApiKey], bool]:
    """A team's keys, newest first, and whether there are more; no page is all of them."""
    rows, more = turned(tx, page_, {"team": team_id}, LIST_NEWEST, LIST_OLDER, LIST_NEWER)
    return [_key(row) for row in rows], more


def rename(tx: Tx, team_id: str, id_: str, name: str) -> bool:
    """Whether there was such a key."""
    return tx.run(RENAME, {"id": id_, "team": team_id, "name": name}) == 1


def delete(tx: Tx, team_id: str, id_: str) -> bool:
    """Whether there was such a key."""
    return tx.run(DELETE, {"id": id_, "team": team_id}) == 1


def touch(tx: Tx, used: Mapping[str, float]) -> None:
    """Notes when keys were last used, POSIX seconds by id; rows are taken in key order."""
    ids = sorted(used)
    tx.run(TOUCH, {"ids": ids, "times": [utc(used[id_]) for id_ in ids]})


def _key(row: Any) -> ApiKey:
    return ApiKey(
        row.id,
        row.name,
        row.created_at,
        row.last_used_at,
        row.prefix,
        row.permission,
        row.domain_id,
        row.created_by,
    )
