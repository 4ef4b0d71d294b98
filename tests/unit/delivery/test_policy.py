"""What is asked of TLS: the table of docs/delivery.md."""

from __future__ import annotations

from typing import Any

import pytest

from mailit.delivery.policy import DANE, STS, STS_TESTING, Pins, demand, plain, policies, stricter
from mailit.interfaces import Tlsa
from mailit.mail.sts import Mode, StsPolicy
from mailit.net.tls import INVALID, Demand, Tls

HOST = "mx.example.net"
RECORD = Tlsa(3, 1, 1, b"x" * 32)
NAMES = (HOST, "example.net")
PINNED = Pins((RECORD, Tlsa(0, 0, 1, b"x" * 32)), NAMES)
USELESS = Pins((Tlsa(1, 0, 1, b"x" * 32), Tlsa(3, 1, 1, b"short")), NAMES)
BY_DANE = Demand(Tls.MANDATORY, DANE, (RECORD,), NAMES)


def sts(mode: str, *mx: str) -> StsPolicy:
    """A policy that names the host, unless told otherwise."""
    return StsPolicy(Mode(mode), 60, mx or (HOST,))


class TestOneExchanger:
    """By what is known of it and of its domain."""

    @pytest.mark.parametrize("pins", [None, PINNED, USELESS])
    @pytest.mark.parametrize("policy", [None, sts("enforce"), sts("testing")])
    def test_none_is_the_last_word(self, pins: Pins | None, policy: StsPolicy | None) -> None:
        """The operator said so."""
        assert demand(HOST, Tls.NONE, pins, policy) == plain(Tls.NONE)

    @pytest.mark.parametrize("base", ["opportunistic", "mandatory", "enforced"])
    @pytest.mark.parametrize("policy", [None, sts("enforce"), sts("enforce", "other.test"), sts("testing")])
    def test_dane_beats_all_others(self, base: str, policy: StsPolicy | None) -> None:
        """Even an MTA-STS policy that does not name the host."""
        assert demand(HOST, Tls(base), PINNED, policy) == BY_DANE

    @pytest.mark.parametrize(
        ("base", "asked"),
        [
            ("opportunistic", Demand(Tls.MANDATORY, DANE)),
            ("mandatory", Demand(Tls.MANDATORY, DANE)),
            ("enforced", plain(Tls.ENFORCED)),
        ],
    )
    def test_records_that_are_of_no_use(self, base: str, asked: Demand) -> None:
        """Encrypted all the same, whatever MTA-STS says (RFC 7672 §2.2)."""
        assert demand(HOST, Tls(base), USELESS, sts("enforce", "other.test")) == asked

    @pytest.mark.parametrize("base", ["opportunistic", "mandatory", "enforced"])
    def test_mta_sts_enforced(self, base: str) -> None:
        """Verified for its hosts, and no other host."""
        assert demand(HOST, Tls(base), None, sts("enforce")) == Demand(Tls.ENFORCED, STS)
        assert demand(HOST, Tls(base), None, sts("enforce", "other.test")) is None

    @pytest.mark.parametrize("base", ["opportunistic", "mandatory"])
    def test_mta_sts_testing(self, base: str) -> None:
        """As the operator asks, with an eye on what would have failed."""
        assert demand(HOST, Tls(base), None, sts("testing")) == Demand(Tls(base), STS_TESTING, judged=True)
        other = demand(HOST, Tls(base), None, sts("testing", "other.test"))
        assert other == Demand(Tls(base), STS_TESTING, judged=True, fault=INVALID)

    def test_mta_sts_testing_asks_no_less(self) -> None:
        """Of what is enforced anyway."""
        assert demand(HOST, Tls.ENFORCED, None, sts("testing")) == plain(Tls.ENFORCED)

    @pytest.mark.parametrize("base", ["opportunistic", "mandatory", "enforced"])
    @pytest.mark.parametrize("policy", [None, sts("none")])
    def test_else_what_the_operator_asks(self, base: str, policy: StsPolicy | None) -> None:
        """By its own name."""
        assert demand(HOST, Tls(base), None, policy) == Demand(Tls(base), base)


class TestASendersWish:
    """A sending domain's `tls: enforced`."""

    @pytest.mark.parametrize(
        ("asked", "wanted"),
        [
            (plain(Tls.NONE), plain(Tls.ENFORCED)),
            (plain(Tls.OPPORTUNISTIC), plain(Tls.ENFORCED)),
            (plain(Tls.MANDATORY), plain(Tls.ENFORCED)),
            (Demand(Tls.OPPORTUNISTIC, STS_TESTING, judged=True), plain(Tls.ENFORCED)),
            (Demand(Tls.MANDATORY, DANE), plain(Tls.ENFORCED)),
            (Demand(Tls.ENFORCED, STS), Demand(Tls.ENFORCED, STS)),
            (BY_DANE, BY_DANE),
        ],
    )
    def test_it_only_ever_asks_for_more(self, asked: Demand, wanted: Demand) -> None:
        """What is verified already stays as it is."""
        assert stricter(asked) == wanted


class TestTheOperatorsPolicyForADomain:
    """`smtp_outbound.tls_domains`."""

    DOMAINS: Any = (("a.test", Tls.NONE), ("*.a.test", Tls.ENFORCED), ("*.c.a.test", Tls.MANDATORY))

    @pytest.mark.parametrize(
        ("domain", "tls"),
        [
            ("a.test", "none"),
            ("b.a.test", "enforced"),
            ("c.b.a.test", "enforced"),
            ("c.a.test", "enforced"),
            ("x.c.a.test", "mandatory"),
            ("other.test", "opportunistic"),
        ],
    )
    def test_the_nearest(self, domain: str, tls: str) -> None:
        """Its own, that of a domain above it, or the general one."""
        assert policies(Tls.OPPORTUNISTIC, self.DOMAINS, domain) is Tls(tls)
