"""Settings as attrs fields that carry their kind, their default as written, and their one line of documentation.

A room declares its section as a frozen class of `setting(...)` fields; `mailit.config` reads files and variables into
it. A kind turns what a YAML file holds, or the text of a variable, into the value that the room works with.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import attrs
from attrs import field, frozen

T = TypeVar("T")

SETTING = "mailit.setting"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Unset:
    """The default of a setting that has none of its own: it is left out, or made from another."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


@frozen
class Kind(Generic[T]):
    """What a setting may be. `expected` is the phrase that follows "expected" where a value is none.

    `parse` takes text; `accept` takes what YAML gives that is not text. Both raise ValueError where it won't do, with
    a sentence where there is more to say than `expected`. `textual`: whether it is text in a file, too.
    """

    name: str
    expected: str
    parse: Callable[[str], T]
    accept: Callable[[object], T] | None = None
    textual: bool = True

    def read(self, value: object) -> T:
        """The value of what a file holds. Raises ValueError with a phrase that says what is expected."""
        try:
            if isinstance(value, str) and self.textual:
                return self.parse(value)
            if self.accept is not None:
                return self.accept(value)
        except ValueError as error:
            raise ValueError(str(error) or f"expected {self.expected}, not {value!r}") from None
        quoted = "; put it in quotes" if isinstance(value, (int, float)) and self.name == "text" else ""
        raise ValueError(f"expected {self.expected}, not {_said(value)}{quoted}")

    def read_text(self, text: str) -> T:
        """The value of a variable's text. Raises ValueError likewise."""
        try:
            return self.parse(text)
        except ValueError as error:
            raise ValueError(str(error) or f"expected {self.expected}, not {text!r}") from None


@frozen
class Setting:
    """What a field knows of itself beyond its name: kind, default as written in a file, documentation."""

    kind: Kind[Any]
    default: object
    doc: str
    default_doc: str = ""

    @property
    def secret(self) -> bool:
        """Whether the value must not be shown."""
        return self.kind.name == "secret"


@frozen
class Address:
    """Where to listen, or whom to ask: an empty host is every interface."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def setting(default: object, doc: str, kind: Kind[Any] | None = None, default_doc: str = "") -> Any:
    """An attrs field. `default` is written as it would be in a file, and `UNSET` gives None.

    `default_doc` says in words where a default that is UNSET comes from. A secret does not show in the repr.
    """
    kind = kind or TEXT
    value = None if default is UNSET else kind.read(default)
    about = Setting(kind, default, doc, default_doc)
    return field(default=value, repr=kind.name != "secret", metadata={SETTING: about}, kw_only=True)


def settings_of(section: type) -> Mapping[str, Setting]:
    """The settings of a section's class by name, in the order of their definition."""
    return {one.name: one.metadata[SETTING] for one in attrs.fields(section) if SETTING in one.metadata}


def _text(text: str) -> str:
    if "\x00" in text:
        raise ValueError("text must not hold a NUL")
    return text


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
        raise ValueError
    return int(text)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, not {_said(value)}")
    return value


def _flag(text: str) -> bool:
    if text.strip().lower() not in _FLAGS:
        raise ValueError
    return _FLAGS[text.strip().lower()]


