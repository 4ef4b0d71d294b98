"""Why a recipient has no mail yet: for each envelope the one thing that holds it, in a word and in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from mailit.errors import Reply
from mailit.interfaces import SiteHold, Tx, utc
from mailit.mail.status import Verdict, classify
from mailit.store.deliveries import ALONG_THE_IDS, ceiling

# A delivery without an envelope is told of where it did not end well. `living`: its holder's row stands. `screened`:
# the reason of a recipient who was kept out at the accept, which stands in its event alone.
OF_EMAIL = (
    ALONG_THE_IDS
    + """
    SELECT delivery.id, delivery.recipient, delivery.state, delivery.attempts, delivery.in_doubt, delivery.exchanger,
           delivery.reply_code, delivery.reply_status, delivery.reply_text, delivery.updated_at,
           envelope.domain, envelope.due_at, envelope.expires_at, envelope.attempt, envelope.held,
           envelope.in_doubt AS doubted, envelope.holder IS NOT NULL AS claimed, holder.id IS NOT NULL AS living,
           envelope.marked_at, now() AS now,
           CASE WHEN delivery.state = 'suppressed' AND delivery.reply_text IS NULL THEN
               (SELECT data #>> '{suppressed,message}' FROM event
                 WHERE email_id = %(email)s::uuid AND delivery_id = delivery.id AND type = 'email.suppressed'
                   AND seq >= (SELECT first_seq FROM email WHERE id = %(email)s::uuid)
                 ORDER BY seq LIMIT 1) END AS screened
      FROM (SELECT * FROM delivery
             WHERE id >= %(email)s::uuid AND id < %(ceiling)s::uuid AND email_id = %(email)s::uuid
             ORDER BY id LIMIT (SELECT deliveries FROM email WHERE id = %(email)s::uuid)) AS delivery
      LEFT JOIN envelope ON envelope.id = delivery.id
      LEFT JOIN holder ON holder.id = envelope.holder
     WHERE envelope.id IS NOT NULL OR delivery.state IN ('bounced', 'failed', 'suppressed')
     ORDER BY delivery.id
"""
)

Held = Callable[[str], SiteHold | None]
"""What holds mail for a domain in the process that asks, if anything: see `interfaces.Sites`."""


def nothing_known(domain: str) -> SiteHold | None:
    """What a process that does not deliver knows."""
    return None


@frozen
class Why:
    """What holds one recipient's mail, or what ended it.

    `cause` is one of schedule, rate, concurrency, back-off, greylisting, suppression, in doubt, hold, DNS, TLS policy,
    refused. `scope` and `rule` are those of the verdict on the last reply, where a reply is the cause. `next_at` is
    None where it is not tried again by itself, `expires_at` None where it has ended. `text` is a sentence or two for
    people.
    """

    recipient: str
    cause: str
    scope: str | None
    rule: str | None
    since: datetime
    next_at: datetime | None
    expires_at: datetime | None
    reply: Reply | None
    text: str


def read(tx: Tx, email_id: str) -> list[Any]:
    """What is to be explained about a mail, for `explain`."""
    return tx.rows(OF_EMAIL, {"email": email_id, "ceiling": ceiling(email_id)})


def explain(rows: Sequence[Any], held: Held) -> list[Why]:
    """Why each of a mail's recipients has none; one who has it is not in the list."""
    return [_why(row, held) for row in rows]


def _why(row: Any, held: Held) -> Why:
    if row.domain is None:
        return _ended(row)
    reply = _reply(row)
    verdict = classify(reply) if reply is not None else None
    when = f"at {_moment(row.due_at)}"

    def why(cause: str, text: str, next_at: datetime | None, said: bool = False) -> Why:
        known = verdict if said else None
        return Why(
            row.recipient,
            cause,
            known.scope.value if known else None,
            known.rule if known else None,
            row.updated_at,
            next_at,
            row.expires_at,
            reply if said else None,
            text,
        )

    if row.held:
        if row.doubted:
            text = "The connection ended after the whole mail was sent and before the answer, so that it may have "
            return why("in doubt", f"{text}arrived. An operator must decide whether it is sent again.", None, True)
        return why("hold", "An operator holds it back. It goes on once it is released.", None)
    if row.claimed and not row.living and row.marked_at is not None:
        text = "The process that was sending it ended before the answer to the final dot came, so that it may have "
        return why("in doubt", f"{text}arrived. It is settled by `smtp_outbound.in_doubt` in a few seconds.", None)
    hold = held(row.domain) if row.claimed or row.due_at <= row.now else None
    if hold is not None:
        return _at_site(row, hold)
    if row.claimed:
        return why("schedule", "It is being delivered at this moment.", None)
    if row.due_at <= row.now:
        return why("schedule", "It is due, and is taken up as soon as there is room.", row.due_at)
    if reply is None or verdict is None:
        if row.attempt:
            return why("schedule", f"It is tried again {when}.", row.due_at)
        return why("schedule", f"It is scheduled, and is sent {when}.", row.due_at)
    if row.doubted and row.in_doubt:
        text = "The connection ended after the whole mail was sent and before the answer, so that it may have arrived."
        return why("in doubt", f"{text} It is sent again {when}, which may make a second copy.", row.due_at, True)
    cause, text = _of_reply(row, reply, verdict)
    return why(cause, f"{text} It is tried again {when}.", row.due_at, True)


