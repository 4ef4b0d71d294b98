"""Mails over HTTP: sending them, one or a hundred, and reading them back."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from attrs import frozen
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from mailit.api import canonical, wire
from mailit.api.drafts import SendEmail, TagBody, draft_of, moment_of_query
from mailit.api.paging import Listing, PageQuery, page, uuid
from mailit.api.routes.deliveries import reply_view
from mailit.api.times import stamp
from mailit.api.told import ReplyView
from mailit.draft import Content, Draft, Stream
from mailit.errors import NotFound, Refused
from mailit.interfaces import (
    Accepted,
    Blobs,
    Caller,
    Clock,
    Database,
    Email,
    Envelope,
    KeyUse,
    Once,
    Render,
    Submission,
    Tx,
)
from mailit.mail.address import BadAddress, domain_name, parse
from mailit.plugin import Call, Cost, Needs, Permission, endpoint
from mailit.store import claims, email_lists, emails
from mailit.store.email_lists import Filter
from mailit.store.emails import StoredEmail, StoredParts, StoredRecipient
from mailit.store.parts import INSIDE_MOST, whole
from mailit.submission.idempotency import Idempotency, checked

BODY_MOST = 48 * 1024 * 1024
"""Bytes of a body: 40 MB of attachments in base64, and room for what they are attached to."""

_BATCH_MOST = 100
_LARGE = 1 << 17  # bytes that are decoded, or digested, in a thread


class EmailsQuery(PageQuery, frozen=True, kw_only=True):
    """Which mails; each of what is given must hold.

    `status` is a last event without its `email.`, or several with commas between; `domain` a sending domain's name or
    id; `tag` is `name=value`; `recipient` an address of any kind; `since` and `until` are moments.
    """

    status: str | None = None
    domain: str | None = None
    tag: str | None = None
    recipient: str | None = None
    since: str | None = None
    until: str | None = None


class Sent(Struct, frozen=True):
    """A mail that was accepted."""

    id: str


class BatchFault(Struct, frozen=True):
    """Why one of a batch was not accepted; the first is 0."""

    index: int
    message: str


class BatchSent(Struct, frozen=True):
    """The mails of a batch that were accepted, in the order of the batch."""

    data: list[Sent]
    errors: list[BatchFault] | UnsetType = UNSET


class EmailItem(Struct, frozen=True, kw_only=True):
    """A mail in a list."""

    id: str
    message_id: str
    to: list[str]
    from_: str = field(name="from")
    created_at: str
    subject: str
    bcc: list[str] | None
    cc: list[str] | None
    reply_to: list[str] | None
    last_event: str
    scheduled_at: str | None


class RecipientView(Struct, frozen=True, kw_only=True):
    """One whom a mail goes to, To, Cc and Bcc alike, and how far it got; `reply` is the receiver's last word."""

    recipient: str
    state: str
    attempts: int
    in_doubt: bool
    exchanger: str | None
    reply: ReplyView | None
    updated_at: str
    next_attempt_at: str | None


class EmailView(Struct, frozen=True, kw_only=True):
    """A mail, whole."""

    object: str = "email"
    id: str
    message_id: str
    to: list[str]
    from_: str = field(name="from")
    created_at: str
    subject: str
    html: str | None
    text: str | None
    bcc: list[str]
    cc: list[str]
    reply_to: list[str]
    last_event: str
    scheduled_at: str | None
    tags: list[TagBody]
    recipients: list[RecipientView]


Batch = Annotated[
    list[Raw],
    Meta(
        description="Up to 100 mails.",
        extra_json_schema={"items": {"$ref": "#/components/schemas/SendEmail"}, "minItems": 1, "maxItems": _BATCH_MOST},
    ),
]

_read = wire.body(SendEmail)


