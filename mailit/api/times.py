"""Times as the API writes them: two ways, as Resend has it (reference 2.8)."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: datetime) -> str:
    """As PostgreSQL writes it: `2025-11-30 20:41:40.84216+00`, the fraction as long as it must be."""
    at = at.astimezone(UTC)
    fraction = f".{at.microsecond:06d}".rstrip("0") if at.microsecond else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction}+00"


def iso(at: datetime) -> str:
    """`2026-01-01T00:00:00.000Z`, to the millisecond: webhook payloads and events."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
