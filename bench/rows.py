"""What a benchmark prints: rows, the sets that measure them, and the table and JSON that they become."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from bench.machine import Watch


@frozen
class Row:
    """One figure. `against` says what the baseline is, `note` what bounds the figure and who made the load."""

    name: str
    value: float | None
    unit: str
    baseline: float | None = None
    against: str = ""
    note: str = ""
    failure: str = ""

    @property
    def ratio(self) -> float | None:
        """Value by baseline, None where either is missing."""
        return self.value / self.baseline if self.value is not None and self.baseline else None


@frozen
class Options:
    """How much is measured: `long` adds what takes minutes, `quick` is to try the benchmark itself."""

    long: bool = False
    quick: bool = False
    log: Path | None = None

    def scaled(self, amount: int, least: int = 1) -> int:
        """An amount of work, a tenth of it where the benchmark is only tried."""
        return max(amount // 10, least) if self.quick else amount

    def seconds(self, amount: float) -> float:
        """A time to measure for, shorter where the benchmark is only tried."""
        return max(amount / 4, 1.0) if self.quick else amount


@frozen
class Work:
    """What a set is given: the options, and the watch over what else runs on the machine."""

    options: Options
    watch: Watch


@frozen
class Set:
    """Rows that are measured together, because they share a preparation. `run` yields them as they come.

    What is `long` is measured where that is asked for, or one of its rows by name.
    """

    names: tuple[str, ...]
    run: Callable[[Work], Iterator[Row]]
    long: bool = False

    def wanted(self, only: Sequence[str], long: bool) -> list[str]:
        """Its rows whose names begin as one of `only` does; without any, all."""
        if not only:
            return list(self.names) if long or not self.long else []
        return [name for name in self.names if any(map(name.startswith, only))]


def number(value: float | None) -> str:
    """A figure with three digits that say something."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def line(row: Row) -> str:
    """A row as the table has it; the note stands below it."""
    if row.failure:
        return f"{row.name:<28}{'FAILED':>10}  {row.failure}"
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    beside = f"{number(row.baseline)} {row.against}" if row.baseline is not None else ""
    text = f"{row.name:<28}{number(row.value):>10}  {row.unit:<14}{ratio:>8}  {beside}".rstrip()
    return f"{text}\n{'':<28}  {row.note}" if row.note else text


HEAD = f"{'row':<28}{'value':>10}  {'unit':<14}{'ratio':>8}  baseline\n"


def write(path: Path, machine: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """The same as JSON."""
    said = {
        "machine": machine,
        "rows": [
            {
                "name": row.name,
                "value": row.value,
                "unit": row.unit,
                "baseline": row.baseline,
                "ratio": row.ratio,
                "against": row.against,
                "note": row.note,
                **({"failed": row.failure} if row.failure else {}),
            }
            for row in rows
        ],
    }
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
