"""The machine: what it is, which processes took its time, and whether others disturbed a figure."""

from __future__ import annotations

import os
import platform
import subprocess
import sysconfig
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from mailit.db.cluster import binaries

PREFIX = "mailit-bench-"
"""How the folders of a benchmark are called; what runs in one is ours."""

DISTURBED = 0.12
"""Of the machine: where others took more, a figure is not to be believed."""

_TICK = os.sysconf("SC_CLK_TCK")
_EVERY = 0.5


def cores() -> int:
    """How many cores we may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe(folder: Path) -> dict[str, Any]:
    """What to name beside every figure. `folder` is where the databases lie."""
    # Debian's has it and does not say so.
    made = "with" if "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "") else "not said to have"
    said = subprocess.run([str(binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return {
        "cores": cores(),
        "cpu": _model(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}, {made} profile-guided optimisation",
        "postgresql": said.stdout.strip().removeprefix("postgres (PostgreSQL) "),
        "disk": _file_system(folder),
        "load": round(os.getloadavg()[0], 2),
    }


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _file_system(folder: Path) -> str:
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    holding = [mount for mount in mounts if folder.is_relative_to(mount[1])]
    return max(holding, key=lambda mount: len(mount[1]))[2] if holding else "unknown"


def in_memory(folder: Path) -> bool:
    """Whether what is written there never reaches a disk, so that fsync costs nothing."""
    return _file_system(folder.resolve()) in ("tmpfs", "ramfs")


@frozen
class _Process:
    pid: int
    parent: int
    seconds: float
    ended: float  # of its children that it has waited for


def _processes() -> dict[int, _Process]:
    """Every process with the processor seconds that it took, empty where there is no /proc."""
    found = {}
    for entry in os.scandir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.name.isdigit():
            try:
                text = Path(entry.path, "stat").read_text()
            except OSError:
                continue
            fields = text.rpartition(")")[2].split()
            pid, own, ended = int(entry.name), sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
            found[pid] = _Process(pid, int(fields[1]), own / _TICK, ended / _TICK)
    return found


def _root(pid: int) -> bool:
    """Whether this process was told to work in one of our folders, though it may not be our child any more."""
    try:
        return PREFIX.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def tree_seconds(roots: Mapping[str, tuple[int, ...]]) -> dict[str, float]:
    """Processor seconds that these processes and those below them took; one below two of them is the nearer one's."""
    all_ = _processes()
    names = {pid: name for name, pids in roots.items() for pid in pids}
    taken = dict.fromkeys(roots, 0.0)
    for one in all_.values():
        nearest = _nearest(one, names, all_)
        if nearest is not None:
            taken[names[nearest]] += one.seconds + one.ended
    return taken


def _nearest(one: _Process, roots: Collection[int], all_: Mapping[int, _Process]) -> int | None:
    """The first of these processes on the way up from one, itself included."""
    seen: _Process | None = one
    while seen is not None:
        if seen.pid in roots:
            return seen.pid
        seen = all_.get(seen.parent)
    return None


def _ourselves() -> float:
    """Processor seconds of this process and of those that it has waited for, as load generators are."""
    mine = os.times()
    return mine.user + mine.system + mine.children_user + mine.children_system


