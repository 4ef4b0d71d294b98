"""What the database takes by itself: the store's transactions without HTTP, sessions or threads around them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence

from bench.ground import BATCH, NotDone, Tenant, mail, tables
from bench.queued import make_queue
from bench.rows import Row, Set, Work
from mailit.db import writer
from mailit.db.connection import Transaction, connect
from mailit.draft import Content, Stream
from mailit.ids import Ids
from mailit.interfaces import Envelope
from mailit.store import claims, holders, outcomes, spool
from mailit.store.claims import LaneKey, Taken, Wanted
from mailit.store.outcomes import Ending, Fence
from mailit.store.spool import NewDelivery, NewMail

GROUP_SESSION = writer._SESSION
"""As the groups' connections have it."""

FEW, MANY = 10_000, 1_000_000
_A_CLAIM = 200
_A_GROUP = 100
_LANES = 1000
_LANES_A_CLAIM = 40
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


def accept_rate(dsn: str, seconds: float, a_transaction: int = BATCH, shared: bool = False) -> float:
    """Mails a second that the accept's transaction alone writes, one after the other on one connection."""
    draw = Ids()
    team, domain = draw(), draw()
    connection = connect(dsn, "bench accept", GROUP_SESSION, autocommit=True)
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


def claim_times(
    tenant: Tenant, holder: str, turns: Sequence[Sequence[LaneKey]], count: int
) -> tuple[list[float], list[Envelope]]:
    """Milliseconds of each of so many claims of 200, from these lanes in turn; and what was claimed."""
    connection = connect(tenant.dsn, "bench claim")
    since: dict[LaneKey, float] = {}
    took, envelopes = [], []
    try:
        for turn in range(count):
            lanes = turns[turn % len(turns)]
            wanted = [Wanted(lane, _A_CLAIM // len(lanes), since.get(lane, float("-inf"))) for lane in lanes]
            began = time.perf_counter()
            taken: Taken = claims.claim(Transaction(connection), holder, wanted)
            connection.commit()
            took.append(1e3 * (time.perf_counter() - began))
            if len(taken.envelopes) < _A_CLAIM:
                raise NotDone(f"a claim of {_A_CLAIM} brought {len(taken.envelopes)}")
            envelopes += taken.envelopes
            since.update({lane: last - 2.0 for lane, last in taken.last_due.items()})  # as the queue remembers it
        return took, envelopes
    finally:
        connection.close()


def group_times(tenant: Tenant, envelopes: Sequence[Envelope]) -> tuple[list[float], list[float]]:
    """Milliseconds of the marks, and of the endings, of 100 envelopes each."""
    connection = connect(tenant.dsn, "bench groups", GROUP_SESSION, autocommit=True)
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
        envelope.email.team_id,
        envelope.recipient,
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
    """Claims with little and with much in the queue; in between the groups."""
    with tables() as tenant:
        holder = Ids()()
        connection = connect(tenant.dsn, "bench", autocommit=True)
        holders.register(Transaction(connection), holder, 3600.0, "bench", 0, ["delivery"])
        connection.close()
        claims_each = FEW // 2 // _A_CLAIM
        medians: dict[str, dict[int, float]] = {"claim-many-lanes": {}, "claim-one-lane": {}}
        many = work.options.scaled(MANY)
        for queued in (FEW, many):
            make_queue(tenant.dsn, tenant.team, tenant.domain, queued, _LANES)
            for name, turns in (("claim-many-lanes", many_lanes(tenant)), ("claim-one-lane", one_lane(tenant))):
                took, envelopes = claim_times(tenant, holder, turns, claims_each)
                medians[name][queued] = statistics.median(took)
            if queued == FEW:
                commit = commit_ms(tenant.dsn)
                marks, endings = group_times(tenant, envelopes)
        note = f"median of {claims_each} claims with their contents; one connection, CPython and libpq included"
        for name, of in medians.items():
            kind = f"ms with {FEW:,} queued"
            yield Row(name, of[many], f"ms, {many // 1000:,} k queued", of[FEW], kind, note)
        note = "median of groups of 100 on a group's connection; one fsync each"
        yield Row("mark-group", statistics.median(marks), "ms", commit, "ms of a bare commit", note)
        yield Row("settle-group", statistics.median(endings), "ms", commit, "ms of a bare commit", note)


SETS = [Set(("claim-many-lanes", "claim-one-lane", "mark-group", "settle-group"), run)]
