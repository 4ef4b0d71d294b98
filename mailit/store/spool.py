"""The spool: mails as they are accepted, and the envelopes that await work, from claim to outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import psycopg2
from attrs import evolve, frozen

from mailit import ids
from mailit.db.arrays import array, bytea_array
from mailit.db.planned import Planned
from mailit.draft import Attachment, Content, Stream
from mailit.interfaces import Tx
from mailit.plugin import Screen, Screened, concerned
from mailit.store import idempotency
from mailit.store.idempotency import NewKey

_BODY = Attachment(b"", content_type="text/plain")  # what the row of a body that lies apart says of it

# --- accept -------------------------------------------------------------------------------------------------------

# A writer has its transaction id before it draws from the event log's sequence: what lets a reader of the log know
# that nothing is still to come below what it has read.
TAKE_XID = Planned.of("SELECT pg_current_xact_id()")

INSERT_CONTENT = Planned.of("""
    INSERT INTO content (id, team_id, html, text, raw, attachments)
    SELECT * FROM unnest(%(c_id)s::uuid[], %(c_team)s::uuid[], %(c_html)s::text[], %(c_text)s::text[],
                         %(c_raw)s::bytea[], %(c_attachments)s::smallint[])
""")

INSERT_ATTACHMENTS = Planned.of("""
    INSERT INTO attachment (content_id, position, id, filename, content_type, cid, inline, bytes, size)
    SELECT * FROM unnest(%(a_content)s::uuid[], %(a_position)s::smallint[], %(a_id)s::uuid[], %(a_filename)s::text[],
                         %(a_type)s::text[], %(a_cid)s::text[], %(a_inline)s::boolean[], %(a_bytes)s::bytea[],
                         %(a_size)s::integer[])
""")

# first_seq is what the sequence has reached now: what this transaction draws later is beyond it.
INSERT_EMAILS = Planned.of("""
    INSERT INTO email (id, team_id, domain_id, api_key_id, content_id, stream, sender, recipients, cc, bcc, reply_to,
                       subject, headers, tags, variables, message_id, deliveries, scheduled_at, created_at,
                       last_event, first_seq)
    SELECT id, team_id, domain_id, api_key_id, content_id, stream, sender, recipients::jsonb, cc::jsonb, bcc::jsonb,
           reply_to::jsonb, subject, headers::jsonb, tags::jsonb, variables::jsonb, message_id, deliveries,
           to_timestamp(scheduled_at), to_timestamp(created_at), last_event, (SELECT last_value FROM event_seq)
      FROM unnest(%(m_id)s::uuid[], %(m_team)s::uuid[], %(m_domain)s::uuid[], %(m_key)s::uuid[],
                  %(m_content)s::uuid[], %(m_stream)s::smallint[], %(m_sender)s::text[], %(m_to)s::text[],
                  %(m_cc)s::text[], %(m_bcc)s::text[], %(m_reply_to)s::text[], %(m_subject)s::text[],
                  %(m_headers)s::text[], %(m_tags)s::text[], %(m_variables)s::text[], %(m_message_id)s::text[],
                  %(m_deliveries)s::smallint[], %(m_scheduled)s::float8[], %(m_created)s::float8[],
                  %(m_last)s::text[])
           AS m (id, team_id, domain_id, api_key_id, content_id, stream, sender, recipients, cc, bcc, reply_to,
                 subject, headers, tags, variables, message_id, deliveries, scheduled_at, created_at, last_event)
""")

INSERT_TAGS = Planned.of("""
    INSERT INTO email_tag (team_id, name, value, email_id)
    SELECT * FROM unnest(%(t_team)s::uuid[], %(t_name)s::text[], %(t_value)s::text[], %(t_email)s::uuid[])
""")

INSERT_DELIVERIES = Planned.of("""
    INSERT INTO delivery (id, email_id, team_id, recipient, state, updated_at)
    SELECT id, email_id, team_id, recipient, state, now()
      FROM unnest(%(d_id)s::uuid[], %(d_email)s::uuid[], %(d_team)s::uuid[], %(d_recipient)s::text[],
                  %(d_state)s::text[])
           AS d (id, email_id, team_id, recipient, state)
""")

# Times are the database's: no lane waits for a process whose clock is ahead. A holder that is dead takes nothing.
INSERT_ENVELOPES = Planned.of("""
    INSERT INTO envelope (id, email_id, team_id, domain, stream, recipient, due_at, expires_at, announced, attempt,
                          holder)
    SELECT e.id, email_id, team_id, domain, stream, recipient, coalesce(to_timestamp(due), now()),
           coalesce(to_timestamp(due), now()) + lifetime * interval '1 second', due IS NULL,
           (holder.id IS NOT NULL)::integer, holder.id
      FROM unnest(%(e_id)s::uuid[], %(e_email)s::uuid[], %(e_team)s::uuid[], %(e_domain)s::text[],
                  %(e_stream)s::smallint[], %(e_recipient)s::text[], %(e_due)s::float8[], %(e_lifetime)s::float8[],
                  %(e_holder)s::uuid[])
           AS e (id, email_id, team_id, domain, stream, recipient, due, lifetime, holder)
      LEFT JOIN holder ON holder.id = e.holder AND holder.alive_until > clock_timestamp()
