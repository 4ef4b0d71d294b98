"""Statements that a connection plans once: PREPARE at the first use, EXECUTE from then on.

To plan a statement that joins partitioned tables takes about a millisecond, longer than to run it for twenty rows. A
plan is kept for a second only: one made when a table was small would read it from end to end when it has grown.
"""

from __future__ import annotations

import re
import time
from hashlib import sha256
from typing import Any, Self

import psycopg2.extensions
from attrs import frozen

PLAN_FOR = 1.0
"""How long a plan is kept, in seconds."""

_PARAMETER = re.compile(r"%\((\w+)\)s(?:::(\w+(?:\[\])?))?")


@frozen
class _Statement:
    """`call` runs it; `prepare`, under `name`, comes before its first call on a connection, where it is not empty."""

    call: str
    name: str = ""
    prepare: str = ""


class Planned(str):
    """SQL for `Tx`, one statement or several joined by `+`; as text it is what was written, and runs anywhere."""

    __slots__ = ("statements",)
    statements: tuple[_Statement, ...]

    def __add__(self, other: str) -> Self:
        """Both, one after the other. What is plain text is sent as it is, each time."""
        return self._made(
            str.__add__(self, other),
            self.statements + (other.statements if isinstance(other, Planned) else (_Statement(other),)),
        )

    @classmethod
    def _made(cls, text: str, statements: tuple[_Statement, ...]) -> Self:
        made = cls(text)
        made.statements = statements
        return made

    @classmethod
    def of(cls, statement: str) -> Self:
        """One statement that ends without a semicolon. Raises ValueError where a parameter has no type, as `::uuid`."""
        types: dict[str, str] = {}

        def numbered(match: re.Match[str]) -> str:
            name, type_ = match.groups()
            if type_ is None and name not in types:
                raise ValueError(f"The parameter {name} has no type.")
            types.setdefault(name, type_)
            return f"${list(types).index(name) + 1}" + (f"::{type_}" if type_ else "")

        text = _PARAMETER.sub(numbered, statement).replace("%%", "%")
        name = f"mailit_{sha256(statement.encode()).hexdigest()[:16]}"
        arguments = ", ".join(f"%({each})s" for each in types)
        given = f"({arguments})" if types else ""
        taken = f" ({', '.join(types.values())})" if types else ""
        return cls._made(
            f"{statement};", (_Statement(f"EXECUTE {name}{given};", name, f"PREPARE {name}{taken} AS {text}"),)
        )


class PlanningConnection(psycopg2.extensions.connection):
    """A connection that remembers what it has prepared."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepared: set[str] = set()
        self._calls: dict[Planned, str] = {}
        self._planned = time.monotonic()

    def prepared(self, sql: Planned) -> str:
        """What runs `sql` here, all of it prepared; in the transaction that is open, if one is."""
        calls = self._calls.get(sql)
        if calls is None:
            for statement in sql.statements:
                if statement.prepare and statement.name not in self._prepared:
                    with self.cursor() as cursor:
                        cursor.execute(statement.prepare)
                    self._prepared.add(statement.name)
            calls = self._calls[sql] = "".join([statement.call for statement in sql.statements])
        now = time.monotonic()
        if now - self._planned < PLAN_FOR:
            return calls
        self._planned = now
        return f"DISCARD PLANS;{calls}"


def executable(connection: psycopg2.extensions.connection, sql: str) -> str:
    """The text to send for `sql` on this connection."""
    if isinstance(sql, Planned) and isinstance(connection, PlanningConnection):
        return connection.prepared(sql)
    return sql
