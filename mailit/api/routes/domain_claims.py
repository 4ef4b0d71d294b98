"""Claims to domains over HTTP (reference 1.3)."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen
from msgspec import Meta, Struct

from mailit.api import wire
from mailit.api.paging import uuid
from mailit.api.routes.domains import Region
from mailit.api.times import stamp
from mailit.domains import claiming
from mailit.domains.sending import SendingDomains
from mailit.plugin import Call, Permission, RawAnswer, endpoint
from mailit.store.domain_claims import Claim
from mailit.store.domains import NewDomain


class ClaimDomain(Struct, frozen=True, kw_only=True):
    """A domain that another team has verified, and how it is to be here."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    region: Region | None = None
    custom_return_path: str | None = None
    open_tracking: bool | None = None
    click_tracking: bool | None = None
    tracking_subdomain: str | None = None

    def asked(self, team_id: str) -> NewDomain:
        """The domain that is asked for; what is null is as if it were absent."""
        return NewDomain(
            id="",
            team_id=team_id,
            name=self.name,
            region=self.region or "us-east-1",
            custom_return_path=self.custom_return_path or "send",
            open_tracking=self.open_tracking or False,
            click_tracking=self.click_tracking or False,
            tracking_subdomain=self.tracking_subdomain,
        )


class ClaimRecord(Struct, frozen=True, kw_only=True):
    """The TXT record that proves a claim; `name` is the domain itself."""

    type: Literal["TXT"] = "TXT"
    name: str
    value: str
    ttl: str = "Auto"


class ClaimView(Struct, frozen=True, kw_only=True):
    """A claim: `pending` until its record is found, `blocked` while the owner's mail is under way, then `completed`."""

    object: str = "domain_claim"
    id: str
    name: str
    status: str
    domain_id: str | None
    region: str | None
    record: ClaimRecord
    blocked_reason: str | None
    failure_reason: str | None
    created_at: str
    expires_at: str


@frozen(eq=False)
class DomainClaimRoutes:
    """`/domains/claim`, and `/domains/{domain_id}/claim`."""

    _domains: SendingDomains

    @endpoint(
        "POST",
        "/domains/claim",
        permission=Permission.MANAGE,
        takes=ClaimDomain,
        gives=ClaimView,
        status=201,
        others=(200,),
        raw=True,
    )
    async def claim(self, call: Call, body: ClaimDomain) -> RawAnswer:
        """Claims a domain that another team has verified. 200: an equal claim was open already, and is unchanged."""
        made = await self._domains.claim(body.asked(call.team_id))
        return RawAnswer(wire.encode(_view(made.claim)), 201 if made.new else 200)

    @endpoint("GET", "/domains/{domain_id}/claim", permission=Permission.READ, gives=ClaimView)
    async def get(self, call: Call) -> ClaimView:
        """Retrieves the latest claim that a domain stands for."""
        return _view(await self._domains.claimed(call.team_id, uuid("domain_id", call.path["domain_id"])))

    @endpoint("POST", "/domains/{domain_id}/claim/verify", permission=Permission.MANAGE, gives=ClaimView)
    async def verify(self, call: Call) -> ClaimView:
        """Begins to look for the claim's record in DNS; where it is found, the domain changes hands."""
        return _view(await self._domains.verify_claim(call.team_id, uuid("domain_id", call.path["domain_id"])))


def _view(claim: Claim) -> ClaimView:
    return ClaimView(
        id=claim.id,
        name=claim.name,
        status=claim.status,
        domain_id=claim.domain_id,
        region=claim.region,
        record=ClaimRecord(name=claim.name, value=claiming.value(claim)),
        blocked_reason=claim.blocked_reason,
        failure_reason=claim.failure_reason,
        created_at=stamp(claim.created_at),
        expires_at=stamp(claim.expires_at),
    )