""")

INSERT_QUEUED_AND_SENT = Planned.of("""
    INSERT INTO event (team_id, type, email_id)
    SELECT m.team_id, step.type, m.id
      FROM unnest(%(s_id)s::uuid[], %(s_team)s::uuid[]) WITH ORDINALITY AS m (id, team_id, place),
           (VALUES (1, 'email.queued'), (2, 'email.sent')) AS step (place, type)
     ORDER BY m.place, step.place
""")

INSERT_OTHER_EVENTS = """
    INSERT INTO event (team_id, type, email_id, delivery_id, recipient, data)
    SELECT team_id, type, email_id, delivery_id, recipient, data::jsonb
      FROM unnest(%(o_team)s::uuid[], %(o_type)s::text[], %(o_email)s::uuid[], %(o_delivery)s::uuid[],
                  %(o_recipient)s::text[], %(o_data)s::text[])
           WITH ORDINALITY AS o (team_id, type, email_id, delivery_id, recipient, data, place)
     ORDER BY place;
"""

FOUND_EMAILS = """
    SELECT email.id FROM unnest(%(ids)s::uuid[]) AS wanted (id) JOIN email ON email.id = wanted.id
"""


@frozen
class NewDelivery:
    """One recipient of a mail that is about to be spooled; `domain` is where the mail goes: its lane's."""

    id: str
    recipient: str
    domain: str
    screened: Screened | None = None


@frozen
class NewMail:
    """A mail as it will stand in the tables. `content` is None where another mail of the group brings it.

    Times are POSIX seconds; `due` None is now, by the database's clock. `lifetime` is in seconds from then. `holder` is
    the living process whose first attempt it is from the start; `return_path` and `verified_tls` are what that needs.
    """

    id: str
    team_id: str
    domain_id: str
    api_key_id: str | None
    content_id: str
    content: Content | None
    stream: Stream
    sender: str
    recipients: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    headers: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    variables: Mapping[str, str]
    message_id: str
    created_at: float
    due: float | None
    lifetime: float
    deliveries: tuple[NewDelivery, ...]
    return_path: str = ""
    verified_tls: bool = False
    holder: str | None = None


def accept(
    tx: Tx,
    groups: Sequence[Sequence[NewMail]],
    screens: Sequence[Screen] = (),
    progress: Sequence[Callable[[Tx], None]] = (),
    before: Callable[[Tx], Collection[int]] | None = None,
    keys: Sequence[NewKey] = (),
) -> list[list[NewMail]]:
    """Writes what was submitted, all of it in one transaction, and gives it back as it was written.

    `keys` are written with it; where one is in the way, nothing is, and `idempotency.KeyTaken` is raised.

    Without screens, progress and `before` that is one string of statements: one implicit transaction, one round trip.
    With them it is two: BEGIN and their queries, then the inserts and COMMIT. `before` runs first and gives the places
    of groups that are not to be written after all; they come back empty. Screens of domains that no recipient is at
    count as none.
    """
    if screens:
        screens = concerned(screens, {d.domain for group in groups for mail in group for d in mail.deliveries})
    apart = bool(screens or progress or before)
    if apart:
        tx.run("BEGIN")
    left_out = before(tx) if before is not None else ()
    written = [[] if place in left_out else list(group) for place, group in enumerate(groups)]
    if screens:
        written = _screened(tx, written, screens)
    mails = [mail for group in written for mail in group]
    sql, params = _inserts(mails, keys) if mails else ("", {})
    try:
        if progress:
            tx.run(sql, params)
            for step in progress:
                step(tx)
            tx.run("COMMIT")
        else:
            tx.run(sql + "COMMIT;" if apart else sql, params)
    except psycopg2.Error as error:
        if not (keys and idempotency.taken(error)):
            raise
        if apart:
            tx.run("ROLLBACK")
        raise idempotency.KeyTaken from error
    return written


def accepted(tx: Tx, groups: Sequence[Sequence[NewMail]]) -> list[list[NewMail] | None]:
    """Which of these groups are on disk after a COMMIT that was not answered; None for those that are not."""
    found = {row.id for row in tx.rows(FOUND_EMAILS, {"ids": _ids(group[0].id for group in groups)})}
    return [list(group) if group[0].id in found else None for group in groups]


