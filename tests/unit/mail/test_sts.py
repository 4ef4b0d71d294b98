"""MTA-STS as text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.sts import LONGEST, MOST_BYTES, BadPolicy, Mode, StsPolicy, id_of, parse

POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"


class TestTheRecord:
    """RFC 8461 §3.1."""

    @pytest.mark.parametrize(
        ("records", "id_"),
        [
            (["v=STSv1; id=20160831085700Z;"], "20160831085700Z"),
            (["v=STSv1;id=1"], "1"),
            (["v=STSv1 ; id=1 ; other=x"], "1"),
            (["unrelated", "v=STSv1; id=1;"], "1"),
            (["v=STSv1; id=1;", "v=STSv1; id=2;"], None),
            (["v=STSv1; id=1; id=2;"], None),
            (["v=STSv1; id=;"], None),
            (["v=STSv1; id=a-b;"], None),
            (["v=STSv1; id=" + "1" * 33], None),
            (["v=STSv1;"], None),
            (["v=STSv2; id=1;"], None),
            ([" v=STSv1; id=1;"], None),
            (["id=1; v=STSv1;"], None),
            ([], None),
        ],
    )
    def test_its_id(self, records: list[str], id_: str | None) -> None:
        """Exactly one record that is one."""
        assert id_of(records) == id_


class TestAPolicy:
    """RFC 8461 §3.2."""

    def test_as_it_is_served(self) -> None:
        """Field by field."""
        policy = parse(POLICY)
        assert (policy.mode, policy.max_age) == (Mode.ENFORCE, 604800)
        assert policy.mx == ("mail.example.com", "*.example.net")
        assert policy.text == POLICY.decode()

    def test_lines_may_end_as_they_like(self) -> None:
        """LF does as well, and so does no end."""
        assert parse(POLICY.replace(b"\r\n", b"\n").rstrip()).mx == parse(POLICY).mx

    def test_what_is_not_known_is_passed_over(self) -> None:
        """And of what stands twice the first counts."""
        assert parse(POLICY + b"color: blue\r\nmode: none\r\n").mode is Mode.ENFORCE

    def test_a_policy_of_none_names_nobody(self) -> None:
        """It is how a domain takes its policy back."""
        assert parse(b"version: STSv1\nmode: none\nmax_age: 60\n").mode is Mode.NONE

    def test_a_year_is_the_most(self) -> None:
        """Longer is cut."""
        assert parse(POLICY.replace(b"604800", b"9999999999")).max_age == LONGEST

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            POLICY.replace(b"STSv1", b"STSv2"),
            POLICY.replace(b"version", b"verzion"),
            POLICY.replace(b"enforce", b"strict"),
            POLICY.replace(b"604800", b"-1"),
            POLICY.replace(b"604800", b""),
            POLICY.replace(b"max_age", b"age"),
            POLICY.replace(b"mail.example.com", b"http://x"),
            b"version: STSv1\nmode: enforce\nmax_age: 60\n",
            b"<html>no policy</html>",
            b"\xff\xfe" + POLICY,
            POLICY + b"x: " + b"x" * MOST_BYTES,
        ],
    )
    def test_what_is_none(self, body: bytes) -> None:
        """And why, in a sentence."""
        with pytest.raises(BadPolicy, match=r"^its? "):
            parse(body)

    @given(st.binary(max_size=300))
    def test_anything_else_is_refused_in_order(self, body: bytes) -> None:
        """No other error."""
        with suppress(BadPolicy):
            parse(POLICY + body)


class TestWhomItNames:
    """RFC 8461 §4.1."""

    @pytest.mark.parametrize(
        ("host", "named"),
        [
            ("mail.example.com", True),
            ("MAIL.example.com.", True),
            ("x.example.net", True),
            ("x.y.example.net", False),
            ("example.net", False),
            ("other.example.com", False),
            ("mail.example.com.evil.test", False),
        ],
    )
    def test_by_name_or_by_one_label(self, host: str, named: bool) -> None:
        """A wildcard stands for the leftmost label alone."""
        assert StsPolicy(Mode.ENFORCE, 60, ("mail.example.com", "*.example.net")).names(host) is named
