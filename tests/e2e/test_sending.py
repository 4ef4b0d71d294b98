"""Keys, schedules, batches and use, by both of Resend's SDKs; and keys when the daemon is killed."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any

import pytest
import resend
from resend.exceptions import ResendError

from tests.e2e.test_sdks import NOBODY, NODE, install
from tests.rig import Rig, installation

MAIL = {"from": "Hello <hello@example.org>", "to": ["ana@example.net"], "subject": "Grüße", "html": "<p>Hi</p>"}
TAGGED = {**MAIL, "cc": "bo@example.net", "tags": [{"name": "client", "value": "sdk"}]}

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00|Z)")


def bare(said: Any) -> Any:
    """An answer without what differs from one call to the next: ids, times, figures of use."""
    if isinstance(said, dict):
        return {name: bare(value) for name, value in said.items() if name not in ("http_headers", "used", "sent")}
    if isinstance(said, list):
        return [bare(one) for one in said]
    return _TIME.sub("TIME", _ID.sub("ID", said)) if isinstance(said, str) else said


def by_python(rig: Rig, at: str) -> dict[str, Any]:
    """What `sending.mjs` does, by the package `resend` of PyPI; an error is Node's shape of it."""

    def call(function: Callable[..., Any], *args: Any) -> Any:
        try:
            return {"data": function(*args), "error": None}
        except ResendError as error:
            told = {"statusCode": error.code, "message": error.message, "name": error.error_type}
            return {"data": None, "error": told}

    emails, batch = resend.Emails, resend.Batch
    said: dict[str, Any] = {}
    said["send"] = call(emails.send, TAGGED, {"idempotency_key": "python-1"})
    said["again"] = call(emails.send, TAGGED, {"idempotency_key": "python-1"})
    said["other"] = call(emails.send, MAIL, {"idempotency_key": "python-1"})
    said["noKey"] = call(emails.send, MAIL, {"idempotency_key": "x" * 257})
    said["scheduled"] = call(emails.send, {**MAIL, "scheduled_at": "in 1 hour"})
    id_ = said["scheduled"]["data"]["id"]
    said["updated"] = call(emails.update, {"id": id_, "scheduled_at": at})
    said["got"] = call(emails.get, id_)
    said["canceled"] = call(emails.cancel, id_)
    said["gotCanceled"] = call(emails.get, id_)
    said["tooLate"] = call(emails.update, {"id": id_, "scheduled_at": at})
    said["twice"] = call(emails.cancel, id_)
    said["nobody"] = call(emails.cancel, NOBODY)
    said["tooFar"] = call(emails.send, {**MAIL, "scheduled_at": "in 31 days"})
    said["noTime"] = call(emails.send, {**MAIL, "scheduled_at": "soon"})
    said["batch"] = call(batch.send, [MAIL, TAGGED], {"idempotency_key": "python-2"})
    said["batchAgain"] = call(batch.send, [MAIL, TAGGED], {"idempotency_key": "python-2"})
    said["strict"] = call(batch.send, [MAIL, {**MAIL, "to": "nobody"}])
    nameless = {name: value for name, value in MAIL.items() if name != "subject"}
    some = [MAIL, {**MAIL, "to": "nobody"}, nameless, TAGGED]
    said["permissive"] = call(batch.send, some, {"batch_validation": "permissive"})
    said["list"] = call(emails.list, {"limit": 2})
    said["usage"] = call(resend.Usage.get)
    return said


