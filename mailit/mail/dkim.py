"""DKIM signatures (RFC 6376), relaxed/relaxed, by RSA and Ed25519 (RFC 8463) side by side."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

RSA = "rsa-sha256"
ED25519 = "ed25519-sha256"

SIGNED = (
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
"""The fields that a signature covers where they are present (RFC 6376 §5.4.1; RFC 8058 §4 for the last two)."""

OVERSIGNED = frozenset({"from", "to", "subject", "date"})
"""Named once more than they are present, so that none can be added on the way (RFC 6376 §8.15)."""

_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_LINE_END = re.compile(rb"\r?\n")
_WHITE = re.compile(rb"[\t ]+")
_LINE_MOST = 76
_PUBLIC_EXPONENT = 65_537


class StoredKey(Protocol):
    """A key as its custodian gives it (`mailit.interfaces.SigningKey` is one); `private` is PKCS #8 DER."""

    @property
    def domain(self) -> str: ...

    @property
    def selector(self) -> str: ...

    @property
    def algorithm(self) -> str: ...

    @property
    def private(self) -> bytes: ...


@frozen(eq=False)
class PrivateKey:
    """A key that is ready to sign, in any thread. Its domain is in A-labels."""

    domain: str
    selector: str
    algorithm: str
    key: RSAPrivateKey | Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        """The signature over the data; by Ed25519, over its SHA-256 (RFC 8463 §3)."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, PKCS1v15(), SHA256())
        return self.key.sign(sha256(data).digest())


def load(stored: StoredKey) -> PrivateKey:
    """The key made ready, once for many signatures. Raises ValueError where it is not one of its algorithm.

    An RSA key's numbers are not proved again: that takes longer than thirty signatures, and the custodian's
    encryption vouches for them.
    """
    key = load_der_private_key(stored.private, None, unsafe_skip_rsa_key_validation=True)
    if (isinstance(key, RSAPrivateKey) and stored.algorithm == RSA) or (
        isinstance(key, Ed25519PrivateKey) and stored.algorithm == ED25519
    ):
        return PrivateKey(stored.domain, stored.selector, stored.algorithm, key)
    raise ValueError(f"The key of {stored.selector} at {stored.domain} is not for {stored.algorithm}.")


def sign(message: bytes, keys: Sequence[PrivateKey], now: int) -> bytes:
    """The DKIM-Signature fields, one a key, each with its CRLF, that go in front of the message.

    Takes a canonical CRLF message; `now` is in POSIX seconds. The body is hashed once, whatever the number of keys.
    """
    head, _, body = message.partition(b"\r\n\r\n")
    names, signed = signing_input(head)
    body_hash = b64encode(sha256(canonical_body(body)).digest()).decode()
    return b"".join([_signature(key, names, signed, body_hash, now) for key in keys])


def signing_input(head: bytes) -> tuple[list[str], bytes]:
    """The names for `h=`, and the canonical fields that they select from this header, bottom up (RFC 6376 §5.4.2)."""
    found: dict[str, list[bytes]] = {}
    for field in _FIELD_END.split(head):
        name, _, value = field.partition(b":")
        found.setdefault(name.decode("ascii", "replace").strip().lower(), []).append(value)
    names: list[str] = []
    fields: list[bytes] = []
    for signed in SIGNED:
        values = found.get(signed, ())
        names += [signed] * (len(values) + (signed in OVERSIGNED))
        fields += [canonical_field(signed, value) for value in reversed(values)]
    return names, b"".join(fields)


def canonical_field(name: str, value: bytes) -> bytes:
    """A header field in the relaxed form (RFC 6376 §3.4.2), with its CRLF. `name` is in lower case."""
    if b"\n" in value:
        value = _LINE_END.sub(b"", value)
    if b"  " in value or b"\t" in value:
        value = _WHITE.sub(b" ", value)
    return b"%b:%b\r\n" % (name.encode(), value.strip())


def canonical_body(body: bytes) -> bytes:
    """A body in the relaxed form (RFC 6376 §3.4.4); what is already in it is not copied."""
    if b"\t" in body or b"  " in body:
        body = _WHITE.sub(b" ", body)
    if b" \r\n" in body:
        body = body.replace(b" \r\n", b"\r\n")
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    if end == 0:
        return b""
    return body[: end + 2] if end < len(body) else body + b"\r\n"


def generate(algorithm: str, bits: int = 2048) -> tuple[bytes, str]:
    """A new key: its private half as PKCS #8 DER, and its public half as the text of `p=`.

    `bits` is the size of an RSA key; making one takes up to a second, so it belongs in a thread.
    """
    if algorithm == RSA:
        rsa = generate_private_key(_PUBLIC_EXPONENT, bits)
        private = rsa.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        public = rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    elif algorithm == ED25519:
        ed25519 = Ed25519PrivateKey.generate()
        private = ed25519.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        public = ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)  # RFC 8463 §4
    else:
        raise ValueError(f"There is no algorithm {algorithm}.")
    return private, b64encode(public).decode()


def record(algorithm: str, public: str) -> str:
    """The TXT record (RFC 6376 §3.6.1) that publishes a key, `public` being the text of `p=`."""
    return f"v=DKIM1; k={'rsa' if algorithm == RSA else 'ed25519'}; p={public}"


def _signature(key: PrivateKey, names: Sequence[str], signed: bytes, body_hash: str, now: int) -> bytes:
    lines = [
        f"v=1; a={key.algorithm}; c=relaxed/relaxed; t={now};",
        f"d={key.domain}; s={key.selector};",
        *_broken("h=", [f"{name}:" for name in names[:-1]] + [f"{names[-1]};"]),
        f"bh={body_hash};",
        "b=",
    ]
    # A fold is a space in the relaxed form, so both forms are these lines, joined in two ways.
    value = b64encode(key.sign(signed + f"dkim-signature:{' '.join(lines)}".encode())).decode()
    lines[-1:] = _broken("b=", [value[at : at + 4] for at in range(0, len(value), 4)])
    return ("DKIM-Signature: " + "\r\n ".join(lines) + "\r\n").encode()


def _broken(line: str, pieces: Sequence[str]) -> list[str]:
    """The pieces in lines of at most 76 characters, between any of which white space may stand."""
    lines = []
    for piece in pieces:
        if len(line) + len(piece) > _LINE_MOST:
            lines.append(line)
            line = piece
        else:
            line += piece
    lines.append(line)
    return lines
