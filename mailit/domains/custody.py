"""Custody of private DKIM keys: made together with their domain, kept encrypted, in the clear only in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailit.errors import MailItError
from mailit.interfaces import SigningKey
from mailit.mail import dkim
from mailit.store.domains import DkimKey

_PURPOSE = b"mailit dkim private keys"
_KEY = 32
_NONCE = 12


class WrongMasterKey(MailItError):
    """A private key can't be decrypted: `dkim.master_encryption_key` is not the one it was encrypted with."""

    default = "A DKIM key can't be decrypted with dkim.master_encryption_key."


@frozen
class Custody:
    """Encrypts with AES-256-GCM, under a key stretched from the master (HKDF, RFC 5869) and bound to the row's id."""

    _master: str
    _randomness: Callable[[int], bytes] = os.urandom

    def encrypted(self, id_: str, private: bytes) -> bytes:
        """Nonce, ciphertext and tag."""
        nonce = self._randomness(_NONCE)
        return nonce + self._cipher().encrypt(nonce, private, id_.encode())

    def decrypted(self, id_: str, kept: bytes) -> bytes:
        """The private key, as PKCS #8 DER. Raises `WrongMasterKey`."""
        try:
            return self._cipher().decrypt(kept[:_NONCE], kept[_NONCE:], id_.encode())
        except InvalidTag as error:
            raise WrongMasterKey from error

    def signing(self, domain: str, key: DkimKey) -> SigningKey:
        """A key as it signs."""
        return SigningKey(domain, key.selector, key.algorithm, self.decrypted(key.id, key.private))

    def made(self, draw: Callable[[], str], domain_id: str, selector: str, bits: int) -> Sequence[DkimKey]:
        """A fresh pair of keys for a domain: RSA, and Ed25519 beside it (RFC 8463). Takes a while: for a thread."""
        return [
            self._made(draw(), domain_id, selector, dkim.RSA, bits),
            self._made(draw(), domain_id, f"{selector}-ed25519", dkim.ED25519, bits),
        ]

    def _made(self, id_: str, domain_id: str, selector: str, algorithm: str, bits: int) -> DkimKey:
        private, public = dkim.generate(algorithm, bits)
        return DkimKey(id_, domain_id, selector, algorithm, public, self.encrypted(id_, private))

    def _cipher(self) -> AESGCM:
        return AESGCM(HKDF(SHA256(), _KEY, salt=None, info=_PURPOSE).derive(self._master.encode()))
