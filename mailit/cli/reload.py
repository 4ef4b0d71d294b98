"""Runs a command, and runs it anew whenever a source changes: for development."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
WATCHED = ("mailit/**/*.py", "twisted/plugins/*.py", "schema/**/*.sql")
_EVERY = 0.5
_PATIENCE = 30.0


def run_anew(command: Sequence[str]) -> None:
    """Runs it until SIGINT or SIGTERM. Where it ends by itself, a change is what it waits for."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    while True:
        seen = sources()
        process = subprocess.Popen(command)
        try:
            while sources() == seen:
                time.sleep(_EVERY)
            print("mailit: a source has changed, starting anew", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            return
        finally:
            _end(process)


def sources(root: Path = ROOT) -> Mapping[Path, int]:
    """When each source was last changed."""
    return dict(_times(root))


def _times(root: Path) -> Iterator[tuple[Path, int]]:
    for pattern in WATCHED:
        for path in root.glob(pattern):
            try:
                yield path, path.stat().st_mtime_ns
            except FileNotFoundError:  # an editor was faster
                continue


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
