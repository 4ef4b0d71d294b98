"""Claims on the spool: which lanes have work, taking it, and loading what it takes to render a mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from mailit.db.arrays import array
from mailit.db.planned import Planned
from mailit.draft import Apart, Attachment, Content, Stream
from mailit.interfaces import Email, Envelope, Tx
from mailit.store.spool import NewMail

FIRST_LANE = ("", -1, "00000000-0000-0000-0000-000000000000")
"""Sorts before every lane: where a scan begins."""

# An index skip scan: each step jumps to the first envelope of the next lane, so that a lane of a million costs as
# much as a lane of one. The limit stops the recursion.
SCAN_LANES = """
    WITH RECURSIVE lane AS (
        (SELECT domain, stream, team_id, due_at FROM envelope
          WHERE holder IS NULL AND NOT held
            AND (domain, stream, team_id) > (%(domain)s, %(stream)s::smallint, %(team)s::uuid)
          ORDER BY domain, stream, team_id, due_at LIMIT 1)
        UNION ALL
        SELECT next.* FROM lane CROSS JOIN LATERAL (
            SELECT domain, stream, team_id, due_at FROM envelope
             WHERE holder IS NULL AND NOT held
               AND (domain, stream, team_id) > (lane.domain, lane.stream, lane.team_id)
             ORDER BY domain, stream, team_id, due_at LIMIT 1) AS next
    )
    SELECT domain, stream, team_id, extract(epoch FROM due_at - now())::float8 AS wait FROM lane LIMIT %(most)s
"""

# `since` is where the lane's living rows begin: with an old snapshot open, the dead ones before it can't be removed
# from the index, and each costs a visit. The CTE is materialised so that its LIMITs and locks are taken once.
# The join with holder makes a claim by a process that was declared dead find nothing.
CLAIM = Planned.of("""
    WITH lane AS (
        SELECT domain, stream, team_id, most, to_timestamp(since) AS since
          FROM unnest(%(domains)s::text[], %(streams)s::smallint[], %(teams)s::uuid[], %(most)s::integer[],
                      %(since)s::float8[]) AS lane (domain, stream, team_id, most, since)
    ), due AS MATERIALIZED (
        SELECT first.id FROM lane CROSS JOIN LATERAL (
            SELECT envelope.id FROM envelope
             WHERE envelope.domain = lane.domain AND envelope.stream = lane.stream
               AND envelope.team_id = lane.team_id AND envelope.due_at >= lane.since AND envelope.due_at <= now()
               AND envelope.holder IS NULL AND NOT envelope.held
             ORDER BY envelope.due_at LIMIT lane.most
               FOR UPDATE SKIP LOCKED) AS first
    )
    UPDATE envelope SET holder = holder.id, attempt = envelope.attempt + 1, marked_at = NULL
      FROM due, holder
     WHERE envelope.id = due.id AND holder.id = %(holder)s::uuid AND holder.alive_until > clock_timestamp()
 RETURNING envelope.id, envelope.email_id, envelope.team_id, envelope.domain, envelope.stream, envelope.recipient,
           envelope.attempt, envelope.in_doubt, envelope.announced,
           date_part('epoch', envelope.due_at) AS due_at,
           date_part('epoch', envelope.expires_at) AS expires_at
""")

# The row lock on email decides which of several claims of one scheduled mail tells that it is sent.
ANNOUNCE = """
    WITH first AS (
        UPDATE email SET last_event = 'sent' FROM unnest(%(emails)s::uuid[]) AS wanted (id)
         WHERE email.id = wanted.id AND email.last_event = 'scheduled' RETURNING email.id, email.team_id
    ), told AS (
        UPDATE envelope SET announced = true FROM unnest(%(ids)s::uuid[]) AS claimed (id)
         WHERE envelope.id = claimed.id
    ), seen AS (
        UPDATE delivery SET state = 'sent' FROM unnest(%(ids)s::uuid[]) AS claimed (id)
         WHERE delivery.id = claimed.id AND delivery.state = 'queued'
    )
    INSERT INTO event (team_id, type, email_id) SELECT team_id, 'email.sent', id FROM first
