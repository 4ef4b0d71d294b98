"""`mailit quota`: what teams may send, as `/operator/teams/ID/quota` has it."""

from __future__ import annotations

import argparse
import time
from typing import Any

from mailit.cli.opened import migrated, takes_config, told
from mailit.cli.tables import print_table
from mailit.config import Config
from mailit.errors import CannotStart
from mailit.interfaces import Tx
from mailit.store import quotas as store
from mailit.store.notices import tell
from mailit.store.quotas import Named, Quota, Used
from mailit.submission.quotas import CHANNEL
from mailit.submission.settings import MOST

_TEAMS = 1000


def declare(commands: Any) -> None:
    """Takes an action and, for most, a team."""
    command = commands.add_parser("quota", help="what teams may send: show, set, remove")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, run, words in (
        ("list", list_, "every team, with what it may send"),
        ("show", show, "what a team may send, and has sent"),
        ("set", set_, "give a team a quota of its own; what is not given stays"),
        ("remove", remove, "let a team send what the configuration lets all send"),
    ):
        action = actions.add_parser(name, help=words)
        takes_config(action)
        if name != "list":
            action.add_argument("team", metavar="TEAM", help="its id, or its name")
        if name == "set":
            for period, each in (("daily", "a day"), ("monthly", "a month")):
                action.add_argument(
                    f"--{period}", metavar="N", type=_limit, help=f"recipients {each} (UTC), or `none`: no limit"
                )
        action.set_defaults(run=run)


def list_(given: argparse.Namespace) -> None:
    """Prints a line a team, by name."""
    here = told(given)
    with migrated(here) as database:
        teams = database.transact(store.teams, _TEAMS)
    if not teams:
        print("there is no team; `mailit setup` makes the first")
        return
    print_table(
        ("TEAM", "NAME", "DAILY", "MONTHLY", "FROM"),
        [(one.id, one.name, *_limits(_of(one, here.config)), _source(one, here.config)) for one in teams],
    )


def show(given: argparse.Namespace) -> None:
    """Prints what a team may send, and what it has sent."""
    here = told(given)
    with migrated(here) as database:
        team, used = database.transact(_shown, given.team, here.config)
    daily, monthly = _limits(_of(team, here.config))
    print(f"{team.name} ({team.id}), quota: {_source(team, here.config)}")
    print_table(("", "SENT", "LIMIT"), [("today", used.daily, daily), ("this month", used.monthly, monthly)])


def set_(given: argparse.Namespace) -> None:
    """Gives a team a quota of its own; every process hears of it."""
    if given.daily is None and given.monthly is None:
        raise CannotStart("say what is to change: --daily N, --monthly N, or both")
    here = told(given)
    with migrated(here) as database:
        team = database.transact(_set, given.team, here.config, given.daily, given.monthly)
    daily, monthly = _limits(_of(team, here.config))
    print(f"{team.name}: {daily} a day, {monthly} a month")


def remove(given: argparse.Namespace) -> None:
    """Takes a team's own quota away; every process hears of it."""
    here = told(given)
    with migrated(here) as database:
        team = database.transact(_put, given.team, None)
    daily, monthly = _limits(_of(team, here.config))
    print(f"{team.name}: {daily} a day, {monthly} a month, as the configuration has it")


def _named(tx: Tx, team: str) -> Named:
    """The team of this id, or of this name where only one has it."""
    found = store.named(tx, team)
    if not found:
        raise CannotStart(f"there is no team {team}; `mailit quota list` shows them")
    if len(found) > 1:
        raise CannotStart(f"{len(found)} teams are called {team}; name one by its id: {', '.join(t.id for t in found)}")
    return found[0]


def _shown(tx: Tx, name: str, config: Config) -> tuple[Named, Used]:
    team = _named(tx, name)
    now, limited = time.time(), _of(team, config) != Quota()
    if limited:
        store.seed(tx, team.id, now)
    return team, store.used(tx, team.id, now, limited)


def _set(tx: Tx, name: str, config: Config, daily: int | None, monthly: int | None) -> Named:
    before = _of(_named(tx, name), config)
    return _put(
        tx,
        name,
        Quota(
            before.daily if daily is None else _given(daily),
            before.monthly if monthly is None else _given(monthly),
        ),
    )


def _put(tx: Tx, name: str, quota: Quota | None) -> Named:
    store.put(tx, _named(tx, name).id, quota)
    tell(tx, CHANNEL)
    return _named(tx, name)


def _of(team: Named, config: Config) -> Quota:
    return team.own if team.own is not None else Quota(config.quota.daily, config.quota.monthly)


def _source(team: Named, config: Config) -> str:
    if team.own is not None:
        return "its own"
    return "none" if _of(team, config) == Quota() else "the configuration"


def _limits(quota: Quota) -> tuple[str, str]:
    daily, monthly = ("unlimited" if one is None else str(one) for one in (quota.daily, quota.monthly))
    return daily, monthly


_NO_LIMIT = -1


def _limit(text: str) -> int:
    if text.lower() == "none":
        return _NO_LIMIT
    if not (text.isascii() and text.isdecimal()) or int(text) > MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to {MOST}, and not `none`")
    return int(text)


def _given(limit: int) -> int | None:
    return None if limit == _NO_LIMIT else limit
