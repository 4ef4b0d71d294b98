"""The guarded HTTP client before real servers on loopback."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from OpenSSL import SSL
from twisted.internet.defer import maybeDeferred
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.internet.threads import deferToThread
from twisted.logger import formatEvent, globalLogPublisher
from twisted.web.client import URI
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from mailit.net.guard import Guard
from mailit.net.http import HttpClient, Unfetched, _Endpoints
from mailit.net.tls import ClientContexts, Tls, make_context
from mailit.testing.dns import MemoryResolver
from tests.certificates import certificate

LOOPBACK = Guard.allowing([ipaddress.ip_network("127.0.0.0/8")])


class Pages(Resource):
    """What is served, by path; `asked` has the paths and the hosts that were asked for."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.targets: dict[str, str] = {}

    def render_GET(self, request: Any) -> Any:
        path = request.path.decode()
        self.asked.append((path, request.getRequestHostname().decode()))
        if path in self.targets:
            request.setResponseCode(302)
            request.setHeader("Location", self.targets[path])
            return b"elsewhere"
        if path == "/silent":
            return NOT_DONE_YET
        if path == "/stalls":
            request.write(b"a part")
            return NOT_DONE_YET
        if path == "/gone":
            request.setResponseCode(404)
            return b"nothing " * 1000
        request.setHeader("Content-Type", "Text/Plain; charset=utf-8")
        return b"x" * int(path[1:])


@define(eq=False)
class House:
    """A server in the clear, one by TLS, and a client that has heard of both by the name www.test."""

    reactor: Any
    folder: Path
    pages: Pages = field(factory=Pages)
    resolver: MemoryResolver = field(factory=MemoryResolver)
    ports: list[Any] = field(factory=list)
    roots: Path | None = None

    def start(self, name: str = "www.test", days: int = 30, trusted: bool = True) -> None:
        crt, key = certificate(name, days=days).files(self.folder)
        self.roots = crt if trusted else None
        site = Site(self.pages)
        context = DefaultOpenSSLContextFactory(str(key), str(crt), SSL.TLS_METHOD)
        self.ports = [
            self.reactor.listenTCP(0, site, interface="127.0.0.1"),
            self.reactor.listenSSL(0, site, context, interface="127.0.0.1"),
        ]
        self.resolver.hosts["www.test"] = ["127.0.0.1"]

    def url(self, path: str, scheme: str = "http", host: str = "www.test") -> str:
        port = self.ports[scheme == "https"].getHost().port
        return f"{scheme}://{host}:{port}{path}"

    def client(self, guard: Guard = LOOPBACK) -> HttpClient:
        def context(tls: Tls) -> SSL.Context:
            made = make_context(tls)
            if self.roots is not None:
                made.load_verify_locations(str(self.roots))
            return made

        return HttpClient(self.reactor, self.resolver, guard, ClientContexts(deferToThread, context))


@pytest_twisted.async_yield_fixture
async def house(reactor: Any, tmp_path: Path) -> AsyncIterator[House]:
    house = House(reactor, tmp_path)
    yield house
    for port in house.ports:
        await maybeDeferred(port.stopListening)


class TestADocument:
    """As it is served."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_it_is_had(self, house: House, scheme: str) -> None:
        """In the clear and by TLS, its type without parameters."""
        house.start()
        fetched = await house.client().get(house.url("/1000", scheme), most=1000)
        assert (fetched.body, fetched.type) == (b"x" * 1000, "text/plain")
        assert house.pages.asked == [("/1000", "www.test")]

    @pytest_twisted.ensureDeferred
    async def test_the_next_address(self, house: House) -> None:
        """Where one does not answer."""
        house.start()
        house.resolver.hosts["www.test"] = ["127.0.0.2", "127.0.0.1"]
        assert (await house.client().get(house.url("/1"))).body == b"x"


class TestWhatIsSaidOfIt:
    """Nothing, where nothing went wrong."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_the_log_has_no_line(self, house: House, scheme: str) -> None:
        """Twisted would write of each connection, and with it write out the client and all that it knows."""
        house.start()
        said: list[str] = []

        def hear(event: Any) -> None:
            said.append(f"{formatEvent(event)} {event!r}")

        globalLogPublisher.addObserver(hear)
        try:
            await house.client().get(house.url("/1", scheme))
        finally:
            globalLogPublisher.removeObserver(hear)
        assert not [line for line in said if "Client" in line]

    @pytest_twisted.ensureDeferred
    async def test_a_client_is_written_without_what_it_has(self, house: House) -> None:
        """Whoever writes one, or what it opened, writes no resolver, no context, and so no key."""
        client = house.client()
        opened = _Endpoints(client)
        endpoint = opened.endpointForURI(URI.fromBytes(b"https://www.test/a"))
        assert repr(endpoint) == "<www.test port 443>"
        assert not [one for one in (client, opened, endpoint) if "Resolver" in repr(one)]


