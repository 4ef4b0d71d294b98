"""What is said of a record: what stands in DNS, what differs, and the mend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.domains.diagnosis import diagnose
from mailit.domains.finding import Finding, Found
from mailit.domains.records import DnsRecord, Hosts, records
from mailit.interfaces import Mx
from mailit.mail import dkim
from mailit.store.dkim_keys import DkimKey
from mailit.testing.dns import MemoryResolver
from tests.unit.domains.test_verification import DOMAIN

HOSTS = Hosts.of("mail.example.org", url="https://api.example.org")
# As long as a real one of 2048 bits, and with the same head as every one of that length.
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "".join(f"{n:02d}abcdefgh" for n in range(34)) + "IDAQAB"
OLD = KEY[:60] + KEY[::-1][: len(KEY) - 60]
KEYS = [
    DkimKey("new", "domain", "mailit-2", dkim.RSA, KEY, b"", state="publishing", generation=2),
    DkimKey("old", "domain", "mailit", dkim.RSA, OLD, b""),
    DkimKey("ed", "domain", "mailit-ed25519", dkim.ED25519, "q" * 43 + "=", b""),
]
EVERYTHING = evolve(DOMAIN, receiving=True, tracking_subdomain="links")
RECORDS = {(one.record, one.type, one.dkim_key_id): one for one in records(EVERYTHING, KEYS, HOSTS)}
MX, SPF = RECORDS["SPF", "MX", None], RECORDS["SPF", "TXT", None]
RSA, ED25519 = RECORDS["DKIM", "TXT", "new"], RECORDS["DKIM", "TXT", "ed"]
RECEIVING, TRACKING = RECORDS["Receiving", "MX", None], RECORDS["Tracking", "CNAME", None]
DMARC = RECORDS["DMARC", "TXT", None]
HEAD = "v=DKIM1; k=rsa; p="


def found(record: DnsRecord, resolver: MemoryResolver) -> Finding:
    said: list[Any] = []
    others = [one for one in RECORDS.values() if one is not record]
    Deferred.fromCoroutine(diagnose(resolver, "example.com", record, others)).addBoth(said.append)
    assert isinstance(said[0], Finding), said
    return said[0]


def texts(record: DnsRecord, *values: str, **more: Any) -> Finding:
    """What is said where these TXT records stand at the record's name."""
    return found(record, MemoryResolver(txts={record.full_name: values}, **more))


class TestARecordThatIsRight:
    """It says so, and asks for nothing."""

    @pytest.mark.parametrize("record", [SPF, RSA, ED25519, DMARC], ids=lambda one: one.name)
    def test_text(self, record: DnsRecord) -> None:
        said = texts(record, record.value)
        assert said == Finding(Found.RIGHT, "Found as it should be.", None, (record.value,))

    @pytest.mark.parametrize("record", [MX, RECEIVING], ids=lambda one: one.record)
    def test_exchangers(self, record: DnsRecord) -> None:
        said = found(record, MemoryResolver(mxs={record.full_name: [Mx(10, "MAIL.example.org.")]}))
        assert (said.found, said.values) == (Found.RIGHT, ("10 MAIL.example.org.",))

    def test_an_alias(self) -> None:
        said = found(TRACKING, MemoryResolver(cnames={"links.example.com": ["api.example.org"]}))
        assert (said.found, said.values) == (Found.RIGHT, ("api.example.org",))

    def test_an_alias_that_the_provider_made_addresses_of(self) -> None:
        hosts: dict[str, Sequence[str]] = {
            "links.example.com": ["192.0.2.7"],
            "api.example.org": ["192.0.2.7", "2001:db8::7"],
        }
        assert found(TRACKING, MemoryResolver(hosts=hosts)).found is Found.RIGHT

    def test_a_key_that_an_alias_leads_to(self) -> None:
        resolver = MemoryResolver(txts={RSA.full_name: [RSA.value], "key.example.net": [RSA.value]})
        resolver.cnames[RSA.full_name] = ["key.example.net"]
        assert found(RSA, resolver).found is Found.RIGHT

    def test_a_policy_of_the_parent_domain(self) -> None:
        """RFC 7489 §6.6.3: it holds for what is below it."""
        record = evolve(DMARC, full_name="_dmarc.news.example.com")
        resolver = MemoryResolver(txts={"_dmarc.example.com": ["v=DMARC1; p=reject"]})
        said: list[Any] = []
        Deferred.fromCoroutine(diagnose(resolver, "news.example.com", record)).addBoth(said.append)
        assert said[0].found is Found.RIGHT
        assert "_dmarc.example.com" in said[0].says


