"""Values made from a JSON schema as `/openapi.json` has it, right ones and wrong ones; and whether a value conforms."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

STRANGE: tuple[Any, ...] = (
    *(
        "",
        "a",
        "\0",
        "\ud7ff\U0001f600",
        "' OR 1=1 --",
        "x" * 3_000,
        "é@ü.example",
        "a@b.example",
        "%s%(team)s",
        "../..",
    ),
    *("01890000-0000-7000-8000-000000000001", "2030-01-01T00:00:00Z", "in 1 hour", "Ana <a@example.org>", "9" * 400),
    *(0, -1, 2**31, 2**63, 1e308, True, None, [], {}, [[]], [None], {"": None}),
)
"""What has broken things before."""

_KINDS = {"string": str, "boolean": bool, "array": list, "object": dict, "number": (int, float), "integer": int}


def value(random: Random, document: Mapping[str, Any], schema: Mapping[str, Any], wrong: float, depth: int = 0) -> Any:
    """A value that conforms, but that each part of it is, with this probability, a strange one."""
    if random.random() < wrong:
        return random.choice(STRANGE)
    schema = resolved(document, schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return value(random, document, random.choice(schema[word]), wrong, depth)
    if "enum" in schema:
        return random.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        required = schema.get("required", ())
        made = {
            name: value(random, document, one, wrong, depth + 1)
            for name, one in schema.get("properties", {}).items()
            if name in required or (depth < 4 and random.random() < 0.5)
        }
        return made if random.random() > wrong else {**made, "unknown": random.choice(STRANGE)}
    if kind == "array":
        return [value(random, document, schema.get("items", {}), wrong, depth + 1) for _ in range(random.randrange(3))]
    if kind in ("integer", "number"):
        return random.randint(int(schema.get("minimum", 0)), int(schema.get("maximum", 1_000)))
    if kind == "boolean":
        return random.random() < 0.5
    if kind == "null":
        return None
    return random.choice([one for one in STRANGE if isinstance(one, str)])


def fault(document: Mapping[str, Any], schema: Mapping[str, Any], value_: Any, path: str = "$") -> str | None:
    """Where a value does not conform, or None."""
    schema = resolved(document, schema)
    for word in ("anyOf", "oneOf"):
        if word in schema and all(fault(document, one, value_, path) for one in schema[word]):
            return f"{path}: none of {word}"
    if "enum" in schema and value_ not in schema["enum"]:
        return f"{path}: {value_!r} is none of {schema['enum']}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(kind, value_) for kind in kinds):
        return f"{path}: {value_!r} is no {kinds}"
    if isinstance(value_, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        missing = [name for name in schema.get("required", ()) if name not in value_]
        if missing:
            return f"{path}: {missing} missing"
        for name, one in value_.items():
            if name not in properties and properties and "additionalProperties" not in schema:
                return f"{path}.{name}: not declared"
            its = properties.get(name, others if isinstance(others, dict) else {})
            if found := fault(document, its, one, f"{path}.{name}"):
                return found
    if isinstance(value_, list):
        return next(filter(None, (fault(document, schema.get("items", {}), one, f"{path}[]") for one in value_)), None)
    return None


def resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference leads to."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _is(kind: str, value_: Any) -> bool:
    if kind == "null":
        return value_ is None
    return isinstance(value_, _KINDS[kind]) and (kind == "boolean" or not isinstance(value_, bool))  # type: ignore[arg-type]
