"""What people may call themselves and their things."""

from __future__ import annotations

import unicodedata

from mailit.errors import Refused
from mailit.mail import address

NAME_MOST = 100
_UNSEEN = ("Cc", "Cs", "Zl", "Zp")  # controls, halves of surrogate pairs, line and paragraph separators


def checked_email(text: str) -> str:
    """An address to sign in with, without a name beside it. Raises `Refused`."""
    try:
        mailbox = address.parse(text)
    except address.BadAddress as error:
        raise _bad_email() from error
    if mailbox.name:
        raise _bad_email()
    return mailbox.address


def checked_name(field: str, text: str, most: int = NAME_MOST) -> str:
    """A name for people to read, in one line. Raises `Refused` with the field's name."""
    text = unicodedata.normalize("NFC", text.strip())
    if not text or len(text) > most:
        raise Refused(f"Invalid `{field}` field. It must have 1 to {most} characters.")
    if any(unicodedata.category(letter) in _UNSEEN for letter in text):
        raise Refused(f"Invalid `{field}` field. It must not contain control characters.")
    return text


def _bad_email() -> Refused:
    return Refused("Invalid `email` field. The email address needs to follow the `email@example.com` format.")
