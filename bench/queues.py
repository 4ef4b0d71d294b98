"""Queues of other shapes: very deep, beside a site that says nothing, to one destination and to a thousand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil
from attrs import define, frozen

from bench import sink
from bench.deliver import Stretch, stretch
from bench.ground import Database, NotDone, installation, looking, open_for_mail
from bench.queued import Mix, add_queued, make_queue
from bench.rows import Row, Set, Work
from bench.sink import Counted
from tests.rig import Rig

FEW, SHORT, LONG = 10_000, 100_000, 1_000_000
_LANES = 50
_BLACKHOLE = "127.0.0.2"
_HOLE = "hole.example"
_MANY = 1000
_TTL = 3600  # seconds, longer than any run
# A silent site would keep its sessions, and the daemon, for longer.
_SETTINGS = {"server": {"roles": ["api", "delivery", "jobs"], "shutdown_timeout": "2s"}}
_BOTH = "RSA-2048 and Ed25519, no TLS"


@define
class _Highest:
    megabytes: float = 0.0
    of_children: float = 0.0


@frozen
class Drained:
    """What a stretch of a queue gave, and the resident megabytes at their highest: the daemon's, and its signers'."""

    stretch: Stretch
    memory: float
    signers: float


@frozen
class Queues:
    """An installation that is stopped between two queues."""

    rig: Rig
    counted: Counted

    def drained(self, prepare: Callable[[Database, str, str], None], first: int, last: int) -> Drained:
        """Makes a queue by `prepare(database, team, domain)`, and delivers it from the `first` to the `last` of it."""
        with looking(self.rig) as database:
            team, domain = (database.value(f"SELECT id FROM {table}") for table in ("team", "domain"))
            prepare(database, team, domain)
            began, had = database.events(), database.delivered()
            self.rig.start()
            assert self.rig.daemon is not None
            with _resident(self.rig.daemon.pid) as highest:
                taken = stretch(database, began, first, last, self.rig, self.counted)
            self.rig.stop()
            if (delivered := database.delivered() - had) < last:
                raise NotDone(f"of {last} mails that ended {delivered} were delivered")
        return Drained(taken, highest.megabytes, highest.of_children)

    def mixed(self, count: int, mix: Mix, first: int, last: int) -> Drained:
        """The same of a queue that is of one mix."""
        return self.drained(lambda its, team, domain: make_queue(its.dsn, team, domain, count, mix), first, last)


@contextmanager
def _queues(work: Work, mix: Mix, ttl: int = 1) -> Iterator[Queues]:
    with sink.running() as counted, installation(counted.port, _SETTINGS, work.options.log, ttl) as rig:
        rig.publish({f"{name} MX": ["10 mx.example.net."] for name in mix.domains})
        open_for_mail(rig)
        rig.stop()
        yield Queues(rig, counted)


@contextmanager
def _resident(pid: int) -> Iterator[_Highest]:
    """The highest of a process's resident memory meanwhile, and of that of its children that run the same program."""
    process, highest, ended = psutil.Process(pid), _Highest(), threading.Event()
    program = process.exe()

    def look() -> None:
        while not ended.wait(0.1):
            highest.megabytes = max(highest.megabytes, process.memory_info().rss / 1e6)
            with suppress(psutil.Error):
                alike = [one for one in process.children(recursive=True) if one.exe() == program]
                highest.of_children = max(highest.of_children, sum(one.memory_info().rss for one in alike) / 1e6)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield highest
    finally:
        ended.set()
        thread.join()


