"""HTTP as a client that may be told addresses by strangers: guarded, bounded, and verified.

Whom a URL's host stands for is looked up once, and what is connected to is that very address, after the guard has let
it through; a redirect is a new look. A body is taken up to a size, and everything together in a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from attrs import define, field, frozen
from OpenSSL.SSL import Error as SslError
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, RequestGenerationFailed, ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from mailit.errors import MailItError
from mailit.interfaces import Resolver
from mailit.net.guard import Guard
from mailit.net.resolver import NoAnswer, NoSuchName
from mailit.net.tls import ClientContexts, Demand, Tls

_VERIFIED = Demand(Tls.ENFORCED, "https")
_REDIRECTS = (301, 302, 303, 307, 308)


class Unfetched(MailItError):
    """The document was not had, and the sentence says why. `tls`: the server's certificate was at fault."""

    http, name = 422, "validation_error"
    default = "The document could not be fetched."

    def __init__(self, message: str = "", tls: bool = False) -> None:
        super().__init__(message)
        self.tls = tls


_FAULTS = (Unfetched, ConnectError, ConnectionClosed, ResponseFailed, RequestGenerationFailed, SslError)


@frozen
class Fetched:
    """A response of status 200. `type` is its Content-Type in lower case without parameters, or ""."""

    body: bytes
    type: str
    headers: Headers


@define(eq=False, repr=False)
class HttpClient:
    """Fetches documents by GET. The guard decides about each address that is connected to."""

    _reactor: Any
    _resolver: Resolver
    _guard: Guard
    _contexts: ClientContexts

    def get(self, url: str, timeout: float = 30.0, most: int = 1_000_000, redirects: int = 0) -> Deferred[Fetched]:
        """The document at an http or https URL. Raises `Unfetched`.

        `timeout` is in seconds, for all of it; a body of more than `most` bytes is none; so many redirects are
        followed, and none from https to http.
        """

        def late(result: Any, seconds: float) -> Any:
            raise Unfetched(f"{_host(url)} did not answer within {seconds:g} seconds.")

        endpoints = _Endpoints(self)
        getting = Deferred.fromCoroutine(self._get(endpoints, url, most, redirects))
        getting.addTimeout(timeout, self._reactor, late)
        return getting.addErrback(_unfetched, url).addBoth(endpoints.close)

    async def _get(self, endpoints: _Endpoints, url: str, most: int, redirects: int) -> Fetched:
        agent = Agent.usingEndpointFactory(self._reactor, endpoints)
        while True:
            wire = _checked(url)
            response = await agent.request(b"GET", wire, Headers({b"User-Agent": [b"MailIt"], b"Accept": [b"*/*"]}))
            location = response.headers.getRawHeaders(b"location")
            if response.code not in _REDIRECTS or not location or not redirects:
                break
            endpoints.close()  # nobody reads its body
            redirects -= 1
            there = urljoin(url, location[0].decode("latin-1"))
            if url.lower().startswith("https:") and not there.lower().startswith("https:"):
                raise Unfetched(f"{_host(url)} redirects to where nothing is encrypted.")
            url = there
        if response.code != 200:
            raise Unfetched(f"{_host(url)} answered with the status {response.code}.")
        done: Deferred[bytes] = Deferred()
        response.deliverBody(_Body(most, done))
        kind = (response.headers.getRawHeaders(b"content-type") or [b""])[0]
        return Fetched(await done, kind.partition(b";")[0].strip().lower().decode("latin-1"), response.headers)


@implementer(IAgentEndpointFactory)
@define(eq=False, repr=False)
class _Endpoints:
    """The connections of one request; what is left of them at its end is closed."""

    _client: HttpClient
    opened: list[Any] = field(factory=list, init=False)

    def close(self, result: Any = None) -> Any:
        for connected in self.opened:
            connected.transport.abortConnection()
        self.opened.clear()
        return result

    def endpointForURI(self, uri: URI) -> Any:
        return _Endpoint(self._client, self, uri.scheme == b"https", uri.host.decode("ascii").strip("[]"), uri.port)


@implementer(IStreamClientEndpoint)
@define(eq=False, repr=False)
class _Endpoint:
    """Connects to the first address of the host that the guard permits and that answers.

    Twisted's pool writes an endpoint out for each connection. Where that is the record's own way, it goes on through
    the client to all that there is: seconds without a turn for anybody, and every secret in the text.
    """

    _client: HttpClient
    _endpoints: _Endpoints
    _secure: bool
    _host: str
    _port: int

    def __repr__(self) -> str:
        return f"<{self._host} port {self._port}>"

    def connect(self, factory: Any) -> Deferred[Any]:
        factory.noisy = False  # it would be a line in the log for each document
        return Deferred.fromCoroutine(self._connect(factory))

    async def _connect(self, factory: Any) -> Any:
        client = self._client
        addresses = client._guard.permitted(await self._addresses())
        if not addresses:
            raise Unfetched(f"{self._host} is at no address that may be reached; see security.allowed_networks.")
        if self._secure:
            factory = TLSMemoryBIOFactory(await client._contexts.creator(_VERIFIED, self._host), True, factory)
            factory.noisy = False
        for number, address in enumerate(addresses, 1):
            endpoint = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
            try:
                connected: Any = await endpoint(client._reactor, address, self._port, timeout=10).connect(factory)
            except ConnectError:
                if number == len(addresses):
                    raise
            else:
                self._endpoints.opened.append(connected)
                return connected.wrappedProtocol if self._secure else connected
        raise AssertionError("unreachable")

    async def _addresses(self) -> Sequence[str]:
        try:
            return await self._client._resolver.addresses(self._host)
        except (NoSuchName, NoAnswer) as error:
            raise Unfetched(error.message) from error


class _Body(Protocol):
    """Takes a body up to a size."""

    def __init__(self, most: int, done: Deferred[bytes]) -> None:
        self._most = most
        self._done = done
        self._pieces: list[bytes] = []
        self._size = 0

    def dataReceived(self, data: bytes) -> None:
        """A piece (Twisted calls this)."""
        self._size += len(data)
        self._pieces.append(data)
        if self._size > self._most and not self._done.called:
            self._done.errback(Unfetched(f"The document is longer than {self._most} bytes."))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The end of it, or of the connection (Twisted calls this)."""
        if not self._done.called:
            if reason.check(ResponseDone):
                self._done.callback(b"".join(self._pieces))
            else:
                self._done.errback(reason)


def _checked(url: str) -> bytes:
    try:
        parts = urlsplit(url)
        wire = url.encode("ascii")
        _ = parts.port
    except ValueError as error:
        raise Unfetched("The URL is none.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or any(byte <= 32 or byte == 127 for byte in wire):
        raise Unfetched("The URL is none that can be fetched.")
    if parts.username is not None or parts.password is not None:
        raise Unfetched("The URL has a user's name in it.")
    return wire.partition(b"#")[0]


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _unfetched(failure: Failure, url: str) -> Any:
    """Every way of a peer to fail, as `Unfetched`; a fault of ours stays what it is."""
    error = failure.value
    if not isinstance(error, _FAULTS):
        return failure
    causes = [one.value for one in error.reasons] if isinstance(error, ResponseFailed) else [error]
    for cause in causes:
        if isinstance(cause, Unfetched):
            raise cause
        if isinstance(cause, SslError):
            raise Unfetched(f"The certificate of {_host(url)} could not be verified.", tls=True) from cause
    raise Unfetched(f"{_host(url)} could not be asked: {failure.getErrorMessage().rstrip('.')}.") from error
