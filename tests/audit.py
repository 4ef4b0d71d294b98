"""The last word on a run: what clients were promised, what the database says, and what the exchanger has, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import psycopg2
from attrs import field, frozen

# An accepted mail ends as one of these (invariant 1); in doubt is a mark beside them.
ENDS = frozenset({"delivered", "bounced", "failed", "canceled", "suppressed"})

_DELIVERIES = """
    SELECT email.id::text, email.message_id, email.subject, email.last_event, delivery.recipient, delivery.state,
           delivery.id::text
      FROM email JOIN delivery ON delivery.email_id = email.id
"""

_EVENTS = "SELECT email_id::text, delivery_id::text, type, in_doubt FROM event WHERE email_id IS NOT NULL ORDER BY seq"

_LEFT = "SELECT count(*) FROM envelope"

_WHY = """
    SELECT concat_ws(', ', count(*), CASE WHEN envelope.held THEN 'held' WHEN envelope.holder IS NULL THEN 'waiting'
                     WHEN holder.id IS NULL THEN 'claimed by the dead' ELSE 'claimed by the living' END,
                     CASE WHEN marked_at IS NOT NULL THEN 'marked' END)
      FROM envelope LEFT JOIN holder ON holder.id = envelope.holder
     GROUP BY envelope.held, envelope.holder IS NULL, holder.id IS NULL, marked_at IS NOT NULL
"""


@frozen
class Settled:
    """One recipient of one mail, as the database has it.

    `doubts` counts his events that are marked in doubt, `ends` those that say his state; `told` are the types of the
    events of the whole mail.
    """

    email_id: str
    message_id: str
    subject: str
    last_event: str
    recipient: str
    state: str
    doubts: int = 0
    ends: int = 1
    told: str = "queued sent"


@frozen
class Account:
    """What is to be compared.

    `promised` are the recipients of each mail that a client got 200 for, by the mail's id; `taken` the (Message-ID,
    recipient) of everything that the exchanger answered 250 for; `batches` the subjects of each batch, answered or
    not; `envelopes` are left in the spool.
    """

    promised: Mapping[str, Collection[str]]
    settled: Sequence[Settled]
    taken: Sequence[tuple[str, str]]
    batches: Sequence[Collection[str]] = ()
    envelopes: int = 0
    ends: Collection[str] = field(default=ENDS)


def read(dsn: str) -> tuple[list[Settled], int]:
    """All that the database has settled, and the number of envelopes that are left in the spool."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS)
            doubts: Counter[str] = Counter()
            types: Counter[tuple[str, str]] = Counter()
            told: dict[str, list[str]] = {}
            for email_id, delivery_id, type_, in_doubt in cursor.fetchall():
                if delivery_id is None:
                    told.setdefault(email_id, []).append(type_.removeprefix("email."))
                else:
                    doubts[delivery_id] += in_doubt
                    types[delivery_id, type_.removeprefix("email.")] += 1
            cursor.execute(_DELIVERIES)
            settled = [
                Settled(*row, doubts[id_], types[id_, row[-1]], " ".join(told.get(row[0], ())))
                for *row, id_ in cursor.fetchall()
            ]
            cursor.execute(_LEFT)
            return settled, cursor.fetchone()[0]
    finally:
        connection.close()


def waiting(dsn: str) -> list[str]:
    """What is in the spool: how many of a kind, and which; nothing where it is empty."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WHY)
            return [kind for (kind,) in cursor.fetchall()]
    finally:
        connection.close()


def faults(account: Account) -> list[str]:
    """Every way in which the three do not agree; none is what is hoped for."""
    return [*_lost(account), *_copies(account), *_unsettled(account), *_halves(account)]


def _lost(account: Account) -> Iterator[str]:
    there: dict[str, set[str]] = {}
    for one in account.settled:
        there.setdefault(one.email_id, set()).add(one.recipient)
    for id_, recipients in account.promised.items():
        if id_ not in there:
            yield f"lost: {id_} was accepted and is not in the database"
        elif missing := set(recipients) - there[id_]:
            yield f"lost: {id_} was accepted for {', '.join(sorted(missing))}, whom the database has not"


def _copies(account: Account) -> Iterator[str]:
    taken = Counter(account.taken)
    known = {(one.message_id, one.recipient) for one in account.settled}
    for message_id, recipient in taken.keys() - known:
        yield f"unknown: {message_id} to {recipient} is at the exchanger and not in the database"
    for one in account.settled:
        copies = taken[one.message_id, one.recipient]
        if one.state == "delivered" and not copies:
            yield f"lost: {one.email_id} to {one.recipient} counts as delivered and is not at the exchanger"
        if copies > 1 + one.doubts:
            yield f"doubled: {one.email_id} to {one.recipient} arrived {copies} times, {one.doubts} of them in doubt"
        if copies and one.state != "delivered":
            yield f"untold: {one.email_id} to {one.recipient} is at the exchanger and counts as {one.state}"


def _unsettled(account: Account) -> Iterator[str]:
    if account.envelopes:
        yield f"left: {account.envelopes} envelopes are in the spool"
    for one in account.settled:
        if one.state not in account.ends or one.last_event not in account.ends:
            yield f"unfinished: {one.email_id} to {one.recipient} is {one.state}, its mail {one.last_event}"
        elif one.ends != 1:
            yield f"untold: {one.email_id} to {one.recipient} has {one.ends} events that say {one.state}"
        if one.told != "queued sent":
            yield f"untold: {one.email_id} has the events {one.told}"


def _halves(account: Account) -> Iterator[str]:
    there = {one.subject for one in account.settled}
    for batch in account.batches:
        found = sum(subject in there for subject in batch)
        if found not in (0, len(batch)):
            yield f"halved: of the batch of {min(batch)} there are {found} of {len(batch)} mails"
