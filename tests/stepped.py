"""Runs a program whose wall clock stands beside the system's by so many seconds as a file says, once it is there.

`python -m tests.stepped FILE PROGRAM ARGUMENTS…`; the file is looked at twenty times a second at most.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

EVERY = 0.05


class Stepped:
    """In the place of `time.time`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._time = time.time
        self._looked = self._offset = 0.0

    def __call__(self) -> float:
        """POSIX seconds, as the file has them."""
        now = self._time()
        if now - self._looked > EVERY:
            self._looked = now
            if self._file.exists():
                self._offset = float(self._file.read_text())
        return now + self._offset


def main(file: str, *program: str) -> None:
    """Takes the program's place."""
    time.time = Stepped(Path(file))
    sys.argv = list(program)
    runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
