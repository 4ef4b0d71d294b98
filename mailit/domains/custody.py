"""Custody of private DKIM keys: made together with their domain, kept encrypted, in the clear only in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from attrs import field, frozen

from mailit.interfaces import SigningKey, Tx
from mailit.mail import dkim
from mailit.store import dkim_keys
from mailit.store.dkim_keys import SIGNING, DkimKey
from mailit.store.sealed import Seal, WrongMasterKey

_LOOKED_AT = 500  # keys; those that another master key has sealed are the older ones
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

    def shut_out(self, tx: Tx) -> Sequence[str]:
        """Names of domains with a key that this master key does not open, as after a restore without it."""
        return sorted({name for id_, name, kept in dkim_keys.oldest(tx, _LOOKED_AT) if not self._opens(id_, kept)})

    def _opens(self, id_: str, kept: bytes) -> bool:
        try:
            self.decrypted(id_, kept)
        except WrongMasterKey:
            return False
        return True

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


def what_is_shut(names: Sequence[str]) -> str:
    """A sentence on domains whose keys can't be opened, and what to do."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (
        f"the DKIM keys of {', '.join(names[:3])}{more} can't be opened with it, so that their mail waits, and second "
        "factors can't be either: put back the secret that they were made with (it lies in `secrets` in "
        "server.data_dir), or make new keys: mailit domain rotate"
    )
