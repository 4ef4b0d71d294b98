"""What mails carry, over HTTP: lists, and links that give a file to whoever has them, for an hour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from attrs import frozen
from msgspec import Struct

from mailit.api.paging import Listing, PageQuery, page_or_all, uuid
from mailit.api.signed import Signature, SignedLinks
from mailit.api.times import iso
from mailit.errors import NotFound
from mailit.interfaces import Blobs, Database, Page
from mailit.plugin import Call, Needs, Permission, RawAnswer, endpoint
from mailit.store import emails
from mailit.store.emails import StoredFile

LINK_FOR = 3600.0
"""Seconds that a link to a file is good for."""

_PIECE = 262_144
_NEVER_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


class AttachmentItem(Struct, frozen=True, kw_only=True):
    """A file that a mail carries. `download_url` gives it without a key, until `expires_at`."""

    id: str
    filename: str | None
    size: int
    content_type: str
    content_disposition: str
    content_id: str | None
    download_url: str
    expires_at: str


class AttachmentView(AttachmentItem, frozen=True, kw_only=True):
    """One file of a mail."""

    object: str = "attachment"


def file_path(email_id: str, file_id: str) -> str:
    """Where a file is, for whoever has a link."""
    return f"/files/{email_id}/{file_id}"


@frozen(eq=False)
class AttachmentRoutes:
    """`/emails/{id}/attachments`, and where its links lead."""

    _database: Database
    _blobs: Blobs | None
    _links: SignedLinks

    @endpoint(
        "GET",
        "/emails/{email_id}/attachments",
        permission=Permission.READ,
        query=PageQuery,
        gives=Listing[AttachmentItem],
    )
    async def all(self, call: Call, query: PageQuery) -> Listing[AttachmentItem]:
        """Lists what a mail carries, in its order: all of it, where no page is asked for."""
        id_, page = uuid("email_id", call.path["email_id"]), page_or_all(query)
        files = await self._files(call, id_)
        more = False
        if page is not None:
            files, more = _cut(files, page)
        return Listing(more, [AttachmentItem(**self._facts(id_, file)) for file in files])  # type: ignore[arg-type]

    @endpoint("GET", "/emails/{email_id}/attachments/{attachment_id}", permission=Permission.READ, gives=AttachmentView)
    async def one(self, call: Call) -> AttachmentView:
        """Retrieves one file of a mail: what it is, and a link to it."""
        id_, wanted = uuid("email_id", call.path["email_id"]), uuid("attachment_id", call.path["attachment_id"])
        for file in await self._files(call, id_):
            if file.id == wanted:
                return AttachmentView(**self._facts(id_, file))  # type: ignore[arg-type]
        raise NotFound("Attachment not found")

    @endpoint(
        "GET",
        "/files/{email_id}/{attachment_id}",
        query=Signature,
        needs=Needs.NOTHING,
        gives=bytes,
        raw=True,
        gives_type="application/octet-stream",
        tag="emails",
    )
    async def download(self, call: Call, query: Signature) -> RawAnswer:
        """Gives a file to whoever has a link to it."""
        id_, file_id = uuid("email_id", call.path["email_id"]), uuid("attachment_id", call.path["attachment_id"])
        self._links.judge(file_path(id_, file_id), query)
        team_id = await self._database.transact(emails.team_of, id_)
        found = None if team_id is None else await self._database.transact(emails.file, team_id, id_, file_id)
        if found is None:
            raise NotFound("Attachment not found")
        file, data = found
        if file.apart is not None:
            if self._blobs is None:
                raise NotFound("Attachment not found")
            (data,) = await self._blobs.get([file.apart])
        return RawAnswer(
            data if len(data) <= _PIECE else _pieces(data),
            type=file.content_type,
            headers=(
                ("Content-Disposition", disposition(file.filename)),
                ("Content-Security-Policy", _NEVER_RUNS),
                ("Cross-Origin-Resource-Policy", "cross-origin"),
                ("Referrer-Policy", "no-referrer"),
            ),
        )

    async def _files(self, call: Call, id_: str) -> Sequence[StoredFile]:
        files = await self._database.transact(emails.files, call.team_id, id_)
        if files is None:
            raise NotFound("Email not found")
        return files

    def _facts(self, email_id: str, file: StoredFile) -> dict[str, object]:
        link = self._links.make(file_path(email_id, file.id), LINK_FOR)
        return {
            "id": file.id,
            "filename": file.filename,
            "size": file.size,
            "content_type": file.content_type,
            "content_disposition": "inline" if file.inline else "attachment",
            "content_id": file.content_id,
            "download_url": link.url,
            "expires_at": iso(link.expires_at),
        }


def disposition(filename: str | None) -> str:
    """A file to be saved under this name (RFC 6266): never shown in place, where it could act as a page of ours."""
    if not filename:
        return "attachment"
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in filename
    )
    if plain == filename:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _cut(files: Sequence[StoredFile], page: Page) -> tuple[Sequence[StoredFile], bool]:
    """The files of a page: `after` goes on from a file, `before` ends at one."""
    places = {file.id: number for number, file in enumerate(files)}
    if page.before is not None:
        end = places.get(page.before, 0)
        start = max(end - page.limit, 0)
        return files[start:end], start > 0
    start = places.get(page.after, len(files)) + 1 if page.after is not None else 0
    return files[start : start + page.limit], start + page.limit < len(files)


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]
