"""Looking into DNS for a domain's records, and what the domain's status is by what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen
from twisted.internet.defer import Deferred, gatherResults

from mailit.domains.diagnosis import Lookups, diagnose
from mailit.domains.finding import Finding, Found
from mailit.domains.records import ADVICE, DKIM, PENDING, DnsRecord
from mailit.store.domains import Check, Domain

VERIFIED, FAILED, TEMPORARY_FAILURE = "verified", "failed", "temporary_failure"
PARTIALLY_VERIFIED, PARTIALLY_FAILED = "partially_verified", "partially_failed"

PATIENCE = timedelta(hours=72)
"""How long a record may be missing, after it was asked for or was last right, before it has failed."""


@frozen
class Findings:
    """What one look found.

    `checks` is what it made of each record; `seen` has the DKIM keys that DNS gave an answer on. `doubtful`: a record
    that was right was not, and is believed for now; a second look is to be had soon.
    """

    status: str
    checks: Mapping[str, Check]
    seen: Mapping[str, bool]
    doubtful: bool = False


@frozen
class _Look:
    """One record as it was found. `standing`: it counts as right."""

    record: DnsRecord
    finding: Finding
    check: Check
    standing: bool


async def look(
    lookups: Lookups, domain: Domain, records: Sequence[DnsRecord], now: datetime, sure: bool = True
) -> Findings:
    """Asks DNS for all of a domain's records at once. Never raises for what DNS says or does not.

    Not `sure`: a record that was right is believed once more, where nobody asked for the look: one server that does not
    have the zone must not stop a domain's mail.
    """
    asked = [Deferred.fromCoroutine(diagnose(lookups, domain.name, record, _others(record, records)))
             for record in records]  # fmt: skip
    found: list[Finding] = await gatherResults(asked)
    looks = [_looked(record, one, domain, now, sure) for record, one in zip(records, found, strict=True)]
    seen = {
        one.record.dkim_key_id: one.standing
        for one in looks
        if one.record.dkim_key_id is not None
        and one.finding.found is not Found.UNKNOWN
        and one.standing == (one.finding.found is Found.RIGHT)
    }
    checks = {one.record.key: one.check for one in looks}
    doubtful = any(one.standing and one.check.status == TEMPORARY_FAILURE for one in looks)
    return Findings(_status(looks, _patient(domain, now)), checks, seen, doubtful)


def restated(domain: Domain, records: Sequence[DnsRecord], now: datetime) -> str:
    """The status of a domain whose wants have changed, by what the last look made of its records."""
    looks = [_Look(one, Finding(Found.UNKNOWN, ""), Check(one.status), one.status == VERIFIED) for one in records]
    return _status(looks, _patient(domain, now))


def _others(record: DnsRecord, records: Sequence[DnsRecord]) -> list[DnsRecord]:
    return [one for one in records if one is not record]


def _patient(domain: Domain, now: datetime) -> bool:
    return domain.asked_at is None or now - domain.asked_at < PATIENCE


def _looked(record: DnsRecord, finding: Finding, domain: Domain, now: datetime, sure: bool) -> _Look:
    before = domain.checks.get(record.key, Check(PENDING))
    right_at = before.right_at
    if right_at is None and before.status == VERIFIED and domain.checked_at is not None:
        right_at = domain.checked_at.timestamp()
    was_right = before.status == VERIFIED
    check = Check(PENDING, finding.values, finding.says, finding.fix, right_at)
    if finding.found is Found.RIGHT:
        return _Look(record, finding, evolve(check, status=VERIFIED, right_at=now.timestamp()), True)
    if finding.found is Found.UNKNOWN:
        return _Look(record, finding, evolve(check, status=VERIFIED if was_right else TEMPORARY_FAILURE), was_right)
    if was_right and not sure:
        return _Look(record, finding, evolve(check, status=TEMPORARY_FAILURE), True)
    if right_at is not None and now.timestamp() - right_at < PATIENCE.total_seconds():
        return _Look(record, finding, evolve(check, status=TEMPORARY_FAILURE), False)
    waits = finding.found is Found.MISSING and _patient(domain, now)
    return _Look(record, finding, evolve(check, status=PENDING if waits else FAILED), False)


def _status(looks: Sequence[_Look], patient: bool) -> str:
    """Verified: DKIM by one key at least, and every other record that is no advice.

    Without DKIM nothing is verified, even in part: the other records have our names and nothing of the team's, and
    prove nothing. With it the domain may send, and the rest makes the difference.
    """
    counted = [one for one in looks if one.record.record != ADVICE and not one.record.keep]
    keys = [one for one in counted if one.record.record == DKIM]
    if not any(one.standing for one in keys):
        waits = patient or any(one.check.status == TEMPORARY_FAILURE and one.check.right_at for one in keys)
        return PENDING if waits else FAILED
    missing = [one for one in counted if one not in keys and not one.standing]
    if not missing:
        return VERIFIED
    waits = patient or all(one.check.status == TEMPORARY_FAILURE for one in missing)
    return PARTIALLY_VERIFIED if waits else PARTIALLY_FAILED
