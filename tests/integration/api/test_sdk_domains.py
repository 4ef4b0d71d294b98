"""Every method that Resend's SDKs have for domains, by both of them: what they give is the same, field by field."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

import pytest
import pytest_twisted
import resend
from resend.exceptions import ResendError
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue

from tests.e2e.test_sdks import NODE, install
from tests.integration.api.conftest import House, Team
from tests.integration.api.zones import Zone, shown

Call = tuple[str, Sequence[Any]]
Sdk = Callable[[Team, Sequence[Call]], Awaitable[list[Any]]]

PYTHON = {
    "domains.create": resend.Domains.create,
    "domains.list": resend.Domains.list,
    "domains.get": resend.Domains.get,
    "domains.update": resend.Domains.update,
    "domains.verify": resend.Domains.verify,
    "domains.remove": resend.Domains.remove,
    "domains.claims.create": resend.Domains.Claims.create,
    "domains.claims.get": resend.Domains.Claims.get,
    "domains.claims.verify": resend.Domains.Claims.verify,
}
CAMELS = {
    "custom_return_path": "customReturnPath",
    "open_tracking": "openTracking",
    "click_tracking": "clickTracking",
    "tracking_subdomain": "trackingSubdomain",
}


@pytest_twisted.async_yield_fixture
async def zone(reactor: Any) -> AsyncIterator[Zone]:
    """DNS, with nothing in it."""
    zone = Zone.at(reactor)
    yield zone
    await zone.server.stop()


@pytest.fixture
def house_settings(zone: Zone) -> dict[str, Any]:
    return {"asks_dns": True, "dns": zone.resolver}


async def with_python(team: Team, calls: Sequence[Call]) -> list[Any]:
    """The answers of the package `resend` of PyPI; an error is `(status, name, message)`."""
    resend.api_url, resend.api_key = team.house.url, team.token

    def all_of_them() -> list[Any]:
        return [_called(PYTHON[name], args) for name, args in calls]

    found: list[Any] = await deferToThread(all_of_them)
    return found


def _called(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    try:
        said = dict(function(*args))
    except ResendError as error:
        return (int(error.code), error.error_type, error.message)
    said.pop("http_headers", None)
    return said


async def with_node(team: Team, calls: Sequence[Call]) -> list[Any]:
    """The same of the package `resend` of npm."""
    await deferToThread(install)
    camel = [
        (name, [{CAMELS.get(key, key): value for key, value in one.items()} if isinstance(one, dict) else one
                for one in args])
        for name, args in calls
    ]  # fmt: skip
    arguments = ["calls.mjs", team.house.url, team.token, json.dumps(camel)]
    out, err, status = await getProcessOutputAndValue("node", arguments, env=None, path=str(NODE))
    assert status == 0, err.decode()
    return [
        one["data"] if one["error"] is None else tuple(one["error"][key] for key in ("statusCode", "name", "message"))
        for one in json.loads(out)
    ]


@pytest.fixture
def python() -> Iterator[Sdk]:
    before = resend.api_url, resend.api_key
    yield with_python
    resend.api_url, resend.api_key = before


@pytest.fixture(params=["python", "node"])
def sdk(request: pytest.FixtureRequest, python: Sdk) -> Sdk:
    """One SDK after the other."""
    return python if request.param == "python" else with_node


class TestTheMethods:
    """All of them, on one domain from its making to its end."""

    @pytest_twisted.ensureDeferred
    async def test_a_domains_life(self, sdk: Sdk, house: House, zone: Zone) -> None:
        team = await house.team("Acme")
        options = {
            "name": "sdk.example", "region": "eu-west-1", "custom_return_path": "bounce", "open_tracking": True,
            "click_tracking": True, "tracking_subdomain": "links", "tls": "enforced",
            "capabilities": {"sending": "enabled", "receiving": "enabled"},
        }  # fmt: skip
        (made,) = await sdk(team, [("domains.create", [options])])
        id_, created = made["id"], made["created_at"]
        item = {
            "id": id_, "name": "sdk.example", "status": "not_started", "created_at": created, "region": "eu-west-1",
            "open_tracking": True, "click_tracking": True,
            "capabilities": {"sending": "enabled", "receiving": "enabled"},
        }  # fmt: skip
        records = made.pop("records")
        assert made == {**item, "tracking_subdomain": "links"}
        assert [{key: one.get(key) for key in ("record", "name", "type", "priority")} for one in records] == [
            {"record": "SPF", "name": "bounce", "type": "MX", "priority": 10},
            {"record": "SPF", "name": "bounce", "type": "TXT", "priority": None},
            {"record": "DKIM", "name": "mailit._domainkey", "type": "TXT", "priority": None},
            {"record": "DKIM", "name": "mailit-ed25519._domainkey", "type": "TXT", "priority": None},
            {"record": "Receiving", "name": "sdk.example", "type": "MX", "priority": 10},
            {"record": "Tracking", "name": "links.sdk.example", "type": "CNAME", "priority": None},
            {"record": "DMARC", "name": "_dmarc", "type": "TXT", "priority": None},
        ]
        assert {(one["ttl"], one["status"]) for one in records} == {("Auto", "not_started")}
        named = {"object": "domain", "id": id_}
        whole, listed, changed, verifying = await sdk(
            team,
            [
                ("domains.get", [id_]),
                ("domains.list", [{"limit": 1}]),
                ("domains.update", [{"id": id_, "click_tracking": False, "tracking_subdomain": "go"}]),
                ("domains.verify", [id_]),
            ],
        )
        assert {key: whole[key] for key in (*item, "object")} == {**item, "object": "domain"}
        assert listed == {"object": "list", "has_more": False, "data": [item]}
        assert (changed, verifying) == (named, named)
        zone.publish((await shown(team, id_))["records"])
        await house.until(lambda: _looked(team))
        await sdk(team, [("domains.verify", [id_])])
        await house.until(lambda: _is(team, id_, "verified"))
        got, removed, gone = await sdk(
            team, [("domains.get", [id_]), ("domains.remove", [id_]), ("domains.get", [id_])]
        )
        assert {one["status"] for one in got["records"]} == {"verified"}
        assert (got["status"], got["click_tracking"], got["tracking_subdomain"]) == ("verified", False, "go")
        assert removed == {**named, "deleted": True}
        assert gone == (404, "not_found", "Domain not found")

    @pytest_twisted.ensureDeferred
    async def test_a_claims_life(self, sdk: Sdk, acme: Team, house: House, zone: Zone) -> None:
        zone.publish((await shown(acme, acme.domain_id))["records"])
        await acme.ask("POST", f"/domains/{acme.domain_id}/verify")
        await house.until(lambda: _is(acme, str(acme.domain_id), "verified"))
        rival = await house.team("Rival")
        (claim,) = await sdk(rival, [("domains.claims.create", [{"name": "acme.example", "region": "sa-east-1"}])])
        value = claim["record"]["value"]
        assert claim == {
            "object": "domain_claim", "id": claim["id"], "name": "acme.example", "status": "pending",
            "domain_id": claim["domain_id"], "region": "sa-east-1",
            "record": {"type": "TXT", "name": "acme.example", "value": value, "ttl": "Auto"},
            "blocked_reason": None, "failure_reason": None, "created_at": claim["created_at"],
            "expires_at": claim["expires_at"],
        }  # fmt: skip
        zone.text("acme.example", value)
        got, verifying = await sdk(
            rival, [("domains.claims.get", [claim["domain_id"]]), ("domains.claims.verify", [claim["domain_id"]])]
        )
        assert (got, verifying) == (claim, claim)
        await house.until(lambda: _looked(rival))
        (done,) = await sdk(rival, [("domains.claims.get", [claim["domain_id"]])])
        assert done == {**claim, "status": "completed"}


async def _is(team: Team, id_: str, status: str) -> bool:
    return bool((await shown(team, id_))["status"] == status)


async def _looked(team: Team) -> bool:
    return not team.house.domains._looking
