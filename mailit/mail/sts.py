"""MTA-STS as text: the record that says that a domain has a policy, and the policy itself (RFC 8461 §3.1, §3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from attrs import frozen

LONGEST = 31_557_600
"""The longest `max_age`, in seconds: a year."""

MOST_BYTES = 65_536
"""A longer policy is none."""

_RECORD = re.compile(r"v=STSv1[ \t]*(?:;[ \t]*[^;]*)*", re.ASCII)
_ID = re.compile(r"[a-zA-Z0-9]{1,32}", re.ASCII)
_PATTERN = re.compile(r"(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.ASCII)


class Mode(Enum):
    """What a domain asks of those that send to it."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


class BadPolicy(ValueError):
    """The text is no policy; the sentence says why."""


@frozen
class StsPolicy:
    """A policy. `max_age` is in seconds; `mx` are patterns in lower case; `text` is what was served."""

    mode: Mode
    max_age: int
    mx: tuple[str, ...]
    text: str = ""

    def names(self, host: str) -> bool:
        """Whether a pattern matches the exchanger's name: a wildcard stands for one label, the leftmost (§4.1)."""
        host = host.lower().rstrip(".")
        above = "*." + host.partition(".")[2]
        return any(pattern in (host, above) for pattern in self.mx)


def id_of(records: Iterable[str]) -> str | None:
    """The policy's id by the TXT records of `_mta-sts.DOMAIN`; None where they name none, or more than one (§3.1)."""
    ours = [record for record in records if re.match(r"v=STSv1[ \t]*;", record)]
    if len(ours) != 1 or not _RECORD.fullmatch(ours[0]):
        return None
    fields = [part.strip().partition("=") for part in ours[0].split(";")[1:]]
    ids = [value.strip() for name, _, value in fields if name.strip() == "id"]
    return ids[0] if len(ids) == 1 and _ID.fullmatch(ids[0]) else None


def parse(body: bytes) -> StsPolicy:
    """A policy as it is served (§3.2). Of a field that stands twice the first counts. Raises `BadPolicy`."""
    if len(body) > MOST_BYTES:
        raise BadPolicy("it is too long")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPolicy("it is not text") from error
    fields: dict[str, str] = {}
    patterns: list[str] = []
    for line in re.split(r"\r?\n", text):
        name, colon, value = line.partition(":")
        name, value = name.strip(" \t"), value.strip(" \t")
        if not colon:
            if line.strip(" \t"):
                raise BadPolicy("it has a line without a colon")
        elif name == "mx":
            pattern = value.lower().rstrip(".")
            if not _PATTERN.fullmatch(pattern):
                raise BadPolicy("it has an mx that is no name")
            patterns.append(pattern)
        else:
            fields.setdefault(name, value)
    if fields.get("version") != "STSv1":
        raise BadPolicy("its version is not STSv1")
    if fields.get("mode") not in [mode.value for mode in Mode]:
        raise BadPolicy("it has no mode that is known")
    age = fields.get("max_age", "")
    if not re.fullmatch(r"[0-9]{1,10}", age, re.ASCII):
        raise BadPolicy("it has no max_age")
    mode = Mode(fields["mode"])
    if mode is not Mode.NONE and not patterns:
        raise BadPolicy("it names no mx")
    return StsPolicy(mode, min(int(age), LONGEST), tuple(dict.fromkeys(patterns)), text)
