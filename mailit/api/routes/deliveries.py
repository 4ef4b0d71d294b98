"""One mail's way, recipient by recipient: why it has not arrived, and every attempt with what was said at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen
from msgspec import Struct

from mailit.api.paging import Listing, uuid
from mailit.api.times import iso
from mailit.api.told import ReplyView
from mailit.errors import NotFound, Reply
from mailit.events import Event
from mailit.interfaces import Database, Sites, Tx
from mailit.plugin import Call, Permission, endpoint
from mailit.store import emails, event_log, trails, why
from mailit.store.trails import Found, Wanted
from mailit.store.why import Why

Sender = Callable[[str, str], str]
"""(delivery's id, domain of return paths) -> the return path that this delivery's mail goes out with."""


class WhyView(Struct, frozen=True, kw_only=True):
    """What holds one recipient's mail, or what ended it.

    `cause` is one of `schedule`, `rate`, `concurrency`, `back-off`, `greylisting`, `suppression`, `in doubt`, `hold`,
    `DNS`, `TLS policy`, `refused`. `scope` says whom the reply is about (`recipient`, `sender-ip`, `sender-domain`,
    `content`, `policy`, `receiver`), `rule` by which rule. `text` is for people.
    """

    recipient: str
    cause: str
    scope: str | None
    rule: str | None
    since: str
    next_at: str | None
    expires_at: str | None
    reply: ReplyView | None
    text: str


class TlsView(Struct, frozen=True):
    """How a connection was encrypted, and the policy that decided; in the clear there is no version."""

    version: str | None
    cipher: str | None
    policy: str | None


class AttemptView(Struct, frozen=True, kw_only=True):
    """One attempt at one recipient.

    `outcome` is that of its event: `delivered`, `delivery_delayed`, `bounced`, `failed`. What was said is in
    `transcript`, a line each, `C:` ours and `S:` the server's; it is null where no connection was made, or where it
    is kept no longer. So are the facts of the connection.
    """

    recipient: str
    attempt: int
    outcome: str
    began_at: str | None
    ended_at: str
    exchanger: str | None
    address: str | None
    port: int | None
    tls: TlsView | None
    reply: ReplyView | None
    in_doubt: bool
    transcript: str | None


@frozen(eq=False)
class DeliveryRoutes:
    """`/emails/{email_id}/why` and `/emails/{email_id}/attempts`."""

    _database: Database
    _sites: Sites | None
    _sender: Sender

    @endpoint("GET", "/emails/{email_id}/why", permission=Permission.READ, gives=Listing[WhyView])
    async def why(self, call: Call) -> Listing[WhyView]:
        """Says of each recipient who has not got the mail the one thing that holds it, or what ended it."""
        id_ = uuid("email_id", call.path["email_id"])
        rows = await self._database.transact(_rows, call.team_id, id_)
        if rows is None:
            raise NotFound("Email not found")
        return Listing(False, explained(rows, self._sites))

    @endpoint("GET", "/emails/{email_id}/attempts", permission=Permission.READ, gives=Listing[AttemptView])
    async def attempts(self, call: Call) -> Listing[AttemptView]:
        """Tells each attempt at each recipient, oldest first, with what was said on the connection."""
        id_ = uuid("email_id", call.path["email_id"])
        found = await self._database.transact(_attempts, call.team_id, id_)
        if found is None:
            raise NotFound("Email not found")
        events, kept, return_path = found
        return Listing(False, [self._attempt(event, one, return_path) for event, one in zip(events, kept, strict=True)])

    def _attempt(self, event: Event, found: Found | None, return_path: str) -> AttemptView:
        tls = None
        if found is not None and found.tls is not None:
            version, cipher, policy = found.tls
            tls = TlsView(version or None, cipher or None, policy or None)
        assert event.delivery_id is not None
        sender = self._sender(event.delivery_id, return_path) if return_path else ""
        return AttemptView(
            recipient=event.recipient or "",
            attempt=event.attempt or 0,
            outcome=event.type.removeprefix("email."),
            began_at=iso(found.began_at) if found is not None and found.began_at is not None else None,
            ended_at=iso(found.ended_at if found is not None and found.ended_at is not None else event.created_at),
            exchanger=event.exchanger,
            address=found.address if found is not None else None,
            port=found.port if found is not None else None,
            tls=tls,
            reply=reply_view(event.reply),
            in_doubt=event.in_doubt,
            transcript=transcript(event, found, sender) if found is not None else None,
        )


_CHUNKING = re.compile(r"^(?:S: )?(?:250[- ])?CHUNKING$", re.MULTILINE | re.IGNORECASE)


def explained(rows: Sequence[Any], sites: Sites | None) -> list[WhyView]:
    """What was read of a mail, told with what this process knows of sites."""
    return [_why_view(one) for one in why.explain(rows, sites.hold if sites is not None else why.nothing_known)]


def reply_view(reply: Reply | None) -> ReplyView | None:
    """A reply as the API tells it."""
    return None if reply is None else ReplyView(reply.code or None, reply.status or None, reply.text)


def transcript(event: Event, found: Found, sender: str) -> str:
    """What was said: before the first mail as it was noted, after that by the replies to what we always say."""
    lines = found.opening.splitlines()
    if found.dialogue is None:
        return "\n".join([*lines, f"-- {found.fault}"] if found.fault else lines)
    mail, rcpt, data, dot, cut = found.dialogue
    sent = event.type == "email.delivered" or event.in_doubt or dot is not None
    # A chunk has no 354 before it: where it is offered, beside PIPELINING, it is used (RFC 3030).
    chunked = data is None and _good(rcpt) and bool(_CHUNKING.search(found.opening))
    said = [
        (f"MAIL FROM:<{sender}>", mail, True),
        (f"RCPT TO:<{event.recipient}>", rcpt, _good(mail)),
        (f"BDAT {found.size} LAST" if chunked else "DATA", data, _good(rcpt)),
    ]
    for command, reply, reached in said:
        if reply is None and not reached:
            break
        lines.append(f"C: {command}")
        lines += [f"S: {line}" for line in (reply or "").splitlines()]
    if chunked or (data is not None and data.startswith("354")):
        lines.append(f"C: ({found.size} bytes of message)" if sent else f"C: (a part of {found.size} bytes)")
        if sent and not chunked:
            lines.append("C: .")
        last = dot or (str(event.reply) if event.reply is not None and event.reply.code == 250 else "")
        lines += [f"S: {line}" for line in last.splitlines()]
    if cut:
        lines.append(f"-- {cut}")
    return "\n".join(lines)


def _good(reply: str | None) -> bool:
    return reply is not None and reply.startswith("2")


def _why_view(one: Why) -> WhyView:
    return WhyView(
        recipient=one.recipient,
        cause=one.cause,
        scope=one.scope,
        rule=one.rule,
        since=iso(one.since),
        next_at=None if one.next_at is None else iso(one.next_at),
        expires_at=None if one.expires_at is None else iso(one.expires_at),
        reply=reply_view(one.reply),
        text=one.text,
    )


def _rows(tx: Tx, team_id: str, id_: str) -> list[Any] | None:
    return None if emails.one(tx, team_id, id_) is None else why.read(tx, id_)


def _attempts(tx: Tx, team_id: str, id_: str) -> tuple[list[Event], list[Found | None], str] | None:
    email = emails.one(tx, team_id, id_)
    if email is None:
        return None
    told = event_log.read_email(tx, team_id, id_, email.first_seq)
    events = [one for one in told if one.attempt and one.delivery_id is not None]
    wanted: Mapping[int, Wanted] = {
        place: Wanted(one.delivery_id or "", one.attempt or 0, one.exchanger, one.created_at, one.reply.text)
        for place, one in enumerate(events)
        if one.exchanger is not None and one.reply is not None
    }
    kept = dict(zip(wanted, trails.find(tx, list(wanted.values())), strict=True))
    return events, [kept.get(place) for place in range(len(events))], trails.return_path(tx, id_)
