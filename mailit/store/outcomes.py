"""The end of an attempt: the mark before its final dot, and what came of it, each behind the fence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from attrs import frozen

from mailit.db.arrays import array
from mailit.db.planned import Planned
from mailit.events import LAST_EVENT_ORDER
from mailit.interfaces import Tx
from mailit.store.deliveries import ALONG_THE_IDS, ceiling

# An envelope whose holder is alive is nobody else's. The fence (holder, attempt) stands in every statement after the
# claim, so that a process that slept past its lease changes nothing when it wakes. Only the mark asks for a living
# holder; clock_timestamp(), because now() is the transaction's start. IS NOT DISTINCT FROM has no index: each row is
# found by its id, never among all that the holder has.
MARK = Planned.of("""
    UPDATE envelope SET marked_at = clock_timestamp()
      FROM unnest(%(ids)s::uuid[], %(attempts)s::integer[], %(holders)s::uuid[])
           WITH ORDINALITY AS due (id, attempt, holder, place), holder
     WHERE envelope.id = due.id AND envelope.attempt = due.attempt
       AND envelope.holder IS NOT DISTINCT FROM due.holder AND holder.id = due.holder
       AND holder.alive_until > clock_timestamp()
 RETURNING due.place
""")

# What ends is deleted, what goes on is put back; only what stood behind its fence is told, by its place in the group:
# an attempt that lost its claim may be in it beside the one that has it. A mail with one recipient
# takes its state as its last_event; the others are computed below. The bounds keep other partitions out. Whose mail it
# is stands in the envelope. To delete or to put back takes the transaction's id, before the events draw from their
# sequence: they are in order, so that all of the others' rows are there before the first of theirs.
SETTLE = Planned.of("""
    WITH o AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(attempts)s::integer[], %(holders)s::uuid[], %(final)s::boolean[],
                             %(states)s::text[], %(codes)s::smallint[], %(statuses)s::text[], %(texts)s::text[],
                             %(exchangers)s::text[], %(doubts)s::boolean[], %(holds)s::boolean[],
                             %(delays)s::float8[], %(soles)s::boolean[], %(data)s::text[])
             WITH ORDINALITY AS o (id, attempt, holder, final, state, code, status, text, exchanger, in_doubt, held,
                                   delay, sole, data, place)
    ), gone AS (
        DELETE FROM envelope USING o
         WHERE envelope.id = o.id AND envelope.attempt = o.attempt
           AND envelope.holder IS NOT DISTINCT FROM o.holder AND o.final
     RETURNING o.*, envelope.email_id, envelope.team_id, envelope.recipient
    ), back AS (
        UPDATE envelope SET holder = NULL, marked_at = NULL, held = o.held,
                            in_doubt = envelope.in_doubt OR o.in_doubt,
                            due_at = now() + o.delay * interval '1 second'
          FROM o
         WHERE envelope.id = o.id AND envelope.attempt = o.attempt
           AND envelope.holder IS NOT DISTINCT FROM o.holder AND NOT o.final
     RETURNING o.*, envelope.email_id, envelope.team_id, envelope.recipient
    ), stood AS (
        TABLE gone UNION ALL TABLE back
    ), told AS (
        UPDATE delivery SET state = stood.state, attempts = stood.attempt, in_doubt = stood.in_doubt,
                            exchanger = stood.exchanger, reply_code = stood.code, reply_status = stood.status,
                            reply_text = stood.text, updated_at = now()
          FROM stood
         WHERE delivery.id = stood.id AND delivery.id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid
    ), alone AS (
        UPDATE email SET last_event = stood.state
          FROM stood
         WHERE email.id = stood.email_id AND stood.sole
           AND email.id BETWEEN %(first_email)s::uuid AND %(last_email)s::uuid
    )
    INSERT INTO event (team_id, type, email_id, delivery_id, recipient, attempt, exchanger, reply_code, reply_status,
                       reply_text, in_doubt, data)
    SELECT team_id, 'email.' || state, email_id, id, recipient, attempt, exchanger, code, status, text, in_doubt,
           data::jsonb
      FROM stood ORDER BY place
""")

# Two transactions that settle recipients of one mail take its row in turn, and each statement sees what was committed
# before it began: so the second computes with what the first wrote.
LOCK_EMAILS = """
    SELECT 1 FROM email JOIN unnest(%(shared)s::uuid[]) AS touched (id) ON email.id = touched.id
     ORDER BY email.id FOR UPDATE OF email;
