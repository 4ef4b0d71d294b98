"""How TLS went with other domains' exchangers, by day and policy: what reports by RFC 8460 are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from attrs import astuple, frozen

from mailit.interfaces import Tx

ADD = """
    INSERT INTO tls_result AS known (day, key, domain, policy_type, policy, mx, result, exchanger, sending_ip,
                                     receiving_ip, reason, sessions)
    VALUES (%(day)s, %(key)s, %(domain)s, %(policy_type)s, %(policy)s, %(mx)s, %(result)s, %(exchanger)s,
            %(sending_ip)s, %(receiving_ip)s, %(reason)s, %(sessions)s)
    ON CONFLICT (day, key) DO UPDATE SET sessions = known.sessions + excluded.sessions
"""

OF_DAY = """
    SELECT day, domain, policy_type, policy, mx, result, exchanger, sending_ip, receiving_ip, reason, sessions
      FROM tls_result WHERE day = %(day)s ORDER BY domain, policy_type, key
"""

PURGE = "DELETE FROM tls_result WHERE day < %(before)s"


@frozen
class TlsResult:
    """What sessions have in common that count together.

    `policy_type` is `tlsa`, `sts` or `no-policy-found`, `policy` its records or lines, `mx` the patterns that it names
    (RFC 8460 §4.4); `result` is a result type of §4.3, or "" where all went well, and then nothing is said of a reason.
    """

    day: date
    domain: str
    policy_type: str
    policy: tuple[str, ...]
    mx: tuple[str, ...]
    result: str
    exchanger: str
    sending_ip: str
    receiving_ip: str
    reason: str


def add(tx: Tx, counts: Mapping[TlsResult, int]) -> None:
    """Adds sessions to what is there."""
    rows = sorted((sha256(repr(astuple(one)).encode()).digest(), one, count) for one, count in counts.items())
    for key, one, count in rows:  # in the order of their keys: two processes must not wait for each other
        tx.run(
            ADD,
            {
                "day": one.day,
                "key": key,
                "domain": one.domain,
                "policy_type": one.policy_type,
                "policy": list(one.policy),
                "mx": list(one.mx),
                "result": one.result,
                "exchanger": one.exchanger,
                "sending_ip": one.sending_ip,
                "receiving_ip": one.receiving_ip,
                "reason": one.reason,
                "sessions": count,
            },
        )


def of_day(tx: Tx, day: date) -> dict[TlsResult, int]:
    """All sessions of a day of UTC."""
    return {
        TlsResult(
            row.day,
            row.domain,
            row.policy_type,
            tuple(row.policy),
            tuple(row.mx),
            row.result,
            row.exchanger,
            row.sending_ip,
            row.receiving_ip,
            row.reason,
        ): row.sessions
        for row in tx.rows(OF_DAY, {"day": day})
    }


def purge(tx: Tx, before: date) -> int:
    """Deletes what is older than this day."""
    return tx.run(PURGE, {"before": before})
