"""A team's API keys: granted, listed, renamed, revoked."""

from __future__ import annotations

import os
from collections.abc import Callable

from attrs import field, frozen

from mailit.access import tokens
from mailit.access.access import CHANNEL, Access
from mailit.access.names import checked_name
from mailit.errors import NotFound, Refused
from mailit.interfaces import Caller, Database, Page, Tx
from mailit.store import api_keys, domains
from mailit.store.api_keys import ApiKey
from mailit.store.notices import tell

NAME_MOST = 50


@frozen
class Granted:
    """A new key: its token is nowhere else."""

    id: str
    token: str = field(repr=False)


@frozen(eq=False)
class Keys:
    """Grants and revokes. `beginning` is how tokens begin; `draw` gives ids."""

    _database: Database
    _access: Access
    _draw: Callable[[], str]
    _beginning: str = "re_"
    _randomness: Callable[[int], bytes] = os.urandom

    async def grant(self, caller: Caller, name: str, permission: str, domain_id: str | None = None) -> Granted:
        """Makes a key for the caller's team. Raises `Refused` for what is wrong in a field."""
        name = checked_name("name", name, NAME_MOST)
        if domain_id is not None and permission != "sending_access":
            raise Refused("Invalid `domain_id` field. It goes with `sending_access` alone.")
        return await self._database.transact(
            grant,
            self._draw,
            caller.team_id,
            name,
            self._beginning,
            permission,
            domain_id,
            self._randomness,
            caller.user_id,
        )

    async def page(self, caller: Caller, page: Page | None) -> tuple[list[ApiKey], bool]:
        """The team's keys, newest first, and whether there are more."""
        return await self._database.transact(api_keys.page, caller.team_id, page)

    async def rename(self, caller: Caller, id_: str, name: str) -> None:
        """Gives a key another name. Raises `NotFound`."""
        name = checked_name("name", name, NAME_MOST)
        if not await self._database.transact(api_keys.rename, caller.team_id, id_, name):
            raise NotFound("API key not found")

    async def revoke(self, caller: Caller, id_: str) -> None:
        """Ends a key, in every process. Raises `NotFound`."""
        if not await self._database.transact(_revoked, caller.team_id, id_):
            raise NotFound("API key not found")
        self._access.forget(id_)


def grant(
    tx: Tx,
    draw: Callable[[], str],
    team_id: str,
    name: str,
    beginning: str = "re_",
    permission: str = "full_access",
    domain_id: str | None = None,
    randomness: Callable[[int], bytes] = os.urandom,
    created_by: str | None = None,
) -> Granted:
    """Makes a key in this transaction: for the command line, too. Raises `NotFound` for a domain that is none."""
    if domain_id is not None and domains.one(tx, team_id, domain_id) is None:
        raise NotFound("Domain not found")
    minted = tokens.mint(beginning, randomness)
    granted = Granted(draw(), minted.token)
    api_keys.insert(tx, granted.id, team_id, name, minted.prefix, minted.hash, permission, domain_id, created_by)
    return granted


def _revoked(tx: Tx, team_id: str, id_: str) -> bool:
    if not api_keys.delete(tx, team_id, id_):
        return False
    tell(tx, CHANNEL, id_)
    return True
