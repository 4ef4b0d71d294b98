"""What the database takes by itself: the store's transactions without HTTP, sessions or threads around them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence

from attrs import define, field

from bench.ground import NotDone, Tenant, mail, tables
from bench.queued import Mix, make_queue
from bench.rows import Row, Set, Work
from mailit.db.connection import KEYED, Transaction, connect
from mailit.draft import Content, Stream
from mailit.ids import Ids
from mailit.interfaces import Envelope
from mailit.store import claims, holders, outcomes, spool
from mailit.store.claims import LaneKey, Wanted
from mailit.store.outcomes import Ending, Fence
from mailit.store.spool import NewDelivery, NewMail

FEW, MANY = 10_000, 1_000_000
_A_CLAIM = 200
_A_GROUP = 100
_LANES = 1000
_LANES_A_CLAIM = 40
_CLAIMS_A_ROUND, _ROUNDS = 5, 5
_MARGIN = 2.0  # seconds, as the queue has it
_DAY = 86_400.0


def new_mails(count: int, team: str, domain: str, shared: bool) -> list[NewMail]:
    """Mails as the door hands them to the store; `shared`: one content for all of them."""
    draw = Ids()
    one = mail()
    content = Content(one["html"], one["text"])
    content_id = draw()
    made = []
    for place in range(count):
        id_ = draw()
        first = not shared or place == 0
        made.append(
            NewMail(
                id=id_,
                team_id=team,
                domain_id=domain,
                api_key_id=None,
                content_id=content_id if shared else draw(),
                content=content if first else None,
                stream=Stream.BROADCAST if shared else Stream.TRANSACTIONAL,
                sender=one["from"],
                recipients=(f"r{place}@example.net",),
                cc=(),
                bcc=(),
                reply_to=(),
                subject=one["subject"],
                headers=(),
                tags=(),
                variables={},
                message_id=f"<{id_}@example.org>",
                created_at=time.time(),
                due=None,
                lifetime=_DAY,
                deliveries=(NewDelivery(draw(), f"r{place}@example.net", "example.net"),),
            )
        )
    return made


def accept_rate(dsn: str, seconds: float, a_transaction: int, shared: bool = False) -> float:
    """Mails a second that the accept's transaction alone writes, one after the other on one connection."""
    draw = Ids()
    team, domain = draw(), draw()
    connection = connect(dsn, "bench accept", KEYED, autocommit=True)
    try:
        tx = Transaction(connection)
        spent, written = 0.0, 0
        while spent < seconds:
            mails = new_mails(a_transaction, team, domain, shared)
            began = time.perf_counter()
            spool.accept(tx, [mails])
            spent += time.perf_counter() - began
            written += len(mails)
        tx.run("DELETE FROM envelope WHERE team_id = %(team)s", {"team": team})
        return written / spent
    finally:
        connection.close()


def commit_ms(dsn: str, count: int = 200) -> float:
    """The median time of the least durable thing: one row, committed."""
    connection = connect(dsn, "bench commit", autocommit=True)
    try:
        tx = Transaction(connection)
        tx.run("CREATE TABLE bench_commit (n integer)")
        took = []
        for place in range(count):
            began = time.perf_counter()
            tx.run("INSERT INTO bench_commit VALUES (%(n)s)", {"n": place})
            took.append(time.perf_counter() - began)
        tx.run("DROP TABLE bench_commit")
        return 1e3 * statistics.median(took)
    finally:
        connection.close()


def one_lane(tenant: Tenant) -> Sequence[Sequence[LaneKey]]:
    """All of a claim from one lane."""
    return [[LaneKey("one.example", 0, tenant.team)]]


def many_lanes(tenant: Tenant) -> Sequence[Sequence[LaneKey]]:
    """A claim from forty lanes, each time from others."""
    lanes = [LaneKey(f"d{number}.example", 0, tenant.team) for number in range(_LANES)]
    return [lanes[at : at + _LANES_A_CLAIM] for at in range(0, _LANES, _LANES_A_CLAIM)]


