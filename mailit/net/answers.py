"""What DNS said, kept as long as it may be: answers by their TTL, absence by its own, failures for a moment."""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, field, frozen

SHORTEST = 1.0
"""A TTL of 0 is good for a second: what one mail asks, it asks once."""

LONGEST = 86_400.0
"""No answer is believed for longer than a day, in seconds."""

LONGEST_ABSENCE = 900.0
"""What isn't there is asked for again after a quarter of an hour: people mend their zones and try again."""

FAILURE = 5.0
"""A question that DNS did not answer is not asked again for so many seconds (RFC 2308 §7)."""

STALE = 3600.0
"""So long after its end an answer still serves, while DNS says nothing (RFC 8767)."""


@frozen
class Answer:
    """The records of one name and kind; `missing` is NXDOMAIN. `expires` and `stale` are seconds of the reactor.

    `authentic`: a resolver that is trusted with it validated it with DNSSEC (AD). `failed`: DNS did not say, and why.
    `target`: the name that the records stand at, once aliases were followed.
    """

    records: tuple[Any, ...] = ()
    missing: bool = False
    authentic: bool = False
    failed: str = ""
    expires: float = 0.0
    stale: float = 0.0
    target: str = ""


@define
class Answers:
    """Answers by (name, kind), the longest unused ones forgotten first."""

    _most: int = 20_000
    _kept: dict[tuple[str, str], Answer] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._kept)

    def fresh(self, key: tuple[str, str], now: float) -> Answer | None:
        """The answer, while its TTL lasts."""
        answer = self._kept.get(key)
        if answer is None or answer.expires <= now:
            return None
        del self._kept[key]
        self._kept[key] = answer
        return answer

    def keep(self, key: tuple[str, str], answer: Answer) -> None:
        """Remembers it, in the place of what was known before."""
        self._kept.pop(key, None)
        self._kept[key] = answer
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def forget(self, key: tuple[str, str]) -> None:
        """As if it had never been asked."""
        self._kept.pop(key, None)

    def fall_back(self, key: tuple[str, str], failure: str, now: float) -> Answer:
        """What to answer where DNS did not: the old answer for a while, or the failure; neither is asked for soon."""
        old = self._kept.get(key)
        if old is not None and not old.failed and now < old.stale:
            answer = evolve(old, expires=now + FAILURE)
        else:
            answer = Answer(failed=failure, expires=now + FAILURE)
        self.keep(key, answer)
        return answer


def lifetime(ttl: int, absent: bool) -> float:
    """For how long an answer with this TTL is believed, in seconds."""
    return min(max(float(ttl), SHORTEST), LONGEST_ABSENCE if absent else LONGEST)
