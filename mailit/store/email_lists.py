"""Lists of a team's mails, newest first: all, or those that filters leave, each of them by an index."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from mailit import ids
from mailit.interfaces import Page, Tx
from mailit.store.deliveries import ceiling
from mailit.store.emails import COLUMNS, StoredEmail, email_of
from mailit.store.pages import turned

_FIRST = "00000000-0000-0000-0000-000000000000"
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"

# What a list is read along decides what it costs: the recipient's deliveries, the tag's rows, the team's mails of a
# status, or all of them; each in the order of the ids, by an index, until the page is full. Statistics are not asked:
# those of a partition that has just begun say nothing, and a plan that sorts reads all that there is. A filter that is
# not given is folded away before the plan is made.
_ALONG = """
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_hashagg = off;
    SET LOCAL enable_sort = off;
"""

_WITHIN = """
         WHERE email.team_id = %(team)s AND email.id > %(low)s AND email.id < %(high)s
           AND (%(domain)s::uuid IS NULL OR email.domain_id = %(domain)s)
"""

_OF_STATUS = " AND (%(status)s::text IS NULL OR email.last_event = %(status)s)"

_TAGGED = """
           AND (%(tag)s::text IS NULL OR EXISTS (
                   SELECT 1 FROM email_tag
                    WHERE email_tag.team_id = %(team)s AND email_tag.name = %(tag)s
                      AND email_tag.value = %(value)s AND email_tag.email_id = email.id))
"""

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

_RECIPIENT = """
    SELECT email.*
      FROM (SELECT DISTINCT email_id FROM delivery
             WHERE team_id = %(team)s AND lower(recipient) = lower(%(recipient)s)
               AND email_id > %(low)s AND email_id < %(high)s AND id > %(low)s AND id < %(ceiling)s
"""

_TAG = """
    SELECT email.*
      FROM (SELECT DISTINCT email_id FROM email_tag
             WHERE team_id = %(team)s AND name = %(tag)s AND value = %(value)s
               AND email_id > %(low)s AND email_id < %(high)s
"""

_ALL = "SELECT " + COLUMNS + " FROM email" + _WITHIN + _OF_STATUS

_BY_DOWN, _BY_UP = " ORDER BY email_id DESC) AS found", " ORDER BY email_id) AS found"
_FOUND_DOWN = " LIMIT 1) AS email ORDER BY found.email_id DESC LIMIT %(most)s"
_FOUND_UP = " LIMIT 1) AS email ORDER BY found.email_id LIMIT %(most)s"

RECIPIENT_DOWN = _ALONG + _RECIPIENT + _BY_DOWN + _ONE + _TAGGED + _FOUND_DOWN
RECIPIENT_UP = _ALONG + _RECIPIENT + _BY_UP + _ONE + _TAGGED + _FOUND_UP
TAG_DOWN = _ALONG + _TAG + _BY_DOWN + _ONE + _FOUND_DOWN
TAG_UP = _ALONG + _TAG + _BY_UP + _ONE + _FOUND_UP
ALL_DOWN = _ALONG + _ALL + " ORDER BY email.id DESC LIMIT %(most)s"
ALL_UP = _ALONG + _ALL + " ORDER BY email.id LIMIT %(most)s"

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


def page(tx: Tx, team_id: str, page_: Page, which: Filter) -> tuple[list[StoredEmail], bool]:
    """A page of a team's mails, newest first, and whether there are more."""
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
    if which.recipient is not None:
        down, up = RECIPIENT_DOWN, RECIPIENT_UP
    elif tag is not None:
        down, up = TAG_DOWN, TAG_UP
    else:
        down, up = ALL_DOWN, ALL_UP
    found, more = [], False
    for status in dict.fromkeys(which.statuses) or (None,):  # one by one: each is in the order of an index
        rows, further = turned(tx, page_, {**params, "status": status}, down, down, up)
        found += [email_of(row) for row in rows]
        more = more or further
    if len(found) > page_.limit:
        more = True
    found.sort(key=lambda email: email.id, reverse=True)
    return (found[: page_.limit] if page_.before is None else found[-page_.limit :]), more