@define
class Claimer:
    """Claims 200 at a time, from lanes in turn, as the queue does: it remembers where each lane begins."""

    tenant: Tenant
    holder: str
    turns: Sequence[Sequence[LaneKey]]
    times: list[float] = field(factory=list, init=False)
    """Milliseconds of each claim."""
    _turn: int = field(default=0, init=False)
    _since: dict[LaneKey, float] = field(factory=dict, init=False)

    def claim(self, count: int) -> list[Envelope]:
        """So many claims; what they brought."""
        connection = connect(self.tenant.dsn, "bench claim", KEYED)
        envelopes: list[Envelope] = []
        try:
            for _ in range(count):
                lanes = self.turns[self._turn % len(self.turns)]
                self._turn += 1
                most = _A_CLAIM // len(lanes)
                wanted = [Wanted(lane, most, self._since.get(lane, float("-inf"))) for lane in lanes]
                began = time.perf_counter()
                taken = claims.claim(Transaction(connection), self.holder, wanted)
                connection.commit()
                self.times.append(1e3 * (time.perf_counter() - began))
                if len(taken.envelopes) < _A_CLAIM:
                    raise NotDone(f"a claim of {_A_CLAIM} brought {len(taken.envelopes)}")
                envelopes += taken.envelopes
                self._since.update({lane: last - _MARGIN for lane, last in taken.last_due.items()})
            return envelopes
        finally:
            connection.close()


def group_times(tenant: Tenant, envelopes: Sequence[Envelope]) -> tuple[list[float], list[float]]:
    """Milliseconds of the marks, and of the endings, of 100 envelopes each."""
    connection = connect(tenant.dsn, "bench groups", KEYED, autocommit=True)
    marks, endings = [], []
    try:
        tx = Transaction(connection)
        for at in range(0, len(envelopes) - _A_GROUP + 1, _A_GROUP):
            group = envelopes[at : at + _A_GROUP]
            began = time.perf_counter()
            marked = outcomes.mark(tx, [Fence(one.id, one.attempt, one.holder) for one in group])
            between = time.perf_counter()
            if not all(marked):
                raise NotDone("an envelope could not be marked")
            outcomes.settle(tx, [_delivered(one) for one in group])
            marks.append(1e3 * (between - began))
            endings.append(1e3 * (time.perf_counter() - between))
        return marks, endings
    finally:
        connection.close()


def _delivered(envelope: Envelope) -> Ending:
    return Ending(
        Fence(envelope.id, envelope.attempt, envelope.holder),
        envelope.email.id,
        final=True,
        state="delivered",
        code=250,
        status="2.0.0",
        text="Ok: queued as 4F1A2B3C4D",
        exchanger="mx.example.net",
        in_doubt=False,
        held=False,
        delay=0.0,
        sole=True,
    )


def run(work: Work) -> Iterator[Row]:
    """Claims with little and with much in the queue; what was claimed is marked and settled in between."""
    with tables() as tenant:
        holder = Ids()()
        connection = connect(tenant.dsn, "bench", autocommit=True)
        holders.register(Transaction(connection), holder, 3600.0, "bench", 0, ["delivery"])
        connection.close()
        many = work.options.scaled(MANY)
        medians: dict[str, dict[int, float]] = {"claim-many-lanes": {}, "claim-one-lane": {}}
        groups: dict[int, tuple[float, float]] = {}
        for queued in (FEW, many):
            make_queue(tenant.dsn, tenant.team, tenant.domain, queued, Mix(_LANES))
            marks, endings = [], []
            for name, turns in (("claim-many-lanes", many_lanes(tenant)), ("claim-one-lane", one_lane(tenant))):
                claimer = Claimer(tenant, holder, turns)
                for _ in range(_ROUNDS):
                    envelopes = claimer.claim(_CLAIMS_A_ROUND)
                    marked, ended = group_times(tenant, envelopes)
                    marks += marked
                    endings += ended
                medians[name][queued] = statistics.median(claimer.times)
            groups[queued] = statistics.median(marks), statistics.median(endings)
        commit = commit_ms(tenant.dsn)
    note = f"median of {_ROUNDS * _CLAIMS_A_ROUND} claims of {_A_CLAIM}, contents and commit included; one connection"
    for name, of in medians.items():
        yield Row(name, of[many], f"ms, {many // 1000:,} k queued", of[FEW], f"ms with {FEW:,} queued", note)
    note = f"median of groups of {_A_GROUP} on a group's connection; with {many // 1000:,} k queued"
    for place, name in enumerate(("mark-group", "settle-group")):
        few = f"{note}; {groups[FEW][place]:.1f} ms with {FEW:,}"
        yield Row(name, groups[many][place], "ms", commit, "ms of a bare commit", few)


SETS = [Set(("claim-many-lanes", "claim-one-lane", "mark-group", "settle-group"), run)]
