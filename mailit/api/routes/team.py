"""Teams over HTTP: the caller's own, who is in it, who is invited, and all of them for the operator."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen
from msgspec import Struct

from mailit.access.invitations import Invitations, Invited
from mailit.access.teams import Teams
from mailit.api.paging import Listing, PageQuery, page, page_or_all, uuid
from mailit.api.routes.auth import TeamView, team_view
from mailit.api.times import stamp
from mailit.plugin import Call, Needs, Permission, endpoint
from mailit.store.teams import Member, Overview

Role = Literal["owner", "admin", "member"]


class TeamName(Struct, frozen=True):
    """A team's name."""

    name: str


class TeamShown(Struct, frozen=True, kw_only=True):
    """A team, and how many are in it."""

    object: str = "team"
    id: str
    name: str
    created_at: str
    members: int


class TeamNamed(Struct, frozen=True):
    """Which team something was done to."""

    id: str
    object: str = "team"


class MemberItem(Struct, frozen=True, kw_only=True):
    """Somebody in a team, by the id of his account; `totp`: he signs in with a second factor."""

    id: str
    email: str
    name: str
    role: str
    created_at: str
    totp: bool


class GiveRole(Struct, frozen=True):
    """Another role."""

    role: Role


class MemberNamed(Struct, frozen=True):
    """Which member something was done to."""

    id: str
    object: str = "member"


class MemberRemoved(Struct, frozen=True):
    """Somebody who is in the team no more."""

    id: str
    object: str = "member"
    deleted: bool = True


class Invite(Struct, frozen=True, kw_only=True):
    """Whom to invite, and as what."""

    email: str
    role: Role = "member"


class InvitationItem(Struct, frozen=True, kw_only=True):
    """An invitation; `url` is its link, null for those who could not give the role themselves."""

    id: str
    email: str
    role: str
    invited_by: str | None
    created_at: str
    expires_at: str
    url: str | None


class InvitationView(InvitationItem, frozen=True, kw_only=True):
    """An invitation that was made. `mailed` false: there is no domain to send it from yet, so pass the link on."""

    object: str = "invitation"
    mailed: bool


class InvitationWithdrawn(Struct, frozen=True):
    """An invitation whose link is worth nothing any more."""

    id: str
    object: str = "invitation"
    deleted: bool = True


class TeamOverview(Struct, frozen=True, kw_only=True):
    """A team as the operator sees it."""

    id: str
    name: str
    created_at: str
    members: int
    domains: int
    api_keys: int


