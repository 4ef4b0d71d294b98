"""DKIM keys that take over from each other, against a real DNS server and a real database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted

from mailit.domains import pace, rotation
from mailit.interfaces import utc
from mailit.store import domains
from tests.integration.api.conftest import House, Team
from tests.integration.api.zones import Zone, settled, shown


@pytest_twisted.async_yield_fixture
async def zone(reactor: Any) -> AsyncIterator[Zone]:
    """DNS, with nothing in it."""
    zone = Zone.at(reactor)
    yield zone
    await zone.server.stop()


@pytest.fixture
def house_settings(zone: Zone) -> dict[str, Any]:
    return {"asks_dns": True, "dns": zone.resolver}


async def rotate(team: Team) -> list[dict[str, Any]]:
    """Begins a rotation, and gives the keys."""
    answer = await team.ask("POST", f"/domains/{team.domain_id}/dkim/rotate")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["data"]
    return found


async def states(team: Team) -> dict[str, str]:
    """The state of each key, by selector; `!` where it signs."""
    keys = (await team.ask("GET", f"/domains/{team.domain_id}/dkim")).json["data"]
    return {key["selector"]: key["state"] + "!" * key["signs"] for key in keys}


async def selectors(team: Team) -> list[str]:
    """Which keys sign a mail that is sent now."""
    sent = await team.send()
    raw = (await team.ask("GET", f"/emails/{sent.json['id']}/raw")).body.decode()
    return re.findall(r"d=acme\.example; s=([a-z0-9-]+);", raw)


async def look(house: House, seconds: float = pace.WATCH.total_seconds()) -> None:
    """Lets time pass, and the periodic job look: each time as a process of its own, that knows the rows alone."""
    house.clock_ahead += seconds
    house.domains._keys.forget()
    await house.domains.recheck()


class TestARotation:
    """Published, seen in DNS, signing, retired after the longest life of a mail in queues; never signing unseen."""

    @pytest_twisted.ensureDeferred
    async def test_step_by_step(self, acme: Team, house: House, zone: Zone) -> None:
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        assert await selectors(acme) == ["mailit", "mailit-ed25519"]

        made = await rotate(acme)
        assert [key["selector"] for key in made] == ["mailit-2", "mailit-2-ed25519", "mailit", "mailit-ed25519"]
        await look(house)
        assert await states(acme) == {
            "mailit-2": "publishing", "mailit-2-ed25519": "publishing",
            "mailit": "signing!", "mailit-ed25519": "signing!",
        }  # fmt: skip
        assert await selectors(acme) == ["mailit", "mailit-ed25519"]
        domain = await shown(acme, acme.domain_id)
        assert domain["status"] == "verified"
        new = {one["name"]: one for one in domain["records"] if "mailit-2" in one["name"]}
        assert new["mailit-2._domainkey"]["status"] == "pending"

        zone.publish([new["mailit-2._domainkey"]])
        await look(house)
        assert await states(acme) == {
            "mailit-2": "signing!", "mailit-2-ed25519": "publishing",
            "mailit": "retiring", "mailit-ed25519": "signing!",
        }  # fmt: skip
        assert await selectors(acme) == ["mailit-2", "mailit-ed25519"]

        zone.publish([new["mailit-2-ed25519._domainkey"]])
        await look(house)
        assert await selectors(acme) == ["mailit-2", "mailit-2-ed25519"]
        old = {one["name"]: one for one in (await shown(acme, acme.domain_id))["records"]}["mailit._domainkey"]
        assert re.match(r"Keep it until \d{4}-\d\d-\d\d \d\d:\d\d UTC: ", old["says"])

        await look(house, rotation.life(172_800).total_seconds())
        assert await states(acme) == {"mailit-2": "signing!", "mailit-2-ed25519": "signing!"}
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT selector FROM dkim_key ORDER BY selector"))
        assert [row.selector for row in rows] == ["mailit-2", "mailit-2-ed25519"]
        assert (await shown(acme, acme.domain_id))["status"] == "verified"

    @pytest_twisted.ensureDeferred
    async def test_whoever_dies_in_a_step_is_followed_by_another(self, acme: Team, house: House, zone: Zone) -> None:
        """Who takes a look upon himself only puts it off; what is to be done next stands in the rows."""
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        await rotate(acme)
        zone.publish((await shown(acme, acme.domain_id))["records"])

        async def die_in_a_look(seconds: float) -> None:
            house.clock_ahead += seconds
            now = utc(house.clock())
            taken = await house.pool.transact(domains.take_due, now, now + pace.DOUBT, 10)
            assert [id_ for _, id_ in taken] == [acme.domain_id]

        await die_in_a_look(pace.WATCH.total_seconds())
        assert await selectors(acme) == ["mailit", "mailit-ed25519"]
        await look(house, pace.DOUBT.total_seconds() + 1)
        assert await selectors(acme) == ["mailit-2", "mailit-2-ed25519"]
        await die_in_a_look(rotation.life(172_800).total_seconds())
        assert len(await states(acme)) == 4
        await look(house, pace.DOUBT.total_seconds() + 1)
        assert list(await states(acme)) == ["mailit-2", "mailit-2-ed25519"]

    @pytest_twisted.ensureDeferred
    async def test_asked_for_twice_it_is_one(self, acme: Team, house: House) -> None:
        first = await rotate(acme)
        again = await rotate(acme)
        assert [key["id"] for key in again] == [key["id"] for key in first]

    @pytest_twisted.ensureDeferred
    async def test_a_new_key_that_is_gone_from_dns_gives_way_to_the_old_one(
        self, acme: Team, house: House, zone: Zone
    ) -> None:
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        await rotate(acme)
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        assert await selectors(acme) == ["mailit-2", "mailit-2-ed25519"]
        zone.server.remove("mailit-2._domainkey.acme.example", "TXT")
        await settled(acme, str(acme.domain_id), "verified")
        assert await selectors(acme) == ["mailit", "mailit-2-ed25519"]


class TestWhereDnsIsNotAsked:
    """In a sandbox new keys sign at once, and both of them do."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"asks_dns": False}

    @pytest_twisted.ensureDeferred
    async def test_at_once(self, acme: Team, house: House) -> None:
        assert await selectors(acme) == ["mailit", "mailit-ed25519"]
        await rotate(acme)
        assert await states(acme) == {
            "mailit-2": "signing!", "mailit-2-ed25519": "signing!",
            "mailit": "retiring", "mailit-ed25519": "retiring",
        }  # fmt: skip
        assert await selectors(acme) == ["mailit-2", "mailit-2-ed25519"]
