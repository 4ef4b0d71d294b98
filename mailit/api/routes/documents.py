"""The API's description of itself."""

from __future__ import annotations

from typing import Any

import msgspec
from attrs import define, field

from mailit.api import docs, openapi
from mailit.plugin import Call, Cost, Endpoint, Needs, RawAnswer, endpoint


@define(eq=False)
class DocumentRoutes:
    """`/openapi.json` and `/docs`. `endpoints` are all that there are, these among them."""

    _version: str
    _url: str
    endpoints: list[Endpoint] = field(factory=list)
    _document: dict[str, Any] | None = field(default=None, init=False)

    @endpoint("GET", "/openapi.json", needs=Needs.NOTHING, cost=Cost.READ, raw=True, tag="documents")
    async def openapi(self, call: Call) -> bytes:
        """Describes the API, for programs."""
        return msgspec.json.format(msgspec.json.encode(self._described()), indent=1)

    @endpoint(
        "GET",
        "/docs",
        needs=Needs.NOTHING,
        cost=Cost.READ,
        raw=True,
        gives_type="text/html; charset=utf-8",
        tag="documents",
    )
    async def docs(self, call: Call) -> RawAnswer:
        """Describes the API, for people."""
        return RawAnswer(
            docs.page(self._described()),
            headers=(("Content-Security-Policy", docs.POLICY), ("Referrer-Policy", "no-referrer")),
        )

    def _described(self) -> dict[str, Any]:
        if self._document is None:
            self._document = openapi.described(self.endpoints, self._version, self._url)
        return self._document