class TestWhatIsMissing:
    """It is said where it was looked for, and where it stands by mistake."""

    @pytest.mark.parametrize("record", [MX, SPF, RSA, RECEIVING, TRACKING, DMARC], ids=lambda one: one.key)
    def test_nothing_is_there(self, record: DnsRecord) -> None:
        said = found(record, MemoryResolver())
        assert (said.found, said.says) == (Found.MISSING, f"Not found at {record.full_name}.")
        assert said.fix is not None
        assert record.value in said.fix

    @pytest.mark.parametrize("record", [SPF, RSA], ids=lambda one: one.name)
    def test_the_domains_name_is_doubled(self, record: DnsRecord) -> None:
        resolver = MemoryResolver(txts={f"{record.full_name}.example.com": [record.value]})
        said = found(record, resolver)
        assert said.found is Found.MISSING
        assert f"it stands at {record.full_name}.example.com, with the domain's name doubled" in said.says
        assert said.fix == f"Your provider adds example.com itself: enter the name as {record.name}"

    def test_so_it_is_with_exchangers_and_aliases(self) -> None:
        resolver = MemoryResolver(mxs={"send.example.com.example.com": [Mx(10, "mail.example.org")]})
        assert "doubled" in found(MX, resolver).says
        resolver = MemoryResolver(mxs={"example.com.example.com": [Mx(10, "mail.example.org")]})
        assert (found(RECEIVING, resolver).fix or "").endswith("enter the name as @ (the domain itself)")
        resolver = MemoryResolver(cnames={"links.example.com.example.com": ["api.example.org"]})
        assert "doubled" in found(TRACKING, resolver).says

    def test_it_stands_at_the_domain_itself(self) -> None:
        resolver = MemoryResolver(txts={"example.com": [SPF.value]})
        assert found(SPF, resolver).says == "Not found at send.example.com: it stands at example.com itself."


