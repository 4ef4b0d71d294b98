"""MTA-STS policies of other domains, kept for as long as they hold."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from mailit.interfaces import Tx, utc

LIVING = """
    SELECT domain, id, body, extract(epoch FROM fetched_at)::float8 AS fetched_at,
           extract(epoch FROM expires_at)::float8 AS expires_at
      FROM mta_sts_policy WHERE expires_at > %(now)s ORDER BY expires_at DESC LIMIT %(most)s
"""

# Of two processes that fetched one policy, the later word counts.
KEEP = """
    INSERT INTO mta_sts_policy AS known (domain, id, body, fetched_at, expires_at)
    VALUES (%(domain)s, %(id)s, %(body)s, %(fetched)s, %(expires)s)
    ON CONFLICT (domain) DO UPDATE
       SET id = excluded.id, body = excluded.body, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at
     WHERE known.fetched_at <= excluded.fetched_at
"""

PURGE = "DELETE FROM mta_sts_policy WHERE expires_at <= %(now)s"


@frozen
class KeptPolicy:
    """A policy as it was served, and under which id. Times are POSIX seconds."""

    domain: str
    id: str
    body: str
    fetched_at: float
    expires_at: float


def living(tx: Tx, now: float, most: int) -> list[KeptPolicy]:
    """Those that hold now, the longest-lived first; those that do not are deleted."""
    moment: datetime = utc(now)
    tx.run(PURGE, {"now": moment})
    rows = tx.rows(LIVING, {"now": moment, "most": most})
    return [KeptPolicy(row.domain, row.id, row.body, row.fetched_at, row.expires_at) for row in rows]


def keep(tx: Tx, policy: KeptPolicy) -> None:
    """Puts a policy in the place of what the domain had before."""
    tx.run(
        KEEP,
        {
            "domain": policy.domain,
            "id": policy.id,
            "body": policy.body,
            "fetched": utc(policy.fetched_at),
            "expires": utc(policy.expires_at),
        },
    )
