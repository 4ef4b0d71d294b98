"""What the sandbox caught, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from attrs import frozen

from mailit.errors import InvalidParameter, NotFound, Refused
from mailit.host import Host
from mailit.ids import valid
from mailit.plugin import Call, Permission, RawAnswer, endpoint
from mailit.plugins.sandbox import store


class CaughtQuery(msgspec.Struct, frozen=True):
    """Query of `GET /sandbox/emails`: a page, newest first."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    after: str | None = None
    before: str | None = None


class CaughtItem(msgspec.Struct, frozen=True):
    """A message in a list. `id` is the delivery's; `size` is in bytes."""

    id: str
    email_id: str
    from_: str = msgspec.field(name="from")
    to: str
    subject: str
    return_path: str
    size: int
    created_at: str

    @classmethod
    def of(cls, caught: store.Caught) -> CaughtItem:
        """The wire's form of a row."""
        return cls(**_facts(caught))


class CaughtView(CaughtItem, frozen=True):
    """One message, with its source."""

    raw: str
    object: str = "sandbox_email"


class CaughtList(msgspec.Struct, frozen=True, tag_field="object", tag="list"):
    """A page of messages; its `object` is `list`."""

    has_more: bool
    data: list[CaughtItem]


class SandboxView(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages were caught; 10,000 stands for as many and more."""

    object: str = "sandbox"
    caught: int


_MOST = 10_000


@frozen
class SandboxRoutes:
    """`/sandbox` and `/sandbox/emails`."""

    _host: Host

    @endpoint("GET", "/sandbox", permission=Permission.READ, gives=SandboxView)
    async def sandbox(self, call: Call) -> SandboxView:
        """How many messages the sandbox caught in place of sending them."""
        return SandboxView(caught=await self._host.database.transact(store.count, call.team_id, _MOST))

    @endpoint("GET", "/sandbox/emails", permission=Permission.READ, query=CaughtQuery, gives=CaughtList)
    async def list(self, call: Call, query: CaughtQuery) -> CaughtList:
        """What the sandbox caught in place of sending it, newest first."""
        if query.after and query.before:
            raise Refused("`after` and `before` can't be used together.")
        for name, cursor in (("after", query.after), ("before", query.before)):
            if cursor is not None and not valid(cursor):
                raise InvalidParameter(f"The `{name}` must be a valid UUID.")
        rows = await self._host.database.transact(
            store.caught, call.team_id, query.after, query.before, query.limit + 1
        )
        kept = rows[-query.limit :] if query.before else rows[: query.limit]
        return CaughtList(has_more=len(rows) > query.limit, data=[CaughtItem.of(row) for row in kept])

    @endpoint("GET", "/sandbox/emails/{id}", permission=Permission.READ, gives=CaughtView)
    async def get(self, call: Call) -> CaughtView:
        """One message as it would have travelled, signatures and all."""
        caught = await self._one(call)
        return CaughtView(**_facts(caught), raw=(caught.message or b"").decode("utf-8", "replace"))

    @endpoint(
        "GET",
        "/sandbox/emails/{id}/raw",
        permission=Permission.READ,
        gives=bytes,
        raw=True,
        gives_type="message/rfc822",
    )
    async def raw(self, call: Call) -> RawAnswer:
        """The bytes of one message."""
        caught = await self._one(call)
        return RawAnswer(caught.message or b"")

    async def _one(self, call: Call) -> store.Caught:
        id_ = call.path["id"]
        if not valid(id_):
            raise InvalidParameter("The `id` must be a valid UUID.")
        caught = await self._host.database.transact(store.one, call.team_id, id_)
        if caught is None:
            raise NotFound("Email not found")
        return caught


def _facts(caught: store.Caught) -> dict[str, Any]:
    return {
        "id": caught.id,
        "email_id": caught.email_id,
        "from_": caught.sender,
        "to": caught.recipient,
        "subject": caught.subject,
        "return_path": caught.return_path,
        "size": caught.size,
        "created_at": caught.caught_at.isoformat(timespec="microseconds"),
    }