def _at_site(row: Any, hold: SiteHold) -> Why:
    """What only the process knows: its site takes no more for now."""
    until = f" until {_moment(utc(hold.until))}" if hold.until is not None else ""
    text = {
        "rate": f"{row.domain} is sent to no faster than it takes mail; this one waits for its turn{until}.",
        "concurrency": f"All connections that {row.domain} is allowed are busy; this one waits for one of them{until}.",
        "back-off": f"{row.domain} is left alone{until}, for its servers would not talk to us.",
    }[hold.cause]
    verdict = classify(hold.reply) if hold.reply is not None else None
    return Why(
        row.recipient,
        hold.cause,
        verdict.scope.value if verdict else None,
        verdict.rule if verdict else None,
        utc(hold.since),
        utc(hold.until) if hold.until is not None else None,
        row.expires_at,
        hold.reply,
        text,
    )


def _of_reply(row: Any, reply: Reply, verdict: Verdict) -> tuple[str, str]:
    """The cause that lies in the last reply, and the sentence that says so."""
    who = row.exchanger or row.domain
    if not reply.code:
        if reply.status in ("4.4.3", "5.4.4") or reply.status[1:] == ".7.20":
            return "DNS", _sentence(reply.text)
        if reply.status[1:] == ".7.5":
            return (
                "TLS policy",
                f"The connection to {who} was not as secure as the policy demands: {_sentence(reply.text)}",
            )
        if reply.status in ("4.4.1", "4.4.2", "4.3.2"):
            return "back-off", f"{who} could not be talked to: {_sentence(reply.text)}"
        return "refused", _sentence(reply.text)
    if verdict.kind == "greylisting":
        return "greylisting", f"{who} takes no first try from a sender that it does not know (greylisting)."
    if verdict.kind in ("throttled", "recipient-rate", "session-limit"):
        return "rate", f"{who} takes mail more slowly than it came{_ABOUT[verdict.scope.value]}."
    if verdict.kind == "tls-required":
        return "TLS policy", f"{who} takes mail over TLS alone."
    return "refused", f"{who} refused it for now{_ABOUT[verdict.scope.value]}: {_sentence(_short(reply))}"


def _ended(row: Any) -> Why:
    """Why it never will arrive."""
    reply = _reply(row)
    verdict = classify(reply) if reply is not None else None
    who = row.exchanger or "We"
    words = reply.text if reply is not None else ""
    if row.state == "suppressed":
        words = words or row.screened or "the recipient is suppressed"
        cause, text = "suppression", f"It was not sent: {_sentence(words)}"
        verdict = None
    elif row.state == "bounced" and verdict is not None and reply is not None:
        if row.exchanger is None:
            cause, text = "DNS", f"It bounced: {_sentence(words)}"
        else:
            hard = "; there is nobody at this address" if verdict.hard else ""
            cause = "refused"
            text = f"{who} refused it for good{hard or _ABOUT[verdict.scope.value]}: {_sentence(_short(reply))}"
    else:
        cause = "refused"
        if verdict is not None and reply is not None:
            cause = _of_reply(_Named(row), reply, verdict)[0]
        tries = f"{row.attempts} {'try' if row.attempts == 1 else 'tries'}"
        text = f"It was given up after {tries}: {_sentence(words or 'no reply')}"
    return Why(
        row.recipient,
        cause,
        verdict.scope.value if verdict else None,
        verdict.rule if verdict else None,
        row.updated_at,
        None,
        None,
        reply,
        text,
    )


class _Named:
    """A row whose envelope is gone, and with it the domain's name; the recipient has it."""

    def __init__(self, row: Any) -> None:
        self.exchanger = row.exchanger
        self.domain = row.recipient.rpartition("@")[2]


_ABOUT = {
    "recipient": ", for the recipient's sake",
    "sender-ip": ", for the sake of the address that we send from",
    "sender-domain": ", for the sake of the domain that it is from",
    "content": ", for what is in it",
    "policy": ", by a rule of its own",
    "receiver": ", for reasons of its own",
}


def _reply(row: Any) -> Reply | None:
    if row.reply_code is None and not row.reply_text:
        return None
    return Reply(row.reply_code or 0, row.reply_status or "", row.reply_text or "")


def _short(reply: Reply) -> str:
    text = " ".join(str(reply).split())
    return text if len(text) <= 300 else f"{text[:299]}…"


def _sentence(text: str) -> str:
    """The words with an end to them."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def columns(whys: Sequence[Why]) -> list[tuple[str, ...]]:
    """Rows for a table: recipient, cause, since, next, text."""
    return [
        (
            one.recipient,
            one.cause,
            _moment(one.since),
            _moment(one.next_at) if one.next_at is not None else "-",
            one.text,
        )
        for one in whys
    ]
