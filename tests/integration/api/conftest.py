"""The API on a real port and a real database, with the real door behind it; DNS is a table."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

import pytest
import pytest_twisted
from attrs import define, evolve, field
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Protocol
from twisted.internet.threads import deferToThread
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers

from mailit import discovery
from mailit.access.access import Access
from mailit.access.keys import Keys
from mailit.access.limits import Limits
from mailit.access.passwords import Cost, Passwords
from mailit.access.people import People
from mailit.access.post import Post, SetupDomains
from mailit.access.sessions import NOWHERE
from mailit.access.settings import RateLimitSettings
from mailit.api.core import all_endpoints
from mailit.api.request_log import RequestLog
from mailit.api.server import Api
from mailit.api.signed import SignedLinks
from mailit.db.migrations import Migrations
from mailit.db.pool import Pool
from mailit.delivery.render import Renderer
from mailit.domains.custody import Custody
from mailit.domains.preflight import Preflight, Sender
from mailit.domains.records import Hosts
from mailit.domains.sending import Policy, SendingDomains
from mailit.ids import Ids
from mailit.net.guard import Guard
from mailit.net.http import HttpClient
from mailit.net.tls import ClientContexts
from mailit.plugin import Endpoint
from mailit.queue.log import EventLog
from mailit.store import accounts
from mailit.store.blobs import TableBlobs
from mailit.store.claims import LaneKey
from mailit.submission import door, idempotency
from mailit.submission.door import Door
from mailit.submission.fetcher import Fetcher
from mailit.submission.idempotency import Idempotency
from mailit.submission.quotas import Quotas
from mailit.submission.scheduled import Scheduled
from mailit.submission.settings import QuotaSettings
from mailit.testing.dns import MemoryResolver
from mailit.testing.host import host

SECRET = "s" * 64


@define
class Hub:
    """Notices between "processes" of one test."""

    listeners: dict[str, list[Any]] = field(factory=dict)

    def listen(self, channel: str, heard: Any) -> None:
        self.listeners.setdefault(channel, []).append(heard)

    def notify(self, channel: str, payload: str = "") -> None:
        for heard in self.listeners.get(channel, []):
            heard(payload)


@define
class Answer:
    """What the API said."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        values = self.headers.getRawHeaders(name)
        return values[0] if values else None


class Whole(Protocol):
    """An answer's body, whole."""

    def __init__(self) -> None:
        self.data = b""
        self.done: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Any = None) -> None:
        self.done.callback(self.data)


class ReadBody:
    """A request's body, whole."""

    def __init__(self, body: bytes) -> None:
        self.body, self.length = body, len(body)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        consumer.write(self.body)
        return maybeDeferred(lambda: None)

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def stopProducing(self) -> None: ...


