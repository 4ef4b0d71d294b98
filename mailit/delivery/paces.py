"""The paces of all sites, and the sources that mail for them may leave by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

from attrs import define, field

from mailit.delivery.providers import Provider, limits_of
from mailit.delivery.settings import Source
from mailit.delivery.shaping import Limits, Pace, rank
from mailit.draft import Stream
from mailit.interfaces import Clock
from mailit.store.sites import SiteRow


def site_name(site: Iterable[str]) -> str:
    """What a site is called: the names of its exchangers."""
    return ", ".join(sorted(site))


@define(eq=False)
class Paces:
    """A pace for each site and source, made when it is first asked for, out of what is known of the site.

    `clock` gives POSIX seconds, `seconds` those of the reactor, which paces count in. `limits` are those of a site that
    nothing is known of, `ours` the operator's. `warm_up` are mails a day, from a source's first day on.
    """

    clock: Clock
    _seconds: Callable[[], float]
    limits: Limits = Limits()
    _ours: Sequence[Provider] = ()
    sources: Sequence[Source] = ()
    _warm_up: Sequence[int] = ()
    _paces: dict[tuple[str, str], Pace] = field(factory=dict, init=False)
    _known: dict[tuple[str, str], SiteRow] = field(factory=dict, init=False)
    _names: dict[frozenset[str], str] = field(factory=dict, init=False)
    _chosen: dict[tuple[frozenset[str], Stream, bool, bool], tuple[Source, ...]] = field(factory=dict, init=False)
    _processes: Sequence[str] = field(default=(), init=False)
    _us: str = field(default="", init=False)
    _day: date = field(default=date.min, init=False)

    def of(self, site: frozenset[str], source: str = "") -> Pace:
        """The pace of a site by its exchangers' names, from one of our addresses."""
        name = self.name(site)
        pace = self._paces.get((name, source))
        if pace is None:
            limits, _ = limits_of(sorted(site), self.limits, self._ours)
            pace = self._paces[name, source] = Pace(name, source, limits)
            pace.shared(len(self._processes), self._rank(name))
            pace.warmed(self._quota(source), 0)
            row = self._known.pop((name, source), None)
            if row is not None:
                self._take(pace, row)
        return pace

    def name(self, site: frozenset[str]) -> str:
        """What a site is called."""
        name = self._names.get(site)
        if name is None:
            name = self._names[site] = site_name(site)
        return name

    def provider(self, site: frozenset[str]) -> Provider | None:
        """Whose limits a site has, where they are somebody's in particular."""
        return limits_of(sorted(site), self.limits, self._ours)[1]

    def choices(self, site: frozenset[str], stream: Stream, ipv4: bool, ipv6: bool) -> tuple[Source, ...]:
        """The sources for mail of a stream to a site that has such addresses: the one it is pinned to comes first."""
        key = (site, stream, ipv4, ipv6)
        chosen = self._chosen.get(key)
        if chosen is None:
            fit = [one for one in self.sources if (ipv6 if ":" in one.address else ipv4)]
            pool = stream.name.lower()
            own = [one for one in fit if one.pool == pool] or [one for one in fit if one.pool == "default"] or fit
            name = self.name(site)
            own.sort(key=lambda one: blake2b(f"{name}\0{one.address}".encode(), digest_size=8).digest())
            chosen = self._chosen[key] = tuple(own)
        return chosen

    def forget(self, site: frozenset[str], source: str) -> None:
        """A pool is gone; what was learned and is not saved yet stays until it is."""
        self._names.pop(site, None)
        for key in [key for key in self._chosen if key[0] == site]:
            del self._chosen[key]
        name = site_name(site)
        pace = self._paces.get((name, source))
        if pace is not None and not (pace.changed or pace.slowed_at is not None or pace.quota):
            del self._paces[name, source]

    # With other processes, and with the days

    def share(self, us: str, processes: Sequence[str]) -> None:
        """These deliver now, ourselves among them."""
        if (us, list(processes)) == (self._us, list(self._processes)):
            return
        self._us, self._processes = us, processes
        for pace in self._paces.values():
            pace.shared(len(processes), self._rank(pace.name))

    def turn(self) -> None:
        """Looks at the calendar: a new day has a count of its own."""
        today = self.today
        if today == self._day:
            return
        self._day = today
        for pace in self._paces.values():
            pace.unsaved = 0
            pace.warmed(self._quota(pace.source), 0)

    @property
    def today(self) -> date:
        """The day of UTC."""
        return datetime.fromtimestamp(self.clock(), UTC).date()

    # To and from the database

    def unsaved(self) -> list[tuple[Pace, SiteRow]]:
        """What was learned and counted since the last time, as rows; it counts as saved from now on."""
        rows = []
        spread = len(self.sources) > 1
        for pace in self._paces.values():
            if pace.changed or (spread and pace.taken):
                rows.append((pace, self._row(pace)))
                pace.changed, pace.taken, pace.unsaved = False, 0, 0
        return rows

    def put_back(self, rows: Iterable[tuple[Pace, SiteRow]]) -> None:
        """They could not be saved."""
        for pace, row in rows:
            pace.changed = True
            pace.taken += row.total
            pace.unsaved += row.sent if row.day == self.today else 0

    def learn(self, rows: Iterable[SiteRow]) -> None:
        """What the database has: for sites to come, and for those whose last cut another process made."""
        for row in rows:
            pace = self._paces.get((row.name, row.source))
            if pace is None:
                self._known[row.name, row.source] = row
            else:
                self._take(pace, row)

    def _take(self, pace: Pace, row: SiteRow) -> None:
        ahead = self._seconds() - self.clock()
        if row.slowed_at > (0.0 if pace.slowed_at is None else pace.slowed_at - ahead + 0.001):
            pace.remember(
                row.sessions, row.rate, row.messages, row.strikes, row.paused_until + ahead, row.slowed_at + ahead
            )
        elif not row.slowed_at and not pace.total:
            pace.remember(row.sessions, row.rate, row.messages, 0, 0.0, None)
        pace.total = max(pace.total, row.total + pace.taken)
        if row.day == self.today:
            pace.warmed(pace.quota, row.sent + pace.unsaved)

    def _row(self, pace: Pace) -> SiteRow:
        behind = self.clock() - self._seconds()
        return SiteRow(
            name=pace.name,
            source=pace.source,
            sessions=pace.sessions,
            rate=pace.rate,
            messages=pace.messages,
            strikes=pace.strikes,
            paused_until=max(0.0, pace.until + behind) if pace.until else 0.0,
            slowed_at=0.0 if pace.slowed_at is None else pace.slowed_at + behind,
            total=pace.taken,
            day=self.today,
            sent=pace.unsaved,
        )

    def _rank(self, name: str) -> int:
        return rank(name, self._us, self._processes) if len(self._processes) > 1 else 0

    def _quota(self, source: str) -> int:
        """What a source may send today to a site, 0 for no limit."""
        for one in self.sources:
            if one.address == source and one.warm_up_since is not None and self._warm_up:
                days = max(0, (self.today - one.warm_up_since).days)
                return self._warm_up[days] if days < len(self._warm_up) else 0
        return 0


def families(addresses: Iterable[str]) -> tuple[bool, bool]:
    """Whether there are addresses of IPv4 among them, and of IPv6."""
    kinds: dict[bool, Any] = dict.fromkeys(":" in address for address in addresses)
    return False in kinds, True in kinds
