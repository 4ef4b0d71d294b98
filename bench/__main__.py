"""`python -m bench`: measures, prints a row a figure as it comes, and says what the machine is."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import evolve

from bench import accept, deliver, enlist, idle, load, memory, queues, store, stored, tenants
from bench.ground import disk
from bench.machine import DISTURBED, Watch, describe, in_memory
from bench.rows import HEAD, Options, Row, Set, Work, line, write

SETS: Sequence[Set] = [
    *accept.SETS,
    *tenants.SETS,
    *stored.SETS,
    *deliver.SETS,
    *queues.SETS,
    *idle.SETS,
    *enlist.SETS,
    *memory.SETS,
    *store.SETS,
]


def main() -> int:
    names = [name for one in SETS for name in one.names]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, epilog=f"Rows: {', '.join(names)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same as JSON")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these rows, or all that begin so")
    parser.add_argument("--long", action="store_true", help="also what takes minutes, and with a million mails")
    parser.add_argument("--quick", action="store_true", help="to try the benchmark itself: its figures say nothing")
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep what the daemons logged")
    asked = parser.parse_args()
    unknown = [name for name in asked.only if not any(row.startswith(name) for row in names)]
    if unknown:
        parser.error(f"no row is called {', '.join(unknown)}; there are {', '.join(names)}")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _measure(asked)
    except KeyboardInterrupt:
        print("Interrupted; all that was started has ended.", file=sys.stderr)
        return 130


def _measure(asked: argparse.Namespace) -> int:
    began = time.monotonic()
    machine = describe(disk())
    machine["generator"] = load.generator()
    print(*(f"{name}: {value}" for name, value in machine.items()), sep="\n")
    if in_memory(disk()):
        print("WARNING: temporary files lie in memory; fsync costs nothing here, and no figure with it is right.")
    print(f"\n{HEAD}", flush=True)
    watch = Watch()
    watch.start()
    rows: list[Row] = []
    try:
        for one in SETS:
            wanted = one.wanted(asked.only, asked.long)
            if wanted:
                for row in _attempts(one, Work(Options(asked.long, asked.quick, asked.log), watch), asked.quick):
                    if row.name in wanted or row.failure:
                        rows.append(row)
                        print(line(row), flush=True)
    finally:
        watch.stop()
        if asked.json is not None:
            write(asked.json, machine, rows)
    print(
        f"\n{time.monotonic() - began:.0f} s; load {machine['load']} at the start, {os.getloadavg()[0]:.2f} at the end"
    )
    failed = [row.name for row in rows if row.failure]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _attempts(one: Set, work: Work, once: bool) -> Iterator[Row]:
    """The rows of a set; where others took the machine meanwhile it is measured once more, and that is said."""
    if not once:
        work.watch.quiet(20.0)
    rows, others, stolen = _rows(one, work)
    if others > DISTURBED and not once:
        work.watch.quiet(60.0)
        again = _rows(one, work)
        if again[1] < others:
            rows, others, stolen = again
    for row in rows:
        if (others > DISTURBED or stolen > DISTURBED) and "DISTURBED" not in row.note:
            said = f"DISTURBED: other processes took {others:.0%} of the machine, its host {stolen:.0%}"
            row = evolve(row, note=f"{said}; {row.note}")
        yield row


def _rows(one: Set, work: Work) -> tuple[list[Row], float, float]:
    """All rows of a set, those that could not be measured with the reason; and what others took meanwhile."""
    rows: list[Row] = []
    work.watch.mark()
    try:
        for row in one.run(work):
            rows.append(row)
    except Exception as error:
        if os.environ.get("BENCH_TRACEBACK"):
            traceback.print_exc()
        reason = " ".join(f"{type(error).__name__}: {error}".split())[-600:]
        had = {row.name for row in rows}
        rows += [Row(name, None, "", failure=reason) for name in one.names if name not in had]
    return rows, *work.watch.share()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
