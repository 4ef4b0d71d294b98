"""How fast a site is sent to from one of our addresses, and what it is taught by the site's own replies. Pure: no I/O.

Additive increase, multiplicative decrease: a reply that says "too much" halves what is sent, and each second of mail
that goes well gives a little back. What a reply says of one mail slows nobody else; see `signal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from hashlib import blake2b

from attrs import define, field, frozen

from mailit.errors import Reply
from mailit.mail.refusals import Scope
from mailit.mail.status import classify

PAUSE, LONGEST_PAUSE = 10.0, 600.0
"""After "too much" a site is left alone for so many seconds; each time in a row twice as long."""

ONE_MOMENT = 5.0
"""Replies within so many seconds answer to one pace, and slow it once."""

STREAK = 5
"""So many mails in a row told to come later, none taken between: then it is the site that is meant."""

SLOWEST = 0.1
"""A rate, in mails a second, is never halved below this: what is asked for once in ten seconds costs nobody much."""

GROWTH = 10
"""So many mails on each of its sessions, all of them well, earn a site one session more."""

RECOVERY = 300.0
"""Seconds of mail at its limit in which a rate grows by what it was before it was cut."""

LEARNED, CLEAN = 1_000, 3_600.0
"""A source is known to a site after so many mails, and no cut for so many seconds."""

_OUT_OF_REACH = 3_600.0  # seconds until somebody may look again, where a day's count is used up


@frozen
class Limits:
    """What a pool may do. Times are in seconds; `rate` is in mails a second, 0 for none.

    `sessions` is the most that is ever learned, `first` what a site that nothing is known of begins with (0: the most).
    """

    sessions: int = 20
    messages: int = 1000  # on one connection
    idle: float = 10.0  # a session without work is kept so long
    backlog: int = 20  # so many messages wait for one session before another is opened
    patience: float = 10.0  # what waits takes longer than this, at the rate of the last second: another is opened
    ahead: float = 0.5  # messages are taken ahead for so long, at the rate that the site has
    rate: float = 0.0
    first: int = 0


class Signal(Enum):
    """What a refusal says of the pace."""

    NONE = "none"  # it is about one mail, or about greylisting, which takes time and nothing else
    RATE = "rate"  # slower
    CONNECTIONS = "connections"  # fewer at once
    SESSION = "session"  # fewer on one connection
    BUSY = "busy"  # later: of one mail, or of the site where it goes on


def signal(reply: Reply) -> Signal:
    """What a reply says of the pace, by the rule that knows its meaning (`mailit.mail.refusals`)."""
    if reply.code < 400:
        return Signal.NONE  # no refusal, or our own words
    verdict = classify(reply)
    if verdict.kind == "throttled":
        return Signal.CONNECTIONS if verdict.rule == "connections" else Signal.RATE
    if verdict.kind == "session-limit":
        return Signal.SESSION
    if reply.code >= 500 or verdict.kind in ("greylisting", "recipient-rate"):
        return Signal.NONE
    if verdict.scope is Scope.SENDER_IP and (reply.status or "4.7").startswith("4.7"):
        return Signal.RATE  # it is our address that it does not want more from
    if verdict.kind == "busy" or reply.code == 421:
        return Signal.BUSY
    return Signal.NONE


def portion(limit: int, among: int, rank: int) -> int:
    """What the `rank`th of so many processes has of a limit; one below their number belongs to the first alone."""
    if limit < among:
        return limit if rank == 0 else 0
    return limit // among + (rank < limit % among)


def rank(site: str, ours: str, processes: Sequence[str]) -> int:
    """Our place among processes for one site: the same in every process, and another for another site."""

    def weight(process: str) -> bytes:
        return blake2b(f"{site}\0{process}".encode(), digest_size=8).digest()

    mine = weight(ours)
    return sum(weight(one) < mine for one in processes if one != ours)


@define(eq=False)
class Pace:
    """The pace of one site and source. Times are the reactor's seconds, what is learned is for all processes together.

    `allowed` are the sessions that this process may have, `gated` says that `begin` must be asked before each mail;
    both are kept up to date, for they are read for every mail. `quota` is what a source that warms up may send today,
    0 where that is no matter; `sent` counts against it, that of other processes included as far as it is known.
    """

    name: str
    source: str
    limits: Limits
    among: int = 1
    rank: int = 0
    sessions: float = field(init=False)
    rate: float = field(init=False)
    messages: float = field(init=False)
    since: float = field(default=0.0, init=False)
    until: float = field(default=0.0, init=False)  # paused
    strikes: int = field(default=0, init=False)
    slowed_at: float | None = field(default=None, init=False)
    reply: Reply | None = field(default=None, init=False)  # the one that slowed it
    quota: int = field(default=0, init=False)
    sent: int = field(default=0, init=False)
    unsaved: int = field(default=0, init=False)  # of what was sent
    total: int = field(default=0, init=False)  # mails that it took
    taken: int = field(default=0, init=False)  # those that were not saved
    changed: bool = field(default=False, init=False)  # since it was saved
    allowed: int = field(default=0, init=False)
    gated: bool = field(default=False, init=False)
    _peak: float = field(default=0.0, init=False)  # the rate before it was cut
    _streak: int = field(default=0, init=False)
    _tokens: float = field(default=1.0, init=False)
    _filled_at: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self.sessions = float(self.limits.first or self.limits.sessions)
        self.rate = self.limits.rate
        self.messages = float(self.limits.messages)
        self._settle_down()

    # What is asked for a mail

    def begin(self, now: float) -> float:
        """0.0 where a mail may begin, which is counted; else the seconds after which to ask again."""
        wait = self.wait(now)
        if wait > 0.0:
            return wait
        if self.rate:
            self._tokens -= 1.0
        if self.quota:
            self.sent += 1
            self.unsaved += 1
            self.changed = True
        return 0.0

    def wait(self, now: float) -> float:
        """How long the next mail must wait, in seconds; 0.0 where it may begin."""
        if self.until > now:
            return self.until - now
        if self.until:
            self.until = 0.0
            self._settle_down()
        if self.spent:
            return _OUT_OF_REACH
        if not self.rate:
            return 0.0
        mine = self.own_rate
        self._tokens = min(max(1.0, mine), self._tokens + (now - self._filled_at) * mine)
        self._filled_at = now
        return 0.0 if self._tokens >= 0.999 else (1.0 - self._tokens) / mine

    @property
    def own_rate(self) -> float:
        """This process's part of the rate."""
        return self.rate if self.sessions < self.among else self.rate / self.among

    @property
    def spent(self) -> bool:
        """Whether the day's count of a source that warms up is used up."""
        return bool(self.quota) and self.sent + self.unsaved * (self.among - 1) >= self.quota

    def learned(self, now: float) -> bool:
        """Whether the site knows the source, and mail for it may go by others too."""
        return self.total >= LEARNED and (self.slowed_at is None or now - self.slowed_at >= CLEAN)

    # What teaches it

    def refused(self, reply: Reply, now: float, rate: float, open_sessions: int, on_one: int) -> Signal:
        """A mail, or a connection, was refused. `rate` is that of late, of this process, in mails a second.

        `on_one` is how many mails had ended on the session that was refused more.
        """
        said = signal(reply)
        if said is Signal.BUSY:
            self._streak += 1
            if reply.code != 421 and self._streak < STREAK:
                return Signal.NONE
            self._cut_sessions(reply, now, int(self.sessions))
        elif said is Signal.CONNECTIONS:
            self._cut_sessions(reply, now, max(1, open_sessions) * self.among)
        elif said is Signal.SESSION:
            self.messages = float(max(1, min(int(self.messages), on_one or 1)))
            self.changed = True
        elif said is Signal.RATE:
            self._cut_rate(reply, now, rate * self.among)
        return said

    def went_well(self, count: int, now: float, full: bool = True) -> None:
        """So many mails were taken in the last second or so; `full`: on all the sessions that are allowed.

        What is not used does not grow, for nobody knows whether it would be taken.
        """
        if count <= 0:
            return
        self.total += count
        self.taken += count
        self._streak = 0
        if self.slowed_at is None and self.sessions >= self.limits.sessions:
            return  # nothing to get back, as at nearly all sites
        if now < self.until:
            return
        self.until = 0.0
        most, ceiling = self.limits.sessions, self.limits.rate
        if self.sessions < most and full:
            self.sessions = min(float(most), self.sessions + count / (GROWTH * self.sessions))
            self.changed = True
        if self.messages < self.limits.messages:
            self.messages = min(float(self.limits.messages), self.messages + count / 1000)
            self.changed = True
        if self.rate and self.rate != ceiling and count >= 0.5 * self.own_rate:
            self.rate += max(self._peak, self.rate, 2 * SLOWEST) / RECOVERY
            self.strikes = max(0, self.strikes - 1)
            if ceiling:
                self.rate = min(self.rate, ceiling)
            elif self.rate > 2 * self._peak:
                self.rate = 0.0
            self.changed = True
        elif not self.rate:
            self.strikes = 0
        self._settle_down()

    def shared(self, among: int, rank: int) -> None:
        """So many processes deliver now, and this is our place among them for this site."""
        self.among, self.rank = max(1, among), rank
        self._settle_down()

    def warmed(self, quota: int, sent: int) -> None:
        """What may be sent today, 0 for no limit, and what has been sent by all."""
        self.quota, self.sent = quota, sent
        self._settle_down()

    def remember(
        self, sessions: float, rate: float, messages: float, strikes: int, until: float, slowed_at: float | None
    ) -> None:
        """Takes over what was learned earlier, or by another process. Limits that are lower now hold all the same."""
        self.sessions = max(1.0, min(sessions, float(self.limits.sessions)))
        self.messages = max(1.0, min(messages, float(self.limits.messages)))
        ceiling = self.limits.rate
        self.rate = min(rate or ceiling, ceiling) if ceiling else rate
        self._peak = 2 * self.rate
        self.strikes, self.until, self.slowed_at = strikes, until, slowed_at
        self.since = slowed_at or 0.0
        self._settle_down()

    def _cut_sessions(self, reply: Reply, now: float, have: int) -> None:
        if self._is_told_already(now):
            return
        self.sessions = max(1.0, float(min(int(self.sessions), have) // 2))
        self._note(reply, now)

    def _cut_rate(self, reply: Reply, now: float, rate: float) -> None:
        if now < self.until or self._is_told_already(now):
            return
        had = min(self.rate, rate) if self.rate and rate else self.rate or rate or 1.0
        self._peak = max(had, 2 * SLOWEST)
        self.rate = max(SLOWEST, had / 2)
        self.sessions = max(1.0, float(int(self.sessions) // 2))
        self.since, self.until = now, now + min(PAUSE * 2**self.strikes, LONGEST_PAUSE)
        self.strikes = min(self.strikes + 1, 10)
        self._tokens, self._filled_at = 1.0, self.until
        self._note(reply, now)

    def _is_told_already(self, now: float) -> bool:
        return self.slowed_at is not None and now - self.slowed_at < ONE_MOMENT

    def _note(self, reply: Reply, now: float) -> None:
        self.slowed_at, self.reply, self.changed = now, reply, True
        self._streak = 0
        self._settle_down()

    def _settle_down(self) -> None:
        self.allowed = portion(int(self.sessions), self.among, self.rank)
        self.gated = bool(self.rate or self.until or self.quota)