def size(mails: Sequence[NewMail]) -> int:
    """Roughly how many bytes these mails put into a group."""
    total = 0
    for mail in mails:
        total += 500
        if mail.content is not None:
            total += len(mail.content.html or "") + len(mail.content.text or "") + len(mail.content.raw or b"")
            total += sum(len(attachment.content) for attachment in mail.content.attachments)
    return total


def _screened(tx: Tx, groups: list[list[NewMail]], screens: Sequence[Screen]) -> list[list[NewMail]]:
    teams: dict[str, set[str]] = {}
    for group in groups:
        for mail in group:
            teams.setdefault(mail.team_id, set()).update(d.recipient.lower() for d in mail.deliveries)
    out: dict[tuple[str, str], Screened] = {}
    for team_id, recipients in teams.items():
        for screen in screens:
            for verdict in screen(tx, team_id, sorted(recipients)):
                out.setdefault((team_id, verdict.recipient), verdict)
    if not out:
        return groups
    return [
        [
            evolve(
                mail,
                deliveries=tuple(
                    evolve(d, screened=out.get((mail.team_id, d.recipient.lower()))) for d in mail.deliveries
                ),
            )
            for mail in group
        ]
        for group in groups
    ]


def _ids(values: Iterable[str | None]) -> str:
    """An array of uuids; they are ours, so nothing in them needs quotes."""
    return "{" + ",".join(["NULL" if value is None else value for value in values]) + "}"


def _numbers(values: Iterable[float | None]) -> str:
    return "{" + ",".join(["NULL" if value is None else repr(value) for value in values]) + "}"


def _json(value: Any) -> str | None:
    return msgspec.json.encode(value).decode() if value else None


def _inserts(mails: Sequence[NewMail], keys: Sequence[NewKey]) -> tuple[str, dict[str, Any]]:
    sql = TAKE_XID
    params: dict[str, Any] = {}
    if keys:  # first, so that they are all that is written where one is in the way
        insert, params = idempotency.insert(keys)
        sql += insert
    contents = [mail for mail in mails if mail.content is not None]
    if contents:
        sql += INSERT_CONTENT
        params.update(_content_params(contents))
        attached = [mail for mail in contents if mail.content and (mail.content.attachments or mail.content.apart)]
        if attached:
            sql += INSERT_ATTACHMENTS
            params.update(_attachment_params(attached))
    sql += INSERT_EMAILS
    params.update(_email_params(mails))
    tagged = [mail for mail in mails if mail.tags]
    if tagged:
        sql += INSERT_TAGS
        params.update(_tag_params(tagged))
    sql += INSERT_DELIVERIES
    params.update(_delivery_params(mails))
    going = [(mail, d) for mail in mails for d in mail.deliveries if d.screened is None]
    if going:
        sql += INSERT_ENVELOPES
        params.update(
            e_id=_ids(d.id for _, d in going),
            e_email=_ids(mail.id for mail, _ in going),
            e_team=_ids(mail.team_id for mail, _ in going),
            e_domain=array([d.domain for _, d in going]),
            e_stream=_numbers(int(mail.stream) for mail, _ in going),
            e_recipient=array([d.recipient for _, d in going]),
            e_due=_numbers(mail.due for mail, _ in going),
            e_lifetime=_numbers(mail.lifetime for mail, _ in going),
            e_holder=_ids(mail.holder for mail, _ in going),
        )
    sent = [mail for mail in mails if _last_event(mail) == "sent"]
    if sent:
        sql += INSERT_QUEUED_AND_SENT
        params.update(s_id=_ids(m.id for m in sent), s_team=_ids(m.team_id for m in sent))
    others = [event for mail in mails if _last_event(mail) != "sent" for event in _other_events(mail)]
    if others:
        sql += INSERT_OTHER_EVENTS
        params.update(
            o_team=_ids(e[0] for e in others),
            o_type=array([e[1] for e in others]),
            o_email=_ids(e[2] for e in others),
            o_delivery=_ids(e[3] for e in others),
            o_recipient=array([e[4] for e in others]),
            o_data=array([e[5] for e in others]),
        )
    return sql, params


def _last_event(mail: NewMail) -> str:
    if mail.due is not None and not all(d.screened for d in mail.deliveries):
        return "scheduled"
    return "suppressed" if any(d.screened for d in mail.deliveries) else "sent"


def _other_events(mail: NewMail) -> list[tuple[str, str, str, str | None, str | None, str | None]]:
    """The events of a mail that is scheduled, or of which some recipients are not to be sent."""
    types = ["email.scheduled"] if mail.due is not None else ["email.queued"]
    if mail.due is None and any(d.screened is None for d in mail.deliveries):
        types.append("email.sent")
    whole: list[tuple[str, str, str, str | None, str | None, str | None]] = [
        (mail.team_id, type_, mail.id, None, None, None) for type_ in types
    ]
    return whole + [
        (mail.team_id, "email.suppressed", mail.id, d.id, d.recipient, _json(_reason(d.screened)))
        for d in mail.deliveries
        if d.screened is not None
    ]


