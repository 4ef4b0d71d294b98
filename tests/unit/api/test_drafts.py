"""Bodies of `POST /emails` as people and SDKs write them, and the drafts they become."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.api import wire
from mailit.api.drafts import SendEmail, draft_of, moment, moment_of_query
from mailit.draft import Draft
from mailit.errors import InvalidAttachment, Refused, TooManyRecipients
from mailit.interfaces import Caller

CALLER = Caller("team", api_key_id="key", full_access=False, domain_id="domain")
LEAST: dict[str, Any] = {"from": "a@example.com", "to": "b@example.net", "subject": "Hi"}
_read = wire.body(SendEmail)


def drafted(**fields: Any) -> Draft:
    return draft_of(_read(json.dumps({**LEAST, **fields}).encode()), CALLER)


class TestAddresses:
    """One as text or a list, with a name or without; one that is none is refused in Resend's words."""

    def test_a_string_is_one_address(self) -> None:
        assert [str(box) for box in drafted(to="Bo <b@example.net>").to] == ["Bo <b@example.net>"]

    def test_a_list_keeps_its_order(self) -> None:
        assert [box.local for box in drafted(to=["b@example.net", "a@example.net"]).to] == ["b", "a"]

    @pytest.mark.parametrize("field", ["cc", "bcc", "reply_to"])
    @pytest.mark.parametrize("nothing", [None, [], ""])
    def test_the_others_may_be_empty(self, field: str, nothing: Any) -> None:
        assert getattr(drafted(**{field: nothing}), field) == ()

    @pytest.mark.parametrize("field", ["from", "to", "cc", "bcc", "reply_to"])
    @pytest.mark.parametrize("bad", ["nobody", "a@b@c.d", "a b <c>", "x\r\nBcc: v@example.net", "a@example.net\n"])
    def test_one_that_is_none_is_named(self, field: str, bad: str) -> None:
        with pytest.raises(Refused) as refused:
            drafted(**{field: bad})
        assert refused.value.message == (
            f"Invalid `{field}` field. The email address needs to follow the `email@example.com` or "
            "`Name <email@example.com>` format."
        )

    def test_what_is_missing_is_for_submission_to_say(self) -> None:
        draft = draft_of(_read(b"{}"), CALLER)
        assert (draft.from_, draft.to, draft.subject) == (None, (), None)


class TestTooMany:
    """A body has room for a million of each: they are counted before any of them is looked at."""

    @pytest.mark.parametrize("field", ["to", "cc", "bcc", "reply_to"])
    def test_addresses(self, field: str) -> None:
        with pytest.raises(TooManyRecipients, match=f"Invalid `{field}` field. It has 51 addresses; 50 are allowed."):
            drafted(**{field: ["no address"] * 51})

    def test_files(self) -> None:
        files = [{"content": "no base64" * 100}] * 1001
        assert not wire.body(SendEmail)(json.dumps({"attachments": files}).encode()).heavy
        with pytest.raises(InvalidAttachment, match="It has more than 1000 files"):
            drafted(attachments=files)


class TestTheRest:
    """Everything of table 1.1a is carried."""

    def test_it_is_all_there(self) -> None:
        draft = drafted(
            html="<p>Hi</p>",
            text="",
            headers={"X-A": "1", "X-B": "2"},
            tags=[{"name": "a", "value": "b"}],
            template={"id": "t", "variables": {"N": 1, "S": "x"}},
            topic_id="topic",
            scheduled_at="2030-01-02T03:04:05Z",
            unknown={"is": "ignored"},
        )
        assert (draft.content.html, draft.content.text) == ("<p>Hi</p>", "")
        assert draft.headers == (("X-A", "1"), ("X-B", "2"))
        assert draft.tags == (("a", "b"),)
        assert draft.template is not None
        assert (draft.template.id, dict(draft.template.variables)) == ("t", {"N": 1, "S": "x"})
        assert draft.topic_id == "topic"
        assert draft.scheduled_at == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)

    def test_the_caller_is_in_it(self) -> None:
        draft = drafted()
        assert (draft.team_id, draft.api_key_id, draft.domain_scope) == ("team", "key", "domain")


class TestScheduledAt:
    """ISO 8601 or words; what is neither is refused by the field's name, with examples."""

    def test_words_count_from_the_clock(self) -> None:
        assert moment("scheduled_at", "in 1 hour", lambda: 1_000.0).timestamp() == 4_600

    def test_anything_else_is_refused_by_name(self) -> None:
        with pytest.raises(Refused) as refused:
            drafted(scheduled_at="soon")
        assert refused.value.message == (
            "Invalid `scheduled_at` field. It must be a date and time in ISO 8601, such as 2030-08-05T11:52:01Z, or "
            "words such as `in 1 hour`, `tomorrow at 9am` or `Friday at 3pm ET`."
        )