def _true_or_false(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {_said(value)}")
    return value


def _duration(text: str) -> float:
    parts = _DURATION.findall(text.strip())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise ValueError
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _path(text: str) -> Path:
    if not _text(text):
        raise ValueError
    return Path(text).expanduser()


def _address(text: str) -> Address:
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError
    if host.startswith("[") and host.endswith("]"):
        host = str(ipaddress.IPv6Address(host[1:-1]))
    elif ":" in host or re.search(r"[\s/]", host):
        raise ValueError
    return Address(host, int(port))


def _peer(text: str) -> Address:
    address = _address(text)
    if not address.host or not address.port:
        raise ValueError
    return address


def _url(text: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text.strip()):
        raise ValueError
    return text.strip().rstrip("/")


def _host_name(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    if not re.fullmatch(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", name) or len(name) > 253:
        raise ValueError
    return name


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise ValueError(f"expected a network such as 10.0.0.0/8: {error}") from None


def _ip_address(text: str) -> str:
    return str(ipaddress.ip_address(text.strip()))


TEXT = Kind("text", "text", _text)
SECRET = Kind("secret", "text", _text)
INTEGER = Kind("integer", "a whole number", _integer, _whole, textual=False)
FLAG = Kind("flag", "true or false", _flag, _true_or_false, textual=False)
DURATION = Kind("duration", "a duration such as 500ms, 10s, 5m, 1h or 2d", _duration)
PATH = Kind("path", "a path", _path)
ADDRESS = Kind("address", "HOST:PORT, or :PORT for every interface", _address)
PEER = Kind("peer", "HOST:PORT", _peer)
URL = Kind("url", "an http:// or https:// address", _url)
HOST_NAME = Kind("host name", "a host name such as mail.example.com", _host_name)
IP_ADDRESS = Kind("IP address", "an IP address", _ip_address)
NETWORK = Kind("network", "a network such as 10.0.0.0/8", _network)


def secret(at_least: int) -> Kind[str]:
    """A secret of so many characters or more."""

    def parse(text: str) -> str:
        if len(_text(text)) < at_least:
            raise ValueError(f"expected at least {at_least} characters, not {len(text)}")
        return text

    return Kind("secret", f"at least {at_least} characters", parse)


def integer(low: int, high: int) -> Kind[int]:
    """A whole number within bounds, both included."""

    def bounded(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, not {value}")
        return value

    return Kind(
        "integer",
        f"a whole number from {low} to {high}",
        lambda text: bounded(_integer(text)),
        lambda value: bounded(_whole(value)),
        textual=False,
    )


def choice(*names: str) -> Kind[str]:
    """One of these names."""
    expected = f"{', '.join(names[:-1])} or {names[-1]}"

    def parse(text: str) -> str:
        if text.strip() not in names:
            raise ValueError
        return text.strip()

    return Kind("choice", expected, parse)


def number(*numbers: int) -> Kind[int]:
    """One of these whole numbers."""
    expected = f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}"

    def known(value: int) -> int:
        if value not in numbers:
            raise ValueError(f"expected {expected}, not {value}")
        return value

    return Kind("integer", expected, lambda text: known(_integer(text)), lambda value: known(_whole(value)), False)


def either(word: str, kind: Kind[Any]) -> Kind[Any]:
    """A word that stands for itself, or a value of the kind, kept as text."""

    def parse(text: str) -> str:
        if text.strip() == word:
            return word
        return str(kind.parse(text))

    return Kind(kind.name, f"{word}, or {kind.expected}", parse)


def list_of(kind: Kind[T]) -> Kind[tuple[T, ...]]:
    """A YAML list, or a variable's text with commas between."""

    def accept(value: object) -> tuple[T, ...]:
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"expected a list, not {_said(value)}")
        return each(kind.read, value)

    def parse(text: str) -> tuple[T, ...]:
        return each(kind.read_text, [one.strip() for one in text.split(",") if one.strip()])

    def each(read: Callable[[Any], T], values: Sequence[Any]) -> tuple[T, ...]:
        """All of them read. Raises `ValueError` with the faults of all."""
        made, faults = [], []
        for value in values:
            try:
                made.append(read(value))
            except ValueError as error:
                faults.append(str(error))
        if faults:
            raise ValueError("; ".join(dict.fromkeys(faults)))
        return tuple(made)

    return Kind("list", f"a list, each {kind.expected}", parse, accept, textual=False)


def record(section: type[T]) -> Kind[T]:
    """A mapping with the settings of a class, or text with its values in order and blanks between."""
    settings = settings_of(section)

    def accept(value: object) -> T:
        if not isinstance(value, dict):
            raise ValueError(f"expected a mapping, not {_said(value)}")
        unknown = [str(name) for name in value if name not in settings]
        if unknown:
            raise ValueError(f"unknown {', '.join(unknown)}; there are {', '.join(settings)}")
        return _made(section, {name: settings[name].kind.read(one) for name, one in value.items()})

    def parse(text: str) -> T:
        words = text.split()
        if not words or len(words) > len(settings):
            raise ValueError
        pairs = zip(settings.items(), words, strict=False)
        return _made(section, {name: about.kind.read_text(word) for (name, about), word in pairs})

    return Kind("record", f"{' '.join(settings).upper()}", parse, accept)


def _made(section: type[T], values: Mapping[str, object]) -> T:
    return section(**values)


def _said(value: object) -> str:
    """A wrong value in the words of YAML, cut where it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
