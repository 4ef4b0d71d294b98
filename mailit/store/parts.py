"""Parts of contents that are too large for their rows: which they are, and a content made whole again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from mailit.draft import HTML, RAW, TEXT, Apart, Content
from mailit.interfaces import Blobs

INSIDE_MOST = 65_536
"""Bytes that a part may have to lie in its row."""

_CHARACTER_MOST = 4  # bytes of one in UTF-8


def is_large(content: Content) -> bool:
    """Whether any part of it is to lie apart. Of a usual mail it looks at lengths alone."""
    for part in content.attachments:
        if len(part.content) > INSIDE_MOST:
            return True
    html, text, raw = content.html, content.text, content.raw
    return (
        (html is not None and len(html) * _CHARACTER_MOST > INSIDE_MOST and _exceeds(html))
        or (text is not None and len(text) * _CHARACTER_MOST > INSIDE_MOST and _exceeds(text))
        or (raw is not None and len(raw) > INSIDE_MOST)
    )


def divided(content: Content, content_id: str) -> tuple[Content, Mapping[int, bytes]]:
    """The content without its large parts, and these by their places."""
    parts: dict[int, bytes] = {}
    changed: dict[str, Any] = {}
    for name, place, text in (("html", HTML, content.html), ("text", TEXT, content.text)):
        if text is not None and _exceeds(text):
            parts[place] = text.encode()
            changed[name] = None
    if content.raw is not None and len(content.raw) > INSIDE_MOST:
        parts[RAW] = content.raw
        changed["raw"] = None
    attachments = list(content.attachments)
    for place, part in enumerate(attachments):
        if len(part.content) > INSIDE_MOST:
            parts[place] = part.content
            attachments[place] = evolve(part, content=b"")
    apart = tuple(Apart(content_id, place, len(data)) for place, data in sorted(parts.items()))
    return evolve(content, attachments=tuple(attachments), apart=apart, **changed), parts


async def whole(content: Content, blobs: Blobs) -> Content:
    """The content with all of its parts in it. Raises `Unavailable` where one can't be had."""
    if not content.apart:
        return content
    found = await blobs.get(content.apart)
    changed: dict[str, Any] = {}
    attachments = list(content.attachments)
    for apart, data in zip(content.apart, found, strict=True):
        if apart.place >= 0:
            attachments[apart.place] = evolve(attachments[apart.place], content=data)
        elif apart.place == RAW:
            changed["raw"] = data
        else:
            changed["html" if apart.place == HTML else "text"] = data.decode()
    return evolve(content, attachments=tuple(attachments), apart=(), **changed)


def _exceeds(text: str) -> bool:
    return len(text) > INSIDE_MOST or (not text.isascii() and len(text.encode()) > INSIDE_MOST)