"""

LOAD_EMAILS = Planned.of("""
    SELECT email.id, email.team_id, email.domain_id, email.sender, email.recipients, email.cc, email.reply_to,
           email.subject, email.headers, email.variables, email.message_id, email.content_id, email.deliveries,
           date_part('epoch', email.created_at) AS created_at,
           domain.custom_return_path || '.' || domain.name AS return_path, domain.tls = 'enforced' AS verified_tls,
           CASE WHEN team.id IS NULL THEN 'The team that sent this mail was deleted.'
                WHEN domain.id IS NULL THEN 'The sending domain was deleted.'
                WHEN NOT domain.sending THEN 'Sending was disabled for the domain.'
                WHEN email.scheduled_at IS NOT NULL AND email.api_key_id IS NOT NULL AND api_key.id IS NULL
                THEN 'The API key that scheduled this mail was deleted.' END AS withdrawn
      FROM unnest(%(ids)s::uuid[]) AS wanted (id)
      JOIN email ON email.id = wanted.id AND email.id BETWEEN %(first)s::uuid AND %(last)s::uuid
      LEFT JOIN team ON team.id = email.team_id
      LEFT JOIN domain ON domain.id = email.domain_id
      LEFT JOIN api_key ON api_key.id = email.api_key_id
""")

LOAD_CONTENTS = Planned.of("""
    SELECT content.id, content.html, content.text, content.raw, content.attachments
      FROM unnest(%(ids)s::uuid[]) AS wanted (id)
      JOIN content ON content.id = wanted.id AND content.id BETWEEN %(first)s::uuid AND %(last)s::uuid
""")

LOAD_ATTACHMENTS = """
    SELECT attachment.content_id, attachment.filename, attachment.content_type, attachment.cid, attachment.inline,
           attachment.bytes, attachment.size, attachment.position
      FROM unnest(%(ids)s::uuid[]) AS wanted (id) JOIN attachment ON attachment.content_id = wanted.id
     ORDER BY attachment.content_id, attachment.position
"""


# A claim whose COMMIT was never answered may have taken what nobody here knows of.
RELEASE_STRAYS = """
    UPDATE envelope SET holder = NULL, due_at = now()
     WHERE holder = %(holder)s AND marked_at IS NULL AND NOT id = ANY (%(known)s::uuid[])
"""


@frozen
class LaneKey:
    """One destination's mail of one stream of one team: what a claim names."""

    domain: str
    stream: int
    team_id: str


@frozen
class Wanted:
    """How much of a lane is wanted: at most so many envelopes, due no earlier than `since` (POSIX seconds)."""

    lane: LaneKey
    most: int
    since: float


@frozen
class Taken:
    """What a claim brought: the envelopes, and when the last of each lane was due (POSIX seconds)."""

    envelopes: tuple[Envelope, ...]
    counts: dict[LaneKey, int]
    last_due: dict[LaneKey, float]


def scan(tx: Tx, after: tuple[str, int, str], most: int) -> list[tuple[LaneKey, float]]:
    """The next lanes with work after this one, in order, each with the seconds until its first envelope is due."""
    domain, stream, team = after
    rows = tx.rows(SCAN_LANES, {"domain": domain, "stream": stream, "team": team, "most": most})
    return [(LaneKey(row.domain, row.stream, row.team_id), row.wait) for row in rows]


def claim(tx: Tx, holder: str, wanted: Sequence[Wanted]) -> Taken:
    """Takes what is due in these lanes for this holder, with all that it takes to render it.

    Nothing is taken where the holder's row is gone: the process was declared dead and must begin anew.
    """
    rows = tx.rows(
        CLAIM,
        {
            "domains": array([want.lane.domain for want in wanted]),
            "streams": [want.lane.stream for want in wanted],
            "teams": _uuids(want.lane.team_id for want in wanted),
            "most": [want.most for want in wanted],
            "since": [want.since for want in wanted],
            "holder": holder,
        },
    )
    if not rows:
        return Taken((), {}, {})
    late = [row for row in rows if not row.announced]
    if late:
        tx.run(ANNOUNCE, {"emails": _uuids({row.email_id for row in late}), "ids": _uuids(row.id for row in late)})
    emails, withdrawn = load(tx, {row.email_id for row in rows})
    counts: dict[LaneKey, int] = {}
    last_due: dict[LaneKey, float] = {}
    for row in rows:
        lane = LaneKey(row.domain, row.stream, row.team_id)
        counts[lane] = counts.get(lane, 0) + 1
        last_due[lane] = max(last_due.get(lane, 0.0), row.due_at)
    rows.sort(key=lambda row: (row.stream, row.due_at, row.id))
    return Taken(
        tuple(
            Envelope(
                id=row.id,
                attempt=row.attempt,
                domain=row.domain,
                stream=Stream(row.stream),
                recipient=row.recipient,
                expires_at=row.expires_at,
                in_doubt=row.in_doubt,
                email=emails[row.email_id],
                withdrawn=withdrawn.get(row.email_id),
                holder=holder,
            )
            for row in rows
        ),
        counts,
        last_due,
    )


