"""Lists of a team's mails, newest first: all, or those that filters leave, each of them by an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from mailit import ids
from mailit.interfaces import Page, Tx
from mailit.store.deliveries import ceiling
from mailit.store.emails import COLUMNS, StoredEmail, email_of
from mailit.store.pages import turned

_FIRST = "00000000-0000-0000-0000-000000000000"
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"

FEW = 1000
"""So many mails are looked through, each for what else is asked; of more, those of both filters are merged."""

# What a list is read along decides what it costs: the recipient's deliveries, the tag's rows, the team's mails of a
# status, or all of them; each in the order of the ids, by an index, until the page is full. Statistics are not asked:
# those of a partition that has just begun say nothing, and a plan that sorts reads all that there is. A filter that is
# not given is folded away before the plan is made.
_ALONG = """
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_hashagg = off;
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_sort = off;
    SET LOCAL enable_incremental_sort = off;
"""

# One after the other, each looked up elsewhere; or two indexes side by side, which reads a row at a tenth of the price,
# and every row of both. `SET LOCAL` holds until the transaction ends, in which others may follow.
_EACH = _ALONG + "SET LOCAL enable_nestloop = on; SET LOCAL enable_mergejoin = off;"
_SIDE_BY_SIDE = _ALONG + "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = on;"

_WITHIN = """
         WHERE email.team_id = %(team)s AND email.id > %(low)s AND email.id < %(high)s
           AND (%(domain)s::uuid IS NULL OR email.domain_id = %(domain)s)
"""

_OF_STATUS = " AND (%(status)s::text IS NULL OR email.last_event = %(status)s)"

_OF_TAG = """
             WHERE email_tag.team_id = %(team)s AND name = %(tag)s AND value = %(value)s
               AND email_id > %(low)s AND email_id < %(high)s
"""

_OF_RECIPIENT = """
             WHERE delivery.team_id = %(team)s AND lower(recipient) = lower(%(recipient)s)
               AND email_id > %(low)s AND email_id < %(high)s
               AND delivery.id > %(low)s AND delivery.id < %(ceiling)s
"""

_IS_TAGGED = "EXISTS (SELECT FROM email_tag" + _OF_TAG + " AND email_id = email.id)"
_IS_TO = "EXISTS (SELECT FROM delivery" + _OF_RECIPIENT + " AND email_id = email.id"

# A delivery is younger than its mail: what is older is left out where mails are looked up one by one.
_YOUNGER = " AND delivery.id >= email.id"

# The LIMIT keeps what is found by one id from being joined in any other way.
_ONE = (
    """
    CROSS JOIN LATERAL (
        SELECT """
    + COLUMNS
    + " FROM email"
    + _WITHIN
    + _OF_STATUS
    + " AND email.id = found.email_id"
)

_RECIPIENT = "SELECT email.* FROM (SELECT DISTINCT email_id FROM delivery" + _OF_RECIPIENT
_TAG = "SELECT email.* FROM (SELECT DISTINCT email_id FROM email_tag" + _OF_TAG
_ALL = "SELECT " + COLUMNS + " FROM email" + _WITHIN + _OF_STATUS
_IDS = "SELECT email.* FROM (SELECT email.id AS email_id FROM email" + _WITHIN + _OF_STATUS

_DOWN, _UP = " ORDER BY email.id DESC LIMIT %(most)s", " ORDER BY email.id LIMIT %(most)s"
_BY_DOWN, _BY_UP = " ORDER BY email_id DESC) AS found", " ORDER BY email_id) AS found"
_FOUND_DOWN = " LIMIT 1) AS email ORDER BY found.email_id DESC LIMIT %(most)s"
_FOUND_UP = " LIMIT 1) AS email ORDER BY found.email_id LIMIT %(most)s"

_TAGGED = _ONE + " AND (%(tag)s::text IS NULL OR " + _IS_TAGGED + ")"
_TO = _ONE + " AND (%(recipient)s::text IS NULL OR " + _IS_TO + _YOUNGER + "))"
_ONE_DOWN, _ONE_UP = _DOWN + ") AS found" + _ONE + _FOUND_DOWN, _UP + ") AS found" + _ONE + _FOUND_UP

Way = tuple[str, str]
"""A list newest first, and oldest first."""

RECIPIENT: Way = (
    _EACH + _RECIPIENT + _BY_DOWN + _TAGGED + _FOUND_DOWN,
    _EACH + _RECIPIENT + _BY_UP + _TAGGED + _FOUND_UP,
)
TAG: Way = (_EACH + _TAG + _BY_DOWN + _TO + _FOUND_DOWN, _EACH + _TAG + _BY_UP + _TO + _FOUND_UP)
ALL: Way = (_EACH + _ALL + _DOWN, _EACH + _ALL + _UP)

# By what else is asked of a mail: its tag, its recipient, both. An EXISTS within an OR would be no join.
_ARE_TAGGED = _IDS + " AND " + _IS_TAGGED
MAILS: Mapping[tuple[bool, bool], Way] = {
    (True, False): (_EACH + _ARE_TAGGED + _ONE_DOWN, _EACH + _ARE_TAGGED + _ONE_UP),
    (False, True): (
        _EACH + _IDS + " AND " + _IS_TO + _YOUNGER + ")" + _ONE_DOWN,
        _EACH + _IDS + " AND " + _IS_TO + _YOUNGER + ")" + _ONE_UP,
    ),
    (True, True): (
        _EACH + _ARE_TAGGED + " AND " + _IS_TO + _YOUNGER + ")" + _ONE_DOWN,
        _EACH + _ARE_TAGGED + " AND " + _IS_TO + _YOUNGER + ")" + _ONE_UP,
    ),
}
MERGED: Mapping[tuple[bool, bool], Way] = {
    (True, False): (_SIDE_BY_SIDE + _ARE_TAGGED + _ONE_DOWN, _SIDE_BY_SIDE + _ARE_TAGGED + _ONE_UP),
    (False, True): (
        _SIDE_BY_SIDE + _IDS + " AND " + _IS_TO + ")" + _ONE_DOWN,
        _SIDE_BY_SIDE + _IDS + " AND " + _IS_TO + ")" + _ONE_UP,
    ),
    (True, True): (
        _SIDE_BY_SIDE + _ARE_TAGGED + " AND " + _IS_TO + ")" + _ONE_DOWN,
        _SIDE_BY_SIDE + _ARE_TAGGED + " AND " + _IS_TO + ")" + _ONE_UP,
    ),
}

# How many mails each filter leaves by itself, no more than a few counted.
SIZES = (
    _EACH
    + "SELECT (SELECT count(*) FROM (SELECT FROM delivery"
    + _OF_RECIPIENT
    + " LIMIT %(few)s) AS those) AS recipient, (SELECT count(*) FROM (SELECT FROM email_tag"
    + _OF_TAG
    + """ LIMIT %(few)s) AS those) AS tag,
           (SELECT count(*) FROM (SELECT FROM email
             WHERE email.team_id = %(team)s AND email.id > %(low)s AND email.id < %(high)s
               AND email.last_event = %(status)s LIMIT %(few)s) AS those) AS status,
           (SELECT count(*) FROM (SELECT FROM email
             WHERE email.team_id = %(team)s AND email.id > %(low)s AND email.id < %(high)s
               AND email.domain_id = %(domain)s LIMIT %(few)s) AS those) AS domain
