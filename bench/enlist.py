"""Broadcasts: one content to many recipients through the door's `enlist`, on a real database.

`python -m bench.enlist DSN TEAM DOMAIN SECONDS` does it in a process of its own, for the reactor runs but once, and
prints `{"recipients": N, "seconds": S}`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred

from bench import store
from bench.ground import NotDone, mail, tables
from bench.machine import shares
from bench.rows import Row, Set, Work
from mailit.draft import Content, Draft, Stream
from mailit.ids import Ids
from mailit.interfaces import Row as Recipient
from mailit.interfaces import SendingDomain
from mailit.mail import address
from mailit.submission import door
from mailit.submission.door import Door
from tests.rig import ROOT

_A_STEP = 500
_LIFETIME = 172_800.0


@frozen
class _OneDomain:
    id: str
    team: str

    async def find(self, team_id: str, name: str) -> SendingDomain | None:
        """Implements `mailit.interfaces.Domains`."""
        return SendingDomain(self.id, self.team, name, "verified", f"send.{name}", True)


def run(work: Work) -> Iterator[Row]:
    """Steps of 500 recipients, one after the other, as an expansion takes them."""
    with tables() as tenant:
        seconds = work.options.seconds(6)
        command = [sys.executable, "-m", "bench.enlist", tenant.dsn, tenant.team, tenant.domain, str(seconds)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
        if not said:
            raise NotDone(f"the expansion ended with status {process.returncode}")
        done = json.loads(said)
        alone = store.accept_rate(tenant.dsn, work.options.seconds(2), _A_STEP, shared=True)
    yield Row(
        "broadcast-expansion",
        done["recipients"] / done["seconds"],
        "recipients/s",
        alone,
        f"recipients/s of the store's transaction alone, {_A_STEP} a transaction",
        f"enlist of {_A_STEP} at a time, one in flight; {done['shares']}",
    )


async def _expand(reactor: Any, dsn: str, team: str, domain: str, seconds: float) -> dict[str, Any]:
    group = door.group(reactor, dsn, [])
    submission = Door(group, _OneDomain(domain, team), time.time, Ids(), _LIFETIME, lambda lanes: None)
    one = mail()
    draft = Draft(
        team_id=team,
        from_=address.parse(one["from"]),
        subject=one["subject"],
        to=(),
        content=Content(one["html"], one["text"]),
        stream=Stream.BROADCAST,
    )
    rows = [
        Recipient(address.parse(f"r{place}@d{place % 50}.example"), {"name": f"Ana {place}"})
        for place in range(_A_STEP)
    ]
    await submission.enlist(draft, rows, lambda tx: None)
    recipients = 0
    with shares(expansion=os.getpid()) as taken:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            ids = await submission.enlist(draft, rows, lambda tx: None)
            recipients += len(ids)
        took = time.monotonic() - began
    await group.stop()
    return {"recipients": recipients, "seconds": took, "shares": str(taken)}


def main() -> None:
    from twisted.internet import reactor

    dsn, team, domain, seconds = sys.argv[1:]
    failed: list[Any] = []

    def begin() -> None:
        done = Deferred.fromCoroutine(_expand(reactor, dsn, team, domain, float(seconds)))
        done.addCallbacks(lambda said: print(json.dumps(said), flush=True), failed.append)
        done.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    if failed:
        failed[0].printTraceback()
        sys.exit(1)


SETS = [Set(("broadcast-expansion",), run)]

if __name__ == "__main__":
    main()