def release_strays(tx: Tx, holder: str, known: Iterable[str]) -> int:
    """Sets free what this holder has claimed beyond what it knows of; gives their number. No claim may be under way."""
    return tx.run(RELEASE_STRAYS, {"holder": holder, "known": _uuids(known)})


def load(tx: Tx, email_ids: Iterable[str]) -> tuple[dict[str, Email], dict[str, str]]:
    """Mails by id with their contents, and for those that may not go any more, the sentence that says why."""
    rows = _by_id(tx, LOAD_EMAILS, email_ids)
    contents = load_contents(tx, {row.content_id for row in rows})
    emails = {
        row.id: Email(
            id=row.id,
            team_id=row.team_id,
            domain_id=row.domain_id,
            from_=row.sender,
            to=tuple(row.recipients),
            cc=tuple(row.cc or ()),
            reply_to=tuple(row.reply_to or ()),
            subject=row.subject,
            headers=tuple((name, value) for name, value in row.headers or ()),
            message_id=row.message_id,
            created_at=row.created_at,
            content=contents.get(row.content_id, Content()),
            return_path=row.return_path or "",
            variables=row.variables or {},
            recipients=row.deliveries,
            verified_tls=bool(row.verified_tls),
        )
        for row in rows
    }
    return emails, {row.id: row.withdrawn for row in rows if row.withdrawn}


def email_of(mail: NewMail, content: Content) -> Email:
    """What `load` brings of this mail, made from what was written."""
    return Email(
        id=mail.id,
        team_id=mail.team_id,
        domain_id=mail.domain_id,
        from_=mail.sender,
        to=mail.recipients,
        cc=mail.cc,
        reply_to=mail.reply_to,
        subject=mail.subject,
        headers=mail.headers,
        message_id=mail.message_id,
        created_at=mail.created_at,
        content=content,
        return_path=mail.return_path,
        variables=mail.variables,
        recipients=len(mail.deliveries),
        verified_tls=mail.verified_tls,
    )


def load_contents(tx: Tx, content_ids: Iterable[str]) -> dict[str, Content]:
    """Contents by id, attachments with them."""
    rows = _by_id(tx, LOAD_CONTENTS, content_ids)
    attached: dict[str, list[Attachment]] = {}
    apart: dict[str, list[Apart]] = {}
    with_files = [row.id for row in rows if row.attachments]
    if with_files:
        for part in tx.rows(LOAD_ATTACHMENTS, {"ids": _uuids(with_files)}):
            if part.bytes is None:
                apart.setdefault(part.content_id, []).append(Apart(part.content_id, part.position, part.size))
            if part.position >= 0:
                attached.setdefault(part.content_id, []).append(
                    Attachment(bytes(part.bytes or b""), part.filename, part.content_type, part.cid, part.inline)
                )
    return {row.id: _content(row, attached, apart) for row in rows}


def _by_id(tx: Tx, sql: str, wanted: Iterable[str]) -> list[Any]:
    ids = sorted(wanted)
    return tx.rows(sql, {"ids": _uuids(ids), "first": ids[0], "last": ids[-1]}) if ids else []


def _content(row: Any, attached: dict[str, list[Attachment]], apart: dict[str, list[Apart]]) -> Content:
    raw = None if row.raw is None else bytes(row.raw)
    if not row.attachments:
        return Content(row.html, row.text, (), raw)
    return Content(row.html, row.text, tuple(attached.get(row.id, ())), raw, tuple(apart.get(row.id, ())))


def _uuids(values: Iterable[str]) -> str:
    return "{" + ",".join(values) + "}"
