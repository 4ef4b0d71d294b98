"""The API as a server: who asks, may he, how often; then the endpoint, and its answer on the wire."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.access.access import Access
from mailit.access.limits import Drawn, Limits, network
from mailit.access.shared_limits import SharedLimits
from mailit.api import answers, wire
from mailit.api.proxies import Network, Proxies
from mailit.api.request import Request
from mailit.api.request_log import Requests
from mailit.api.router import Router
from mailit.api.served import Served
from mailit.api.site import Site
from mailit.api.stream import Stream
from mailit.errors import (
    Encoded,
    Forbidden,
    MailItError,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    Unavailable,
)
from mailit.interfaces import Caller, Clock
from mailit.plugin import Call, Endpoint, RawAnswer
from mailit.store.quotas import Used

_ELSEWHERE = 65_536  # bytes of a body that goes nowhere: read, so that the client sees the 404
_IN_THREAD = 262_144  # bytes of a body from which it is decoded in a thread


Draws = Drawn | Deferred[Drawn | None] | None
"""What a bucket says, at once or soon."""


class NoUserAgent(Forbidden):
    """Requests must say what sent them."""

    name = "validation_error"
    default = "Missing `User-Agent` header."


@define(eq=False)
class Api:
    """Serves endpoints. `run_in_thread(f, *args)` gives a Deferred; `requests` hears of every request of a caller.

    `used(team_id)` is what a team with a quota has used, at once or soon.

    A client who hangs up cancels nothing but a stream: what an endpoint has begun it ends, and the answer is dropped.
    """

    _endpoints: Sequence[Endpoint]
    _access: Access
    _limits: Limits | SharedLimits
    _reactor: Any
    _clock: Clock
    _run_in_thread: Callable[..., Any]
    _cors_origins: Sequence[str] = ()
    _randomness: Callable[[int], bytes] = os.urandom
    _requests: Requests | None = None
    _trusted_proxies: Sequence[Network] = ()
    _used: Callable[[str], Used | Deferred[Used | None] | None] = lambda team_id: None
    site: Site = field(init=False)
    _log: Logger = field(factory=Logger, init=False)
    _router: Router = field(init=False)
    _hosts: dict[bytes, Router] = field(factory=dict, init=False)
    _origins: frozenset[bytes] = field(init=False)
    _proxies: Proxies = field(init=False)
    _drawn: int = field(default=0, init=False)
    _prefix: bytes = field(init=False)
    _second: int = field(default=0, init=False)
    _date: bytes = field(default=b"", init=False)
    _busy: int = field(default=0, init=False)
    _quiet: Deferred[None] | None = field(default=None, init=False)
    _streams: set[Stream] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        bound: dict[bytes, list[Endpoint]] = {}
        for endpoint in self._endpoints:
            if endpoint.host is not None:
                bound.setdefault(endpoint.host.lower().encode(), []).append(endpoint)
        self._hosts = {host: Router.of(its) for host, its in bound.items()}
        self._router = Router.of(one for one in self._endpoints if one.host is None)
        self._origins = frozenset(origin.encode() for origin in self._cors_origins)
        self._proxies = Proxies(self._trusted_proxies)
        self._prefix = b"X-Request-Id: req_" + self._randomness(5).hex().encode()
        self.site = Site(self._reactor, self)

    async def stop(self) -> None:
        """Lets what is being answered come to its end; ends streams, and connections once they have their answer."""
        self.site.drain()
        for stream in list(self._streams):
            stream.end()
        if self._busy:
            self._quiet = Deferred()
            await self._quiet

    def limit_of(self, request: Request) -> int:
        """How large the body of a request may be, whose headers have come: here it is routed."""
        hops = request.requestHeaders.getRawHeaders(b"X-Forwarded-For")
        if hops:
            request.address = self._proxies.client(request.address, hops)
        request.id = self._next_id()
        try:
            request.served, request.names = self._find(request)
        except MailItError as error:
            request.fault = error
            return _ELSEWHERE
        return request.served.endpoint.limit

    def admit(self, request: Request) -> Deferred[MailItError | None] | None:
        """Why a large body is not read, once that is known; None where whoever sends it is known already."""
        served = request.served
        if served is None or served.refuses is None or self._access.known(request.getHeader(b"Authorization")):
            return None
        return Deferred.fromCoroutine(self._refusal(request))

    def headers_for(self, request: Request) -> bytes:
        """The headers of every answer: date, request id, and what lets pages of allowed origins read it."""
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._second, self._date = second, answers.date(now)
        if self._origins and (origin := request.getHeader(b"Origin")) is not None:
            return self._date + request.id + answers.cors_headers(origin, self._origins)
        return self._date + request.id

    def take(self, request: Request) -> None:
        """A whole request has come."""
        if request.method == b"OPTIONS":
            self._options(request)
        elif request.served is None:
            self._fail(request, request.fault or NotFound())
            self.refused(request)
        else:
            self.serve(request, request.served, request.names)

    def refused(self, request: Request) -> None:
        """A request was refused before it was looked up whose it is: it is noted where that is known all the same."""
        if self._requests is not None:
            caller = self._access.known(request.getHeader(b"Authorization"))
            if caller is not None:
                self._requests.note(request, caller)

    def give_up(self, request: Request) -> None:
        """Answers 503 where there is no answer yet; what the endpoint says later is said to nobody."""
        if not request.startedWriting:
            self._fail(request, Unavailable())

    def serve(self, request: Request, served: Served, names: Mapping[str, str]) -> None:
        """Answers a request by an endpoint."""
        self._busy += 1
        Deferred.fromCoroutine(self._serve(request, served, names))

    def _find(self, request: Request) -> tuple[Served, Mapping[str, str]]:
        if self._hosts:
            host = (request.getHeader(b"Host") or b"").partition(b":")[0].lower()
            router = self._hosts.get(host)
            if router is not None:
                try:
                    return router.find(request.method, request.path)
                except NotFound:
                    pass  # this name may be the API's own, too
        return self._router.find(request.method, request.path)

    async def _serve(self, request: Request, served: Served, names: Mapping[str, str]) -> None:
        limits, caller, raw = b"", None, request.body()
        try:
            try:
                if served.needs_agent and not request.requestHeaders.hasHeader(b"User-Agent"):
                    raise NoUserAgent
                if served.refuses is not None:
                    authorization = request.getHeader(b"Authorization")
                    caller = self._access.known(authorization) or await self._access.identify(authorization)
                    refusal = served.refuses(caller)
                    if refusal is not None:
                        raise refusal
                drawn = self._draw(request, served, caller)
                if isinstance(drawn, Deferred):
                    drawn = await drawn
                if drawn is not None:
                    limits = answers.limit_headers(drawn)
                    if not drawn.allowed:
                        raise RateLimited(retry_after=drawn.retry_after)
                arguments: list[Any] = [
                    Call(request.name, request.address, names, request.header, caller, request.body)
                ]
                if served.read_body is not None:
                    if len(raw) > _IN_THREAD:
                        arguments.append(await self._run_in_thread(served.read_body, raw))
                    else:
                        arguments.append(served.read_body(raw))
                if served.read_query is not None:
                    arguments.append(served.read_query(request.values()))
                try:
                    given = await served.run(*arguments)
                finally:
                    if served.sends and caller is not None and (used := self._used(caller.team_id)) is not None:
                        known = await used if isinstance(used, Deferred) else used
                        limits += answers.quota_headers(known) if known is not None else b""
                if served.endpoint.raw:
                    await self._give_raw(request, served, given, limits)
                else:
                    request.answer(served.head, self.headers_for(request) + limits, wire.encode(given))
            except MailItError as error:
                self._fail(request, Encoded() if _encoded(request, error) else error, limits)
            except Exception:
                self._log.failure("{line} failed ({id}).", line=request.line, id=request.name)
                self._fail(request, MailItError(), limits)
        finally:
            self._busy -= 1
            if not self._busy and self._quiet is not None:
                quiet, self._quiet = self._quiet, None
                quiet.callback(None)
            if caller is not None and self._requests is not None:
                self._requests.note(request, caller, raw)

    async def _refusal(self, request: Request) -> MailItError | None:
        try:
            await self._access.identify(request.getHeader(b"Authorization"))
        except MailItError as error:
            return error
        except Exception:
            self._log.failure("{line} failed ({id}).", line=request.line, id=request.name)
            return MailItError()
        return None

    def _draw(self, request: Request, served: Served, caller: Caller | None) -> Draws:
        if served.by_address or caller is None:
            return self._limits.draw(network(request.address), served.cost)
        return self._limits.draw(caller.team_id, served.cost)

    async def _give_raw(self, request: Request, served: Served, given: Any, limits: bytes) -> None:
        answer = given if isinstance(given, RawAnswer) else RawAnswer(given)
        status, type_ = answer.status or served.endpoint.status, answer.type or served.endpoint.gives_type
        headers = self.headers_for(request) + limits + _lines(answer.headers)
        head = answers.head(status, type_)
        if isinstance(answer.body, bytes):
            request.answer(head, headers, answer.body)
        elif request.open:
            await self._give_stream(request, served, answer.body, head, headers)

    async def _give_stream(
        self, request: Request, served: Served, body: AsyncIterator[bytes], head: bytes, headers: bytes
    ) -> None:
        """Streams until the end of the body, of the client's patience, or of his credentials."""
        good = None
        if served.refuses is not None:
            authorization = request.getHeader(b"Authorization")

            async def good() -> bool:
                try:
                    caller = self._access.known(authorization) or await self._access.identify(authorization)
                except MailItError:
                    return False
                return served.refuses is None or served.refuses(caller) is None

        stream = Stream(request, body, self._reactor, good)
        self._streams.add(stream)
        try:
            await stream.run(head, headers)
        finally:
            self._streams.discard(stream)

    def _fail(self, request: Request, error: MailItError, limits: bytes = b"") -> None:
        """Answers with Resend's error object; the cause of what is our fault goes to the log alone."""
        if error.http >= 500 and error.__cause__ is not None:
            self._log.warn(
                "{line} answered {status} ({id}): {cause}",
                line=request.line,
                status=error.http,
                id=request.name,
                cause=repr(error.__cause__),
            )
        headers = self.headers_for(request) + limits + answers.error_headers(error)
        if isinstance(error, MethodNotAllowed):
            headers += answers.allow_headers(self._methods(request), b"")
        request.answer(answers.head(error.http), headers, answers.error_body(error))

    def _options(self, request: Request) -> None:
        methods = self._methods(request)
        if not methods:
            self._fail(request, NotFound())
            return
        cors = answers.cors_headers(request.getHeader(b"Origin"), self._origins)
        own = self.headers_for(request).removesuffix(cors)
        request.answer_bodiless(answers.head(204), own + answers.allow_headers(methods, cors))

    def _methods(self, request: Request) -> list[str]:
        if request.path == b"*":
            return ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
        return self._router.methods(request.path)

    def _next_id(self) -> bytes:
        self._drawn += 1
        return b"%s%08x\r\n" % (self._prefix, self._drawn)


def _lines(headers: Sequence[tuple[str, str]]) -> bytes:
    lines = b""
    for name, value in headers:
        line = f"{name}: {value}".encode()
        if b"\r" in line or b"\n" in line or b"\x00" in line:
            raise ValueError(f"a header with a line end in it: {name}")
        lines += line + b"\r\n"
    return lines


def _encoded(request: Request, error: MailItError) -> bool:
    """Whether it is for its encoding that a body can't be read: gzip, say."""
    if not isinstance(error, Malformed):
        return False
    return (request.getHeader(b"Content-Encoding") or b"identity").strip().lower() != b"identity"
