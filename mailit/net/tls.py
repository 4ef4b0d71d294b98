"""TLS as a client: contexts made once, off the reactor, and the connection creators that sessions start TLS with.

An opportunistic client takes whatever encryption it can get, for the other choice is none. One that must encrypt
takes TLS 1.2 and later; one that verifies also wants a chain to a root of the system and the peer's name in the
certificate (RFC 6125).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from ipaddress import ip_address
from typing import Any

from attrs import define, field
from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from mailit.net.shared import Shared


class Tls(Enum):
    """What a connection asks of TLS."""

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"  # encrypted where it works, not verified
    MANDATORY = "mandatory"  # encrypted, not verified
    ENFORCED = "enforced"  # encrypted and verified


@implementer(IOpenSSLClientConnectionCreator)
@define
class Creator:
    """Makes the TLS side of one kind of connection to one host; cheap, and good for any number of connections."""

    _context: SSL.Context
    _host: str
    _verified: bool

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        """A connection in client mode that sends the host's name (RFC 6066 §3), unless that is an address."""
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(protocol)
        if not _is_address(self._host):
            connection.set_tlsext_host_name(self._host.encode("ascii"))
        if self._verified:
            connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _verify(self._host))
        return connection


@define
class ClientContexts:
    """The contexts of this process, one for each strictness, made when they are first asked for.

    `in_thread(work)` gives a Deferred of what `work()` returns. Loading the system's roots takes tens of milliseconds.
    """

    _in_thread: Callable[[Callable[[], SSL.Context]], Deferred[SSL.Context]]
    _make: Callable[[Tls], SSL.Context] | None = None  # for tests, which have roots of their own
    _made: dict[Tls, SSL.Context] = field(factory=dict, init=False)
    _making: dict[Tls, Shared[SSL.Context]] = field(factory=dict, init=False)

    def creator(self, tls: Tls, host: str) -> Deferred[Creator]:
        """What to start TLS with towards this host. Fires at once where the context is there already."""
        context = self._made.get(tls)
        if context is not None:
            return succeed(Creator(context, host, tls is Tls.ENFORCED))
        making = self._making.get(tls)
        if making is None:
            make = self._make or make_context
            making = self._making[tls] = Shared()
            making.share(self._in_thread(lambda: make(tls)).addBoth(self._keep, tls))
        return making.wait().addCallback(Creator, host, tls is Tls.ENFORCED)

    def _keep(self, result: Any, tls: Tls) -> Any:
        self._making.pop(tls, None)
        if isinstance(result, SSL.Context):
            self._made[tls] = result
        return result


def make_context(tls: Tls) -> SSL.Context:
    """A context of this strictness; blocks on the file of the system's roots."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_options(SSL.OP_NO_COMPRESSION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    if tls is Tls.OPPORTUNISTIC:
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    else:
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
    if tls is Tls.ENFORCED:
        context.set_default_verify_paths()
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, None)
    else:
        context.set_verify(SSL.VERIFY_NONE, None)
    return context


def _verify(host: str) -> Callable[[SSL.Connection, X509, int, int, int], bool]:
    """A callback that, on the leaf of a chain that holds, asks for the host's name in it (RFC 6125)."""

    def verify(connection: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
        if not ok or depth:
            return bool(ok)
        wanted = IPAddress_ID(host) if _is_address(host) else DNS_ID(host)
        try:
            verify_service_identity(extract_patterns(certificate), [wanted], [])
        except Exception:  # whatever is odd about a certificate, it does not name the host
            return False
        return True

    return verify


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
