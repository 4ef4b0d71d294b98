"""Links that need no key."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import define

from mailit.api.routes.attachments import disposition
from mailit.api.routes.shares import MOST, lasts
from mailit.api.signed import LinkExpired, Signature, SignedLinks
from mailit.errors import Refused

NOW = 1_700_000_000.0


@define
class Clock:
    """A time that is told."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


def given(url: str) -> Signature:
    query = parse_qs(urlsplit(url).query)
    return Signature(expires=int(query["expires"][0]), signature=query["signature"][0])


class TestALink:
    """Good for one path, until its end, with our signature."""

    def test_it_is_good_until_it_ends(self) -> None:
        clock = Clock()
        links = SignedLinks("s" * 64, "https://api.test", clock)
        link = links.make("/files/a/b", 60)
        assert link.url.startswith("https://api.test/files/a/b?expires=1700000060&signature=")
        clock.now = NOW + 59
        assert links.judge("/files/a/b", given(link.url)) == NOW + 60
        clock.now = NOW + 60
        with pytest.raises(LinkExpired):
            links.judge("/files/a/b", given(link.url))

    @pytest.mark.parametrize(
        "path, changes",
        [
            ("/files/a/c", {}),
            ("/share/a/b", {}),
            ("/files/a/b", {"expires": int(NOW) + 61}),
            ("/files/a/b", {"signature": "x" * 32}),
            ("/files/a/b", {"signature": "ü"}),
            ("/files/a/b", {"signature": ""}),
            ("/files/a/b", {"signature": None}),
            ("/files/a/b", {"expires": None}),
            ("/files/a/b", {"expires": -1}),
        ],
    )
    def test_anything_else_is_refused(self, path: str, changes: dict[str, object]) -> None:
        links = SignedLinks("s" * 64, "https://api.test", Clock())
        whole = given(links.make("/files/a/b", 60).url)
        fields = {"expires": whole.expires, "signature": whole.signature, **changes}
        with pytest.raises(LinkExpired):
            links.judge(path, Signature(**fields))  # type: ignore[arg-type]

    def test_another_secret_makes_another_link(self) -> None:
        link = SignedLinks("s" * 64, "https://api.test", Clock()).make("/files/a/b", 60)
        with pytest.raises(LinkExpired):
            SignedLinks("t" * 64, "https://api.test", Clock()).judge("/files/a/b", given(link.url))


class TestTheNameOfADownload:
    """It is saved as the file is called, whatever that is, and never shown in place."""

    @pytest.mark.parametrize(
        "filename, wanted",
        [
            (None, "attachment"),
            ("a.pdf", 'attachment; filename="a.pdf"'),
            ('a";x=".html', "attachment; filename=\"a_;x=_.html\"; filename*=UTF-8''a%22%3Bx%3D%22.html"),
            ("Grüße.txt", "attachment; filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"),
            ("a\tb", "attachment; filename=\"a_b\"; filename*=UTF-8''a%09b"),
        ],
    )
    def test_it_is_one_header(self, filename: str | None, wanted: str) -> None:
        assert disposition(filename) == wanted


class TestHowLongAShareLasts:
    """As people write it, and 48 hours at most."""

    @pytest.mark.parametrize(
        "text, seconds",
        [(None, MOST), ("10m", 600), ("2 hours", 7200), ("1 day", 86400), ("48h", MOST), ("1 Min", 60), ("90s", 90)],
    )
    def test_it_is_understood(self, text: str | None, seconds: float) -> None:
        assert lasts(text) == seconds

    @pytest.mark.parametrize("text", ["", "soon", "10", "0m", "-1h", "1.5h", "1 week", "m"])
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(Refused, match="Invalid `expires_in` field"):
            lasts(text)

    @pytest.mark.parametrize("text", ["49h", "3 days", "999999999d"])
    def test_over_the_limit(self, text: str) -> None:
        with pytest.raises(Refused, match=r"^expires_in must not exceed 48 hours$"):
            lasts(text)
