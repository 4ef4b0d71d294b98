"""Custody of private DKIM keys: made together with their domain, kept encrypted, in the clear only in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from attrs import field, frozen

from mailit.interfaces import SigningKey
from mailit.mail import dkim
from mailit.store.dkim_keys import SIGNING, DkimKey
from mailit.store.sealed import Seal

_PURPOSE = b"mailit dkim private keys"


@frozen
class Custody:
    """Encrypts with AES-256-GCM, under a key stretched from the master (HKDF, RFC 5869) and bound to the row's id."""

    _master: str = field(repr=False)
    _randomness: Callable[[int], bytes] = os.urandom

    def encrypted(self, id_: str, private: bytes) -> bytes:
        """Nonce, ciphertext and tag."""
        return self._seal().seal(id_, private)

    def decrypted(self, id_: str, kept: bytes) -> bytes:
        """The private key, as PKCS #8 DER. Raises `WrongMasterKey`."""
        return self._seal().open(id_, kept)

    def signing(self, domain: str, key: DkimKey) -> SigningKey:
        """A key as it signs."""
        return SigningKey(domain, key.selector, key.algorithm, self.decrypted(key.id, key.private))

    def made(
        self,
        draw: Callable[[], str],
        domain_id: str,
        selector: str,
        bits: int,
        state: str = SIGNING,
        generation: int = 1,
    ) -> Sequence[DkimKey]:
        """A fresh pair of keys for a domain: RSA, and Ed25519 beside it (RFC 8463). Takes a while: for a thread."""
        return [
            self._made(draw(), domain_id, name, algorithm, bits, state, generation)
            for name, algorithm in ((selector, dkim.RSA), (f"{selector}-ed25519", dkim.ED25519))
        ]

    def _made(
        self, id_: str, domain_id: str, selector: str, algorithm: str, bits: int, state: str, generation: int
    ) -> DkimKey:
        private, public = dkim.generate(algorithm, bits)
        return DkimKey(
            id_,
            domain_id,
            selector,
            algorithm,
            public,
            self.encrypted(id_, private),
            state=state,
            generation=generation,
        )

    def _seal(self) -> Seal:
        return Seal(self._master, _PURPOSE, self._randomness)
