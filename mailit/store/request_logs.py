"""The requests of API keys: written in bulk, listed along an index, deleted when they are old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from attrs import frozen

from mailit import ids
from mailit.db.arrays import array
from mailit.interfaces import Page, Tx
from mailit.store.pages import turned

_FIRST = "00000000-0000-0000-0000-000000000000"
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"

# Nobody waits for it, and what a crash takes with it explains requests and is none.
WRITE = """
    SET LOCAL synchronous_commit = off;
    INSERT INTO request_log (id, team_id, api_key_id, method, path, response_status, took, user_agent, request_id,
                             request_body, response_body, created_at)
    SELECT id, team_id, api_key_id, method, path, status, took, agent, request_id, request_body, response_body,
           to_timestamp(at)
      FROM unnest(%(ids)s::uuid[], %(teams)s::uuid[], %(keys)s::uuid[], %(methods)s::text[], %(paths)s::text[],
                  %(statuses)s::smallint[], %(took)s::real[], %(agents)s::text[], %(request_ids)s::text[],
                  %(request_bodies)s::text[], %(response_bodies)s::text[], %(times)s::float8[])
           AS new (id, team_id, api_key_id, method, path, status, took, agent, request_id, request_body,
                   response_body, at)
"""

# Read along an index in the order of the ids, until the page is full; see `email_lists`.
_ALONG = """
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_sort = off;
    SELECT id, created_at, method, path, response_status, took, user_agent, request_id, api_key_id
      FROM request_log
     WHERE team_id = %(team)s AND id > %(low)s AND id < %(high)s
       AND (%(key)s::uuid IS NULL OR api_key_id = %(key)s)
       AND (%(path)s::text IS NULL OR path = %(path)s)
       AND (%(status)s::int IS NULL OR response_status = %(status)s)
"""

_OF_CLASS = " AND (%(class)s::int IS NULL OR response_status / 100 = %(class)s)"
_FAILED = " AND response_status >= 400 AND response_status / 100 = %(class)s"
_DOWN, _UP = " ORDER BY id DESC LIMIT %(most)s", " ORDER BY id LIMIT %(most)s"

ANY_DOWN, ANY_UP = _ALONG + _OF_CLASS + _DOWN, _ALONG + _OF_CLASS + _UP
FAILED_DOWN, FAILED_UP = _ALONG + _FAILED + _DOWN, _ALONG + _FAILED + _UP

ONE = """
    SELECT id, created_at, method, path, response_status, took, user_agent, request_id, api_key_id,
           request_body, response_body,
           (SELECT api_key.name FROM api_key WHERE api_key.id = request_log.api_key_id) AS api_key_name
      FROM request_log
     WHERE team_id = %(team)s AND id = %(id)s
"""

# The key leads with the team: the teams are skipped through, and of each the oldest rows are looked at.
PURGE = """
    WITH RECURSIVE of_team AS (
        (SELECT team_id FROM request_log ORDER BY team_id LIMIT 1)
        UNION ALL
        SELECT (SELECT request_log.team_id FROM request_log
                 WHERE request_log.team_id > of_team.team_id ORDER BY team_id LIMIT 1)
          FROM of_team WHERE of_team.team_id IS NOT NULL
    ), old AS (
        SELECT of_team.team_id, its.id
          FROM of_team
         CROSS JOIN LATERAL (
                   SELECT id FROM request_log
                    WHERE request_log.team_id = of_team.team_id AND id < %(before)s
                    ORDER BY id LIMIT %(most)s) AS its
         LIMIT %(most)s
    )
    DELETE FROM request_log USING old WHERE request_log.team_id = old.team_id AND request_log.id = old.id
"""


class NewLog(NamedTuple):
    """A request as it is written, thousands a second; hence a tuple.

    `at` is in POSIX seconds, `took` in seconds, bodies are JSON.
    """

    id: str
    team_id: str
    api_key_id: str
    method: str
    path: str
    status: int
    took: float
    user_agent: str | None
    request_id: str
    request_body: str | None
    response_body: str | None
    at: float


@frozen
class StoredLog:
    """A request as it is read; bodies and the key's name are those of a single one."""

    id: str
    created_at: datetime
    method: str
    path: str
    status: int
    took: float
    user_agent: str | None
    request_id: str
    api_key_id: str
    request_body: str | None = None
    response_body: str | None = None
    api_key_name: str | None = None


@frozen
class Filter:
    """Which requests; each of what is given must hold.

    `status` is one, or with `class_` the first digit of several; times are POSIX seconds, `until` excluded.
    """

    status: int | None = None
    class_: int | None = None
    path: str | None = None
    api_key_id: str | None = None
    since: float | None = None
    until: float | None = None


def write(tx: Tx, logs: Sequence[NewLog]) -> None:
    """Writes requests, all of them or none."""
    tx.run(
        WRITE,
        {
            "ids": array(one.id for one in logs),
            "teams": array(one.team_id for one in logs),
            "keys": array(one.api_key_id for one in logs),
            "methods": array(one.method for one in logs),
            "paths": array(one.path for one in logs),
            "statuses": array(one.status for one in logs),
            "took": array(one.took for one in logs),
            "agents": array(one.user_agent for one in logs),
            "request_ids": array(one.request_id for one in logs),
            "request_bodies": array(one.request_body for one in logs),
            "response_bodies": array(one.response_body for one in logs),
            "times": array(one.at for one in logs),
        },
    )


def page(tx: Tx, team_id: str, page_: Page, which: Filter) -> tuple[list[StoredLog], bool]:
    """A page of a team's requests, newest first, and whether there are more."""
    class_ = which.class_ if which.status is None else which.status // 100
    down, up = (FAILED_DOWN, FAILED_UP) if class_ is not None and class_ >= 4 else (ANY_DOWN, ANY_UP)
    params = {
        "team": team_id,
        "low": max(ids.bound(which.since, _FIRST), page_.before or _FIRST),
        "high": min(ids.bound(which.until, _LAST), page_.after or _LAST),
        "key": which.api_key_id,
        "path": which.path,
        "status": which.status,
        "class": class_,
    }
    rows, more = turned(tx, page_, params, down, down, up)
    return [_log(row) for row in rows], more


def one(tx: Tx, team_id: str, id_: str) -> StoredLog | None:
    """A team's request, with its bodies."""
    row = tx.row(ONE, {"team": team_id, "id": id_})
    return None if row is None else _log(row)


def purge(tx: Tx, before: float, most: int) -> int:
    """Deletes requests that were written before a time in POSIX seconds, so many at most; gives their number."""
    return tx.run(PURGE, {"before": ids.bound(before, _FIRST), "most": most})


def _log(row: Any) -> StoredLog:
    columns = row._asdict()
    return StoredLog(status=columns.pop("response_status"), **columns)
