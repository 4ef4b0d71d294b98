"""The API described: an OpenAPI 3.1 document, made from the declarations that serve it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from mailit.access.permissions import ROLES, roles_with
from mailit.plugin import Endpoint, Needs

_REFERENCE = "#/components/schemas/{name}"
_NAMES = re.compile(r"\{(\w+)\}")

_NEEDS = {
    Needs.NOTHING: "Needs no credentials.",
    Needs.SENDING: "Needs an API key of any permission, or an account.",
    Needs.FULL: "Needs an API key with full access, or an account.",
    Needs.ACCOUNT: "Needs a signed-in account.",
    Needs.OPERATOR: "Needs the operator's account.",
}


class Error(Struct, frozen=True):
    """What every failure answers with; `statusCode` is the HTTP status."""

    statusCode: int
    message: str
    name: str


def described(endpoints: Sequence[Endpoint], version: str, url: str) -> dict[str, Any]:
    """The document of these endpoints. Those bound to a host name are left out: they are pages, and no API."""
    shown = [one for one in endpoints if one.host is None]
    types = [Error, *_types(shown)]
    references, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    by_type = list(zip(types, references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in shown:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "MailIt", "version": version, "description": "Sends mail, and tells what became of it."},
        "servers": [{"url": url}],
        "security": [{"bearer": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in shown)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, or the token of a session from `/auth/login`.",
                }
            },
        },
    }


def _types(endpoints: Iterable[Endpoint]) -> list[Any]:
    found: list[Any] = []
    for one in endpoints:
        for type_ in (one.shows or one.takes, one.gives, one.query):
            if type_ is not None and type_ is not bytes and not any(type_ is known for known in found):
                found.append(type_)
    return found


def _operation(one: Endpoint, by_type: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    summary = one.summary.partition(". ")[0].rstrip(".")
    operation: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": summary,
        "description": f"{one.summary} {_needs(one)}".strip(),
        "responses": {
            **{str(status): _success(one, by_type) for status in (one.status, *one.others)},
            "default": _failure(by_type),
        },
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _NAMES.findall(one.path)
    ] + _query(one)
    if parameters:
        operation["parameters"] = parameters
    takes = one.shows or one.takes
    if takes is bytes:
        operation["requestBody"] = {"content": {"application/octet-stream": {}}}
    elif takes is not None:
        schema = _schema(takes, by_type)
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if one.needs is Needs.NOTHING:
        operation["security"] = []
    return operation


def _needs(one: Endpoint) -> str:
    roles = roles_with(one.asks)
    if one.needs in (Needs.NOTHING, Needs.OPERATOR) or roles == tuple(ROLES):
        return _NEEDS[one.needs]
    return f"{_NEEDS[one.needs]} Its role in the team must be {' or '.join(roles)}."


def _success(one: Endpoint, by_type: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    type_ = one.gives_type.partition(";")[0] if one.raw else "application/json"
    content = {} if one.gives in (None, bytes) else {"schema": _schema(one.gives, by_type)}
    return {"description": "Done.", "content": {type_: content}}


def _failure(by_type: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    return {
        "description": "It failed, and this says why.",
        "content": {"application/json": {"schema": _schema(Error, by_type)}},
    }


def _query(one: Endpoint) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schemas = msgspec.json.schema_components([one.query], ref_template=_REFERENCE)[1]
    shape = schemas[one.query.__name__]
    required = shape.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema, "style": "form", "explode": False}
        for name, schema in shape["properties"].items()
    ]


def _schema(type_: Any, by_type: Sequence[tuple[Any, Any]]) -> Any:
    return next(reference for known, reference in by_type if known is type_)
