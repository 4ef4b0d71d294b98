"""Moments as people write them: ISO 8601, or words such as `in 1 hour`, `tomorrow at 9am`, `Friday at 3pm ET`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from attrs import define, field

_LONGEST = 100  # characters of a moment in words

_LENGTHS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), timedelta(weeks=1)),
}
_NUMBERS = {"a": 1, "an": 1, "half a": 0.5, "half an": 0.5} | {
    name: number
    for number, name in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1)
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(0)}

# What people say whose clocks change, and what they say of one half of the year.
_PLACES = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_OFFSETS = {
    **{"utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180},
    **{"est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420},
    **{"akst": -540, "akdt": -480, "hst": -600, "jst": 540, "kst": 540, "aest": 600, "aedt": 660},
}

_SPAN = re.compile(r"(half an?|\d+(?:\.\d+)?|[a-z]+)\s*([a-z]+)\b|(\d+)([a-z])(?=\d)")
_CLOCK = re.compile(r"(at )?(\d{1,2})(?:[:.](\d\d)(?::(\d\d))?)?(?: ?([ap])\.?m\b\.?)?(?![\w.:])")
_NAMED_TIME = re.compile(r"(?:at )?(noon|midday|midnight)\b")
_WEEKDAY = re.compile(r"(?:on )?(?:(next|this) )?([a-z]{3,9})\b\.?")
_ISO_DAY = re.compile(r"(?:on )?(\d{4})-(\d\d)-(\d\d)\b")
_DAY_MONTH = re.compile(r"(?:on )?(?:the )?(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]{3,9})\b\.?(?: (\d{4})\b(?!:))?")
_MONTH_DAY = re.compile(r"(?:on )?([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?\b(?!:)(?: (\d{4})\b(?!:))?")
_OFFSET = re.compile(r"(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d\d))?\b")
_ZONE = re.compile(r"\(?([a-z]+(?:[/_+-][a-z0-9_+-]+)*)\)?")


def read(text: str, now: Callable[[], float], zones: Callable[[str], tzinfo] = ZoneInfo) -> datetime:
    """The moment that a text names, in UTC, where it also counts that names no zone.

    `now()` is in POSIX seconds, `zones` gives a zone by its name in the IANA database. A day without a time is that
    day at the present time of day, a time without a day is the next one, a weekday is the next one; `next Friday` is
    that of the next week. Raises ValueError for what can't be read.
    """
    given = text.strip()
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        if len(given) > _LONGEST or not given.isascii():
            raise
    else:
        return _in_utc(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
    words = " ".join(given.replace(",", " ").split())
    return _in_utc(_Words(words, words.lower(), now(), zones).read())


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


@define
class _Words:
    """A moment in words as far as it has been read; `lower` is the same text in lower case."""

    _text: str
    _lower: str
    _posix: float
    _zones: Callable[[str], tzinfo]
    _at: int = 0
    _day: tuple[str, int | date] | None = None
    _time: time | None = None
    _zone: tzinfo | None = None
    _needs_time: bool = field(default=False, init=False)

    def read(self) -> datetime:
        """The moment. Raises ValueError."""
        if self._lower == "now":
            return self._now(UTC)
        if self._lower.startswith("in ") or self._lower.endswith(" from now"):
            span = self._span()
            if self._ended():
                return self._now(UTC) + span
            if span % timedelta(days=1):
                raise ValueError("a time after a span of hours")
            self._day = "after", span.days
        while not self._ended():
            if not any(part() for part in (self._read_day, self._read_time, self._read_zone)):
                raise ValueError(f"no moment: {self._lower[self._at :]}")
        return self._moment()

    def _now(self, zone: tzinfo) -> datetime:
        return datetime.fromtimestamp(self._posix, zone)

    def _ended(self) -> bool:
        return self._at == len(self._lower)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._lower, self._at)
        if found is not None and found.end() > self._at:
            return found
        return None

    def _pass(self, found: re.Match[str]) -> bool:
        """Goes on behind what was found, and behind the blank that follows it."""
        self._at = found.end()
        if self._lower[self._at : self._at + 1] == " ":
            self._at += 1
        return True

    def _span(self) -> timedelta:
        """`in 1 hour and 30 minutes`, `2 days from now`; what comes behind the first is left."""
        self._at = 3 if self._lower.startswith("in ") else 0
        total = timedelta()
        while (found := self._take(_SPAN)) is not None:
            number, unit = found.group(1) or found.group(3), found.group(2) or found.group(4)
            length = _LENGTHS.get(unit)
            if length is None:
                break
            try:
                total += length * (_NUMBERS[number] if number in _NUMBERS else float(number))
            except OverflowError as error:
                raise ValueError("too long a span") from error
            self._pass(found)
            if self._lower.startswith("and ", self._at):
                self._at += 4
        if not total:
            raise ValueError("no span")
        if self._lower.startswith("from now", self._at):
            self._at += len("from now")
        return total

    def _read_day(self) -> bool:
        if self._day is not None:
            return False
        for name, ahead in (("today", 0), ("tonight", 0), ("tomorrow", 1), ("next week", 7)):
            if (found := self._take(re.compile(rf"{name}\b"))) is not None:
                self._day, self._needs_time = ("after", ahead), name == "tonight"
                return self._pass(found)
        return self._read_date() or self._read_weekday()

    def _read_date(self) -> bool:
        if (found := self._take(_ISO_DAY)) is not None:
            self._day = "date", date(int(found[1]), int(found[2]), int(found[3]))
            return self._pass(found)
        if (found := self._take(_DAY_MONTH)) is not None and _known(_MONTHS, found[2]) is not None:
            day, month, year = int(found[1]), _known(_MONTHS, found[2]), found[3]
        elif (found := self._take(_MONTH_DAY)) is not None and _known(_MONTHS, found[1]) is not None:
            day, month, year = int(found[2]), _known(_MONTHS, found[1]), found[3]
        else:
            return False
        assert month is not None
        named = date(int(year) if year else 2000, month + 1, day)
        self._day = ("date" if year else "yearly", named)
        return self._pass(found)

    def _read_weekday(self) -> bool:
        found = self._take(_WEEKDAY)
        weekday = None if found is None else _known(_WEEKDAYS, found[2])
        if found is None or weekday is None:
            return False
        self._day = ("weekday of the next week" if found[1] == "next" else "weekday", weekday)
        return self._pass(found)

    def _read_time(self) -> bool:
        if self._time is not None:
            return False
        if (found := self._take(_NAMED_TIME)) is not None:
            self._time = _TIMES[found[1]]
            return self._pass(found)
        found = self._take(_CLOCK)
        if found is None:
            return False
        at, hour, minute, second, half = found.groups()
        if not (at or minute or half):  # a number alone may be anything
            return False
        hours = int(hour)
        if half:
            if not 1 <= hours <= 12:
                raise ValueError("no hour of half a day")
            hours = hours % 12 + (12 if half == "p" else 0)
        self._time = time(hours, int(minute or 0), int(second or 0))
        return self._pass(found)

    def _read_zone(self) -> bool:
        if self._zone is not None or self._at == 0:
            return False
        if (found := self._take(_OFFSET)) is not None:
            offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
            self._zone = timezone(-offset if found[1] == "-" else offset)
            return self._pass(found)
        found = self._take(_ZONE)
        if found is None:
            return False
        name = found[1]
        if name in _OFFSETS:
            self._zone = timezone(timedelta(minutes=_OFFSETS[name]))
        elif name in _PLACES or "/" in name:
            try:
                self._zone = self._zones(_PLACES.get(name) or self._text[found.start(1) : found.end(1)])
            except (LookupError, OSError) as error:
                raise ValueError(f"no zone: {name}") from error
        else:
            return False
        return self._pass(found)

    def _moment(self) -> datetime:
        if (self._day is None and self._time is None) or (self._needs_time and self._time is None):
            raise ValueError("no time")
        now = self._now(self._zone or UTC)
        moment = datetime.combine(now.date(), self._time or now.time(), now.tzinfo)
        if self._day is None:
            return moment if moment > now else moment + timedelta(days=1)
        kind, which = self._day
        if isinstance(which, date):
            moment = datetime.combine(which, moment.time(), moment.tzinfo)
            if kind == "yearly":
                moment = _dated(moment, now.year)
                if moment.date() < now.date():
                    moment = _dated(moment, now.year + 1)
            return moment
        if kind == "after":
            return moment + timedelta(days=which)
        if kind == "weekday of the next week":
            return moment + timedelta(days=7 - now.weekday() + which)
        moment += timedelta(days=(which - now.weekday()) % 7)
        return moment if moment > now else moment + timedelta(days=7)


def _dated(moment: datetime, year: int) -> datetime:
    return moment.replace(year=year)


def _known(names: tuple[str, ...], word: str) -> int | None:
    """Which of these names a word is, or begins with three letters or more; `sept` and `tues` as well."""
    for place, name in enumerate(names):
        if len(word) >= 3 and name.startswith(word):
            return place
    return None
