"""The listening side of the API: connections with deadlines, no access log, no timer while nobody is connected."""

from __future__ import annotations

from typing import Any

from twisted.protocols.basic import LineReceiver
from twisted.web import http, server
from twisted.web.resource import Resource

from mailit.api import answers
from mailit.api.request import Request, Taker
from mailit.errors import HeadersTooLarge, MailItError, Malformed

HEADERS_WITHIN = 15.0
BODY_WITHIN = 30.0
BODY_RATE = 50_000  # bytes a second: what a body that takes longer must come in at
IDLE_FOR = 75.0
ANSWER_WITHIN = 30.0  # whatever becomes of the request: who retries it with its key is safe
STALLED_FOR = 60.0  # how long a client may not read what we write
LINGER = 5.0
LARGE_MOST = 256 << 20
_LOOK_EVERY = 2.0


class TimedOut(MailItError):
    """The request did not come in time."""

    http, name = 408, "validation_error"
    default = "The request was not received in time."


class Channel(http.HTTPChannel):
    """One connection. Its times are watched by the site, so that a request costs no timer."""

    site: Site
    transport: Any
    refused = False
    began: float | None = None
    _host: Any = None
    _endless = False
    _idle_since = 0.0
    _stalled_since: float | None = None
    _closing_since: float | None = None

    def connectionMade(self) -> None:
        """A client has come (Twisted calls this)."""
        super().connectionMade()
        self._idle_since = self.site.reactor.seconds()
        self.site.entered(self)

    def connectionLost(self, reason: Any = None) -> None:
        """It has gone (Twisted calls this)."""
        self.site.left(self)
        super().connectionLost(reason)

    def getHost(self) -> Any:
        """Our end (Twisted asks at each request; the system is asked once)."""
        if self._host is None:
            self._host = super().getHost()
        return self._host

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come (Twisted calls this)."""
        if self.refused:
            return
        if self.began is None and not self._handlingRequest:
            self.began = self.site.reactor.seconds()
        LineReceiver.dataReceived(self, data)

    def rawDataReceived(self, data: bytes) -> None:
        """Bytes of a body have come (Twisted calls this)."""
        if not self.refused:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """A request's headers are there (Twisted calls this); a refused body is not asked for by 100."""
        request = self.requests[-1]
        self.persistent = not self.site.draining and self.checkPersistence(request, self._version)
        request.begin(self._command, self._path, self.length)
        if self.refused or self._version != b"HTTP/1.1":
            return
        if len(request.requestHeaders.getRawHeaders(b"Host", ())) != 1:  # RFC 9112 §3.2
            request.refuse(Malformed("A request of HTTP/1.1 has one Host header."))
            return
        expected = request.requestHeaders.getRawHeaders(b"Expect")
        if expected and expected[0].lower() == b"100-continue":
            self._send100Continue()

    def requestDone(self, request: Request) -> None:
        """A request was answered (Twisted calls this); the next may be waiting already."""
        self.began = None
        self._idle_since = self.site.reactor.seconds()
        super().requestDone(request)

    def pauseProducing(self) -> None:
        """The client does not read (Twisted calls this)."""
        self._stalled_since = self.site.reactor.seconds()
        super().pauseProducing()

    def resumeProducing(self) -> None:
        """The client reads again (Twisted calls this)."""
        self._stalled_since = None
        super().resumeProducing()

    def refuse(self, answer: bytes) -> None:
        """Writes a last answer and ends our side; what the client still sends is thrown away for a little while.

        Closing at once with bytes unread would reset the connection, and the client might never see the answer.
        """
        self.refused = True
        self.persistent = False
        self._closing_since = self.site.reactor.seconds()
        self.transport.write(answer)
        close = getattr(self.transport, "loseWriteConnection", self.transport.loseConnection)
        close()

    def look(self, now: float) -> None:
        """Ends the connection if it takes too long over what it is doing."""
        if self._closing_since is not None:
            if now - self._closing_since > LINGER:
                self.transport.abortConnection()
        elif self._stalled_since is not None and now - self._stalled_since > STALLED_FOR:
            self.transport.abortConnection()
        elif self._handlingRequest:
            request = self.requests[0]
            if request.whole_at is not None and now - request.whole_at > ANSWER_WITHIN:
                self.site.api.give_up(request)
        elif self.began is None:
            if now - self._idle_since > IDLE_FOR:
                self._closing_since = now
                self.transport.loseConnection()
        elif now - self.began > self._patience():
            self.refuse(_bare(TimedOut()))

    def idle(self) -> bool:
        """Whether nothing is being read or answered."""
        return self.began is None and not self._handlingRequest

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line of the headers never ends (Twisted calls this)."""
        self._endless = True
        self._respondToBadRequestAndDisconnect()

    def _patience(self) -> float:
        request = self.requests[-1] if self.requests else None
        if request is None or self.line_mode:
            return HEADERS_WITHIN
        received: int = request.received
        return BODY_WITHIN + received / BODY_RATE

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refused = True
        self._closing_since = self.site.reactor.seconds()
        self.transport.write(_bare(self._fault()))
        self.loseConnection()

    def _fault(self) -> MailItError:
        """What is wrong with a request that Twisted takes for none; of a line too long there is no count yet."""
        if self._endless or self._receivedHeaderSize > self.totalHeadersSize:
            return HeadersTooLarge(f"The request's line and headers have more than {self.totalHeadersSize:,} bytes.")
        if self._receivedHeaderCount > self.maxHeaders:
            return HeadersTooLarge(f"The request has more than {self.maxHeaders} headers.")
        return Malformed("The request is not valid HTTP.")


class Site(server.Site):
    """Accepts connections and hands whole requests to the API.

    `large` is what all large bodies take now, in bytes, `large_most` what they may.
    """

    requestFactory = Request
    timeOut = None
    draining = False

    def __init__(self, reactor: Any, api: Taker) -> None:
        super().__init__(Resource(), reactor=reactor, timeout=None, parsePOSTFormSubmission=False)
        self.protocol = Channel  # type: ignore[assignment]
        self.api = api
        self.large = 0
        self.large_most = LARGE_MOST
        self._channels: set[Channel] = set()
        self._timer: Any = None

    def startFactory(self) -> None:
        """Nothing to do: there is no access log, whose clock would tick every second (Twisted calls this)."""

    def stopFactory(self) -> None:
        """Nothing to do (Twisted calls this)."""

    def log(self, request: http.Request) -> None:
        """No access log (Twisted calls this)."""

    def entered(self, channel: Channel) -> None:
        """A connection was made."""
        self._channels.add(channel)
        if self._timer is None:
            self._timer = self.reactor.callLater(_LOOK_EVERY, self._look)

    def left(self, channel: Channel) -> None:
        """A connection is gone."""
        self._channels.discard(channel)
        if not self._channels and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def drain(self) -> None:
        """Every connection ends with the answer that it waits for; those that wait for none end now."""
        self.draining = True
        for channel in list(self._channels):
            channel.persistent = False
            if channel.idle():
                channel.transport.loseConnection()

    def abort(self) -> None:
        """Ends every connection now."""
        for channel in list(self._channels):
            channel.transport.abortConnection()

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._channels)

    def _look(self) -> None:
        self._timer = None
        now = self.reactor.seconds()
        for channel in list(self._channels):
            channel.look(now)
        if self._channels and self._timer is None:
            self._timer = self.reactor.callLater(_LOOK_EVERY, self._look)


def _bare(error: MailItError) -> bytes:
    """An answer to what is no request yet."""
    body = answers.error_body(error)
    return answers.head(error.http) + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
