"""Whether a server's certificates are those that its TLSA records name (RFC 6698, RFC 7672 §3).

Usage 3 pins the server's own certificate or key: neither names nor dates are looked at. Usage 2 pins an authority: the
chain must hold up to it, and the certificate must bear one of the names. Usages 0 and 1 mean nothing to SMTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256, sha512

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL.crypto import X509, X509Store, X509StoreContext, X509StoreContextError, X509StoreFlags
from service_identity.hazmat import DNS_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns

from mailit.interfaces import Tlsa

AUTHORITY = 2
OWN = 3
_LENGTHS = {1: 32, 2: 64}


def usable(records: Iterable[Tlsa]) -> tuple[Tlsa, ...]:
    """Those that SMTP can do something with (RFC 7672 §3.1).

    Where there are records and none of them is, TLS must be all the same, unverified (§2.2).
    """
    return tuple(record for record in records if _is_usable(record))


def holds(records: Sequence[Tlsa], certificate: X509, chain: Sequence[X509], names: Sequence[str]) -> bool:
    """Whether any of the (usable) records is fulfilled.

    `chain` is what the server sent, its certificate included or not; `names` are those that an authority's certificate
    may have been given to (RFC 7672 §3.2.2).
    """
    if any(record.usage == OWN and _matches(record, certificate) for record in records):
        return True
    authorities = [record for record in records if record.usage == AUTHORITY]
    return bool(authorities) and _is_named(certificate, names) and _leads_up(authorities, certificate, chain)


def _is_usable(record: Tlsa) -> bool:
    if record.usage not in (AUTHORITY, OWN) or record.selector not in (0, 1) or record.matching not in (0, 1, 2):
        return False
    return bool(record.data) and len(record.data) == _LENGTHS.get(record.matching, len(record.data))


def _matches(record: Tlsa, certificate: X509) -> bool:
    try:
        plain = certificate.to_cryptography()
        if record.selector == 0:
            selected = plain.public_bytes(Encoding.DER)
        else:
            selected = plain.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # whatever is odd about a certificate, it is not the one
        return False
    if record.matching:
        selected = (sha256 if record.matching == 1 else sha512)(selected).digest()
    return selected == record.data


def _leads_up(records: Sequence[Tlsa], certificate: X509, chain: Sequence[X509]) -> bool:
    """Whether the chain holds from the certificate up to an authority that is pinned."""
    anchors = [one for one in chain if any(_matches(record, one) for record in records)]
    anchors += [anchor for record in records if (anchor := _whole(record)) is not None]
    if not anchors:
        return False
    store = X509Store()
    store.set_flags(X509StoreFlags.PARTIAL_CHAIN)  # an intermediate one may be the anchor
    for anchor in anchors:
        store.add_cert(anchor)
    try:
        X509StoreContext(store, certificate, list(chain)).verify_certificate()
    except X509StoreContextError:
        return False
    return True


def _whole(record: Tlsa) -> X509 | None:
    """The authority that a record holds as a whole, which the server need not send."""
    if record.selector or record.matching:
        return None
    try:
        return X509.from_cryptography(x509.load_der_x509_certificate(record.data))
    except ValueError:
        return None


def _is_named(certificate: X509, names: Sequence[str]) -> bool:
    for name in names:
        try:
            verify_service_identity(extract_patterns(certificate), [DNS_ID(name)], [])
        except Exception:  # not this name, or nothing that can be read
            continue
        return True
    return False
