"""The event log over HTTP: in pages, live, and for one mail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, ClassVar

from attrs import frozen
from msgspec import Meta, Struct
from twisted.internet.defer import Deferred

from mailit.api import wire
from mailit.api.paging import Listing, uuid
from mailit.api.told import EventView, told, told_all
from mailit.errors import NotFound, Refused
from mailit.events import Event
from mailit.interfaces import Database, EventFeed, Tx
from mailit.plugin import Call, Permission, RawAnswer, endpoint
from mailit.store import emails, event_log
from mailit.store.emails import StoredEmail

HEARTBEAT = 15.0
_PAGE = 100
_SEQ_MOST = 2**63 - 1


class LogQuery(Struct, frozen=True, kw_only=True):
    """Events past the seq `after`, oldest first; `types` are names with commas between, all where it is absent."""

    after: Annotated[int, Meta(ge=0, le=_SEQ_MOST)] = 0
    types: list[str] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = _PAGE

    faults: ClassVar[dict[str, str]] = {
        "after": "The `after` parameter must be the seq of an event, or 0.",
        "limit": "The pagination limit must be a number between 1 and 1000.",
    }


class EmailLogQuery(Struct, frozen=True, kw_only=True):
    """The same of one mail, which seldom has more than fit."""

    after: Annotated[int, Meta(ge=0, le=_SEQ_MOST)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000

    faults: ClassVar[dict[str, str]] = LogQuery.faults


class StreamQuery(Struct, frozen=True, kw_only=True):
    """Where to begin: past the seq `after`; where neither it nor Last-Event-ID says, now."""

    after: Annotated[int, Meta(ge=0, le=_SEQ_MOST)] | None = None
    types: list[str] | None = None

    faults: ClassVar[dict[str, str]] = {"after": LogQuery.faults["after"]}


@frozen(eq=False)
class EventLogRoutes:
    """`/event-log`, and `/emails/{email_id}/events`."""

    _database: Database
    _feed: EventFeed
    _reactor: Any

    @endpoint("GET", "/event-log", permission=Permission.READ, query=LogQuery, gives=Listing[EventView])
    async def read(self, call: Call, query: LogQuery) -> Listing[EventView]:
        """Reads the team's event log, oldest first; going on from the last `seq` never skips one."""
        found = await self._feed.read(call.team_id, query.after, query.limit + 1, query.types or ())
        events = found[: query.limit]
        return Listing(len(found) > query.limit, told_all(events, await self._facts(call.team_id, events)))

    @endpoint(
        "GET",
        "/event-log/stream",
        permission=Permission.READ,
        query=StreamQuery,
        gives=EventView,
        raw=True,
        gives_type="text/event-stream",
    )
    async def stream(self, call: Call, query: StreamQuery) -> RawAnswer:
        """Streams the event log live, as server-sent events whose ids are the seqs; resumes by `Last-Event-ID`."""
        after = _last_event_id(call)
        if after is None:
            after = query.after
        if after is None:
            after = await self._database.transact(event_log.last_drawn)
        return RawAnswer(self._live(call.team_id, after, query.types or ()), headers=(("X-Accel-Buffering", "no"),))

    @endpoint(
        "GET", "/emails/{email_id}/events", permission=Permission.READ, query=EmailLogQuery, gives=Listing[EventView]
    )
    async def of_email(self, call: Call, query: EmailLogQuery) -> Listing[EventView]:
        """Tells everything that happened to one mail, oldest first: a row for each recipient and event."""
        id_ = uuid("email_id", call.path["email_id"])
        found = await self._database.transact(_of_email, call.team_id, id_, query.after, query.limit + 1)
        if found is None:
            raise NotFound("Email not found")
        email, events = found
        return Listing(len(events) > query.limit, told_all(events[: query.limit], {email.id: email}))

    async def _live(self, team_id: str, after: int, types: Sequence[str]) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        while True:
            news = self._feed.wait()  # asked before reading, so that nothing falls between the two
            try:
                events = await self._feed.read(team_id, after, _PAGE, types)
                if events:
                    facts = await self._facts(team_id, events)
                    after = events[-1].seq
                    yield b"".join([_sse(told(event, facts)) for event in events])
                    continue
                await _at_most(self._reactor, news, HEARTBEAT)
            finally:
                if not news.called:
                    news.addErrback(lambda _: None)
                    news.cancel()
            yield b": \n\n"

    async def _facts(self, team_id: str, events: Sequence[Event]) -> Any:
        ids = {event.email_id for event in events if event.email_id is not None}
        return await self._database.transact(emails.facts, team_id, ids) if ids else {}


def _of_email(tx: Tx, team_id: str, id_: str, after: int, most: int) -> tuple[StoredEmail, list[Event]] | None:
    email = emails.one(tx, team_id, id_)
    if email is None:
        return None
    return email, event_log.read_email(tx, team_id, id_, email.first_seq, after, most)


def _last_event_id(call: Call) -> int | None:
    text = (call.headers("last-event-id") or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:20]) > _SEQ_MOST:
        raise Refused("The `Last-Event-ID` header must be the seq of an event.")
    return int(text)


def _sse(event: EventView) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.type.encode(), wire.encode(event))


async def _at_most(reactor: Any, waited: Deferred[None], seconds: float) -> None:
    """Waits for a Deferred, but no longer than so many seconds."""
    waited.addTimeout(seconds, reactor, onTimeoutCancel=lambda result, timeout: None)
    await waited
