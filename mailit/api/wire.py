"""JSON in and out: bodies and queries into typed classes, and what is wrong with them in Resend's words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from mailit.errors import Malformed, MissingField, Refused

encode = msgspec.json.Encoder().encode
"""A wire object as JSON."""

_FAULT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<field>.*)`")
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`(?P<bounds>[^,]*)(?:, got `(?P<got>[^`]*)`)?")
_PART = re.compile(r"(?P<name>[^.\[\]]+)|\[[^\]]*\]")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def body(type_: Any) -> Callable[[bytes], Any]:
    """A function that reads a request's body as this type. It raises from `mailit.errors`.

    Types are strict and unknown keys are passed over, as the official SDKs send some. An empty body is `{}`.
    """
    decode = msgspec.json.Decoder(type_).decode

    def read(raw: bytes) -> Any:
        try:
            return decode(raw or b"{}")
        except msgspec.ValidationError as error:
            raise fault(error, type_) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(raw) from error

    return read


def query(type_: Any) -> Callable[[Mapping[str, str]], Any]:
    """A function that reads a query string's values as this type; lists are written with commas.

    What the type says in `faults`, by parameter, is the message where that one is wrong.
    """
    lists = {
        name
        for name, hint in get_type_hints(type_).items()
        if any(get_origin(one) is list for one in (hint, *get_args(hint)))
    }
    names = {field.encode_name for field in msgspec.structs.fields(type_)}
    faults: Mapping[str, str] = getattr(type_, "faults", {})

    def read(values: Mapping[str, str]) -> Any:
        known: dict[str, Any] = {
            name: [one for one in value.split(",") if one] if name in lists else value
            for name, value in values.items()
            if name in names
        }
        for name, value in known.items():
            if isinstance(value, str) and ("\x00" in value or _SURROGATE.search(value)):
                raise Refused(f"Invalid `{name}` parameter.")
        try:
            return msgspec.convert(known, type_, strict=False)
        except msgspec.ValidationError as error:
            where = fault(error, type_)
            name = next((name for name in known if f"`{name}" in where.message), "")
            raise Refused(faults[name]) if name in faults else where from None

    return read


def fault(error: msgspec.ValidationError, type_: Any) -> Refused:
    """The same fault as Resend says it: `Missing …` or `Invalid …`, with the field's path.

    `type_` is what was to be read: of one of its choices, all of them are told.
    """
    told = _FAULT.fullmatch(str(error))
    assert told is not None
    what, path = told["what"], (told["path"] or "").lstrip(".")
    missing = _MISSING.fullmatch(what)
    if missing is not None:
        return MissingField.named(f"{path}.{missing['field']}" if path else missing["field"])
    choices = _choices(type_, path) if what.startswith("Invalid enum value") else ()
    said = f"Must be one of {', '.join(choices)}." if choices else _said(what)
    if not path:
        return Refused(f"The request body is not as expected. {said}")
    return Refused(f"Invalid `{path.replace('[...]', '')}` field. {said}")


def _choices(type_: Any, path: str) -> Sequence[str]:
    """What may stand at a path of this type, as JSON; none where it is not to be found."""
    here = list(_kinds(inspect.type_info(type_)))
    for part in _PART.finditer(path):
        here = [kind for one in here for inner in _inner(one, part["name"]) for kind in _kinds(inner)]
    return [encode(value).decode() for one in here if isinstance(one, inspect.LiteralType) for value in one.values]


def _kinds(type_: inspect.Type) -> Iterator[inspect.Type]:
    """The types that a value may have which is said to be of this one."""
    if isinstance(type_, inspect.Metadata):
        yield from _kinds(type_.type)
    elif isinstance(type_, inspect.UnionType):
        for one in type_.types:
            yield from _kinds(one)
    else:
        yield type_


def _inner(type_: inspect.Type, name: str | None) -> Iterator[inspect.Type]:
    """What lies within a type: in the field of this name, or, without one, in its list or its mapping."""
    if isinstance(type_, inspect.StructType):
        yield from (field.type for field in type_.fields if field.encode_name == name)
    elif isinstance(type_, inspect.ListType) and name is None:
        yield type_.item_type
    elif isinstance(type_, inspect.DictType) and name is None:
        yield type_.value_type


def _said(what: str) -> str:
    expected = _EXPECTED.fullmatch(what)
    if expected is None:
        return f"{what}."
    wanted = [_KINDS.get(kind, kind) for kind in expected["wanted"].split(" | ")]
    said = f"Expected {' or '.join(wanted)}{expected['bounds'] or ''}"
    return f"{said}, got {_KINDS.get(expected['got'], expected['got'])}." if expected["got"] else f"{said}."


def _unreadable(raw: bytes) -> Refused:
    """What is wrong with a body that msgspec can't read; half a surrogate pair is named by its field."""
    if _ESCAPED_SURROGATE.search(raw):
        try:
            found = next(_halves(json.loads(raw), ""), None)
        except (ValueError, RecursionError):
            found = None
        if found is not None:
            return Refused(f"Invalid `{found or 'body'}` field. It has half of a surrogate pair: no character.")
    return Malformed("The request body is not valid JSON.")


def _halves(value: Any, path: str) -> Iterator[str]:
    """The paths of strings, and names, with half a surrogate pair in them."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            yield path
    elif isinstance(value, dict):
        for name, one in value.items():
            if _SURROGATE.search(name):
                yield path
            yield from _halves(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _halves(one, f"{path}[{place}]")
