"""The DNS records that a domain needs, as its owner is to publish them (reference 1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from attrs import evolve, frozen

from mailit.mail import dkim
from mailit.store.dkim_keys import RETIRING, SIGNING, DkimKey
from mailit.store.domains import Check, Domain

PRIORITY = 10
NOT_STARTED, PENDING = "not_started", "pending"
SPF, DKIM, RECEIVING, TRACKING = "SPF", "DKIM", "Receiving", "Tracking"
ADVICE = "DMARC"
"""What the record is called that is advice: no status waits for it."""

_PURPOSES = {
    (SPF, "MX"): "Brings bounces back to us.",
    (SPF, "TXT"): "Lets our server send for the return path.",
    (DKIM, "TXT"): "Has the public half of a key that signs your mail.",
    (RECEIVING, "MX"): "Brings mail for the domain to us.",
    (TRACKING, "CNAME"): "Lets links and pixels of your mail lead to a name of yours.",
    (ADVICE, "TXT"): "Advice: tells receivers that your mail is signed; Gmail, Yahoo and Microsoft ask for it.",
}


@frozen
class Hosts:
    """The names of this installation that records lead to.

    `outbound` sends and takes bounces, `inbound` receives, `tracking` serves links. Where mail leaves from addresses of
    its own, these are `addresses`.
    """

    outbound: str
    inbound: str
    tracking: str
    addresses: tuple[str, ...] = ()

    @classmethod
    def of(cls, outbound: str, inbound: str | None = None, url: str = "", addresses: Sequence[str] = ()) -> Hosts:
        """The outbound host for all that has no name of its own; `url` is the API's, and serves what it is told by."""
        public = urlsplit(url).hostname or ""
        named = "." in public and not public.replace(".", "").isdigit() and ":" not in public
        return cls(outbound, inbound or outbound, public if named else outbound, tuple(addresses))

    @property
    def policy(self) -> str:
        """The SPF record (RFC 7208) that lets us send, and nobody else without doubt."""
        public = [address for address in map(ip_address, self.addresses) if address.is_global]
        ours = [f"ip{address.version}:{address}" for address in public] or [f"a:{self.outbound}"]
        return f"v=spf1 {' '.join(ours)} ~all"


@frozen
class DnsRecord:
    """One record to publish: `value` is to stand at `full_name`. `record` says what it is for.

    `name` is how the API has it: relative to the domain, but for receiving and tracking, which have it whole. `says` is
    a sentence on what the last look `found`, `fix` what to do about it. A key that is retiring has `keep`: no status
    waits for its record.
    """

    record: str
    name: str
    full_name: str
    type: str
    value: str
    status: str = NOT_STARTED
    priority: int | None = None
    ttl: str = "Auto"
    found: tuple[str, ...] = ()
    says: str = "Not looked for yet."
    fix: str | None = None
    dkim_key_id: str | None = None
    keep: bool = False

    @property
    def key(self) -> str:
        """What its check is kept under."""
        return f"{self.type} {self.name}"

    @property
    def purpose(self) -> str:
        """What it is for, as a sentence."""
        return _PURPOSES[self.record, self.type]


def records(domain: Domain, keys: Sequence[DkimKey], hosts: Hosts) -> list[DnsRecord]:
    """Every record of a domain, each with what the last look made of it.

    The return path is a name of its own, with our exchanger to take bounces and an SPF record that lets us send. Keys
    are published for a domain that only receives, too: they prove whose it is, which an exchanger's name does not.
    """
    return [_checked(record, domain) for record in _wanted(domain, keys, hosts)]


def _wanted(domain: Domain, keys: Sequence[DkimKey], hosts: Hosts) -> Iterator[DnsRecord]:
    path, name = domain.custom_return_path, domain.name
    if domain.sending:
        yield DnsRecord(SPF, path, f"{path}.{name}", "MX", hosts.outbound, priority=PRIORITY)
        yield DnsRecord(SPF, path, f"{path}.{name}", "TXT", hosts.policy)
    for key in keys:
        yield _of_key(key, name)
    if domain.receiving:
        yield DnsRecord(RECEIVING, name, name, "MX", hosts.inbound, priority=PRIORITY)
    if domain.tracking_subdomain is not None:
        full = f"{domain.tracking_subdomain}.{name}"
        yield DnsRecord(TRACKING, full, full, "CNAME", hosts.tracking)
    if domain.sending:
        yield DnsRecord(ADVICE, "_dmarc", f"_dmarc.{name}", "TXT", "v=DMARC1; p=none;")


def _of_key(key: DkimKey, domain: str) -> DnsRecord:
    name = f"{key.selector}._domainkey"
    return DnsRecord(
        DKIM,
        name,
        f"{name}.{domain}",
        "TXT",
        dkim.record(key.algorithm, key.public),
        dkim_key_id=key.id,
        keep=key.state == RETIRING,
        says=(
            f"Keep it until {key.retire_at:%Y-%m-%d %H:%M} UTC: mail that it signed may still be on its way."
            if key.retire_at is not None
            else "Not looked for yet."
            if key.state == SIGNING
            else "To be published. The key before it signs until this one is seen in DNS; leave both where they are."
        ),
    )


def _checked(record: DnsRecord, domain: Domain) -> DnsRecord:
    check: Check | None = domain.checks.get(record.key)
    if check is None:
        return evolve(record, status=PENDING if domain.asked_at is not None else NOT_STARTED)
    says = record.says if record.keep else check.says or record.says
    return evolve(record, status=check.status, found=check.found, says=says, fix=check.fix)
