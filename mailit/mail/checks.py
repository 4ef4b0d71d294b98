"""What receivers ask of a message, rule by rule, judged on its bytes: RFCs, and what the large ones ask of senders.

The bytes are judged as they would leave: signed, with every header that is ours.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.message import Message
from enum import Enum
from functools import partial

import dkim as dkimpy
from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mailit.mail.address import BadAddress, Mailbox, parse

LINE_MOST = 998  # octets without CRLF, RFC 5322 §2.1.1
SIZE_MOST = 25_000_000
"""Bytes of a message that the large receivers take; they count it as it travels."""

DATE_OFF_MOST = 86_400.0
KEY_LEAST, KEY_WISE = 1024, 2048  # bits of an RSA key

_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_HTTPS = re.compile(r"<\s*(https://[^>\s]+)\s*>", re.IGNORECASE)
_ONE_CLICK = re.compile(r"\s*List-Unsubscribe\s*=\s*One-Click\s*", re.IGNORECASE)
_TAG = re.compile(r"\s*([a-z]+)\s*=\s*([^;]*)")
_SPACE = re.compile(r"\s+")
_LEAVING = re.compile(
    r"unsubscribe|opt[ -]?out|abmelden|abbestellen|désabonner|désinscrire|darse de baja", re.IGNORECASE
)

_FREEMAIL = re.compile(
    r"aol\.com|g(oogle)?mail\.com|gmx\.(at|ch|com|de|net)|hotmail\.com|icloud\.com|live\.com|mac\.com|mail\.ru|me\.com"
    r"|msn\.com|outlook\.com|proton\.me|protonmail\.com|qq\.com|web\.de|yahoo\.(co\.jp|co\.uk|com|de|fr)"
    r"|yandex\.(com|ru)|ymail\.com"
)
_REFUSED_FILE = re.compile(
    r".*\.(ade|adp|apk|appx|appxbundle|bat|cab|chm|cmd|com|cpl|diagcab|diagcfg|diagpkg|dll|dmg|ex|ex_|exe|hta|img|ins|iso"
    r"|isp|jar|jnlp|js|jse|lib|lnk|mde|mjs|msc|msi|msix|msixbundle|msp|mst|nsh|pif|ps1|scr|sct|shb|sys|vb|vbe|vbs|vhd"
    r"|vxd|wsc|wsf|wsh|xll)",
    re.IGNORECASE | re.DOTALL,
)


class Level(Enum):
    """What came of a rule; `UNKNOWN` where it could not be told."""

    PASS = "pass"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


@frozen
class Verdict:
    """What a rule says of a message, and what to do about it (None: nothing)."""

    id: str
    level: Level
    text: str
    fix: str | None = None


@frozen
class Signature:
    """A DKIM signature's tags (RFC 6376 §3.5), as far as they are looked at. `number` counts from the top."""

    number: int
    domain: str
    selector: str
    algorithm: str
    names: tuple[str, ...]

    @property
    def record(self) -> str:
        """The name at which its public key is looked up."""
        return f"{self.selector}._domainkey.{self.domain}"


@frozen
class Case:
    """A message to be judged, and what its bytes do not say.

    `keys` are the TXT records of each key's name, None where DNS gave no answer. `marketing`: it is mail that people
    subscribe to. `now` is in POSIX seconds.
    """

    message: bytes
    now: float
    return_path: str
    marketing: bool = False
    keys: Mapping[str, Sequence[str] | None] = field(factory=dict)
    parsed: Message = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "parsed", email.message_from_bytes(self.message, policy=email.policy.compat32))

    def all(self, name: str) -> list[str]:
        """Every value of a header, unfolded."""
        return [_SPACE.sub(" ", str(value)).strip() for value in self.parsed.get_all(name, ())]

    @property
    def sender(self) -> Mailbox | None:
        """The mailbox of the From, where there is one that can be read."""
        return next(iter(_mailboxes(self.all("From"))), None)

    @property
    def reply_to(self) -> list[Mailbox]:
        """Where answers go, if not to the sender."""
        return _mailboxes(self.all("Reply-To"))

    @property
    def signatures(self) -> list[Signature]:
        """Its DKIM signatures, from the top."""
        return [
            Signature(
                number,
                tags.get("d", "").lower(),
                tags.get("s", ""),
                tags.get("a", ""),
                tuple(name.strip().lower() for name in tags.get("h", "").split(":")),
            )
            for number, tags in enumerate(_tags(value) for value in self.all("DKIM-Signature"))
        ]


