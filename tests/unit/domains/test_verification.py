"""What DNS says of a domain, and what the domain is by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.domains.records import DnsRecord, Hosts, records
from mailit.domains.verification import PATIENCE, Findings, look
from mailit.interfaces import Mx
from mailit.mail import dkim
from mailit.store.dkim_keys import DkimKey
from mailit.store.domains import Domain
from mailit.testing.dns import MemoryResolver

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DOMAIN = Domain(
    id="domain",
    team_id="team",
    name="example.com",
    status="pending",
    region="us-east-1",
    custom_return_path="send",
    tls="opportunistic",
    open_tracking=False,
    click_tracking=False,
    tracking_subdomain=None,
    sending=True,
    receiving=False,
    checks={},
    checked_at=None,
    asked_at=NOW,
    created_at=NOW,
)
HOSTS = Hosts.of("mail.example.org")
KEYS = [
    DkimKey("rsa", "domain", "mailit", dkim.RSA, "AAAA", b""),
    DkimKey("ed", "domain", "mailit-ed25519", dkim.ED25519, "BBBB", b""),
]


def looked(resolver: MemoryResolver, domain: Domain = DOMAIN, now: datetime = NOW) -> Findings:
    found: list[Any] = []
    work = look(resolver, domain, records(domain, KEYS, HOSTS), now)
    Deferred.fromCoroutine(work).addBoth(found.append)
    assert isinstance(found[0], Findings), found
    return found[0]


@pytest.fixture
def dns() -> MemoryResolver:
    """Everything as it should be."""
    resolver = MemoryResolver()
    resolver.mxs["send.example.com"] = [Mx(10, "mail.example.org")]
    resolver.txts["send.example.com"] = ["v=spf1 a:mail.example.org ~all"]
    resolver.txts["mailit._domainkey.example.com"] = ["v=DKIM1; k=rsa; p=AAAA"]
    resolver.txts["mailit-ed25519._domainkey.example.com"] = ["v=DKIM1; k=ed25519; p=BBBB"]
    return resolver


class TestTheRecords:
    """Names are relative to the domain, each record says what it is for."""

    def test_all_of_them(self) -> None:
        shown = [(one.record, one.type, one.name, one.priority) for one in records(DOMAIN, KEYS, HOSTS)]
        assert shown == [
            ("SPF", "MX", "send", 10),
            ("SPF", "TXT", "send", None),
            ("DKIM", "TXT", "mailit._domainkey", None),
            ("DKIM", "TXT", "mailit-ed25519._domainkey", None),
            ("DMARC", "TXT", "_dmarc", None),
        ]

    def test_no_two_share_a_status(self) -> None:
        keys = [one.key for one in records(DOMAIN, KEYS, HOSTS)]
        assert len(set(keys)) == len(keys)

    @pytest.mark.parametrize(("asked_at", "status"), [(None, "not_started"), (NOW, "pending")])
    def test_before_the_first_look(self, asked_at: Any, status: str) -> None:
        shown = records(evolve(DOMAIN, asked_at=asked_at), KEYS, HOSTS)
        assert {one.status for one in shown} == {status}

    def test_another_return_path(self) -> None:
        (mx, *_) = records(evolve(DOMAIN, custom_return_path="bounces"), KEYS, HOSTS)
        assert mx.full_name == "bounces.example.com"
        assert isinstance(mx, DnsRecord)


class TestADomainThatIsRight:
    """It is verified, its keys were seen, and advice is not waited for."""

    def test_it_is_verified(self, dns: MemoryResolver) -> None:
        found = looked(dns)
        assert found.status == "verified"
        assert found.seen == {"rsa": True, "ed": True}
        assert found.checks["TXT mailit._domainkey"].status == "verified"
        assert found.checks["TXT _dmarc"].status == "pending"

    @pytest.mark.parametrize(
        "policy",
        [
            "v=spf1 a:mail.example.org -all",
            "v=spf1 include:other.example +a:MAIL.example.org ?all",
            "v=spf1 mx -all",
            "V=SPF1 ip4:192.0.2.1 a:mail.example.org",
        ],
    )
    def test_any_policy_that_lets_us_will_do(self, dns: MemoryResolver, policy: str) -> None:
        dns.txts["send.example.com"] = ["unrelated", policy]
        assert looked(dns).status == "verified"

    @pytest.mark.parametrize(
        "record", ["v=DKIM1;p=AA AA", "k=rsa; v=DKIM1; p=\tAAAA ;", "p=AAAA", "v=DKIM1; h=sha256; p=AAAA"]
    )
    def test_a_key_may_be_written_as_rfc_6376_lets_one(self, dns: MemoryResolver, record: str) -> None:
        dns.txts["mailit._domainkey.example.com"] = [record]
        assert looked(dns).seen["rsa"]

    def test_one_key_is_enough(self, dns: MemoryResolver) -> None:
        del dns.txts["mailit-ed25519._domainkey.example.com"]
        found = looked(dns)
        assert (found.status, found.seen) == ("verified", {"rsa": True, "ed": False})

    def test_the_exchangers_name_is_compared_as_dns_does(self, dns: MemoryResolver) -> None:
        dns.mxs["send.example.com"] = [Mx(5, "other.example"), Mx(10, "MAIL.example.org.")]
        assert looked(dns).status == "verified"


class TestADomainThatIsNot:
    """What is missing is waited for, three days; what is wrong is said."""

    def test_nothing_is_there_yet(self) -> None:
        found = looked(MemoryResolver())
        assert found.status == "pending"
        assert {one.status for one in found.checks.values()} == {"pending"}

    def test_three_days_later_it_has_failed(self) -> None:
        found = looked(MemoryResolver(), now=NOW + PATIENCE + timedelta(seconds=1))
        assert found.status == "failed"
        assert found.checks["MX send"].status == "failed"

    @pytest.mark.parametrize(
        ("name", "texts"),
        [
            ("send.example.com", ["v=spf1 include:other.example -all"]),
            ("send.example.com", ["v=spf1 a:mail.example.org -all", "v=spf1 mx -all"]),
            ("send.example.com", ["v=spf10 a:mail.example.org"]),
        ],
    )
    def test_a_policy_that_does_not_let_us(self, dns: MemoryResolver, name: str, texts: list[str]) -> None:
        dns.txts[name] = texts
        found = looked(dns)
        assert found.status == "partially_verified"
        assert found.checks["TXT send"].status in ("failed", "pending")

    def test_another_key(self, dns: MemoryResolver) -> None:
        dns.txts["mailit._domainkey.example.com"] = ["v=DKIM1; k=rsa; p=CCCC"]
        dns.txts["mailit-ed25519._domainkey.example.com"] = ["v=DKIM1; p="]
        found = looked(dns)
        assert found.seen == {"rsa": False, "ed": False}
        assert (found.status, found.checks["TXT mailit._domainkey"].status) == ("pending", "failed")


class TestWhenDnsDoesNotSay:
    """What was right stays so; nothing is concluded from silence."""

    def test_what_was_verified_stays(self, dns: MemoryResolver) -> None:
        before = evolve(DOMAIN, checks=looked(dns).checks, status="verified")
        dns.broken = {"send.example.com", "mailit._domainkey.example.com", "mailit-ed25519._domainkey.example.com"}
        found = looked(dns, before)
        assert found.status == "verified"
        assert found.seen == {}

    def test_what_was_not_is_a_temporary_failure(self, dns: MemoryResolver) -> None:
        dns.broken = {"mailit._domainkey.example.com", "mailit-ed25519._domainkey.example.com"}
        found = looked(dns)
        assert (found.status, found.checks["TXT mailit._domainkey"].status) == ("pending", "temporary_failure")
