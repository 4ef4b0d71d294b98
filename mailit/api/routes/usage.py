"""`GET /usage`, and the quotas of teams for operators."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import UNSET, Meta, Struct, UnsetType

from mailit.access.limits import Limits
from mailit.api.paging import uuid
from mailit.api.times import iso
from mailit.errors import NotFound
from mailit.interfaces import Database
from mailit.plugin import Call, Cost, Needs, Permission, endpoint
from mailit.store import quotas as store
from mailit.store.quotas import Quota
from mailit.submission.quotas import Quotas


class PeriodUse(Struct, frozen=True, kw_only=True):
    """Recipients of a day or a month (UTC); `limit` is null where there is none."""

    used: int
    limit: int | None
    sent: int
    received: int
    resets_at: str


class EmailUse(Struct, frozen=True):
    """What was sent and received."""

    daily: PeriodUse
    monthly: PeriodUse


class Use(Struct, frozen=True):
    """How many there are, and may be."""

    used: int
    limit: int | None


class CreditUse(Struct, frozen=True):
    """What this installation does not have."""

    used: int
    limit: int | None
    next_increase_at: str | None


class RunUse(Struct, frozen=True):
    """How many there were in a month."""

    used: int
    limit: int | None
    resets_at: str


class RateView(Struct, frozen=True):
    """Requests in a duration; null where they are not limited."""

    limit: int | None
    duration: str


class UsageView(Struct, frozen=True, kw_only=True):
    """What a team has used, and what it may."""

    object: str = "usage"
    emails: EmailUse
    contacts: Use
    segments: Use
    broadcasts: Use
    ai_credits: CreditUse
    automation_runs: RunUse
    domains: Use
    rate_limit: RateView


class QuotaView(Struct, frozen=True, kw_only=True):
    """What a team may send; null is as much as it likes. `own`: it is not what the configuration says of all."""

    object: str = "quota"
    team_id: str
    daily: int | None
    monthly: int | None
    own: bool


Most = Annotated[int, Meta(ge=0, le=2_000_000_000)] | None


class QuotaBody(Struct, frozen=True):
    """Recipients of a day and of a month; null is as many as the team likes, what is left out stays."""

    daily: Most | UnsetType = UNSET
    monthly: Most | UnsetType = UNSET


@frozen(eq=False)
class UsageRoutes:
    """What is used, and what may be."""

    _database: Database
    _quotas: Quotas
    _limits: Limits

    @endpoint("GET", "/usage", permission=Permission.READ, gives=UsageView)
    async def usage(self, call: Call) -> UsageView:
        """Tells what the team has sent today and this month, and its limits."""
        usage = await self._quotas.usage(call.team_id)
        day, month = iso(usage.periods.day_ends), iso(usage.periods.month_ends)
        rate = self._limits.rate(Cost.READ)
        nothing = Use(0, None)
        return UsageView(
            emails=EmailUse(
                PeriodUse(
                    used=usage.used.daily, limit=usage.quota.daily, sent=usage.used.daily, received=0, resets_at=day
                ),
                PeriodUse(
                    used=usage.used.monthly,
                    limit=usage.quota.monthly,
                    sent=usage.used.monthly,
                    received=0,
                    resets_at=month,
                ),
            ),
            contacts=nothing,
            segments=nothing,
            broadcasts=nothing,
            ai_credits=CreditUse(0, None, None),
            automation_runs=RunUse(0, None, month),
            domains=Use(usage.domains, None),
            rate_limit=RateView(rate.limit if rate else None, f"{rate.window * 1000 if rate else 1000}ms"),
        )

    @endpoint("GET", "/operator/teams/{team_id}/quota", gives=QuotaView, needs=Needs.OPERATOR)
    async def quota(self, call: Call) -> QuotaView:
        """Tells what a team may send."""
        id_ = uuid("team_id", call.path["team_id"])
        if not await self._database.transact(store.is_team, id_):
            raise NotFound("Team not found")
        return self._view(id_)

    @endpoint("PATCH", "/operator/teams/{team_id}/quota", takes=QuotaBody, gives=QuotaView, needs=Needs.OPERATOR)
    async def change(self, call: Call, body: QuotaBody) -> QuotaView:
        """Says what a team may send, whatever all others may."""
        id_ = uuid("team_id", call.path["team_id"])
        before = self._quotas.of(id_) or Quota()
        daily = before.daily if isinstance(body.daily, UnsetType) else body.daily
        monthly = before.monthly if isinstance(body.monthly, UnsetType) else body.monthly
        await self._quotas.put(id_, Quota(daily, monthly))
        return self._view(id_)

    @endpoint("DELETE", "/operator/teams/{team_id}/quota", gives=QuotaView, needs=Needs.OPERATOR)
    async def remove(self, call: Call) -> QuotaView:
        """Lets a team send what all others may."""
        id_ = uuid("team_id", call.path["team_id"])
        await self._quotas.put(id_, None)
        return self._view(id_)

    def _view(self, team_id: str) -> QuotaView:
        quota = self._quotas.of(team_id) or Quota()
        own = self._quotas.has_own(team_id)
        return QuotaView(team_id=team_id, daily=quota.daily, monthly=quota.monthly, own=own)
