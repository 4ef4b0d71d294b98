"""API keys and JWTs: what is drawn, what is kept, what is believed."""

from __future__ import annotations

import re

import jwt
import pytest

from mailit.access import tokens
from mailit.access.tokens import Claims

SECRET = "s" * 64
CLAIMS = Claims("account", "session", 1000, 2000)


class TestAKey:
    """`re_`, eight letters, an underscore, twenty-four letters."""

    def test_its_shape(self) -> None:
        minted = tokens.mint("re_")
        assert re.fullmatch(r"re_[0-9A-Za-z]{8}_[0-9A-Za-z]{24}", minted.token)
        assert minted.token.startswith(minted.prefix)
        assert len(minted.prefix) == 11

    def test_no_two_are_alike(self) -> None:
        assert len({tokens.mint("re_").token for _ in range(100)}) == 100

    def test_only_its_hash_is_kept(self) -> None:
        minted = tokens.mint("re_")
        assert tokens.same(minted.hash, tokens.digest(minted.token))
        assert not tokens.same(minted.hash, tokens.digest(minted.token + "x"))

    def test_every_letter_is_as_likely(self) -> None:
        """Bytes that would favour the alphabet's beginning are drawn again."""
        drawn = iter([bytes([255] * 32), bytes(range(32))])
        assert tokens.mint("re_", lambda count: next(drawn)).token == "re_01234567_89abcdefghijklmnopqrstuv"


class TestAJwt:
    """It is believed if it is ours, of our algorithm, whole, and not over."""

    def test_it_says_what_was_said(self) -> None:
        assert tokens.read(SECRET, tokens.issue(SECRET, CLAIMS), 1500) == CLAIMS

    def test_it_ends(self) -> None:
        token = tokens.issue(SECRET, CLAIMS)
        assert tokens.read(SECRET, token, 1999) is not None
        assert tokens.read(SECRET, token, 2000) is None

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "a.b.c",
            tokens.issue("t" * 64, CLAIMS),
            jwt.encode({"sub": "a", "sid": "s", "iat": 1, "exp": 9999}, "s" * 64, algorithm="HS512"),
            jwt.encode({"sub": "a", "sid": "s", "iat": 1, "exp": 9999}, "", algorithm="none"),
            jwt.encode({"sub": "a", "iat": 1, "exp": 9999}, SECRET, algorithm="HS256"),
            jwt.encode({"sub": "a", "sid": 7, "iat": 1, "exp": 9999}, SECRET, algorithm="HS256"),
            jwt.encode({"sub": "a", "sid": "s", "iat": 1}, SECRET, algorithm="HS256"),
        ],
    )
    def test_what_is_not_believed(self, token: str) -> None:
        assert tokens.read(SECRET, token, 1500) is None
