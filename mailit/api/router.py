"""Which endpoint a request is for: a table for paths without names, Klein's map for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from attrs import define, field
from klein import Klein
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod
from werkzeug.routing import MapAdapter

from mailit.api.request import Request
from mailit.api.served import Served
from mailit.errors import MethodNotAllowed, NotFound
from mailit.plugin import Endpoint

_NO_NAMES: Mapping[str, str] = {}
_RESERVED = frozenset((b"/emails/metrics", b"/emails/receiving"))
"""Paths of Resend's that look like the name of something here; while nobody serves them there is nothing."""


@define(eq=False)
class Router:
    """The routes of one host name, as routes of one Klein application. Literal segments win over names.

    Klein's resource costs as much as all the rest of a small request (77 of 168 µs, measured), and it cancels what a
    route gives when the client hangs up. So requests are matched on its map here, those without names by a table in
    front of it, and its resource is not used.
    """

    _app: Klein = field(factory=Klein, init=False)
    _table: dict[bytes, dict[bytes, Served]] = field(factory=dict, init=False)
    _served: dict[str, Served] = field(factory=dict, init=False)
    _adapter: MapAdapter = field(init=False)

    @classmethod
    def of(cls, endpoints: Iterable[Endpoint]) -> Router:
        """A router of these endpoints."""
        router = cls()
        router._app.url_map.strict_slashes = False
        router._app.url_map.merge_slashes = False
        for endpoint in endpoints:
            router._add(Served.of(endpoint))
        router._adapter = router._app.url_map.bind("localhost")
        return router

    def find(self, method: bytes, path: bytes) -> tuple[Served, Mapping[str, str]]:
        """What serves this request, and the values of the path's names, decoded once.

        Raises `NotFound` or `MethodNotAllowed`.
        """
        methods = self._table.get(path)
        if methods is not None:
            served = methods.get(method)
            if served is not None:
                return served, _NO_NAMES
        if path.startswith(b"//"):  # the map would overlook the first
            raise NotFound
        literal = self._literal(path)
        if literal is not None and method not in literal:  # it is no name of another path
            raise MethodNotAllowed if literal else NotFound
        try:
            rule, names = self._adapter.match(_matched(path), method=method.decode("latin-1"), return_rule=True)
        except WrongMethod as error:
            raise MethodNotAllowed from error
        except (HTTPException, UnicodeDecodeError) as error:
            raise NotFound from error
        return self._served[rule.endpoint], {name: unquote(value) for name, value in names.items()}

    def methods(self, path: bytes) -> list[str]:
        """The methods of a path; none where there is nothing."""
        literal = self._literal(path)
        try:
            found = set(
                self._adapter.allowed_methods(_matched(path)) if literal is None else map(bytes.decode, literal)
            )
        except UnicodeDecodeError:
            return []
        return sorted(found | {"OPTIONS"}) if found else []

    def _literal(self, path: bytes) -> Mapping[bytes, Served] | None:
        """What serves a path that stands in the table, by method: a slash at its end makes no other of it."""
        bare = path[:-1] if path.endswith(b"/") else path
        return self._table.get(bare, {} if bare in _RESERVED else None)

    def _add(self, served: Served) -> None:
        endpoint = served.endpoint
        self._served[endpoint.name] = served
        rule = endpoint.path.replace("{", "<").replace("}", ">")
        self._app.route(rule, methods=[endpoint.method], endpoint=endpoint.name)(_route(served))
        if "{" not in endpoint.path:
            methods = self._table.setdefault(endpoint.path.encode(), {})
            methods[endpoint.method.encode()] = served
            if endpoint.method == "GET":
                methods.setdefault(b"HEAD", served)


def _route(served: Served) -> Any:
    def route(request: Request, **names: str) -> Any:
        return request.channel.site.api.serve(request, served, names)

    return route


def _matched(path: bytes) -> str:
    """The path as Klein's map sees it: segments decoded, but a slash or percent sign in one is none of the path's."""
    if b"%" not in path:
        return path.decode()
    return "/".join(_segment(segment) for segment in path.decode().split("/"))


def _segment(text: str) -> str:
    return unquote(text, errors="strict").replace("%", "%25").replace("/", "%2F")
