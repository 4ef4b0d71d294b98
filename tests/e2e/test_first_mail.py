"""The first mail: `twistd -n mailit` runs, a mail goes in by HTTP, and comes out at the sandbox or at an exchanger."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dkim
import dns.resolver
import pytest

from tests.rig import Rig, until

PICTURE = bytes(range(256)) * 40
FILE = b"\x00\r\n.\r\nno text\xff" * 700


def parsed(raw: bytes) -> EmailMessage:
    """A message, read by the standard library."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(scope="module")
def caught(sandbox: Rig) -> str:
    """The id of a mail that has come to its end."""
    status, said = sandbox.send(to=["you@mailit.test"], subject="Grüße", text="Hallo")
    assert status == 200, said
    until(lambda: len(sandbox.events(said["id"])) == 3)
    return str(said["id"])


@pytest.fixture(scope="module")
def arrived(direct: Rig) -> dict[str, bytes]:
    """A mail with all there is, as it arrived at each of its recipients."""
    status, said = direct.send(
        **{
            "from": "Grüße aus Köln <hello@example.org>",
            "to": ["Ana Müller <ana@example.net>", "bo@example.net"],
            "cc": "Çelik <cc@example.net>",
            "bcc": ["hidden@example.net"],
            "reply_to": "Antwort <re@example.org>",
            "subject": "Größe ✓ " + "sehr lang " * 20,
            "html": '<p>Schöne <b>Grüße</b></p><img src="cid:logo">',
            "headers": {"X-Campaign": "Frühling 2030", "X-Plain": "a b"},
            "attachments": [
                {"filename": "Übersicht.bin", "content": base64.b64encode(FILE).decode()},
                {
                    "filename": "logo.png",
                    "content": base64.b64encode(PICTURE).decode(),
                    "content_type": "image/png",
                    "content_id": "logo",
                },
            ],
        }
    )
    assert status == 200, said
    until(lambda: len(direct.events(said["id"])) == 6)
    assert direct.types(said["id"])[2:] == ["delivered"] * 4
    return {line["to"]: Path(line["file"]).read_bytes() for line in direct.taken()}


class TestInTheSandbox:
    """Nothing leaves; what would have left can be looked at."""

    def test_it_is_queued_sent_and_delivered(self, sandbox: Rig, caught: str) -> None:
        """Three events, the last with the sandbox's words."""
        assert sandbox.types(caught) == ["queued", "sent", "delivered"]
        last = sandbox.events(caught)[-1]
        assert (last["recipient"], last["attempt"], last["in_doubt"]) == ("you@mailit.test", 1, False)
        assert (last["exchanger"], last["reply"]) == (
            "sandbox",
            {"code": 250, "status": "2.0.0", "text": "Caught by the sandbox"},
        )
        assert sandbox.call("GET", f"/emails/{caught}")[1]["last_event"] == "delivered"

    def test_it_is_shown(self, sandbox: Rig, caught: str) -> None:
        """In the list, and with its source, signed by both keys as it would have travelled."""
        status, listed = sandbox.call("GET", "/sandbox/emails")
        assert status == 200
        (one,) = [item for item in listed["data"] if item["email_id"] == caught]
        assert sandbox.call("GET", "/sandbox")[1] == {"object": "sandbox", "caught": len(listed["data"])}
        assert (one["to"], one["subject"]) == ("you@mailit.test", "Grüße")
        message = parsed(sandbox.call("GET", f"/sandbox/emails/{one['id']}")[1]["raw"].encode())
        assert message["Subject"] == "Grüße"
        algorithms = {field.split("a=")[1].split(";")[0] for field in message.get_all("DKIM-Signature", [])}
        assert algorithms == {"rsa-sha256", "ed25519-sha256"}

    def test_the_log_tells_the_same(self, sandbox: Rig, caught: str) -> None:
        """`/event-log` has the mail's events, in order."""
        status, log = sandbox.call("GET", "/event-log")
        assert status == 200
        assert [event for event in log["data"] if event["email_id"] == caught] == sandbox.events(caught)

    def test_a_domain_of_nobody_is_refused(self, sandbox: Rig) -> None:
        """In Resend's words."""
        status, said = sandbox.send(**{"from": "a@example.com"})
        assert (status, said["name"]) == (403, "validation_error")
        assert "example.com" in said["message"]


