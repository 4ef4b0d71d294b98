"""One connection to PostgreSQL: how it is opened, what work sees of it, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2.extras import NamedTupleCursor

from mailit.db.planned import PlanningConnection, executable
from mailit.errors import CannotStart, Unavailable

Dsn = str | Callable[[], str]
"""What libpq takes, or a function that gives it: called before each connect, in the thread that connects."""

Connection = psycopg2.extensions.connection

# Five seconds: a transaction that a stuck process leaves open would hold back vacuum and the event log.
_SESSION = """
    SET TIME ZONE 'UTC';
    SET idle_in_transaction_session_timeout = '5s';
    SET jit = off
"""

KEYED = """
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET plan_cache_mode = force_generic_plan;
    SET statement_timeout = '30s'
"""
"""A session that touches rows by key alone: a plan made from stale statistics must not read a table from end to end."""

# A peer that vanished without a word is noticed within half a minute; a server that does not answer, in five seconds.
_CONNECT = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "client_encoding": "UTF8",
}

_UUID_ARRAY = psycopg2.extensions.new_array_type((2951,), "UUID[]", psycopg2.STRING)
_BYTEA = psycopg2.extensions.new_type(
    (17,), "BYTES", lambda value, cursor: None if value is None else bytes(psycopg2.BINARY(value, cursor))
)


class Fault(Enum):
    """What an error says about the statement and about what to do next."""

    LOST = auto()  # the connection is gone; whether a COMMIT that was on its way took place is open
    AWAY = auto()  # rolled back: the server can't now (disk full, shutting down, read only)
    RETRY = auto()  # rolled back: deadlock or serialization failure; the same may go through at once
    DATA = auto()  # rolled back: what was asked for is at fault


class Transaction:
    """Work's view of an open transaction; implements `mailit.interfaces.Tx`. What is `Planned` is prepared."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Runs one statement, or several in one string; gives the row count of the last."""
        with self._connection.cursor() as cursor:
            cursor.execute(executable(self._connection, sql), params)
            return cursor.rowcount

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        """The rows of a query as named tuples, none for a statement that gives no rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(executable(self._connection, sql), params)
            return cursor.fetchall() if cursor.description else []

    def row(self, sql: str, params: Mapping[str, Any] | None = None) -> Any | None:
        """The first row of a query, or None."""
        with self._connection.cursor() as cursor:
            cursor.execute(executable(self._connection, sql), params)
            return cursor.fetchone() if cursor.description else None


def connect(dsn: Dsn, name: str, session: str = "", *, autocommit: bool = False) -> Connection:
    """Opens a connection that reports as `name` in pg_stat_activity, and runs `session` (SET statements) on it.

    Blocks, up to five seconds where nobody answers. uuid columns come as text, bytea as bytes, timestamps in UTC.
    Raises `Unavailable`, the cause within, where there is no connection to be had, and `CannotStart` for a dsn that
    is none.
    """
    connection: Connection | None = None
    try:
        text = dsn() if callable(dsn) else dsn
        try:
            given = psycopg2.extensions.parse_dsn(text)
        except psycopg2.ProgrammingError:
            # The cause would show the text, and the password in it.
            raise CannotStart("The database's address (database.url) is not one that PostgreSQL takes.") from None
        connection = psycopg2.connect(
            **{**_CONNECT, "application_name": name, **given},
            connection_factory=PlanningConnection,
            cursor_factory=NamedTupleCursor,
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"{_SESSION};{session}")
        connection.autocommit = autocommit
        psycopg2.extensions.register_type(_UUID_ARRAY, connection)
        psycopg2.extensions.register_type(_BYTEA, connection)
        return connection
    except (psycopg2.OperationalError, psycopg2.InterfaceError, OSError) as error:
        if connection is not None:
            connection.close()
        raise Unavailable from error


def fault(connection: Connection, error: BaseException) -> Fault:
    """What `error`, raised by work on this connection, means."""
    if connection.closed:
        return Fault.LOST
    code = getattr(error, "pgcode", None) or ""
    if not code and (type(error) is psycopg2.DatabaseError or isinstance(error, psycopg2.OperationalError)):
        # libpq's own words, not the server's: what was written to a server that ended itself was not read, and
        # psycopg2 does not always see that the connection is gone.
        return Fault.LOST
    if code in ("57P01", "57P02", "57P03", "57P05"):  # the server ends the session; the next use would find it closed
        return Fault.LOST
    if code in ("40001", "40P01"):
        return Fault.RETRY
    # Insufficient resources, operator intervention, system error; a read-only server is a standby.
    if code[:2] in ("53", "57", "58") or code == "25006":
        return Fault.AWAY
    return Fault.DATA