@frozen(eq=False)
class EmailRoutes:
    """`/emails`."""

    _database: Database
    _submission: Submission
    _run_in_thread: Callable[..., Any]
    _render: Render
    _idempotency: Idempotency
    _blobs: Blobs | None = None
    _clock: Clock = time.time

    @endpoint(
        "POST",
        "/emails",
        permission=Permission.SEND,
        takes=SendEmail,
        gives=Sent,
        needs=Needs.SENDING,
        cost=Cost.SEND,
        limit=BODY_MOST,
    )
    async def send(self, call: Call, body: SendEmail) -> Sent | Raw:
        """Sends one mail, or schedules it. With an `Idempotency-Key` it is done once, however often it is asked for."""
        key = call.headers("idempotency-key")
        if key is None:
            return await self._send(call.caller, body, None)
        light = not body.attachments and body.template is None and len(call.raw()) <= INSIDE_MOST
        return await self._once(call, key, lambda use: self._send(call.caller, body, Once(use, _told_one)), light)

    @endpoint(
        "POST",
        "/emails/batch",
        permission=Permission.SEND,
        takes=Batch,
        shows=list[SendEmail],
        gives=BatchSent,
        needs=Needs.SENDING,
        cost=Cost.BATCH,
        limit=BODY_MOST,
    )
    async def send_batch(self, call: Call, body: list[Raw]) -> BatchSent | Raw:
        """Sends up to 100 mails: all or none, or with `x-batch-validation: permissive` those that are right.

        With an `Idempotency-Key` it is done once, however often it is asked for.
        """
        if not 1 <= len(body) <= _BATCH_MOST:
            raise Refused(f"A batch must have 1 to {_BATCH_MOST} emails.")
        permissive = (call.headers("x-batch-validation") or "").strip().lower() == "permissive"
        send, told = (self._send_those_right, _told_some) if permissive else (self._send_all, _told_all)
        key = call.headers("idempotency-key")
        if key is None:
            return await send(call.caller, body, None)
        return await self._once(call, key, lambda use: send(call.caller, body, Once(use, told)))

    @endpoint("GET", "/emails", permission=Permission.READ, query=EmailsQuery, gives=Listing[EmailItem])
    async def newest(self, call: Call, query: EmailsQuery) -> Listing[EmailItem]:
        """Lists mails, newest first: all, or those that the filters leave."""
        found, more = await self._database.transact(
            email_lists.page, call.team_id, page(query), _filter(query, self._clock)
        )
        return Listing(more, [_item(one) for one in found])

    @endpoint("GET", "/emails/{email_id}", permission=Permission.READ, gives=EmailView)
    async def get(self, call: Call) -> EmailView:
        """Retrieves one mail."""
        id_ = uuid("email_id", call.path["email_id"])
        found = await self._database.transact(_whole, call.team_id, id_)
        if found is None:
            raise NotFound("Email not found")
        email, parts, recipients = found
        if parts.apart and self._blobs is not None:
            content = await whole(Content(parts.html, parts.text, apart=parts.apart), self._blobs)
            parts = StoredParts(content.html, content.text)
        return _view(email, parts, recipients)

    @endpoint(
        "GET", "/emails/{email_id}/raw", permission=Permission.READ, gives=bytes, raw=True, gives_type="message/rfc822"
    )
    async def raw(self, call: Call) -> bytes:
        """Gives the message as it was sent; before that, as it would be."""
        id_ = uuid("email_id", call.path["email_id"])
        found, _ = await self._database.transact(claims.load, [id_])
        email = found.get(id_)
        if email is None or email.team_id != call.team_id:
            raise NotFound("Email not found")
        return await self._render(Envelope(id_, 0, "", Stream.TRANSACTIONAL, _first(email), 0.0, False, email))

    async def _once(
        self, call: Call, key: str, send: Callable[[KeyUse], Awaitable[Sent | BatchSent]], light: bool = False
    ) -> Raw:
        name, raw = checked(key), call.raw()
        digest = await self._run_in_thread(canonical.digest, raw) if len(raw) > _LARGE else canonical.digest(raw)
        use = KeyUse(call.team_id, name, digest)

        async def work() -> str:
            return _text(await send(use))

        return Raw((await self._idempotency.run(use, work, light=light)).encode())

    async def _send(self, caller: Caller, body: SendEmail, once: Once | None) -> Sent:
        draft = (
            await self._run_in_thread(draft_of, body, caller, self._clock)
            if body.heavy
            else draft_of(body, caller, self._clock)
        )
        return Sent((await self._submission.submit(draft, once)).id)

    async def _send_all(self, caller: Caller, body: list[Raw], once: Once | None) -> BatchSent:
        drafts: list[Draft] = []
        for index, one in enumerate(body):
            try:
                drafts.append(await self._draft(one, caller))
            except Refused as error:
                error.message = f"emails[{index}]: {error.message}"
                raise
        return _batch_sent(await self._submission.submit_batch(drafts, once))

    async def _send_those_right(self, caller: Caller, body: list[Raw], once: Once | None) -> BatchSent:
        drafts: list[Draft | Refused] = []
        for one in body:
            try:
                drafts.append(await self._draft(one, caller))
            except Refused as error:
                drafts.append(error)
        return _batch_sent_in_part(await self._submission.submit_those_right(drafts, once))

    async def _draft(self, raw: Raw, caller: Caller) -> Draft:
        if len(memoryview(raw)) <= _LARGE:
            return _drafted(raw, caller, self._clock)
        draft: Draft = await self._run_in_thread(_drafted, raw, caller, self._clock)
        return draft


