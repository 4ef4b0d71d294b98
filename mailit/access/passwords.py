"""Passwords: hashed with scrypt (RFC 7914), in threads, a few at a time."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import DeferredSemaphore

from mailit.errors import Refused, Unavailable

LEAST = 8
MOST = 1024
_SALT = 16
_LENGTH = 32


class WeakPassword(Refused):
    """The password is shorter or longer than passwords may be."""


@frozen
class Cost:
    """scrypt's parameters: `n` blocks of 128 * `r` bytes of memory, `p` times."""

    n: int = 2**14
    r: int = 8
    p: int = 5

    @property
    def memory(self) -> int:
        """Bytes that one hash may take; OpenSSL counts a little more than the blocks."""
        return 128 * self.r * (self.n + self.p + 2) + 1024


@define(eq=False)
class Passwords:
    """Hashes and proves passwords off the reactor: at most `at_once` at a time, and not many waiting for their turn.

    `run_in_thread(f, *args)` gives a Deferred.
    """

    _run_in_thread: Callable[..., Any]
    _cost: Cost = Cost()
    _randomness: Callable[[int], bytes] = os.urandom
    _at_once: int = 2
    _waiting: int = 50
    _turns: DeferredSemaphore | None = field(default=None, init=False)

    async def hash(self, password: str) -> str:
        """What is kept of a password. Raises `WeakPassword`."""
        check(password)
        hashed: str = await self._turn(hashed_now, password, self._cost, self._randomness)
        return hashed

    async def prove(self, password: str, kept: str | None) -> bool:
        """Whether this is the password. Without a kept one it takes as long, and is not."""
        if len(password) > MOST:
            password = ""
        right: bool = await self._turn(_proved, password, kept, self._cost)
        return right

    async def _turn(self, work: Callable[..., Any], *args: Any) -> Any:
        if self._turns is None:
            self._turns = DeferredSemaphore(self._at_once)
        if len(self._turns.waiting) >= self._waiting:
            raise Unavailable("Too many sign-ins at once. Please try again.")
        return await self._turns.run(self._run_in_thread, work, *args)


def check(password: str, field: str = "password") -> None:
    """Raises `WeakPassword` with what is wrong, by the field's name."""
    if len(password) < LEAST:
        raise WeakPassword(f"Invalid `{field}` field. It must have at least {LEAST} characters.")
    if len(password) > MOST:
        raise WeakPassword(f"Invalid `{field}` field. It must have at most {MOST} characters.")


def hashed_now(password: str, cost: Cost = Cost(), randomness: Callable[[int], bytes] = os.urandom) -> str:
    """The same as `Passwords.hash`, here and now: for the command line. `scrypt$N$r$p$salt$hash`."""
    check(password)
    salt = randomness(_SALT)
    derived = _derived(password, salt, cost)
    return f"scrypt${cost.n}${cost.r}${cost.p}${b64encode(salt).decode()}${b64encode(derived).decode()}"


def _proved(password: str, kept: str | None, cost: Cost) -> bool:
    if kept is None:
        _derived(password, bytes(_SALT), cost)
        return False
    _, n, r, p, salt, derived = kept.split("$")
    return hmac.compare_digest(_derived(password, b64decode(salt), Cost(int(n), int(r), int(p))), b64decode(derived))


def _derived(password: str, salt: bytes, cost: Cost) -> bytes:
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=cost.n, r=cost.r, p=cost.p, dklen=_LENGTH, maxmem=cost.memory + 2**20)
