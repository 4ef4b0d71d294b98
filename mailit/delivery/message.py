"""A message on its way through a pool: an envelope with its bytes, and whoever waits for what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

from mailit.draft import Stream
from mailit.interfaces import Envelope, Outcome

Settle = Callable[[Outcome | None], None]


@define(eq=False)
class Message:
    """One envelope, rendered. `settle` is called once: with the outcome, or with None where the claim was lost.

    `data` is canonical CRLF text; `sender` is the return path. `avoid` are the addresses of exchangers that lost a
    connection over this message; `losses` counts connections that ended under it, whoever was to blame.
    """

    envelope: Envelope
    sender: str
    data: bytes
    settle: Settle
    eight_bit: bool = False
    utf8: bool = False
    avoid: frozenset[str] = frozenset()
    losses: int = 0
    since: float = 0.0  # in the pool, by the reactor's clock

    @property
    def bulk(self) -> bool:
        """Whether it is of a broadcast."""
        return self.envelope.stream is not Stream.TRANSACTIONAL
