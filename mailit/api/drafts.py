"""The body of `POST /emails` (reference table 1.1a), and the draft that it asks for."""

from __future__ import annotations

import binascii
import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from mailit.draft import Attachment, Content, Draft, TemplateUse
from mailit.errors import InvalidAttachment, Refused
from mailit.interfaces import Caller, Clock
from mailit.mail import when
from mailit.mail.address import BadAddress, Mailbox, parse
from mailit.mail.types import type_of_name
from mailit.submission import limits
from mailit.submission.validate import check_addresses, check_attachments

_BAD_ADDRESS = (
    "Invalid `{}` field. The email address needs to follow the `email@example.com` or "
    "`Name <email@example.com>` format."
)
_PIECE = 1 << 18  # bytes of text that are decoded without letting go of the interpreter
_WHITE = b" \t\r\n"
_PAD = ord("=")
_HEAVY = 1 << 17
_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d(?::?\d\d)?)\Z", re.ASCII)
_FOLDERS = re.compile(r"[/\\]")

Addresses = str | list[str] | None
"""One address, or a list of them."""

_CONTENT_SCHEMA = Meta(
    extra_json_schema={
        "anyOf": [
            {"type": "string", "contentEncoding": "base64"},
            {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}},
            {
                "type": "object",
                "properties": {
                    "type": {"const": "Buffer"},
                    "data": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}},
                },
                "required": ["type", "data"],
            },
        ]
    }
)

Octet = Annotated[int, Meta(ge=0, le=255)]


class TagBody(Struct, frozen=True):
    """A name and a value to find mails by: ASCII letters, digits, `_` and `-`."""

    name: str
    value: str


class AttachmentBody(Struct, frozen=True):
    """A file: `content` is base64 text, a list of byte values or a Buffer of Node's, `path` a URL to fetch it from."""

    content: Annotated[msgspec.Raw, _CONTENT_SCHEMA] = field(default_factory=msgspec.Raw)
    filename: str | None = None
    path: str | None = None
    content_type: str | None = None
    content_id: str | None = None
    inline_content_id: str | None = None


class _Buffer(Struct, frozen=True, tag_field="type", tag="Buffer"):
    """What JSON.stringify makes of a Buffer of Node's."""

    data: msgspec.Raw


class TemplateBody(Struct, frozen=True):
    """A published template, by id or alias, and the values of its variables."""

    id: str
    variables: dict[str, str | float] | None = None


class SendEmail(Struct, frozen=True, kw_only=True):
    """One mail. `from`, `to` and `subject` are required, and one of `html` and `text`, unless a template has them."""

    from_: str | None = field(name="from", default=None)
    to: Addresses = None
    subject: str | None = None
    cc: Addresses = None
    bcc: Addresses = None
    reply_to: Addresses = None
    html: str | None = None
    text: str | None = None
    headers: dict[str, str] | None = None
    tags: list[TagBody] | None = None
    attachments: list[AttachmentBody] | None = None
    scheduled_at: str | None = None
    template: TemplateBody | None = None
    topic_id: str | None = None

    @property
    def heavy(self) -> bool:
        """Whether what is attached takes long to decode: then it is done in a thread."""
        if len(self.attachments or ()) > limits.ATTACHMENTS_MOST:
            return False  # it is refused
        return sum(len(memoryview(one.content)) for one in self.attachments or ()) > _HEAVY


def draft_of(body: SendEmail, caller: Caller, clock: Clock = time.time) -> Draft:
    """The draft that a body asks for, decoded and no more: whether it may be sent, submission says.

    Raises `Refused` with Resend's words for an address, a date or an attachment that can't be read.
    """
    return Draft(
        team_id=caller.team_id,
        from_=None if body.from_ is None else _sender(body.from_),
        subject=body.subject,
        to=_mailboxes("to", body.to),
        cc=_mailboxes("cc", body.cc) if body.cc else (),
        bcc=_mailboxes("bcc", body.bcc) if body.bcc else (),
        reply_to=_mailboxes("reply_to", body.reply_to) if body.reply_to else (),
        content=Content(body.html, body.text, _attachments(body.attachments) if body.attachments else ()),
        headers=tuple(body.headers.items()) if body.headers else (),
        tags=tuple([(tag.name, tag.value) for tag in body.tags]) if body.tags else (),
        scheduled_at=None if body.scheduled_at is None else moment("scheduled_at", body.scheduled_at, clock),
        template=None if body.template is None else TemplateUse(body.template.id, _variables(body.template)),
        topic_id=body.topic_id,
        api_key_id=caller.api_key_id,
        domain_scope=caller.domain_id,
    )


