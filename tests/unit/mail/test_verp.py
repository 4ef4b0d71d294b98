"""The return path of one delivery."""

from base64 import b32decode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.verp import opened, return_path, token, token_of

SECRET = b"s" * 32
ID = "0192f0c4-7777-7aaa-8bbb-0123456789ab"


class TestAToken:
    """It names its delivery, to us alone."""

    @given(st.uuids(), st.binary(min_size=1, max_size=64))
    def test_it_opens_to_its_delivery(self, delivery, secret):
        """In either case."""
        made = token(str(delivery), secret)
        assert opened(made, secret) == opened(made.upper(), secret) == str(delivery)

    def test_it_fits_a_local_part(self):
        """Lower-case base32, at most 40 characters, the same at each attempt (greylisting)."""
        made = token(ID, SECRET)
        assert len(made) <= 40
        assert b32decode(made.upper())[:16] == UUID(ID).bytes
        assert set(made) <= set("abcdefghijklmnopqrstuvwxyz234567")
        assert token(ID, SECRET) == made

    @given(st.integers(0, 39), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
    def test_a_changed_one_is_nobodys(self, at, character):
        """Any one character: there is one token for a delivery."""
        made = token(ID, SECRET)
        changed = made[:at] + character + made[at + 1 :]
        assert opened(changed, SECRET) == (ID if changed == made else None)

    def test_another_secret_does_not_open_it(self):
        """It is unforgeable."""
        assert opened(token(ID, SECRET), b"t" * 32) is None

    @given(st.text() | st.text(st.sampled_from("aA7é=1"), min_size=40, max_size=40))
    def test_any_other_text_opens_to_nothing(self, text):
        """Never an error: the text comes from a stranger."""
        assert opened(text, SECRET) is None


class TestAReturnPath:
    """`bounce+TOKEN@DOMAIN`."""

    def test_it_holds_the_token(self):
        """And gives it back, in either case."""
        assert return_path("abc", "send.example.com") == "bounce+abc@send.example.com"
        assert token_of("bounce+abc") == token_of("BOUNCE+abc") == "abc"

    @pytest.mark.parametrize("local", ["bounce", "postmaster", "", "xbounce+abc"])
    def test_other_addresses_have_none(self, local):
        """Those are not ours to open."""
        assert token_of(local) is None
