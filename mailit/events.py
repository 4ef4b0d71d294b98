"""What happened, as records in the past tense, and the names they bear in the log, the API and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from mailit.errors import Reply

QUEUED = "email.queued"
SCHEDULED = "email.scheduled"
SENT = "email.sent"
DELIVERED = "email.delivered"
DELIVERY_DELAYED = "email.delivery_delayed"
BOUNCED = "email.bounced"
FAILED = "email.failed"
SUPPRESSED = "email.suppressed"
COMPLAINED = "email.complained"
OPENED = "email.opened"
CLICKED = "email.clicked"
CANCELED = "email.canceled"
RECEIVED = "email.received"
DOMAIN_CREATED = "domain.created"
DOMAIN_UPDATED = "domain.updated"
DOMAIN_DELETED = "domain.deleted"

ONE_A_MAIL = frozenset({QUEUED, SCHEDULED, SENT, CANCELED})
"""Events that are one row a mail; every other email event is one a recipient."""

LAST_EVENT_ORDER = (
    "complained",
    "bounced",
    "failed",
    "delivery_delayed",
    "suppressed",
    "clicked",
    "opened",
    "delivered",
    "sent",
    "queued",
)
"""A mail's `last_event` is the first of these that any recipient is in now; `scheduled` and `canceled` are the whole
mail's, and stand above all."""


@frozen
class Event:
    """One row of the log, as subscribers and the API read it.

    `seq` orders all events of the installation. `recipient` is None where the event is the whole mail's.
    `reply` is the remote's, word for word. `data` is what this kind of event has beyond the mail's own facts.
    """

    seq: int
    id: str
    team_id: str
    type: str
    created_at: datetime
    email_id: str | None = None
    delivery_id: str | None = None
    recipient: str | None = None
    attempt: int | None = None
    exchanger: str | None = None
    reply: Reply | None = None
    in_doubt: bool = False
    data: Mapping[str, Any] = field(factory=dict)
