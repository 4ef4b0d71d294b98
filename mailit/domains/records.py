"""The DNS records that a sending domain needs, as its owner is to publish them (reference 1.3)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from mailit.mail import dkim
from mailit.store.domains import DkimKey, Domain

PRIORITY = 10
NOT_STARTED = "not_started"
ADVICE = "DMARC"
"""What the record is called that is advice: no status waits for it."""


@frozen
class DnsRecord:
    """One record: `name` is relative to the domain, `value` what is to stand there. `record` says what it is for."""

    record: str
    name: str
    type: str
    value: str
    status: str = NOT_STARTED
    priority: int | None = None
    ttl: str = "Auto"
    dkim_key_id: str | None = None

    @property
    def key(self) -> str:
        """What its status is kept under."""
        return f"{self.type} {self.name}"

    def full_name(self, domain: str) -> str:
        """Where DNS is asked for it."""
        return f"{self.name}.{domain}"


def records(domain: Domain, keys: Sequence[DkimKey], hostname: str) -> list[DnsRecord]:
    """Every record of a domain, each with the status that the last look gave it. `hostname` is where mail comes from.

    The return path is a name of its own, with our exchanger to take bounces and an SPF record that lets us send.
    """
    path = domain.custom_return_path
    wanted = [
        DnsRecord("SPF", path, "MX", hostname, priority=PRIORITY),
        DnsRecord("SPF", path, "TXT", f"v=spf1 a:{hostname} ~all"),
        *[
            DnsRecord(
                "DKIM", f"{key.selector}._domainkey", "TXT", dkim.record(key.algorithm, key.public), dkim_key_id=key.id
            )
            for key in keys
        ],
        DnsRecord(ADVICE, "_dmarc", "TXT", "v=DMARC1; p=none;"),
    ]
    return [_with_status(one, domain) for one in wanted]


def _with_status(record: DnsRecord, domain: Domain) -> DnsRecord:
    return DnsRecord(
        record.record,
        record.name,
        record.type,
        record.value,
        domain.checks.get(record.key, "pending" if domain.asked_at is not None else NOT_STARTED),
        record.priority,
        record.ttl,
        record.dkim_key_id,
    )
