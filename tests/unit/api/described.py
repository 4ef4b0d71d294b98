"""An OpenAPI document as flat facts, so that two of them can be compared: operations, parameters, fields, statuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Facts = dict[str, dict[str, Any]]
"""By `GET /path/{}`: `query` names, `statuses` of success, `takes` and `gives` as fields with their types."""

_DEEPEST = 6


def facts(document: Mapping[str, Any]) -> Facts:
    """What a document says of each operation; names of parameters in paths do not count."""
    found: Facts = {}
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method, one in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                name = f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
                found[name] = _operation(document, one, [*shared, *one.get("parameters", [])])
    return found


def _operation(document: Mapping[str, Any], one: Mapping[str, Any], parameters: list[Any]) -> dict[str, Any]:
    parameters = [_resolved(document, parameter) for parameter in parameters]
    successes = {status: answer for status, answer in one["responses"].items() if status.startswith("2")}
    answer = _resolved(document, successes[min(successes)])
    return {
        "query": sorted(parameter["name"] for parameter in parameters if parameter["in"] == "query"),
        "statuses": sorted(int(status) for status in successes),
        "takes": _fields(document, _resolved(document, one.get("requestBody", {}))),
        "gives": _fields(document, answer),
    }


def _fields(document: Mapping[str, Any], holder: Mapping[str, Any]) -> dict[str, str]:
    content = holder.get("content", {})
    media = next((its for type_, its in content.items() if "json" in type_), {})
    fields: dict[str, set[str]] = {}
    for path, type_ in _walk(document, media.get("schema", {}), "", 0):
        fields.setdefault(path, set()).add("number" if type_ == "integer" else type_)
    return {path: "|".join(sorted(types - {"null"})) or "any" for path, types in sorted(fields.items()) if path}


def _walk(document: Mapping[str, Any], schema: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, str]]:
    schema = _resolved(document, schema)
    parts = [one for word in ("allOf", "anyOf", "oneOf") for one in schema.get(word, ())]
    for one in parts:
        yield from _walk(document, one, path, depth)
    properties = schema.get("properties", {})
    types = schema.get("type")
    for type_ in [types] if isinstance(types, str) else types or (["object"] if properties else []):
        yield path, type_
    if "const" in schema or ("enum" in schema and not types):
        for value in schema.get("enum", [schema.get("const")]):
            yield path, {str: "string", bool: "boolean", int: "number"}.get(type(value), "null")
    if depth < _DEEPEST:
        for name, one in properties.items():
            below = f"{path}.{name}" if path else name
            yield below, "null"
            yield from _walk(document, one, below, depth + 1)
        if "items" in schema:
            yield from _walk(document, schema["items"], f"{path}[]", depth + 1)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        at: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            at = at[step]
        schema = at
    return schema
