"""TLS as a client: contexts made once, off the reactor, and the connection creators that sessions start TLS with.

An opportunistic client takes whatever encryption it can get, for the other choice is none. One that must encrypt
takes TLS 1.2 and later; one that verifies also wants a chain to a root of the system and the peer's name in the
certificate (RFC 6125), or, by DANE, a certificate that its TLSA records name.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from ipaddress import ip_address
from typing import Any

from attrs import define, field, frozen
from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from mailit.interfaces import Tlsa
from mailit.net import dane
from mailit.net.shared import Shared

EXPIRED = "certificate-expired"
OTHER_NAME = "certificate-host-mismatch"
UNTRUSTED = "certificate-not-trusted"
INVALID = "validation-failure"
NO_STARTTLS = "starttls-not-supported"
"""What is wrong with a peer's TLS, in the words of RFC 8460 §4.3."""

_X509_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED


class Tls(Enum):
    """What a connection asks of TLS."""

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"  # encrypted where it works, not verified
    MANDATORY = "mandatory"  # encrypted, not verified
    ENFORCED = "enforced"  # encrypted and verified


@frozen
class Demand:
    """What one policy asks of TLS with one host. `policy` is its name, as it stands on each attempt.

    `tlsa`: encrypted, and these records decide, not the authorities; `names` are then those that a certificate may
    bear, the one to ask for first. `judged`: what is wrong with the certificate is found out, and lived with. `fault`
    is what is known to be wrong before anything was sent, in the words of RFC 8460.
    """

    tls: Tls
    policy: str
    tlsa: tuple[Tlsa, ...] = ()
    names: tuple[str, ...] = ()
    judged: bool = False
    fault: str = ""


@frozen
class TlsUsed:
    """How a connection was encrypted, and the policy that decided; version and cipher are "" in the clear."""

    version: str
    cipher: str
    policy: str


@implementer(IOpenSSLClientConnectionCreator)
@define
class Creator:
    """Makes the TLS side of a connection to one host. Cheap; each connection has one of its own.

    `fault` is what was found wrong with the peer's certificate, in the words of RFC 8460 §4.3, or "".
    """

    _context: SSL.Context
    _host: str
    demand: Demand
    fault: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.fault = self.demand.fault

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        """A connection in client mode that sends the host's name (RFC 6066 §3), unless that is an address."""
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(protocol)
        name = self.demand.names[0] if self.demand.names else self._host
        if not _is_address(name):
            connection.set_tlsext_host_name(name.encode("ascii"))
        if self.demand.tls is Tls.ENFORCED or self.demand.judged:
            connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._verify)
        return connection

    def judge(self, connection: SSL.Connection) -> bool:
        """Whether the connection, its handshake done, is what is asked for; the rest was seen to in the handshake."""
        if self.demand.tlsa:
            certificate = connection.get_peer_certificate()
            chain = connection.get_peer_cert_chain() or []
            if certificate is None or not dane.holds(self.demand.tlsa, certificate, chain, self.demand.names):
                self.fault = INVALID
                return False
        return True

    def _verify(self, connection: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
        """Called for each certificate of the chain, and for each error of it.

        The leaf of a chain that holds must bear the host's name (RFC 6125).
        """
        if not ok:
            self.fault = self.fault or (EXPIRED if error == _X509_EXPIRED else UNTRUSTED)
        elif not depth and not self.fault and not _bears(certificate, self._host):
            self.fault = OTHER_NAME
        return self.demand.judged or not self.fault


@define
class ClientContexts:
    """The contexts of this process, one for each strictness, made when they are first asked for.

    `in_thread(work)` gives a Deferred of what `work()` returns. Loading the system's roots takes tens of milliseconds.
    """

    _in_thread: Callable[[Callable[[], SSL.Context]], Deferred[SSL.Context]]
    _make: Callable[[Tls], SSL.Context] | None = None  # for tests, which have roots of their own
    _made: dict[tuple[Tls, bool], SSL.Context] = field(factory=dict, init=False)
    _making: dict[tuple[Tls, bool], Shared[SSL.Context]] = field(factory=dict, init=False)

    def creator(self, demand: Demand, host: str) -> Deferred[Creator]:
        """What to start TLS with towards this host. Fires at once where the context is there already."""
        key = demand.tls, demand.judged
        context = self._made.get(key)
        if context is not None:
            return succeed(Creator(context, host, demand))
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = Shared()
            making.share(self._in_thread(lambda: self._context(*key)).addBoth(self._keep, key))
        return making.wait().addCallback(Creator, host, demand)

    def _context(self, tls: Tls, judged: bool) -> SSL.Context:
        context = (self._make or make_context)(tls)
        if judged:
            context.set_default_verify_paths()
        return context

    def _keep(self, result: Any, key: tuple[Tls, bool]) -> Any:
        self._making.pop(key, None)
        if isinstance(result, SSL.Context):
            self._made[key] = result
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


def _bears(certificate: X509, host: str) -> bool:
    wanted = IPAddress_ID(host) if _is_address(host) else DNS_ID(host)
    try:
        verify_service_identity(extract_patterns(certificate), [wanted], [])
    except Exception:  # whatever is odd about a certificate, it does not name the host
        return False
    return True


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
