"""`/metrics`: what the process and its queue do, in the Prometheus text format, on a port of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

TYPE = b"text/plain; version=0.0.4; charset=utf-8"

Samples = Mapping[tuple[tuple[str, str], ...], float]
"""Labels -> value; no labels are the empty tuple."""


@frozen
class Metric:
    """A name with its meaning; `read()` gives its samples at the time of a scrape. `kind` is `gauge` or `counter`."""

    name: str
    kind: str
    help: str
    read: Callable[[], Samples]


class Exposition(Resource):
    """`GET /metrics`. `refresh()` is awaited before each scrape: what must be asked of the database."""

    isLeaf = True

    def __init__(self, metrics: Sequence[Metric], refresh: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.metrics = metrics
        self.refresh = refresh

    def render_GET(self, request: Request) -> Any:
        """Answers a scrape (Twisted calls this)."""
        if request.path != b"/metrics":
            request.setResponseCode(404)
            return b"There is /metrics.\n"
        Deferred.fromCoroutine(self._answer(request))
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        await self.refresh()
        if not gone:
            request.setHeader(b"Content-Type", TYPE)
            request.write(exposed(self.metrics))
            request.finish()


class _Silent(Site):
    noisy = False

    def startFactory(self) -> None:
        """Nothing to do: there is no access log, whose clock would tick every second (Twisted calls this)."""

    def stopFactory(self) -> None:
        """Nothing to do (Twisted calls this)."""

    def log(self, request: Any) -> None:
        """Writes nothing (Twisted calls this)."""


def site(metrics: Sequence[Metric], refresh: Callable[[], Awaitable[None]]) -> Site:
    """The site to listen with; it writes no access log."""
    return _Silent(Exposition(metrics, refresh))


def exposed(metrics: Sequence[Metric]) -> bytes:
    """The metrics as text."""
    lines: list[str] = []
    for metric in metrics:
        lines.append(f"# HELP {metric.name} {metric.help}")
        lines.append(f"# TYPE {metric.name} {metric.kind}")
        for labels, value in sorted(metric.read().items()):
            named = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            lines.append(f"{metric.name}{{{named}}} {value:g}" if named else f"{metric.name} {value:g}")
    return "\n".join([*lines, ""]).encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
