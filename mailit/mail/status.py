"""What a peer's reply means: enhanced status (RFC 2034, RFC 3463), for good or for now, about whom."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailit.errors import Reply

TEXT_MOST = 2_000
"""Characters of a reply's text that are kept; RFC 5321 §4.5.3.1.5 allows a line 512."""

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:[ \t]+|\Z)")
# Controls but TAB and newline, which a log line or PostgreSQL could trip over.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# What a code says by itself (RFC 5321 §4.2.3, RFC 4954 §6, RFC 7504), where it says more than its first digit.
_BY_CODE = {
    421: "4.3.2",
    450: "4.2.0",
    451: "4.3.0",
    452: "4.3.1",
    454: "4.7.0",
    455: "4.5.4",
    500: "5.5.2",
    501: "5.5.4",
    502: "5.5.1",
    503: "5.5.1",
    504: "5.5.4",
    521: "5.3.2",
    523: "5.3.4",
    530: "5.7.0",
    534: "5.7.9",
    535: "5.7.8",
    538: "5.7.11",
    551: "5.1.6",
    552: "5.2.2",
    553: "5.1.3",
    555: "5.5.4",
    556: "5.1.10",
}
_SESSION_COMMANDS = frozenset({"", "EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "RSET", "NOOP", "QUIT"})
_SESSION_STATUS = re.compile(r"4\.3\.2|4\.4\.\d+")  # not accepting now; the network
_TOO_MANY = re.compile(r"too many recipients|5\.5\.3", re.IGNORECASE)


def parse_reply(code: int, lines: Sequence[str | bytes]) -> Reply:
    """The reply of these lines, each without its code and the character that follows it.

    An enhanced status is taken off each line that has one of the code's own class (RFC 2034 §4); others stay in the
    text. Octets that are not UTF-8, and controls, become replacement characters; the text is cut at `TEXT_MOST`.
    """
    status = ""
    kept = []
    for line in lines:
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
        text = _CONTROL.sub("\ufffd", text.rstrip())
        found = _STATUS.match(text)
        if found is not None and found[1][0] == str(code)[0]:
            status = status or found[1]
            text = text[found.end() :]
        kept.append(text)
    return Reply(code, status, "\n".join(kept)[:TEXT_MOST])


def default_status(code: int) -> str:
    """The enhanced status that a bare code stands for; of the class alone (`5.0.0`) where it says no more.

    A code that is none of SMTP's is one that nobody can act on: `4.0.0`, to be tried again.
    """
    known = _BY_CODE.get(code)
    if known is not None:
        return known
    kind = code // 100
    return f"{kind}.0.0" if kind in (2, 4, 5) else "4.0.0"


def is_permanent(reply: Reply) -> bool:
    """Whether trying again is of no use; what can't be understood is transient.

    "Too many recipients" with 552 is an old server's 452 (RFC 5321 §4.5.3.1.10).
    """
    if reply.code == 552 and _TOO_MANY.search(f"{reply.status} {reply.text}"):
        return False
    return reply.permanent


def is_about_session(reply: Reply, command: str) -> bool:
    """Whether a refusal is about the connection or the whole site, not about this mail or its recipient.

    `command` is the verb that was answered, upper-case; empty for the greeting. 421 ends the session whatever it
    answers (RFC 5321 §3.8). At MAIL, RCPT and DATA (the final dot as well) other replies concern the mail in hand.
    """
    if reply.code == 421 or command in _SESSION_COMMANDS:
        return True
    return 400 <= reply.code < 500 and _SESSION_STATUS.fullmatch(reply.status) is not None
