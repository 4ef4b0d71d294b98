"""The toy over HTTP."""

from __future__ import annotations

import msgspec
from attrs import frozen

from mailit.host import Host
from mailit.plugin import Call, Cost, Endpoint, Needs, RawAnswer, endpoint, endpoints
from mailit_toy import store
from mailit_toy.settings import ToySettings

PICTURE = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00"


class Refusal(msgspec.Struct, frozen=True):
    """Body of `POST /toy/refusals`."""

    address: str


class Refusals(msgspec.Struct, frozen=True):
    """What came of it."""

    address: str
    new: bool
    object: str = "toy_refusal"


class Toys(msgspec.Struct, frozen=True):
    """What the toy knows."""

    counts: dict[str, int]
    box: list[tuple[str, str]]
    notes: list[str]
    mode: str
    object: str = "toys"


@frozen
class ToyRoutes:
    """One endpoint takes JSON, one gives it, one is public bytes."""

    _host: Host

    @endpoint("POST", "/toy/refusals", takes=Refusal, gives=Refusals, status=201, needs=Needs.FULL)
    async def refuse(self, call: Call, body: Refusal) -> Refusals:
        """Sends no more toys to an address."""
        new = await self._host.database.transact(store.refuse, call.team_id, body.address)
        return Refusals(body.address, new)

    @endpoint("GET", "/toy", gives=Toys)
    async def toys(self, call: Call) -> Toys:
        """What the toy knows of a team."""
        transact = self._host.database.transact
        return Toys(
            await transact(store.counts, call.team_id),
            await transact(store.box, call.team_id),
            await transact(store.notes),
            self._host.mode,
        )

    @endpoint("GET", "/toy/picture", gives=bytes, raw=True, gives_type="image/gif", needs=Needs.NOTHING, cost=Cost.NONE)
    async def picture(self, call: Call) -> RawAnswer:
        """A picture for everybody."""
        self._host.notices.notify("toy", "seen")
        return RawAnswer(PICTURE, headers=(("Cache-Control", "no-store"),))


def page(host: Host, settings: ToySettings) -> Endpoint:
    """The page at the toy's own host name, which only the settings know."""

    async def show(call: Call) -> bytes:
        return f"<h1>{settings.greeting}</h1>".encode()

    return Endpoint(
        method="GET",
        path="/",
        gives=bytes,
        run=show,
        needs=Needs.NOTHING,
        cost=Cost.NONE,
        raw=True,
        gives_type="text/html",
        host=settings.page_host,
        tag="toy",
    )


def routes(host: Host) -> list[Endpoint]:
    """All of them."""
    return [*endpoints(ToyRoutes(host)), page(host, host.settings)]