class TestWhatIsWrong:
    """It is said what differs, and the mend has the value whole."""

    @pytest.mark.parametrize("record", [SPF, RSA, DMARC], ids=lambda one: one.name)
    @pytest.mark.parametrize("quotes", ['"{}"', "\u201c{}\u201d", '\\"{}\\"'])
    def test_pasted_quotes(self, record: DnsRecord, quotes: str) -> None:
        said = texts(record, quotes.format(record.value))
        assert said.found is Found.WRONG
        assert "quotation marks" in said.says
        assert record.value in (said.fix or "")

    def test_two_policies(self) -> None:
        said = texts(SPF, "v=spf1 include:_spf.example.net -all", "v=spf1 a:mail.example.org ~all")
        assert "2 SPF records" in said.says
        assert (said.fix or "").endswith("v=spf1 a:mail.example.org include:_spf.example.net ~all")

    @pytest.mark.parametrize(
        "policy",
        ["v=spf1 include:_spf.example.net -all", "v=spf1 -all a:mail.example.org", "v=spf1 ?a:mail.example.org"],
    )
    def test_a_policy_without_us(self, policy: str) -> None:
        said = texts(SPF, policy)
        assert said.found is Found.WRONG
        assert "a:mail.example.org is not in it" in said.says
        assert "v=spf1 a:mail.example.org" in (said.fix or "")

    @pytest.mark.parametrize("record", [MX, SPF, RSA], ids=lambda one: one.key)
    def test_an_alias_in_the_way(self, record: DnsRecord) -> None:
        """RFC 1034 §3.6.2; some resolvers see the one, and some the other."""
        resolver = MemoryResolver(txts={record.full_name: [record.value]}, cnames={record.full_name: ["shop.example."]})
        resolver.mxs[record.full_name] = [Mx(10, "mail.example.org")]
        said = found(record, resolver)
        assert said.found is Found.WRONG
        assert f"{record.full_name} is an alias (CNAME) of shop.example" in said.says
        assert said.values == ("CNAME shop.example",)

    @pytest.mark.parametrize(
        ("values", "what"),
        [
            ([HEAD + KEY[:237]], "cut off after 237 of"),
            ([f'"{HEAD}{KEY[:200]}" "{KEY[200:]}"'], "joined with their quotation marks"),
            ([HEAD + KEY[:200], KEY[200:]], "split over 2 records"),
            ([KEY[200:], f'"{HEAD}{KEY[:200]}"'], "split over 2 records"),
            ([KEY[200:] + HEAD + KEY[:200]], "joined in the wrong order"),
            ([HEAD + KEY[:250] + "X" + KEY[251:]], "differs from character 251 on"),
            ([HEAD + OLD], "the key that belongs at mailit._domainkey.example.com"),
            ([HEAD + KEY[:44] + KEY[44:][::-1]], "another key"),
            ([HEAD], "revoked"),
            (["v=spf1 -all"], "no DKIM key"),
            ([RSA.value, HEAD + OLD], "two key records"),
            (["v=DKIM1; k=ed25519; p=" + KEY], "of the kind ed25519; it is rsa"),
            (["v=DKIM2; k=rsa; p=" + KEY], "v=DKIM2"),
            (["v=DKIM1; h=sha1; p=" + KEY], "the hash sha1 alone"),
            (["v=DKIM1; s=tlsrpt; p=" + KEY], "the service tlsrpt"),
        ],
        ids=lambda one: one if isinstance(one, str) else "",
    )
    def test_a_key(self, values: list[str], what: str) -> None:
        said = texts(RSA, *values)
        assert said.found is Found.WRONG
        assert what in said.says
        assert RSA.value in (said.fix or "")

    def test_a_key_without_its_kind(self) -> None:
        said = texts(ED25519, "v=DKIM1; p=" + ED25519.value.rpartition("p=")[2])
        assert said.says == "The key at mailit-ed25519._domainkey.example.com lacks its kind; it is ed25519."

    def test_a_key_that_is_only_tested(self) -> None:
        said = texts(RSA, "v=DKIM1; t=y; p=" + KEY)
        assert (said.found, "t=y" in said.says) == (Found.RIGHT, True)

    def test_exchangers_of_others(self) -> None:
        said = found(MX, MemoryResolver(mxs={MX.full_name: [Mx(1, "mx.example.net")]}))
        assert said.says == "send.example.com leads to mx.example.net, not to mail.example.org."
        assert said.fix == "Change it to: send.example.com MX 10 mail.example.org"

    def test_a_final_dot_that_is_missing(self) -> None:
        said = found(MX, MemoryResolver(mxs={MX.full_name: [Mx(10, "mail.example.org.example.com")]}))
        assert "its final dot is missing" in said.says
        said = found(TRACKING, MemoryResolver(cnames={"links.example.com": ["api.example.org.example.com"]}))
        assert "final dot" in (said.fix or "")

    def test_an_exchanger_that_stands_before_ours(self) -> None:
        both = [Mx(1, "mx.example.net"), Mx(10, "mail.example.org")]
        assert "mx.example.net stands before us" in found(RECEIVING, MemoryResolver(mxs={"example.com": both})).says
        assert found(MX, MemoryResolver(mxs={"send.example.com": both})).found is Found.RIGHT

    def test_an_alias_of_something_else(self) -> None:
        said = found(TRACKING, MemoryResolver(cnames={"links.example.com": ["old.example.net"]}))
        assert said.says == "links.example.com leads to old.example.net, not to api.example.org."

    def test_a_name_with_addresses_of_its_own(self) -> None:
        said = found(TRACKING, MemoryResolver(hosts={"links.example.com": ["203.0.113.1"]}))
        assert "has addresses of its own" in said.says
        assert "proxy" in (said.fix or "")

    @pytest.mark.parametrize(
        ("values", "what"),
        [
            (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "2 DMARC records"),
            (["v=DMARC1; rua=mailto:a@example.com"], "lacks a policy"),
            (["v=spf1 -all"], "no DMARC record"),
        ],
    )
    def test_a_dmarc_record(self, values: list[str], what: str) -> None:
        said = texts(DMARC, *values)
        assert (said.found, what in said.says) == (Found.WRONG, True)


class TestWhenDnsDoesNotSay:
    """Nothing is concluded, and nothing is to be mended."""

    @pytest.mark.parametrize("record", [MX, SPF, RSA, TRACKING], ids=lambda one: one.key)
    def test_it_is_unknown(self, record: DnsRecord) -> None:
        said = found(record, MemoryResolver(broken={record.full_name}))
        assert (said.found, said.says) == (Found.UNKNOWN, f"DNS gave no answer for {record.full_name}.")

    def test_a_place_that_is_only_looked_at_for_a_better_word_does_not_matter(self) -> None:
        broken = {"example.com", "send.example.com.example.com"}
        assert found(SPF, MemoryResolver(broken=broken)).says == "Not found at send.example.com."


class TestWhatOthersWrote:
    """It is kept fit to be shown, and to be written to the database."""

    def test_no_control_characters_and_not_without_end(self) -> None:
        said = texts(RSA, "a\x00b\x1b[31m" + "x" * 5000, *(f"{n}" for n in range(30)))
        assert len(said.values) == 10
        assert len(said.values[0]) == 1000
        assert said.values[0].startswith("a\ufffdb\ufffd[31m")
