"""What is kept of a body: secrets and files struck out, long texts and lists cut, nothing that is not JSON."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

READ_MOST = 1 << 20
"""Bytes of a body beyond which it is not read: that would hold up everybody else."""

KEPT_MOST = 16_384
"""Bytes of what is kept."""

STRUCK = "[struck out]"

WHOLE_MOST = 2_048
"""Bytes of a body that is kept as it came, where it names no secret, file or link."""

_PART_MOST = 1 << 16  # bytes of one member of a body that is still looked into
_TEXT_MOST = 1_000
_ITEMS_MOST = 50
_BATCH_MOST = 5
_DEEPEST = 8
_SECRET = re.compile(
    r"passw|secret|token|authorization|credential|cookie|recovery|private_?key|api_?key$|^codes?$",
    re.IGNORECASE,
)
_LINK = frozenset(("url", "download_url", "path"))
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


def kept(raw: bytes) -> str | None:
    """A body as the log keeps it, as JSON; None for an empty one, and for what is none."""
    if not raw:
        return None
    if len(raw) > READ_MOST:
        return _omitted(raw)
    try:
        if len(raw) <= WHOLE_MOST and not _touchy(_decode(raw)):
            return raw.decode()
        told = _encode(_whole(raw))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return told.decode() if len(told) <= KEPT_MOST else _omitted(raw)


def _touchy(value: Any) -> bool:
    """Whether there is anything in a small body that may have to be struck out."""
    if type(value) is dict:
        for name, one in value.items():
            if _secret(name) or name in _LINK or name == "attachments":
                return True
            if type(one) is not str and _touchy(one):
                return True
    elif type(value) is list:
        for one in value:
            if type(one) is not str and _touchy(one):
                return True
    return False


def _omitted(raw: bytes) -> str:
    return _encode({"omitted": f"{len(raw):,} bytes"}).decode()


def _whole(raw: Any) -> Any:
    """A body, or one of a batch: only what is small of it is decoded."""
    start = bytes(memoryview(raw)[:64]).lstrip()[:1]
    if start == b"{" and len(memoryview(raw)) <= _PART_MOST:
        return _struck(_decode(raw), 0)
    if start == b"{":
        return {name: _member(name, value) for name, value in _members(raw).items()}
    if start == b"[":
        items = _items(raw)
        return _cut([_whole(one) for one in items[:_BATCH_MOST]], len(items))
    return _struck(_decode(raw), 0)


def _member(name: str, raw: Any) -> Any:
    if _secret(name):
        return STRUCK
    size = len(memoryview(raw))
    if size > _PART_MOST:
        return f"[{size:,} bytes]"
    return _named(name, _decode(raw), 1)


@lru_cache(maxsize=1024)
def _secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def _named(name: str, value: Any, depth: int) -> Any:
    if _secret(name):
        return STRUCK
    if name == "attachments" and isinstance(value, list):
        return _cut([_file(one, depth) for one in value[:_ITEMS_MOST]], len(value))
    if name in _LINK and isinstance(value, str):  # a signature may stand in its query
        value = value.partition("?")[0] + ("?…" if "?" in value else "")
    return _struck(value, depth)


def _file(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and "content" in value:
        value = {**value, "content": STRUCK}
    return _struck(value, depth + 1)


def _struck(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _TEXT_MOST else f"{value[:_TEXT_MOST]}… [{len(value):,} characters]"
    if isinstance(value, (dict, list)) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {name: _named(name, one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return _cut([_struck(one, depth + 1) for one in value[:_ITEMS_MOST]], len(value))
    return value


def _cut(items: list[Any], of: int) -> list[Any]:
    return items if len(items) == of else [*items, f"… [{of:,} in all]"]