"""

RANK_EMAILS = (
    ALONG_THE_IDS
    + """
    UPDATE email SET last_event = (
               SELECT its.state
                 FROM (SELECT state FROM delivery
                        WHERE delivery.id >= touched.id AND delivery.id < touched.ceiling
                          AND delivery.email_id = touched.id
                        ORDER BY delivery.id LIMIT email.deliveries) AS its
                ORDER BY array_position(%(order)s::text[], its.state) LIMIT 1)
      FROM unnest(%(shared)s::uuid[], %(ceilings)s::uuid[]) AS touched (id, ceiling)
     WHERE email.id = touched.id AND email.last_event NOT IN ('scheduled', 'canceled');
"""
)

# With its mark: whoever gives back knows that no dot was sent.
GIVE_BACK = """
    UPDATE envelope SET holder = NULL, marked_at = NULL, due_at = now()
      FROM unnest(%(ids)s::uuid[], %(attempts)s::integer[], %(holders)s::uuid[]) AS given (id, attempt, holder)
     WHERE envelope.id = given.id AND envelope.attempt = given.attempt AND envelope.holder = given.holder
 RETURNING envelope.domain, envelope.stream, envelope.team_id
"""

ORDER = array(LAST_EVENT_ORDER)


@frozen
class Fence:
    """What every statement after the claim names: this attempt, by this holder."""

    id: str
    attempt: int
    holder: str


@frozen
class Ending:
    """What came of an attempt, as it is written. `final`: the envelope is done with.

    Otherwise it is due again after `delay` seconds, or held for a person. `state` is the delivery's, and with
    `email.` before it the event's. `sole`: the mail has this one recipient.
    """

    fence: Fence
    email_id: str
    final: bool
    state: str
    code: int
    status: str
    text: str
    exchanger: str | None
    in_doubt: bool
    held: bool
    delay: float
    sole: bool
    data: Any = None


def mark(tx: Tx, fences: Sequence[Fence]) -> list[bool]:
    """Puts on record that the final dots of these attempts are about to be sent; True for those that may go on.

    An attempt that is refused has lost its claim, or its holder is dead: it must not send its dot.
    """
    # By its place: an attempt that lost its claim may ask in the group of the one that has it now.
    marked = {place for (place,) in tx.rows(MARK, _fences(fences))}
    return [place in marked for place in range(1, len(fences) + 1)]


def settle(tx: Tx, endings: Sequence[Ending]) -> list[None]:
    """Writes endings, their deliveries, events and mails' states; those whose fence has fallen change nothing.

    One string of statements: one transaction on a connection in autocommit. To write an ending a second time is
    harmless: its fence fell with the first.
    """
    endings = sorted(endings, key=lambda ending: ending.fence.id)
    email_ids = [ending.email_id for ending in endings]
    params: dict[str, Any] = _fences([ending.fence for ending in endings])
    params.update(
        first_id=endings[0].fence.id,
        last_id=endings[-1].fence.id,
        first_email=min(email_ids),
        last_email=max(email_ids),
        final=array([e.final for e in endings]),
        states=array([e.state for e in endings]),
        codes=array([e.code or None for e in endings]),
        statuses=array([e.status or None for e in endings]),
        texts=array([_storable(e.text) for e in endings]),
        exchangers=array([e.exchanger for e in endings]),
        doubts=array([e.in_doubt for e in endings]),
        holds=array([e.held for e in endings]),
        delays=array([e.delay for e in endings]),
        soles=array([e.sole for e in endings]),
        data=array([msgspec.json.encode(e.data).decode() if e.data else None for e in endings]),
    )
    sql = SETTLE
    shared = sorted({e.email_id for e in endings if not e.sole})
    if shared:
        params.update(_shared(shared))
        sql += LOCK_EMAILS + RANK_EMAILS
    tx.run(sql, params)
    return [None] * len(endings)


def rank(tx: Tx, email_ids: Iterable[str]) -> None:
    """Works out anew which state of their recipients these mails show."""
    tx.run(LOCK_EMAILS + RANK_EMAILS, _shared(sorted(email_ids)))


def give_back(tx: Tx, fences: Sequence[Fence]) -> None:
    """Gives claims back untried, due at once, and their marks with them: their dots were not sent."""
    tx.run(GIVE_BACK, _fences(fences))


def _shared(email_ids: Sequence[str]) -> dict[str, Any]:
    return {"shared": _uuids(email_ids), "ceilings": _uuids(map(ceiling, email_ids)), "order": ORDER}


def _fences(fences: Sequence[Fence]) -> dict[str, Any]:
    return {
        "ids": _uuids(fence.id for fence in fences),
        "attempts": array([fence.attempt for fence in fences]),
        "holders": _uuids(fence.holder for fence in fences),
    }


def _storable(text: str) -> str:
    """A peer's words without what PostgreSQL can't hold: a peer must not be able to spoil a group."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _uuids(values: Iterable[str]) -> str:
    return "{" + ",".join(values) + "}"