class TestAMomentInAQuery:
    """People copy what a list says, and a plus sign that was not escaped is a blank."""

    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-30 03:24:33.5 00",
            "2026-11-30 03:24:33.5+00",
            "2026-11-30T03:24:33.5 00:00",
            "2026-11-30T05:24:33.500 0200",
        ],
    )
    def test_its_zone_is_read_all_the_same(self, text: str) -> None:
        assert moment_of_query("since", text, lambda: 0.0) == datetime(2026, 11, 30, 3, 24, 33, 500_000, UTC)

    def test_a_blank_before_a_time_is_one(self) -> None:
        assert moment_of_query("since", "2026-11-30 03:24", lambda: 0.0) == datetime(2026, 11, 30, 3, 24, tzinfo=UTC)


class TestAttachments:
    """Base64 or a list of bytes; what can't be read is refused by its place."""

    def content(self, content: Any) -> bytes:
        return drafted(attachments=[{"filename": "a.txt", "content": content}]).content.attachments[0].content

    @given(st.binary(max_size=300))
    def test_base64_and_byte_lists_are_the_same(self, data: bytes) -> None:
        assert self.content(base64.b64encode(data).decode()) == data
        assert self.content({"type": "Buffer", "data": list(data)}) == data
        assert self.content(list(data)) == data

    @pytest.mark.parametrize("size", [786_431, 786_432, 786_433, 1_600_000])
    def test_large_ones_are_decoded_piece_by_piece(self, size: int) -> None:
        data = bytes(range(256)) * (size // 256 + 1)
        data = data[:size]
        assert self.content(base64.b64encode(data).decode()) == data

    def test_large_byte_lists_too(self) -> None:
        data = bytes(range(256)) * 2_000
        assert self.content(list(data)) == data

    def test_lines_within_base64_are_forgiven(self) -> None:
        assert self.content("aGVs\r\nbG8=\n") == b"hello"

    def test_slashes_may_be_escaped(self) -> None:
        read = _read(json.dumps({**LEAST, "attachments": [{"content": "////"}]}).replace("/", "\\/").encode())
        assert draft_of(read, CALLER).content.attachments[0].content == b"\xff\xff\xff"

    @pytest.mark.parametrize(
        "bad",
        [
            "not base64!",
            "aGVsbG8",
            "=aaa",
            "aGVsbG8=aGVsbG8=",
            [256],
            [-1],
            ["a"],
            [1.5],
            [[1]],
            {"a": 1},
            {"type": "Buffer"},
            {"type": "Buffer", "data": "a"},
            3,
            True,
        ],
    )
    def test_what_is_neither_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidAttachment, match=r"Invalid `attachments\[0\].content` field"):
            self.content(bad)

    @pytest.mark.parametrize("body", [{}, {"content": None}, {"filename": "a"}])
    def test_one_without_content_is_refused_in_resends_words(self, body: Any) -> None:
        with pytest.raises(InvalidAttachment) as refused:
            drafted(attachments=[body])
        assert refused.value.message == "Attachment must have either a `content` or `path`."

    def test_one_to_be_fetched_has_its_path(self) -> None:
        (file,) = drafted(attachments=[{"path": "https://example.com/a.pdf"}]).content.attachments
        assert (file.path, file.content) == ("https://example.com/a.pdf", b"")

    def test_content_goes_before_a_path(self) -> None:
        (file,) = drafted(attachments=[{"path": "https://example.com/a.pdf", "content": "aaaa"}]).content.attachments
        assert (file.path, file.content) == (None, b"i\xa6\x9a")

    @pytest.mark.parametrize(
        "name, kept",
        [
            ("a.pdf", "a.pdf"),
            ("C:\\Users\\ana\\a.pdf", "a.pdf"),
            ("../../etc/passwd", "passwd"),
            ("folder/", None),
            (" ", None),
            ("Grüße an Bo.txt", "Grüße an Bo.txt"),
        ],
    )
    def test_a_name_loses_its_folders(self, name: str, kept: str | None) -> None:
        (file,) = drafted(attachments=[{"content": "aaaa", "filename": name}]).content.attachments
        assert file.filename == kept

    @pytest.mark.parametrize("key", ["content_id", "inline_content_id"])
    def test_a_content_id_makes_it_inline(self, key: str) -> None:
        (file,) = drafted(attachments=[{"content": "aaaa", key: "logo"}]).content.attachments
        assert (file.content_id, file.inline) == ("logo", True)

    def test_its_type_is_given_or_read_off_its_name(self) -> None:
        files = [
            {"content": "aaaa", "filename": "a.PDF"},
            {"content": "aaaa", "content_type": "x/y"},
            {"content": "aaaa"},
        ]
        types = [file.content_type for file in drafted(attachments=files).content.attachments]
        assert types == ["application/pdf", "x/y", "application/octet-stream"]

    def test_an_empty_file_is_a_file(self) -> None:
        assert self.content("") == b""
        assert self.content([]) == b""
