"""Resend's own SDKs, unmodified but for the base URL, as clients of the daemon."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import resend
from resend.exceptions import MissingRequiredFieldsError, ResendError, ValidationError

from tests.rig import Rig, until

NODE = Path(__file__).parent / "node"
MAIL = {"from": "Hello <hello@example.org>", "to": "ana@example.net", "subject": "Grüße", "html": "<p>Hi</p>"}
NOBODY = "01a20000-0000-7000-8000-000000000000"


@pytest.fixture
def client(sandbox: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The Python SDK, pointed at the daemon."""
    monkeypatch.setattr(resend, "api_url", f"http://127.0.0.1:{sandbox.http}")
    monkeypatch.setattr(resend, "api_key", sandbox.key)
    yield resend


class TestPython:
    """The package `resend`."""

    def test_emails(self, client: Any, sandbox: Rig) -> None:
        """Sent, read back whole, and listed newest first by cursor."""
        sent = client.Emails.send(
            {
                **MAIL,
                "bcc": ["hidden@example.net"],
                "reply_to": "re@example.org",
                "tags": [{"name": "kind", "value": "first"}],
                "attachments": [{"filename": "a.bin", "content": [0, 1, 255]}],
                "headers": {"X-One": "1"},
            }
        )
        until(lambda: sandbox.types(sent["id"]) == ["queued", "sent", "delivered", "delivered"])
        got = client.Emails.get(sent["id"])
        assert (got["object"], got["id"], got["last_event"]) == ("email", sent["id"], "delivered")
        assert (got["to"], got["bcc"], got["reply_to"]) == (
            ["ana@example.net"],
            ["hidden@example.net"],
            ["re@example.org"],
        )
        assert (got["from"], got["subject"], got["html"]) == (MAIL["from"], MAIL["subject"], MAIL["html"])
        assert got["tags"] == [{"name": "kind", "value": "first"}]
        newer = client.Emails.send(MAIL)
        page = client.Emails.list({"limit": 1})
        assert ([one["id"] for one in page["data"]], page["has_more"]) == ([newer["id"]], True)
        older = client.Emails.list({"limit": 1, "after": newer["id"]})
        assert [one["id"] for one in older["data"]] == [sent["id"]]

    def test_attachments_and_shares(self, client: Any, sandbox: Rig) -> None:
        """Listed, read, and had by links that need no key; large ones lie in the blob store meanwhile."""
        large = bytes(range(256)) * 400
        files = [{"filename": "a.bin", "content": [0, 1, 255]}, {"filename": "l.bin", "content": list(large)}]
        sent = client.Emails.send({**MAIL, "attachments": files})
        listed = client.Emails.Attachments.list(sent["id"])
        assert [(one["filename"], one["size"]) for one in listed["data"]] == [("a.bin", 3), ("l.bin", len(large))]
        got = client.Emails.Attachments.get(sent["id"], listed["data"][1]["id"])
        assert (got["object"], got["content_disposition"]) == ("attachment", "attachment")
        with urlopen(got["download_url"]) as answer:
            assert (answer.read(), answer.headers["Content-Disposition"]) == (large, 'attachment; filename="l.bin"')
        shared = client.Emails.share(sent["id"], {"expires_in": "10m"})
        with urlopen(shared["url"]) as answer:
            assert "Grüße" in answer.read().decode()
        with pytest.raises(ValidationError, match="expires_in must not exceed 48 hours"):
            client.Emails.share(sent["id"], {"expires_in": "3 days"})
        until(lambda: sandbox.types(sent["id"])[-1] == "delivered")

    def test_recipients_to_test_with(self, client: Any, sandbox: Rig) -> None:
        """They do as they are called, and the sandbox never sees them."""
        wanted = {
            "delivered": ["sent", "delivered"],
            "bounced": ["sent", "bounced"],
            "complained": ["sent", "delivered", "complained"],
            "suppressed": ["suppressed"],
        }
        sent = {role: client.Emails.send({**MAIL, "to": f"{role}+sdk@resend.dev"})["id"] for role in wanted}
        for role, types in wanted.items():
            until(lambda role=role, types=types: sandbox.types(sent[role]) == ["queued", *types])
            assert client.Emails.get(sent[role])["last_event"] == types[-1]
        caught = sandbox.call("GET", "/sandbox/emails?limit=100")[1]["data"]
        assert not [one for one in caught if one["email_id"] in sent.values()]

    def test_a_batch(self, client: Any, sandbox: Rig) -> None:
        """All or none; or, where it is asked for, those that are right."""
        said = client.Batch.send([MAIL, {**MAIL, "to": ["bo@example.net", "cy@example.net"]}])
        assert len(said["data"]) == 2
        until(lambda: sandbox.types(said["data"][1]["id"])[-1] == "delivered")
        newest = client.Emails.list({"limit": 1})["data"][0]["id"]
        with pytest.raises(ResendError) as caught:
            client.Batch.send([MAIL, {**MAIL, "to": "nobody"}])
        assert "emails[1]" in caught.value.message
        assert client.Emails.list({"limit": 1})["data"][0]["id"] == newest
        some = client.Batch.send([MAIL, {**MAIL, "to": "nobody"}], {"batch_validation": "permissive"})
        assert (len(some["data"]), [one["index"] for one in some["errors"]]) == (1, [1])

    def test_domains(self, client: Any) -> None:
        """Made with their records, listed, read, verified."""
        made = client.Domains.create({"name": "python.example"})
        assert (made["name"], made["status"]) == ("python.example", "not_started")
        assert {one["record"] for one in made["records"]} >= {"SPF", "DKIM"}
        assert made["id"] in [one["id"] for one in client.Domains.list()["data"]]
        assert client.Domains.get(made["id"])["name"] == "python.example"
        assert client.Domains.verify(made["id"])["id"] == made["id"]

    def test_api_keys(self, client: Any) -> None:
        """Made, used within their permission, listed without the token, revoked."""
        made = client.ApiKeys.create({"name": "python", "permission": "sending_access"})
        listed = {one["id"]: one for one in client.ApiKeys.list()["data"]}
        assert listed[made["id"]]["name"] == "python"
        assert made["token"] not in json.dumps(listed)
        client.api_key, whole = made["token"], client.api_key
        assert client.Emails.send(MAIL)["id"]
        with pytest.raises(ResendError) as restricted:
            client.Domains.list()
        assert (restricted.value.code, restricted.value.error_type) == (401, "restricted_api_key")
        client.api_key = whole
        client.ApiKeys.remove(made["id"])
        client.api_key = made["token"]
        with pytest.raises(ResendError) as revoked:
            client.Emails.send(MAIL)
        assert revoked.value.code in (401, 403)
        client.api_key = whole

    @pytest.mark.parametrize(
        "changes, class_, code, name",
        [
            ({"from": "a@example.com"}, ResendError, 403, "validation_error"),
            ({"to": "nobody"}, ValidationError, 422, "validation_error"),
            ({"subject": None}, MissingRequiredFieldsError, 422, "missing_required_field"),
        ],
    )
    def test_what_is_refused(self, client: Any, changes: Any, class_: Any, code: int, name: str) -> None:
        """As the classes of errors that its users catch."""
        with pytest.raises(class_) as caught:
            client.Emails.send({**MAIL, **changes})
        assert (caught.value.code, caught.value.error_type) == (code, name)

    def test_a_mail_that_is_not_there(self, client: Any) -> None:
        """404."""
        with pytest.raises(ResendError) as caught:
            client.Emails.get(NOBODY)
        assert (caught.value.code, caught.value.error_type) == (404, "not_found")


