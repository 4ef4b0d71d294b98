"""How often an account may be tried: counted by what somebody says he is, so that it shows nothing of who there is.

Strangers share one count. Whoever tries from where the account was signed in to has another, and so has who is signed
in: no stranger locks anybody out of his account.
"""

from __future__ import annotations

from math import ceil

from mailit.access.limits import network
from mailit.errors import RateLimited
from mailit.interfaces import Tx, utc
from mailit.store import attempts
from mailit.store.accounts import Account

MOST = 10
WITHIN = 900.0
"""So many tries in so many seconds without one that was right; one that is begins anew."""

KNOWN_FOR = 90 * 86400.0
"""How long a place is known, in seconds since the last sign-in there."""

STRANGER = ""


def of_place(tx: Tx, email: str, address: str, now: float) -> str:
    """Which count a try from this address is of: that of its network, where it is known, or that of all strangers."""
    place = network(address)
    if place and is_text(email) and is_text(place) and attempts.is_known(tx, email, place, utc(now - KNOWN_FOR)):
        return place
    return STRANGER


def count(tx: Tx, email: str, now: float, where: str = STRANGER) -> None:
    """Counts a try before it is made, so that many at once are counted too. Raises `RateLimited`."""
    tries, since = attempts.count(tx, email, where, utc(now), utc(now - WITHIN))
    if tries > MOST:
        wait = ceil(since.timestamp() + WITHIN - now)
        raise RateLimited("Too many tries to sign in to this account. Please try again later.", max(wait, 1))


def forgive(tx: Tx, email: str, where: str = STRANGER) -> None:
    """It was he: this count begins anew."""
    attempts.forgive(tx, email, where)


def forgive_all(tx: Tx, account: Account) -> None:
    """He has proved it otherwise: every count of his account begins anew."""
    attempts.forgive(tx, account.email, STRANGER, *attempts.places(tx, account.id))


def remember(tx: Tx, account_id: str, address: str, now: float) -> None:
    """Somebody has signed in from this address."""
    place = network(address)
    if place and is_text(place):
        attempts.remember(tx, account_id, place, utc(now))


def is_text(text: str) -> bool:
    """Whether the database takes it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
