"""Codes that change every thirty seconds, and the ones for when there are none."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from mailit.access import totp

SECRET = b"12345678901234567890"  # RFC 6238, appendix B


class TestACode:
    """It is that of RFC 6238's test vectors, its last six digits."""

    @pytest.mark.parametrize(
        ("now", "code"),
        [
            (59, "287082"),
            (1111111109, "081804"),
            (1111111111, "050471"),
            (1234567890, "005924"),
            (2000000000, "279037"),
            (20000000000, "353130"),
        ],
    )
    def test_the_vectors(self, now: int, code: str) -> None:
        assert totp.code(SECRET, now // 30) == code

    @pytest.mark.parametrize(
        ("late", "good"), [(-61, False), (-30, True), (0, True), (29, True), (30, True), (90, False)]
    )
    def test_it_may_be_a_step_early_or_late(self, late: int, good: bool) -> None:
        now = 1_800_000_000.0
        assert (totp.step_of(SECRET, totp.code(SECRET, int(now) // 30), now + late, 0) is not None) is good

    def test_none_is_good_twice(self) -> None:
        now = 1_800_000_000.0
        step = totp.step_of(SECRET, totp.code(SECRET, int(now) // 30), now, 0)
        assert step == int(now) // 30
        assert totp.step_of(SECRET, totp.code(SECRET, step), now, step) is None
        assert totp.step_of(SECRET, totp.code(SECRET, step - 1), now, step) is None

    @pytest.mark.parametrize("given", ["", "abcdef", "28708", "2870822", "٢٨٧٠٨٢", "\ud800"])
    def test_what_is_none(self, given: str) -> None:
        assert totp.step_of(SECRET, given, 59, 0) is None


class TestWhatAnApplicationTakes:
    """The secret to type, and the address that a QR code holds."""

    def test_the_address(self) -> None:
        parts = urlsplit(totp.uri(SECRET, "Mail It", "ana+x@example.com"))
        assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Mail%20It:ana%2Bx@example.com")
        asked = {name: value for name, (value,) in parse_qs(parts.query).items()}
        assert asked == {
            "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "issuer": "Mail It",
            "algorithm": "SHA1",
            "digits": "6",
            "period": "30",
        }

    def test_secrets_are_as_long_as_the_hash(self) -> None:
        assert len(totp.new_secret()) == 20


class TestRecoveryCodes:
    """Ten of 80 bits, known again however they are typed."""

    def test_their_shape(self) -> None:
        codes = totp.recovery_codes()
        assert len(set(codes)) == 10
        assert all(len(code) == 19 and code.count("-") == 3 and code == code.lower() for code in codes)

    def test_how_they_are_typed_is_no_matter(self) -> None:
        assert totp.recovery_hash("abcd-efgh-2345-6722") == totp.recovery_hash(" ABCDEFGH 23456722\n")
        assert totp.recovery_hash("abcd") != totp.recovery_hash("abce")
