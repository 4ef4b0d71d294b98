"""What mails carry, over HTTP: sent in any way, listed, had by a link; and mails that are shared."""

from __future__ import annotations

import base64
import email
import email.policy
import ipaddress
import re
from typing import Any

import pytest
import pytest_twisted
from twisted.web.resource import Resource
from twisted.web.server import Site

from mailit.api.routes.attachments import LINK_FOR
from mailit.net.guard import Guard
from tests.integration.api.conftest import Answer, House, Team

LARGE = bytes(range(256)) * 2000
NOBODY = "01890000-0000-7000-8000-000000000000"


def file(content: bytes = b"data", **fields: Any) -> dict[str, Any]:
    return {"content": base64.b64encode(content).decode(), **fields}


async def follow(house: House, url: str) -> Answer:
    """What is at a link, for somebody without a key."""
    return await house.ask("GET", url.removeprefix("http://api.test"))


class TestTheFilesOfAMail:
    """They are listed in their order, each with a link that needs no key."""

    @pytest_twisted.ensureDeferred
    async def test_all_and_one(self, acme: Team, house: House) -> None:
        files = [
            file(b"first", filename="Grüße.txt"),
            {"content": list(LARGE), "filename": "large.bin"},
            file(b"PNG", filename="logo.png", content_id="logo"),
        ]
        sent = await acme.send(attachments=files)
        listed = (await acme.ask("GET", f"/emails/{sent.json['id']}/attachments")).json
        assert (listed["object"], listed["has_more"]) == ("list", False)
        facts = [
            (one["filename"], one["size"], one["content_type"], one["content_disposition"], one["content_id"])
            for one in listed["data"]
        ]
        assert facts == [
            ("Grüße.txt", 5, "text/plain", "attachment", None),
            ("large.bin", len(LARGE), "application/octet-stream", "attachment", None),
            ("logo.png", 3, "image/png", "inline", "logo"),
        ]
        for one, content in zip(listed["data"], (b"first", LARGE, b"PNG"), strict=True):
            got = (await acme.ask("GET", f"/emails/{sent.json['id']}/attachments/{one['id']}")).json
            assert got.pop("object") == "attachment"
            assert got.keys() == one.keys()
            answer = await follow(house, got["download_url"])
            assert (answer.status, answer.body) == (200, content)
            assert answer.header("Content-Type") == one["content_type"]
            assert answer.header("Content-Disposition").startswith("attachment")
            assert answer.header("X-Content-Type-Options") == "nosniff"

    @pytest_twisted.ensureDeferred
    async def test_pages(self, acme: Team) -> None:
        """Where one is asked for."""
        id_ = (await acme.send(attachments=[file(filename=f"{n}") for n in range(5)])).json["id"]

        async def names(query: str) -> tuple[list[str], bool]:
            said = (await acme.ask("GET", f"/emails/{id_}/attachments{query}")).json
            return [one["filename"] for one in said["data"]], said["has_more"]

        ids = [one["id"] for one in (await acme.ask("GET", f"/emails/{id_}/attachments")).json["data"]]
        assert await names("?limit=2") == (["0", "1"], True)
        assert await names(f"?limit=2&after={ids[1]}") == (["2", "3"], True)
        assert await names(f"?limit=2&after={ids[3]}") == (["4"], False)
        assert await names(f"?limit=2&before={ids[3]}") == (["1", "2"], True)
        assert await names(f"?limit=9&before={ids[3]}") == (["0", "1", "2"], False)

    @pytest_twisted.ensureDeferred
    async def test_what_is_not_there(self, acme: Team, other: Team) -> None:
        """Or is another team's."""
        id_ = (await acme.send(attachments=[file()])).json["id"]
        (one,) = (await acme.ask("GET", f"/emails/{id_}/attachments")).json["data"]
        for team, path, message in (
            (acme, f"/emails/{NOBODY}/attachments", "Email not found"),
            (acme, f"/emails/{id_}/attachments/{NOBODY}", "Attachment not found"),
            (other, f"/emails/{id_}/attachments", "Email not found"),
            (other, f"/emails/{id_}/attachments/{one['id']}", "Email not found"),
        ):
            answer = await team.ask("GET", path)
            assert (answer.status, answer.json["message"]) == (404, message)

    @pytest_twisted.ensureDeferred
    async def test_a_link_ends(self, acme: Team, house: House) -> None:
        """After an hour; and one that was tampered with never began."""
        id_ = (await acme.send(attachments=[file()])).json["id"]
        (one,) = (await acme.ask("GET", f"/emails/{id_}/attachments")).json["data"]
        url = one["download_url"]
        assert (await follow(house, url.replace(one["id"], NOBODY))).status == 403
        assert (await follow(house, url.partition("?")[0])).status == 403
        house.clock_ahead = LINK_FOR + 1
        assert (await follow(house, url)).json["message"] == "The link has expired, or is not valid."


