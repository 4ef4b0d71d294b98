"""Resident memory of the daemon while much is queued that can't be delivered."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil

from bench.ground import Database, NotDone, installation, looking, open_for_mail
from bench.queued import Mix, add_queued
from bench.rows import Row, Set, Work
from tests.rig import Rig, free_port, until

_LANES = 200
_EACH = (("memory-10k", 10_000), ("memory-100k", 100_000), ("memory-1m", 1_000_000))
_PATIENCE = 20.0  # seconds, for all to have been tried once
_REST = 5.0


def run(work: Work) -> Iterator[Row]:
    """Every destination has an exchanger, and nobody listens there; each mail is tried, and tried again."""
    with installation(free_port(), {}, work.options.log) as rig:
        dead = {f"d{number}.example MX": ["10 mx.example.net."] for number in range(_LANES)}
        rig.publish({"one.example MX": ["10 mx.example.net."], **dead})
        open_for_mail(rig)
        assert rig.daemon is not None
        daemon = psutil.Process(rig.daemon.pid)
        with looking(rig) as database:
            team, domain = (database.value(f"SELECT id FROM {table}") for table in ("team", "domain"))
            for number in range(20):  # what the first mails load is no queue
                rig.send(to=f"ana{number}@d{number}.example")
            until(lambda: _untried(database) == 0, 20)
            empty = _megabytes(daemon, rig, _REST)
            yield Row("memory-empty", empty, "MB", note="resident, after start and twenty mails that were tried")
            queued = 20
            for name, wanted in _EACH:
                if wanted > 100_000 and not work.options.long:
                    continue
                wanted = work.options.scaled(wanted)
                add_queued(database.dsn, team, domain, wanted - queued, Mix(_LANES), queued)
                queued = wanted
                peak, began = 0.0, time.monotonic()
                while _untried(database) and time.monotonic() - began < _PATIENCE:
                    peak = max(peak, _megabytes(daemon, rig, 1.0))
                left = _untried(database)
                peak = max(peak, _megabytes(daemon, rig, _REST))
                said = f"{left:,} not tried yet" if left else f"all tried within {time.monotonic() - began:.0f} s"
                yield Row(
                    name,
                    peak,
                    "MB",
                    empty,
                    "MB with an empty queue",
                    f"{peak - empty:+.1f} MB, {queued:,} mails in {_LANES + 1} lanes, all exchangers dead; {said}",
                )


def _untried(database: Database) -> int:
    """How many were never tried."""
    return int(database.value("SELECT count(*) FROM envelope WHERE attempt = 0 AND holder IS NULL"))


def _megabytes(daemon: psutil.Process, rig: Rig, seconds: float) -> float:
    """The highest of the daemon's resident memory over some seconds."""
    highest, until_ = 0, time.monotonic() + seconds
    while time.monotonic() < until_:
        if rig.daemon is None or rig.daemon.poll() is not None:
            raise NotDone("the daemon has ended")
        highest = max(highest, daemon.memory_info().rss)
        time.sleep(0.1)
    return highest / 1e6


SETS = [Set(("memory-empty", *(name for name, _ in _EACH)), run)]
