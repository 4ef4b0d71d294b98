"""A host for the tests of plugins: everything that it gives is in memory, and its time is the test's to turn."""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import evolve
from twisted.internet.defer import maybeDeferred
from twisted.internet.testing import MemoryReactorClock

from mailit.delivery.render import Renderer
from mailit.host import Host
from mailit.ids import Ids
from mailit.interfaces import Envelope
from mailit.mail import verp
from mailit.testing.clocks import WallClock
from mailit.testing.database import MemoryDatabase
from mailit.testing.dns import MemoryResolver
from mailit.testing.domains import MemoryDomains
from mailit.testing.notices import MemoryNotices
from mailit.testing.spool import MemorySpool
from mailit.testing.submission import MemorySubmission

VERP_SECRET = b"verp secret of the tests"


def host(**changes: Any) -> Host:
    """A host with no I/O. Keywords are fields of `Host`, and each takes the place of what would be there.

    `reactor` is a `MemoryReactorClock`; `clock` follows it, from `clocks.START` on. `database` is a `MemoryDatabase`,
    which answers what it was told to and nothing else; for SQL that runs, give a `Pool`. `submission` is a
    `MemorySubmission`: every domain may send, and what was submitted can be looked at. `render` is the real renderer,
    without keys. `run_in_thread` runs at once. `ids` are the same at each run.
    """
    reactor = changes.get("reactor") or MemoryReactorClock()
    clock = changes.get("clock") or WallClock(reactor)
    ids = changes.get("ids") or Ids(clock, Random(7).randbytes)
    in_thread = changes.get("run_in_thread") or maybeDeferred
    domains = MemoryDomains(ids, open=True)
    spool = MemorySpool(clock, ids, domains)
    database = changes.get("database") or MemoryDatabase(undoes=[spool])
    whole = Host(
        reactor=reactor,
        clock=clock,
        ids=ids,
        database=database,
        notices=MemoryNotices(reactor),
        submission=MemorySubmission(spool, domains, database, clock, ids),
        render=Renderer(in_thread, domains, clock),
        return_path=return_path,
        resolver=MemoryResolver(),
        run_in_thread=in_thread,
        mode="sandbox",
        base_url="http://localhost:8025",
        report=spool.report,
    )
    return evolve(whole, **changes)


def return_path(envelope: Envelope) -> str:
    """The real one, with a secret that everybody knows."""
    return verp.return_path(verp.token(envelope.id, VERP_SECRET), envelope.email.return_path)
