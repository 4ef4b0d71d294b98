"""A name that one team has verified, claimed by another that proves it by DNS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted

from mailit.domains import claiming
from mailit.interfaces import utc
from tests.integration.api.conftest import House, Team
from tests.integration.api.zones import Zone, settled, shown

SHAPE = {
    "object", "id", "name", "status", "domain_id", "region", "record", "blocked_reason", "failure_reason", "created_at",
    "expires_at",
}  # fmt: skip


@pytest_twisted.async_yield_fixture
async def zone(reactor: Any) -> AsyncIterator[Zone]:
    """DNS, with nothing in it."""
    zone = Zone.at(reactor)
    yield zone
    await zone.server.stop()


@pytest.fixture
def house_settings(zone: Zone) -> dict[str, Any]:
    return {"asks_dns": True, "dns": zone.resolver}


@pytest_twisted.async_yield_fixture
async def owner(acme: Team, zone: Zone) -> AsyncIterator[Team]:
    """A team that has verified acme.example."""
    zone.publish((await shown(acme, acme.domain_id))["records"])
    await settled(acme, str(acme.domain_id), "verified")
    yield acme


async def claimed(team: Team, **more: Any) -> dict[str, Any]:
    """Claims acme.example."""
    answer = await team.ask("POST", "/domains/claim", {"name": "acme.example", **more})
    assert answer.status in (200, 201), answer.body
    team.domain_id = answer.json["domain_id"]
    found: dict[str, Any] = {**answer.json, "http": answer.status}
    return found


async def verified(team: Team, status: str) -> dict[str, Any]:
    """Asks to verify the claim, and waits until it is so."""
    path = f"/domains/{team.domain_id}/claim"
    assert (await team.ask("POST", f"{path}/verify", b"")).status == 200
    found: dict[str, Any] = {}

    async def is_so() -> bool:
        found.update((await team.ask("GET", path)).json)
        return bool(found["status"] == status) and not team.house.domains._looking

    await team.house.until(is_so)
    return found


class TestAClaim:
    """It makes the domain anew for who claims, with keys of his own, and says how to prove it."""

    @pytest_twisted.ensureDeferred
    async def test_its_shape(self, owner: Team, other: Team) -> None:
        claim = await claimed(other, custom_return_path="bounce")
        assert set(claim) - {"http"} == SHAPE
        assert (claim["http"], claim["object"], claim["status"]) == (201, "domain_claim", "pending")
        assert claim["record"]["value"].startswith("mailit-domain-verification=")
        assert {**claim["record"], "value": ""} == {"type": "TXT", "name": "acme.example", "value": "", "ttl": "Auto"}
        domain = await shown(other, claim["domain_id"])
        assert (domain["name"], domain["status"], domain["custom_return_path"]) == (
            "acme.example", "not_started", "bounce",
        )  # fmt: skip
        theirs = {one["value"] for one in (await shown(owner, owner.domain_id))["records"] if one["record"] == "DKIM"}
        assert not theirs & {one["value"] for one in domain["records"]}

    @pytest_twisted.ensureDeferred
    async def test_an_equal_one_is_given_back_and_another_takes_its_place(self, owner: Team, other: Team) -> None:
        first = await claimed(other)
        again = await claimed(other)
        assert (again["http"], again["id"], again["record"]) == (200, first["id"], first["record"])
        changed = await claimed(other, region="eu-west-1")
        assert (changed["http"], changed["region"], changed["domain_id"]) == (201, "eu-west-1", first["domain_id"])
        assert changed["id"] != first["id"]
        assert (await other.ask("GET", f"/domains/{first['domain_id']}/claim")).json["id"] == changed["id"]

    @pytest_twisted.ensureDeferred
    async def test_what_there_is_to_claim(self, owner: Team, other: Team) -> None:
        nobodys = await other.ask("POST", "/domains/claim", {"name": "free.example"})
        assert (nobodys.status, nobodys.json["name"]) == (422, "validation_error")
        ours = await owner.ask("POST", "/domains/claim", {"name": "acme.example"})
        assert (ours.status, ours.json["message"]) == (403, "The acme.example domain has been registered already.")
        none = await owner.ask("GET", f"/domains/{owner.domain_id}/claim")
        assert (none.status, none.json["message"]) == (404, "Domain claim not found")


class TestProvingIt:
    """The TXT record hands the name over, once the owner's mail is not under way any more."""

    @pytest_twisted.ensureDeferred
    async def test_the_name_changes_hands(self, owner: Team, other: Team, house: House, zone: Zone) -> None:
        claim = await claimed(other)
        await verified(other, "pending")
        zone.text("acme.example", "v=spf1 -all", claim["record"]["value"])
        done = await verified(other, "completed")
        assert done["blocked_reason"] is None
        assert (await owner.ask("GET", f"/domains/{owner.domain_id}")).status == 404
        assert (await owner.send()).status == 403
        gone = (await owner.ask("GET", "/event-log?types=domain.deleted")).json["data"]
        assert [event["data"]["name"] for event in gone] == ["acme.example"]
        await settled(other, claim["domain_id"], "pending")
        zone.publish((await shown(other, claim["domain_id"]))["records"])
        await settled(other, claim["domain_id"], "verified")
        assert (await other.send()).status == 200

    @pytest_twisted.ensureDeferred
    async def test_not_while_the_owner_sends(self, owner: Team, other: Team, house: House, zone: Zone) -> None:
        assert (await owner.send()).status == 200
        claim = await claimed(other)
        zone.text("acme.example", claim["record"]["value"])
        blocked = await verified(other, "blocked")
        assert blocked["blocked_reason"] == "recent_owner_activity"
        assert (await owner.send()).status == 200
        house.clock_ahead += claiming.QUIET.total_seconds() + 60
        await house.domains.recheck()
        assert (await other.ask("GET", f"/domains/{claim['domain_id']}/claim")).json["status"] == "completed"

    @pytest_twisted.ensureDeferred
    async def test_nor_while_his_mail_waits_for_its_time(
        self, owner: Team, other: Team, house: House, zone: Zone
    ) -> None:
        sent = await owner.send(scheduled_at=f"{utc(house.clock() + 86_400):%Y-%m-%dT%H:%M:%SZ}")
        assert sent.status == 200, sent.body
        claim = await claimed(other)
        zone.text("acme.example", claim["record"]["value"])
        assert (await verified(other, "blocked"))["blocked_reason"] == "pending_scheduled_emails"

    @pytest_twisted.ensureDeferred
    async def test_of_two_the_first_to_prove_it_has_it(
        self, owner: Team, other: Team, house: House, zone: Zone
    ) -> None:
        third = await house.team("Third")
        late, claim = await claimed(third), await claimed(other)
        zone.text("acme.example", claim["record"]["value"])
        await verified(other, "completed")
        assert (await third.ask("GET", f"/domains/{late['domain_id']}/claim")).json["status"] == "superseded"

    @pytest_twisted.ensureDeferred
    async def test_after_a_week_it_is_over(self, owner: Team, other: Team, house: House, zone: Zone) -> None:
        claim = await claimed(other)
        house.clock_ahead += claiming.LIFETIME.total_seconds() + 1
        zone.text("acme.example", claim["record"]["value"])
        await verified(other, "expired")
        assert (await owner.ask("GET", f"/domains/{owner.domain_id}")).status == 200
        assert (await claimed(other))["http"] == 201

    @pytest_twisted.ensureDeferred
    async def test_it_ends_with_its_domain(self, owner: Team, other: Team, house: House) -> None:
        claim = await claimed(other)
        assert (await other.ask("DELETE", f"/domains/{claim['domain_id']}")).status == 200
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT status FROM domain_claim"))
        assert [row.status for row in rows] == ["canceled"]

    @pytest_twisted.ensureDeferred
    async def test_verified_without_being_handed_over_it_stays_the_owners(
        self, owner: Team, other: Team, zone: Zone
    ) -> None:
        """Whoever can write to DNS may claim, and is told so."""
        claim = await claimed(other)
        zone.publish((await shown(other, claim["domain_id"]))["records"])
        failed = await settled(other, claim["domain_id"], "failed")
        key = next(one for one in failed["records"] if one["record"] == "DKIM")
        assert (key["says"], key["fix"]) == (
            "It is there, but another team has verified acme.example.",
            "Claim the domain by POST /domains/claim.",
        )
