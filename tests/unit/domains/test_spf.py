"""SPF policies as receivers read them (RFC 7208)."""

from __future__ import annotations

from typing import Any

import pytest

from mailit.domains.spf import BadPolicy, Evaluation, Result
from mailit.net.resolver import NoAnswer
from mailit.testing.dns import MemoryResolver
from mailit.testing.results import result


def judged(policy: str, address: str | None = "192.0.2.1", **zone: Any) -> tuple[Result, int]:
    resolver = MemoryResolver(txts={"a.example": [policy], **zone.pop("txts", {})}, **zone)
    evaluation = Evaluation(resolver)
    return result(evaluation.judge("a.example", address)), evaluation.asked


HOSTS = {"mail.a.example": ["192.0.2.1", "2001:db8::1"], "a.example": ["192.0.2.1"], "other.example": ["192.0.2.77"]}


class TestAPolicy:
    """The first mechanism that matches decides."""

    @pytest.mark.parametrize(
        "policy, wanted, asked",
        [
            ("v=spf1 ip4:192.0.2.1 -all", Result.PASS, 0),
            ("v=spf1 ip4:192.0.2.0/24 -all", Result.PASS, 0),
            ("v=spf1 ip4:198.51.100.1 -all", Result.FAIL, 0),
            ("v=spf1 ip4:198.51.100.1 ~all", Result.SOFTFAIL, 0),
            ("v=spf1 ip4:198.51.100.1", Result.NEUTRAL, 0),
            ("v=spf1 -ip4:192.0.2.1 +all", Result.FAIL, 0),
            ("V=SPF1 A:mail.a.example -ALL", Result.PASS, 1),
            ("v=spf1 a -all", Result.PASS, 1),
            ("v=spf1 a:other.example/24 -all", Result.PASS, 1),
            ("v=spf1 a:gone.example -all", Result.FAIL, 1),
            ("v=spf1 mx -all", Result.PASS, 1),
            ("v=spf1 include:in.example -all", Result.PASS, 1),
            ("v=spf1 include:out.example -all", Result.FAIL, 1),
            ("v=spf1 redirect=in.example", Result.PASS, 1),
            ("v=spf1 exists:%{i}.x.example ptr -all", Result.FAIL, 2),
            ("v=spf1 include:%{i}.x.example -all", Result.UNTOLD, 1),
            ("v=spf1 exp=why.example -all", Result.FAIL, 0),
        ],
    )
    def test_it_decides(self, policy: str, wanted: Result, asked: int) -> None:
        """And each term that asks DNS is counted."""
        texts = {"in.example": ["v=spf1 ip4:192.0.2.1 -all"], "out.example": ["v=spf1 -all"]}
        resolver = MemoryResolver(txts={"a.example": ["unrelated", policy], **texts}, hosts=HOSTS)
        resolver.exchangers("a.example", "mail.a.example")
        evaluation = Evaluation(resolver)
        assert (result(evaluation.judge("a.example", "192.0.2.1")), evaluation.asked) == (wanted, asked)

    def test_of_the_other_kind_of_address(self) -> None:
        """Each is judged by its own."""
        assert judged("v=spf1 a:mail.a.example -all", "2001:db8::1", hosts=HOSTS)[0] is Result.PASS
        assert judged("v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all", "2001:db8::9")[0] is Result.PASS
        assert judged("v=spf1 a:mail.a.example//32 -all", "2001:db8:9::1", hosts=HOSTS)[0] is Result.PASS

    def test_a_domain_without_one(self) -> None:
        """Is none, and so is one that does not exist."""
        assert judged("google-site-verification=x") == (Result.NONE, 0)
        assert result(Evaluation(MemoryResolver()).judge("a.example", None)) is Result.NONE

    @pytest.mark.parametrize("policy, wide", [("v=spf1 +all", True), ("v=spf1 all", True), ("v=spf1 ~all", False)])
    def test_one_that_lets_everybody_send(self, policy: str, wide: bool) -> None:
        evaluation = Evaluation(MemoryResolver(txts={"a.example": [policy]}))
        result(evaluation.judge("a.example", None))
        assert evaluation.open is wide


class TestAPolicyThatCanNotBeUsed:
    """Receivers then take it for none, and so it is said."""

    @pytest.mark.parametrize(
        "policy, words",
        [
            ("v=spf1 ipv4:192.0.2.1 -all", "nobody knows the term"),
            ("v=spf1 ip4:192.0.2 -all", "names no network"),
            ("v=spf1 ip4: -all", "names no network"),
            ("v=spf1 include:none.example -all", "has no SPF record"),
            ("v=spf1 redirect=none.example", "has no SPF record"),
            ("v=spf1 include:a.example -all", "includes itself"),
            ("v=spf1 " + " ".join(f"a:h{n}.example" for n in range(11)) + " -all", "more than 10"),
        ],
    )
    def test_it_is_said(self, policy: str, words: str) -> None:
        """In a sentence."""
        with pytest.raises(BadPolicy, match=words):
            judged(policy, txts={"none.example": ["x"]})

    def test_two_of_them(self) -> None:
        """Receivers take neither (§4.5)."""
        with pytest.raises(BadPolicy, match="2 SPF records"):
            result(Evaluation(MemoryResolver(txts={"a.example": ["v=spf1 -all"] * 2})).judge("a.example", None))

    def test_dns_that_does_not_answer(self) -> None:
        """Is no fault of the policy."""
        with pytest.raises(NoAnswer):
            result(Evaluation(MemoryResolver(broken={"a.example"})).judge("a.example", None))
