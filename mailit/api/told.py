"""Events as the API tells them: `/event-log`, its stream, and what happened to one mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from mailit.api.times import iso
from mailit.events import Event
from mailit.store.emails import StoredEmail


class ReplyView(Struct, frozen=True):
    """What the remote said, word for word; `code` is null where it said nothing that has one."""

    code: int | None
    status: str | None
    text: str


class EventView(Struct, frozen=True):
    """Something that happened. `recipient` is null where it happened to the whole mail, `data` is a webhook's."""

    id: str
    seq: int
    type: str
    created_at: str
    email_id: str | None
    recipient: str | None
    attempt: int | None
    exchanger: str | None
    reply: ReplyView | None
    in_doubt: bool
    data: dict[str, Any]


def told(event: Event, facts: Mapping[str, StoredEmail]) -> EventView:
    """An event with the facts of its mail, if it has one."""
    return EventView(
        id=event.id,
        seq=event.seq,
        type=event.type,
        created_at=iso(event.created_at),
        email_id=event.email_id,
        recipient=event.recipient,
        attempt=event.attempt,
        exchanger=event.exchanger,
        reply=None
        if event.reply is None
        else ReplyView(event.reply.code or None, event.reply.status or None, event.reply.text),
        in_doubt=event.in_doubt,
        data=data(event, None if event.email_id is None else facts.get(event.email_id)),
    )


def told_all(events: Sequence[Event], facts: Mapping[str, StoredEmail]) -> list[EventView]:
    """Events in their order."""
    return [told(event, facts) for event in events]


def data(event: Event, email: StoredEmail | None) -> dict[str, Any]:
    """What a webhook carries (reference 2.10): the mail's own facts, then what this kind of event has beyond them."""
    if email is None:
        return dict(event.data)
    known: dict[str, Any] = {
        "email_id": email.id,
        "created_at": iso(email.created_at),
        "from": email.from_,
        "to": list(email.to),
        "subject": email.subject,
        "message_id": email.message_id,
    }
    if email.headers:
        known["headers"] = [{"name": name, "value": value} for name, value in email.headers]
    if email.tags:
        known["tags"] = dict(email.tags)
    return {**known, **event.data}
