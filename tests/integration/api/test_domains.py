"""Sending domains over HTTP: added, verified by DNS, kept to one team."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from mailit.interfaces import Mx, utc
from mailit.store import domains
from tests.integration.api.conftest import House, Team


def publish(house: House, domain: dict[str, Any]) -> None:
    """Puts the records into DNS as they were given."""
    for record in domain["records"]:
        name = f"{record['name']}.{domain['name']}"
        if record["type"] == "MX":
            house.dns.mxs[name] = [Mx(record["priority"], record["value"])]
        else:
            house.dns.txts[name] = [record["value"]]


async def verified(team: Team, id_: str, status: str = "verified") -> None:
    """Asks to verify, and waits until the domain is so."""
    answer = await team.ask("POST", f"/domains/{id_}/verify", b"")
    assert answer.json == {"id": id_, "object": "domain"}

    async def settled() -> bool:
        return bool((await team.ask("GET", f"/domains/{id_}")).json["status"] == status)

    await team.house.until(settled)


class TestAddingADomain:
    """It comes with its keys and the records to publish, in Resend's shape."""

    @pytest_twisted.ensureDeferred
    async def test_its_shape(self, house: House) -> None:
        team = await house.team("Acme")
        answer = await team.ask("POST", "/domains", {"name": "Example.COM", "custom_return_path": "bounce"})
        assert answer.status == 201
        domain = answer.json
        assert set(domain) == {
            "id", "name", "created_at", "status", "capabilities", "records", "region", "open_tracking",
            "click_tracking", "tracking_subdomain",
        }  # fmt: skip
        assert (domain["name"], domain["status"], domain["region"]) == ("example.com", "not_started", "us-east-1")
        assert domain["capabilities"] == {"sending": "enabled", "receiving": "disabled"}
        assert domain["records"][0] == {
            "record": "SPF",
            "name": "bounce",
            "type": "MX",
            "ttl": "Auto",
            "status": "not_started",
            "value": "mail.example.org",
            "priority": 10,
        }
        assert [record["name"] for record in domain["records"] if record["record"] == "DKIM"] == [
            "mailit._domainkey",
            "mailit-ed25519._domainkey",
        ]

    @pytest_twisted.ensureDeferred
    async def test_private_keys_are_not_readable_in_the_database(self, acme: Team, house: House) -> None:
        keys = await house.domains.keys(acme.domain_id)
        assert [key.algorithm for key in keys] == ["rsa-sha256", "ed25519-sha256"]
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT private_key FROM dkim_key"))
        assert len(rows) == 2
        for row in rows:
            assert not any(key.private[20:60] in row.private_key for key in keys)

    @pytest_twisted.ensureDeferred
    async def test_a_second_time_it_is_taken(self, acme: Team) -> None:
        answer = await acme.ask("POST", "/domains", {"name": "ACME.example"})
        assert (answer.status, answer.json["name"]) == (403, "validation_error")
        assert answer.json["message"] == "The acme.example domain has been registered already."

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": "nodots"}, "name"),
            ({"name": ""}, "name"),
            ({"name": "a.example", "region": "mars"}, "region"),
            ({"name": "a.example", "custom_return_path": "a.b"}, "custom_return_path"),
            ({"name": "a.example", "tls": True}, "tls"),
            ({"name": "a.example", "capabilities": {"sending": "disabled"}}, "capabilities"),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong_is_named(self, acme: Team, body: Any, field: str) -> None:
        answer = await acme.ask("POST", "/domains", body)
        assert answer.status == 422
        assert f"Invalid `{field}` field" in answer.json["message"]

    @pytest_twisted.ensureDeferred
    async def test_lists_give_all_unless_asked_for_a_page(self, acme: Team) -> None:
        for number in range(3):
            await acme.ask("POST", "/domains", {"name": f"d{number}.example"})
        everything = (await acme.ask("GET", "/domains")).json
        assert [one["name"] for one in everything["data"]] == ["d2.example", "d1.example", "d0.example", "acme.example"]
        page = (await acme.ask("GET", f"/domains?limit=1&after={everything['data'][1]['id']}")).json
        assert (page["has_more"], [one["name"] for one in page["data"]]) == (True, ["d0.example"])


