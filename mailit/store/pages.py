"""Pages of a list, newest first, by cursor: the ids are the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailit.interfaces import Page, Tx


def turned(
    tx: Tx, page: Page | None, params: Mapping[str, Any], newest: str, older: str, newer: str
) -> tuple[list[Any], bool]:
    """The rows of a page, newest first, and whether there are more in the direction one turns to.

    The queries take `%(most)s`, and `%(after)s` or `%(before)s`; `newer` lists oldest first. No page is every row.
    """
    if page is None:
        return tx.rows(newest, {**params, "most": None}), False
    most = page.limit + 1
    if page.after is not None:
        rows = tx.rows(older, {**params, "after": page.after, "most": most})
    elif page.before is not None:
        rows = tx.rows(newer, {**params, "before": page.before, "most": most})
    else:
        rows = tx.rows(newest, {**params, "most": most})
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    return (rows[::-1] if page.before is not None else rows), more