def _total() -> tuple[float, float]:
    """Seconds that all cores were busy, and that the host gave to others (steal)."""
    try:
        fields = [int(value) / _TICK for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    except OSError:
        return 0.0, 0.0
    user, nice, system, _idle, _wait, irq, soft, steal = fields[:8]
    return user + nice + system + irq + soft, steal


@define
class Watch:
    """Looks twice a second at what else runs; `share()` is what others, and the host, took since `mark()`."""

    _others: float = field(default=0.0, init=False)
    _stolen: float = field(default=0.0, init=False)
    _marked: tuple[float, float, float] = field(default=(0.0, 0.0, 0.0), init=False)
    _ended: threading.Event = field(factory=threading.Event, init=False)
    _ours: dict[int, float] = field(factory=dict, init=False)
    _known: dict[int, bool] = field(factory=dict, init=False)
    _busy: tuple[float, float] = field(default=(0.0, 0.0), init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def start(self) -> None:
        """Begins to look."""
        self._busy = _total()
        self._own()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def mark(self) -> None:
        """From here on."""
        self._marked = (self._others, self._stolen, time.monotonic())

    def share(self) -> tuple[float, float]:
        """Of the machine, since the mark: what other processes took, and what the host did."""
        others, stolen, since = self._marked
        whole = max(time.monotonic() - since, 1.0) * cores()
        return max(self._others - others, 0.0) / whole, (self._stolen - stolen) / whole

    def quiet(self, seconds: float) -> None:
        """Waits, at most so long, for a moment in which others take little."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.mark()
            time.sleep(2.0)
            if self.share()[0] < DISTURBED:
                return

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            busy = _total()
            took = self._own()
            self._others += busy[0] - self._busy[0] - took
            self._stolen += busy[1] - self._busy[1]
            self._busy = busy

    def _own(self) -> float:
        """What our processes took since the last look."""
        all_ = _processes()
        me = os.getpid()
        for pid in all_.keys() - self._known.keys():
            self._known[pid] = pid == me or _root(pid)
        roots = {pid for pid in all_ if self._known[pid]}
        ours = {one.pid: one.seconds for one in all_.values() if _nearest(one, roots, all_) is not None}
        took = sum(seconds - self._ours.get(pid, 0.0) for pid, seconds in ours.items())
        self._known = {pid: self._known[pid] for pid in all_}
        self._ours = ours
        return max(took, 0.0)


@define
class Shares:
    """Who took how much of a core over a stretch of time, and so what bound the figure."""

    roots: Mapping[str, tuple[int, ...]]
    cores: dict[str, float] = field(factory=dict, init=False)
    seconds: float = field(default=0.0, init=False)
    others: float = field(default=0.0, init=False)
    """Of the machine: what processes took that are neither named nor ours."""
    _began: dict[str, float] = field(factory=dict, init=False)
    _rest: float = field(default=0.0, init=False)
    _since: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """From here on."""
        self._since = time.monotonic()
        self._rest = _total()[0] - _ourselves()
        self._began = tree_seconds(self.roots)

    def end(self) -> None:
        """To here."""
        self.seconds = time.monotonic() - self._since
        ended = tree_seconds(self.roots)
        self.cores = {name: (seconds - self._began[name]) / self.seconds for name, seconds in ended.items()}
        rest = (_total()[0] - _ourselves() - self._rest) / self.seconds
        self.others = max(rest - sum(self.cores.values()), 0.0) / cores()

    def each(self, count: float) -> str:
        """What each took of a mail, in microseconds of processor time."""
        took = ", ".join(f"{name} {1e6 * share * self.seconds / count:.0f}" for name, share in self.cores.items())
        return f"µs of processor a mail: {took}"

    def __str__(self) -> str:
        said = ", ".join(f"{name} {share:.0%}" for name, share in self.cores.items())
        disturbed = f"DISTURBED: others took {self.others:.0%} of the machine; " if self.others > DISTURBED else ""
        return f"{disturbed}{said} of a core; bound by {self._bound()}"

    def _bound(self) -> str:
        if self.others > DISTURBED:
            return "others"
        if sum(self.cores.values()) >= 0.93 * cores():
            return f"the machine: all {cores()} cores are busy"
        for name, share in self.cores.items():
            if share >= 0.9:
                return f"{name}"
        return "round trips and fsync: no process and not the machine is busy"


@contextmanager
def shares(**roots: int | None) -> Iterator[Shares]:
    """The shares over the block, by name and root process; those that are None are left out."""
    taken = Shares({name.replace("_", " "): (pid,) for name, pid in roots.items() if pid is not None})
    taken.begin()
    yield taken
    taken.end()
