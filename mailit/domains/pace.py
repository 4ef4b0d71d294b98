"""When a domain is looked at next by itself: often at first, ever less so, and always where keys are to move on."""

from __future__ import annotations

from datetime import datetime, timedelta

from mailit.domains.records import PENDING
from mailit.domains.verification import FAILED, PARTIALLY_VERIFIED, PATIENCE

SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
"""The bounds of the waits while something is expected: an eighth of the time since it was asked for."""

WATCH = timedelta(hours=6)
"""How often a domain that sends is looked at, so that a key which was taken out of DNS signs no more."""

DOUBT = timedelta(minutes=5)
"""How soon a record that was right, and is not, is looked at again before it is believed to be gone."""

_PART = 8


def backed_off(since: datetime, now: datetime) -> datetime:
    """When to look again for what has been expected since then."""
    return now + min(max((now - since) / _PART, SOONEST), LATEST)


def next_look(status: str, asked_at: datetime | None, doubtful: bool, now: datetime) -> datetime | None:
    """When a domain in this status is looked at next; None where it has failed: then somebody must ask anew."""
    if doubtful:
        return now + DOUBT
    if status == FAILED:
        return None
    expected = status in (PENDING, PARTIALLY_VERIFIED)
    if expected and asked_at is not None and now - asked_at < PATIENCE:
        return backed_off(asked_at, now)
    return now + (LATEST if expected else WATCH)
