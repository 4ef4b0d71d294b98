"""A mail held to the rules of its receivers over HTTP, built and signed as it would leave, and kept at home."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from tests.integration.api.conftest import House, Team

MAIL = {"from": "Ana <ana@acme.example>", "to": "bo@example.net", "subject": "Hi", "text": "Hello"}


async def levels(team: Team, **fields: Any) -> dict[str, str]:
    answer = await team.ask("POST", "/emails/preflight", {**MAIL, **fields})
    assert (answer.status, answer.json["object"]) == (200, "preflight"), answer.body
    return {"": answer.json["level"], **{one["id"]: one["level"] for one in answer.json["rules"]}}


class TestAMailThatIsNotSent:
    """Each rule says what it makes of it, and nothing is kept."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_signed_and_judged(self, acme: Team) -> None:
        """By keys of our own, where DNS is not asked."""
        found = await levels(acme)
        assert (found["dkim"], found["alignment"], found["dns"]) == ("pass", "pass", "unknown")
        assert (await acme.ask("GET", "/emails")).json["data"] == []

    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong_has_a_mend(self, acme: Team) -> None:
        """In words, rule by rule."""
        files = [{"filename": "a.exe", "content": "aaaa"}]
        answer = await acme.ask("POST", "/emails/preflight", {**MAIL, "attachments": files, "marketing": True})
        assert answer.json["level"] == "error"
        assert answer.json["size"] > 500
        wrong = {one["id"]: one for one in answer.json["rules"] if one["level"] == "error"}
        assert wrong.keys() == {"unsubscribe", "unsubscribe-link", "attachments"}
        assert all(one["text"] and one["fix"] for one in wrong.values())

    @pytest_twisted.ensureDeferred
    async def test_what_would_be_refused_is_refused(self, acme: Team) -> None:
        """In the words of `POST /emails`."""
        for fields, status in (({"from": "a@other.example"}, 403), ({"to": "nobody"}, 422), ({"subject": None}, 422)):
            body = {**MAIL, **fields}
            refused = await acme.ask("POST", "/emails/preflight", body)
            assert refused.status == status
            assert refused.json == (await acme.ask("POST", "/emails", body)).json


class TestWhereDnsIsAsked:
    """What it has is part of the judgement."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"asks_dns": True}

    @pytest_twisted.ensureDeferred
    async def test_its_records_are_looked_at(self, acme: Team, house: House) -> None:
        """The mail's own, and the sender's."""
        got = (await acme.ask("GET", f"/domains/{acme.domain_id}")).json
        for record in got["records"]:
            if record["type"] == "TXT":
                house.dns.txts[f"{record['name']}.acme.example"] = [record["value"].strip('"')]
            elif record["type"] == "MX":
                house.dns.exchangers(f"{record['name']}.acme.example", record["value"], addresses=["192.0.2.1"])
        house.dns.hosts["mail.example.org"] = ["192.0.2.1"]
        house.dns.ptrs["192.0.2.1"] = ["mail.example.org"]
        house.dns.mxs["acme.example"] = house.dns.mxs["send.acme.example"]
        await acme.ask("POST", f"/domains/{acme.domain_id}/verify")

        async def verified() -> bool:
            await house.domains.recheck()
            return bool((await acme.ask("GET", f"/domains/{acme.domain_id}")).json["status"] == "verified")

        await house.until(verified)
        found = await levels(acme)
        assert found.pop("dkim-key") == found.pop("") == "warning", "the keys of these tests are short"
        assert {"dkim", "alignment", "spf", "dmarc", "receiving", "ehlo"} <= found.keys()
        assert set(found.values()) == {"pass"}
        house.dns.txts["_dmarc.acme.example"] = []
        house.dns.ptrs.clear()
        found = await levels(acme)
        assert (found["dmarc"], found["ehlo"]) == ("warning", "error")
