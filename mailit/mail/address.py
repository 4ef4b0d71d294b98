"""One mailbox as people write it: `a@b`, `Name <a@b>`, international ones included (RFC 5322 §3.4, RFC 6531)."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna
from attrs import frozen

LOCAL_MOST = 64  # octets, RFC 5321 §4.5.3.1.1
DOMAIN_MOST = 255  # §4.5.3.1.2
ADDRESS_MOST = 254  # §4.5.3.1.3: a path is 256, its angle brackets included
TEXT_MOST = 4096  # characters of a mailbox as it is written, with the name: more is not looked at

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_DOT_ATOM = rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*"
_UTF8_DOT_ATOM = re.compile(rf"(?:[{_ATEXT}]|[^\x00-\x7f\s])+(?:\.(?:[{_ATEXT}]|[^\x00-\x7f\s])+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# A last label of digits alone is an IP address without its brackets: no name in DNS ends so (RFC 3696 §2).
_NAME = rf"(?:{_LABEL}\.)*(?![0-9]+\Z|[0-9]+>){_LABEL}"
_DOMAIN = re.compile(_NAME)
_PLAIN = re.compile(rf"({_DOT_ATOM})@({_NAME})")
# What stands before `<` without quotes and reads the same after a round trip: words, one space between two.
_WORD = r"""[^\x00-\x20\x7f-\xa0\s"<>()\[\]:;@\\,]+"""
_WORDS = re.compile(rf"{_WORD}(?: {_WORD})*")
_NAMED = re.compile(rf"({_WORD}(?: {_WORD})*) ?<({_DOT_ATOM})@({_NAME})>")
_PHRASE_PART = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|[^"<\s]+)\s*""")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_TO_ESCAPE = re.compile(r'(["\\])')
# Controls (C0, DEL, C1), the two separators that some software takes for line ends, and halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class BadAddress(ValueError):
    """The text is not one mailbox; the message is a short reason, fit for whoever wrote it."""


@frozen
class Mailbox:
    """One mailbox, and the name that is shown with it (empty where there is none).

    `local` is as it travels in SMTP: quoted only where it must be. `domain` is lower-case A-labels, or an address
    literal with its brackets. `parse` makes sound ones; the constructor checks nothing.
    """

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """`local@domain`, as it stands in RCPT."""
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """The address in lower case: two mailboxes with equal keys are one delivery."""
        return f"{self.local}@{self.domain}".lower()

    @property
    def needs_utf8(self) -> bool:
        """Whether only a peer with SMTPUTF8 (RFC 6531) can be given this address."""
        return not self.local.isascii()

    def __str__(self) -> str:
        if not self.name:
            return self.address
        if _WORDS.fullmatch(self.name):
            return f"{self.name} <{self.local}@{self.domain}>"
        return f"{quoted(self.name)} <{self.local}@{self.domain}>"


def parse(text: str) -> Mailbox:
    """The one mailbox that the text names, white space around it forgiven. Raises `BadAddress`.

    `str()` of the result, parsed, gives an equal mailbox.
    """
    if len(text) > TEXT_MOST:
        raise BadAddress(f"it is longer than {TEXT_MOST} characters")
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        local, domain = plain.groups()
        if len(local) <= LOCAL_MOST and len(text) <= ADDRESS_MOST:
            return Mailbox("", local, domain.lower())
    elif text.endswith(">"):
        named = _NAMED.fullmatch(text)
        if named is not None and named.end() - named.start(2) <= ADDRESS_MOST:
            name, local, domain = named.groups()
            if len(local) <= LOCAL_MOST and not _CONTROL.search(name):
                return Mailbox(name, local, domain.lower())
    return _parse_slowly(text)


def domain_name(text: str) -> str:
    """A domain name as DNS has it: lower-case A-labels (IDNA 2008 over UTS #46). Raises `BadAddress`."""
    if not text:
        raise BadAddress("the domain is missing")
    if len(text) > DOMAIN_MOST:
        raise BadAddress(f"the domain is longer than {DOMAIN_MOST} characters")
    ascii_text = text
    if not text.isascii():
        try:
            ascii_text = idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
        except UnicodeError as error:
            raise BadAddress("the domain is not a valid internationalised name") from error
    if not _DOMAIN.fullmatch(ascii_text):
        raise BadAddress("the domain is not a valid name")
    if len(ascii_text) > DOMAIN_MOST:
        raise BadAddress(f"the domain is longer than {DOMAIN_MOST} characters")
    return ascii_text.lower()


def destination(text: str) -> str:
    """What stands after the @ of recipients, as we keep it; a dot at the end is forgiven. Raises `BadAddress`."""
    text = text.strip()
    return _literal(text) if text.startswith("[") else domain_name(text.removesuffix("."))


def quoted(text: str) -> str:
    """The text as a quoted-string (RFC 5322 §3.2.4); it must have no controls."""
    escaped = _TO_ESCAPE.sub(r"\\\1", text)
    return f'"{escaped}"'


def _parse_slowly(text: str) -> Mailbox:
    """Everything but the two plain shapes, and the reason where it is none."""
    if _CONTROL.search(text):
        raise BadAddress("it contains a control character")
    text = text.strip()
    if not text:
        raise BadAddress("it is empty")
    if not text.endswith(">"):
        return _mailbox("", text)
    words: list[str] = []
    at = 0
    while text[at] != "<":
        part = _PHRASE_PART.match(text, at)
        if part is None:
            raise BadAddress("a quotation mark is not closed")
        word = part[1]
        if word[0] == '"':
            word = _ESCAPED.sub(r"\1", word[1:-1])
        elif "," in word or ";" in word:
            raise BadAddress("more than one address, or a name with a comma that needs quotation marks")
        elif ">" in word:
            raise BadAddress("the angle brackets do not match")
        words.append(word)
        at = part.end()
        if at == len(text):
            raise BadAddress("the angle brackets do not match")
    return _mailbox(" ".join(words), text[at + 1 : -1].strip())


def _mailbox(name: str, address: str) -> Mailbox:
    quoted_local = _QUOTED.match(address)
    if quoted_local is None:
        local, at, domain = address.partition("@")
        if "," in address or ";" in address or "@" in domain:
            raise BadAddress("more than one address")
        if not at:
            raise BadAddress("the @ is missing")
        if not local:
            raise BadAddress("the part before the @ is missing")
        if not _UTF8_DOT_ATOM.fullmatch(local):
            raise BadAddress("the part before the @ has characters that need quotation marks")
    else:
        if not address.startswith("@", quoted_local.end()):
            raise BadAddress("the @ is missing")
        domain = address[quoted_local.end() + 1 :]
        if not quoted_local[1]:
            raise BadAddress("the part before the @ is missing")
        local = _ESCAPED.sub(r"\1", quoted_local[1])
        if not _UTF8_DOT_ATOM.fullmatch(local):
            local = quoted(local)
    if not local.isascii():
        local = unicodedata.normalize("NFC", local)  # RFC 6532 §3.1
    octets = len(local.encode())
    if octets > LOCAL_MOST:
        raise BadAddress(f"the part before the @ is longer than {LOCAL_MOST} octets")
    domain = _literal(domain) if domain.startswith("[") else domain_name(domain)
    if octets + 1 + len(domain) > ADDRESS_MOST:
        raise BadAddress(f"the address is longer than {ADDRESS_MOST} octets")
    return Mailbox(name, local, domain)


def _literal(text: str) -> str:
    """An address literal (RFC 5321 §4.1.3), in its one canonical form."""
    inside = text[1:-1]
    try:
        if text.endswith("]") and inside[:5].lower() == "ipv6:" and "%" not in inside:
            return f"[ipv6:{IPv6Address(inside[5:])}]"
        if text.endswith("]"):
            return f"[{IPv4Address(inside)}]"
    except AddressValueError as error:
        raise BadAddress("the address literal is not an IP address") from error
    raise BadAddress("the address literal is not closed")
