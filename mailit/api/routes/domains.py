"""Sending domains over HTTP (reference 1.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from attrs import frozen
from msgspec import UNSET, Meta, Struct, UnsetType

from mailit.api.paging import Listing, PageQuery, page_or_all, uuid
from mailit.api.times import stamp
from mailit.domains import rotation
from mailit.domains.asked import Changes
from mailit.domains.records import DnsRecord
from mailit.domains.sending import SendingDomains
from mailit.domains.state import DomainState
from mailit.plugin import Call, Permission, endpoint
from mailit.store.dkim_keys import DkimKey
from mailit.store.domains import Domain, NewDomain

Switch = Literal["enabled", "disabled"]
Region = Literal["us-east-1", "eu-west-1", "sa-east-1", "ap-northeast-1"]
Tls = Literal["opportunistic", "enforced"]


class Capabilities(Struct, frozen=True):
    """What a domain is for; at least one of the two."""

    sending: Switch = "enabled"
    receiving: Switch = "disabled"


class CreateDomain(Struct, frozen=True, kw_only=True):
    """A domain to send from. `custom_return_path` is the label under it that bounces come back to."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    region: Region | None = None
    custom_return_path: str | None = None
    open_tracking: bool | None = None
    click_tracking: bool | None = None
    tls: Tls | None = None
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


class ChangedCapabilities(Struct, frozen=True):
    """What a domain is to be for from now on; what is absent stays as it is."""

    sending: Switch | None = None
    receiving: Switch | None = None


class UpdateDomain(Struct, frozen=True, kw_only=True):
    """What is to be changed of a domain; what is absent stays as it is. `tracking_subdomain` null takes it away."""

    open_tracking: bool | None = None
    click_tracking: bool | None = None
    tls: Tls | None = None
    capabilities: ChangedCapabilities | None = None
    tracking_subdomain: str | UnsetType | None = UNSET

    def asked(self) -> Changes:
        """The changes that are asked for."""
        capabilities = self.capabilities or ChangedCapabilities()
        return Changes(
            tls=self.tls,
            open_tracking=self.open_tracking,
            click_tracking=self.click_tracking,
            tracking_subdomain=self.tracking_subdomain or None,
            untracked=self.tracking_subdomain in (None, ""),
            sending=_is_on(capabilities.sending),
            receiving=_is_on(capabilities.receiving),
        )


class RecordView(Struct, frozen=True, kw_only=True):
    """A DNS record to publish: `name` is relative to the domain, but for receiving and tracking; `full_name` is whole.

    `says` is a sentence on what the last look `found` in DNS, `fix` what to do about it, null where nothing is.
    """

    record: str
    name: str
    type: str
    ttl: str
    status: str
    value: str
    priority: int | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    purpose: str | UnsetType = UNSET
    found: list[str] | UnsetType = UNSET
    says: str | UnsetType = UNSET
    fix: str | UnsetType | None = UNSET


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
    tls: str | UnsetType = UNSET
    custom_return_path: str | UnsetType = UNSET
    checked_at: str | UnsetType | None = UNSET
    next_check_at: str | UnsetType | None = UNSET


class KeyView(Struct, frozen=True, kw_only=True):
    """A DKIM key: `publishing` until DNS was seen to have it, then `signing`, then `retiring` until `retire_at`.

    `signs` tells whether mail is signed with it now: a key that DNS does not have does not sign.
    """

    id: str
    selector: str
    algorithm: str
    state: str
    signs: bool
    created_at: str | None
    seen_at: str | None
    retire_at: str | None
    object: str = "dkim_key"


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

    @endpoint("PATCH", "/domains/{domain_id}", permission=Permission.MANAGE, takes=UpdateDomain, gives=DomainNamed)
    async def update(self, call: Call, body: UpdateDomain) -> DomainNamed:
        """Changes what a domain does; records that it then needs, too, are looked for soon."""
        id_ = _id(call)
        await self._domains.update(call.team_id, id_, body.asked())
        return DomainNamed(id_)

    @endpoint("DELETE", "/domains/{domain_id}", permission=Permission.MANAGE, gives=DomainDeleted)
    async def delete(self, call: Call) -> DomainDeleted:
        """Deletes a domain with its keys. Mail from it that is still to leave fails when its time comes."""
        id_ = _id(call)
        await self._domains.delete(call.team_id, id_)
        return DomainDeleted(id_)

    @endpoint("POST", "/domains/{domain_id}/verify", permission=Permission.MANAGE, gives=DomainNamed)
    async def verify(self, call: Call) -> DomainNamed:
        """Begins to look for the domain's records in DNS; what was found shows in the domain."""
        id_ = _id(call)
        await self._domains.verify(call.team_id, id_)
        return DomainNamed(id_)

    @endpoint("GET", "/domains/{domain_id}/dkim", permission=Permission.READ, gives=Listing[KeyView])
    async def keys(self, call: Call) -> Listing[KeyView]:
        """Lists a domain's DKIM keys, the newest first."""
        return self._listed(await self._domains.get(call.team_id, _id(call)))

    @endpoint("POST", "/domains/{domain_id}/dkim/rotate", permission=Permission.MANAGE, gives=Listing[KeyView])
    async def rotate(self, call: Call) -> Listing[KeyView]:
        """Makes new DKIM keys, to be published beside those that sign; each takes over once DNS was seen to have it."""
        return self._listed(await self._domains.rotate(call.team_id, _id(call)))

    def _listed(self, state: DomainState) -> Listing[KeyView]:
        signing = {key.id for key in rotation.signers(state.keys, self._domains.asks_dns)}
        return Listing(False, [_key(key, key.id in signing) for key in state.keys])


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
        records=[record_view(record, named) for record in state.records],
        region=domain.region,
        open_tracking=domain.open_tracking,
        click_tracking=domain.click_tracking,
        tracking_subdomain=domain.tracking_subdomain,
        tls=domain.tls if named else UNSET,
        custom_return_path=domain.custom_return_path if named else UNSET,
        checked_at=_moment(domain.checked_at) if named else UNSET,
        next_check_at=_moment(domain.due_at) if named else UNSET,
    )


def record_view(record: DnsRecord, looked: bool) -> RecordView:
    """A record as it is shown: where it was `looked` for, with what was found."""
    return RecordView(
        record=record.record,
        name=record.name,
        type=record.type,
        ttl=record.ttl,
        status=record.status,
        value=record.value,
        priority=UNSET if record.priority is None else record.priority,
        full_name=record.full_name if looked else UNSET,
        purpose=record.purpose if looked else UNSET,
        found=list(record.found) if looked else UNSET,
        says=record.says if looked else UNSET,
        fix=record.fix if looked else UNSET,
    )


def _key(key: DkimKey, signs: bool) -> KeyView:
    return KeyView(
        id=key.id,
        selector=key.selector,
        algorithm=key.algorithm,
        state=key.state,
        signs=signs,
        created_at=_moment(key.created_at),
        seen_at=_moment(key.seen_at),
        retire_at=_moment(key.retire_at),
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _is_on(switch: Switch | None) -> bool | None:
    return None if switch is None else switch == "enabled"


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