def _drafted(raw: Raw, caller: Caller, clock: Clock) -> Draft:
    return draft_of(_read(bytes(memoryview(raw))), caller, clock)


def _text(answer: Sent | BatchSent) -> str:
    return wire.encode(answer).decode()


def _told_one(results: Sequence[Accepted | Refused]) -> str:
    (accepted,) = results
    assert isinstance(accepted, Accepted)
    return _text(Sent(accepted.id))


def _told_all(results: Sequence[Accepted | Refused]) -> str:
    return _text(_batch_sent([one for one in results if isinstance(one, Accepted)]))


def _told_some(results: Sequence[Accepted | Refused]) -> str:
    return _text(_batch_sent_in_part(results))


def _batch_sent(accepted: Sequence[Accepted]) -> BatchSent:
    return BatchSent([Sent(one.id) for one in accepted])


def _batch_sent_in_part(results: Sequence[Accepted | Refused]) -> BatchSent:
    return BatchSent(
        [Sent(one.id) for one in results if isinstance(one, Accepted)],
        [BatchFault(index, one.message) for index, one in enumerate(results) if isinstance(one, Refused)],
    )


def _first(email: Email) -> str:
    """Whose copy is shown, where copies differ."""
    try:
        return parse(email.to[0]).address
    except (BadAddress, IndexError):
        return ""


def _item(email: StoredEmail) -> EmailItem:
    return EmailItem(
        id=email.id,
        message_id=email.message_id,
        to=list(email.to),
        from_=email.from_,
        created_at=stamp(email.created_at),
        subject=email.subject,
        bcc=list(email.bcc) or None,
        cc=list(email.cc) or None,
        reply_to=list(email.reply_to) or None,
        last_event=email.last_event,
        scheduled_at=None if email.scheduled_at is None else stamp(email.scheduled_at),
    )


def _view(email: StoredEmail, parts: StoredParts, recipients: Sequence[StoredRecipient]) -> EmailView:
    return EmailView(
        id=email.id,
        message_id=email.message_id,
        to=list(email.to),
        from_=email.from_,
        created_at=stamp(email.created_at),
        subject=email.subject,
        html=parts.html,
        text=parts.text,
        bcc=list(email.bcc),
        cc=list(email.cc),
        reply_to=list(email.reply_to),
        last_event=email.last_event,
        scheduled_at=None if email.scheduled_at is None else stamp(email.scheduled_at),
        tags=[TagBody(name, value) for name, value in email.tags],
        recipients=[_recipient(one) for one in recipients],
    )


def _recipient(one: StoredRecipient) -> RecipientView:
    return RecipientView(
        recipient=one.recipient,
        state=one.state,
        attempts=one.attempts,
        in_doubt=one.in_doubt,
        exchanger=one.exchanger,
        reply=reply_view(one.reply),
        updated_at=stamp(one.updated_at),
        next_attempt_at=None if one.next_at is None else stamp(one.next_at),
    )


def _whole(tx: Tx, team_id: str, id_: str) -> tuple[StoredEmail, StoredParts, list[StoredRecipient]] | None:
    found = emails.one_whole(tx, team_id, id_)
    return None if found is None else (*found, emails.recipients(tx, id_))


def _filter(query: EmailsQuery, clock: Clock) -> Filter:
    name, is_, value = (query.tag or "").partition("=")
    if query.tag and not (name and is_):
        raise Refused("Invalid `tag` parameter. It needs to be like `name=value`.")
    return Filter(
        statuses=[one.strip().removeprefix("email.") for one in (query.status or "").split(",") if one.strip()],
        domain=_domain(query.domain) if query.domain else None,
        tag=(name, value) if query.tag else None,
        recipient=_address(query.recipient) if query.recipient else None,
        since=moment_of_query("since", query.since, clock).timestamp() if query.since else None,
        until=moment_of_query("until", query.until, clock).timestamp() if query.until else None,
    )


def _address(text: str) -> str:
    """An address to look for as it is kept, however it is written; what is none is found nowhere."""
    try:
        return parse(text).address
    except BadAddress:
        return text


def _domain(text: str) -> str:
    """A domain's name as it is kept, or the id that is given for it."""
    try:
        return domain_name(text)
    except BadAddress:
        return text