class TestWhatIsNotFetched:
    """And the sentence that says why."""

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/1001", "longer than 1000 bytes"),
            ("/gone", "status 404"),
            ("/silent", "did not answer within"),
            ("/stalls", "did not answer within"),
        ],
    )
    async def test_by_its_answer(self, house: House, path: str, words: str) -> None:
        """Too long, not there, too slow: the time is for all of it."""
        house.start()
        with pytest.raises(Unfetched, match=words):
            await house.client().get(house.url(path), timeout=0.2, most=1000)

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize(
        ("name", "days", "trusted"),
        [("other.test", 30, True), ("www.test", -1, True), ("www.test", 30, False)],
    )
    async def test_by_its_certificate(self, house: House, name: str, days: int, trusted: bool) -> None:
        """Another's, of yesterday, of nobody that we trust."""
        house.start(name, days, trusted)
        with pytest.raises(Unfetched, match="certificate") as caught:
            await house.client().get(house.url("/1", "https"))
        assert caught.value.tls
        assert not house.pages.asked

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize("host", ["www.test", "127.0.0.1", "localhost"])
    async def test_by_where_it_is(self, house: House, host: str) -> None:
        """Our own house, by whatever name."""
        house.start()
        house.resolver.hosts.update({host: ["127.0.0.1"]})
        with pytest.raises(Unfetched, match=r"security\.allowed_networks"):
            await house.client(Guard()).get(house.url("/1", host=host))
        assert not house.pages.asked

    @pytest_twisted.ensureDeferred
    async def test_nobody_there(self, house: House) -> None:
        """No such name, or nobody who listens."""
        house.start()
        with pytest.raises(Unfetched, match="does not exist"):
            await house.client().get(house.url("/1", host="nothing.test"))
        house.resolver.hosts["www.test"] = ["127.0.0.2"]
        with pytest.raises(Unfetched, match="could not be asked"):
            await house.client().get(house.url("/1"))

    @pytest_twisted.ensureDeferred
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "x y",
            "file:///etc/passwd",
            "ftp://www.test/",
            "https://",
            "http://me:pw@www.test/",
            "http://www.test:x/",
            "http://www.test/a b",
            "http://www.test/\r\nX: y",
            "http://www.tést/",
        ],
    )
    async def test_by_its_url(self, house: House, url: str) -> None:
        """What is none, or more than one."""
        with pytest.raises(Unfetched, match="URL"):
            await house.client().get(url)


class TestARedirect:
    """Is a new look."""

    @pytest_twisted.ensureDeferred
    async def test_as_many_as_are_allowed(self, house: House) -> None:
        """None, unless it is said."""
        house.start()
        house.pages.targets = {"/a": "/b", "/b": house.url("/3", "https")}
        assert (await house.client().get(house.url("/a"), redirects=2)).body == b"xxx"
        for redirects in (0, 1):
            with pytest.raises(Unfetched, match="status 302"):
                await house.client().get(house.url("/a"), redirects=redirects)

    @pytest_twisted.ensureDeferred
    async def test_into_our_own_house(self, house: House) -> None:
        """Is refused as if it had been asked for."""
        house.start()
        house.pages.targets = {"/a": house.url("/3", host="inside.test")}
        house.resolver.hosts["inside.test"] = ["10.0.0.1"]
        with pytest.raises(Unfetched, match=r"security\.allowed_networks"):
            await house.client().get(house.url("/a"), redirects=5)

    @pytest_twisted.ensureDeferred
    async def test_out_of_tls(self, house: House) -> None:
        """Is not followed."""
        house.start()
        house.pages.targets = {"/a": house.url("/3")}
        with pytest.raises(Unfetched, match="nothing is encrypted"):
            await house.client().get(house.url("/a", "https"), redirects=5)
