"""Between a pool's line and its sessions: the pace is asked before a message begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from mailit.delivery.line import Line
from mailit.delivery.message import Message
from mailit.delivery.outcomes import UNTRIED
from mailit.delivery.shaping import Pace
from mailit.interfaces import Clock, Outcome, OutcomeKind

LONG = 15.0
"""Seconds that messages wait in a pool for the pace; where it takes longer, the spool has them back."""

EXPIRED_AT_ONCE = 50
"""While a site is left alone for long, so many at a time are taken of those whose lifetime may be over."""


@define(eq=False)
class Gate:
    """`settle(message, outcome)` gives a message back; `opened()` is called when one may begin after a wait."""

    _reactor: Any
    _clock: Clock
    _pace: Pace
    _line: Line
    _settle: Callable[[Message, Outcome], None]
    _opened: Callable[[], None]
    _waker: Any = field(default=None, init=False)
    _expiring: bool = field(default=False, init=False)
    _closed: bool = field(default=False, init=False)

    def room(self, floor: int) -> int:
        """How many messages may be in hand, `floor` where it is only the rate that is limited."""
        if not self._pace.gated:
            return floor
        wait = self._pace.wait(self._reactor.seconds())
        if wait > LONG:
            return EXPIRED_AT_ONCE if self._expiring else 0
        if self._pace.rate:
            floor = min(floor, 1 + int(self._pace.own_rate * LONG / 2))
        return floor

    def lets_one_begin(self) -> bool:
        """Asks the pace for one that waits, if there is something to ask it for."""
        if not self._pace.gated:
            return True
        if not self._line:
            return False
        wait = self._pace.begin(self._reactor.seconds())
        if wait > 0.0:
            self._wake_in(min(wait, LONG))
        return wait <= 0.0

    def holds(self) -> bool:
        """Whether nothing may begin now. What would have to wait for long goes back to the spool."""
        if self._pace.allowed and not self._pace.gated:
            return False
        wait = self._pace.wait(self._reactor.seconds()) if self._pace.allowed else LONG + 1
        if wait <= 0.0:
            return False
        if wait > LONG:
            self._give_back()
        elif self._line:
            self._wake_in(wait)
        return True

    def close(self) -> None:
        """It wakes nobody any more."""
        self._closed = True
        if self._waker is not None:
            self._waker.cancel()
            self._waker = None

    def _give_back(self) -> None:
        """No attempt of these is counted; but one whose lifetime is over has no more time."""
        drained, now, reply = self._line.drain(), self._clock(), self._pace.reply
        late = [message for message in drained if reply is not None and message.envelope.expires_at <= now]
        if drained:
            self._expiring = len(late) == len(drained)
        for message in drained:
            over = reply is not None and message.envelope.expires_at <= now
            self._settle(message, Outcome(OutcomeKind.DEFERRED, reply) if over and reply is not None else UNTRIED)

    def _wake_in(self, wait: float) -> None:
        if self._waker is None and not self._closed:
            self._waker = self._reactor.callLater(wait, self._woken)

    def _woken(self) -> None:
        self._waker = None
        self._opened()
