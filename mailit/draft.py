"""A draft: a submission that is not yet spooled, and the content that it carries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum

from attrs import field, frozen

from mailit.mail.address import Mailbox


class Stream(IntEnum):
    """What a mail is to its sender; transactional mail is claimed before any broadcast."""

    TRANSACTIONAL = 0
    BROADCAST = 1


HTML, TEXT, RAW = -1, -2, -3
"""Places of what is no attachment; an attachment's place is its number, from 0."""


@frozen
class Attachment:
    """A file that travels with a mail.

    `inline` parts are shown in place, and `content_id` (without angle brackets) is what `cid:` links name. `path` is
    the URL that the content is still to be fetched from; past the door there is none.
    """

    content: bytes
    filename: str | None = None
    content_type: str = "application/octet-stream"
    content_id: str | None = None
    inline: bool = False
    path: str | None = None


@frozen
class Apart:
    """A part that lies in the blob store: of which content, at which place, of how many bytes."""

    content_id: str
    place: int
    size: int


@frozen
class Content:
    """Parts as written, stored once and shared by all mails of a broadcast.

    `text` None asks for a text made from the HTML; an empty one asks for none. `raw` is MIME that came by SMTP,
    CRLF throughout, and then there are no other parts. Those that are `apart` are missing, or empty, until they are
    fetched from the blob store.
    """

    html: str | None = None
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    raw: bytes | None = None
    apart: tuple[Apart, ...] = ()


@frozen
class TemplateUse:
    """Which template a draft asks for, and the values for its variables."""

    id: str
    variables: Mapping[str, str | float]


@frozen
class Draft:
    """One mail as its sender asked for it; `expand` and `stages` give changed copies (`attrs.evolve`).

    `from_` and `subject` may be None before `expand` alone. `api_key_id` is None where an account sends.
    """

    team_id: str
    from_: Mailbox | None
    subject: str | None
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    content: Content = Content()
    headers: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    variables: Mapping[str, str] = field(factory=dict)
    scheduled_at: datetime | None = None
    stream: Stream = Stream.TRANSACTIONAL
    template: TemplateUse | None = None
    topic_id: str | None = None
    api_key_id: str | None = None
    domain_scope: str | None = None
    """The one sending domain's id that the API key may use; None for any."""
