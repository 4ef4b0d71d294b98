"""Private keys at rest: encrypted, each bound to its row."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from mailit.domains.asked import checked
from mailit.domains.custody import Custody
from mailit.errors import Refused
from mailit.ids import Ids
from mailit.store.domains import NewDomain
from mailit.store.sealed import WrongMasterKey

CUSTODY = Custody("m" * 32)


class TestAKeyAtRest:
    """Only the master key opens it, and only as the key of its own row."""

    def test_it_comes_back(self) -> None:
        kept = CUSTODY.encrypted("row", b"secret")
        assert b"secret" not in kept
        assert CUSTODY.decrypted("row", kept) == b"secret"

    def test_it_is_never_the_same_twice(self) -> None:
        assert CUSTODY.encrypted("row", b"secret") != CUSTODY.encrypted("row", b"secret")

    @pytest.mark.parametrize(("master", "row"), [("n" * 32, "row"), ("m" * 32, "another row")])
    def test_nothing_else_opens_it(self, master: str, row: str) -> None:
        with pytest.raises(WrongMasterKey):
            Custody(master).decrypted(row, CUSTODY.encrypted("row", b"secret"))

    def test_a_changed_bit_is_noticed(self) -> None:
        kept = bytearray(CUSTODY.encrypted("row", b"secret"))
        kept[-1] ^= 1
        with pytest.raises(WrongMasterKey):
            CUSTODY.decrypted("row", bytes(kept))


class TestNewKeys:
    """One of each algorithm, each under its own selector."""

    def test_a_pair(self) -> None:
        rsa, ed25519 = CUSTODY.made(Ids(), "domain", "mailit", 2048)
        assert (rsa.selector, ed25519.selector) == ("mailit", "mailit-ed25519")
        assert (rsa.algorithm, ed25519.algorithm) == ("rsa-sha256", "ed25519-sha256")
        for key in (rsa, ed25519):
            load_der_private_key(CUSTODY.signing("example.com", key).private, None)


class TestANewDomain:
    """Names are as DNS has them; what is none is refused by its field."""

    @pytest.mark.parametrize(
        ("name", "stored"),
        [
            ("Example.COM", "example.com"),
            (" example.com. ", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
        ],
    )
    def test_names(self, name: str, stored: str) -> None:
        assert checked(NewDomain("", "team", name)).name == stored

    @pytest.mark.parametrize(
        "name", ["", "com", "a b.com", "-a.com", "a..com", "1.2.3.4", "x" * 64 + ".com", "a.com\x00"]
    )
    def test_what_is_no_name(self, name: str) -> None:
        with pytest.raises(Refused, match="Invalid `name` field"):
            checked(NewDomain("", "team", name))

    @pytest.mark.parametrize("path", ["", "a.b", "-a", "a b", "ä", "a\n"])
    def test_a_return_path_is_one_label(self, path: str) -> None:
        with pytest.raises(Refused, match="Invalid `custom_return_path` field"):
            checked(NewDomain("", "team", "example.com", custom_return_path=path))

    def test_it_is_for_something(self) -> None:
        with pytest.raises(Refused, match="Invalid `capabilities` field"):
            checked(NewDomain("", "team", "example.com", sending=False))
