"""Certificates against TLSA records."""

from __future__ import annotations

from hashlib import sha256, sha512
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailit.interfaces import Tlsa
from mailit.net.dane import holds, usable
from tests.certificates import Certificate, certificate

HOST = "mx.example.net"
ROOT = certificate("Root")
MIDDLE = certificate("Middle", authority=ROOT)
LEAF = certificate(HOST, authority=MIDDLE, signs=False)
EXPIRED = certificate("other.test", days=-1)


def record(usage: int, selector: int, matching: int, one: Certificate) -> Tlsa:
    """The record that names a certificate in this way."""
    if selector:
        data = one.plain.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        data = one.plain.public_bytes(Encoding.DER)
    digests: Any = {0: lambda data: data, 1: lambda data: sha256(data).digest(), 2: lambda data: sha512(data).digest()}
    return Tlsa(usage, selector, matching, digests[matching](data))


def held(one: Tlsa, leaf: Certificate, *chain: Certificate, names: tuple[str, ...] = (HOST,)) -> bool:
    """Whether the record holds for what a server sends."""
    return holds([one], leaf.openssl, [leaf.openssl, *(each.openssl for each in chain)], names)


class TestTheServersOwn:
    """Usage 3: the certificate or its key is pinned."""

    @pytest.mark.parametrize("selector", [0, 1])
    @pytest.mark.parametrize("matching", [0, 1, 2])
    def test_it_is_the_one(self, selector: int, matching: int) -> None:
        """In each way to name it."""
        assert held(record(3, selector, matching, LEAF), LEAF, MIDDLE)
        assert not held(record(3, selector, matching, LEAF), EXPIRED)

    def test_names_and_dates_do_not_matter(self) -> None:
        """RFC 7672 §3.1.1."""
        assert held(record(3, 1, 1, EXPIRED), EXPIRED)

    def test_an_authority_is_not_the_servers_own(self) -> None:
        """Though it is in the chain."""
        assert not held(record(3, 1, 1, MIDDLE), LEAF, MIDDLE)

    def test_any_of_several(self) -> None:
        """Keys are changed so (RFC 7671 §8)."""
        records = [record(3, 1, 1, EXPIRED), record(3, 1, 1, LEAF)]
        assert holds(records, LEAF.openssl, [], [])


class TestAnAuthority:
    """Usage 2: the chain leads up to a pinned one."""

    @pytest.mark.parametrize("selector", [0, 1])
    @pytest.mark.parametrize("matching", [0, 1, 2])
    @pytest.mark.parametrize("anchor", [ROOT, MIDDLE])
    def test_it_leads_there(self, selector: int, matching: int, anchor: Certificate) -> None:
        """To the root, or to one in the middle."""
        assert held(record(2, selector, matching, anchor), LEAF, MIDDLE, ROOT)

    def test_an_authority_that_the_server_did_not_send(self) -> None:
        """Holds only where the record has it whole."""
        assert held(record(2, 0, 0, ROOT), LEAF, MIDDLE)
        assert not held(record(2, 0, 1, ROOT), LEAF, MIDDLE)

    def test_a_chain_that_does_not_hold(self) -> None:
        """To be in what was sent is not to have signed."""
        stranger = certificate(HOST, signs=False, authority=certificate("Other"))
        assert not held(record(2, 0, 1, ROOT), stranger, MIDDLE, ROOT)

    @pytest.mark.parametrize(
        ("names", "good"), [((HOST,), True), (("x", HOST), True), (("x.test",), False), ((), False)]
    )
    def test_the_certificate_bears_a_name(self, names: tuple[str, ...], good: bool) -> None:
        """One of those that it may."""
        assert held(record(2, 1, 1, ROOT), LEAF, MIDDLE, ROOT, names=names) is good

    def test_dates_matter(self) -> None:
        """Unlike where the server's own is pinned."""
        late = certificate(HOST, authority=ROOT, signs=False, days=-1)
        assert not held(record(2, 1, 1, ROOT), late, ROOT)


class TestRecordsThatAreOfUse:
    """RFC 7672 §3.1."""

    @pytest.mark.parametrize(
        ("one", "good"),
        [
            (Tlsa(3, 1, 1, b"x" * 32), True),
            (Tlsa(2, 0, 2, b"x" * 64), True),
            (Tlsa(3, 0, 0, b"x"), True),
            (Tlsa(0, 1, 1, b"x" * 32), False),
            (Tlsa(1, 1, 1, b"x" * 32), False),
            (Tlsa(255, 1, 1, b"x" * 32), False),
            (Tlsa(3, 2, 1, b"x" * 32), False),
            (Tlsa(3, 1, 3, b"x" * 32), False),
            (Tlsa(3, 1, 1, b"x" * 31), False),
            (Tlsa(3, 1, 2, b"x" * 32), False),
            (Tlsa(3, 1, 0, b""), False),
        ],
    )
    def test_by_their_numbers_and_lengths(self, one: Tlsa, good: bool) -> None:
        """Others are as if they were not there."""
        assert usable([one]) == ((one,) if good else ())
