"""What becomes of an attempt: replies as outcomes, and outcomes that have no reply."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from mailit.delivery.replies import RawReply
from mailit.errors import Reply
from mailit.interfaces import Outcome, OutcomeKind
from mailit.mail.status import is_permanent, parse_reply

UNTRIED = Outcome(OutcomeKind.UNTRIED, Reply(0, "", "Not tried: the process was stopped"))


class InDoubt(Enum):
    """What becomes of an envelope whose connection ended between the final dot and the reply."""

    RESEND = "resend"  # sent again, later, and marked as in doubt
    HOLD = "hold"  # a person decides
    ASSUME_SENT = "assume_sent"


@frozen
class Trouble:
    """Why a connection came to nothing, or ended before its time. `final`: the peer said that it wants no mail.

    `fault` is what was wrong with TLS, in the words of RFC 8460 §4.3.
    """

    reply: Reply
    final: bool = False
    tls: bool = False  # it was TLS that failed, and without it the connection may do
    fault: str = ""
    chunking: bool = False  # it was BDAT that failed, and DATA may do
    clear: bool = False  # TLS had failed, and without it the peer takes nothing
    ahead: bool = False  # it was a command behind a final dot that failed, and one after its reply may do


def refusal(reply: Reply, exchanger: str) -> Outcome:
    """A reply that refuses, as an outcome: 5yz is for good (see `is_permanent`), the rest for now."""
    kind = OutcomeKind.BOUNCED if is_permanent(reply) else OutcomeKind.DEFERRED
    return Outcome(kind, reply, exchanger)


def doubtful(policy: InDoubt, why: str, exchanger: str) -> Outcome:
    """The outcome of a final dot that was not answered, `why` being a sentence without its end."""
    reply = Reply(0, "4.4.2", f"{why} after the message was sent and before it was answered")
    if policy is InDoubt.ASSUME_SENT:
        return Outcome(OutcomeKind.DELIVERED, reply, exchanger, in_doubt=True)
    return Outcome(OutcomeKind.DEFERRED, reply, exchanger, in_doubt=True, hold=policy is InDoubt.HOLD)


def gave_up(kind: OutcomeKind, status: str, text: str) -> Outcome:
    """An outcome by our own words, without a peer's reply."""
    return Outcome(kind, Reply(0, status, text))


def spoken(raw: RawReply) -> Reply:
    """A reply off the wire, for the record: word for word, but for what can't be shown."""
    return parse_reply(*raw)
