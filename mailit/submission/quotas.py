"""What teams may send: the quota of all, those of single teams, and what is known of their use."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.errors import NotFound, Unavailable
from mailit.interfaces import Clock, Database, Notices, Tx
from mailit.store import quotas
from mailit.store.quotas import Periods, Quota, Used
from mailit.store.remembered import Remembered
from mailit.submission.settings import QuotaSettings

CHANNEL = "mailit_quotas"
_COUNTED_FOR = 10.0  # seconds for which a count of a team without a quota is good
_MOST = 50_000


@frozen
class Usage:
    """What a team has and has used."""

    quota: Quota
    used: Used
    domains: int
    periods: Periods


@define(eq=False)
class Quotas:
    """Knows each team's quota without asking: there are few, they are read at the start and after each notice."""

    _settings: QuotaSettings
    _database: Database
    _notices: Notices
    _clock: Clock
    _seconds: Callable[[], float]
    _everyones: Quota | None = field(init=False)
    _own: dict[str, Quota] = field(factory=dict, init=False)
    _ready: dict[str, object] = field(factory=dict, init=False)
    _used: OrderedDict[str, Used] = field(factory=OrderedDict, init=False)
    _counts: Remembered[str, Used] = field(init=False)
    _log: Logger = field(factory=Logger, init=False)

    def __attrs_post_init__(self) -> None:
        given = Quota(self._settings.daily, self._settings.monthly)
        self._everyones = None if given == Quota() else given
        self._counts = Remembered(self._count, self._seconds, _COUNTED_FOR)

    async def start(self) -> None:
        """Reads the quotas of single teams, and listens for what changes."""
        self._notices.listen(CHANNEL, lambda payload: self._heard())
        await self._load()

    def of(self, team_id: str) -> Quota | None:
        """A team's quota; None where it may send as much as it likes."""
        quota = self._own.get(team_id, self._everyones) if self._own else self._everyones
        return None if quota is None or quota == Quota() else quota

    async def ready(self, team_id: str) -> Quota | None:
        """The same, once what the team has sent this month is counted."""
        quota = self.of(team_id)
        if quota is None:
            return None
        month = Periods.of(self._clock()).month
        if self._ready.get(team_id) != month:
            await self._database.transact(quotas.seed, team_id, self._clock())
            if len(self._ready) >= _MOST:
                self._ready.clear()
            self._ready[team_id] = month
        return quota

    def told(self, used: Used, team_id: str) -> None:
        """What a team had used by its last mail."""
        self._used[team_id] = used
        if len(self._used) > _MOST:
            self._used.popitem(last=False)

    def used(self, team_id: str) -> Used | Deferred[Used | None] | None:
        """What a team with a quota had used by its last mail that this process knows of, or else by now.

        Its last mail may have been sent before the start, or by another process: then this is known soon, or None
        where it can't be asked.
        """
        used = self._used.get(team_id)
        if used is not None or self.of(team_id) is None:
            return used
        return Deferred.fromCoroutine(self._asked(team_id))

    async def usage(self, team_id: str) -> Usage:
        """What a team has and has used; a count of a team without a quota may be some seconds old."""
        quota = await self.ready(team_id)
        now = self._clock()
        if quota is not None:
            used: Used | None = await self._database.transact(quotas.used, team_id, now, True)
        else:
            used = await self._counts.get(team_id)
        domains = await self._database.transact(quotas.domains, team_id)
        return Usage(quota or Quota(), used or Used(0, 0), domains, Periods.of(now))

    async def put(self, team_id: str, quota: Quota | None) -> None:
        """Gives a team a quota of its own, or with None that of all again; in every process. Raises `NotFound`."""
        if not await self._database.transact(quotas.put, team_id, quota):
            raise NotFound("Team not found")
        self._ready.pop(team_id, None)
        await self._load()
        self._notices.notify(CHANNEL)

    def has_own(self, team_id: str) -> bool:
        """Whether a team has a quota of its own."""
        return team_id in self._own

    async def _asked(self, team_id: str) -> Used | None:
        try:
            if await self.ready(team_id) is None:
                return None
            used: Used | None = await self._database.transact(quotas.used, team_id, self._clock(), True)
        except Unavailable:
            return None
        return self._used.setdefault(team_id, used or Used(0, 0))

    def _count(self, team_id: str) -> Deferred[Used]:
        def count(tx: Tx) -> Used:
            return quotas.used(tx, team_id, self._clock(), False)

        return self._database.transact(count)

    def _heard(self) -> None:
        Deferred.fromCoroutine(self._heard_of())

    async def _heard_of(self) -> None:
        try:
            await self._load()
        except Unavailable:
            pass  # the notices come back with the database, and say so
        except Exception:
            self._log.failure("The quotas of teams could not be read")

    async def _load(self) -> None:
        self._own = await self._database.transact(quotas.own)
