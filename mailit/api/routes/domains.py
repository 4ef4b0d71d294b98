"""Sending domains over HTTP (reference 1.3)."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen
from msgspec import UNSET, Meta, Struct, UnsetType

from mailit.api.paging import Listing, PageQuery, page_or_all, uuid
from mailit.api.times import stamp
from mailit.domains.records import DnsRecord
from mailit.domains.sending import DomainState, SendingDomains
from mailit.plugin import Call, Permission, endpoint
from mailit.store.domains import Domain, NewDomain

Switch = Literal["enabled", "disabled"]


class Capabilities(Struct, frozen=True):
    """What a domain is for; at least one of the two."""

    sending: Switch = "enabled"
    receiving: Switch = "disabled"


class CreateDomain(Struct, frozen=True, kw_only=True):
    """A domain to send from. `custom_return_path` is the label under it that bounces come back to."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    region: Literal["us-east-1", "eu-west-1", "sa-east-1", "ap-northeast-1"] | None = None
    custom_return_path: str | None = None
    open_tracking: bool | None = None
    click_tracking: bool | None = None
    tls: Literal["opportunistic", "enforced"] | None = None
    capabilities: Capabilities | None = None
    tracking_subdomain: str | None = None

    def asked(self, team_id: str) -> NewDomain:
        """The domain that is asked for; what is null is as if it were absent."""
        capabilities = self.capabilities or Capabilities()
        return NewDomain(
            id="",
            team_id=team_id,
            name=self.name,
            region=self.region or "us-east-1",
            custom_return_path=self.custom_return_path or "send",
            tls=self.tls or "opportunistic",
            open_tracking=self.open_tracking or False,
            click_tracking=self.click_tracking or False,
            tracking_subdomain=self.tracking_subdomain,
            sending=capabilities.sending == "enabled",
            receiving=capabilities.receiving == "enabled",
        )


class RecordView(Struct, frozen=True, kw_only=True):
    """A DNS record to publish: `name` is relative to the domain."""

    record: str
    name: str
    type: str
    ttl: str
    status: str
    value: str
    priority: int | UnsetType = UNSET


class DomainItem(Struct, frozen=True, kw_only=True):
    """A domain in a list."""

    id: str
    name: str
    status: str
    created_at: str
    region: str
    open_tracking: bool
    click_tracking: bool
    capabilities: Capabilities


class DomainView(Struct, frozen=True, kw_only=True):
    """A domain with its records."""

    object: str | UnsetType = UNSET
    id: str
    name: str
    created_at: str
    status: str
    capabilities: Capabilities
    records: list[RecordView]
    region: str
    open_tracking: bool
    click_tracking: bool
    tracking_subdomain: str | None


class DomainNamed(Struct, frozen=True):
    """Which domain something was done to."""

    id: str
    object: str = "domain"


class DomainDeleted(Struct, frozen=True):
    """A domain that is no more."""

    id: str
    object: str = "domain"
    deleted: bool = True


@frozen(eq=False)
class DomainRoutes:
    """`/domains`."""

    _domains: SendingDomains

    @endpoint("POST", "/domains", permission=Permission.MANAGE, takes=CreateDomain, gives=DomainView, status=201)
    async def create(self, call: Call, body: CreateDomain) -> DomainView:
        """Adds a domain with fresh keys, and gives the records to publish."""
        return domain_view(await self._domains.add(body.asked(call.team_id)), named=False)

    @endpoint("GET", "/domains", permission=Permission.READ, query=PageQuery, gives=Listing[DomainItem])
    async def newest(self, call: Call, query: PageQuery) -> Listing[DomainItem]:
        """Lists domains, newest first; all of them where no limit is given."""
        found, more = await self._domains.page(call.team_id, page_or_all(query))
        return Listing(more, [_item(domain) for domain in found])

    @endpoint("GET", "/domains/{domain_id}", permission=Permission.READ, gives=DomainView)
    async def get(self, call: Call) -> DomainView:
        """Retrieves one domain with its records, each with what DNS said of it."""
        return domain_view(await self._domains.get(call.team_id, _id(call)), named=True)

    @endpoint("DELETE", "/domains/{domain_id}", permission=Permission.MANAGE, gives=DomainDeleted)
    async def delete(self, call: Call) -> DomainDeleted:
        """Deletes a domain with its keys."""
        id_ = _id(call)
        await self._domains.delete(call.team_id, id_)
        return DomainDeleted(id_)

    @endpoint("POST", "/domains/{domain_id}/verify", permission=Permission.MANAGE, gives=DomainNamed)
    async def verify(self, call: Call) -> DomainNamed:
        """Begins to look for the domain's records in DNS; what was found shows in the domain."""
        id_ = _id(call)
        await self._domains.verify(call.team_id, id_)
        return DomainNamed(id_)


def domain_view(state: DomainState, named: bool) -> DomainView:
    """A domain as it is shown: `named` with the kind of object, which an answer to its making lacks."""
    domain = state.domain
    return DomainView(
        object="domain" if named else UNSET,
        id=domain.id,
        name=domain.name,
        created_at=stamp(domain.created_at),
        status=domain.status,
        capabilities=_capabilities(domain),
        records=[record_view(record) for record in state.records],
        region=domain.region,
        open_tracking=domain.open_tracking,
        click_tracking=domain.click_tracking,
        tracking_subdomain=domain.tracking_subdomain,
    )


def record_view(record: DnsRecord) -> RecordView:
    """A record as it is shown."""
    return RecordView(
        record=record.record,
        name=record.name,
        type=record.type,
        ttl=record.ttl,
        status=record.status,
        value=record.value,
        priority=UNSET if record.priority is None else record.priority,
    )


def _item(domain: Domain) -> DomainItem:
    return DomainItem(
        id=domain.id,
        name=domain.name,
        status=domain.status,
        created_at=stamp(domain.created_at),
        region=domain.region,
        open_tracking=domain.open_tracking,
        click_tracking=domain.click_tracking,
        capabilities=_capabilities(domain),
    )


def _capabilities(domain: Domain) -> Capabilities:
    return Capabilities("enabled" if domain.sending else "disabled", "enabled" if domain.receiving else "disabled")


def _id(call: Call) -> str:
    return uuid("domain_id", call.path["domain_id"])
