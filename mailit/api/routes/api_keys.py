"""API keys over HTTP (reference 1.4)."""

from __future__ import annotations

from typing import Literal

from attrs import frozen
from msgspec import UNSET, Struct, UnsetType

from mailit.access.keys import Keys
from mailit.api.paging import Listing, PageQuery, page_or_all, uuid
from mailit.api.times import stamp
from mailit.plugin import Call, Permission, endpoint
from mailit.store.api_keys import ApiKey


class CreateApiKey(Struct, frozen=True, kw_only=True):
    """A key to make: `domain_id` goes with `sending_access`."""

    name: str
    permission: Literal["full_access", "sending_access"] | None = None
    domain_id: str | None = None


class RenameApiKey(Struct, frozen=True, kw_only=True):
    """Another name for a key."""

    name: str


class ApiKeyCreated(Struct, frozen=True):
    """A key that was made; the token is shown here and never again."""

    id: str
    token: str


class ApiKeyItem(Struct, frozen=True, kw_only=True):
    """A key in a list: never its token. From `prefix` on it is what somebody who has signed in sees beyond Resend's."""

    id: str
    name: str
    created_at: str
    last_used_at: str | None
    prefix: str | UnsetType = UNSET
    permission: str | UnsetType = UNSET
    domain_id: str | UnsetType | None = UNSET
    created_by: str | UnsetType | None = UNSET


class ApiKeyNamed(Struct, frozen=True):
    """Which key something was done to."""

    id: str
    object: str = "api_key"


class ApiKeyDeleted(Struct, frozen=True):
    """A key that is no more."""

    id: str
    object: str = "api_key"
    deleted: bool = True


@frozen(eq=False)
class ApiKeyRoutes:
    """`/api-keys`."""

    _keys: Keys

    @endpoint("POST", "/api-keys", permission=Permission.MANAGE, takes=CreateApiKey, gives=ApiKeyCreated, status=201)
    async def create(self, call: Call, body: CreateApiKey) -> ApiKeyCreated:
        """Makes a key; its token is in this answer alone."""
        domain_id = None if body.domain_id is None else uuid("domain_id", body.domain_id)
        granted = await self._keys.grant(call.caller, body.name, body.permission or "full_access", domain_id)
        return ApiKeyCreated(granted.id, granted.token)

    @endpoint("GET", "/api-keys", permission=Permission.READ, query=PageQuery, gives=Listing[ApiKeyItem])
    async def newest(self, call: Call, query: PageQuery) -> Listing[ApiKeyItem]:
        """Lists keys, newest first; all of them where no limit is given."""
        found, more = await self._keys.page(call.caller, page_or_all(query))
        return Listing(more, [_item(key, call.caller.user_id is not None) for key in found])

    @endpoint("PATCH", "/api-keys/{api_key_id}", permission=Permission.MANAGE, takes=RenameApiKey, gives=ApiKeyNamed)
    async def rename(self, call: Call, body: RenameApiKey) -> ApiKeyNamed:
        """Gives a key another name."""
        id_ = _id(call)
        await self._keys.rename(call.caller, id_, body.name)
        return ApiKeyNamed(id_)

    @endpoint("DELETE", "/api-keys/{api_key_id}", permission=Permission.MANAGE, gives=ApiKeyDeleted)
    async def delete(self, call: Call) -> ApiKeyDeleted:
        """Revokes a key, at once and everywhere."""
        id_ = _id(call)
        await self._keys.revoke(call.caller, id_)
        return ApiKeyDeleted(id_)


def _item(key: ApiKey, whole: bool) -> ApiKeyItem:
    return ApiKeyItem(
        id=key.id,
        name=key.name,
        created_at=stamp(key.created_at),
        last_used_at=None if key.last_used_at is None else stamp(key.last_used_at),
        prefix=key.prefix if whole else UNSET,
        permission=key.permission if whole else UNSET,
        domain_id=key.domain_id if whole else UNSET,
        created_by=key.created_by if whole else UNSET,
    )


def _id(call: Call) -> str:
    return uuid("api_key_id", call.path["api_key_id"])
