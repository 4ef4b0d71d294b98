"""Accounts over HTTP: how people sign in to the dashboard."""

from __future__ import annotations

from attrs import frozen
from msgspec import UNSET, Struct, UnsetType

from mailit.access.accounts import Accounts
from mailit.access.invitations import Invitations
from mailit.access.recovery import Recovery
from mailit.access.sessions import Place, Sessions, SignedIn
from mailit.api.paging import uuid
from mailit.api.times import stamp
from mailit.plugin import Call, Cost, Needs, Permission, endpoint
from mailit.store.accounts import Account, Membership


class Register(Struct, frozen=True, kw_only=True):
    """Somebody new, and the team that will be theirs."""

    email: str
    password: str
    name: str
    team_name: str


class Login(Struct, frozen=True, kw_only=True):
    """Who somebody says they are. `code` goes with a second factor: the application's, or a recovery code."""

    email: str
    password: str
    code: str | None = None


class UserView(Struct, frozen=True, kw_only=True):
    """An account."""

    id: str
    email: str
    name: str
    operator: bool
    created_at: str


class TeamView(Struct, frozen=True, kw_only=True):
    """A team, and the account's role in it."""

    id: str
    name: str
    role: str
    created_at: str


class SignedInView(Struct, frozen=True):
    """A session that has begun: the token is good for 24 hours, or until it is revoked."""

    token: str
    user: UserView


class MeView(Struct, frozen=True, kw_only=True):
    """Who a session speaks for; `token` is there past half the life of the one that was sent, and replaces it."""

    user: UserView
    team: TeamView
    teams: list[TeamView]
    role: str
    permissions: list[str]
    token: str | UnsetType = UNSET


class SignedOut(Struct, frozen=True):
    """A session that has ended."""

    id: str
    object: str = "session"
    deleted: bool = True


class Forgot(Struct, frozen=True):
    """Whose password is to be set anew."""

    email: str


class Asked(Struct, frozen=True):
    """Heard. Whether there is such an account is not said."""

    object: str = "password_reset"
    message: str = "If there is an account of this address, a mail with a link is on its way."


class Reset(Struct, frozen=True, kw_only=True):
    """A new password, by the token of a link."""

    token: str
    password: str


class AccountNamed(Struct, frozen=True):
    """Which account something was done to."""

    id: str
    object: str = "account"


class InvitationToken(Struct, frozen=True):
    """The token of an invitation's link."""

    token: str


class InvitationShown(Struct, frozen=True, kw_only=True):
    """What a link invites to. `registered`: the address has an account, and joins by its password."""

    object: str = "invitation"
    team: str
    email: str
    role: str
    invited_by: str | None
    registered: bool
    expires_at: str


class AcceptInvite(Struct, frozen=True, kw_only=True):
    """Joins a team: `name` and a new `password`, or the password (and `code`) of the account that there is."""

    token: str
    password: str
    name: str | None = None
    code: str | None = None


class Turn(Struct, frozen=True):
    """Another of one's teams."""

    team_id: str


class TurnedView(Struct, frozen=True, kw_only=True):
    """A session as it speaks for another team: by this token; the one that was sent still speaks for the other."""

    token: str
    user: UserView
    team: TeamView


class RegistrationView(Struct, frozen=True, kw_only=True):
    """Whether somebody may register now, and whether that account would be the first, which runs the installation."""

    object: str = "registration"
    open: bool
    first: bool


