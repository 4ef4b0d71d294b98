"""Arrays as PostgreSQL writes them, made fast: a group's rows travel as one literal a column (`%(x)s::text[]`)."""

from __future__ import annotations

from collections.abc import Iterable

Value = str | int | float | bool | None


def array(values: Iterable[Value]) -> str:
    """The literal of a one-dimensional array, as `{"a","b",NULL}`.

    Text is quoted and escaped, so that every text is itself: also the empty one, `NULL`, and one with quotes. What
    PostgreSQL has no text for (NUL, a lone surrogate) passes here, and psycopg2 refuses it when it is sent.
    """
    values = list(values)
    try:
        joined = '","'.join(values)  # type: ignore[arg-type]  # what is not text raises
    except TypeError:
        return "{" + ",".join([_element(value) for value in values]) + "}"
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return '{"' + '","'.join([_escaped(value) for value in values]) + '"}' if values else "{}"  # type: ignore[arg-type]
    return '{"' + joined + '"}'


def bytea_array(values: Iterable[bytes | None]) -> str:
    """The literal of an array of bytes (`%(x)s::bytea[]`)."""
    return "{" + ",".join(["NULL" if value is None else '"\\\\x' + value.hex() + '"' for value in values]) + "}"


def _element(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + _escaped(value) + '"'
    if isinstance(value, bool):
        return "t" if value else "f"
    return repr(value)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
