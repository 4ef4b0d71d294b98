"""The API on a transport in memory, with a clock that is turned by hand."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from attrs import define, field
from msgspec import Struct
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from mailit.access.limits import Limits
from mailit.access.settings import RateLimitSettings
from mailit.api.server import Api
from mailit.errors import InvalidApiKey, MissingApiKey
from mailit.interfaces import Caller
from mailit.plugin import Endpoint

TEAM = "01890000-0000-7000-8000-00000000000a"
KEY = Caller(TEAM, api_key_id="01890000-0000-7000-8000-0000000000a1")
SENDING_KEY = Caller(TEAM, api_key_id="01890000-0000-7000-8000-0000000000a2", full_access=False)
ACCOUNT = Caller(TEAM, user_id="01890000-0000-7000-8000-0000000000a3", role="owner", session_id="s")
OPERATOR = Caller(TEAM, user_id="01890000-0000-7000-8000-0000000000a4", role="owner", session_id="o", operator=True)
CALLERS = {b"Bearer key": KEY, b"Bearer sending": SENDING_KEY, b"Bearer account": ACCOUNT, b"Bearer operator": OPERATOR}


@define
class KnownCallers:
    """Stands for `Access`: the callers of CALLERS; `slow` holds an answer back."""

    callers: dict[bytes, Caller] = field(factory=lambda: dict(CALLERS))

    def known(self, authorization: bytes | None) -> Caller | None:
        return None if authorization is None else self.callers.get(authorization)

    async def identify(self, authorization: bytes | None) -> Caller:
        if authorization is None:
            raise MissingApiKey
        if authorization not in self.callers:
            raise InvalidApiKey
        return self.callers[authorization]


class HalfClosing(StringTransport):
    """A transport in memory that can end its own side, and be thrown away."""

    half_closed = False
    aborted = False

    def loseWriteConnection(self) -> None:
        self.half_closed = True

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()


@define
class Answer:
    """An HTTP answer, taken apart."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@define
class Wire:
    """One connection to the API: bytes in, answers out."""

    channel: Any
    transport: HalfClosing

    def send(self, data: bytes) -> None:
        self.channel.dataReceived(data)

    gone: bool = False

    def hang_up(self) -> None:
        if self.gone:
            return
        self.gone = True
        from twisted.internet.error import ConnectionDone
        from twisted.python.failure import Failure

        self.channel.connectionLost(Failure(ConnectionDone()))

    def raw(self) -> bytes:
        written: bytes = self.transport.value()
        self.transport.clear()
        return written

    def answers(self) -> list[Answer]:
        return parsed(self.raw())


def parsed(data: bytes) -> list[Answer]:
    """The answers that stand one after another in these bytes, each with a Content-Length."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", "0"))
        found.append(Answer(int(status.split(" ")[1]), headers, rest[:length]))
        data = rest[length:]
    return found


@define
class Http:
    """The API and its clock."""

    api: Api
    clock: Clock
    callers: KnownCallers
    wires: list[Wire] = field(factory=list)

    def connect(self) -> Wire:
        transport = HalfClosing()
        channel = self.api.site.buildProtocol(None)
        channel.makeConnection(transport)
        self.wires.append(Wire(channel, transport))
        return self.wires[-1]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        token: str | None = "key",
        agent: str | None = "tests",
        **headers: str,
    ) -> Answer:
        wire = self.connect()
        wire.send(request(method, path, body, token, agent, **headers))
        (answer,) = parsed_head(wire.raw()) if method == "HEAD" else wire.answers()
        return answer


def parsed_head(data: bytes) -> list[Answer]:
    """The answer to a HEAD: its Content-Length is that of a body that does not come."""
    head, _, rest = data.partition(b"\r\n\r\n")
    assert rest == b""
    found = parsed(head.replace(b"Content-Length", b"X-Length") + b"\r\n\r\n")
    found[0].headers["content-length"] = found[0].headers.pop("x-length")
    return found


def request(
    method: str,
    path: str,
    body: bytes | None = None,
    token: str | None = "key",
    agent: str | None = "tests",
    **headers: str,
) -> bytes:
    """An HTTP request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: api.test"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if agent is not None:
        lines.append(f"User-Agent: {agent}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


class Kinds(Struct, frozen=True):
    """A part of it, with choices."""

    of: list[Literal["small", "large"]]


class Thing(Struct, frozen=True):
    """A body of the tests' own."""

    name: str
    size: int = 1
    tags: list[str] | None = None
    kind: Literal["small", "large"] | None = None
    kinds: list[Kinds] | None = None


class Made(Struct, frozen=True):
    """An answer of the tests' own."""

    id: str


async def make(call: Any, body: Thing) -> Made:
    return Made(body.name)


async def show(call: Any) -> Made:
    return Made(call.path.get("id", "all"))


def endpoint(method: str = "GET", path: str = "/things", run: Any = show, **declared: Any) -> Endpoint:
    """An endpoint of the tests' own."""
    return Endpoint(method=method, path=path, run=run, **{"gives": Made, **declared})


@pytest.fixture
def serve() -> Any:
    """Makes an API of these endpoints; whoever is connected at the end goes."""
    all_made: list[Http] = []

    def made(*endpoints: Endpoint, limits: RateLimitSettings | None = None, **more: Any) -> Http:
        clock = Clock()
        callers = KnownCallers()
        settings = RateLimitSettings(enabled=False) if limits is None else limits
        api = Api(
            endpoints=endpoints,
            access=callers,  # type: ignore[arg-type]
            limits=Limits(settings, clock.seconds),
            reactor=clock,
            clock=lambda: 1_800_000_000.0 + clock.seconds(),
            run_in_thread=lambda f, *args: maybeDeferred(f, *args),
            **more,
        )
        all_made.append(Http(api, clock, callers))
        return all_made[-1]

    yield made
    for http in all_made:
        for wire in http.wires:
            wire.hang_up()


def later() -> Deferred[Any]:
    """Work that takes until the test says."""
    return Deferred()


def at_once(value: Any) -> Deferred[Any]:
    """Work that is done."""
    return succeed(value)
