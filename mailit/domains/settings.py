"""What the custody of DKIM keys may be told."""

from __future__ import annotations

import re

from attrs import frozen

from mailit.settings import UNSET, Kind, number, secret, setting


def _selector(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,52}[a-z0-9])?", text):
        raise ValueError
    return text


@frozen
class DkimSettings:
    """Section `dkim`."""

    selector: str = setting(
        "mailit",
        "RSA at SELECTOR._domainkey, Ed25519 at SELECTOR-ed25519._domainkey.",
        Kind("label", "a label of small letters, digits and hyphens, at most 54 characters", _selector),
    )
    key_bits: int = setting(2048, "Length of new RSA keys.", number(1024, 2048, 3072, 4096))
    master_encryption_key: str | None = setting(
        UNSET,
        "Encrypts the keys at rest (AES-256-GCM); any string of 32 characters or more, stretched by HKDF.",
        secret(at_least=32),
        "generated into server.data_dir",
    )
