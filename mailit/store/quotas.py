"""Quotas: what teams may send a day and a month, what they have sent, and drawing from it with the mails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from attrs import frozen

from mailit import ids
from mailit.errors import DailyQuotaExceeded, MonthlyQuotaExceeded, QuotaExceeded
from mailit.interfaces import Tx

OWN = "SELECT team_id, daily, monthly FROM quota"

SET = """
    INSERT INTO quota (team_id, daily, monthly)
    SELECT id, %(daily)s, %(monthly)s FROM team WHERE id = %(team)s
        ON CONFLICT (team_id) DO UPDATE SET daily = excluded.daily, monthly = excluded.monthly
"""

UNSET = "DELETE FROM quota WHERE team_id = %(team)s"

TEAM = "SELECT id FROM team WHERE id = %(team)s"

TEAMS = """
    SELECT id, name, quota.team_id IS NOT NULL AS own, daily, monthly
      FROM team LEFT JOIN quota ON quota.team_id = team.id
     WHERE %(team)s::text IS NULL OR id::text = lower(%(team)s) OR name = %(team)s
     ORDER BY name, id LIMIT %(most)s
"""

# What was sent before anything was counted; whoever counts already is not disturbed.
SEED = """
    INSERT INTO sent_count (team_id, day, recipients)
    SELECT team_id, (created_at AT TIME ZONE 'UTC')::date, sum(deliveries)
      FROM email
     WHERE team_id = %(team)s AND id >= %(first)s
       AND NOT EXISTS (SELECT 1 FROM sent_count WHERE sent_count.team_id = %(team)s AND day >= %(month)s)
     GROUP BY 1, 2
        ON CONFLICT DO NOTHING
"""

# In the order of the teams: two groups wait for each other and never in a circle. What is read is what stands once the
# rows are ours.
TAKE = """
    INSERT INTO sent_count (team_id, day, recipients)
    SELECT team_id, %(day)s, 0 FROM unnest(%(teams)s::uuid[]) AS wanted (team_id) ORDER BY team_id
        ON CONFLICT DO NOTHING;
    SELECT 1 FROM sent_count WHERE day = %(day)s AND team_id = ANY (%(teams)s::uuid[]) ORDER BY team_id FOR UPDATE;
"""

USED = """
    SELECT team_id, coalesce(sum(recipients), 0)::bigint AS monthly,
           coalesce(sum(recipients) FILTER (WHERE day = %(day)s), 0)::bigint AS daily
      FROM sent_count
     WHERE team_id = ANY (%(teams)s::uuid[]) AND day >= %(month)s AND day <= %(day)s
     GROUP BY team_id
"""

DRAW = """
    UPDATE sent_count SET recipients = sent_count.recipients + drawn.recipients
      FROM unnest(%(teams)s::uuid[], %(recipients)s::bigint[]) AS drawn (team_id, recipients)
     WHERE sent_count.team_id = drawn.team_id AND sent_count.day = %(day)s
"""

COUNTED = """
    SELECT coalesce(sum(deliveries), 0)::bigint AS monthly,
           coalesce(sum(deliveries) FILTER (WHERE id >= %(today)s), 0)::bigint AS daily
      FROM email
     WHERE team_id = %(team)s AND id >= %(first)s
