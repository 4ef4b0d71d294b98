"""Turns of periodic jobs: who ran what last, and whether it is time again."""

from __future__ import annotations

from mailit.interfaces import Tx

# The lock keeps two processes from reading the same last run; a little less than the period, because timers drift.
LOCK = "SELECT pg_try_advisory_xact_lock(%(space)s, %(key)s) AS mine"

TAKE_TURN = """
    INSERT INTO job_run (name, ran_at) VALUES (%(name)s, now())
    ON CONFLICT (name) DO UPDATE SET ran_at = now()
     WHERE job_run.ran_at < now() - %(every)s * 0.9 * interval '1 second'
 RETURNING name
"""

_SPACE = 0x4D4A  # of advisory locks: ours are apart from others' in the same database


def take_turn(tx: Tx, name: str, key: int, every: float) -> bool:
    """Whether this process is to run the job now; then its run is on record."""
    signed = key - (1 << 32) if key >= 1 << 31 else key
    if not tx.rows(LOCK, {"space": _SPACE, "key": signed})[0].mine:
        return False
    return tx.row(TAKE_TURN, {"name": name, "every": every}) is not None
