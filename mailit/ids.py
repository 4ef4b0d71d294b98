"""UUIDv7 (RFC 9562 §5.7), made by us: the order of ids is the order of time, also within a millisecond."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable

from attrs import define, field

_MS_PER_S = 1000
_RANDOM_BYTES = 7  # of an id: six stay random, one starts the counter
_AT_ONCE = 256  # ids whose randomness is asked for together; a system call each would cost as much as all the rest
_UUID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@define
class Ids:
    """Draws ids that only grow within this process.

    `clock` gives POSIX seconds, `randomness` gives that many random bytes. 48 bits are milliseconds, the 12 bits of
    rand_a and the upper 14 of rand_b are a counter (method 1 of RFC 9562 §6.2), and 48 bits are random. When the
    clock steps back, or a counter runs over, the millisecond of the last id is kept or lent from the future: order
    is worth more than a millisecond.
    """

    _clock: Callable[[], float] = time.time
    _randomness: Callable[[int], bytes] = os.urandom
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _random: bytes = field(default=b"", init=False, repr=False)
    _used: int = field(default=0, init=False)
    _ms: int = field(default=0, init=False)
    _counter: int = field(default=0, init=False)

    def __call__(self) -> str:
        """A new id, as lower-case text with hyphens."""
        with self._lock:
            if self._used == len(self._random):
                self._random, self._used = self._randomness(_AT_ONCE * _RANDOM_BYTES), 0
            tail = int.from_bytes(self._random[self._used : self._used + _RANDOM_BYTES], "big")
            self._used += _RANDOM_BYTES
            ms = int(self._clock() * _MS_PER_S)
            if ms > self._ms:
                self._ms = ms
                self._counter = tail >> 48 << 16  # starts random in its lower half, so that it seldom runs over
            else:
                self._counter += 1
                if self._counter >> 26:
                    self._ms += 1
                    self._counter = 0
            ms, counter = self._ms, self._counter
        return _text(ms, counter, tail & 0xFFFF_FFFF_FFFF)


def floor(seconds: float) -> str:
    """The smallest id that can be drawn at this POSIX time: where a range of time begins."""
    return _text(int(seconds * _MS_PER_S), 0, 0)


def bound(at: float | None, otherwise: str) -> str:
    """Where in the order of ids a POSIX time is; before the first and behind the last there is none."""
    return otherwise if at is None else floor(min(max(at, 0.0), 2.0**47 / _MS_PER_S))


def seconds(id_: str) -> float:
    """When an id was drawn, in POSIX seconds (to the millisecond)."""
    return int(id_[:8] + id_[9:13], 16) / _MS_PER_S


def _text(ms: int, counter: int, rest: int) -> str:
    value = ms << 80 | 7 << 76 | (counter >> 14) << 64 | 0b10 << 62 | (counter & 0x3FFF) << 48 | rest
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def valid(text: str) -> bool:
    """Whether this is a UUID as text, in the form that we use."""
    return _UUID.fullmatch(text) is not None