@define(eq=False, slots=False)
class House:
    """One process with the role `api`, and hands to ask it."""

    reactor: Any
    pool: Pool
    dsn: str
    registration: str = "first"
    asks_dns: bool = False
    plugins: bool = False
    limits: RateLimitSettings = field(factory=lambda: RateLimitSettings(enabled=False))
    quota: QuotaSettings = field(factory=QuotaSettings)
    hub: Hub = field(factory=Hub)
    dns: MemoryResolver = field(factory=MemoryResolver)
    guard: Guard = field(factory=Guard)
    ids: Ids = field(factory=Ids)
    clock_ahead: float = 0.0
    reason: str | None = None
    woken: list[LaneKey] = field(factory=list)

    def clock(self) -> float:
        return time.time() + self.clock_ahead

    async def ready(self) -> str | None:
        return self.reason

    def plugin_routes(self) -> list[Endpoint]:
        """The endpoints of every plugin that is found, on this database, whose tables are then there."""
        if not self.plugins:
            return []
        found = discovery.discover()
        Migrations.of(found).up(self.dsn)
        its = host(reactor=self.reactor, database=self.pool, submission=self.door, clock=self.clock, ids=self.ids)
        return [one for plugin in found for one in plugin.routes(its)]

    def build(self) -> None:
        self.log = EventLog(self.reactor, self.pool)
        self.access = Access(self.pool, self.hub, self.reactor, self.clock, SECRET)
        self.passwords = Passwords(deferToThread, Cost(16, 1, 1))
        self.domains = SendingDomains(
            self.pool,
            self.hub,
            self.dns,
            Custody("m" * 32),
            Policy(Hosts.of("mail.example.org"), key_bits=1024, asks_dns=self.asks_dns),
            self.ids,
            self.clock,
            self.reactor.seconds,
            deferToThread,
        )
        self.group = door.group(self.reactor, self.dsn, [], self.clock)
        lent = SetupDomains(self.pool, self.domains)
        own_door = Door(self.group, lent, self.clock, self.ids, 86400.0, lambda lanes: self.log.told())
        self.people = People.of(
            database=self.pool,
            passwords=self.passwords,
            access=self.access,
            post=Post(self.pool, lent, own_door, shown=not self.asks_dns),
            draw=self.ids,
            clock=self.clock,
            secret=SECRET,
            master="m" * 32,
            dashboard_url="http://dashboard.test",
            registration=self.registration,
        )
        self.blobs = TableBlobs(self.pool)
        http = HttpClient(self.reactor, self.dns, self.guard, ClientContexts(deferToThread))
        self.quotas = Quotas(self.quota, self.pool, self.hub, self.clock, self.reactor.seconds)
        self.door = Door(
            self.group,
            self.domains,
            self.clock,
            self.ids,
            86400.0,
            lambda lanes: self.log.told(),
            blobs=self.blobs,
            fetcher=Fetcher(http.get),
            quotas=self.quotas,
        )
        self.key_group = idempotency.group(self.reactor, self.dsn)
        self.idempotency = Idempotency(self.key_group, self.pool)
        self.own_limits = Limits(self.limits, self.reactor.seconds)
        self.endpoints: list[Endpoint] = all_endpoints(
            reactor=self.reactor,
            run_in_thread=deferToThread,
            database=self.pool,
            submission=self.door,
            idempotency=self.idempotency,
            render=Renderer(deferToThread, self.domains, time.time, blobs=self.blobs),
            blobs=self.blobs,
            quotas=self.quotas,
            limits=self.own_limits,
            scheduled=Scheduled(self.pool, self.clock, self.changed),
            clock=self.clock,
            feed=self.log,
            domains=self.domains,
            keys=Keys(self.pool, self.access, self.ids),
            people=self.people,
            ready=self.ready,
            mode="sandbox",
            version="0.0.0",
            hostname="mail.example.org",
            base_url="http://api.test",
            preflight=Preflight(
                Sender("mail.example.org", ("192.0.2.1",)),
                self.dns if self.asks_dns else None,
                self.clock,
                deferToThread,
            ),
            links=SignedLinks(SECRET, "http://api.test", self.clock),
            others=self.plugin_routes(),
        )
        self.requests = RequestLog(self.reactor, self.pool, self.clock, self.ids)
        self.api = Api(
            self.endpoints,
            self.access,
            self.own_limits,
            self.reactor,
            self.clock,
            deferToThread,
            ("http://localhost:3000",),
            requests=self.requests,
            trusted_proxies=(ip_network("127.0.0.0/8"),),
            used=self.quotas.used,
        )
        self.access.start()
        self.domains.start()
        self.port = self.reactor.listenTCP(0, self.api.site, interface="127.0.0.1")
        self.connections = HTTPConnectionPool(self.reactor)
        self.agent = Agent(self.reactor, pool=self.connections)

    def changed(self, lanes: Iterable[LaneKey]) -> None:
        self.woken.extend(lanes)
        self.log.told()

    def twin(self) -> House:
        """One more process on the same database, built."""
        twin = evolve(self, ids=Ids())
        twin.build()
        return twin

    async def stop(self) -> None:
        await maybeDeferred(self.port.stopListening)
        await self.connections.closeCachedConnections()
        await self.api.stop()
        await self.requests.stop()
        await self.people.recovery.stop()
        await self.domains.stop()
        await self.access.stop()
        await self.group.stop()
        await self.key_group.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port.getHost().port}"

    async def ask(self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str) -> Answer:
        """One request; `body` is JSON, or bytes as they are."""
        sent = Headers({"User-Agent": ["tests"], "Content-Type": ["application/json"]})
        if token is not None:
            sent.addRawHeader("Authorization", f"Bearer {token}")
        for name, value in headers.items():
            sent.addRawHeader(name.replace("_", "-"), value)
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        producer = None if raw is None else ReadBody(raw)
        response = await self.agent.request(method.encode(), f"{self.url}{path}".encode(), sent, producer)
        whole = Whole()
        response.deliverBody(whole)
        return Answer(response.code, response.headers, await whole.done)

    async def until(self, condition: Any, seconds: float = 5.0) -> None:
        """Waits until the condition holds."""
        end = time.monotonic() + seconds
        while not await condition():
            assert time.monotonic() < end, "it did not come to hold"
            await self.sleep(0.01)

    def sleep(self, seconds: float) -> Deferred[None]:
        slept: Deferred[None] = Deferred()
        self.reactor.callLater(seconds, slept.callback, None)
        return slept

    async def member(self, team_id: str, role: str, email: str | None = None, password: str = "none") -> Any:
        """Somebody in a team: the id of his account and a token of his; without a hash, unless one is given."""
        account_id = self.ids()
        email = email or f"{role}-{account_id[-12:]}@example.com"

        def made(tx: Any) -> str:
            accounts.insert_account(tx, account_id, email, role.title(), password, operator=False)
            accounts.insert_membership(tx, team_id, account_id, role)
            account = accounts.by_id(tx, account_id)
            assert account is not None
            return self.people.sessions.begin(tx, account, NOWHERE, team_id).token

        return account_id, await self.pool.transact(made)

    async def team(self, name: str, domain: str | None = None) -> Team:
        """A team with a key and, if named, a domain."""
        team_id = self.ids()
        await self.pool.transact(
            lambda tx: tx.run("INSERT INTO team (id, name) VALUES (%(id)s, %(name)s)", {"id": team_id, "name": name})
        )
        from mailit.access.keys import grant

        granted = await self.pool.transact(grant, self.ids, team_id, "first")
        team = Team(self, team_id, granted.id, granted.token)
        team.owner_id, team.owner = await self.member(team_id, "owner")
        if domain is not None:
            answer = await team.ask("POST", "/domains", {"name": domain})
            assert answer.status == 201, answer.body
            team.domain, team.domain_id = domain, answer.json["id"]
        return team


@define
class Team:
    """A team as its key sees the API."""

    house: House
    id: str
    key_id: str
    token: str
    domain_id: str | None = None
    domain: str = ""
    owner_id: str = ""
    owner: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.house.ask(method, path, body, self.token, **headers)

    async def send(self, **fields: Any) -> Answer:
        mail = {"from": "Ana <ana@acme.example>", "to": "bo@example.net", "subject": "Hi", "text": "Hello", **fields}
        return await self.ask("POST", "/emails", {name: value for name, value in mail.items() if value is not ...})


@pytest.fixture
def house_settings() -> dict[str, Any]:
    """What a house is built with; a test's module or class may say more."""
    return {}


@pytest_twisted.async_yield_fixture
async def house(reactor: Any, pool: Pool, dsn: str, house_settings: dict[str, Any]) -> Any:
    """A house with nobody in it."""
    house = House(reactor, pool, dsn, **house_settings)
    house.build()
    yield house
    await house.stop()


@pytest_twisted.async_yield_fixture
async def acme(house: House) -> Any:
    """A team that may send from acme.example."""
    yield await house.team("Acme", "acme.example")


@pytest_twisted.async_yield_fixture
async def other(house: House) -> Any:
    """Another team."""
    yield await house.team("Other", "other.example")
