"""Deliveries: a full queue to a sink on loopback, with a backup's snapshot open, through TLS, and end to end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from attrs import frozen

from bench import accept, load, signatures, sink
from bench.ground import (
    Database,
    NotDone,
    authorization,
    configure,
    fill,
    installation,
    looking,
    mail,
    open_for_mail,
    postmaster,
    snapshot,
)
from bench.load import post
from bench.machine import Shares, cores, shares
from bench.rows import Row, Set, Work
from bench.sink import Counted
from tests.rig import Rig, free_port, until

_FILLING = {"server": {"roles": ["api", "jobs"]}}
_ALL: dict[str, Any] = {"server": {"roles": ["api", "delivery", "jobs"]}}
_STUCK = 30.0  # seconds without a mail that ends


@frozen
class Stretch:
    """Mails that ended over some seconds, and who was busy."""

    mails: int
    seconds: float
    taken: Shares

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds

    def __str__(self) -> str:
        return f"{self.taken}; {self.taken.each(self.mails)}"


def stretch(database: Database, began: int, first: int, last: int, rig: Rig, counted: Counted) -> Stretch:
    """From the moment that `first` mails have ended to that of `last`; `began` is where the event log was before."""
    _reach(database, began + first)
    assert rig.daemon is not None
    with shares(daemon=rig.daemon.pid, PostgreSQL=postmaster(database), sink=counted.process.pid) as taken:
        at, since = database.events(), time.monotonic()
        ended = _reach(database, began + last)
        until_ = time.monotonic()
    return Stretch(ended - at, until_ - since, taken)


def _reach(database: Database, seq: int) -> int:
    at, moved = database.events(), time.monotonic()
    while at < seq:
        time.sleep(0.05)
        now = database.events()
        if now != at:
            moved = time.monotonic()
        elif time.monotonic() - moved > _STUCK:
            raise NotDone(f"no mail has ended for {_STUCK:.0f} s; {seq - at} are to come")
        at = now
    return at


def _all_delivered(database: Database, count: int) -> None:
    """Everything has arrived: a rate of refusals would be no rate of deliveries."""
    deadline = time.monotonic() + _STUCK
    while database.value("SELECT count(*) FROM envelope"):
        if time.monotonic() > deadline:
            raise NotDone(f"{database.value('SELECT count(*) FROM envelope')} mails are left in the queue")
        time.sleep(0.1)
    if (delivered := database.delivered()) != count:
        raise NotDone(f"of {count} mails {delivered} were delivered")


def full_queue(work: Work) -> Iterator[Row]:
    """The first of a full queue as it is, the rest with an old snapshot open."""
    plain, beside = work.options.scaled(15_000, 6000), work.options.scaled(60_000, 6000)
    margin = min(2000, plain // 3)
    total = plain + beside
    signed = signatures.rate(work.options.seconds(2))
    with ExitStack() as stack:
        counted = stack.enter_context(sink.running())
        rig = stack.enter_context(installation(counted.port, _FILLING, work.options.log))
        open_for_mail(rig)
        fill(rig, total)
        rig.stop()
        configure(rig, **_ALL)
        database = stack.enter_context(looking(rig))
        began = database.events()
        rig.start()
        first = stretch(database, began, margin, plain, rig, counted)
        with snapshot(database.dsn):
            second = stretch(database, began, plain + 100, total - margin, rig, counted)
        _all_delivered(database, total)
        again = signatures.rate(work.options.seconds(2))
        rig.stop()
        counted.end()
        if counted.mails < total:
            raise NotDone(f"the sink took {counted.mails} of {total} mails")
        yield Row(
            "full-queue",
            first.rate,
            "mails/s",
            (signed + again) / 2,
            f"mails/s signed by cryptography alone, both keys, {signatures.threads()} threads",
            f"RSA-2048 and Ed25519, no TLS, to {counted.name}; {first}",
        )
        yield Row(
            "mails-per-connection",
            total / counted.sessions if counted.sessions else None,
            "mails",
            note=f"{total:,} mails to one site on {counted.sessions} connections",
        )
        yield Row(
            "full-queue-snapshot",
            second.rate,
            "mails/s",
            first.rate,
            "mails/s without the snapshot",
            f"REPEATABLE READ, open over {beside:,} mails; {second}",
        )


def starttls(work: Work) -> Iterator[Row]:
    """The same sink of ours with and without STARTTLS, for Postfix's has none."""
    count = work.options.scaled(10_000, 4000)
    margin = min(1500, count // 4)
    rates: dict[bool, Stretch] = {}
    counts: dict[bool, Counted] = {}
    with installation(free_port(), _FILLING, work.options.log) as rig:
        open_for_mail(rig)
        for tls in (False, True):
            with looking(rig) as database:
                had = database.value("SELECT count(*) FROM delivery")
                fill(rig, count)
                rig.stop()
                with sink.running(tls=tls, ours=True) as counted:
                    rig.smtp = counted.port
                    configure(rig, **_ALL)
                    began = database.events()
                    rig.start()
                    rates[tls] = stretch(database, began, margin, count - margin, rig, counted)
                    _all_delivered(database, had + count)
                    rig.stop()
                    counted.end()
                    counts[tls] = counted
                    if tls and counted.secured != counted.sessions:
                        raise NotDone(f"of {counted.sessions} sessions {counted.secured} were encrypted")
                if not tls:
                    configure(rig, **_FILLING)
                    rig.start()
    yield Row(
        "full-queue-starttls",
        rates[True].rate,
        "mails/s",
        rates[False].rate,
        "mails/s to the same sink without TLS",
        f"RSA-2048 and Ed25519, to {counts[True].name}, {counts[True].sessions} sessions; {rates[True]}",
    )


def end_to_end(work: Work) -> Iterator[Row]:
    """Load and deliveries at once: by one process, then by two, each with some of the roles."""
    bare = accept.bare_rate(work.options.seconds(3))
    for name, split in (("end-to-end", False), ("end-to-end-two-processes", True)):
        yield _end_to_end(work, name, split, bare.rate)


def _end_to_end(work: Work, name: str, split: bool, bare: float) -> Row:
    seconds = work.options.seconds(10)
    with ExitStack() as stack:
        counted = stack.enter_context(sink.running())
        rig = stack.enter_context(installation(counted.port, _FILLING if split else _ALL, work.options.log))
        open_for_mail(rig)
        deliverer = rig
        if split:
            deliverer = rig.twin("deliverer", {"server": {"roles": ["delivery"]}})
            stack.callback(deliverer.close)
            deliverer.start(wait=False)
        database = stack.enter_context(looking(rig))
        until(lambda: database.value("SELECT count(*) FROM holder") == (2 if split else 1), 20)
        body, head = json.dumps(mail()), authorization(rig)
        post(rig.http, "/emails", body, head, 2)
        assert rig.daemon is not None and deliverer.daemon is not None
        roots = {"daemon": rig.daemon.pid, "PostgreSQL": postmaster(database), "sink": counted.process.pid}
        if split:
            roots["deliverer"] = deliverer.daemon.pid
        with shares(**roots) as taken:
            had, since = database.delivered(), time.monotonic()
            made = post(rig.http, "/emails", body, head, seconds)
            has, till = database.delivered(), time.monotonic()
        left = database.value("SELECT count(*) FROM envelope")
        settled = (has - had) / (till - since)
        if has == had:
            raise NotDone("nothing was delivered")
        return Row(
            name,
            settled,
            "mails/s",
            bare,
            "requests/s of bare Klein",
            f"settled while {made.rate:,.0f}/s were accepted (p99 {made.p99:.0f} ms); {left:,} left in the queue; "
            f"{taken}; {taken.each(has - had)} delivered; {load.generator()}; sink {counted.name}; {cores()} cores",
        )


SETS = [
    Set(("full-queue", "mails-per-connection", "full-queue-snapshot"), full_queue),
    Set(("full-queue-starttls",), starttls),
    Set(("end-to-end", "end-to-end-two-processes"), end_to_end),
]
