"""Links to a mail for people who have no account: made for a time, and shown as a page in which nothing runs."""

from __future__ import annotations

import re

from attrs import frozen
from msgspec import Struct

from mailit.api import shared_page
from mailit.api.paging import uuid
from mailit.api.routes.attachments import file_path
from mailit.api.shared_page import SharedFile
from mailit.api.signed import Signature, SignedLinks
from mailit.draft import Content
from mailit.errors import NotFound, Refused
from mailit.interfaces import Blobs, Database, utc
from mailit.plugin import Call, Needs, Permission, RawAnswer, endpoint
from mailit.store import emails
from mailit.store.parts import whole

MOST = 48 * 3600.0
"""Seconds that a link may be good for, and is where nothing is said."""

_DURATION = re.compile(r"\s*(\d{1,9})\s*([a-z]+)\s*", re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}


class ShareBody(Struct, frozen=True, kw_only=True):
    """For how long: `10m`, `2 hours`, `1 day`; 48 hours at most, and where nothing is said."""

    expires_in: str | None = None


class Shared(Struct, frozen=True, kw_only=True):
    """The link to a mail."""

    object: str = "email"
    id: str
    url: str


def lasts(text: str | None) -> float:
    """A duration as people write it, in seconds. Raises `Refused` where it is none, or over the limit."""
    if text is None:
        return MOST
    match = _DURATION.fullmatch(text)
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None or not int(match[1]):
        raise Refused("Invalid `expires_in` field. It must be a duration such as `10m`, `2 hours` or `1 day`.")
    seconds = float(int(match[1]) * unit)
    if seconds > MOST:
        raise Refused("expires_in must not exceed 48 hours")
    return seconds


def share_path(email_id: str) -> str:
    """Where a mail is, for whoever has a link."""
    return f"/share/{email_id}"


@frozen(eq=False)
class ShareRoutes:
    """`/emails/{id}/share`, and where its links lead."""

    _database: Database
    _blobs: Blobs | None
    _links: SignedLinks

    @endpoint("POST", "/emails/{email_id}/share", permission=Permission.SEND, takes=ShareBody, gives=Shared)
    async def share(self, call: Call, body: ShareBody) -> Shared:
        """Makes a link that shows a mail to whoever has it, for a time."""
        id_, seconds = uuid("email_id", call.path["email_id"]), lasts(body.expires_in)
        if await self._database.transact(emails.one, call.team_id, id_) is None:
            raise NotFound("Email not found")
        return Shared(id=id_, url=self._links.make(share_path(id_), seconds).url)

    @endpoint(
        "GET",
        "/share/{email_id}",
        query=Signature,
        needs=Needs.NOTHING,
        gives=bytes,
        raw=True,
        gives_type="text/html; charset=utf-8",
        tag="emails",
    )
    async def show(self, call: Call, query: Signature) -> RawAnswer:
        """Shows a mail to whoever has a link to it."""
        id_ = uuid("email_id", call.path["email_id"])
        until = self._links.judge(share_path(id_), query)
        team_id = await self._database.transact(emails.team_of, id_)
        found = None if team_id is None else await self._database.transact(emails.one_whole, team_id, id_)
        if team_id is None or found is None:
            raise NotFound("Email not found")
        email, parts = found
        content = Content(parts.html, parts.text, apart=parts.apart)
        if self._blobs is not None:
            content = await whole(content, self._blobs)
        files = await self._database.transact(emails.files, team_id, id_) or []
        shared = [SharedFile(file, self._links.make(file_path(id_, file.id), 0.0, until).url) for file in files]
        return RawAnswer(
            shared_page.page(email, content.html, content.text, shared, f"{utc(until):%Y-%m-%d %H:%M} UTC"),
            headers=(
                ("Content-Security-Policy", shared_page.policy(self._links.base_url)),
                ("Referrer-Policy", "no-referrer"),
                ("X-Robots-Tag", "noindex"),
            ),
        )