@frozen(eq=False)
class AuthRoutes:
    """`/auth`: getting in and out, and who one is."""

    _accounts: Accounts
    _sessions: Sessions
    _recovery: Recovery
    _invitations: Invitations

    @endpoint("GET", "/auth/register", gives=RegistrationView, needs=Needs.NOTHING, cost=Cost.READ)
    async def registration(self, call: Call) -> RegistrationView:
        """Tells whether one may register."""
        is_open, first = await self._accounts.registration()
        return RegistrationView(open=is_open, first=first)

    @endpoint(
        "POST", "/auth/register", takes=Register, gives=SignedInView, status=201, needs=Needs.NOTHING, cost=Cost.AUTH
    )
    async def register(self, call: Call, body: Register) -> SignedInView:
        """Makes an account with a team of its own; the first one runs the installation."""
        return _signed_in(
            await self._accounts.register(body.email, body.password, body.name, body.team_name, _place(call))
        )

    @endpoint("POST", "/auth/login", takes=Login, gives=SignedInView, needs=Needs.NOTHING, cost=Cost.AUTH)
    async def login(self, call: Call, body: Login) -> SignedInView:
        """Begins a session; answers 401 `totp_required` where the password was right and a code is needed, too."""
        return _signed_in(await self._accounts.login(body.email, body.password, body.code, _place(call)))

    @endpoint("POST", "/auth/logout", permission=Permission.READ, gives=SignedOut, needs=Needs.ACCOUNT)
    async def logout(self, call: Call) -> SignedOut:
        """Ends the session; its tokens are worth nothing from here on."""
        await self._accounts.logout(call.caller)
        assert call.caller.session_id is not None
        return SignedOut(call.caller.session_id)

    @endpoint("GET", "/auth/me", permission=Permission.READ, gives=MeView, needs=Needs.ACCOUNT)
    async def me(self, call: Call) -> MeView:
        """Tells who the session speaks for and what it may do."""
        authorization = call.headers("authorization")
        me = await self._accounts.me(call.caller, None if authorization is None else authorization.encode())
        return MeView(
            user=user_view(me.account),
            team=team_view(me.team),
            teams=[team_view(team) for team in me.teams],
            role=me.team.role,
            permissions=list(me.permissions),
            token=UNSET if me.token is None else me.token,
        )

    @endpoint("POST", "/auth/team", permission=Permission.READ, takes=Turn, gives=TurnedView, needs=Needs.ACCOUNT)
    async def turn(self, call: Call, body: Turn) -> TurnedView:
        """Turns the session to another of one's teams, and gives the token that speaks for it."""
        signed_in, team = await self._sessions.turn(call.caller, uuid("team_id", body.team_id))
        return TurnedView(token=signed_in.token, user=user_view(signed_in.account), team=team_view(team))

    @endpoint("POST", "/auth/forgot", takes=Forgot, gives=Asked, needs=Needs.NOTHING, cost=Cost.AUTH)
    async def forgot(self, call: Call, body: Forgot) -> Asked:
        """Sends a link to set a new password by, where there is an account; answers the same at once in any case."""
        self._recovery.forgotten(body.email)
        return Asked()

    @endpoint("POST", "/auth/reset", takes=Reset, gives=AccountNamed, needs=Needs.NOTHING, cost=Cost.AUTH)
    async def reset(self, call: Call, body: Reset) -> AccountNamed:
        """Sets a new password by a link, and ends every session of the account."""
        return AccountNamed((await self._recovery.reset(body.token, body.password)).id)

    @endpoint(
        "POST", "/auth/invitation", takes=InvitationToken, gives=InvitationShown, needs=Needs.NOTHING, cost=Cost.AUTH
    )
    async def invitation(self, call: Call, body: InvitationToken) -> InvitationShown:
        """Tells what an invitation's link invites to."""
        shown = await self._invitations.look(body.token)
        return InvitationShown(
            team=shown.invitation.team,
            email=shown.invitation.email,
            role=shown.invitation.role,
            invited_by=shown.invitation.inviter,
            registered=shown.registered,
            expires_at=stamp(shown.invitation.expires_at),
        )

    @endpoint(
        "POST",
        "/auth/accept-invite",
        takes=AcceptInvite,
        gives=SignedInView,
        status=201,
        needs=Needs.NOTHING,
        cost=Cost.AUTH,
    )
    async def accept(self, call: Call, body: AcceptInvite) -> SignedInView:
        """Joins a team by an invitation's link, with a new account or the one that there is, and signs in to it."""
        return _signed_in(await self._invitations.accept(body.token, body.password, body.name, body.code, _place(call)))


def user_view(account: Account) -> UserView:
    """An account as its owner sees it."""
    return UserView(
        id=account.id,
        email=account.email,
        name=account.name,
        operator=account.operator,
        created_at=stamp(account.created_at),
    )


def team_view(team: Membership) -> TeamView:
    """A team as one who is in it sees it."""
    return TeamView(id=team.team_id, name=team.name, role=team.role, created_at=stamp(team.created_at))


def _signed_in(signed_in: SignedIn) -> SignedInView:
    return SignedInView(signed_in.token, user_view(signed_in.account))


def _place(call: Call) -> Place:
    return Place(call.address, call.headers("user-agent") or "")
