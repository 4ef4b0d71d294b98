"""The deliveries of a mail, found by the range of their ids: no index has the mail that they are of."""

from __future__ import annotations

from mailit import ids

_MINUTE = 60.0

# In a minute others are drawn by the hundred thousand. So a look-up goes in the order of the ids, and stops at the
# number that the mail has: its own come right after it. Statistics are not asked, for of a range in which they expect
# one row a plan that reads all of it looks as good.
ALONG_THE_IDS = """
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_sort = off;
"""


def ceiling(email_id: str) -> str:
    """Above every delivery id of this email: they are drawn within a minute of its own."""
    return ids.floor(ids.seconds(email_id) + _MINUTE)
