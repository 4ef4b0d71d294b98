"""The messages of a pool that wait for a session."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define, field

from mailit.delivery.message import Message


@define(eq=False)
class Line:
    """In the order in which they came; mail of broadcasts stands behind all other.

    `picky`: one may be among them that an exchanger has lost, and that avoids it.
    """

    urgent: deque[Message] = field(factory=deque, init=False)
    bulk: deque[Message] = field(factory=deque, init=False)
    picky: bool = field(default=False, init=False)

    def __len__(self) -> int:
        return len(self.urgent) + len(self.bulk)

    def __bool__(self) -> bool:
        return bool(self.urgent or self.bulk)

    @property
    def first(self) -> Message:
        """Whoever's turn it is. Raises IndexError where nobody waits."""
        return (self.urgent or self.bulk)[0]

    @property
    def oldest(self) -> float | None:
        """Since when the first of them waits, by the reactor's clock."""
        return min((queue[0].since for queue in (self.urgent, self.bulk) if queue), default=None)

    def add(self, message: Message) -> None:
        """To its end."""
        (self.bulk if message.bulk else self.urgent).append(message)

    def put_back(self, message: Message) -> None:
        """To its head."""
        (self.bulk if message.bulk else self.urgent).appendleft(message)

    def pop(self) -> Message:
        """Takes out the `first`."""
        return (self.urgent or self.bulk).popleft()

    def drain(self) -> list[Message]:
        """Takes out all of them."""
        messages = [*self.urgent, *self.bulk]
        self.urgent.clear()
        self.bulk.clear()
        return messages

    def drop(self, which: Callable[[Message], bool]) -> list[Message]:
        """Takes out those, each asked once, and looks anew whether one is left that is particular."""
        dropped: list[Message] = []
        for queue in (self.urgent, self.bulk):
            for message in list(queue):
                if which(message):
                    queue.remove(message)
                    dropped.append(message)
        self.picky = any(message.avoid for queue in (self.urgent, self.bulk) for message in queue)
        return dropped
