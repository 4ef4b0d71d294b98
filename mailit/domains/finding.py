"""What one look made of one record, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from attrs import frozen

_MOST = 10
_LONGEST = 1000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Found(Enum):
    """What DNS says of a record."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    UNKNOWN = "unknown"


@frozen
class Finding:
    """What DNS says of a record, a sentence on it, what to do (None: nothing), and what `values` stand there."""

    found: Found
    says: str
    fix: str | None = None
    values: tuple[str, ...] = ()


def shown(values: Sequence[str]) -> tuple[str, ...]:
    """Values that others wrote, fit to be kept and shown: not too many, not too long, nothing that can't be printed."""
    return tuple(_UNPRINTABLE.sub("\ufffd", value[:_LONGEST]) for value in values[:_MOST])


def unquoted(text: str) -> str:
    """A text without quotation marks, straight or curly, that were pasted into it."""
    return re.sub('[\\\\"\u201c\u201d\u201e]', "", text).strip()
