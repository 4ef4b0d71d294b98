"""What is known of big receivers, and the operator's last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailit.delivery.providers import PROVIDERS, limits_of, told
from mailit.delivery.settings import SiteLimits
from mailit.delivery.shaping import Limits

BASE = Limits()


class TestWhoseASiteIs:
    """By the names of its exchangers."""

    @pytest.mark.parametrize(
        ("hosts", "name"),
        [
            (["gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"], "Gmail"),
            (["aspmx.l.google.com", "alt3.aspmx.l.google.com"], "Gmail"),
            (["hotmail-com.olc.protection.outlook.com"], "Microsoft"),
            (["company-com.mail.protection.outlook.com"], "Microsoft"),
            (["mta5.am0.yahoodns.net", "mta6.am0.yahoodns.net"], "Yahoo"),
            (["mx01.mail.icloud.com", "mx02.mail.icloud.com"], "Apple"),
            (["aspmx.l.google.com", "mx.example.net"], None),
            (["notgoogle.com"], None),
            (["google.com.example.net"], None),
        ],
    )
    def test_all_of_them(self, hosts, name):
        """The domain's own name says nothing."""
        _, provider = limits_of(hosts, BASE)
        assert (provider.name if provider is not None else None) == name

    def test_each_is_found_and_says_why(self):
        """None is hidden behind another."""
        for one in PROVIDERS:
            for end in one.exchangers:
                limits, found = limits_of([f"mx.{end}"], BASE)
                assert found is one
                assert 0 < limits.first <= limits.sessions <= BASE.sessions
            assert one.why.endswith(".")


class TestTheOperator:
    """Has the last word."""

    def test_over_what_is_known(self):
        """What is not said stays."""
        ours = told([SiteLimits(exchangers="google.com", sessions=50, rate=2.0)])
        limits, provider = limits_of(["aspmx.l.google.com"], BASE, ours)
        assert (limits.sessions, limits.rate, limits.messages, limits.first) == (50, 2.0, 100, 5)
        assert "smtp_outbound.sites" in provider.why

    def test_for_everybody(self):
        """`*`, behind what is said of one."""
        ours = told([SiteLimits(exchangers="b.test", sessions=3), SiteLimits(exchangers="*", sessions=2)])
        assert limits_of(["mx.a.test"], BASE, ours)[0].sessions == 2
        assert limits_of(["mx.b.test"], BASE, ours)[0].sessions == 3
        assert limits_of(["aspmx.l.google.com"], BASE, ours)[0].first == 2


class TestTheDocs:
    """docs/delivery.md has the same table."""

    def test_every_provider_is_there(self):
        """With its limits and its reason."""
        page = (Path(__file__).parents[3] / "docs" / "delivery.md").read_text()
        for one in PROVIDERS:
            ends = ", ".join(f"`{end}`" for end in one.exchangers)
            assert f"| {one.name} | {ends} | {one.first} | {one.sessions} | {one.messages} | {one.why} |" in page
