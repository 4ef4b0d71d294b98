"""Which parts of a content lie apart, and that nothing is lost on the way there and back."""

from __future__ import annotations

import pytest

from mailit.draft import HTML, RAW, TEXT, Attachment, Content
from mailit.store.parts import INSIDE_MOST, divided, is_large, whole
from mailit.testing.blobs import MemoryBlobs
from mailit.testing.results import result

ID = "01890000-0000-7000-8000-0000000000c1"
LONG = "x" * (INSIDE_MOST + 1)


class TestAContentOfSmallParts:
    """It stays in its rows, however many parts it has."""

    @pytest.mark.parametrize(
        "content",
        [
            Content(),
            Content("x" * INSIDE_MOST, "x" * INSIDE_MOST),
            Content("ü" * (INSIDE_MOST // 2)),
            Content(raw=b"x" * INSIDE_MOST),
            Content("<p>", attachments=(Attachment(b"x" * INSIDE_MOST),) * 3),
        ],
        ids=["empty", "at the limit", "two bytes a character", "raw", "files"],
    )
    def test_it_is_not_large(self, content: Content) -> None:
        """64 KB are still small."""
        assert not is_large(content)
        assert divided(content, ID) == (content, {})


class TestALargePart:
    """It is taken out, and what is left says where it went."""

    @pytest.mark.parametrize(
        "content, places",
        [
            (Content(LONG, "short"), {HTML}),
            (Content("short", LONG), {TEXT}),
            (Content("ü" * (INSIDE_MOST // 2 + 1)), {HTML}),
            (Content(raw=LONG.encode()), {RAW}),
            (
                Content(LONG, LONG, (Attachment(b"a"), Attachment(LONG.encode(), "b", "text/plain", "cid", True))),
                {-1, -2, 1},
            ),
        ],
        ids=["html", "text", "by its bytes, not its characters", "raw", "all kinds"],
    )
    def test_it_comes_back_as_it_was(self, content: Content, places: set[int]) -> None:
        """The rest of the content stays where it is."""
        assert is_large(content)
        left, parts = divided(content, ID)
        assert set(parts) == places == {one.place for one in left.apart}
        assert not is_large(left)
        blobs = MemoryBlobs()
        result(blobs.put(ID, parts))
        assert result(whole(left, blobs)) == content
