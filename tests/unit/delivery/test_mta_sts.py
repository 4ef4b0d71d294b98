"""MTA-STS policies: found, fetched, kept."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.web.http_headers import Headers

from mailit.delivery.mta_sts import AGAIN, FETCH_ERROR, INVALID_POLICY, REFRESH, WEBPKI_INVALID, StsCache
from mailit.net.http import Fetched, Unfetched
from mailit.store import mta_sts as store
from mailit.testing.clocks import WallClock
from mailit.testing.database import MemoryDatabase
from mailit.testing.dns import MemoryResolver

DAY = 86_400.0
URL = "https://mta-sts.a.test/.well-known/mta-sts.txt"


def policy(mode: str = "enforce", age: int = 604_800, mx: str = "mx.a.test") -> bytes:
    """A policy as it is served."""
    return f"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: {age}\n".encode()


@define(eq=False)
class Site:
    """The policy host: what it serves, and how often it was asked."""

    body: bytes | Exception = field(factory=policy)
    type: str = "text/plain"
    asked: Counter[str] = field(factory=Counter)
    gate: Deferred[None] | None = None

    def get(self, url: str, timeout: float, most: int, redirects: int = 0) -> Deferred[Fetched]:
        self.asked[url] += 1
        assert not redirects, "RFC 8461 §3.3"
        gate = succeed(None) if self.gate is None else self.gate
        return gate.addCallback(lambda _: self._serve())

    def _serve(self) -> Any:
        if isinstance(self.body, Exception):
            return fail(self.body)
        return Fetched(self.body, self.type, Headers())


class House:
    """A cache with everything around it; a.test says that it has the policy 1."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.resolver = MemoryResolver()
        self.site = Site()
        self.database = MemoryDatabase()
        self.database.answer(store.KEEP, 1)
        self.database.answer(store.PURGE, 0)
        self.notes: list[tuple[str, str]] = []
        self.says("v=STSv1; id=1;")
        self.start()

    def start(self, rows: list[dict[str, Any]] | None = None) -> None:
        """A process begins, with what the database has."""
        self.cache = StsCache(
            self.clock,
            WallClock(self.clock),
            self.resolver,
            self.site,  # type: ignore[arg-type]
            self.database,
            lambda domain, result, reason: self.notes.append((domain, result)),
        )
        self.database.answer(store.LIVING, rows or [])
        Deferred.fromCoroutine(self.cache.load())

    def restart(self) -> None:
        """Another process begins where this one ended."""
        kept = self.database.params(store.KEEP)[-1]
        times = {"fetched_at": kept["fetched"].timestamp(), "expires_at": kept["expires"].timestamp()}
        self.start([{**{name: kept[name] for name in ("domain", "id", "body")}, **times}])

    def says(self, *records: str) -> None:
        """The TXT records of `_mta-sts.a.test`."""
        self.resolver.txts["_mta-sts.a.test"] = records

    def mode(self) -> str | None:
        """That of the policy that holds now."""
        found: list[Any] = []
        self.cache.find("a.test").addCallback(found.append)
        assert found, "it is still being looked for"
        return None if found[0] is None else str(found[0].mode.value)


@pytest.fixture
def house() -> House:
    return House()


class TestADomainWithAPolicy:
    """It is fetched, and then it is known."""

    @pytest.mark.parametrize("mode", ["enforce", "testing"])
    def test_it_is_fetched_once(self, house: House, mode: str) -> None:
        """From the one place that it may be at."""
        house.site.body = policy(mode)
        assert house.mode() == mode
        assert house.mode() == mode
        assert house.site.asked == {URL: 1}

    def test_none_is_no_policy(self, house: House) -> None:
        """And still known, so that it is not fetched again and again."""
        house.site.body = policy("none")
        assert house.mode() is None
        assert house.mode() is None
        assert house.site.asked[URL] == 1

    def test_many_wait_for_one_fetch(self, house: House) -> None:
        """Each on a Deferred of his own."""
        house.site.gate = Deferred()
        found: list[Any] = []
        for _ in range(3):
            house.cache.find("a.test").addCallback(found.append)
        assert not found
        house.site.gate.callback(None)
        assert len(found) == 3
        assert house.site.asked[URL] == 1

    def test_another_id_is_another_policy(self, house: House) -> None:
        """RFC 8461 §3.1."""
        assert house.mode() == "enforce"
        house.site.body = policy("testing")
        assert house.mode() == "enforce"
        house.says("v=STSv1; id=2;")
        assert house.mode() == "testing"

    def test_it_is_taken_back(self, house: House) -> None:
        """By a policy of mode none (RFC 8461 §8.3)."""
        assert house.mode() == "enforce"
        house.site.body = policy("none", 0)
        house.says("v=STSv1; id=2;")
        assert house.mode() is None