def judge(case: Case) -> list[Verdict]:
    """What every rule says that looks at the message alone. CPU for some milliseconds, more for a large one."""
    return [verdict for rule in RULES for verdict in rule(case)]


def related(one: str, other: str) -> bool:
    """Whether one of two domains is the other, or below it: relaxed alignment, where one of them is one's own."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _headers(case: Case) -> Iterator[Verdict]:
    wrong = []
    for name in ("From", "Date", "Message-ID"):
        count = len(case.all(name))
        if count != 1:
            wrong.append(f"{name} stands there {'not at all' if not count else f'{count} times'}")
    wrong += [
        f"{name} stands there {len(case.all(name))} times"
        for name in ("Subject", "To", "Cc")
        if len(case.all(name)) > 1
    ]
    if wrong:
        text = f"{'; '.join(wrong)}. Gmail and Yahoo refuse such mail (RFC 5322 §3.6)."
        yield Verdict("headers", Level.ERROR, text, "Have each of them once.")
    elif case.sender is None:
        yield Verdict(
            "headers", Level.ERROR, "The From is not a mailbox that can be read.", "Write it as `Name <a@b>`."
        )
    else:
        yield Verdict(
            "headers", Level.PASS, "From, Date, Message-ID and Subject stand there once each (RFC 5322 §3.6)."
        )


def _lines(case: Case) -> Iterator[Verdict]:
    longest = max(map(len, case.message.split(b"\r\n")))
    if _BARE.search(case.message):
        text = "There is a CR or an LF by itself; receivers refuse such mail, because it lets commands be smuggled."
        yield Verdict("lines", Level.ERROR, text, "End every line with CRLF.")
    elif longest > LINE_MOST:
        text = f"The longest line has {longest} octets; {LINE_MOST} are allowed (RFC 5322 §2.1.1)."
        yield Verdict("lines", Level.ERROR, text, "Encode long lines as quoted-printable or base64.")
    else:
        yield Verdict("lines", Level.PASS, f"No line is longer than {LINE_MOST} octets, and every one ends with CRLF.")


def _date(case: Case) -> Iterator[Verdict]:
    try:
        at = email.utils.parsedate_to_datetime(case.all("Date")[0]).timestamp()
    except (IndexError, ValueError, TypeError, OverflowError):
        yield Verdict("date", Level.ERROR, "The Date can't be read.", "Write it as RFC 5322 §3.3 has it.")
        return
    off = abs(at - case.now)
    if off > DATE_OFF_MOST:
        text = f"The Date is {off / 3600:.0f} hours off; filters count more than a day against a mail."
        yield Verdict("date", Level.WARNING, text, "Set it to the time of sending.")
    else:
        yield Verdict("date", Level.PASS, "The Date is within a day of now.")


def _message_id(case: Case) -> Iterator[Verdict]:
    for value in case.all("Message-ID")[:1]:
        domain = value.strip("<>").rpartition("@")[2].lower()
        if case.sender is not None and domain and related(domain, case.sender.domain):
            yield Verdict("message-id", Level.PASS, "The Message-ID is at the sender's domain.")
        else:
            text = f"The Message-ID is at {domain or 'no domain'}, which is not the sender's."
            yield Verdict("message-id", Level.WARNING, text, "Make it at the domain of the From.")


def _from(case: Case) -> Iterator[Verdict]:
    if case.sender is None:
        return
    if _FREEMAIL.fullmatch(case.sender.domain):
        text = (
            f"The From is at {case.sender.domain}, whose mail comes from its own servers alone; yours will be refused."
        )
        yield Verdict("from", Level.ERROR, text, "Send from a domain of your own.")
    else:
        yield Verdict("from", Level.PASS, "The From is at a domain of one's own.")


def _dkim(case: Case) -> Iterator[Verdict]:
    signatures = case.signatures
    if not signatures:
        text = "The message has no DKIM signature; Gmail, Yahoo and Microsoft ask for one."
        yield Verdict("dkim", Level.ERROR, text, "Publish the domain's DKIM records, and verify the domain.")
        return
    good, bad, unknown = [], [], []
    for one in signatures:
        records = case.keys.get(one.record)
        if records is None:
            unknown.append(f"{one.record} could not be asked for")
        elif not records:
            bad.append(f"no key is published at {one.record}")
        elif fault := _fault(case.message, one, records):
            bad.append(f"the signature by {one.record} does not hold: {fault}")
        else:
            good.append(one)
    if good:
        names = " and ".join(f"{one.record} ({one.algorithm})" for one in good)
        yield Verdict("dkim", Level.PASS, f"The signature holds, by the key that is published at {names}.")
    for says in bad:
        level = Level.WARNING if good else Level.ERROR
        fix = "Publish the domain's DKIM records as POST /domains gave them."
        yield Verdict("dkim", level, f"{says[0].upper()}{says[1:]}.", fix)
    if unknown and not good:
        yield Verdict("dkim", Level.UNKNOWN, f"{'; '.join(unknown)}.", "Try again later.")


def _key(case: Case) -> Iterator[Verdict]:
    for one in case.signatures:
        bits = max((_rsa_bits(record) for record in case.keys.get(one.record) or ()), default=0)
        if not bits:
            continue
        if bits < KEY_LEAST:
            text = f"The RSA key at {one.record} has {bits} bits; Gmail takes none below {KEY_LEAST}."
            yield Verdict("dkim-key", Level.ERROR, text, f"Make a new one of {KEY_WISE} bits: mailit domain rotate.")
        elif bits < KEY_WISE:
            text = f"The RSA key at {one.record} has {bits} bits; {KEY_WISE} are recommended."
            yield Verdict("dkim-key", Level.WARNING, text, "Make a new one: mailit domain rotate.")
        else:
            yield Verdict("dkim-key", Level.PASS, f"The RSA key at {one.record} has {bits} bits.")


def _alignment(case: Case) -> Iterator[Verdict]:
    if case.sender is None:
        return
    domain = case.sender.domain
    by_dkim = any(related(one.domain, domain) for one in case.signatures)
    by_spf = bool(case.return_path) and related(case.return_path, domain)
    if by_dkim and by_spf:
        text = f"The From's domain, {domain}, is that of the signature and that of the return path (RFC 7489 §3.1)."
        yield Verdict("alignment", Level.PASS, text)
    elif by_dkim or by_spf:
        which, other = ("signature", "return path") if by_dkim else ("return path", "signature")
        text = (
            f"The From's domain, {domain}, is that of the {which}, and not of the {other}: DMARC hangs by one thread."
        )
        yield Verdict("alignment", Level.WARNING, text, f"Have the {other} at {domain} or below it, too.")
    else:
        text = f"The From's domain, {domain}, is neither the signature's nor the return path's: DMARC fails."
        yield Verdict("alignment", Level.ERROR, text, f"Make {domain} a sending domain, and verify it.")


def _unsubscribe(case: Case) -> Iterator[Verdict]:
    values, posts = case.all("List-Unsubscribe"), case.all("List-Unsubscribe-Post")
    if not values and not case.marketing:
        text = "There is no List-Unsubscribe; mail that nobody subscribed to needs none."
        yield Verdict("unsubscribe", Level.PASS, text)
        return
    if not any(map(_HTTPS.search, values)):
        text = "List-Unsubscribe has no https address; Gmail and Yahoo ask for one in mail that people subscribe to."
        yield Verdict("unsubscribe", Level.ERROR, text, "Add the header List-Unsubscribe: <https://…>.")
    elif len(values) > 1 or len(posts) != 1 or not _ONE_CLICK.fullmatch(posts[0]):
        text = "Leaving takes more than one click (RFC 8058 §3.1)."
        fix = "Have List-Unsubscribe once, and beside it List-Unsubscribe-Post: List-Unsubscribe=One-Click."
        yield Verdict("unsubscribe", Level.ERROR if case.marketing else Level.WARNING, text, fix)
    else:
        yield Verdict("unsubscribe", Level.PASS, "People can leave with one click (RFC 8058).")
        yield from _unsubscribe_signed(case)


def _unsubscribe_signed(case: Case) -> Iterator[Verdict]:
    if any({"list-unsubscribe", "list-unsubscribe-post"} <= set(one.names) for one in case.signatures):
        yield Verdict("unsubscribe-signed", Level.PASS, "The signature covers both List-Unsubscribe headers.")
    else:
        text = "No signature covers both List-Unsubscribe headers: the one click does not count (RFC 8058 §4)."
        yield Verdict("unsubscribe-signed", Level.ERROR, text, "Sign them: List-Unsubscribe and -Post belong into h=.")


def _unsubscribe_link(case: Case) -> Iterator[Verdict]:
    if not case.marketing:
        return
    texts = [_text(part) for part in case.parsed.walk() if part.get_content_maintype() == "text"]
    if any(_LEAVING.search(text) for text in texts):
        yield Verdict("unsubscribe-link", Level.PASS, "The body says how to leave.")
    else:
        text = "The body has no link to leave by; Gmail, Yahoo and Microsoft ask for one that can be seen."
        yield Verdict(
            "unsubscribe-link", Level.ERROR, text, "Add a link with the word unsubscribe to the HTML and text."
        )


def _size(case: Case) -> Iterator[Verdict]:
    size = len(case.message)
    if size > SIZE_MOST:
        text = f"The message has {size:,} bytes as it travels; Gmail takes {SIZE_MOST:,}, and many take less."
        yield Verdict("size", Level.ERROR, text, "Send a link in place of the attachment.")
    else:
        yield Verdict("size", Level.PASS, f"The message has {size:,} bytes as it travels.")


def _attachments(case: Case) -> Iterator[Verdict]:
    names = [part.get_filename() or "" for part in case.parsed.walk()]
    refused = [name for name in names if _REFUSED_FILE.fullmatch(name)]
    if refused:
        text = f"Gmail and others refuse files such as {', '.join(refused[:3])} (552 5.7.0)."
        yield Verdict("attachments", Level.ERROR, text, "Send a link in place of the file.")
    else:
        yield Verdict("attachments", Level.PASS, "No attachment is of a kind that is refused.")


RULES: Sequence[Callable[[Case], Iterator[Verdict]]] = (
    _headers,
    _lines,
    _date,
    _message_id,
    _from,
    _dkim,
    _key,
    _alignment,
    _unsubscribe,
    _unsubscribe_link,
    _size,
    _attachments,
)


def _mailboxes(values: Sequence[str]) -> list[Mailbox]:
    found = []
    for _, address in email.utils.getaddresses(values):
        try:
            found.append(parse(address))
        except BadAddress:
            continue
    return found


def _tags(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in map(_TAG.match, value.split(";")):
        if match is not None:
            found.setdefault(match[1], "".join(match[2].split()))
    return found


def _fault(message: bytes, one: Signature, records: Sequence[str]) -> str:
    """What keeps a signature from holding by any of these records, or nothing."""
    said = "the message or the key is another"
    for record in records:
        try:
            if dkimpy.DKIM(message, minkey=512).verify(one.number, dnsfunc=partial(_given, record.encode())):
                return ""
        except (dkimpy.DKIMException, ValueError, TypeError) as error:
            said = " ".join(str(error).split())
    return said


def _given(record: bytes, name: bytes, timeout: int = 5) -> bytes:
    """What dkimpy takes for a look into DNS."""
    return record


def _rsa_bits(record: str) -> int:
    """The size of the RSA key in a key record; 0 where there is none."""
    tags = _tags(record)
    if tags.get("k", "rsa") != "rsa" or not tags.get("p"):
        return 0
    try:
        key = load_der_public_key(b64decode(tags["p"]))
    except (ValueError, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
