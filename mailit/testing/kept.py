"""What the spool in memory keeps of a mail, of each of its recipients, and of what is still to be sent."""

from __future__ import annotations

from attrs import frozen

from mailit.draft import Content
from mailit.errors import Reply
from mailit.store.claims import LaneKey
from mailit.store.spool import NewMail


@frozen
class KeptMail:
    """A mail as it was accepted, and what it shows as its last event."""

    mail: NewMail
    content: Content
    last_event: str


@frozen
class KeptDelivery:
    """One recipient: its state, and the last words about it."""

    id: str
    email_id: str
    recipient: str
    state: str
    attempts: int = 0
    in_doubt: bool = False
    exchanger: str | None = None
    reply: Reply | None = None


@frozen
class KeptEnvelope:
    """An envelope that is not settled. Times are POSIX seconds; `marked` says that a final dot may have gone out."""

    id: str
    email_id: str
    lane: LaneKey
    recipient: str
    due_at: float
    expires_at: float
    announced: bool
    attempt: int = 0
    in_doubt: bool = False
    held: bool = False
    holder: str | None = None
    marked: bool = False

    @property
    def free(self) -> bool:
        """Whether it may be claimed once it is due."""
        return self.holder is None and not self.held
