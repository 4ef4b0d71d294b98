"""Lists and single mails as the API reads them back, with few and with very many stored."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from attrs import frozen

from bench import load
from bench.ground import Database, authorization, installation, looking, open_for_mail, postmaster
from bench.load import Load
from bench.machine import shares
from bench.queued import Mix, add_queued, settle_down
from bench.rows import Row, Set, Work
from tests.rig import Rig, free_port

FEW, SHORT, LONG = 10_000, 100_000, 1_000_000
_RATE = 100.0  # requests a second: what is asked for is an answer's time, not how many there can be
_SETTINGS = {"server": {"roles": ["api", "jobs"]}}
_LANES = 200
_SPOTS = 500

# Where in the order of time; a cursor stands at each.
_IDS = "SELECT array_agg(id::text ORDER BY id) FROM (SELECT id FROM email ORDER BY random() LIMIT %(most)s) AS drawn"
_PAGE = "/emails?limit=20"


@frozen
class Asked:
    """One kind of request, and the paths that it is made of."""

    name: str
    paths: Sequence[str]
    what: str


def run(work: Work) -> Iterator[Row]:
    """The same requests with ten thousand stored, and with a hundred times as many."""
    many = work.options.scaled(LONG if work.options.long else SHORT)
    seconds = work.options.seconds(8 if work.options.long else 4)
    taken: dict[str, list[Load]] = {}
    notes: dict[str, str] = {}
    with installation(free_port(), _SETTINGS, work.options.log) as rig:
        open_for_mail(rig)
        with looking(rig) as database:
            assert rig.daemon is not None
            team, domain = (database.value(f"SELECT id FROM {table}") for table in ("team", "domain"))
            stored = 0
            for wanted in (FEW, many):
                add_queued(database.dsn, team, domain, wanted - stored, Mix(_LANES), stored, queued=False)
                settle_down(database.dsn)
                stored = wanted
                for asked in _kinds(database):
                    _read(rig, asked, 1.0)
                    with shares(daemon=rig.daemon.pid, PostgreSQL=postmaster(database)) as busy:
                        made = _read(rig, asked, seconds)
                    taken.setdefault(asked.name, []).append(made)
                    notes[asked.name] = f"p99, {asked.what}; median {made.p50:.1f} ms; {made.generator}; {busy}"
    for name, (few, most) in taken.items():
        yield Row(name, most.p99, f"ms, {stored // 1000:,} k", few.p99, f"ms with {FEW:,} stored", notes[name])


def _kinds(database: Database) -> Sequence[Asked]:
    spots: Sequence[str] = database.value(_IDS, most=_SPOTS)
    far = [f"{_PAGE}&after={id_}" for id_ in spots[: _SPOTS // 5]]
    anywhere = [f"{_PAGE}&status=bounced&after={id_}" for id_ in spots]
    return (
        Asked("stored-list", [_PAGE], "the first page of GET /emails, 20 mails"),
        Asked("stored-list-far", far, "a page by a cursor in the oldest fifth"),
        Asked("stored-list-status", [f"{_PAGE}&status=bounced", *anywhere], "pages of one in a hundred, by status"),
        Asked("stored-get", [f"/emails/{id_}" for id_ in spots], "GET /emails/{id}, any of them"),
    )


def _read(rig: Rig, asked: Asked, seconds: float) -> Load:
    chance, head = random.Random(1), authorization(rig)
    paths = iter(lambda: chance.choice(asked.paths), None)
    return load.evenly(rig.http, load.gets((path, head) for path in paths), seconds, _RATE)


SETS = [Set(("stored-list", "stored-list-far", "stored-list-status", "stored-get"), run)]
