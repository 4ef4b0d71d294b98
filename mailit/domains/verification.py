"""Looking into DNS for a domain's records, and what the domain's status is by what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from attrs import frozen
from twisted.internet.defer import Deferred, gatherResults

from mailit.domains.records import ADVICE, DnsRecord
from mailit.interfaces import Resolver
from mailit.net.resolver import NoAnswer, NoSuchName
from mailit.store.domains import Domain

PATIENCE = timedelta(hours=72)
"""How long after it was asked for a record may be missing before it has failed."""


class Found(Enum):
    """What DNS says of a record."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    UNKNOWN = "unknown"


@frozen
class Findings:
    """What one look found. `checks` is each record's status; `seen` has the DKIM keys that DNS gave an answer on."""

    status: str
    checks: Mapping[str, str]
    seen: Mapping[str, bool]


async def look(resolver: Resolver, domain: Domain, records: Sequence[DnsRecord], now: datetime) -> Findings:
    """Asks DNS for all of a domain's records at once. Never raises for what DNS says or does not."""
    asked = [Deferred.fromCoroutine(_found(resolver, record, domain.name)) for record in records]
    found: list[Found] = await gatherResults(asked)
    patient = domain.asked_at is None or now - domain.asked_at < PATIENCE
    checks = {
        record.key: _record_status(one, domain.checks.get(record.key), patient)
        for record, one in zip(records, found, strict=True)
    }
    seen = {
        record.dkim_key_id: one is Found.RIGHT
        for record, one in zip(records, found, strict=True)
        if record.dkim_key_id is not None and one is not Found.UNKNOWN
    }
    return Findings(_domain_status(records, checks, patient), checks, seen)


def _record_status(found: Found, before: str | None, patient: bool) -> str:
    if found is Found.RIGHT:
        return "verified"
    if found is Found.UNKNOWN:
        return "verified" if before == "verified" else "temporary_failure"
    if found is Found.MISSING and patient:
        return "pending"
    return "failed"


def _domain_status(records: Sequence[DnsRecord], checks: Mapping[str, str], patient: bool) -> str:
    """DKIM by one key at least, and the whole return path: verified. Without the return path, partially."""
    signed = any(checks[one.key] == "verified" for one in records if one.record == "DKIM")
    others = all(checks[one.key] == "verified" for one in records if one.record not in ("DKIM", ADVICE))
    if signed:
        return "verified" if others else "partially_verified"
    return "pending" if patient else "failed"


async def _found(resolver: Resolver, record: DnsRecord, domain: str) -> Found:
    name = record.full_name(domain)
    try:
        if record.type == "MX":
            hosts = [mx.host.rstrip(".").lower() for mx in await resolver.mx(name)]
            return _judged(hosts, lambda host: host == record.value.lower())
        texts = await resolver.txt(name)
    except NoSuchName:
        return Found.MISSING
    except NoAnswer:
        return Found.UNKNOWN
    if record.record == "SPF":
        policies = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
        # Two policies are an error to every receiver (RFC 7208 §4.5).
        return Found.WRONG if len(policies) > 1 else _judged(policies, lambda text: _lets_us(text, record))
    if record.record == ADVICE:
        return _judged([text for text in texts if text.lower().startswith("v=dmarc1")], lambda text: True)
    wanted = _tags(record.value)["p"]
    return _judged(list(texts), lambda text: _tags(text).get("p") == wanted)


def _judged(values: Sequence[str], right: Callable[[str], bool]) -> Found:
    if any(right(value) for value in values):
        return Found.RIGHT
    return Found.WRONG if values else Found.MISSING


def _lets_us(policy: str, record: DnsRecord) -> bool:
    """Whether an SPF policy at the return path has our host in it, by the mechanism we advise or through its MX."""
    ours = record.value.lower().split(" ")[1]
    mechanisms = [one.lstrip("+") for one in policy.lower().split()[1:]]
    return ours in mechanisms or "mx" in mechanisms


def _tags(text: str) -> dict[str, str]:
    """The tags of a DKIM key record (RFC 6376 §3.2), white space within values left out."""
    found = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found[name.strip()] = "".join(value.split())
    return found
