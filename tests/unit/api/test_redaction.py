"""What is kept of a body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailit.api.redaction import KEPT_MOST, READ_MOST, STRUCK, WHOLE_MOST, kept


def told(body: Any) -> Any:
    text = kept(json.dumps(body).encode())
    assert text is not None and len(text.encode()) <= KEPT_MOST
    return json.loads(text)


class TestSecrets:
    """What gives access never reaches the log, wherever it stands."""

    @pytest.mark.parametrize("name", ["password", "newPassword", "token", "signing_secret", "api_key", "Authorization"])
    def test_are_struck_out(self, name: str) -> None:
        body = {name: "hush", "in": [{"deep": {name: {"a": "hush"}}}]}
        assert told(body) == {name: STRUCK, "in": [{"deep": {name: STRUCK}}]}

    def test_are_found_where_an_escape_hides_the_name(self) -> None:
        assert kept(b'{"p\\u0061ssword": "hush"}') == '{"password":"[struck out]"}'

    def test_in_a_batch(self) -> None:
        assert told([{"token": "hush", "to": "a@b.c"}]) == [{"token": STRUCK, "to": "a@b.c"}]

    def test_ids_of_keys_are_none(self) -> None:
        assert told({"api_key_id": "1", "domain_id": "2"}) == {"api_key_id": "1", "domain_id": "2"}

    def test_signatures_of_links(self) -> None:
        assert told({"download_url": "http://a/files/1?signature=s"}) == {"download_url": "http://a/files/1?…"}


class TestAttachments:
    """A file's content is not kept, its name is."""

    @pytest.mark.parametrize("content", ["aGVsbG8=", [1, 2, 3]])
    def test_content_is_struck_out(self, content: Any) -> None:
        body = {"attachments": [{"filename": "a.txt", "content": content}]}
        assert told(body) == {"attachments": [{"filename": "a.txt", "content": STRUCK}]}

    def test_large_ones_are_told_by_their_size(self) -> None:
        kept_ = told({"to": "a@b.c", "attachments": [{"content": "x" * 100_000}]})
        assert kept_["to"] == "a@b.c" and kept_["attachments"].endswith(" bytes]")


class TestSize:
    """What is kept is bounded, whatever came."""

    def test_what_is_short_is_kept_as_it_came(self) -> None:
        assert kept(b'{ "to":  "a@b.c" }') == '{ "to":  "a@b.c" }'

    def test_long_text_is_cut(self) -> None:
        assert told({"html": "x" * 5_000})["html"] == "x" * 1_000 + "… [5,000 characters]"

    def test_long_lists_are_cut(self) -> None:
        assert told([{"n": n} for n in range(500)]) == [*({"n": n} for n in range(5)), "… [500 in all]"]

    def test_depth_is_bounded(self) -> None:
        body: Any = {"end": "x" * WHOLE_MOST}
        for _ in range(50):
            body = {"a": body}
        assert "end" not in json.dumps(told(body))

    def test_what_is_wide_is_left_out(self) -> None:
        assert told({str(n): "x" * 500 for n in range(100)})["omitted"].endswith(" bytes")

    def test_what_is_huge_is_not_read(self) -> None:
        assert kept(b"x" * (READ_MOST + 1)) == '{"omitted":"1,048,577 bytes"}'


class TestWhatIsNoJson:
    """Only JSON is kept: of what is none it is not known what to strike out."""

    @pytest.mark.parametrize("raw", [b"", b"password=hush", b'{"a":', b"\xff", b"[" * 100_000, b'{"a": "\\ud800"}'])
    def test_is_not_kept(self, raw: bytes) -> None:
        assert kept(raw) is None
