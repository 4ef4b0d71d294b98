"""What DNS says of a domain, and what the domain is by it."""

from __future__ import annotations

from collections.abc import Sequence
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


def looked(
    resolver: MemoryResolver,
    domain: Domain = DOMAIN,
    now: datetime = NOW,
    sure: bool = True,
    keys: Sequence[DkimKey] = KEYS,
) -> Findings:
    found: list[Any] = []
    work = look(resolver, domain, records(domain, keys, HOSTS), now, sure)
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


class TestARecordThatWasRight:
    """One look that nobody asked for does not take it away; a second one does, and it is waited for three days."""

    @pytest.fixture
    def before(self, dns: MemoryResolver) -> Domain:
        """Verified long ago, and watched."""
        found = looked(dns)
        domain = evolve(DOMAIN, checks=found.checks, status="verified", asked_at=NOW - timedelta(days=90))
        dns.txts = {name: texts for name, texts in dns.txts.items() if "_domainkey" not in name}
        return domain

    def test_a_first_look_only_doubts(self, dns: MemoryResolver, before: Domain) -> None:
        found = looked(dns, before, sure=False)
        assert (found.status, found.doubtful, found.seen) == ("verified", True, {})
        assert found.checks["TXT mailit._domainkey"].status == "temporary_failure"
        assert found.checks["TXT mailit._domainkey"].says == "Not found at mailit._domainkey.example.com."

    def test_a_second_one_believes_it(self, dns: MemoryResolver, before: Domain) -> None:
        doubted = evolve(before, checks=looked(dns, before, sure=False).checks)
        found = looked(dns, doubted, NOW + timedelta(minutes=5), sure=False)
        assert (found.status, found.doubtful, found.seen) == ("pending", False, {"rsa": False, "ed": False})
        assert found.checks["TXT mailit._domainkey"].status == "temporary_failure"

    def test_whoever_asks_is_told_at_once(self, dns: MemoryResolver, before: Domain) -> None:
        found = looked(dns, before)
        assert (found.status, found.seen) == ("pending", {"rsa": False, "ed": False})

    def test_three_days_later_it_has_failed(self, dns: MemoryResolver, before: Domain) -> None:
        gone = evolve(before, checks=looked(dns, before).checks, status="pending")
        found = looked(dns, gone, NOW + PATIENCE + timedelta(seconds=1), sure=False)
        assert (found.status, found.checks["TXT mailit._domainkey"].status) == ("failed", "failed")

    def test_it_comes_back(self, dns: MemoryResolver, before: Domain) -> None:
        gone = evolve(before, checks=looked(dns, before).checks, status="pending")
        dns.txts["mailit._domainkey.example.com"] = ["v=DKIM1; k=rsa; p=AAAA"]
        assert looked(dns, gone, sure=False).status == "verified"


class TestTheOtherRecords:
    """They make the difference between whole and part, and never stand for the key."""

    WHOLE = evolve(DOMAIN, receiving=True, tracking_subdomain="links")

    def test_they_are_among_the_records(self) -> None:
        shown = [(one.record, one.name, one.value) for one in records(self.WHOLE, [], Hosts("out", "in", "t"))]
        assert ("Receiving", "example.com", "in") in shown
        assert ("Tracking", "links.example.com", "t") in shown

    def test_addresses_of_our_own_are_in_the_policy(self) -> None:
        hosts = Hosts.of("mail.example.org", addresses=["9.9.9.9", "10.0.0.1", "2620:fe::fe"])
        assert hosts.policy == "v=spf1 ip4:9.9.9.9 ip6:2620:fe::fe ~all"
        assert Hosts.of("mail.example.org", addresses=["10.0.0.1"]).policy == "v=spf1 a:mail.example.org ~all"

    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://api.example.org/v1", "api.example.org"),
            ("http://127.0.0.1:8080", "mail.example.org"),
            ("http://[::1]:8080", "mail.example.org"),
            ("http://localhost:8080", "mail.example.org"),
        ],
    )
    def test_links_lead_to_the_api_by_its_name(self, url: str, host: str) -> None:
        assert Hosts.of("mail.example.org", url=url).tracking == host

    def test_without_them_it_is_verified_in_part(self, dns: MemoryResolver) -> None:
        assert looked(dns, self.WHOLE).status == "partially_verified"
        late = NOW + PATIENCE + timedelta(seconds=1)
        assert looked(dns, self.WHOLE, late).status == "partially_failed"

    def test_with_them_it_is_whole(self, dns: MemoryResolver) -> None:
        dns.mxs["example.com"] = [Mx(10, "mail.example.org")]
        dns.cnames["links.example.com"] = ["mail.example.org"]
        assert looked(dns, self.WHOLE).status == "verified"

    def test_an_exchanger_alone_proves_nothing(self, dns: MemoryResolver) -> None:
        """It bears our name, and would be right for any team."""
        dns.mxs["example.com"] = [Mx(10, "mail.example.org")]
        dns.txts.clear()
        assert looked(dns, evolve(DOMAIN, sending=False, receiving=True)).status == "pending"

    def test_a_key_that_retires_is_not_waited_for(self, dns: MemoryResolver) -> None:
        old = DkimKey("old", "domain", "old", dkim.RSA, "OLD", b"", state="retiring", retire_at=NOW)
        found = looked(dns, keys=[*KEYS, old])
        assert (found.status, found.seen["old"]) == ("verified", False)
        only_old = looked(MemoryResolver(txts={"old._domainkey.example.com": ["v=DKIM1; p=OLD"]}), keys=[old])
        assert only_old.status == "pending"
