"""Accepts: POST /emails one by one and in batches, answered after the commit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import load, store
from bench.disk import syncs
from bench.ground import BATCH, NotDone, authorization, installation, looking, mail, open_for_mail, postmaster
from bench.load import Load, post, post_evenly
from bench.machine import shares
from bench.rows import Row, Set, Work
from tests.rig import ROOT, free_port

_A_GROUP = 200
_ROLES: dict[str, dict[str, Any]] = {
    "server": {"roles": ["api", "jobs"]},
    "smtp_outbound": {"mode": "direct"},
    "rate_limit": {"enabled": True, "requests_per_second": 1_000_000},
}


@contextmanager
def bare_klein() -> Iterator[int]:
    """Bare Klein in a process of its own; gives its port."""
    process = subprocess.Popen([sys.executable, "-m", "bench.bare"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(json.loads(process.stdout.readline())["port"])
    finally:
        process.terminate()
        process.wait(10)


def bare_rate(seconds: float) -> Load:
    """What bare Klein gives to the same load."""
    with bare_klein() as port:
        body = json.dumps(mail())
        post(port, "/emails", body, {}, 1)
        return post(port, "/emails", body, {}, seconds)


def run(work: Work) -> Iterator[Row]:
    """Singles between two measurements of bare Klein, then batches."""
    seconds = work.options.seconds(8)
    with installation(free_port(), _ROLES, work.options.log) as rig:
        open_for_mail(rig)
        assert rig.daemon is not None
        with looking(rig) as database:
            before = bare_rate(seconds / 2)
            post(rig.http, "/emails", json.dumps(mail()), authorization(rig), 2)
            had = database.value("SELECT count(*) FROM email")
            with shares(daemon=rig.daemon.pid, PostgreSQL=postmaster(database)) as taken:
                single = post(rig.http, "/emails", json.dumps(mail()), authorization(rig), seconds)
            has = database.value("SELECT count(*) FROM email")
            if has - had < single.requests:
                raise NotDone(f"{single.requests} were accepted, {has - had} are in the database")
            after = bare_rate(seconds / 2)
            bare = (before.rate + after.rate) / 2
            p50, p99 = (before.p50 + after.p50) / 2, (before.p99 + after.p99) / 2
            yield Row(
                "accept-single",
                single.rate,
                "mails/s",
                bare,
                "requests/s of bare Klein",
                f"{taken}; {taken.each(single.requests)}; {load.generator()}",
            )
            yield Row("accept-p50", single.p50, "ms", p50, "ms of bare Klein", "the same run")
            yield Row("accept-p99", single.p99, "ms", p99, "ms of bare Klein", "the same run")
            with shares(daemon=rig.daemon.pid, PostgreSQL=postmaster(database)) as taken:
                keyed = post(rig.http, "/emails", json.dumps(mail()), authorization(rig), seconds, keyed=True)
            again = bare_rate(seconds / 2)
            yield Row(
                "accept-keyed",
                keyed.rate,
                "mails/s",
                (after.rate + again.rate) / 2,
                "requests/s of bare Klein",
                f"an idempotency key each, rate limits and request logs on; {taken}; {taken.each(keyed.requests)}",
            )
            with syncs(rig.folder) as disk:
                half = post_evenly(
                    rig.http, "/emails", json.dumps(mail()), authorization(rig), seconds, keyed.rate / 2, keyed=True
                )
            with bare_klein() as port:
                calm = post_evenly(port, "/emails", json.dumps(mail()), {}, seconds / 2, keyed.rate / 2)
            beside = f"half the rate of accept-keyed, arriving evenly; {half.generator}; {disk}"
            yield Row("accept-half-p50", half.p50, "ms", calm.p50, "ms of bare Klein at that rate", beside)
            yield Row("accept-half-p99", half.p99, "ms", calm.p99, "ms of bare Klein at that rate", beside)
            batch = json.dumps([mail(f"r{place}@example.net") for place in range(BATCH)])
            post(rig.http, "/emails/batch", batch, authorization(rig), 1)
            had = database.value("SELECT count(*) FROM email")
            with shares(daemon=rig.daemon.pid, PostgreSQL=postmaster(database)) as taken:
                batches = post(rig.http, "/emails/batch", batch, authorization(rig), seconds)
            has = database.value("SELECT count(*) FROM email")
            if has - had < batches.requests * BATCH:
                raise NotDone(f"{batches.requests * BATCH} were accepted, {has - had} are in the database")
            alone = store.accept_rate(database.dsn, work.options.seconds(3), _A_GROUP)
            yield Row(
                "accept-batch",
                batches.rate * BATCH,
                "mails/s",
                alone,
                f"mails/s of the store's transaction alone, {_A_GROUP} a transaction",
                f"{taken}; {taken.each(batches.requests * BATCH)}; {load.generator()}",
            )


_NAMES = (
    "accept-single",
    "accept-p50",
    "accept-p99",
    "accept-keyed",
    "accept-half-p50",
    "accept-half-p99",
    "accept-batch",
)

SETS = [Set(_NAMES, run)]
