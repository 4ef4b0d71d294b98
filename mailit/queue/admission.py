"""Accepts that wait their turn: in a process that also delivers, each pays for a delivery while time is short.

Otherwise whoever sends fastest has the processor, and what was promised waits behind what is being promised. Nothing
waits for a peer: only while it is this machine that deliveries wait for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred

FEW = 100
"""With no more in hand than this, nobody waits."""

MANY = 300
"""With more in hand than this, so much waits already that a mail is late: it is to become less."""

LESS = 0.7
"""So much of an accept a delivery is worth where there are that many."""

UNSIGNED = 24
"""So many messages that wait to be signed say that the processor is short."""

LATE = 0.005
"""A reactor that comes so many seconds late to what it meant to do says so, too."""

MOST_CREDIT = 50
"""Deliveries that nobody has paid with yet are good for so many accepts at once."""

LONGEST = 1.0
"""Seconds that one waits, whatever happens."""

_EVERY = 0.02  # seconds between looks, while somebody asks
_SMOOTH = 0.2


@define(eq=False)
class Admission:
    """`in_hand()` is how many envelopes this process has, `unsigned()` how many of them wait to be signed."""

    _reactor: Any
    _in_hand: Callable[[], int]
    _unsigned: Callable[[], int]
    _waiting: deque[tuple[float, int, Deferred[None]]] = field(factory=deque, init=False)
    _credit: float = field(default=0.0, init=False)
    _late: float = field(default=0.0, init=False)
    _asked: bool = field(default=False, init=False)  # since the last look
    _expected: float = field(default=0.0, init=False)
    _timer: Any = field(default=None, init=False)

    def turn(self, mails: int) -> Deferred[None] | None:
        """None where so many mails may be written now; else fires when they may."""
        if self._in_hand() <= FEW:
            return None
        self._asked = True
        self._look_soon()
        if not self._waiting:
            if not self.short:
                return None
            if self._credit > 0:
                self._credit -= mails
                return None
        turn: Deferred[None] = Deferred()
        self._waiting.append((self._reactor.seconds(), mails, turn))
        return turn

    def settled(self) -> None:
        """A delivery has come to its end."""
        self._credit = min(self._credit + (1 if self._in_hand() <= MANY else LESS), MOST_CREDIT)
        while self._waiting and self._credit > 0:
            self._credit -= self._let_in()

    @property
    def short(self) -> bool:
        """Whether deliveries wait for this machine."""
        return self._late > LATE or self._unsigned() >= UNSIGNED

    @property
    def waiting(self) -> int:
        """How many accepts wait."""
        return len(self._waiting)

    def _let_in(self) -> int:
        """The first that waits; how many mails that were."""
        _, mails, turn = self._waiting.popleft()
        if turn.called:
            return 0
        turn.callback(None)
        return mails

    def _look_soon(self) -> None:
        if self._timer is None:
            self._expected = self._reactor.seconds() + _EVERY
            self._timer = self._reactor.callLater(_EVERY, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._reactor.seconds()
        self._late += _SMOOTH * (now - self._expected - self._late)
        free = self._in_hand() <= FEW or not self.short
        while self._waiting and (free or self._waiting[0][0] <= now - LONGEST):
            self._let_in()
        if self._asked or self._waiting:
            self._asked = False
            self._look_soon()
        else:
            self._late, self._credit = 0.0, 0.0
