"""What is kept encrypted: sealed under a key that no database has, and bound to its row."""

from __future__ import annotations

import os
from collections.abc import Callable

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailit.errors import MailItError

_KEY = 32
_NONCE = 12


class WrongMasterKey(MailItError):
    """What was sealed can't be opened: `dkim.master_encryption_key` is not the one it was sealed with."""

    default = "What is kept encrypted can't be decrypted with dkim.master_encryption_key."


@frozen
class Seal:
    """Seals with AES-256-GCM, under a key stretched from the master for one purpose (HKDF, RFC 5869)."""

    _master: str = field(repr=False)
    _purpose: bytes
    _randomness: Callable[[int], bytes] = os.urandom

    def seal(self, id_: str, secret: bytes) -> bytes:
        """Nonce, ciphertext and tag, good for the row of this id alone."""
        nonce = self._randomness(_NONCE)
        return nonce + self._cipher().encrypt(nonce, secret, id_.encode())

    def open(self, id_: str, kept: bytes) -> bytes:
        """What was sealed. Raises `WrongMasterKey`."""
        try:
            return self._cipher().decrypt(kept[:_NONCE], kept[_NONCE:], id_.encode())
        except InvalidTag as error:
            raise WrongMasterKey from error

    def _cipher(self) -> AESGCM:
        return AESGCM(HKDF(SHA256(), _KEY, salt=None, info=self._purpose).derive(self._master.encode()))
