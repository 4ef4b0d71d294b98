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
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
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

_SIGNED = [(name.encode(), name, int(name in OVERSIGNED)) for name in SIGNED]
_WHITE = re.compile(rb"[\t ]+")
_LINE_MOST = 76
_FIRST_OF_B = _LINE_MOST - len("b=")
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

    An RSA key's numbers are not proved again: that takes longer than fifty signatures, and the custodian's
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
    shared = [*_name_lines(names), f"bh={body_hash};"]
    return b"".join([_signature(key, shared, signed, now) for key in keys])


def signing_input(head: bytes) -> tuple[list[str], bytes]:
    """The names for `h=`, and the fields that they select from this header, bottom up (RFC 6376 §5.4.2).

    The fields are in the relaxed form (§3.4.2), each with its CRLF. Takes canonical CRLF text.
    """
    found: dict[bytes, list[bytes]] = {}
    head = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    if b"  " in head or b"\t" in head:
        head = _WHITE.sub(b" ", head)
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        found.setdefault(name.rstrip().lower(), []).append(value)
    names: list[str] = []
    fields: list[bytes] = []
    for octets, signed, least in _SIGNED:
        values = found.get(octets)
        if values is None:
            names += [signed] * least
        else:
            names += [signed] * (len(values) + least)
            fields += [b"%b:%b\r\n" % (octets, value.strip()) for value in reversed(values)]
    return names, b"".join(fields)


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


def public(key: PrivateKey) -> str:
    """The public half of a key, as the text of `p=`."""
    half = key.key.public_key()
    if isinstance(half, RSAPublicKey):
        return b64encode(half.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return b64encode(half.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def record(algorithm: str, public: str) -> str:
    """The TXT record (RFC 6376 §3.6.1) that publishes a key, `public` being the text of `p=`."""
    return f"v=DKIM1; k={'rsa' if algorithm == RSA else 'ed25519'}; p={public}"


def _signature(key: PrivateKey, shared: Sequence[str], signed: bytes, now: int) -> bytes:
    lines = [
        f"v=1; a={key.algorithm}; c=relaxed/relaxed; t={now};",
        f"d={key.domain}; s={key.selector};",
        *shared,
        "b=",
    ]
    # A fold is a space in the relaxed form, so both forms are these lines, joined in two ways.
    value = b64encode(key.sign(signed + f"dkim-signature:{' '.join(lines)}".encode())).decode()
    lines[-1] = f"b={value[:_FIRST_OF_B]}"
    lines += [value[at : at + _LINE_MOST] for at in range(_FIRST_OF_B, len(value), _LINE_MOST)]
    return ("DKIM-Signature: " + "\r\n ".join(lines) + "\r\n").encode()


def _name_lines(names: Sequence[str]) -> list[str]:
    """The `h=` tag in lines of at most 76 characters, each but the last ended by a colon."""
    lines: list[str] = []
    line = f"h={names[0]}"
    for name in names[1:]:
        if len(line) + len(name) + 2 > _LINE_MOST:
            lines.append(f"{line}:")
            line = name
        else:
            line = f"{line}:{name}"
    return [*lines, f"{line};"]