@frozen(eq=False)
class TeamRoutes:
    """`/team`, `/teams`, `/operator/teams`."""

    _teams: Teams
    _invitations: Invitations

    @endpoint("GET", "/team", permission=Permission.READ, gives=TeamShown)
    async def show(self, call: Call) -> TeamShown:
        """Shows the team."""
        team = await self._teams.show(call.caller)
        return TeamShown(id=team.id, name=team.name, created_at=stamp(team.created_at), members=team.members)

    @endpoint("PATCH", "/team", permission=Permission.TEAM, takes=TeamName, gives=TeamNamed, needs=Needs.ACCOUNT)
    async def rename(self, call: Call, body: TeamName) -> TeamNamed:
        """Gives the team another name."""
        await self._teams.rename(call.caller, body.name)
        return TeamNamed(call.team_id)

    @endpoint(
        "POST", "/teams", permission=Permission.READ, takes=TeamName, gives=TeamView, status=201, needs=Needs.ACCOUNT
    )
    async def found(self, call: Call, body: TeamName) -> TeamView:
        """Makes a further team of one's own: for the operator, and for everybody where registration is open."""
        return team_view(await self._teams.found(call.caller, body.name))

    @endpoint("POST", "/team/leave", permission=Permission.READ, gives=MemberRemoved, needs=Needs.ACCOUNT)
    async def leave(self, call: Call) -> MemberRemoved:
        """Takes oneself out of the team."""
        await self._teams.leave(call.caller)
        assert call.caller.user_id is not None
        return MemberRemoved(call.caller.user_id)

    @endpoint("GET", "/team/members", permission=Permission.READ, gives=Listing[MemberItem])
    async def members(self, call: Call) -> Listing[MemberItem]:
        """Lists who is in the team, in the order in which they joined."""
        return Listing(False, [_member(one) for one in await self._teams.members(call.caller)])

    @endpoint(
        "PATCH",
        "/team/members/{member_id}",
        permission=Permission.MEMBERS,
        takes=GiveRole,
        gives=MemberNamed,
        needs=Needs.ACCOUNT,
    )
    async def give_role(self, call: Call, body: GiveRole) -> MemberNamed:
        """Gives somebody another role; owners are made, and end being it, by owners alone."""
        id_ = uuid("member_id", call.path["member_id"])
        await self._teams.set_role(call.caller, id_, body.role)
        return MemberNamed(id_)

    @endpoint(
        "DELETE",
        "/team/members/{member_id}",
        permission=Permission.MEMBERS,
        gives=MemberRemoved,
        needs=Needs.ACCOUNT,
    )
    async def remove(self, call: Call) -> MemberRemoved:
        """Takes somebody out of the team, at once and everywhere."""
        id_ = uuid("member_id", call.path["member_id"])
        await self._teams.remove(call.caller, id_)
        return MemberRemoved(id_)

    @endpoint(
        "POST",
        "/team/invitations",
        permission=Permission.MEMBERS,
        takes=Invite,
        gives=InvitationView,
        status=201,
        needs=Needs.ACCOUNT,
    )
    async def invite(self, call: Call, body: Invite) -> InvitationView:
        """Invites somebody by mail, for seven days; an earlier invitation of the address is worth nothing then."""
        invited = await self._invitations.invite(call.caller, body.email, body.role)
        return InvitationView(**_facts(invited), mailed=invited.mailed)

    @endpoint(
        "GET",
        "/team/invitations",
        permission=Permission.MEMBERS,
        query=PageQuery,
        gives=Listing[InvitationItem],
        needs=Needs.ACCOUNT,
    )
    async def invitations(self, call: Call, query: PageQuery) -> Listing[InvitationItem]:
        """Lists invitations that are open, newest first; all of them where no limit is given."""
        found, more = await self._invitations.page(call.caller, page_or_all(query))
        return Listing(more, [InvitationItem(**_facts(one)) for one in found])

    @endpoint(
        "DELETE",
        "/team/invitations/{invitation_id}",
        permission=Permission.MEMBERS,
        gives=InvitationWithdrawn,
        needs=Needs.ACCOUNT,
    )
    async def withdraw(self, call: Call) -> InvitationWithdrawn:
        """Withdraws an invitation: its link is worth nothing any more."""
        id_ = uuid("invitation_id", call.path["invitation_id"])
        await self._invitations.withdraw(call.caller, id_)
        return InvitationWithdrawn(id_)

    @endpoint("GET", "/operator/teams", query=PageQuery, gives=Listing[TeamOverview], needs=Needs.OPERATOR)
    async def every_team(self, call: Call, query: PageQuery) -> Listing[TeamOverview]:
        """Lists every team of the installation, newest first."""
        found, more = await self._teams.all(page(query))
        return Listing(more, [_overview(one) for one in found])


def _member(member: Member) -> MemberItem:
    return MemberItem(
        id=member.id,
        email=member.email,
        name=member.name,
        role=member.role,
        created_at=stamp(member.created_at),
        totp=member.totp,
    )


def _facts(invited: Invited) -> dict[str, Any]:
    one = invited.invitation
    return {
        "id": one.id,
        "email": one.email,
        "role": one.role,
        "invited_by": one.inviter,
        "created_at": stamp(one.created_at),
        "expires_at": stamp(one.expires_at),
        "url": invited.url,
    }


def _overview(team: Overview) -> TeamOverview:
    return TeamOverview(
        id=team.id,
        name=team.name,
        created_at=stamp(team.created_at),
        members=team.members,
        domains=team.domains,
        api_keys=team.api_keys,
    )
