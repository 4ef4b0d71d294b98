"""Certificates for tests: self-signed ones, and those of an authority, as files."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import Any

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL.crypto import X509


@frozen
class Certificate:
    """A certificate with its key; `authority` signed it, if it was not signed by itself."""

    plain: x509.Certificate
    key: Any
    authority: Certificate | None = None

    @property
    def openssl(self) -> X509:
        """As pyOpenSSL has it."""
        return X509.from_cryptography(self.plain)

    def files(self, folder: Path) -> tuple[Path, Path]:
        """Writes the chain and the key; gives the two files."""
        stem = f"{self.plain.serial_number:x}"
        crt, key = folder / f"{stem}.crt", folder / f"{stem}.key"
        chain, one = b"", self
        while one is not None:
            chain += one.plain.public_bytes(serialization.Encoding.PEM)
            one = one.authority
        crt.write_bytes(chain)
        encoding = serialization.PrivateFormat.PKCS8
        key.write_bytes(self.key.private_bytes(serialization.Encoding.PEM, encoding, serialization.NoEncryption()))
        return crt, key


def certificate(*names: str, days: int = 30, authority: Certificate | None = None, signs: bool = True) -> Certificate:
    """One for these host names or addresses, good from two months ago for so many days from now.

    `signs`: it is an authority itself, as self-signed ones have to be.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if authority is None else authority.plain.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
    )
    return Certificate(builder.sign(key if authority is None else authority.key, hashes.SHA256()), key, authority)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
