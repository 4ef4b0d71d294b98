"""Mails over HTTP, from the request to the rows and back."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest
import pytest_twisted

from mailit.store import emails
from tests.integration.api.conftest import House, Team


class TestAMailThatIsSent:
    """It is on disk when it is answered, and can be read back as it was written."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_there(self, acme: Team) -> None:
        sent = await acme.send(
            to=["Bo <bo@example.net>", "cy@example.net"],
            cc="di@example.net",
            bcc=["ed@example.net"],
            reply_to="ana@acme.example",
            html="<p>Hi</p>",
            tags=[{"name": "kind", "value": "test"}],
        )
        assert sent.status == 200
        assert list(sent.json) == ["id"]
        got = (await acme.ask("GET", f"/emails/{sent.json['id']}")).json
        assert got.pop("created_at").endswith("+00")
        assert got.pop("message_id") == f"<{sent.json['id']}@acme.example>"
        for recipient in got["recipients"]:
            assert recipient.pop("updated_at").endswith("+00")
            assert recipient.pop("next_attempt_at").endswith("+00")
        assert got == {
            "object": "email",
            "id": sent.json["id"],
            "to": ["Bo <bo@example.net>", "cy@example.net"],
            "from": "Ana <ana@acme.example>",
            "subject": "Hi",
            "html": "<p>Hi</p>",
            "text": "Hello",
            "cc": ["di@example.net"],
            "bcc": ["ed@example.net"],
            "reply_to": ["ana@acme.example"],
            "last_event": "sent",
            "scheduled_at": None,
            "tags": [{"name": "kind", "value": "test"}],
            "recipients": [
                {
                    "recipient": recipient,
                    "state": "sent",
                    "attempts": 0,
                    "in_doubt": False,
                    "exchanger": None,
                    "reply": None,
                }
                for recipient in ("bo@example.net", "cy@example.net", "di@example.net", "ed@example.net")
            ],
        }

    @pytest_twisted.ensureDeferred
    async def test_a_scheduled_one_says_when(self, acme: Team) -> None:
        soon = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
        sent = await acme.send(scheduled_at=soon.astimezone(timezone(timedelta(hours=1))).isoformat())
        got = (await acme.ask("GET", f"/emails/{sent.json['id']}")).json
        assert (got["last_event"], got["scheduled_at"]) == ("scheduled", f"{soon:%Y-%m-%d %H:%M:%S}+00")

    @pytest_twisted.ensureDeferred
    async def test_attachments_are_kept(self, acme: Team, house: House) -> None:
        data = bytes(range(256)) * 200
        content = base64.b64encode(data).decode()
        sent = await acme.send(attachments=[{"filename": "a.bin", "content": content}, {"content": [1, 2, 3]}])
        assert sent.status == 200
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT bytes FROM attachment ORDER BY position"))
        assert [row.bytes for row in rows] == [data, b"\x01\x02\x03"]

    @pytest_twisted.ensureDeferred
    async def test_what_submission_refuses_is_told_in_resends_words(self, acme: Team) -> None:
        answer = await acme.send(subject=...)
        assert (answer.status, answer.json["name"]) == (422, "missing_required_field")
        assert answer.json["message"] == "Missing `subject` field."

    @pytest_twisted.ensureDeferred
    async def test_from_a_domain_that_is_not_the_teams(self, acme: Team, other: Team) -> None:
        answer = await acme.send(**{"from": "a@other.example"})
        assert (answer.status, answer.json["name"]) == (403, "validation_error")
        assert "other.example domain is not verified" in answer.json["message"]

    @pytest.mark.parametrize("field", ["subject", "from", "to", "html"])
    @pytest.mark.parametrize("bad", ["a\x00b", "a\r\nBcc: x@example.net", "\ud800"])
    @pytest_twisted.ensureDeferred
    async def test_text_that_can_be_no_header(self, acme: Team, field: str, bad: str) -> None:
        answer = await acme.send(**{field: bad})
        if (field, bad[1:3]) == ("html", "\r\n"):
            assert answer.status == 200
        else:
            assert answer.status == 422
            assert f"`{field}`" in answer.json["message"]


