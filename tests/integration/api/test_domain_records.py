"""Domains against a real DNS server: what is said of their records, and what follows from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted

from mailit.domains import pace
from mailit.domains.sending import RECHECK_EVERY
from mailit.store import domains
from tests.integration.api.conftest import House, Team
from tests.integration.api.zones import Zone, by_name, settled, shown


@pytest_twisted.async_yield_fixture
async def zone(reactor: Any) -> AsyncIterator[Zone]:
    """DNS, with nothing in it."""
    zone = Zone.at(reactor)
    yield zone
    await zone.server.stop()


@pytest.fixture
def house_settings(zone: Zone) -> dict[str, Any]:
    return {"asks_dns": True, "dns": zone.resolver}


class TestPublishingAsTold:
    """A domain whose owner does as he is told is verified, and all of its records say so."""

    @pytest_twisted.ensureDeferred
    async def test_everything(self, acme: Team, house: House, zone: Zone) -> None:
        changes = {"capabilities": {"receiving": "enabled"}, "tracking_subdomain": "links"}
        await acme.ask("PATCH", f"/domains/{acme.domain_id}", changes)
        before = await shown(acme, acme.domain_id)
        assert {one["says"] for one in before["records"]} == {"Not looked for yet."}
        zone.publish(before["records"])
        after = await settled(acme, before["id"], "verified")
        assert {(one["status"], one["says"], one["fix"]) for one in after["records"]} == {
            ("verified", "Found as it should be.", None)
        }
        assert [(one["record"], one["type"], one["name"]) for one in after["records"]] == [
            ("SPF", "MX", "send"),
            ("SPF", "TXT", "send"),
            ("DKIM", "TXT", "mailit._domainkey"),
            ("DKIM", "TXT", "mailit-ed25519._domainkey"),
            ("Receiving", "MX", "acme.example"),
            ("Tracking", "CNAME", "links.acme.example"),
            ("DMARC", "TXT", "_dmarc"),
        ]
        assert (await acme.send()).status == 200
        assert await house.pool.transact(domains.counts) == {"verified": 1}


class TestPublishingOtherwise:
    """What differs is said in words, with the mend."""

    @pytest_twisted.ensureDeferred
    async def test_what_is_often_done(self, acme: Team, house: House, zone: Zone) -> None:
        records = by_name(await shown(acme, acme.domain_id))
        rsa = records["TXT mailit._domainkey.acme.example"]["value"]
        zone.text("mailit._domainkey.acme.example", f'"{rsa[:150]}" "{rsa[150:]}"')
        zone.text("mailit-ed25519._domainkey.acme.example.acme.example",
                  records["TXT mailit-ed25519._domainkey.acme.example"]["value"])  # fmt: skip
        zone.server.add("send.acme.example", "MX", "10 mail.example.org.acme.example.")
        zone.text("send.acme.example", "v=spf1 include:_spf.example.net -all", "v=spf1 a:mail.example.org ~all")
        zone.server.add("_dmarc.acme.example", "CNAME", "nowhere.example.")
        await acme.ask("POST", f"/domains/{acme.domain_id}/verify")

        async def looked() -> bool:
            return bool((await shown(acme, acme.domain_id))["checked_at"])

        await house.until(looked)
        after = by_name(await shown(acme, acme.domain_id))
        said = {name: (one["status"], one["says"]) for name, one in after.items()}
        ed25519 = "mailit-ed25519._domainkey.acme.example"
        assert said == {
            "TXT mailit._domainkey.acme.example": (
                "failed",
                "mailit._domainkey.acme.example has the pieces of the key joined with their quotation marks.",
            ),
            f"TXT {ed25519}": (
                "pending",
                f"Not found at {ed25519}: it stands at {ed25519}.acme.example, with the domain's name doubled.",
            ),
            "MX send.acme.example": (
                "failed",
                "The value at send.acme.example has acme.example added to it: its final dot is missing.",
            ),
            "TXT send.acme.example": (
                "failed",
                "send.acme.example has 2 SPF records; receivers then take none (RFC 7208 §4.5).",
            ),
            "TXT _dmarc.acme.example": (
                "failed",
                "_dmarc.acme.example is an alias (CNAME) of nowhere.example; no other record can stand beside one "
                "(RFC 1034 §3.6.2).",
            ),
        }
        assert all(one["fix"] for one in after.values())
        assert after["MX send.acme.example"]["found"] == ["10 mail.example.org.acme.example"]
        assert (await acme.send()).status == 403

    @pytest_twisted.ensureDeferred
    async def test_once_it_is_mended_it_is_seen_at_once(self, acme: Team, zone: Zone) -> None:
        """Nothing of what DNS said before is kept."""
        await settled(acme, str(acme.domain_id), "pending")
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")


class TestBeingWatched:
    """Looks go on by themselves, ever less often, and what was taken away is noticed."""

    @pytest_twisted.ensureDeferred
    async def test_the_waits(self, acme: Team, house: House, zone: Zone) -> None:
        await settled(acme, str(acme.domain_id), "pending")
        await house.domains.recheck()
        zone.server.asked.clear()
        await house.domains.recheck()
        assert not zone.server.asked
        house.clock_ahead += pace.SOONEST.total_seconds() + 1
        await house.domains.recheck()
        assert zone.server.asked
        assert pace.SOONEST.total_seconds() >= RECHECK_EVERY

    @pytest_twisted.ensureDeferred
    async def test_a_record_that_is_gone(self, acme: Team, house: House, zone: Zone) -> None:
        """It is doubted first, as one server may lag behind; then the domain sends no more."""
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        for name in ("mailit._domainkey", "mailit-ed25519._domainkey"):
            zone.server.remove(f"{name}.acme.example", "TXT")
        house.clock_ahead += pace.WATCH.total_seconds() + 1
        await house.domains.recheck()
        doubted = await shown(acme, acme.domain_id)
        assert doubted["status"] == "verified"
        assert by_name(doubted)["TXT mailit._domainkey.acme.example"]["status"] == "temporary_failure"
        assert (await acme.send()).status == 200
        house.clock_ahead += pace.DOUBT.total_seconds() + 1
        await house.domains.recheck()
        assert (await shown(acme, acme.domain_id))["status"] == "pending"
        assert await house.domains.keys(str(acme.domain_id)) == ()
        assert (await acme.send()).status == 403

    @pytest_twisted.ensureDeferred
    async def test_dns_that_is_silent_changes_nothing(self, acme: Team, house: House, zone: Zone) -> None:
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        zone.server.rcodes.update({f"{name}.acme.example": 2 for name in ("send", "mailit._domainkey", "_dmarc")})
        house.clock_ahead += pace.WATCH.total_seconds() + 1
        await house.domains.recheck()
        after = await shown(acme, acme.domain_id)
        assert after["status"] == "verified"
        assert by_name(after)["MX send.acme.example"]["says"] == "DNS gave no answer for send.acme.example."


class TestChangingADomain:
    """What it needs from then on is looked for, and until it is found the domain is verified in part."""

    @pytest_twisted.ensureDeferred
    async def test_it_is_judged_anew(self, acme: Team, house: House, zone: Zone) -> None:
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        path = f"/domains/{acme.domain_id}"
        answer = await acme.ask("PATCH", path, {"capabilities": {"receiving": "enabled"}, "tls": "enforced"})
        assert (answer.status, answer.json) == (200, {"id": acme.domain_id, "object": "domain"})
        domain = await shown(acme, acme.domain_id)
        assert (domain["status"], domain["tls"]) == ("partially_verified", "enforced")
        assert domain["capabilities"] == {"sending": "enabled", "receiving": "enabled"}
        assert (await acme.send()).status == 200
        zone.publish(domain["records"])
        await house.domains.recheck()
        assert (await shown(acme, acme.domain_id))["status"] == "verified"
        log = (await acme.ask("GET", "/event-log?types=domain.updated")).json["data"]
        assert [event["data"]["status"] for event in log] == ["verified", "partially_verified", "verified"]

    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong_is_named(self, acme: Team) -> None:
        for body, field in (
            ({"capabilities": {"sending": "disabled"}}, "capabilities"),
            ({"tracking_subdomain": "a.b"}, "tracking_subdomain"),
            ({"tracking_subdomain": "send"}, "tracking_subdomain"),
            ({"tls": "always"}, "tls"),
            ({"open_tracking": "yes"}, "open_tracking"),
        ):
            answer = await acme.ask("PATCH", f"/domains/{acme.domain_id}", body)
            assert answer.status == 422
            assert f"Invalid `{field}` field" in answer.json["message"]

    @pytest_twisted.ensureDeferred
    async def test_a_tracking_name_comes_and_goes(self, acme: Team) -> None:
        path = f"/domains/{acme.domain_id}"
        await acme.ask("PATCH", path, {"tracking_subdomain": "Links", "click_tracking": True})
        with_it = await shown(acme, acme.domain_id)
        assert (with_it["tracking_subdomain"], with_it["click_tracking"]) == ("links", True)
        await acme.ask("PATCH", path, {"open_tracking": True})
        assert (await shown(acme, acme.domain_id))["tracking_subdomain"] == "links"
        await acme.ask("PATCH", path, {"tracking_subdomain": None})
        assert (await shown(acme, acme.domain_id))["tracking_subdomain"] is None

    @pytest_twisted.ensureDeferred
    async def test_nothing_changed_is_no_event(self, acme: Team) -> None:
        await acme.ask("PATCH", f"/domains/{acme.domain_id}", {"id": acme.domain_id})
        assert (await acme.ask("GET", "/event-log?types=domain.updated")).json["data"] == []


class TestDeletingOneWithMailUnderWay:
    """What was accepted can still be looked at; it fails at its claim, which the queue's own tests show."""

    @pytest_twisted.ensureDeferred
    async def test_its_mail_stays_and_its_keys_do_not(self, acme: Team, house: House, zone: Zone) -> None:
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await settled(acme, str(acme.domain_id), "verified")
        sent = await acme.send()
        assert sent.status == 200
        assert (await acme.ask("DELETE", f"/domains/{acme.domain_id}")).status == 200
        assert (await acme.ask("GET", f"/emails/{sent.json['id']}")).json["from"] == "Ana <ana@acme.example>"
        assert (await acme.ask("GET", "/domains")).json["data"] == []
        left = await house.pool.transact(lambda tx: tx.rows("SELECT id FROM dkim_key"))
        assert left == []
