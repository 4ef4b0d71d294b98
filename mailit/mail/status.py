"""What a peer's reply means: enhanced status (RFC 2034, RFC 3463), for good or for now, about whom, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen

from mailit.errors import Reply
from mailit.mail.refusals import RULES, UNSAID, Rule, Scope

TEXT_MOST = 2_000
"""Characters of a reply's text that are kept; RFC 5321 §4.5.3.1.5 allows a line 512."""

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:[ \t]+|\Z)")
# One that stands elsewhere in the text: "(#5.7.1)"; an IP address is none.
_STATUS_INSIDE = re.compile(r"(?<![\d.])[45]\.(\d{1,3}\.\d{1,3})(?![\d.])")
_ADDRESS = re.compile(r"<?[^\s<>@:;,()\[\]]+@[^\s<>@:;,()\[\]]+>?")
_LOOKED_AT = 600  # characters of a text; what a receiver has to say comes first
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
_SUB_TYPES = {
    "full": "MailboxFull",
    "too-large": "MessageTooLarge",
    "spam": "ContentRejected",
    "virus": "ContentRejected",
    "format": "ContentRejected",
    "attachment": "AttachmentRejected",
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


@frozen
class Verdict:
    """What a refusal means. `hard`: there is nobody at this address, and no mail to it will ever arrive.

    `kind` is the class within the scope, `rule` the id of the rule of `mailit.mail.refusals` that found it.
    """

    scope: Scope
    kind: str
    hard: bool
    rule: str


def classify(reply: Reply) -> Verdict:
    """The meaning of a refusal, by the first rule that has something to say about it.

    A reply without a code is our own conclusion: its status says what it means and whether it is for good. Its words
    name domains and hosts, which may be called anything.
    """
    rule = _rule(reply)
    permanent = is_permanent(reply) if reply.code else reply.status[:1] == "5"
    return Verdict(rule.scope, rule.kind, rule.hard and permanent, rule.id)


def bounce(reply: Reply) -> dict[str, object]:
    """A refusal in the words of Resend's `bounce` object.

    `type` is `Permanent` only where there is nobody at the address, which is what a suppression may go by; what is
    about us, the content, a policy or the receiver's own trouble is `Transient`, for another mail may arrive, and
    what nobody can read is `Undetermined`. Beside it stands the verdict, as `scope`, `class` and `rule`.
    """
    verdict = classify(reply)
    if verdict.hard:
        kind, sub = "Permanent", "General"
    elif verdict.rule == UNSAID.id:
        kind, sub = "Undetermined", "Undetermined"
    else:
        kind, sub = "Transient", _SUB_TYPES.get(verdict.kind, "General")
    return {
        "type": kind,
        "subType": sub,
        "message": reply.text,
        "diagnosticCode": [f"smtp; {reply}"],
        "scope": verdict.scope.value,
        "class": verdict.kind,
        "rule": verdict.rule,
    }


def _rule(reply: Reply) -> Rule:
    if not reply.code:
        return _first(int(reply.status[:1] or 4), 0, reply.status[2:], "")
    # Addresses are taken out: what is in them is not what the receiver says, and replies of one kind become equal.
    text = _ADDRESS.sub("<>", reply.text[:_LOOKED_AT].lower().replace("\n", " ")).strip()
    inside = None if reply.status else _STATUS_INSIDE.search(text)
    status = reply.status[2:] if reply.status else inside[1] if inside else ""
    return _first(reply.code // 100, reply.code, status, text)


@lru_cache(1024)
def _first(kind: int, code: int, status: str, text: str) -> Rule:
    for rule in RULES:
        if (
            (not rule.only or rule.only == kind)
            and (not rule.codes or code in rule.codes)
            and (rule.statuses is None or rule.statuses.fullmatch(status))
            and (rule.words is None or rule.words.search(text))
        ):
            return rule
    return UNSAID
