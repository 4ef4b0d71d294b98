"""What commands print for people: columns, and the words of others made fit for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def plain(text: str) -> str:
    """The same without what could move a terminal's cursor."""
    return _CONTROLS.sub(" ", text)


def print_table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns as wide as they must be; what a receiver said can't move a terminal's cursor."""
    cells = [tuple(titles), *(tuple(plain(str(cell)) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
