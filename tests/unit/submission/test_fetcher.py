"""Attachments by URL: what is asked for, what becomes of it, and how a fault is told."""

from __future__ import annotations

import pytest
from attrs import define, evolve, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.web.http_headers import Headers

from mailit.draft import Attachment, Content, Draft
from mailit.errors import InvalidAttachment
from mailit.net.http import Fetched, Unfetched
from mailit.submission.fetcher import Fetcher
from mailit.testing.mails import draft
from mailit.testing.results import result

URL = "https://files.example/a%20b.pdf?x=1"


@define(eq=False)
class Pages:
    """Stands for the web. What is not there is not there."""

    there: dict[str, Fetched | Deferred[Fetched]] = field(factory=dict)
    asked: list[tuple[str, float, int, int]] = field(factory=list)

    def put(self, url: str, body: bytes = b"data", type_: str = "", **headers: str) -> None:
        self.there[url] = Fetched(body, type_, Headers({name.replace("_", "-"): [v] for name, v in headers.items()}))

    def get(self, url: str, timeout: float, most: int, redirects: int) -> Deferred[Fetched]:
        self.asked.append((url, timeout, most, redirects))
        found = self.there.get(url)
        if isinstance(found, Deferred):
            return found
        return fail(Unfetched("files.example answered with the status 404.")) if found is None else succeed(found)


def with_files(*files: Attachment) -> Draft:
    return evolve(draft("bo@example.net"), content=Content("<p>Hi</p>", attachments=files))


def to_fetch(url: str = URL, **fields: str) -> Attachment:
    return Attachment(b"", path=url, **fields)  # type: ignore[arg-type]


class TestAFileThatIsThere:
    """It travels as if its content had come with the mail."""

    def test_it_is_filled_in(self) -> None:
        """Beside those that have their content, in their order."""
        pages = Pages()
        pages.put(URL)
        filled = result(Fetcher(pages.get).filled(with_files(Attachment(b"first", "1"), to_fetch())))
        first, second = filled.content.attachments
        assert first == Attachment(b"first", "1")
        assert second == Attachment(b"data", "a b.pdf", "application/pdf")

    @pytest.mark.parametrize(
        "said, given, filename, content_type",
        [
            ("", {}, "logo", "application/octet-stream"),
            ("image/png", {}, "logo", "image/png"),
            ("image/png", {"filename": "x.gif"}, "x.gif", "image/gif"),
            ("image/png", {"content_type": "image/webp"}, "logo", "image/webp"),
        ],
    )
    def test_its_name_and_type(self, said: str, given: dict[str, str], filename: str, content_type: str) -> None:
        """The sender's word goes first, then the name's, then the server's."""
        pages = Pages()
        pages.put("https://files.example/logo", type_=said)
        filled = result(Fetcher(pages.get).filled(with_files(to_fetch("https://files.example/logo", **given))))
        (file,) = filled.content.attachments
        assert (file.filename, file.content_type) == (filename, content_type)

    def test_what_is_left_of_the_limit_is_its_limit(self) -> None:
        """40 MB as base64, all of them together."""
        pages = Pages()
        pages.put(URL)
        result(Fetcher(pages.get).filled(with_files(Attachment(b"x" * 1000), to_fetch())))
        assert pages.asked == [(URL, 15.0, 30_000_000 - 1000, 5)]

    def test_an_international_url(self) -> None:
        """It is encoded as it travels."""
        pages = Pages()
        pages.put("https://xn--bcher-kva.example/%C3%BC.txt")
        filled = result(Fetcher(pages.get).filled(with_files(to_fetch("https://bücher.example/ü.txt"))))
        assert filled.content.attachments[0].filename == "ü.txt"


class TestAFileThatIsNot:
    """The mail is refused, and the field named."""

    @pytest.mark.parametrize("place", [0, 2])
    def test_its_field_is_named(self, place: int) -> None:
        """By its place among the attachments."""
        with pytest.raises(InvalidAttachment) as refused:
            result(Fetcher(Pages().get).filled(with_files(*(Attachment(b"a"),) * place, to_fetch())))
        wanted = f"Invalid `attachments[{place}].path` field. files.example answered with the status 404."
        assert (refused.value.message, refused.value.name, refused.value.http) == (wanted, "invalid_attachment", 422)

    def test_the_others_are_given_up(self) -> None:
        """Nothing is fetched for a mail that is refused."""
        canceled: list[bool] = []
        slow: Deferred[Fetched] = Deferred(lambda _: canceled.append(True))
        pages = Pages({"https://files.example/slow": slow})
        with pytest.raises(InvalidAttachment):
            result(Fetcher(pages.get).filled(with_files(to_fetch("https://files.example/slow"), to_fetch())))
        assert canceled == [True]

    @pytest.mark.parametrize(
        "file, words",
        [
            (to_fetch("https://files.example/" + "a" * 2048), "longer than 2048"),
            (to_fetch("https://ex\u2024ample\udcff/"), "The URL is none"),
        ],
    )
    def test_a_url_that_is_none(self, file: Attachment, words: str) -> None:
        """Nobody is asked."""
        pages = Pages()
        with pytest.raises(InvalidAttachment, match=words):
            result(Fetcher(pages.get).filled(with_files(file)))
        assert pages.asked == []

    def test_one_that_came_compressed(self) -> None:
        """It would be a file that nobody can read."""
        pages = Pages()
        pages.put(URL, content_encoding="gzip")
        with pytest.raises(InvalidAttachment, match="compressed"):
            result(Fetcher(pages.get).filled(with_files(to_fetch())))

    def test_too_many(self) -> None:
        """A mail is not a crawler."""
        with pytest.raises(InvalidAttachment, match="At most 20"):
            result(Fetcher(Pages().get).filled(with_files(*(to_fetch(),) * 21)))

    def test_together_over_the_limit(self) -> None:
        """Each within what is left, and both beyond it."""
        pages = Pages()
        pages.put(URL, b"x" * 16_000_000)
        with pytest.raises(InvalidAttachment, match="the limit is 40 MB"):
            result(Fetcher(pages.get).filled(with_files(to_fetch(), to_fetch())))

    def test_a_name_that_no_header_may_have(self) -> None:
        """What the URL is named is checked as what a sender names."""
        pages = Pages()
        pages.put("https://files.example/a%0d%0aBcc:x")
        with pytest.raises(Exception, match="a line break"):
            result(Fetcher(pages.get).filled(with_files(to_fetch("https://files.example/a%0d%0aBcc:x"))))

    def test_a_house_that_fetches_nothing(self) -> None:
        """It says so."""
        with pytest.raises(InvalidAttachment, match="Nothing is fetched here"):
            result(Fetcher().filled(with_files(to_fetch())))
