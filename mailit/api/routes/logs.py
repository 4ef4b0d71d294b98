"""What API keys asked, and what they were answered (reference 1.13)."""

from __future__ import annotations

import re
import time
from typing import Any

from attrs import frozen
from msgspec import UNSET, Raw, Struct, UnsetType

from mailit.api.drafts import moment_of_query
from mailit.api.paging import Listing, PageQuery, page, uuid
from mailit.api.times import stamp
from mailit.errors import NotFound, Refused
from mailit.interfaces import Clock, Database
from mailit.plugin import Call, Permission, endpoint
from mailit.store import request_logs
from mailit.store.request_logs import Filter, StoredLog

_STATUS = re.compile(r"([1-5])(?:xx|(\d\d))")


class LogsQuery(PageQuery, frozen=True, kw_only=True):
    """Which requests; each of what is given must hold.

    `status` is one such as `422`, or a class such as `4xx`; `path` is exact; `since` and `until` are moments.
    """

    status: str | None = None
    path: str | None = None
    api_key_id: str | None = None
    since: str | None = None
    until: str | None = None


class LogItem(Struct, frozen=True, kw_only=True):
    """A request in a list. From `request_id` on it is what somebody who has signed in sees beyond Resend's."""

    id: str
    created_at: str
    endpoint: str
    method: str
    response_status: int
    user_agent: str | None
    request_id: str | UnsetType = UNSET
    duration_ms: float | UnsetType = UNSET
    api_key_id: str | UnsetType = UNSET


class LogView(LogItem, frozen=True, kw_only=True):
    """A request with its bodies: secrets and files are struck out of them, and what is long is cut."""

    object: str = "log"
    request_body: Any
    response_body: Any
    api_key_name: str | UnsetType | None = UNSET


@frozen(eq=False)
class LogRoutes:
    """`/logs`."""

    _database: Database
    _clock: Clock = time.time

    @endpoint("GET", "/logs", permission=Permission.READ, query=LogsQuery, gives=Listing[LogItem])
    async def newest(self, call: Call, query: LogsQuery) -> Listing[LogItem]:
        """Lists requests of API keys, newest first; all, or those that filters leave."""
        found, more = await self._database.transact(
            request_logs.page, call.team_id, page(query), _filter(query, self._clock)
        )
        return Listing(more, [LogItem(**_item(one, call.caller.user_id is not None)) for one in found])

    @endpoint("GET", "/logs/{log_id}", permission=Permission.READ, gives=LogView)
    async def one(self, call: Call) -> LogView:
        """Shows a request with its bodies."""
        id_ = uuid("logId", call.path["log_id"])
        found = await self._database.transact(request_logs.one, call.team_id, id_)
        if found is None:
            raise NotFound("Log not found")
        whole = call.caller.user_id is not None
        return LogView(
            **_item(found, whole),
            request_body=_body(found.request_body),
            response_body=_body(found.response_body),
            api_key_name=found.api_key_name if whole else UNSET,
        )


def _filter(query: LogsQuery, clock: Clock) -> Filter:
    status = None if not query.status else _STATUS.fullmatch(query.status)
    if query.status and status is None:
        raise Refused("Invalid `status` parameter. It must be a status such as 422, or a class such as 4xx.")
    exact = status is not None and status[2] is not None
    return Filter(
        status=int(query.status) if exact and query.status else None,
        class_=int(status[1]) if status is not None and not exact else None,
        path=query.path or None,
        api_key_id=uuid("api_key_id", query.api_key_id) if query.api_key_id else None,
        since=moment_of_query("since", query.since, clock).timestamp() if query.since else None,
        until=moment_of_query("until", query.until, clock).timestamp() if query.until else None,
    )


def _item(log: StoredLog, whole: bool) -> dict[str, Any]:
    return {
        "id": log.id,
        "created_at": stamp(log.created_at),
        "endpoint": log.path,
        "method": log.method,
        "response_status": log.status,
        "user_agent": log.user_agent,
        "request_id": log.request_id if whole else UNSET,
        "duration_ms": round(log.took * 1000, 3) if whole else UNSET,
        "api_key_id": log.api_key_id if whole else UNSET,
    }


def _body(text: str | None) -> Any:
    return None if text is None else Raw(text.encode())