def moment(field_: str, text: str, clock: Clock) -> datetime:
    """A moment in ISO 8601 or in words, in UTC where it names no zone. Raises `Refused` with the field's name."""
    try:
        return when.read(text, clock)
    except ValueError as error:
        raise Refused(
            f"Invalid `{field_}` field. It must be a date and time in ISO 8601, such as 2030-08-05T11:52:01Z, or words "
            "such as `in 1 hour`, `tomorrow at 9am` or `Friday at 3pm ET`."
        ) from error


def moment_of_query(name: str, text: str, clock: Clock) -> datetime:
    """The same of a query string, where the plus sign of a zone, unless it was escaped, has become a blank."""
    return moment(name, _LOST_PLUS.sub(r"\1+\2", text), clock)


@lru_cache(1000)  # few are written, and each of them often
def _sender(text: str) -> Mailbox:
    try:
        return parse(text)
    except BadAddress as error:
        raise Refused(_BAD_ADDRESS.format("from")) from error


def _mailboxes(field_: str, given: Addresses) -> tuple[Mailbox, ...]:
    if given is None:
        return ()
    if not isinstance(given, str):
        check_addresses(field_, len(given))  # before they are read: a body has room for a million
    try:
        return (parse(given),) if isinstance(given, str) else tuple([parse(text) for text in given])
    except BadAddress as error:
        raise Refused(_BAD_ADDRESS.format(field_)) from error


def _variables(template: TemplateBody) -> Mapping[str, str | float]:
    return template.variables or {}


def _attachments(bodies: Sequence[AttachmentBody]) -> tuple[Attachment, ...]:
    check_attachments(len(bodies))
    return tuple([_attachment(f"attachments[{place}]", body) for place, body in enumerate(bodies)])


def _attachment(path: str, body: AttachmentBody) -> Attachment:
    raw = memoryview(body.content)
    if len(raw) in (0, len(b"null")) and raw.tobytes() in (b"", b"null"):
        if not body.path:
            raise InvalidAttachment
        content, url = b"", body.path
    else:
        content, url = _content(f"{path}.content", raw), None
    content_id = body.content_id or body.inline_content_id
    filename = _file_name(body.filename)
    return Attachment(
        content=content,
        filename=filename,
        content_type=body.content_type or type_of_name(filename),
        content_id=content_id,
        inline=content_id is not None,
        path=url,
    )


def _file_name(given: str | None) -> str | None:
    """The name of a file without the folders that some give with it: they are nobody's business."""
    return _FOLDERS.split(given)[-1].strip(" ") or None if given else None


def _content(path: str, raw: memoryview) -> bytes:
    """The bytes of base64 text, or of a list of numbers; decoded piece by piece, so that other threads have turns."""
    try:
        if raw[0] == 0x22:
            return _from_base64(raw)
        if raw[0] == 0x5B:
            return _from_numbers(raw[1:-1].tobytes())
        if raw[0] == 0x7B:
            data = memoryview(msgspec.json.decode(raw, type=_Buffer).data)
            if data[0] == 0x5B:
                return _from_numbers(data[1:-1].tobytes())
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidAttachment(f"Invalid `{path}` field. It must be base64 text or a list of byte values.") from error
    raise InvalidAttachment(f"Invalid `{path}` field. It must be base64 text or a list of byte values.")


def _from_base64(raw: memoryview) -> bytes:
    try:
        return _decoded(raw[1:-1])
    except ValueError:  # a few write slashes as \/, or break lines
        text: str = msgspec.json.decode(raw, type=str)
        return _decoded(memoryview(text.encode().translate(None, _WHITE)))


def _decoded(text: memoryview) -> bytes:
    pieces = []
    for at in range(0, len(text), _PIECE):
        piece = text[at : at + _PIECE]
        if piece[-1] == _PAD and at + _PIECE < len(text):
            raise ValueError
        pieces.append(binascii.a2b_base64(piece, strict_mode=True))
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _from_numbers(text: bytes) -> bytes:
    if not text.strip(_WHITE):
        return b""
    read = msgspec.json.Decoder(list[Octet]).decode
    pieces, at = [], 0
    while at <= len(text):
        end = text.find(b",", at + _PIECE)
        if end < 0:
            end = len(text)
        pieces.append(bytes(read(b"[%s]" % text[at:end])))
        at = end + 1
    return b"".join(pieces)
