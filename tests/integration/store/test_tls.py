"""What delivery keeps of other domains' TLS, on a real database."""

from __future__ import annotations

from datetime import date

import pytest_twisted
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.delivery.mta_sts import StsCache
from mailit.delivery.tls_results import TlsResults
from mailit.interfaces import Tlsa
from mailit.mail.sts import Mode, StsPolicy, parse
from mailit.net.tls import Demand, Tls
from mailit.store import mta_sts, tls_results
from mailit.store.mta_sts import KeptPolicy
from mailit.store.tls_results import TlsResult
from tests.integration.store.test_queue import Spool

NOW = 1_800_000_000.0
TODAY = date(2027, 1, 15)
BODY = "version: STSv1\nmode: enforce\nmx: mx.a.test\nmax_age: 100\n"
RESULT = TlsResult(TODAY, "a.test", "sts", ("mode: enforce",), ("*.a.test",), "", "mx.a.test", "1.1.1.1", "2.2.2.2", "")


def inside(test):
    """Runs an async test."""
    return pytest_twisted.ensureDeferred(test)


class TestPolicies:
    """Of MTA-STS."""

    @inside
    async def test_those_that_hold_come_back(self, pool):
        """The others are gone."""
        kept = KeptPolicy("a.test", "1", BODY, NOW, NOW + 100)
        await pool.transact(mta_sts.keep, kept)
        await pool.transact(mta_sts.keep, evolve(kept, domain="b.test", expires_at=NOW + 10))
        assert await pool.transact(mta_sts.living, NOW + 50, 10) == [kept]
        assert await pool.transact(mta_sts.living, NOW, 10) == [kept]

    @inside
    async def test_the_later_word_counts(self, pool):
        """Of two processes."""
        kept = KeptPolicy("a.test", "2", BODY, NOW, NOW + 100)
        await pool.transact(mta_sts.keep, kept)
        await pool.transact(mta_sts.keep, evolve(kept, id="1", fetched_at=NOW - 1))
        assert await pool.transact(mta_sts.living, NOW, 10) == [kept]

    @inside
    async def test_a_process_takes_them_up(self, reactor, pool):
        """When it starts."""
        await pool.transact(mta_sts.keep, KeptPolicy("a.test", "1", BODY, NOW, NOW + 100))
        cache = StsCache(reactor, lambda: NOW, None, None, pool)
        await cache.load()
        assert cache.known("a.test") == parse(BODY.encode())


class TestResults:
    """By day."""

    @inside
    async def test_they_add_up(self, pool):
        """Over writes; each kind apart."""
        failed = evolve(RESULT, result="certificate-expired", reason="It has expired")
        await pool.transact(tls_results.add, {RESULT: 2, failed: 1})
        await pool.transact(tls_results.add, {RESULT: 3})
        assert await pool.transact(tls_results.of_day, TODAY) == {RESULT: 5, failed: 1}
        assert await pool.transact(tls_results.of_day, date(2027, 1, 14)) == {}

    @inside
    async def test_old_ones_go(self, pool):
        """As a whole day."""
        await pool.transact(tls_results.add, {RESULT: 1, evolve(RESULT, day=date(2026, 12, 1)): 1})
        assert await pool.transact(tls_results.purge, TODAY) == 1

    @inside
    async def test_sessions_as_a_report_wants_them(self, reactor, pool):
        """RFC 8460 §4.4: the policy's type, its text and its patterns."""
        policy = StsPolicy(Mode.ENFORCE, 100, ("mx.a.test",), BODY)
        results = TlsResults(reactor, lambda: NOW, pool, {"a.test": policy}.get)
        pinned = Demand(Tls.MANDATORY, "dane", (Tlsa(3, 1, 1, b"\x01\x02"),), ("mx.a.test",))
        for _ in range(2):
            results.session("a.test", "mx.a.test", "2.2.2.2", "1.1.1.1", Demand(Tls.ENFORCED, "mta-sts"), "", "")
        results.session("a.test", "mx.a.test", "2.2.2.2", "1.1.1.1", pinned, "validation-failure", "Not it")
        results.session("b.test", "mx.b.test", "2.2.2.3", "1.1.1.1", Demand(Tls.OPPORTUNISTIC, "opportunistic"), "", "")
        results.no_policy("c.test", "sts-policy-fetch-error", "It is away.")
        results.start()
        await results.stop()
        found = await pool.transact(tls_results.of_day, TODAY)
        assert {
            (one.domain, one.policy_type, one.policy, one.mx, one.result, one.reason): sessions
            for one, sessions in found.items()
        } == {
            ("a.test", "sts", tuple(BODY.splitlines()), ("mx.a.test",), "", ""): 2,
            ("a.test", "tlsa", ("3 1 1 0102",), (), "validation-failure", "Not it"): 1,
            ("b.test", "no-policy-found", (), (), "", ""): 1,
            ("c.test", "sts", (), (), "sts-policy-fetch-error", "It is away."): 1,
        }

    @inside
    async def test_a_database_that_is_away(self, reactor, pool):
        """Costs nothing: the next write has it all."""
        from mailit.errors import Unavailable

        class Away:
            def transact(self, *args):
                raise Unavailable

        results = TlsResults(reactor, lambda: NOW, Away(), lambda domain: None)
        results.no_policy("c.test", "sts-policy-fetch-error", "It is away.")
        await results.write()
        results._database = pool
        await Deferred.fromCoroutine(results.write())
        assert list((await pool.transact(tls_results.of_day, TODAY)).values()) == [1]


class TestASendersWish:
    """A sending domain's `tls`, as a claim brings it."""

    @inside
    async def test_it_comes_with_the_mail(self, pool):
        """And so does that there is none: the domain may be gone."""
        wishes = {}

        def claim(tx):
            spool = Spool(tx)
            for tls in ("enforced", "opportunistic", None):
                mail = spool.add(f"a@{tls}.example".lower())
                if tls is not None:
                    tx.run(
                        "INSERT INTO domain (id, team_id, name, tls) VALUES (%(id)s, %(team)s, %(name)s, %(tls)s)",
                        {"id": mail.domain_id, "team": spool.team, "name": f"{tls}.test", "tls": tls},
                    )
                (envelope,) = spool.claim(f"{tls}.example".lower())
                wishes[tls] = envelope.email.verified_tls

        await pool.transact(claim)
        assert wishes == {"enforced": True, "opportunistic": False, None: False}
