"""What the database said, remembered for a while: bounded, forgotten on notice, one question in flight a key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

K = TypeVar("K")
V = TypeVar("V")

_AHEAD = 0.75  # of an answer's life: then it is asked for again while the old one still serves


@define(eq=False)
class Remembered(Generic[K, V]):
    """Answers to `ask(key)`, each good for `keep` seconds. None is an answer that is not remembered.

    `seconds` is a monotonic clock. Whoever asks for a key that is being asked for waits for the same answer, each on
    a Deferred of his own. An answer that was asked for before a `forget` is given to those who wait for it and not
    kept: it may be older than what the notice told of. `names` are those by which an answer is forgotten without
    looking at all the others.
    """

    _ask: Callable[[K], Awaitable[V | None]]
    _seconds: Callable[[], float]
    _keep: float = 60.0
    _most: int = 50_000
    _names: Callable[[V], Iterable[str | None]] | None = None
    _answers: OrderedDict[K, tuple[float, V]] = field(factory=OrderedDict, init=False)
    _named: dict[str, set[K]] = field(factory=dict, init=False)
    _asking: dict[K, list[Deferred[V | None]]] = field(factory=dict, init=False)
    _age: int = field(default=0, init=False)

    def peek(self, key: K) -> V | None:
        """The answer if there is a good one, without asking (but for one that will soon be old)."""
        found = self._answers.get(key)
        if found is None:
            return None
        left = found[0] - self._seconds()
        if left <= 0:
            self._drop(key)
            return None
        if left < self._keep * (1 - _AHEAD) and key not in self._asking:
            self._start(key, [])
        return found[1]

    def get(self, key: K) -> Deferred[V | None]:
        """The answer, asked for where it must be. Raises what asking raised."""
        answer: Deferred[V | None] = Deferred(_detach)
        found = self.peek(key)
        if found is not None:
            answer.callback(found)
        elif (waiting := self._asking.get(key)) is not None:
            waiting.append(answer)
        else:
            self._start(key, [answer])
        return answer

    def forget(self, matches: Callable[[V], bool] | None = None) -> None:
        """Drops the answers that match, or all; what is being asked for now will not be kept."""
        self._age += 1
        self._asking = {}
        if matches is None:
            self._answers.clear()
            self._named.clear()
            return
        for key in [key for key, (_, value) in self._answers.items() if matches(value)]:
            self._drop(key)

    def forget_named(self, name: str) -> None:
        """Drops the answers that have this name, however many others there are; otherwise as `forget`."""
        self._age += 1
        self._asking = {}
        for key in list(self._named.get(name, ())):
            self._drop(key)

    def _start(self, key: K, waiting: list[Deferred[V | None]]) -> None:
        age = self._age
        self._asking[key] = waiting

        def done(result: V | Failure | None) -> None:
            if self._asking.get(key) is waiting:
                del self._asking[key]
            if not isinstance(result, Failure) and age == self._age:
                self._store(key, result)
            for one in waiting:
                if not one.called:
                    one.callback(result)

        Deferred.fromCoroutine(self._asked(key)).addBoth(done)

    async def _asked(self, key: K) -> V | None:
        return await self._ask(key)

    def _store(self, key: K, value: V | None) -> None:
        self._drop(key)
        if value is None:
            return
        if len(self._answers) >= self._most:
            self._drop(next(iter(self._answers)))  # the oldest: whatever is asked for anew goes to the end
        self._answers[key] = (self._seconds() + self._keep, value)
        for name in self._names_of(value):
            self._named.setdefault(name, set()).add(key)

    def _drop(self, key: K) -> None:
        found = self._answers.pop(key, None)
        if found is None:
            return
        for name in self._names_of(found[1]):
            its = self._named.get(name)
            if its is not None:
                its.discard(key)
                if not its:
                    del self._named[name]

    def _names_of(self, value: V) -> list[str]:
        return [] if self._names is None else [name for name in self._names(value) if name is not None]


def _detach(answer: Deferred[V | None]) -> None:
    """Cancelling a waiter takes him alone out; the question goes on for the others."""
