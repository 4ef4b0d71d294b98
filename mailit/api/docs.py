"""The API described for people: one page made from the OpenAPI document, without a script or another host."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --page: #fff; --ink: #17181a; --quiet: #5c6166; --line: #dcdfe2; --card: #f6f7f8;
        --accent: #0b6b60 }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e0f10; --ink: #f2f3f4; --quiet: #a4a9ae; --line: #2a2d30; --card: #17191b; --accent: #4fd1c0 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main, header { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 2.5rem }
h1 { font-size: 1.75rem; margin: 0 } h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem } h3 { margin: 1rem 0 .25rem }
h3 { font-size: .95rem } p { margin: .4rem 0 } nav { margin: 1rem 0 } nav a { margin-right: .9rem }
a { color: var(--accent) } .quiet { color: var(--quiet) }
details { border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin: .5rem 0 }
summary { padding: .6rem .9rem; cursor: pointer; overflow-wrap: anywhere }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
details > div { padding: 0 .9rem .9rem; overflow-x: auto }
code { font: .9em ui-monospace, monospace } .method { color: var(--accent); font-weight: 600 }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line) }
"""

POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)
"""The page's Content-Security-Policy: nothing but its own style."""


def page(document: Mapping[str, Any]) -> bytes:
    """The whole page as UTF-8."""
    return "".join(_page(document)).encode()


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    tags = [tag["name"] for tag in document["tags"]]
    yield "<!doctype html><html lang=en><meta charset=utf-8>"
    yield "<meta name=viewport content='width=device-width, initial-scale=1'>"
    yield f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style>"
    yield f"<header><h1>{escape(info['title'])} API</h1>"
    url = escape(document["servers"][0]["url"])
    yield f"<p class=quiet>Version {escape(info['version'])} at <code>{url}</code></p>"
    yield "<p>Send <code>Authorization: Bearer re_…</code> with every request. For programs: "
    yield "<a href='/openapi.json'>openapi.json</a>.</p><nav>"
    yield from (f"<a href='#{escape(tag)}'>{escape(tag)}</a> " for tag in tags)
    yield "</nav></header><main>"
    for tag in tags:
        yield f"<h2 id='{escape(tag)}'>{escape(tag)}</h2>"
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if tag in operation["tags"]:
                    yield from _operation(document, method, path, operation)
    yield "</main></html>"


def _operation(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<details id='{escape(operation['operationId'])}'><summary><code><span class=method>{method.upper()}</span> "
    yield f"{escape(path)}</code> <span class=quiet>{_words(operation['summary'])}</span></summary><div>"
    yield f"<p>{_words(operation['description'])}</p>"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<h3>Parameters</h3><table><tr><th>name<th>in<th>type</tr>"
        for one in parameters:
            yield f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}<td>{_kind(one['schema'])}</tr>"
        yield "</table>"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        yield "<h3>Body</h3>"
        yield from _fields(document, body)
    for status, response in operation["responses"].items():
        if status == "default":
            continue
        for type_, content in response["content"].items():
            yield f"<h3>Answer: {escape(status)} <code>{escape(type_)}</code></h3>"
            if "schema" in content:
                yield from _fields(document, content["schema"])
    yield "</div></details>"


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("type") == "array":
        yield "<p>An array of:</p>"
        schema = schema["items"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "description" in schema:
        yield f"<p class=quiet>{_words(schema['description'])}</p>"
    required = schema.get("required", ())
    yield "<table><tr><th>field<th>type<th></tr>"
    for name, one in schema.get("properties", {}).items():
        must = "required" if name in required else ""
        yield f"<tr><td><code>{escape(name)}</code><td>{_kind(one)}<td class=quiet>{must}</tr>"
    yield "</table>"


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return escape(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    return escape(schema.get("type", "anything"))


def _words(text: str) -> str:
    """Prose, what stands between backquotes as code."""
    parts = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
