"""Many tenants: the same requests spread over ten thousand API keys of a thousand teams, and by one key alone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from bench import load
from bench.ground import Database, authorization, installation, looking, mail, open_for_mail, postmaster
from bench.load import Load
from bench.machine import Shares, shares
from bench.rows import Row, Set, Work
from mailit.access import tokens
from mailit.ids import Ids
from tests.rig import Rig, free_port

TEAMS, KEYS = 1000, 10_000
_SETTINGS: dict[str, dict[str, Any]] = {
    "server": {"roles": ["api", "jobs"]},
    "smtp_outbound": {"mode": "direct"},
    "rate_limit": {"enabled": True, "requests_per_second": 1_000_000},
}
_PAGE = "/emails?limit=20"

_MAKE = """
    INSERT INTO team (id, name) SELECT id, 'Team ' || n FROM unnest(%(teams)s::uuid[]) WITH ORDINALITY AS made (id, n);
    INSERT INTO domain (id, team_id, name, status)
        SELECT * , 'verified' FROM unnest(%(domains)s::uuid[], %(teams)s::uuid[], %(names)s::text[]);
    INSERT INTO api_key (id, team_id, name, prefix, hash, permission)
        SELECT id, team_id, 'bench', prefix, decode(hash, 'hex'), 'full_access'
          FROM unnest(%(keys)s::uuid[], %(owners)s::uuid[], %(prefixes)s::text[], %(hashes)s::text[])
               AS made (id, team_id, prefix, hash);
    ANALYZE team, domain, api_key
"""


@frozen
class Tenant:
    """A key, and a mail that its team may send, as JSON."""

    head: Mapping[str, str]
    body: str


@frozen
class Measured:
    """What a load came to, and who was busy."""

    made: Load
    taken: Shares


def tenants(database: Database, teams: int, keys: int) -> Sequence[Tenant]:
    """Makes teams with a verified domain each, and keys that are theirs in turn."""
    draw = Ids()
    minted = [tokens.mint("re_") for _ in range(keys)]
    owners = [draw() for _ in range(teams)]
    names = [f"t{place}.example.org" for place in range(teams)]
    database.run(
        _MAKE,
        teams=owners,
        domains=[draw() for _ in owners],
        names=names,
        keys=[draw() for _ in minted],
        owners=[owners[place % teams] for place in range(keys)],
        prefixes=[one.prefix for one in minted],
        hashes=[one.hash.hex() for one in minted],
    )
    bodies = [json.dumps({**mail(), "from": f"Parcels <hello@{name}>"}) for name in names]
    return [Tenant({"Authorization": f"Bearer {one.token}"}, bodies[place % teams]) for place, one in enumerate(minted)]


def run(work: Work) -> Iterator[Row]:
    """One key, then many, then the one again; accepts, and lists of what they sent."""
    seconds = work.options.seconds(60 if work.options.long else 5)
    teams, keys = work.options.scaled(TEAMS), work.options.scaled(KEYS)
    with installation(free_port(), _SETTINGS, work.options.log) as rig:
        open_for_mail(rig)
        with looking(rig) as database:
            many = tenants(database, teams, keys)
            one = [Tenant(authorization(rig), json.dumps(mail()))]
            first = _first(rig, many)
            for name, unit, requests in (
                ("accept-many-keys", "mails/s", _accepts),
                ("list-many-keys", "pages/s", _lists),
            ):
                before, spread, after = (
                    _measured(rig, database, requests(among), seconds) for among in (one, many, one)
                )
                had = f"before {before.made.rate:,.0f}/s, after {after.made.rate:,.0f}/s"
                noted = f"{keys:,} keys of {teams:,} teams, any in turn; p99 {spread.made.p99:.0f} ms, with one key "
                noted += f"{(before.made.p99 + after.made.p99) / 2:.0f} ms; {had}; {spread.taken}"
                if requests is _accepts:
                    noted += f"; the first request of each key: {first.rate:,.0f}/s"
                base = (before.made.rate + after.made.rate) / 2
                yield Row(name, spread.made.rate, unit, base, f"{unit} with one key", noted)


def _first(rig: Rig, many: Sequence[Tenant]) -> Load:
    """Every key asks once, in the order of the teams: what is known of each afterwards is what a process knows."""
    return load.at_once(rig.http, load.posts("/emails", ((one.body, one.head) for one in many), keyed=True), None)


def _any(among: Sequence[Tenant]) -> Iterator[Tenant]:
    chance = random.Random(1)
    while True:
        yield chance.choice(among)


def _accepts(among: Sequence[Tenant]) -> Iterator[bytes]:
    return load.posts("/emails", ((tenant.body, tenant.head) for tenant in _any(among)), keyed=True)


def _lists(among: Sequence[Tenant]) -> Iterator[bytes]:
    return load.gets((_PAGE, tenant.head) for tenant in _any(among))


def _measured(rig: Rig, database: Database, requests: Iterator[bytes], seconds: float) -> Measured:
    assert rig.daemon is not None
    load.at_once(rig.http, requests, 1.0)
    with shares(daemon=rig.daemon.pid, PostgreSQL=postmaster(database)) as taken:
        made = load.at_once(rig.http, requests, seconds)
    return Measured(made, taken)


SETS = [Set(("accept-many-keys", "list-many-keys"), run, long=True)]