class TestAtAnExchanger:
    """DNS names the exchanger, and the mail arrives there as it was meant."""

    def test_it_arrives_once_at_everybody(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """Four recipients, each in a transaction of his own."""
        assert sorted(line["to"] for line in direct.taken()) == [
            "ana@example.net",
            "bo@example.net",
            "cc@example.net",
            "hidden@example.net",
        ]

    @pytest.mark.parametrize("index", [0, 1])
    def test_both_signatures_verify_by_dns(self, direct: Rig, arrived: dict[str, bytes], index: int) -> None:
        """dkimpy, with what the DNS server says."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], direct.dns

        def look_up(name: bytes, timeout: float = 5) -> bytes:
            (record,) = resolver.resolve(name.decode(), "TXT")
            return b"".join(record.strings)

        for raw in arrived.values():
            verifier = dkim.DKIM(raw)
            assert verifier.verify(idx=index, dnsfunc=look_up)
            assert verifier.domain == b"example.org"

    def test_the_two_are_rsa_and_ed25519(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """Side by side (RFC 8463)."""
        fields = parsed(arrived["ana@example.net"]).get_all("DKIM-Signature", [])
        assert sorted(field.split("a=")[1].split(";")[0] for field in fields) == ["ed25519-sha256", "rsa-sha256"]

    def test_each_has_a_return_path_of_his_own(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """VERP, under the domain's return path."""
        paths = {line["from"] for line in direct.taken()}
        assert len(paths) == 4
        assert all(path.startswith("bounce+") and path.endswith("@send.example.org") for path in paths)
        assert all(len(path.removeprefix("bounce+").split("@")[0]) <= 40 for path in paths)

    def test_who_is_in_bcc_is_nowhere_in_it(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """Not in a header, not in the bytes of anybody's copy."""
        assert len(arrived) == 4
        assert all(b"hidden" not in raw and b"Bcc" not in raw and b"bcc" not in raw for raw in arrived.values())

    def test_all_see_the_same(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """One mail, one set of bytes."""
        assert len(set(arrived.values())) == 1

    def test_what_is_not_ascii_survives(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """Names, subject, custom headers and the text made from the HTML."""
        message = parsed(arrived["bo@example.net"])
        assert message["Subject"].strip() == ("Größe ✓ " + "sehr lang " * 20).strip()
        assert message["From"].addresses[0].display_name == "Grüße aus Köln"
        assert [one.display_name for one in message["To"].addresses] == ["Ana Müller", ""]
        assert message["Cc"].addresses[0].display_name == "Çelik"
        assert message["Reply-To"].addresses[0].addr_spec == "re@example.org"
        assert (message["X-Campaign"], message["X-Plain"]) == ("Frühling 2030", "a b")
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None and "Schöne Grüße" in text.get_content()
        assert html is not None and "Schöne <b>Grüße</b>" in html.get_content()

    def test_attachments_survive(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """Byte by byte, with their names; the inline one by its content id."""
        parts = {part.get_filename(): part for part in parsed(arrived["cc@example.net"]).walk() if part.get_filename()}
        assert parts["Übersicht.bin"].get_payload(decode=True) == FILE
        assert parts["logo.png"].get_payload(decode=True) == PICTURE
        assert parts["logo.png"]["Content-ID"] == "<logo>"
        assert parts["logo.png"].get_content_type() == "image/png"

    def test_the_wire_is_canonical(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """CRLF throughout, 7-bit, no line over 998 octets."""
        for raw in arrived.values():
            assert raw.isascii()
            assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
            assert max(map(len, raw.split(b"\r\n"))) <= 998

    def test_unknown_recipients_domain_bounces(self, direct: Rig) -> None:
        """NXDOMAIN is the end of it, with the reason."""
        status, said = direct.send(to="a@nowhere.example")
        assert status == 200
        until(lambda: len(direct.events(said["id"])) == 3)
        last = direct.events(said["id"])[-1]
        assert (last["type"], last["reply"]["status"]) == ("email.bounced", "5.1.2")


class TestSystemMail:
    """Links come by mail, from the setup team's domain, and show in nobody's list of mails."""

    def link(self, rig: Rig, to: str, subject: str) -> str:
        """The token of the link in a mail that arrived."""

        def arrived() -> list[EmailMessage]:
            raw = [Path(line["file"]).read_bytes() for line in rig.taken() if line["to"] == to]
            return [message for message in map(parsed, raw) if message["subject"] == subject]

        until(lambda: bool(arrived()))
        (message,) = arrived()
        assert message["from"] == "MailIt <mailit@example.org>"
        assert message["auto-submitted"] == "auto-generated"
        assert message["dkim-signature"] is not None
        text = message.get_body(("plain",))
        assert text is not None
        return re.findall(r"http://localhost:3000/(?:invite|reset)\?token=([\w-]+)", text.get_content())[0]

    def test_from_an_invitation_to_a_new_password(self, direct: Rig) -> None:
        """Somebody is invited, joins, forgets the password, and sets a new one."""
        op = direct.call("POST", "/auth/login", {"email": "op@example.org", "password": "correct horse battery"})[1]
        before = direct.call("GET", "/emails?limit=100")[1]["data"]
        status, made = direct.call("POST", "/team/invitations", {"email": "zoe@example.net"}, key=op["token"])
        assert (status, made["mailed"]) == (201, True)
        token = self.link(direct, "zoe@example.net", "op invites you to Acme on MailIt")
        joined = {"token": token, "name": "Zoë", "password": "zoë's password"}
        assert direct.call("POST", "/auth/accept-invite", joined)[0] == 201
        assert direct.call("POST", "/auth/forgot", {"email": "Zoe@example.net"})[0] == 200
        token = self.link(direct, "zoe@example.net", "Set a new password for MailIt")
        assert direct.call("POST", "/auth/reset", {"token": token, "password": "another one"})[0] == 200
        for password, status in (("zoë's password", 401), ("another one", 200)):
            assert direct.call("POST", "/auth/login", {"email": "zoe@example.net", "password": password})[0] == status
        assert direct.call("GET", "/emails?limit=100")[1]["data"] == before


class TestItsWay:
    """What is told of it afterwards, by the daemon that sent it."""

    def test_each_attempt_has_its_transcript(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """Within a second or two: the connection, and what was said."""
        (id_,) = [one["id"] for one in direct.call("GET", "/emails")[1]["data"] if one["subject"].startswith("Größe")]

        def attempts() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = direct.call("GET", f"/emails/{id_}/attempts")[1]["data"]
            return found if all(one["transcript"] for one in found) else []

        found = until(attempts, 10)
        assert {one["recipient"] for one in found} == set(arrived)
        for one in found:
            assert (one["attempt"], one["outcome"], one["address"]) == (1, "delivered", "127.0.0.1")
            assert one["tls"]["policy"] == "opportunistic"
            lines = one["transcript"].splitlines()
            assert "C: EHLO mail.example.org" in lines
            assert any(line.startswith("C: MAIL FROM:<bounce+") for line in lines)
            assert f"C: RCPT TO:<{one['recipient']}>" in lines
            assert lines[-2:] == ["C: .", "S: 250 2.0.0 Taken"]
        assert direct.call("GET", f"/emails/{id_}/why")[1]["data"] == []

    def test_the_operator_sees_the_site(self, direct: Rig, arrived: dict[str, bytes]) -> None:
        """By the same password that setup was given."""
        who = {"email": "op@example.org", "password": "correct horse battery"}
        token = direct.call("POST", "/auth/login", who)[1]["token"]
        status, sites = direct.call("GET", "/operator/sites", key=token)
        assert status == 200, sites
        assert [one["name"] for one in sites["data"]] == ["mx.example.net"]
        plugins = direct.call("GET", "/operator/plugins", key=token)[1]["data"]
        assert "sandbox" in {one["name"] for one in plugins if one["enabled"]}
        assert direct.call("GET", "/operator/queue", key=token)[1]["domains"] == []