class TestDeletingADomain:
    """It is gone with its keys, and nothing can be sent from it any more."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_gone(self, acme: Team, house: House) -> None:
        assert (await acme.send()).status == 200
        answer = await acme.ask("DELETE", f"/domains/{acme.domain_id}", {})
        assert answer.json == {"id": acme.domain_id, "object": "domain", "deleted": True}
        assert (await acme.ask("GET", f"/domains/{acme.domain_id}")).status == 404
        assert (await acme.ask("DELETE", f"/domains/{acme.domain_id}")).status == 404
        assert (await acme.send()).status == 403
        assert await house.domains.keys(acme.domain_id) == ()


class TestVerifying:
    """In a mode that asks DNS a domain sends once DNS has what it should."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"asks_dns": True}

    @pytest_twisted.ensureDeferred
    async def test_before_it_nothing_is_sent_and_no_key_signs(self, acme: Team, house: House) -> None:
        assert (await acme.send()).status == 403
        assert await house.domains.keys(acme.domain_id) == ()

    @pytest_twisted.ensureDeferred
    async def test_once_dns_has_the_records_it_sends(self, acme: Team, house: House) -> None:
        publish(house, (await acme.ask("GET", f"/domains/{acme.domain_id}")).json)
        await verified(acme, acme.domain_id)
        domain = (await acme.ask("GET", f"/domains/{acme.domain_id}")).json
        assert {record["status"] for record in domain["records"]} == {"verified"}
        assert (await acme.send()).status == 200
        assert len(await house.domains.keys(acme.domain_id)) == 2
        log = (await acme.ask("GET", "/event-log?types=domain.created,domain.updated")).json["data"]
        assert [(event["type"], event["data"]["status"]) for event in log] == [
            ("domain.created", "not_started"),
            ("domain.updated", "verified"),
        ]

    @pytest_twisted.ensureDeferred
    async def test_only_keys_that_dns_has_sign(self, acme: Team, house: House) -> None:
        publish(house, (await acme.ask("GET", f"/domains/{acme.domain_id}")).json)
        del house.dns.txts["mailit._domainkey.acme.example"]
        await verified(acme, acme.domain_id)
        assert [key.selector for key in await house.domains.keys(acme.domain_id)] == ["mailit-ed25519"]

    @pytest_twisted.ensureDeferred
    async def test_in_part_it_sends_too(self, acme: Team, house: House) -> None:
        publish(house, (await acme.ask("GET", f"/domains/{acme.domain_id}")).json)
        del house.dns.txts["send.acme.example"]
        await verified(acme, acme.domain_id, "partially_verified")
        assert (await acme.send()).status == 200

    @pytest_twisted.ensureDeferred
    async def test_what_is_taken_out_of_dns_no_longer_signs(self, acme: Team, house: House) -> None:
        publish(house, (await acme.ask("GET", f"/domains/{acme.domain_id}")).json)
        await verified(acme, acme.domain_id)
        house.dns.txts.clear()
        house.dns.mxs.clear()
        await verified(acme, acme.domain_id, "pending")
        assert await house.domains.keys(acme.domain_id) == ()
        assert (await acme.send()).status == 403

    @pytest_twisted.ensureDeferred
    async def test_a_verified_name_is_one_teams(self, acme: Team, house: House) -> None:
        rival = await house.team("Rival", "acme.example")
        publish(house, (await acme.ask("GET", f"/domains/{acme.domain_id}")).json)
        await verified(acme, acme.domain_id)
        late = await (await house.team("Late")).ask("POST", "/domains", {"name": "acme.example"})
        assert (late.status, late.json["message"]) == (403, "The acme.example domain has been registered already.")
        publish(house, (await rival.ask("GET", f"/domains/{rival.domain_id}")).json)
        await verified(rival, rival.domain_id, "failed")
        assert (await rival.send()).status == 403
        assert (await acme.send()).status == 200

    @pytest_twisted.ensureDeferred
    async def test_what_waits_is_looked_at_again_by_itself(self, acme: Team, house: House) -> None:
        await acme.ask("POST", f"/domains/{acme.domain_id}/verify")

        async def looked() -> bool:
            return bool(house.dns.asked) and not house.domains._looking

        await house.until(looked)
        publish(house, (await acme.ask("GET", f"/domains/{acme.domain_id}")).json)
        await house.domains.recheck()
        assert (await acme.ask("GET", f"/domains/{acme.domain_id}")).json["status"] == "pending"
        house.clock_ahead = 600
        await house.domains.recheck()
        assert (await acme.ask("GET", f"/domains/{acme.domain_id}")).json["status"] == "verified"

    @pytest_twisted.ensureDeferred
    async def test_so_is_one_whose_first_look_never_was(self, acme: Team, house: House) -> None:
        """The process may end between the asking and the look."""
        publish(house, (await acme.ask("GET", f"/domains/{acme.domain_id}")).json)
        now = utc(house.clock() - 600)
        await house.pool.transact(domains.ask, acme.id, acme.domain_id, now, now)
        await house.domains.recheck()
        assert (await acme.ask("GET", f"/domains/{acme.domain_id}")).json["status"] == "verified"
