"""Accounts over HTTP: how people sign in to the dashboard."""

from __future__ import annotations

from attrs import frozen
from msgspec import UNSET, Struct, UnsetType

from mailit.access.accounts import Accounts
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
    """Who somebody says they are."""

    email: str
    password: str


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


@frozen(eq=False)
class AuthRoutes:
    """`/auth`."""

    _accounts: Accounts

    @endpoint(
        "POST", "/auth/register", takes=Register, gives=SignedInView, status=201, needs=Needs.NOTHING, cost=Cost.AUTH
    )
    async def register(self, call: Call, body: Register) -> SignedInView:
        """Makes an account with a team of its own; the first one runs the installation."""
        signed_in = await self._accounts.register(body.email, body.password, body.name, body.team_name)
        return SignedInView(signed_in.token, _user(signed_in.account))

    @endpoint("POST", "/auth/login", takes=Login, gives=SignedInView, needs=Needs.NOTHING, cost=Cost.AUTH)
    async def login(self, call: Call, body: Login) -> SignedInView:
        """Begins a session."""
        signed_in = await self._accounts.login(body.email, body.password)
        return SignedInView(signed_in.token, _user(signed_in.account))

    @endpoint("POST", "/auth/logout", permission=Permission.READ, gives=SignedOut, needs=Needs.ACCOUNT)
    async def logout(self, call: Call) -> SignedOut:
        """Ends the session; its token is worth nothing from here on."""
        await self._accounts.logout(call.caller)
        assert call.caller.session_id is not None
        return SignedOut(call.caller.session_id)

    @endpoint("GET", "/auth/me", permission=Permission.READ, gives=MeView, needs=Needs.ACCOUNT)
    async def me(self, call: Call) -> MeView:
        """Tells who the session speaks for and what it may do."""
        authorization = call.headers("authorization")
        me = await self._accounts.me(call.caller, None if authorization is None else authorization.encode())
        return MeView(
            user=_user(me.account),
            team=_team(me.team),
            teams=[_team(team) for team in me.teams],
            role=me.team.role,
            permissions=list(me.permissions),
            token=UNSET if me.token is None else me.token,
        )


def _user(account: Account) -> UserView:
    return UserView(
        id=account.id,
        email=account.email,
        name=account.name,
        operator=account.operator,
        created_at=stamp(account.created_at),
    )


def _team(team: Membership) -> TeamView:
    return TeamView(id=team.team_id, name=team.name, role=team.role, created_at=stamp(team.created_at))
