"""What a draft must be before it may become a mail: Resend's rules, and those that keep a header a header."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from mailit.draft import Attachment, Draft
from mailit.errors import InvalidAttachment, MissingField, Refused, TooManyRecipients
from mailit.mail.address import Mailbox
from mailit.mail.compose import check_header
from mailit.submission import limits

# C0 and C1 controls, DEL, the two separators that some readers take for a line's end, and halves of surrogate pairs.
_UNFIT_FOR_HEADER = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNFIT_FOR_BODY = re.compile("[\x00\ud800-\udfff]")
_TAG = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:\s*;\s*[^\x00-\x1f\x7f-\x9f]*)?", re.ASCII)
_CONTENT_ID = re.compile(r"[!-;=?-~]+", re.ASCII)


def validate(draft: Draft, now: float) -> None:
    """Raises the first fault of a draft, by the name of its field. `now` is in POSIX seconds. No I/O."""
    if draft.from_ is None:
        raise MissingField.named("from")
    _box("from", draft.from_)
    if draft.from_.domain.startswith("["):
        raise Refused("Invalid `from` field. The address needs a domain.")
    if not draft.to:
        raise MissingField.named("to")
    for field, boxes in (("to", draft.to), ("cc", draft.cc), ("bcc", draft.bcc), ("reply_to", draft.reply_to)):
        _boxes(field, boxes)
    if draft.subject is None:
        raise MissingField.named("subject")
    if draft.subject:
        _text("subject", draft.subject, limits.SUBJECT_MOST)
    _parts(draft)
    if draft.headers:
        _headers(draft)
    if draft.tags:
        _tags(draft)
    if draft.variables:
        for value in draft.variables.values():
            fit_for_body("variables", value)
    if draft.scheduled_at is not None:
        check_schedule(draft.scheduled_at, now)


def check_schedule(at: datetime, now: float) -> None:
    """Raises `Refused` where a mail can't be scheduled for then; `now` is in POSIX seconds. The past is now."""
    if at.timestamp() > now + limits.SCHEDULE_MOST_SECONDS:
        raise Refused("Invalid `scheduled_at` field. A mail can be scheduled at most 30 days ahead.")


def check_addresses(field: str, count: int) -> None:
    """Raises `TooManyRecipients`, naming the field, where it has more addresses than a mail may have in it."""
    if count > limits.RECIPIENTS_MOST:
        raise TooManyRecipients(
            f"Invalid `{field}` field. It has {count} addresses; {limits.RECIPIENTS_MOST} are allowed."
        )


def check_attachments(count: int) -> None:
    """Raises `InvalidAttachment` where a mail has more files than it may have."""
    if count > limits.ATTACHMENTS_MOST:
        raise InvalidAttachment(f"Invalid `attachments` field. It has more than {limits.ATTACHMENTS_MOST} files.")


def validate_attachments(attachments: Collection[Attachment]) -> None:
    """Raises the first fault of a draft's attachments, as `validate` does."""
    check_attachments(len(attachments))
    encoded = 0
    for place, attachment in enumerate(attachments):
        _attachment(f"attachments[{place}]", attachment)
        encoded += (len(attachment.content) + 2) // 3 * 4
    if encoded > limits.ATTACHMENTS_MOST_BYTES:
        megabytes = limits.ATTACHMENTS_MOST_BYTES // 1_000_000
        raise InvalidAttachment(f"The attachments take {encoded} bytes as base64; the limit is {megabytes} MB a mail.")


def fit_for_header(field: str, value: str) -> None:
    """Raises `Refused`, naming the field, where the value has a line break, a NUL or the like."""
    found = _UNFIT_FOR_HEADER.search(value)
    if found is not None:
        raise Refused(f"Invalid `{field}` field. It contains {_named(found.group())}, which no header may have.")


def fit_for_body(field: str, value: str) -> None:
    """Raises `Refused`, naming the field, where the value has what no text can hold."""
    if value.isascii() and "\0" not in value:
        return
    found = _UNFIT_FOR_BODY.search(value)
    if found is not None:
        raise Refused(f"Invalid `{field}` field. It contains {_named(found.group())}.")


def _named(character: str) -> str:
    if character in "\r\n\u2028\u2029":
        return "a line break"
    if "\ud800" <= character <= "\udfff":
        return "half of a surrogate pair"
    return "a NUL" if character == "\0" else "a control character"


def _text(field: str, value: str, most: int) -> None:
    fit_for_header(field, value)
    if len(value) > most:
        raise Refused(f"Invalid `{field}` field. It is longer than {most} characters.")


def _box(field: str, box: Mailbox) -> None:
    if box.name:
        _text(field, box.name, limits.SUBJECT_MOST)
    fit_for_header(field, box.local)


def _boxes(field: str, boxes: Collection[Mailbox]) -> None:
    for box in boxes:
        _box(field, box)
    check_addresses(field, len(boxes))


def _parts(draft: Draft) -> None:
    content = draft.content
    if content.raw is None and content.html is None and content.text is None:
        raise MissingField("Missing `html` or `text` field.")
    if content.html:
        fit_for_body("html", content.html)
    if content.text:
        fit_for_body("text", content.text)
    if content.attachments:
        validate_attachments(content.attachments)


def _attachment(field: str, attachment: Attachment) -> None:
    if attachment.filename is not None:
        _text(f"{field}.filename", attachment.filename, 255)
    if not _CONTENT_TYPE.fullmatch(attachment.content_type):
        raise InvalidAttachment(f"Invalid `{field}.content_type` field. It needs to be like `text/plain`.")
    if attachment.content_id is not None and (
        len(attachment.content_id) >= limits.CONTENT_ID_MOST or not _CONTENT_ID.fullmatch(attachment.content_id)
    ):
        raise InvalidAttachment(
            f"Invalid `{field}.content_id` field. It needs fewer than {limits.CONTENT_ID_MOST} ASCII characters "
            "without blanks or angle brackets."
        )


def _headers(draft: Draft) -> None:
    if len(draft.headers) > limits.HEADERS_MOST:
        raise Refused(f"Invalid `headers` field. It has more than {limits.HEADERS_MOST} headers.")
    for name, value in draft.headers:
        fit_for_header("headers", name)
        fit_for_header(f"headers.{name}", value)
        try:
            check_header(name, value)
        except ValueError as error:
            raise Refused(f"Invalid `headers` field. {error}") from error


def _tags(draft: Draft) -> None:
    if len(draft.tags) > limits.TAGS_MOST:
        raise Refused(f"Invalid `tags` field. It has more than {limits.TAGS_MOST} tags.")
    for name, value in draft.tags:
        for text in (name, value):
            if not _TAG.fullmatch(text):
                raise Refused("Tags should only contain ASCII letters, numbers, underscores, or dashes.")
            if len(text) > limits.TAG_MOST:
                raise Refused(f"Invalid `tags` field. A tag is longer than {limits.TAG_MOST} characters.")
