"""What the disk itself does meanwhile: a small write and its fdatasync, again and again, beside what is measured."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

_EVERY = 0.02  # seconds
_SIZE = 8192  # bytes, as much as a page of PostgreSQL
_PAGES = 64


@define
class Syncs:
    """How long they took, in milliseconds."""

    took: list[float] = field(factory=list)

    def __str__(self) -> str:
        ordered = sorted(self.took) or [0.0]
        slow = sum(one for one in ordered if one > 10) / (1000 * _EVERY * len(ordered))
        return (
            f"fdatasync of {_SIZE} bytes beside it: median {ordered[len(ordered) // 2]:.1f} ms, "
            f"longest {ordered[-1]:.0f} ms, {slow:.1%} of the time in those over 10 ms"
        )


@contextmanager
def syncs(folder: Path) -> Iterator[Syncs]:
    """Goes on in a thread until the block ends, in a file under this folder."""
    found, ended = Syncs(), threading.Event()

    def run() -> None:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            os.write(file.fileno(), bytes(_SIZE * _PAGES))
            os.fsync(file.fileno())
            page = 0
            while not ended.wait(_EVERY):
                began = time.perf_counter()
                os.pwrite(file.fileno(), os.urandom(_SIZE), _SIZE * page)
                os.fdatasync(file.fileno())
                found.took.append(1000 * (time.perf_counter() - began))
                page = (page + 1) % _PAGES

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
