"""Kills a sender with a mail at each step of the protocol, and counts what became of them.

A mail is on its way to each of `stations.STEPS`: one whose connection is being made, one that waits for the greeting,
and so on to one whose outcome was just committed. Then the daemon is killed, with its PostgreSQL or without, and
started again; every mail arrives, and only one whose dot may have been out arrives twice, and is marked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from bench.stations import STEPS, Station, stations
from tests import audit
from tests.rig import Rig, free_port, installation, until

SETTINGS: Mapping[str, Mapping[str, Any]] = {"logging": {"level": "warn"}}
_LARGE = "x" * 70 + "\n"
_UNMARKED = ("connect", "greeting", "EHLO", "STARTTLS", "MAIL", "RCPT")
_TWICE = ("after-the-dot", "after-250")

_CLAIMED = "SELECT count(*) FROM envelope WHERE domain = %s AND holder IS NOT NULL"
_MARKED = "SELECT count(*) FROM envelope WHERE domain = ANY (%s) AND marked_at IS NOT NULL"
_DELIVERED = "SELECT count(*) FROM delivery WHERE recipient = %s AND state = 'delivered'"
_LOCK = "SELECT id FROM envelope WHERE domain = %s FOR UPDATE"
_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
_BURY = "DELETE FROM holder WHERE id = ANY (%s::uuid[])"
_HOLDERS = "SELECT id::text FROM holder"


def steps(postgres: bool, hurry: bool = False, base: Path | None = None, told: Any = None) -> list[str]:
    """One run: what does not agree in the end. `postgres`: it is killed as well. `hurry`: no lease is waited for."""
    say = told or (lambda line: None)
    smtp = free_port()
    settings: Mapping[str, Mapping[str, Any]] = {
        **SETTINGS,
        "smtp_outbound": {"retry_delays": ["1s"], "in_doubt": "resend", "port": smtp},
    }
    with installation(settings, base=base) as rig, stations(smtp) as at:
        rig.publish({f"{one.domain} MX": [f"10 {one.domain}."] for one in at.values()})
        rig.publish({f"{one.domain} A": [one.address] for one in at.values()})
        rig.start()
        rig.verify(rig.enroll())
        with rig.database() as dsn:
            promised, locks = _bring_all_there(rig, at, dsn)
            say(f"reached: {', '.join(STEPS)}")
            dead = _rows(dsn, _HOLDERS)
            rig.kill(postgres=postgres)
            locks.close()  # what waited for them goes on by itself, where PostgreSQL lives
        say(f"killed: the daemon{' and PostgreSQL' if postgres else ''}")
        for one in at.values():
            one.welcome()
        with rig.database() as dsn:
            if hurry:
                _bury(dsn, dead)
            rig.start()
            return _counted(rig, dsn, at, promised, say)


def _bring_all_there(rig: Rig, at: dict[str, Station], dsn: str) -> tuple[dict[str, list[str]], Any]:
    """A mail to each step; where a step lies before a write of the database, a lock holds that back.

    Gives whom each was promised to, and the connection that has the locks.
    """
    promised = {}
    locked = ("before-the-mark", "after-250")
    for step in [*(one for one in STEPS if one not in locked), *locked]:
        to = f"ana@{at[step].domain}"
        text = _LARGE * (100_000 if step == "mid-body" else 1)
        status, said = rig.send(to=to, text=text, html=None)
        assert status == 200, said
        promised[said["id"]] = [to]
    until(lambda: _one(dsn, _CLAIMED, at["connect"].domain), 20)
    for step in STEPS:
        if step not in ("connect", *locked):
            assert at[step].reached.wait(20), f"{step} was not reached"
    marked = [at[step].domain for step in ("DATA", "mid-body", "before-the-dot", "after-the-dot", "after-250")]
    assert at["after-250"].paused.wait(20), "after-250 was not reached"
    until(lambda: _one(dsn, _MARKED, marked) == len(marked), 20)
    until(lambda: _one(dsn, _DELIVERED, f"ana@{at['after-the-commit'].domain}"), 20)
    assert at["before-the-mark"].paused.wait(20), "before-the-mark was not reached"
    connection = psycopg2.connect(dsn)
    for number, step in enumerate(locked, 1):
        connection.cursor().execute(_LOCK, (at[step].domain,))
        at[step].resume.set()
        assert at[step].reached.wait(20), f"{step} was not reached"
        until(partial(_blocked, dsn, number), 20)
    return promised, connection


def _blocked(dsn: str, most: int) -> bool:
    return _one(dsn, _BLOCKED) >= most


def _counted(
    rig: Rig, dsn: str, at: dict[str, Station], promised: dict[str, list[str]], say: Callable[[str], None]
) -> list[str]:
    began = time.monotonic()
    left = audit.waiting(dsn)
    while left and time.monotonic() < began + 60:
        time.sleep(0.1)
        left = audit.waiting(dsn)
    say(f"drained: in {time.monotonic() - began:.1f} s, left: {'; '.join(left) or 'nothing'}")
    settled, envelopes = audit.read(dsn)
    taken = [one for station in at.values() for one in station.taken]
    doubts = {one.recipient: one.doubts for one in settled}
    copies = {step: len(at[step].taken) for step in STEPS}
    say(f"copies: {', '.join(f'{step} {number}' for step, number in copies.items())}")
    faults = audit.faults(audit.Account(promised, settled, taken, envelopes=envelopes))
    for step in _UNMARKED:
        if doubts.get(f"ana@{at[step].domain}"):
            faults.append(f"doubted: at {step} no dot could have been sent")
    for step, number in copies.items():
        if number > 1 and step not in _TWICE:
            faults.append(f"doubled: killed at {step}, it arrived {number} times")
    if not doubts.get(f"ana@{at['after-the-dot'].domain}"):
        faults.append("unmarked: killed after the dot, it is not in doubt")
    if rig.stop() != 0:
        faults.append("stopped: the daemon did not end in good order")
    return faults


def _bury(dsn: str, dead: list[Any]) -> None:
    """Ends the lease of the dead at once: their deaths are acts, and this is one."""
    with _connected(dsn) as cursor:
        cursor.execute(_BURY, (dead,))


def _rows(dsn: str, sql: str) -> list[Any]:
    with _connected(dsn) as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def _one(dsn: str, sql: str, *values: Any) -> int:
    with _connected(dsn) as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])


@contextmanager
def _connected(dsn: str) -> Iterator[Any]:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()
