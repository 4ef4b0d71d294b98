"""One HTTP request as we take it: its body bounded before it is buffered, its answer written in one piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import parse_qsl

from twisted.internet.defer import Deferred
from twisted.web import server

from mailit.api import answers
from mailit.api.served import Served
from mailit.errors import MailItError, Refused, TooLarge, Unavailable
from mailit.net.at_once import send

LARGE = 1 << 20
"""Bytes of a body from which one must be known before the rest is read."""

VALUES_MOST = 100
"""Parameters of a query."""


class Taker(Protocol):
    """What a site hands requests to."""

    def limit_of(self, request: Request) -> int:
        """How many bytes the body of a request may have whose headers have come."""
        ...

    def admit(self, request: Request) -> Deferred[MailItError | None] | None:
        """Why a large body is not read, once that is known; None where it may be read at once."""
        ...

    def take(self, request: Request) -> None:
        """A whole request has come."""
        ...

    def give_up(self, request: Request) -> None:
        """A request is not answered in time."""
        ...

    def refused(self, request: Request) -> None:
        """A request was refused before all of it was there."""
        ...

    def headers_for(self, request: Request) -> bytes:
        """The headers that every answer has."""
        ...

    def serve(self, request: Request, served: Served, names: Mapping[str, str]) -> None:
        """Answers a request by an endpoint."""
        ...


class Place(Protocol):
    """Where connections come in; `large` is what all large bodies take now, in bytes, `large_most` what they may."""

    reactor: Any
    api: Taker
    large: int
    large_most: int


class Connection(Protocol):
    """What a request came by."""

    @property
    def site(self) -> Place: ...

    transport: Any
    persistent: bool

    def refuse(self, answer: bytes) -> None:
        """Writes a last answer and ends our side."""
        ...


class Request(server.Request):
    """A request. The API says, by its headers, how large its body may be and, once the body is there, takes it.

    `served` and `names` are what it was routed to, `fault` why to nothing; `id` is its X-Request-Id header.
    `answered` is the status of its answer, as three digits, and `said` the answer's body.

    The body is kept in memory, never in a file: its size is bounded by route, so that a body over the limit is
    refused by its announced length, or by running count where it announces none.
    """

    channel: Connection  # type: ignore[assignment]
    content: Any
    refused = False
    path: bytes = b""
    address = ""
    id: bytes = b""
    served: Served | None = None
    names: Mapping[str, str] = {}
    fault: MailItError | None = None
    whole_at: float | None = None
    answered: bytes = b""
    said: bytes = b""
    _limit = 0
    _received = 0
    _counted = 0
    _trusted = False
    _gone: Callable[[], None] | None = None

    def begin(self, command: bytes, uri: bytes, length: int | None) -> None:
        """The headers are there; `length` is what they announce, None where the body comes in chunks."""
        self.method, self.uri = command, uri
        self.path = uri.split(b"?", 1)[0]
        if not self.path.startswith(b"/"):
            self.path = _origin_form(self.path)
        self.address = getattr(self.client, "host", "")
        self.content = BytesIO()
        self._limit = self.channel.site.api.limit_of(self)
        if length is not None and length > self._limit:
            self.refuse(self.fault or _too_large(self._limit))
        elif length is not None and length > LARGE:
            self._look_who()

    def handleContentChunk(self, data: bytes) -> None:
        """A piece of the body (Twisted calls this)."""
        if self.refused:
            return
        self._received += len(data)
        if self._received > self._limit:
            self.refuse(self.fault or _too_large(self._limit))
            return
        if self._received > LARGE and not self._take_large(len(data)):
            return
        self.content.write(data)

    def _take_large(self, more: int) -> bool:
        """Counts what large bodies take together; whether there is room for this piece of one."""
        site = self.channel.site
        if not self._trusted:
            self._look_who()
        if site.large + more > site.large_most:
            self.refuse(Unavailable("Too many large requests at once. Please try again."))
            return False
        site.large += more
        self._counted += more
        return True

    def _look_who(self) -> None:
        """Reads no more of a large body before it is known whose it is."""
        self._trusted = True
        known = self.channel.site.api.admit(self)
        if known is None:
            return
        transport = self.channel.transport
        transport.pauseProducing()

        def looked(refusal: MailItError | None) -> None:
            if not self.open:
                return
            transport.resumeProducing()
            if refusal is not None and not self.refused:
                self.refuse(refusal)

        known.addCallback(looked)

    def _release(self) -> None:
        channel = self.channel
        if self._counted and channel is not None:
            channel.site.large -= self._counted
            self._counted = 0

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """All of it is there (Twisted calls this)."""
        self.clientproto = version
        if not self.refused:
            self.whole_at = self.channel.site.reactor.seconds()
            self.channel.site.api.take(self)

    @property
    def received(self) -> int:
        """Bytes of the body so far."""
        return self._received

    @property
    def open(self) -> bool:
        """Whether there is still somebody to answer."""
        return not (self._disconnected or self.finished)

    def header(self, name: str) -> str | None:
        """A header's value, the last where it came twice; None where it did not come."""
        value = self.getHeader(name.encode("ascii", "replace"))
        return None if value is None else value.decode("utf-8", "replace")

    def values(self) -> Mapping[str, str]:
        """The query string's values; of one that came several times, all of them with commas between.

        Raises `Refused` where there are too many.
        """
        _, mark, text = self.uri.partition(b"?")
        found: dict[str, str] = {}
        if mark:
            try:
                pairs = parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=VALUES_MOST)
            except ValueError as error:
                raise Refused(f"The query has more than {VALUES_MOST} parameters.") from error
            for name, value in pairs:
                found[name] = f"{found[name]},{value}" if name in found else value
        return found

    def body(self) -> bytes:
        """The body, whole."""
        whole: bytes = self.content.getvalue()
        return whole

    @property
    def name(self) -> str:
        """The request's id as people quote it."""
        return self.id.partition(b": ")[2].strip().decode()

    @property
    def line(self) -> str:
        """Method and path for the log, whatever is in them escaped."""
        return f"{self.method!r} {self.path!r}".replace("b'", "").replace("'", "")

    def answer(self, head: bytes, headers: bytes, body: bytes) -> None:
        """Writes an answer whole and ends the request; nothing where the client has gone, or has had his answer.

        `head` is status line and first headers, `headers` are further ones, each line with its CRLF.
        """
        if not self.answered:
            self.answered, self.said = head[9:12], body
        if not self.open or self.startedWriting:
            return
        channel = self.channel
        self.startedWriting = 1
        self.sentLength = len(body)
        closing = b"" if channel.persistent else b"Connection: close\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        content = body if self.method != b"HEAD" else b""
        send(channel.transport, b"".join((head, headers, closing, length, content)))
        self.finish()

    def answer_bodiless(self, head: bytes, headers: bytes) -> None:
        """Writes an answer that has no body by its status: 204, 304."""
        if not self.open:
            return
        self.startedWriting = 1
        end = b"\r\n" if self.channel.persistent else b"Connection: close\r\n\r\n"
        self.channel.transport.write(head + headers + end)
        self.finish()

    def stream(self, head: bytes, headers: bytes, gone: Callable[[], None]) -> None:
        """Begins an answer of unknown length; `write` and `finish` go on, `gone()` tells that the client went.

        In chunks, but for HTTP/1.0, where the connection's end is the body's.
        """
        self.startedWriting = 1
        self.answered = head[9:12]
        self._gone = gone
        self.chunked = int(self.clientproto == b"HTTP/1.1")
        end = b"Transfer-Encoding: chunked\r\n" if self.chunked else b""
        if not self.channel.persistent:
            end += b"Connection: close\r\n"
        self.channel.transport.write(head + headers + end + b"\r\n")

    def finish(self) -> None:
        """The answer is complete (Twisted's way of saying so)."""
        self._release()
        super().finish()

    def break_off(self) -> None:
        """Ends the connection in the middle of an answer."""
        if self.open:
            self.channel.transport.abortConnection()

    def refuse(self, error: MailItError) -> None:
        """Answers before all of the body is there, and closes: what still comes is thrown away."""
        self.refused = True
        self._release()
        self.content = BytesIO()
        body = answers.error_body(error)
        self.answered, self.said = b"%d" % error.http, body
        headers = self.channel.site.api.headers_for(self) + answers.error_headers(error)
        self.channel.refuse(
            b"".join(
                (
                    answers.head(error.http),
                    headers,
                    b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body),
                    body if self.method != b"HEAD" else b"",
                )
            )
        )
        self.channel.site.api.refused(self)

    def connectionLost(self, reason: Any) -> None:
        """The client has gone (Twisted calls this)."""
        self._release()
        super().connectionLost(reason)
        if self._gone is not None:
            self._gone()

    def getRequestHostname(self) -> bytes:
        """A constant: routing does not go by what a client may put into Host."""
        return b"localhost"


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request body is larger than the limit of {limit:,} bytes.")


def _origin_form(target: bytes) -> bytes:
    """The path of a target in absolute form (RFC 9112 §3.2.2); `*` and nonsense stay as they are."""
    scheme, mark, rest = target.partition(b"://")
    if not mark or scheme.lower() not in (b"http", b"https"):
        return target
    return b"/" + rest.partition(b"/")[2]