class TestAMailThatIsLong:
    """Over 64 KB its body lies apart, and nobody sees that."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_read_back(self, acme: Team) -> None:
        html = "<p>" + "grüße " * 20_000
        id_ = (await acme.send(html=html)).json["id"]
        got = (await acme.ask("GET", f"/emails/{id_}")).json
        assert (got["html"], got["text"]) == (html, "Hello")
        message = email.message_from_bytes((await acme.ask("GET", f"/emails/{id_}/raw")).body, policy=email.policy.SMTP)
        body = message.get_body(("html",))
        assert body is not None
        assert body.get_content().strip() == html.strip()
        assert (await acme.ask("GET", f"/emails/{id_}/attachments")).json["data"] == []


class Files(Resource):
    """What is fetched."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        if request.path == b"/elsewhere":
            request.setResponseCode(302)
            request.setHeader("Location", "http://10.0.0.1/secret")
            return b""
        request.setHeader("Content-Type", "image/png")
        return b"fetched"


class TestAFileByItsUrl:
    """It is fetched, unless it leads into our own house."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"guard": Guard.allowing([ipaddress.ip_network("127.0.0.0/8")])}

    @pytest_twisted.async_yield_fixture
    async def url(self, house: House) -> Any:
        port = house.reactor.listenTCP(0, Site(Files()), interface="127.0.0.1")
        house.dns.hosts.update({"files.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]})
        yield f"http://files.example:{port.getHost().port}"
        await port.stopListening()

    @pytest_twisted.ensureDeferred
    async def test_it_travels(self, acme: Team, house: House, url: str) -> None:
        sent = await acme.send(attachments=[{"path": f"{url}/logo"}])
        (one,) = (await acme.ask("GET", f"/emails/{sent.json['id']}/attachments")).json["data"]
        assert (one["filename"], one["content_type"], one["size"]) == ("logo", "image/png", 7)
        assert (await follow(house, one["download_url"])).body == b"fetched"

    @pytest_twisted.ensureDeferred
    async def test_into_our_own_house(self, acme: Team, url: str) -> None:
        """By name, by address, by redirect: the field is named."""
        for path in ("http://inside.example/", "http://169.254.169.254/", f"{url}/elsewhere", "file:///etc/passwd"):
            refused = await acme.send(attachments=[file(), {"path": path}])
            assert (refused.status, refused.json["name"]) == (422, "invalid_attachment"), path
            assert refused.json["message"].startswith("Invalid `attachments[1].path` field."), path
        assert (await acme.ask("GET", "/emails")).json["data"] == []


class TestAMailThatIsShared:
    """It is shown to whoever has the link, for a time, and nothing in it runs."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_shown(self, acme: Team, house: House) -> None:
        html = "<h1>Hi</h1><script>alert(1)</script><img src='cid:logo'><img src=cid:none>"
        files = [file(b"PNG", filename="logo.png", content_id="logo"), file(filename="<b>.txt")]
        sent = await acme.send(html=html, subject="<i>Hi", bcc="hidden@example.net", attachments=files)
        said = (await acme.ask("POST", f"/emails/{sent.json['id']}/share", {"expires_in": "2 hours"})).json
        assert (said["object"], said["id"]) == ("email", sent.json["id"])
        page = await follow(house, said["url"])
        text = page.body.decode()
        assert page.status == 200
        assert "<h1>&lt;i&gt;Hi</h1>" in text
        assert "bo@example.net" in text
        assert "hidden@example.net" not in text
        assert "<script" not in text, "the mail is inside an attribute"
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in text
        assert "default-src 'none'" in page.header("Content-Security-Policy")
        assert "script-src" not in page.header("Content-Security-Policy")
        assert "cid:none" in text
        assert "cid:logo" not in text
        (link,) = re.findall(r"href='(http://api.test/files/[^']*)'", text)
        assert (await follow(house, link.replace("&amp;", "&"))).body == b"data"
        house.clock_ahead = 2 * 3600 + 1
        assert (await follow(house, said["url"])).status == 403
        assert (await follow(house, link.replace("&amp;", "&"))).status == 403, "its files end with it"

    @pytest_twisted.ensureDeferred
    async def test_a_text(self, acme: Team, house: House) -> None:
        sent = await acme.send(text="1 < 2", subject="")
        url = (await acme.ask("POST", f"/emails/{sent.json['id']}/share")).json["url"]
        assert b"<pre>1 &lt; 2</pre>" in (await follow(house, url)).body

    @pytest_twisted.ensureDeferred
    async def test_what_is_refused(self, acme: Team, other: Team) -> None:
        id_ = (await acme.send()).json["id"]
        over = await acme.ask("POST", f"/emails/{id_}/share", {"expires_in": "49 hours"})
        assert (over.status, over.json["name"]) == (422, "validation_error")
        assert over.json["message"] == "expires_in must not exceed 48 hours"
        assert (await other.ask("POST", f"/emails/{id_}/share")).status == 404
