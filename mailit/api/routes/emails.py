"""Mails over HTTP: sending them, one or a hundred, and reading them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from attrs import frozen
from msgspec import UNSET, Meta, Struct, UnsetType, field
from twisted.internet.defer import Deferred, gatherResults

from mailit.api.drafts import SendEmail, TagBody, draft_of
from mailit.api.paging import Listing, PageQuery, page, uuid
from mailit.api.times import stamp
from mailit.draft import Content, Draft, Stream
from mailit.errors import NotFound, Refused
from mailit.interfaces import Blobs, Caller, Database, Email, Envelope, Render, Submission
from mailit.mail.address import BadAddress, parse
from mailit.plugin import Call, Cost, Needs, Permission, endpoint
from mailit.store import claims, emails
from mailit.store.emails import StoredEmail, StoredParts
from mailit.store.parts import whole

BODY_MOST = 48 * 1024 * 1024
"""Bytes of a body: 40 MB of attachments in base64, and room for what they are attached to."""

_BATCH_MOST = 100


class EmailsQuery(PageQuery, frozen=True, kw_only=True):
    """Which mails: `status` is a last event without its `email.`, `recipient` an address of any kind."""

    status: str | None = None
    recipient: str | None = None


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


Batch = Annotated[list[SendEmail], Meta(description="Up to 100 mails.")]


@frozen(eq=False)
class EmailRoutes:
    """`/emails`."""

    _database: Database
    _submission: Submission
    _run_in_thread: Callable[..., Any]
    _render: Render
    _blobs: Blobs | None = None

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
    async def send(self, call: Call, body: SendEmail) -> Sent:
        """Sends one mail, or schedules it."""
        draft = await self._draft(body, call.caller) if body.heavy else draft_of(body, call.caller)
        return Sent((await self._submission.submit(draft)).id)

    @endpoint(
        "POST",
        "/emails/batch",
        permission=Permission.SEND,
        takes=Batch,
        gives=BatchSent,
        needs=Needs.SENDING,
        cost=Cost.BATCH,
        limit=BODY_MOST,
    )
    async def send_batch(self, call: Call, body: list[SendEmail]) -> BatchSent:
        """Sends up to 100 mails: all or none, or with `x-batch-validation: permissive` those that are right."""
        if not 1 <= len(body) <= _BATCH_MOST:
            raise Refused(f"A batch must have 1 to {_BATCH_MOST} emails.")
        if (call.headers("x-batch-validation") or "").strip().lower() == "permissive":
            return await self._send_those_right(call.caller, body)
        drafts: list[Draft] = []
        for index, one in enumerate(body):
            try:
                drafts.append(await self._draft(one, call.caller) if one.heavy else draft_of(one, call.caller))
            except Refused as error:
                error.message = f"emails[{index}]: {error.message}"
                raise
        return BatchSent([Sent(one.id) for one in await self._submission.submit_batch(drafts)])

    @endpoint("GET", "/emails", permission=Permission.READ, query=EmailsQuery, gives=Listing[EmailItem])
    async def newest(self, call: Call, query: EmailsQuery) -> Listing[EmailItem]:
        """Lists mails, newest first: all, or those of a last event or to an address."""
        found, more = await self._database.transact(
            emails.page, call.team_id, page(query), query.status, query.recipient
        )
        return Listing(more, [_item(one) for one in found])

    @endpoint("GET", "/emails/{email_id}", permission=Permission.READ, gives=EmailView)
    async def get(self, call: Call) -> EmailView:
        """Retrieves one mail."""
        id_ = uuid("email_id", call.path["email_id"])
        found = await self._database.transact(emails.one_whole, call.team_id, id_)
        if found is None:
            raise NotFound("Email not found")
        email, parts = found
        if parts.apart and self._blobs is not None:
            content = await whole(Content(parts.html, parts.text, apart=parts.apart), self._blobs)
            parts = StoredParts(content.html, content.text)
        return _view(email, parts)

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

    async def _draft(self, body: SendEmail, caller: Caller) -> Draft:
        draft: Draft = await self._run_in_thread(draft_of, body, caller)
        return draft

    async def _send_those_right(self, caller: Caller, body: list[SendEmail]) -> BatchSent:
        """Each by itself: those that arrive together share a commit all the same."""
        attempts = [Deferred.fromCoroutine(self._try(caller, index, one)) for index, one in enumerate(body)]
        results = await gatherResults(attempts)
        return BatchSent(
            [one for one in results if isinstance(one, Sent)], [one for one in results if isinstance(one, BatchFault)]
        )

    async def _try(self, caller: Caller, index: int, body: SendEmail) -> Sent | BatchFault:
        try:
            draft = await self._draft(body, caller) if body.heavy else draft_of(body, caller)
            return Sent((await self._submission.submit(draft)).id)
        except Refused as error:
            return BatchFault(index, error.message)


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


def _view(email: StoredEmail, parts: StoredParts) -> EmailView:
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
    )