class TestADomainWithout:
    """Nothing is fetched."""

    @pytest.mark.parametrize("records", [(), ("v=spf1 -all",), ("v=STSv1; id=1;", "v=STSv1; id=2;")])
    def test_no_record_or_too_many(self, house: House, records: tuple[str, ...]) -> None:
        """RFC 8461 §3.1."""
        house.says(*records)
        assert house.mode() is None
        assert not house.site.asked

    def test_dns_does_not_say(self, house: House) -> None:
        """Nobody knows of a policy, so there is none."""
        house.resolver.broken.add("_mta-sts.a.test")
        assert house.mode() is None


class TestAPolicyThatIsKept:
    """Whatever becomes of the record and of the document."""

    def test_the_record_is_gone(self, house: House) -> None:
        """It holds until its age is over (RFC 8461 §10.2)."""
        assert house.mode() == "enforce"
        house.says()
        house.clock.advance(7 * DAY - 1)
        assert house.mode() == "enforce"
        house.clock.advance(2)
        assert house.mode() is None

    def test_dns_is_gone(self, house: House) -> None:
        """As well."""
        assert house.mode() == "enforce"
        house.resolver.broken.add("_mta-sts.a.test")
        assert house.mode() == "enforce"

    @pytest.mark.parametrize("broken", [Unfetched("No."), b"<html>"])
    def test_a_new_one_that_can_not_be_had(self, house: House, broken: bytes | Exception) -> None:
        """The old one holds on."""
        assert house.mode() == "enforce"
        house.site.body = broken
        house.says("v=STSv1; id=2;")
        assert house.mode() == "enforce"

    def test_over_a_restart(self, house: House) -> None:
        """It is in the database, with what is left of its age."""
        assert house.mode() == "enforce"
        house.clock.advance(DAY)
        house.says()
        house.site.body = Unfetched("No.")
        house.restart()
        assert house.mode() == "enforce"
        house.clock.advance(6 * DAY)
        assert house.mode() is None

    def test_over_a_restart_without_a_fetch(self, house: House) -> None:
        """The id is known, too."""
        assert house.mode() == "enforce"
        house.restart()
        assert house.mode() == "enforce"
        assert house.site.asked[URL] == 1

    def test_without_a_database_it_holds_here(self, house: House) -> None:
        """And mail does not wait for it."""
        house.database.away = True
        assert house.mode() == "enforce"

    def test_it_is_fetched_anew_each_day(self, house: House) -> None:
        """So that it does not end while the id stays the same; nobody waits for that."""
        assert house.mode() == "enforce"
        house.clock.advance(REFRESH + 1)
        house.site.gate = Deferred()
        assert house.mode() == "enforce"
        assert house.site.asked[URL] == 2
        house.site.gate.callback(None)
        house.clock.advance(7 * DAY - 1)
        house.says()
        assert house.mode() == "enforce"


class TestAPolicyThatCanNotBeHad:
    """There is none, and it is noted why (RFC 8460 §4.3.2.2)."""

    @pytest.mark.parametrize(
        ("body", "type_", "result"),
        [
            (Unfetched("No."), "text/plain", FETCH_ERROR),
            (Unfetched("No.", tls=True), "text/plain", WEBPKI_INVALID),
            (b"nonsense", "text/plain", INVALID_POLICY),
            (policy(), "text/html", INVALID_POLICY),
        ],
    )
    def test_why(self, house: House, body: bytes | Exception, type_: str, result: str) -> None:
        """Once a try."""
        house.site.body, house.site.type = body, type_
        assert house.mode() is None
        assert house.notes == [("a.test", result)]

    def test_it_is_tried_again_after_a_while(self, house: House) -> None:
        """Not with each mail (RFC 8461 §3.3)."""
        house.site.body = Unfetched("No.")
        house.mode()
        house.clock.advance(AGAIN - 1)
        house.site.body = policy()
        assert house.mode() is None
        assert house.site.asked[URL] == 1
        house.clock.advance(2)
        assert house.mode() == "enforce"

    def test_a_fault_of_ours(self, house: House) -> None:
        """Is logged, and no mail fails of it."""
        house.site.body = RuntimeError("ours")
        assert house.mode() is None