class TestABatch:
    """All or none; permissive, those that are right."""

    def mails(self, count: int) -> list[dict[str, Any]]:
        return [
            {"from": "a@acme.example", "to": f"b{number}@example.net", "subject": str(number), "text": "x"}
            for number in range(count)
        ]

    @pytest_twisted.ensureDeferred
    async def test_a_hundred(self, acme: Team) -> None:
        answer = await acme.ask("POST", "/emails/batch", self.mails(100))
        assert answer.status == 200
        ids = [one["id"] for one in answer.json["data"]]
        assert len(set(ids)) == 100
        assert "errors" not in answer.json
        newest = (await acme.ask("GET", "/emails?limit=1")).json["data"][0]
        assert (newest["id"], newest["subject"]) == (ids[-1], "99")

    @pytest.mark.parametrize("count", [0, 101])
    @pytest_twisted.ensureDeferred
    async def test_too_few_and_too_many(self, acme: Team, count: int) -> None:
        answer = await acme.ask("POST", "/emails/batch", self.mails(count))
        assert (answer.status, answer.json["message"]) == (422, "A batch must have 1 to 100 emails.")

    @pytest_twisted.ensureDeferred
    async def test_one_that_is_wrong_stops_all(self, acme: Team) -> None:
        mails = self.mails(3)
        mails[1]["to"] = "nobody"
        answer = await acme.ask("POST", "/emails/batch", mails)
        assert (answer.status, answer.json["message"][:29]) == (422, "emails[1]: Invalid `to` field")
        assert (await acme.ask("GET", "/emails")).json["data"] == []

    @pytest_twisted.ensureDeferred
    async def test_permissive_the_others_go(self, acme: Team) -> None:
        mails = self.mails(4)
        mails[1]["to"] = "nobody"
        del mails[2]["subject"]
        answer = await acme.ask("POST", "/emails/batch", mails, x_batch_validation="permissive")
        assert answer.status == 200
        assert len(answer.json["data"]) == 2
        assert [fault["index"] for fault in answer.json["errors"]] == [1, 2]
        assert answer.json["errors"][1]["message"] == "Missing `subject` field."

    @pytest_twisted.ensureDeferred
    async def test_an_object_is_no_batch(self, acme: Team) -> None:
        answer = await acme.ask("POST", "/emails/batch", self.mails(1)[0])
        assert (answer.status, "Expected an array" in answer.json["message"]) == (422, True)


class TestTheList:
    """Newest first, twenty where nothing is said, stable under new mail."""

    @pytest_twisted.ensureDeferred
    async def test_pages(self, acme: Team) -> None:
        ids = [(await acme.send(subject=str(number))).json["id"] for number in range(5)]
        first = (await acme.ask("GET", "/emails?limit=2")).json
        assert (first["object"], first["has_more"], [one["id"] for one in first["data"]]) == ("list", True, ids[:2:-1])
        await acme.send(subject="new")
        second = (await acme.ask("GET", f"/emails?limit=2&after={ids[3]}")).json
        assert [one["id"] for one in second["data"]] == [ids[2], ids[1]]
        last = (await acme.ask("GET", f"/emails?limit=2&after={ids[1]}")).json
        assert (last["has_more"], [one["id"] for one in last["data"]]) == (False, [ids[0]])
        newer = (await acme.ask("GET", f"/emails?limit=2&before={ids[1]}")).json
        assert (newer["has_more"], [one["id"] for one in newer["data"]]) == (True, [ids[3], ids[2]])

    @pytest_twisted.ensureDeferred
    async def test_an_item_has_what_resends_has(self, acme: Team) -> None:
        await acme.send()
        (item,) = (await acme.ask("GET", "/emails")).json["data"]
        has = "id message_id to from created_at subject bcc cc reply_to last_event scheduled_at"
        assert list(item) == has.split()
        assert (item["cc"], item["bcc"], item["reply_to"]) == (None, None, None)

    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong_is_said(self, acme: Team) -> None:
        answer = await acme.ask("GET", "/emails?limit=101")
        assert (answer.status, answer.json["name"]) == (422, "validation_error")
        answer = await acme.ask("GET", "/emails?after=x")
        assert answer.json["message"] == "The `after` must be a valid UUID."

    @pytest_twisted.ensureDeferred
    async def test_an_id_that_is_none(self, acme: Team, house: House) -> None:
        answer = await acme.ask("GET", "/emails/nothing")
        assert (answer.status, answer.json["name"]) == (422, "invalid_parameter")
        assert answer.json["message"] == "The `email_id` must be a valid UUID."
        answer = await acme.ask("GET", f"/emails/{house.ids()}")
        assert (answer.status, answer.json["message"]) == (404, "Email not found")


