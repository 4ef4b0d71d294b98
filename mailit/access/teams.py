"""Teams: their name, who is in them, and as what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from mailit.access.access import CHANNEL, Access
from mailit.access.names import checked_name
from mailit.access.permissions import allows
from mailit.errors import Conflict, Forbidden, NotFound
from mailit.interfaces import Caller, Database, Page, Tx
from mailit.plugin import Permission
from mailit.store import accounts, teams
from mailit.store.accounts import Membership
from mailit.store.notices import tell
from mailit.store.teams import Member, Overview, Team

OWNER = "owner"


class LastOwner(Conflict):
    """A team without an owner would be nobody's."""

    name = "validation_error"
    default = "A team needs at least one owner. Make somebody else an owner first."


class OwnersOnly(Forbidden):
    """Owners are made, and end being it, by owners alone."""

    default = "This needs the role owner in this team."


@frozen(eq=False)
class Teams:
    """A team as those in it see and change it. `open_`: whether anybody may have a further team of his own."""

    _database: Database
    _access: Access
    _draw: Callable[[], str]
    _open: bool = False

    async def show(self, caller: Caller) -> Team:
        """The caller's team."""
        team = await self._database.transact(teams.one, caller.team_id)
        if team is None:
            raise NotFound("Team not found")
        return team

    async def rename(self, caller: Caller, name: str) -> None:
        """Gives the caller's team another name. Raises `Refused`."""
        await self._database.transact(teams.rename, caller.team_id, checked_name("name", name))

    async def found(self, caller: Caller, name: str) -> Membership:
        """Makes a further team, which the caller owns. Raises `Refused`, `Forbidden` where that is not open to him."""
        if not (self._open or caller.operator):
            raise Forbidden("Only the operator can make further teams here.")
        return await self._database.transact(self._founded, caller, checked_name("name", name))

    async def members(self, caller: Caller) -> Sequence[Member]:
        """Who is in the caller's team."""
        return await self._database.transact(teams.members, caller.team_id)

    async def set_role(self, caller: Caller, account_id: str, role: str) -> None:
        """Gives somebody another role. Raises `NotFound`, `OwnersOnly`, `LastOwner`."""
        await self._database.transact(_set_role, caller, account_id, role)
        self._access.forget(account_id)

    async def remove(self, caller: Caller, account_id: str) -> None:
        """Takes somebody out of the team, at once and everywhere. Raises like `set_role`."""
        await self._database.transact(_set_role, caller, account_id, None)
        self._access.forget(account_id)

    async def leave(self, caller: Caller) -> None:
        """Takes the caller out of his team. Raises `LastOwner`."""
        assert caller.user_id is not None
        await self._database.transact(_set_role, caller, caller.user_id, None)
        self._access.forget(caller.user_id)

    async def all(self, page: Page) -> tuple[list[Overview], bool]:
        """Every team of the installation, newest first, and whether there are more: for the operator."""
        return await self._database.transact(teams.page, page)

    def _founded(self, tx: Tx, caller: Caller, name: str) -> Membership:
        assert caller.user_id is not None
        id_ = self._draw()
        accounts.insert_team(tx, id_, name)
        accounts.insert_membership(tx, id_, caller.user_id, OWNER)
        return next(one for one in accounts.memberships(tx, caller.user_id) if one.team_id == id_)


def _set_role(tx: Tx, caller: Caller, account_id: str, role: str | None) -> None:
    """Another role, or none: the caller's own is read anew, for it may have changed since he was let in."""
    teams.one_at_a_time(tx, caller.team_id)
    member = teams.member(tx, caller.team_id, account_id)
    if member is None:
        raise NotFound("Member not found")
    himself = account_id == caller.user_id
    by = member if himself else teams.member(tx, caller.team_id, caller.user_id or "")
    may = by is not None and allows(by.role, Permission.TEAM)
    if not may and (role == OWNER or (member.role == OWNER and not himself)):
        raise OwnersOnly
    if member.role == OWNER and role != OWNER and teams.owners(tx, caller.team_id) == 1:
        raise LastOwner
    if role is None:
        teams.remove(tx, caller.team_id, account_id)
    else:
        teams.set_role(tx, caller.team_id, account_id, role)
    tell(tx, CHANNEL, account_id)
