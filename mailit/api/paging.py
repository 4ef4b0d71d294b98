"""Lists by cursor: the parameters, the page they ask for, the envelope they come in (reference 2.3)."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Generic, TypeVar

from msgspec import Meta, Struct

from mailit.errors import InvalidParameter, Refused
from mailit.interfaces import Page

T = TypeVar("T")

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_DEFAULT = 20


class PageQuery(Struct, frozen=True, kw_only=True):
    """How much of a list, and from where: newest first, `after` goes older, `before` newer."""

    limit: Annotated[int, Meta(ge=1, le=100)] | None = None
    after: str | None = None
    before: str | None = None

    faults: ClassVar[dict[str, str]] = {
        "limit": "The pagination limit must be a number between 1 and 100. "
        "See https://resend.com/docs/pagination for more information."
    }


class Listing(Struct, Generic[T], frozen=True, tag_field="object", tag="list"):
    """A page of a list; its `object` is `list`."""

    has_more: bool
    data: list[T]


def page(query: PageQuery) -> Page:
    """The page that is asked for, of twenty where nothing is said. Raises from `mailit.errors`."""
    if query.after is not None and query.before is not None:
        raise Refused("The `after` and `before` parameters can't be used together.")
    return Page(
        query.limit or _DEFAULT,
        None if query.after is None else uuid("after", query.after),
        None if query.before is None else uuid("before", query.before),
    )


def page_or_all(query: PageQuery) -> Page | None:
    """The same, of lists that are older than their paging: None, for everything, where nothing is said."""
    return None if query == PageQuery() else page(query)


def uuid(name: str, text: str) -> str:
    """A UUID in lower case. Raises `InvalidParameter` with the parameter's name."""
    if not _UUID.fullmatch(text):
        raise InvalidParameter(f"The `{name}` must be a valid UUID.")
    return text.lower()
