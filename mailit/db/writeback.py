"""Has the kernel write what PostgreSQL's tables grow by as it comes, and not half a minute of it at once.

PostgreSQL leaves that to the kernel, which by default holds it for 30 seconds and then writes all of a file: of a few
thousand mails a second some hundred megabytes, behind which every commit waits for up to half a second. PostgreSQL does
the same as this for what its checkpoints write (`checkpoint_flush_after`); for new pages it has no setting.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

EVERY = 0.2
"""Seconds between two looks while something is written; what grows in a whole one would hold commits up for 20 ms."""

_BEGIN = 2  # SYNC_FILE_RANGE_WRITE: begins to write what is dirty, and waits for nothing
_TEMPLATES = frozenset(("1", "4", "5"))  # template1, template0, postgres: nothing happens there


@define(eq=False)
class Files:
    """The files of a cluster's databases, in the folder `data`. Its method blocks: it is for a thread."""

    _data: Path
    _times: dict[str, int] = field(factory=dict, init=False)

    def write(self) -> int:
        """Begins to write what has changed since the last call; gives the number of files. 0 where no system can."""
        begin = _sync_file_range()
        if begin is None:
            return 0
        begun = 0
        times: dict[str, int] = {}
        for folder in os.scandir(self._data / "base"):
            if folder.name in _TEMPLATES or not folder.is_dir():
                continue
            for file in os.scandir(folder.path):
                try:
                    times[file.path] = changed = file.stat().st_mtime_ns
                    if self._times.get(file.path) != changed:
                        _begin(begin, file.path)
                        begun += 1
                except FileNotFoundError:
                    continue  # a table is gone
        self._times = times
        return begun


@define(eq=False)
class WriteBack:
    """Looks after a cluster's files for as long as this process writes; a quiet system is left alone.

    `write()` is run by `run_in_thread`.
    """

    _reactor: Any
    _run_in_thread: Callable[..., Deferred[Any]]
    _write: Callable[[], int]
    _timer: Any = field(default=None, init=False)
    _busy: bool = field(default=False, init=False)  # a look is to come, or under way
    _stopped: bool = field(default=False, init=False)
    _log: Logger = field(factory=Logger, init=False)

    def wrote(self) -> None:
        """Something was committed."""
        if not self._busy and not self._stopped:
            self._busy = True
            self._timer = self._reactor.callLater(EVERY, self._rang)

    def stop(self) -> None:
        """Looks no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rang(self) -> None:
        self._timer = None
        self._run_in_thread(self._write).addCallbacks(self._looked, self._failed)

    def _looked(self, _: int) -> None:
        self._busy = False

    def _failed(self, failure: Any) -> None:
        """Nothing depends on it: commits are slower now and then, as they are where no system can."""
        self._log.info("PostgreSQL's files are left to the kernel: {cause}", cause=failure.getErrorMessage())


def _sync_file_range() -> Any:
    """sync_file_range(2), where the system has it: Linux."""
    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return call


def _begin(begin: Any, path: str) -> None:
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        begin(file, 0, 0, _BEGIN)
    finally:
        os.close(file)
