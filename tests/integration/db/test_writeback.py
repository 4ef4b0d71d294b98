"""What PostgreSQL hands to the kernel is on its way to the disk soon, where a system has sync_file_range(2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from mailit.db.writeback import EVERY, Files, WriteBack


class TestFiles:
    """Those of every database but the templates, each as often as it has changed."""

    def test_what_changed_is_begun(self, tmp_path: Path) -> None:
        for folder in ("1", "5", "16384"):
            (tmp_path / "base" / folder).mkdir(parents=True)
            for name in ("1259", "16390"):
                (tmp_path / "base" / folder / name).write_bytes(b"x" * 8192)
        files = Files(tmp_path)
        assert (files.write(), files.write()) == (2, 0)
        with (tmp_path / "base" / "16384" / "16390").open("ab") as grown:
            grown.write(b"y" * 8192)
        (tmp_path / "base" / "16384" / "1259").unlink()
        assert (files.write(), files.write()) == (1, 0)


class TestAWriter:
    """A look now and then; none where nothing is written."""

    def test_it_looks_after_what_was_written(self) -> None:
        clock, looked = Clock(), list[float]()

        def look() -> int:
            looked.append(clock.seconds())
            return 0

        back = WriteBack(clock, _at_once, look)
        clock.advance(60)
        for _ in range(2):
            back.wrote()
            back.wrote()
            clock.advance(EVERY)
        assert looked == pytest.approx([60 + EVERY, 60 + 2 * EVERY])
        assert clock.getDelayedCalls() == []
        back.wrote()
        back.stop()
        back.wrote()
        assert clock.getDelayedCalls() == []

    def test_files_that_can_not_be_read_are_left_alone(self) -> None:
        clock = Clock()
        back = WriteBack(clock, lambda work, *args: fail(PermissionError("no")), lambda: 0)
        for _ in range(2):
            back.wrote()
            clock.advance(EVERY)
        assert clock.getDelayedCalls() == []


def _at_once(work: Callable[..., Any], *args: Any) -> Deferred[Any]:
    return succeed(work(*args))