"""

DOMAINS = "SELECT count(*) AS count FROM domain WHERE team_id = %(team)s"


@frozen
class Quota:
    """Recipients that a team may send to; None is as many as it likes."""

    daily: int | None = None
    monthly: int | None = None


@frozen
class Named:
    """A team, and its own quota, if it has one."""

    id: str
    name: str
    own: Quota | None


@frozen
class Used:
    """Recipients that a team has sent to, today and this month (UTC)."""

    daily: int
    monthly: int


@frozen
class Ask:
    """So many recipients of a team that has a quota."""

    team_id: str
    recipients: int
    quota: Quota
    told: Callable[[Used, str], None]
    """Is given what the team has used then, and the team; called in the thread that writes."""


@frozen
class Periods:
    """The day and the month (UTC) of a moment, and when they end."""

    day: date
    month: date
    day_ends: datetime
    month_ends: datetime

    @classmethod
    def of(cls, now: float) -> Periods:
        """Those of a moment in POSIX seconds."""
        at = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        first = at.replace(day=1)
        return cls(at.date(), first.date(), at + timedelta(days=1), (first + timedelta(days=32)).replace(day=1))


def own(tx: Tx) -> dict[str, Quota]:
    """The quotas of teams that have one of their own."""
    return {row.team_id: Quota(row.daily, row.monthly) for row in tx.rows(OWN)}


def teams(tx: Tx, most: int) -> list[Named]:
    """Teams by name."""
    return _teams(tx, None, most)


def named(tx: Tx, team: str) -> list[Named]:
    """The teams of this id or name, ten at most."""
    return _teams(tx, team, 10)


def put(tx: Tx, team_id: str, quota: Quota | None) -> bool:
    """Gives a team a quota of its own, or with None that of all again; whether there is such a team."""
    if quota is None:
        tx.run(UNSET, {"team": team_id})
        return is_team(tx, team_id)
    return tx.run(SET, {"team": team_id, "daily": quota.daily, "monthly": quota.monthly}) == 1


def is_team(tx: Tx, team_id: str) -> bool:
    """Whether there is such a team."""
    return tx.row(TEAM, {"team": team_id}) is not None


def seed(tx: Tx, team_id: str, now: float) -> None:
    """Counts what a team has sent this month, where nothing of it was counted yet."""
    periods = Periods.of(now)
    tx.run(SEED, {"team": team_id, "first": _first_id(periods.month), "month": periods.month})


def draw(tx: Tx, asks: Mapping[int, Ask], now: float) -> dict[int, QuotaExceeded]:
    """Draws from quotas, in order; gives whose ask, by its place, was too much."""
    periods = Periods.of(now)
    names = sorted({ask.team_id for ask in asks.values()})
    params = {"teams": names, "day": periods.day, "month": periods.month}
    used = {row.team_id: Used(row.daily, row.monthly) for row in tx.rows(TAKE + USED, params)}
    drawn = dict.fromkeys(names, 0)
    refused: dict[int, QuotaExceeded] = {}
    for place, ask in sorted(asks.items()):
        before = used[ask.team_id]
        after = Used(before.daily + ask.recipients, before.monthly + ask.recipients)
        if ask.quota.daily is not None and after.daily > ask.quota.daily:
            refused[place] = DailyQuotaExceeded(retry_after=_seconds(periods.day_ends, now))
        elif ask.quota.monthly is not None and after.monthly > ask.quota.monthly:
            refused[place] = MonthlyQuotaExceeded(retry_after=_seconds(periods.month_ends, now))
        else:
            used[ask.team_id] = after
            drawn[ask.team_id] += ask.recipients
    tx.run(DRAW, {"teams": names, "recipients": [drawn[name] for name in names], "day": periods.day})
    for ask in asks.values():
        ask.told(used[ask.team_id], ask.team_id)
    return refused


def used(tx: Tx, team_id: str, now: float, counted: bool) -> Used:
    """What a team has sent: as it was counted with its mails, or by counting them now."""
    periods = Periods.of(now)
    if counted:
        row = tx.row(USED, {"teams": [team_id], "day": periods.day, "month": periods.month})
        return Used(0, 0) if row is None else Used(row.daily, row.monthly)
    row = tx.row(COUNTED, {"team": team_id, "today": _first_id(periods.day), "first": _first_id(periods.month)})
    assert row is not None
    return Used(row.daily, row.monthly)


def domains(tx: Tx, team_id: str) -> int:
    """How many sending domains a team has."""
    row = tx.row(DOMAINS, {"team": team_id})
    assert row is not None
    return int(row.count)


def _teams(tx: Tx, team: str | None, most: int) -> list[Named]:
    return [
        Named(row.id, row.name, Quota(row.daily, row.monthly) if row.own else None)
        for row in tx.rows(TEAMS, {"team": team, "most": most})
    ]


def _first_id(day: date) -> str:
    return ids.floor(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _seconds(until: datetime, now: float) -> int:
    return max(1, int(until.timestamp() - now) + 1)
