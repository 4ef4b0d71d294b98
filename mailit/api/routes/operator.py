"""What runs the installation: the queue, sites, what is in doubt, plugins; across teams, for operators alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from attrs import frozen
from msgspec import Meta, Struct

from mailit.api.paging import Listing, uuid
from mailit.api.routes.deliveries import WhyView, explained, reply_view
from mailit.api.times import iso
from mailit.api.told import ReplyView
from mailit.errors import NotFound, Refused
from mailit.interfaces import Database, Learned, SiteHold, Sites, SiteState, Tx, utc
from mailit.mail.address import BadAddress, destination
from mailit.plugin import Call, Cost, Needs, PluginFacts, endpoint
from mailit.store import doubts, queue, why
from mailit.store.queue import Chosen, Waiting

_FAULTS = {"limit": "The pagination limit must be a number between 1 and 1000."}


class DomainQueueView(Struct, frozen=True, kw_only=True):
    """How much waits for one destination."""

    domain: str
    due: int
    waiting: int
    claimed: int
    held: int
    in_doubt: int
    next_at: str | None


class QueueView(Struct, frozen=True, kw_only=True):
    """What waits: `due` now, `waiting` for its time, `claimed` by a process, `held` for a person.

    `oldest_at` is when the first of it was accepted.
    """

    object: str = "queue"
    due: int
    waiting: int
    claimed: int
    held: int
    in_doubt: int
    oldest_at: str | None
    domains: list[DomainQueueView]


class EnvelopesQuery(Struct, frozen=True, kw_only=True):
    """Which envelopes: by `id` (of an email, or of one recipient's delivery), `domain`, `team_id`; oldest first."""

    id: str | None = None
    domain: str | None = None
    team_id: str | None = None
    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100

    faults: ClassVar[dict[str, str]] = _FAULTS


class WhyQuery(Struct, frozen=True, kw_only=True):
    """Which mail: `id` is an email's, or that of one recipient's delivery."""

    id: str


class DoubtsQuery(Struct, frozen=True, kw_only=True):
    """From where: past the envelope `after`, oldest first."""

    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100

    faults: ClassVar[dict[str, str]] = _FAULTS


class EnvelopeView(Struct, frozen=True, kw_only=True):
    """One envelope as it stands; `state` is `waiting`, `claimed` or `held`."""

    id: str
    email_id: str
    team_id: str
    domain: str
    recipient: str
    state: str
    attempt: int
    in_doubt: bool
    due_at: str
    expires_at: str
    exchanger: str | None
    reply: str


class ChosenBody(Struct, frozen=True, kw_only=True):
    """Which envelopes are meant: each of what is given must hold; everything only where `all` says so."""

    ids: list[str] | None = None
    domain: str | None = None
    team_id: str | None = None
    all: bool = False

    def chosen(self) -> Chosen:
        """The choice. Raises from `mailit.errors` where none was made."""
        ids = None if self.ids is None else [uuid("ids", id_) for id_ in self.ids]
        team = None if self.team_id is None else uuid("team_id", self.team_id)
        which = Chosen(ids, None if self.domain is None else _destination(self.domain), team)
        if (which == Chosen()) is not self.all:
            raise Refused("Say which: `ids`, `domain`, `team_id`, or `all` and nothing else.")
        return which


class DecisionBody(ChosenBody, frozen=True, kw_only=True):
    """The same, and what becomes of them: `resend`, `assume_sent` or `fail`."""

    decision: Literal["resend", "assume_sent", "fail"]


class Changed(Struct, frozen=True, kw_only=True):
    """How many recipients' envelopes were changed; what is in a process's hands at this moment stays as it is."""

    object: str = "changed"
    changed: int


class HoldView(Struct, frozen=True, kw_only=True):
    """What holds a site's mail: `rate`, `concurrency` or `back-off`."""

    cause: str
    since: str
    until: str | None
    reply: ReplyView | None


class HostView(Struct, frozen=True, kw_only=True):
    """One address of one exchanger; `until` is set while it is left alone."""

    host: str
    address: str
    sessions: int
    failures: int
    until: str | None
    reply: ReplyView | None


class LearnedView(Struct, frozen=True, kw_only=True):
    """How fast a site takes mail from one source, by all processes together. `rate` is in mails a second.

    `provider` and `reason` are what is known of it beforehand, `slowed_at` and `reply` when it last asked for less.
    `most_today` is set while the source warms up.
    """

    sessions: int
    rate: float | None
    messages: int
    processes: int
    provider: str | None
    reason: str | None
    slowed_at: str | None
    reply: ReplyView | None
    sent_today: int | None
    most_today: int | None


class SiteView(Struct, frozen=True, kw_only=True):
    """A site as this process sees it: `name` has its exchangers. `rate` is in mails a second, of late.

    `most_sessions` and `allowed` (mails a second) are this process's part of what was learned.
    """

    name: str
    source: str | None
    waiting: int
    in_hand: int
    sessions: int
    most_sessions: int
    rate: float
    allowed: float | None
    oldest_at: str | None
    hold: HoldView | None
    hosts: list[HostView]
    learned: LearnedView | None


class DoubtView(Struct, frozen=True, kw_only=True):
    """An envelope whose final dot was sent and never answered.

    `held`: nothing happens until somebody decides; otherwise it is due again at `due_at`.
    """

    id: str
    email_id: str
    team_id: str
    domain: str
    recipient: str
    attempt: int
    held: bool
    claimed: bool
    since: str | None
    due_at: str
    expires_at: str
    exchanger: str | None
    text: str | None


class PluginView(Struct, frozen=True, kw_only=True):
    """A plugin that is installed; `adds` counts what it brings, `settings` are its section without secrets."""

    name: str
    enabled: bool
    version: str | None
    requires: list[str]
    adds: dict[str, int]
    routes: list[str]
    settings: dict[str, str]


@frozen(eq=False)
class OperatorRoutes:
    """`/operator/…`."""

    _database: Database
    _sites: Sites | None
    _plugins: Sequence[PluginFacts]

    @endpoint("GET", "/operator/queue", gives=QueueView, needs=Needs.OPERATOR)
    async def queue(self, call: Call) -> QueueView:
        """Tells how much waits, in all and by destination."""
        domains, oldest = await self._database.transact(_queue)
        totals = {
            name: sum(getattr(one, name) for one in domains)
            for name in ("due", "waiting", "claimed", "held", "in_doubt")
        }
        return QueueView(
            **totals,
            oldest_at=None if oldest is None else iso(utc(oldest)),
            domains=[
                DomainQueueView(
                    domain=one.domain,
                    due=one.due,
                    waiting=one.waiting,
                    claimed=one.claimed,
                    held=one.held,
                    in_doubt=one.in_doubt,
                    next_at=None if one.next_due is None else iso(one.next_due),
                )
                for one in domains[:_MOST_DOMAINS]
            ],
        )

    @endpoint(
        "GET", "/operator/queue/envelopes", query=EnvelopesQuery, gives=Listing[EnvelopeView], needs=Needs.OPERATOR
    )
    async def envelopes(self, call: Call, query: EnvelopesQuery) -> Listing[EnvelopeView]:
        """Lists what waits, one by one, oldest first, with the last words of its receiver."""
        which = Chosen(
            [uuid("id", query.id)] if query.id is not None else None,
            _destination(query.domain) if query.domain else None,
            uuid("team_id", query.team_id) if query.team_id is not None else None,
        )
        after = uuid("after", query.after) if query.after is not None else None
        rows = await self._database.transact(queue.chosen, which, query.limit + 1, after)
        return Listing(len(rows) > query.limit, [_envelope(one) for one in rows[: query.limit]])

    @endpoint("GET", "/operator/queue/why", query=WhyQuery, gives=Listing[WhyView], needs=Needs.OPERATOR)
    async def why(self, call: Call, query: WhyQuery) -> Listing[WhyView]:
        """Says why the recipients of a mail have it not yet, whosever it is."""
        rows = await self._database.transact(_why, uuid("id", query.id))
        if rows is None:
            raise NotFound("Email not found")
        return Listing(False, explained(rows, self._sites))

    @endpoint("POST", "/operator/queue/retry", takes=ChosenBody, gives=Changed, needs=Needs.OPERATOR, cost=Cost.READ)
    async def retry(self, call: Call, body: ChosenBody) -> Changed:
        """Makes what waits due now."""
        return await self._change("retry", body)

    @endpoint("POST", "/operator/queue/hold", takes=ChosenBody, gives=Changed, needs=Needs.OPERATOR, cost=Cost.READ)
    async def hold(self, call: Call, body: ChosenBody) -> Changed:
        """Keeps what waits from being tried, until it is released."""
        return await self._change("hold", body)

    @endpoint("POST", "/operator/queue/release", takes=ChosenBody, gives=Changed, needs=Needs.OPERATOR, cost=Cost.READ)
    async def release(self, call: Call, body: ChosenBody) -> Changed:
        """Lets go of what was held."""
        return await self._change("release", body)

    @endpoint("POST", "/operator/queue/cancel", takes=ChosenBody, gives=Changed, needs=Needs.OPERATOR, cost=Cost.READ)
    async def cancel(self, call: Call, body: ChosenBody) -> Changed:
        """Ends what waits: it is not tried again."""
        return await self._change("cancel", body)

    @endpoint("GET", "/operator/sites", gives=Listing[SiteView], needs=Needs.OPERATOR)
    async def sites(self, call: Call) -> Listing[SiteView]:
        """Lists the sites that this process delivers to, the fullest first."""
        states = self._sites.states() if self._sites is not None else ()
        return Listing(len(states) > _MOST_SITES, [_site(one) for one in states[:_MOST_SITES]])

    @endpoint("GET", "/operator/in-doubt", query=DoubtsQuery, gives=Listing[DoubtView], needs=Needs.OPERATOR)
    async def in_doubt(self, call: Call, query: DoubtsQuery) -> Listing[DoubtView]:
        """Lists what may have arrived: its final dot was sent and never answered."""
        after = uuid("after", query.after) if query.after is not None else doubts.NOBODY
        found = await self._database.transact(doubts.doubts, after, query.limit + 1)
        views = [
            DoubtView(
                id=one.id,
                email_id=one.email_id,
                team_id=one.team_id,
                domain=one.domain,
                recipient=one.recipient,
                attempt=one.attempt,
                held=one.held,
                claimed=one.claimed,
                since=None if one.since is None else iso(one.since),
                due_at=iso(one.due_at),
                expires_at=iso(one.expires_at),
                exchanger=one.exchanger,
                text=one.text,
            )
            for one in found[: query.limit]
        ]
        return Listing(len(found) > query.limit, views)

    @endpoint("POST", "/operator/in-doubt", takes=DecisionBody, gives=Changed, needs=Needs.OPERATOR, cost=Cost.READ)
    async def decide(self, call: Call, body: DecisionBody) -> Changed:
        """Settles what is in doubt: sent again, taken as delivered, or given up."""
        return Changed(changed=await self._database.transact(doubts.decide, body.chosen(), body.decision))

    @endpoint("GET", "/operator/plugins", gives=Listing[PluginView], needs=Needs.OPERATOR)
    async def plugins(self, call: Call) -> Listing[PluginView]:
        """Lists the plugins that are installed, and what each brings."""
        views = [
            PluginView(
                name=one.name,
                enabled=one.enabled,
                version=one.version,
                requires=list(one.requires),
                adds=dict(one.adds),
                routes=list(one.routes),
                settings=dict(one.settings),
            )
            for one in self._plugins
        ]
        return Listing(False, views)

    async def _change(self, action: str, body: ChosenBody) -> Changed:
        which, after, changed = body.chosen(), None, 0
        while True:
            step = await self._database.transact(queue.step, action, which, after)
            changed += step.changed
            if step.last is None:
                return Changed(changed=changed)
            after = step.last


_MOST_DOMAINS = 1000
_MOST_SITES = 1000


def _queue(tx: Tx) -> tuple[list[queue.DomainQueue], float | None]:
    return queue.summary(tx, 1_000_000), queue.oldest(tx)


def _why(tx: Tx, id_: str) -> list[Any] | None:
    email_id = queue.email_of(tx, id_)
    return None if email_id is None else why.read(tx, email_id)


def _envelope(one: Waiting) -> EnvelopeView:
    return EnvelopeView(
        id=one.id,
        email_id=one.email_id,
        team_id=one.team_id,
        domain=one.domain,
        recipient=one.recipient,
        state="held" if one.held else "claimed" if one.claimed else "waiting",
        attempt=one.attempt,
        in_doubt=one.in_doubt,
        due_at=iso(one.due_at),
        expires_at=iso(one.expires_at),
        exchanger=one.exchanger,
        reply=one.reply,
    )


def _site(one: SiteState) -> SiteView:
    return SiteView(
        name=one.name,
        source=one.source,
        waiting=one.waiting,
        in_hand=one.in_hand,
        sessions=one.sessions,
        most_sessions=one.most,
        rate=round(one.rate, 1),
        allowed=None if one.allowed is None else round(one.allowed, 3),
        oldest_at=_moment(one.oldest),
        hold=None if one.hold is None else _hold(one.hold),
        hosts=[
            HostView(
                host=host.host,
                address=host.address,
                sessions=host.sessions,
                failures=host.failures,
                until=_moment(host.until),
                reply=reply_view(host.reply),
            )
            for host in one.hosts
        ],
        learned=None if one.learned is None else _learned(one.learned),
    )


def _learned(learned: Learned) -> LearnedView:
    return LearnedView(
        sessions=learned.sessions,
        rate=None if learned.rate is None else round(learned.rate, 3),
        messages=learned.messages,
        processes=learned.processes,
        provider=learned.provider,
        reason=learned.reason,
        slowed_at=_moment(learned.slowed_at),
        reply=reply_view(learned.reply),
        sent_today=learned.sent_today,
        most_today=learned.most_today,
    )


def _hold(hold: SiteHold) -> HoldView:
    return HoldView(
        cause=hold.cause, since=iso(utc(hold.since)), until=_moment(hold.until), reply=reply_view(hold.reply)
    )


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else iso(utc(seconds))


def _destination(text: str) -> str:
    try:
        return destination(text)
    except BadAddress as error:
        raise Refused(f"The `domain` is none: {error}.") from error