class TestWhatHappenedToAMail:
    """One row a recipient and event, oldest first, with the facts of the mail."""

    @pytest_twisted.ensureDeferred
    async def test_its_events(self, acme: Team) -> None:
        id_ = (await acme.send(tags=[{"name": "a", "value": "b"}], headers={"X-A": "1"})).json["id"]
        listed = (await acme.ask("GET", f"/emails/{id_}/events")).json
        assert (listed["object"], listed["has_more"]) == ("list", False)
        assert [event["type"] for event in listed["data"]] == ["email.queued", "email.sent"]
        event = listed["data"][1]
        has = "id seq type created_at email_id recipient attempt exchanger reply in_doubt data"
        assert list(event) == has.split()
        assert (event["email_id"], event["recipient"], event["reply"], event["in_doubt"]) == (id_, None, None, False)
        assert event["created_at"].endswith("Z")
        data = event["data"]
        assert data.pop("created_at").endswith("Z")
        assert data == {
            "email_id": id_,
            "from": "Ana <ana@acme.example>",
            "to": ["bo@example.net"],
            "subject": "Hi",
            "message_id": f"<{id_}@acme.example>",
            "tags": {"a": "b"},
            "headers": [{"name": "X-A", "value": "1"}],
        }

    @pytest_twisted.ensureDeferred
    async def test_facts_are_the_teams_alone(self, acme: Team, other: Team, house: House) -> None:
        id_ = (await acme.send()).json["id"]
        assert await house.pool.transact(emails.facts, other.id, [id_]) == {}
        assert list(await house.pool.transact(emails.facts, acme.id, [id_])) == [id_]