def install() -> None:
    """The Node SDK at the version and hash of the lock, once."""
    stamp = NODE / "node_modules" / ".installed"
    lock = (NODE / "package-lock.json").read_text()
    if not stamp.exists() or stamp.read_text() != lock:
        npm = shutil.which("npm")
        assert npm is not None, "the tests need Node 20 or later, with npm"
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=NODE, check=True, timeout=120)
        stamp.write_text(lock)


def test_node(sandbox: Rig) -> None:
    """The package `resend` of npm: every call that this installation serves so far."""
    install()
    done = subprocess.run(
        ["node", "acceptance.mjs", f"http://127.0.0.1:{sandbox.http}", sandbox.key],
        cwd=NODE,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    data = {name: answer["data"] for name, answer in said.items() if answer["error"] is None}
    errors = {name: answer["error"] for name, answer in said.items() if answer["error"] is not None}
    until(lambda: sandbox.types(data["send"]["id"])[-1] == "delivered")
    assert (data["get"]["subject"], data["get"]["to"]) == ("Grüße", ["ana@example.net"])
    assert data["get"]["tags"] == [{"name": "kind", "value": "first"}]
    assert [one["id"] for one in data["list"]["data"]] == [one["id"] for one in data["batch"]["data"]][::-1]
    assert data["list"]["has_more"] is True
    assert [(one["filename"], one["size"]) for one in data["files"]["data"]] == [("a.bin", 3)]
    assert data["file"]["id"] == data["files"]["data"][0]["id"]
    with urlopen(data["file"]["download_url"]) as answer:
        assert answer.read() == bytes([0, 1, 255])
    with urlopen(data["share"]["url"]) as answer:
        assert "Grüße" in answer.read().decode()
    assert data["domainGot"]["name"] == "node.example"
    assert {one["type"] for one in data["domain"]["records"]} >= {"MX", "TXT"}
    assert "node.example" in [one["name"] for one in data["domains"]["data"]]
    assert data["key"]["token"].startswith("re_")
    assert data["key"]["id"] in [one["id"] for one in data["keys"]["data"]]
    assert data["limited"]["id"]
    assert {name: error["statusCode"] for name, error in errors.items() if name != "revoked"} == {
        "refused": 403,
        "invalid": 422,
        "missing": 404,
        "restricted": 401,
    }
    assert errors["revoked"]["statusCode"] in (401, 403)