def deep(work: Work) -> Iterator[Row]:
    """A stretch of a queue that is far deeper, between two of one of ten thousand."""
    many = work.options.scaled(LONG if work.options.long else SHORT)
    mix, first, last = Mix(_LANES, None), 1000, 8500
    with _queues(work, mix) as queues:
        before = queues.mixed(FEW, mix, first, last)
        deeper = queues.mixed(many, mix, first, min(last + FEW, many * 85 // 100))
        after = queues.mixed(FEW, mix, first, last)
    yield Row(
        "deep-queue",
        deeper.stretch.rate,
        f"mails/s, {many // 1000:,} k",
        (before.stretch.rate + after.stretch.rate) / 2,
        f"mails/s with {FEW:,} queued",
        f"{_BOTH}; {deeper.stretch.mails:,} of them, to {_LANES} domains at {queues.counted.name}; "
        f"before {before.stretch.rate:,.0f}/s, after {after.stretch.rate:,.0f}/s; {deeper.stretch}; "
        f"before {before.stretch.taken.each(before.stretch.mails)}",
    )
    yield Row(
        "deep-queue-memory",
        deeper.memory,
        "MB",
        max(before.memory, after.memory),
        f"MB with {FEW:,} queued",
        f"resident, at its highest in that run; its signers had {deeper.signers:.0f} MB more, "
        f"{max(before.signers, after.signers):.0f} MB with {FEW:,}",
    )


def blackhole(work: Work) -> Iterator[Row]:
    """Ten thousand mails to others, with and without a hundred thousand to an exchanger that takes connections only."""
    many = work.options.scaled(SHORT)
    mix, first, last = Mix(_LANES, None), 1000, 8500

    def beside(database: Database, team: str, domain: str) -> None:
        make_queue(database.dsn, team, domain, many, Mix(0, _HOLE))
        add_queued(database.dsn, team, domain, FEW, mix, many)

    with _queues(work, mix) as queues, _silent(queues.counted.port) as hole:
        queues.rig.publish({f"{_HOLE} MX": [f"10 mx.{_HOLE}."], f"mx.{_HOLE} A": [_BLACKHOLE]})
        before = queues.mixed(FEW, mix, first, last).stretch
        held = queues.drained(beside, first, last).stretch
        if not _called(hole):
            raise NotDone("the blackhole was never called")
        after = queues.mixed(FEW, mix, first, last).stretch
    yield Row(
        "beside-blackhole",
        held.rate,
        "mails/s",
        (before.rate + after.rate) / 2,
        "mails/s without it",
        f"{_BOTH}; {many:,} mails wait for an exchanger that says nothing, {FEW:,} are for others; "
        f"before {before.rate:,.0f}/s, after {after.rate:,.0f}/s; {held}",
    )


@contextmanager
def _silent(port: int) -> Iterator[socket.socket]:
    """Connections to it stand, by the kernel's word; nobody takes them, and nothing is said."""
    with socket.create_server((_BLACKHOLE, port), backlog=1024) as listening:
        listening.setblocking(False)
        yield listening


def _called(listening: socket.socket) -> bool:
    try:
        listening.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def destinations(work: Work) -> Iterator[Row]:
    """The same number of mails to one domain, to a thousand at one exchanger, and to a thousand with one each."""
    count = work.options.scaled(15_000, 5000)
    first, last = count // 10, count * 9 // 10
    one, many = Mix(0, "one.example"), Mix(_MANY, None)
    with _queues(work, Mix(_MANY, "one.example"), _TTL) as queues:
        alone = queues.mixed(count, one, first, last).stretch
        shared = queues.mixed(count, many, first, last).stretch
        own: dict[str, list[str]] = {}
        for name in many.domains:
            own |= {f"{name} MX": [f"10 mx.{name}."], f"mx.{name} A": ["127.0.0.1"]}
        queues.rig.publish(own)
        apart = queues.mixed(count, many, first, last).stretch
        asked = queues.rig.end_peers()
    note = f"{_BOTH}; {count:,} mails"
    yield Row("one-domain", alone.rate, "mails/s", note=f"{note}; {alone}")
    for name, taken, what in (
        ("thousand-domains", shared, "all at one exchanger"),
        ("thousand-sites", apart, "an exchanger each"),
    ):
        yield Row(name, taken.rate, "mails/s", alone.rate, "mails/s to one domain", f"{note}, {what}; {taken}")
    times = [asked.get(f"{name} MX", 0) for name in many.domains]
    every = sum(times_ for question, times_ in asked.items() if question.split()[0].endswith(tuple(many.domains)))
    yield Row(
        "dns-questions",
        max(times) / 2,
        "at most",
        note=f"for a domain's MX, in each of two runs to {_MANY:,}; in the mean {sum(times) / len(times) / 2:.2f}, and "
        f"{every / len(times) / 2:.1f} of all kinds, with those for its exchanger and its policy",
    )


SETS = [
    Set(("deep-queue", "deep-queue-memory"), deep, long=True),
    Set(("beside-blackhole",), blackhole, long=True),
    Set(("one-domain", "thousand-domains", "thousand-sites", "dns-questions"), destinations, long=True),
]
