"""How often an account may be tried: counted by what somebody says he is, so that it shows nothing of who there is."""

from __future__ import annotations

from math import ceil

from mailit.errors import RateLimited
from mailit.interfaces import Tx, utc
from mailit.store import attempts

MOST = 10
WITHIN = 900.0
"""So many tries in so many seconds without one that was right; one that is begins anew."""


def count(tx: Tx, email: str, now: float) -> None:
    """Counts a try before it is made, so that many at once are counted too. Raises `RateLimited`."""
    tries, since = attempts.count(tx, email, utc(now), utc(now - WITHIN))
    if tries > MOST:
        wait = ceil(since.timestamp() + WITHIN - now)
        raise RateLimited("Too many tries to sign in to this account. Please try again later.", max(wait, 1))


def forgive(tx: Tx, email: str) -> None:
    """It was he: the count begins anew."""
    attempts.forgive(tx, email)