def _reason(screened: Screened) -> dict[str, Any]:
    return {"suppressed": {"message": screened.reason, **screened.data}}


def _content_params(mails: Sequence[NewMail]) -> dict[str, Any]:
    contents = [mail.content or Content() for mail in mails]
    return {
        "c_id": _ids(mail.content_id for mail in mails),
        "c_team": _ids(mail.team_id for mail in mails),
        "c_html": array([content.html for content in contents]),
        "c_text": array([content.text for content in contents]),
        "c_raw": bytea_array([content.raw for content in contents]),
        "c_attachments": _numbers(_rows_apart(content) for content in contents),
    }


def _attachment_params(mails: Sequence[NewMail]) -> dict[str, Any]:
    """Files, and bodies that lie apart; of what lies apart the bytes are NULL, and in the blob store already."""
    rows: list[tuple[str, int, Attachment, int | None]] = []
    for mail in mails:
        content = mail.content or Content()
        apart = {one.place: one.size for one in content.apart}
        rows += [(mail.content_id, place, part, apart.get(place)) for place, part in enumerate(content.attachments)]
        rows += [(mail.content_id, place, _BODY, size) for place, size in apart.items() if place < 0]
    draw = ids.Ids()
    return {
        "a_content": _ids(content_id for content_id, _, _, _ in rows),
        "a_position": _numbers(place for _, place, _, _ in rows),
        "a_id": _ids(draw() for _ in rows),
        "a_filename": array([part.filename for _, _, part, _ in rows]),
        "a_type": array([part.content_type for _, _, part, _ in rows]),
        "a_cid": array([part.content_id for _, _, part, _ in rows]),
        "a_inline": array([part.inline for _, _, part, _ in rows]),
        "a_bytes": bytea_array([part.content if apart is None else None for _, _, part, apart in rows]),
        "a_size": _numbers(len(part.content) if apart is None else apart for _, _, part, apart in rows),
    }


def _rows_apart(content: Content) -> int:
    """How many rows of `attachment` a content has."""
    if not content.apart:
        return len(content.attachments)
    return len(content.attachments) + sum(one.place < 0 for one in content.apart)


def _email_params(mails: Sequence[NewMail]) -> dict[str, Any]:
    return {
        "m_id": _ids(m.id for m in mails),
        "m_team": _ids(m.team_id for m in mails),
        "m_domain": _ids(m.domain_id for m in mails),
        "m_key": _ids(m.api_key_id for m in mails),
        "m_content": _ids(m.content_id for m in mails),
        "m_stream": _numbers(int(m.stream) for m in mails),
        "m_sender": array([m.sender for m in mails]),
        "m_to": array([_json(m.recipients) or "[]" for m in mails]),
        "m_cc": array([_json(m.cc) for m in mails]),
        "m_bcc": array([_json(m.bcc) for m in mails]),
        "m_reply_to": array([_json(m.reply_to) for m in mails]),
        "m_subject": array([m.subject for m in mails]),
        "m_headers": array([_json(m.headers) for m in mails]),
        "m_tags": array([_json(m.tags) for m in mails]),
        "m_variables": array([_json(m.variables) for m in mails]),
        "m_message_id": array([m.message_id for m in mails]),
        "m_deliveries": _numbers(len(m.deliveries) for m in mails),
        "m_scheduled": _numbers(m.due for m in mails),
        "m_created": _numbers(m.created_at for m in mails),
        "m_last": array([_last_event(m) for m in mails]),
    }


def _tag_params(mails: Sequence[NewMail]) -> dict[str, Any]:
    rows = [(mail, name, value) for mail in mails for name, value in dict.fromkeys(mail.tags)]
    return {
        "t_team": _ids(mail.team_id for mail, _, _ in rows),
        "t_name": array([name for _, name, _ in rows]),
        "t_value": array([value for _, _, value in rows]),
        "t_email": _ids(mail.id for mail, _, _ in rows),
    }


def _delivery_params(mails: Sequence[NewMail]) -> dict[str, Any]:
    rows = [(mail, d) for mail in mails for d in mail.deliveries]
    return {
        "d_id": _ids(d.id for _, d in rows),
        "d_email": _ids(mail.id for mail, _ in rows),
        "d_team": _ids(mail.team_id for mail, _ in rows),
        "d_recipient": array([d.recipient for _, d in rows]),
        "d_state": array(
            ["suppressed" if d.screened else "sent" if mail.due is None else "queued" for mail, d in rows]
        ),
    }
