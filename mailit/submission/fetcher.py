"""Attachments that a draft names by URL, fetched: the last thing before the mail is written."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from attrs import define, evolve, field
from hyperlink import URL
from twisted.internet.defer import Deferred, DeferredSemaphore, FirstError, fail, gatherResults

from mailit.draft import Attachment, Draft
from mailit.errors import InvalidAttachment
from mailit.mail.types import UNKNOWN, type_of_name
from mailit.net.http import Fetched, Unfetched
from mailit.submission import limits
from mailit.submission.validate import validate_attachments

WITHIN = 15.0
"""Seconds that one may take, redirects and all."""

REDIRECTS_MOST = 5
AT_ONCE = 8
"""So many are on their way at a time in this process: each may fill as much memory as a mail has attachments."""

_MOST = limits.ATTACHMENTS_MOST_BYTES // 4 * 3
_PATHS_MOST = 20
_URL_MOST = 2048

Get = Callable[[str, float, int, int], Deferred[Fetched]]
"""`mailit.net.http.HttpClient.get`: URL, seconds, bytes, redirects."""


def _nothing(url: str, timeout: float, most: int, redirects: int) -> Deferred[Fetched]:
    return fail(Unfetched("Nothing is fetched here."))


@define(eq=False)
class Fetcher:
    """Fetches what drafts name; one that is given nothing to fetch with refuses it."""

    _get: Get = _nothing
    _slots: DeferredSemaphore = field(factory=lambda: DeferredSemaphore(AT_ONCE), init=False)

    async def filled(self, draft: Draft) -> Draft:
        """The draft with every attachment's content in it. Raises `InvalidAttachment`, naming the field at fault."""
        attachments = list(draft.content.attachments)
        paths = [(place, one.path) for place, one in enumerate(attachments) if one.path is not None]
        if not paths:
            return draft
        if len(paths) > _PATHS_MOST:
            raise InvalidAttachment(
                f"Invalid `attachments` field. At most {_PATHS_MOST} can be fetched by their `path`."
            )
        most = max(_MOST - sum(len(one.content) for one in attachments), 0)
        asked = [Deferred.fromCoroutine(self._fetched(place, path, most)) for place, path in paths]
        try:
            results = await gatherResults(asked, consumeErrors=True)
        except FirstError as error:  # the others need not go on
            for one in asked:
                one.cancel()
            error.subFailure.raiseException()
        for (place, path), result in zip(paths, results, strict=True):
            attachments[place] = _filled(attachments[place], path, result)
        validate_attachments(attachments)
        return evolve(draft, content=evolve(draft.content, attachments=tuple(attachments)))

    async def _fetched(self, place: int, path: str, most: int) -> Fetched:
        try:
            fetched: Fetched = await self._slots.run(self._get, _wire(path), WITHIN, most, REDIRECTS_MOST)
            if (fetched.headers.getRawHeaders("content-encoding") or ["identity"])[-1].strip().lower() != "identity":
                raise Unfetched("The server sent it compressed, which nobody asked for.")
        except Unfetched as error:
            raise InvalidAttachment(f"Invalid `attachments[{place}].path` field. {error.message}") from error
        return fetched


def _wire(path: str) -> str:
    """The URL as it travels: international names and paths encoded."""
    if len(path) > _URL_MOST:
        raise Unfetched(f"The URL is longer than {_URL_MOST} characters.")
    if path.isascii():
        return path
    try:
        return URL.from_text(path).to_uri().to_text()
    except ValueError as error:
        raise Unfetched("The URL is none.") from error


def _filled(attachment: Attachment, path: str, result: Fetched) -> Attachment:
    filename = attachment.filename or unquote(urlsplit(path).path.rpartition("/")[2]) or None
    content_type = attachment.content_type
    if content_type == UNKNOWN:
        content_type = type_of_name(filename)
    if content_type == UNKNOWN:
        content_type = result.type or UNKNOWN
    return evolve(attachment, content=result.body, filename=filename, content_type=content_type, path=None)