class TestTheListsFilters:
    """A list is of one last event, or of one recipient, or both."""

    @pytest_twisted.ensureDeferred
    async def test_by_status(self, acme: Team) -> None:
        now = (await acme.send()).json["id"]
        later = (await acme.send(scheduled_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())).json["id"]
        assert await self._ids(acme, "?status=scheduled") == [later]
        assert await self._ids(acme, "?status=sent") == [now]
        assert await self._ids(acme, "?status=bounced") == []

    @pytest_twisted.ensureDeferred
    async def test_by_recipient_of_any_kind(self, acme: Team) -> None:
        copied = (await acme.send(to="bo@example.net", bcc="Cy@Example.net")).json["id"]
        await acme.send(to="bo@example.net")
        assert await self._ids(acme, "?recipient=cy%40example.net") == [copied]
        assert len(await self._ids(acme, "?recipient=bo%40example.net&status=sent")) == 2

    @pytest.mark.parametrize("written", ["jo@bücher.example", "JO@xn--bcher-kva.example", "Jo <jo@bücher.example>"])
    @pytest_twisted.ensureDeferred
    async def test_by_a_recipient_as_he_was_written(self, acme: Team, written: str) -> None:
        sent = (await acme.send(to="Jo <jo@bücher.example>")).json["id"]
        assert await self._ids(acme, f"?recipient={quote(written)}") == [sent]

    @pytest_twisted.ensureDeferred
    async def test_with_a_cursor(self, acme: Team) -> None:
        ids = [(await acme.send(to="bo@example.net")).json["id"] for _ in range(3)]
        assert await self._ids(acme, f"?recipient=bo%40example.net&after={ids[2]}") == [ids[1], ids[0]]

    @pytest_twisted.ensureDeferred
    async def test_by_several_statuses(self, acme: Team) -> None:
        now = (await acme.send()).json["id"]
        later = (await acme.send(scheduled_at="in 1 hour")).json["id"]
        assert await self._ids(acme, "?status=scheduled,email.sent") == [later, now]
        assert await self._ids(acme, "?status=,") == [later, now]

    @pytest_twisted.ensureDeferred
    async def test_by_sending_domain(self, acme: Team, other: Team) -> None:
        second = (await acme.ask("POST", "/domains", {"name": "second.example"})).json["id"]
        first = (await acme.send()).json["id"]
        mail = (await acme.send(**{"from": "a@second.example"})).json["id"]
        assert await self._ids(acme, "?domain=Second.example") == [mail]
        assert await self._ids(acme, f"?domain={second}") == [mail]
        assert await self._ids(acme, "?domain=acme.example&recipient=bo%40example.net") == [first]
        assert await self._ids(acme, "?domain=other.example") == []
        await acme.ask("POST", "/domains", {"name": "bücher.example"})
        mail = (await acme.send(**{"from": "a@bücher.example"})).json["id"]
        assert await self._ids(acme, f"?domain={quote('bücher.example')}") == [mail]

    @pytest_twisted.ensureDeferred
    async def test_by_tag(self, acme: Team, other: Team) -> None:
        welcome = {"name": "kind", "value": "welcome"}
        tagged = [(await acme.send(tags=[welcome, {"name": "x", "value": "1"}, welcome])).json["id"] for _ in range(3)]
        else_ = (await acme.send(tags=[{"name": "kind", "value": "x"}])).json["id"]
        await acme.send(tags=[{"name": "welcome", "value": "kind"}])
        assert await self._ids(acme, "?tag=kind%3Dwelcome") == tagged[::-1]
        assert await self._ids(acme, f"?tag=kind%3Dwelcome&limit=1&after={tagged[2]}") == [tagged[1]]
        assert await self._ids(acme, f"?tag=kind%3Dwelcome&limit=1&before={tagged[0]}") == [tagged[1]]
        assert await self._ids(acme, "?tag=kind%3Dx") == [else_]
        assert await self._ids(acme, "?tag=kind%3Dwelcome&recipient=bo%40example.net&status=sent") == tagged[::-1]
        assert await self._ids(acme, "?tag=kind%3Dnothing") == []
        assert await self._ids(other, "?tag=kind%3Dwelcome") == []

    @pytest.mark.parametrize("tag", ["kind", "%3Dwelcome"])
    @pytest_twisted.ensureDeferred
    async def test_a_tag_has_a_name_and_a_value(self, acme: Team, tag: str) -> None:
        answer = await acme.ask("GET", f"/emails?tag={tag}")
        assert (answer.status, answer.json["name"]) == (422, "validation_error")
        assert answer.json["message"] == "Invalid `tag` parameter. It needs to be like `name=value`."

    @pytest_twisted.ensureDeferred
    async def test_by_time(self, acme: Team, house: House) -> None:
        first = (await acme.send()).json["id"]
        between = datetime.now(UTC) + timedelta(milliseconds=5)
        await house.sleep(0.02)
        second = (await acme.send()).json["id"]
        at = between.isoformat().replace("+00:00", "Z")
        for also in ("", "&recipient=bo%40example.net", "&status=sent"):
            assert await self._ids(acme, f"?since={at}{also}") == [second]
            assert await self._ids(acme, f"?until={at}{also}") == [first]
            assert await self._ids(acme, f"?since={at}&until={at}{also}") == []
        assert await self._ids(acme, "?since=1900-01-01&until=9999-12-31") == [second, first]
        answer = await acme.ask("GET", "/emails?since=soon")
        assert (answer.status, "`since`" in answer.json["message"]) == (422, True)

    @pytest_twisted.ensureDeferred
    async def test_a_stranger_is_nobody(self, acme: Team) -> None:
        await acme.send()
        for query in ("domain=%27%3B", "tag=x%3D%3D", "recipient=%25", "status=%27", "tag=a%3Db%3Dc"):
            assert (await acme.ask("GET", f"/emails?{query}")).status == 200

    async def _ids(self, acme: Team, query: str) -> list[str]:
        answer = await acme.ask("GET", f"/emails{query}")
        assert answer.status == 200
        return [one["id"] for one in answer.json["data"]]


class TestTheRawMessage:
    """A mail's bytes, as they are sent: canonical, signed, without Bcc."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_the_message(self, acme: Team) -> None:
        sent = await acme.send(to="bo@example.net", bcc="cy@example.net", subject="Grüße")
        raw = await acme.ask("GET", f"/emails/{sent.json['id']}/raw")
        assert raw.status == 200
        assert raw.headers.getRawHeaders("content-type") == ["message/rfc822"]
        assert f"Message-ID: <{sent.json['id']}@acme.example>".encode() in raw.body
        assert b"cy@example.net" not in raw.body and b"\r\n\r\n" in raw.body

    @pytest_twisted.ensureDeferred
    async def test_another_teams_is_not_found(self, acme: Team, other: Team) -> None:
        sent = await acme.send()
        assert (await other.ask("GET", f"/emails/{sent.json['id']}/raw")).status == 404
