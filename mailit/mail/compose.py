"""A whole message (RFC 5322, MIME) from its parts: CRLF throughout, 7-bit, no line over 998 octets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from time import gmtime

from attrs import frozen

from mailit.mail.address import Mailbox
from mailit.mail.files import File, Part, file_part
from mailit.mail.headers import has_control, mailboxes, unstructured
from mailit.mail.text import html_to_text
from mailit.mail.transfer import encoded

OWNED_HEADERS = frozenset(
    {
        "bcc",
        "cc",
        "content-transfer-encoding",
        "content-type",
        "date",
        "dkim-signature",
        "from",
        "message-id",
        "mime-version",
        "received",
        "reply-to",
        "return-path",
        "subject",
        "to",
    }
)
"""Names, in lower case, that a custom header may not have, beside all that begin with `Resend-` or `Resent-`."""

_OWNED_PREFIXES = ("resend-", "resent-")
_NAME = re.compile(r"[!-9;-~]{1,76}")  # ftext (RFC 5322 §3.6.8); the length leaves room on the line
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_SEED = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@frozen
class Outgoing:
    """What a message is made of; equal ones make equal bytes.

    `text` None asks for a text made from the HTML; an empty one beside HTML asks for none. `headers` are custom ones.
    `message_id` has its angle brackets. `date` is in POSIX seconds. `boundary` is a word, unlike that of any other
    mail, from which the boundaries of the parts are made.
    """

    from_: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    message_id: str
    date: float
    boundary: str
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    html: str | None = None
    text: str | None = None
    attachments: tuple[File, ...] = ()


def check_header(name: str, value: str) -> None:
    """Raises ValueError, naming the header, where a custom one can't be sent: see `OWNED_HEADERS`."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a valid header name.")
    lower = name.lower()
    if lower in OWNED_HEADERS or lower.startswith(_OWNED_PREFIXES):
        raise ValueError(f"The `{name}` header can not be set.")
    if has_control(value):
        raise ValueError(f"The `{name}` header contains a control character.")


def compose(message: Outgoing) -> bytes:
    """The bytes that are signed and sent.

    Raises ValueError where something in the header is not fit to be there: controls anywhere, a custom header that
    `check_header` refuses, a file that `check_file` does. Nothing in a body can make it raise.
    """
    if not _MESSAGE_ID.fullmatch(message.message_id):
        raise ValueError("The Message-ID is not one.")
    if not _SEED.fullmatch(message.boundary):
        raise ValueError("The boundary has characters that a boundary can not have.")
    head = [mailboxes("From", (message.from_,))]
    if message.to:
        head.append(mailboxes("To", message.to))
    elif not message.cc:
        head.append("To: undisclosed-recipients:;\r\n")
    if message.cc:
        head.append(mailboxes("Cc", message.cc))
    if message.reply_to:
        head.append(mailboxes("Reply-To", message.reply_to))
    head.append(unstructured("Subject", message.subject))
    head.append(f"Date: {date(message.date)}\r\nMessage-ID: {message.message_id}\r\n")
    for name, value in message.headers:
        check_header(name, value)
        head.append(unstructured(name, value))
    part_head, body = _parts(message)
    head.append(f"MIME-Version: 1.0\r\n{part_head}\r\n")
    if body and not body.endswith(b"\r\n"):
        body += b"\r\n"
    return "".join(head).encode() + body


def date(seconds: float) -> str:
    """POSIX seconds as a date in UTC (RFC 5322 §3.3)."""
    at = gmtime(seconds)
    return (
        f"{_DAYS[at.tm_wday]}, {at.tm_mday:02d} {_MONTHS[at.tm_mon]} {at.tm_year:04d}"
        f" {at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d} +0000"
    )


def _parts(message: Outgoing) -> Part:
    """What the mail says and carries: mixed(alternative(plain, related(html, inline)), files), as far as needed."""
    html, text, seed = message.html, message.text, message.boundary
    if text is None:
        text = html_to_text(html) if html else ""
    inline: list[Part] = []
    files: list[Part] = []
    for file in message.attachments:
        shown = html is not None and file.inline and file.content_id
        (inline if shown else files).append(file_part(file, seed))
    if html is None:
        body = _text("plain", text)
    else:
        body = _text("html", html)
        if inline:
            body = _multipart("related", f"=_{seed}_r", [body, *inline], ' type="text/html";')
        if text:
            body = _multipart("alternative", f"=_{seed}_a", [_text("plain", text), body])
    if files:
        body = _multipart("mixed", f"=_{seed}_m", [body, *files])
    return body


def _text(subtype: str, text: str) -> Part:
    encoding, body = encoded(text)
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return Part(head, body)


def _multipart(kind: str, boundary: str, parts: Iterable[Part], parameters: str = "") -> Part:
    chunks = [f"--{boundary}\r\n{part.head}\r\n".encode() + part.body + b"\r\n" for part in parts]
    chunks.append(f"--{boundary}--".encode())
    head = f'Content-Type: multipart/{kind};{parameters}\r\n boundary="{boundary}"\r\n'
    return Part(head, b"".join(chunks))
