"""A file as a part of a message: its type, its name, and its content as base64 (RFC 2045, RFC 2183, RFC 2387)."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from mailit.mail.headers import has_control, parametrised
from mailit.mail.transfer import base64, fits_seven_bit
from mailit.mail.types import UNKNOWN
from mailit.mail.wire import canonical

# Possessive on single characters alone: on groups it matches wrongly in the first releases of Python 3.11.
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]"
_NO_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_VALUE = rf"""{_TOKEN}+|"(?:[^"\\{_NO_CONTROL}]|\\[^{_NO_CONTROL}])*\""""
_PARAMETER = re.compile(rf";\s*+({_TOKEN}+)\s*+=\s*+({_VALUE})\s*+")
_MEDIA_TYPE = re.compile(rf"({_TOKEN}{{1,127}}/{_TOKEN}{{1,127}})\s*+((?:;\s*+{_TOKEN}++\s*+=\s*+(?:{_VALUE})\s*+)*);?")
_ESCAPED = re.compile(r"\\(.)")
_CONTENT_ID = re.compile(r"[!-;=?-~]{1,900}")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_PARAMETER_NAME_MOST = 40
# Ours to write, or without meaning on a part that is not a multipart.
_NOT_KEPT = ("name", "filename", "boundary")


class File(Protocol):
    """What travels with a mail (`mailit.draft.Attachment` is one)."""

    @property
    def content(self) -> bytes: ...

    @property
    def filename(self) -> str | None: ...

    @property
    def content_type(self) -> str: ...

    @property
    def content_id(self) -> str | None: ...

    @property
    def inline(self) -> bool: ...


class Part(NamedTuple):
    """A part of a message: its header fields, each with its CRLF, and its encoded body without a last CRLF."""

    head: str
    body: bytes


def check_file(file: File) -> None:
    """Raises ValueError, fit for the sender, where the file's name or Content-ID can't stand in a header.

    A type that is none is no fault: the file goes as one of unknown kind.
    """
    if has_control(file.filename or ""):
        raise ValueError("The `filename` of an attachment contains a control character.")
    if file.content_id and not _CONTENT_ID.fullmatch(file.content_id):
        raise ValueError("The `content_id` of an attachment has characters that it can not have.")


def file_part(file: File, seed: str) -> Part:
    """The file as a part of a mail whose boundaries are made from `seed`. Raises as `check_file` does.

    A whole message stays readable as one where it may stand as it is, for `message/rfc822` may not be encoded
    (RFC 2046 §5.2.1); otherwise, as any other part that MIME forbids to encode, it goes as a file of unknown kind.
    """
    check_file(file)
    kind, parameters = _media_type(file)
    filename, encoding, body = (file.filename or "").replace("\t", " "), "base64", b""
    if kind.startswith(("message/", "multipart/")):
        body = canonical(file.content)
        if kind == "message/rfc822" and _may_stand(body, seed):
            encoding = "7bit"
        else:
            filename = filename or ("message.eml" if kind == "message/rfc822" else "")
            kind, parameters = UNKNOWN, []
    if encoding == "base64":
        body = base64(file.content)
    names = [("name", filename)] if filename else []
    head = parametrised("Content-Type", kind, [*parameters, *names])
    head += f"Content-Transfer-Encoding: {encoding}\r\n"
    shown = "inline" if file.inline else "attachment"
    head += parametrised("Content-Disposition", shown, [("filename", filename)] if filename else [])
    if file.content_id:
        head += f"Content-ID: <{file.content_id}>\r\n"
    return Part(head, body)


def _may_stand(message: bytes, seed: str) -> bool:
    """Whether these octets are a message that can be a part as it is, without ending the part before its time."""
    return _FIELD.match(message) is not None and fits_seven_bit(message) and f"--=_{seed}".encode() not in message


def _media_type(file: File) -> tuple[str, list[tuple[str, str]]]:
    """The file's type and those of its parameters that are kept; `application/octet-stream` where it is no type."""
    match = _MEDIA_TYPE.fullmatch(file.content_type.strip())
    if match is None:
        return UNKNOWN, []
    kind = match[1].lower()
    parameters = [
        (name.lower(), _ESCAPED.sub(r"\1", value[1:-1]) if value[0] == '"' else value)
        for name, value in _PARAMETER.findall(match[2])
        if name.lower() not in _NOT_KEPT and "*" not in name and len(name) <= _PARAMETER_NAME_MOST
    ]
    if kind.startswith("text/") and all(name != "charset" for name, _ in parameters) and _is_utf8(file.content):
        parameters.append(("charset", "utf-8"))
    return kind, parameters


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