def by_node(rig: Rig, at: str) -> dict[str, Any]:
    """The same by the package `resend` of npm."""
    install()
    done = subprocess.run(
        ["node", "sending.mjs", f"http://127.0.0.1:{rig.http}", rig.key, at],
        cwd=NODE,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("by", [by_python, by_node])
def test_both_sdks(by: Callable[[Rig, str], dict[str, Any]], sandbox: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call's answer, field by field; the two can differ in nothing."""
    monkeypatch.setattr(resend, "api_url", f"http://127.0.0.1:{sandbox.http}")
    monkeypatch.setattr(resend, "api_key", sandbox.key)
    at = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%S}.250Z"
    said = by(sandbox, at)
    data = {name: one["data"] for name, one in said.items() if one["error"] is None}
    assert data["again"]["id"] == data["send"]["id"]
    assert [one["id"] for one in data["batchAgain"]["data"]] == [one["id"] for one in data["batch"]["data"]]
    assert [one["id"] for one in data["list"]["data"]] == [one["id"] for one in data["permissive"]["data"]][::-1]
    assert data["got"]["scheduled_at"] == at.replace("T", " ").replace("250Z", "25+00")
    for one in data["list"]["data"]:  # whether it was caught yet is the queue's business
        assert one["last_event"] in ("sent", "delivered")
        one["last_event"] = "delivered"
    assert {name: bare(one) for name, one in data.items()} == DATA
    errors = {name: one["error"] for name, one in said.items() if one["error"] is not None}
    told = {name: (one["statusCode"], one["name"], one["message"]) for name, one in errors.items()}
    assert told == ERRORS


NAMED = {"object": "email", "id": "ID"}
MAIL_VIEW: dict[str, Any] = {
    **NAMED,
    "message_id": "<ID@example.org>",
    "to": ["ana@example.net"],
    "from": "Hello <hello@example.org>",
    "created_at": "TIME",
    "subject": "Grüße",
    "html": "<p>Hi</p>",
    "text": None,
    "bcc": [],
    "cc": [],
    "reply_to": [],
    "last_event": "scheduled",
    "scheduled_at": "TIME",
    "tags": [],
    "recipients": [
        {
            "recipient": "ana@example.net",
            "state": "queued",
            "attempts": 0,
            "in_doubt": False,
            "exchanger": None,
            "reply": None,
            "updated_at": "TIME",
            "next_attempt_at": "TIME",
        }
    ],
}
ITEM = {
    **{name: MAIL_VIEW[name] for name in ("id", "message_id", "to", "from", "created_at", "subject")},
    **{"bcc": None, "cc": None, "reply_to": None, "last_event": "delivered", "scheduled_at": None},
}
FAULT = (
    "Invalid `to` field. The email address needs to follow the `email@example.com` or "
    "`Name <email@example.com>` format."
)
DATA = {
    "send": {"id": "ID"},
    "again": {"id": "ID"},
    "scheduled": {"id": "ID"},
    "updated": NAMED,
    "got": MAIL_VIEW,
    "canceled": NAMED,
    "gotCanceled": {
        **MAIL_VIEW,
        "last_event": "canceled",
        "recipients": [{**MAIL_VIEW["recipients"][0], "state": "canceled", "next_attempt_at": None}],
    },
    "batch": {"data": [{"id": "ID"}] * 2},
    "batchAgain": {"data": [{"id": "ID"}] * 2},
    "permissive": {
        "data": [{"id": "ID"}] * 2,
        "errors": [{"index": 1, "message": FAULT}, {"index": 2, "message": "Missing `subject` field."}],
    },
    "list": {"object": "list", "has_more": True, "data": [{**ITEM, "cc": ["bo@example.net"]}, ITEM]},
    "usage": {
        "object": "usage",
        "emails": {period: {"limit": None, "received": 0, "resets_at": "TIME"} for period in ("daily", "monthly")},
        **{name: {"limit": None} for name in ("contacts", "segments", "broadcasts", "domains")},
        "ai_credits": {"limit": None, "next_increase_at": None},
        "automation_runs": {"limit": None, "resets_at": "TIME"},
        "rate_limit": {"limit": None, "duration": "1000ms"},
    },
}
ERRORS = {
    "other": (409, "invalid_idempotent_request", "Same idempotency key used with a different request payload."),
    "noKey": (400, "invalid_idempotency_key", "The key must be between 1-256 chars."),
    "tooLate": (422, "validation_error", "Only scheduled emails can be rescheduled."),
    "twice": (422, "validation_error", "Only scheduled emails can be canceled."),
    "nobody": (404, "not_found", "Email not found"),
    "tooFar": (
        422,
        "validation_error",
        "Invalid `scheduled_at` field. A mail can be scheduled at most 30 days ahead.",
    ),
    "noTime": (
        422,
        "validation_error",
        "Invalid `scheduled_at` field. It must be a date and time in ISO 8601, such as 2030-08-05T11:52:01Z, or words "
        "such as `in 1 hour`, `tomorrow at 9am` or `Friday at 3pm ET`.",
    ),
    "strict": (422, "validation_error", f"emails[1]: {FAULT}"),
}


def test_a_kill_while_keys_are_being_used() -> None:
    """Whoever was answered is answered alike; whoever was not asks again, and there is one mail a key."""
    with installation({"smtp_outbound": {"mode": "sandbox"}}, peers=False) as rig:
        rig.setup()
        rig.start()
        answered: dict[str, Any] = {}
        enough = threading.Event()

        def send(first: int) -> None:
            for number in range(first, 4000, 8):
                try:
                    status, said = rig.call("POST", "/emails", mail(number), headers={"Idempotency-Key": f"k{number}"})
                except (OSError, HTTPException):
                    return
                assert status in (200, 503), said
                if status == 200:
                    answered[f"k{number}"] = said
                if len(answered) > 100:
                    enough.set()

        def mail(number: int) -> dict[str, Any]:
            return {**MAIL, "subject": str(number)}

        threads = [threading.Thread(target=send, args=(first,)) for first in range(8)]
        for thread in threads:
            thread.start()
        assert enough.wait(20)
        rig.kill()
        for thread in threads:
            thread.join()
        rig.start()
        last = max(int(key[1:]) for key in answered) + 8
        again = {
            f"k{number}": rig.call("POST", "/emails", mail(number), headers={"Idempotency-Key": f"k{number}"})
            for number in range(last + 1)
        }
        assert {status for status, _ in again.values()} == {200}
        assert {key: said for key, (_, said) in again.items() if key in answered} == answered
        ids = {said["id"] for _, said in again.values()}
        listed: list[str] = []
        after = ""
        while True:
            page = rig.call("GET", f"/emails?limit=100{after}")[1]
            listed += [one["id"] for one in page["data"]]
            if not page["has_more"]:
                break
            after = f"&after={listed[-1]}"
        assert len(listed) == len(ids) and set(listed) == ids
