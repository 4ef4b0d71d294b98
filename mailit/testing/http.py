"""Endpoints behind the real API, in memory: a request goes in and its answer comes out, and there is no socket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from attrs import define, field, frozen
from twisted.internet.defer import maybeDeferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from mailit.access.access import Access
from mailit.access.limits import Limits
from mailit.access.settings import RateLimitSettings
from mailit.api.server import Api
from mailit.errors import InvalidApiKey, MissingApiKey
from mailit.interfaces import Caller
from mailit.plugin import Endpoint
from mailit.testing.clocks import WallClock
from mailit.testing.mails import CALLER

_KEY = b"Bearer key"


@frozen
class Answer:
    """An HTTP answer, taken apart; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body, decoded."""
        return json.loads(self.body)


@define(eq=False)
class MemoryApi:
    """Serves endpoints to one caller: decoding, permission, errors and encoding are those of the house."""

    endpoints: Sequence[Endpoint]
    caller: Caller | None = CALLER
    reactor: Any = field(factory=Clock)
    _api: Api = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._api = Api(
            self.endpoints,
            cast(Access, self),
            Limits(RateLimitSettings(enabled=False), self.reactor.seconds),
            self.reactor,
            WallClock(self.reactor),
            maybeDeferred,
        )

    def ask(self, method: str, path: str, body: Any = None, host: str = "api.test", **headers: str) -> Answer:
        """One request of the caller's, its body as JSON (bytes as they are); `None` as the caller has no key.

        Raises AssertionError where the endpoint has not answered yet.
        """
        transport = StringTransport()
        site: Any = self._api.site
        channel = site.buildProtocol(None)
        channel.makeConnection(transport)
        channel.dataReceived(self._request(method, path, body, host, headers))
        said = transport.value()
        channel.connectionLost(Failure(ConnectionDone()))
        if not said:
            raise AssertionError(f"{method} {path} has no answer yet")
        return _taken_apart(said)

    def known(self, authorization: bytes | None) -> Caller | None:
        """As `Access` does: the caller, if it is one."""
        return self.caller if authorization == _KEY else None

    async def identify(self, authorization: bytes | None) -> Caller:
        """As `Access` does: the caller, or why it is none."""
        if authorization is None:
            raise MissingApiKey
        raise InvalidApiKey

    def _request(self, method: str, path: str, body: Any, host: str, headers: dict[str, str]) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: tests", "Connection: close"]
        if self.caller is not None:
            lines.append(f"Authorization: {_KEY.decode()}")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(raw)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def _taken_apart(said: bytes) -> Answer:
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)
