"""What the database says of itself: whether it keeps what it promised, which time it has, who holds the log back."""

from __future__ import annotations

from attrs import frozen

from mailit.interfaces import Tx

STATE = """
    SELECT current_setting('server_version_num')::integer AS version,
           current_setting('server_version')              AS version_name,
           current_setting('fsync')                       AS fsync,
           current_setting('full_page_writes')            AS full_page_writes,
           current_setting('synchronous_commit')          AS synchronous_commit,
           extract(epoch FROM clock_timestamp())::double precision AS clock
"""

# A transaction that has an xid holds the event log back, also one of another database on the same server.
HOLDS_THE_LOG = """
    SELECT pid, coalesce(datname, '') AS database, coalesce(application_name, '') AS application,
           extract(epoch FROM clock_timestamp() - xact_start)::double precision AS seconds
      FROM pg_stat_activity
     WHERE backend_xid IS NOT NULL AND xact_start < clock_timestamp() - %(seconds)s * interval '1 second'
     ORDER BY xact_start LIMIT 1
"""


@frozen
class State:
    """A server's version (150004 is 15.4), what it does to keep data, and its clock in POSIX seconds."""

    version: int
    version_name: str
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    clock: float


@frozen
class LongTransaction:
    """A transaction that has written, and is open since `seconds`."""

    pid: int
    database: str
    application: str
    seconds: float


def state(tx: Tx) -> State:
    """The server as it is."""
    row = tx.rows(STATE)[0]
    return State(row.version, row.version_name, row.fsync, row.full_page_writes, row.synchronous_commit, row.clock)


def holds_the_log(tx: Tx, seconds: float) -> LongTransaction | None:
    """The oldest transaction that keeps readers of the event log waiting for longer than that."""
    row = tx.row(HOLDS_THE_LOG, {"seconds": seconds})
    return None if row is None else LongTransaction(row.pid, row.database, row.application, row.seconds)