"""
)

DOMAIN = "SELECT id FROM domain WHERE team_id = %(team)s AND (name = lower(%(domain)s) OR id::text = lower(%(domain)s))"


@frozen
class Filter:
    """Which mails; each of what is given must hold.

    `statuses` are last events, of which one; `domain` is a sending domain's name or id; `tag` is a name and
    a value; `recipient` is an address of any kind; times are POSIX seconds, `until` excluded.
    """

    statuses: Sequence[str] = ()
    domain: str | None = None
    tag: tuple[str, str] | None = None
    recipient: str | None = None
    since: float | None = None
    until: float | None = None


def page(tx: Tx, team_id: str, page_: Page, which: Filter, few: int = FEW) -> tuple[list[StoredEmail], bool]:
    """A page of a team's mails, newest first, and whether there are more. `few`: see `FEW`."""
    domain = None
    if which.domain is not None:
        domain = tx.row(DOMAIN, {"team": team_id, "domain": which.domain})
        if domain is None:
            return [], False
    tag, value = which.tag or (None, None)
    high = min(ids.bound(which.until, _LAST), page_.after or _LAST)
    params = {
        "team": team_id,
        "domain": None if domain is None else domain.id,
        "tag": tag,
        "value": value,
        "recipient": which.recipient,
        "low": max(ids.bound(which.since, _FIRST), page_.before or _FIRST),
        "high": high,
        "ceiling": _LAST if high == _LAST else ceiling(high),
    }
    found, more = [], False
    for status in dict.fromkeys(which.statuses) or (None,):  # one by one: each is in the order of an index
        asked = {**params, "status": status, "few": few}
        down, up = _way(tx, asked)
        rows, further = turned(tx, page_, asked, down, down, up)
        found += [email_of(row) for row in rows]
        more = more or further
    if len(found) > page_.limit:
        more = True
    found.sort(key=lambda email: email.id, reverse=True)
    return (found[: page_.limit] if page_.before is None else found[-page_.limit :]), more


def _way(tx: Tx, params: Mapping[str, Any]) -> Way:
    """What to read: along the filter that leaves the fewest mails, or along all of them at once."""
    given = [name for name in ("recipient", "tag", "status", "domain") if params[name] is not None]
    others = ("tag" in given, "recipient" in given)
    if not any(others):
        return ALL
    ways = {"recipient": RECIPIENT, "tag": TAG, "status": MAILS[others], "domain": MAILS[others]}
    if len(given) == 1:
        return ways[given[0]]
    sizes = tx.row(SIZES, params)
    fewest = min(given, key=lambda name: int(getattr(sizes, name)))
    return ways[fewest] if getattr(sizes, fewest) < params["few"] else MERGED[others]
