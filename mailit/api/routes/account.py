"""One's own account over HTTP: name, password, sessions, second factor."""

from __future__ import annotations

from attrs import frozen
from msgspec import Struct

from mailit.access.accounts import Accounts
from mailit.access.factors import Factors
from mailit.access.sessions import Sessions
from mailit.api.paging import Listing, uuid
from mailit.api.routes.auth import AccountNamed, SignedOut, UserView, user_view
from mailit.api.times import stamp
from mailit.plugin import Call, Needs, Permission, endpoint
from mailit.store.sessions import Begun


class Rename(Struct, frozen=True):
    """Another name."""

    name: str


class ChangePassword(Struct, frozen=True, kw_only=True):
    """Another password; the present one shows that it is its owner who asks."""

    current_password: str
    new_password: str


class SessionItem(Struct, frozen=True, kw_only=True):
    """A session: where it began, when it was last used; `current` is the one that asks."""

    id: str
    created_at: str
    last_used_at: str | None
    expires_at: str
    address: str
    user_agent: str
    current: bool


class SessionsEnded(Struct, frozen=True):
    """How many sessions were ended."""

    ended: int
    object: str = "session"


class Password(Struct, frozen=True):
    """The account's password, which shows that it is its owner who asks."""

    password: str


class Code(Struct, frozen=True):
    """A code of the application."""

    code: str


class TotpState(Struct, frozen=True, kw_only=True):
    """Whether codes are asked for, since when, and how many recovery codes are left."""

    object: str = "totp"
    enabled: bool
    enabled_at: str | None
    recovery_codes_left: int


class TotpSecret(Struct, frozen=True, kw_only=True):
    """A secret for an application, to type or, as `otpauth_url`, in a QR code; it counts once it was confirmed."""

    object: str = "totp"
    secret: str
    otpauth_url: str


class RecoveryCodes(Struct, frozen=True, kw_only=True):
    """Codes for when the application is lost, each good once; they are shown here and never again."""

    object: str = "totp"
    recovery_codes: list[str]


class TotpEnded(Struct, frozen=True):
    """Codes are asked for no more."""

    object: str = "totp"
    enabled: bool = False


@frozen(eq=False)
class AccountRoutes:
    """`/auth/me`, `/auth/password`, `/auth/sessions`, `/auth/totp`."""

    _accounts: Accounts
    _sessions: Sessions
    _factors: Factors

    @endpoint("PATCH", "/auth/me", permission=Permission.READ, takes=Rename, gives=UserView, needs=Needs.ACCOUNT)
    async def rename(self, call: Call, body: Rename) -> UserView:
        """Gives oneself another name."""
        return user_view(await self._accounts.rename(call.caller, body.name))

    @endpoint(
        "POST",
        "/auth/password",
        permission=Permission.READ,
        takes=ChangePassword,
        gives=AccountNamed,
        needs=Needs.ACCOUNT,
    )
    async def change_password(self, call: Call, body: ChangePassword) -> AccountNamed:
        """Sets another password, and ends every other session."""
        await self._accounts.change_password(call.caller, body.current_password, body.new_password)
        assert call.caller.user_id is not None
        return AccountNamed(call.caller.user_id)

    @endpoint("GET", "/auth/sessions", permission=Permission.READ, gives=Listing[SessionItem], needs=Needs.ACCOUNT)
    async def sessions(self, call: Call) -> Listing[SessionItem]:
        """Lists one's sessions, newest first."""
        found = await self._sessions.living(call.caller)
        return Listing(False, [_item(one, call.caller.session_id) for one in found])

    @endpoint("DELETE", "/auth/sessions", permission=Permission.READ, gives=SessionsEnded, needs=Needs.ACCOUNT)
    async def revoke_others(self, call: Call) -> SessionsEnded:
        """Ends all of one's sessions but this one."""
        return SessionsEnded(await self._sessions.revoke_others(call.caller))

    @endpoint("DELETE", "/auth/sessions/{session_id}", permission=Permission.READ, gives=SignedOut, needs=Needs.ACCOUNT)
    async def revoke(self, call: Call) -> SignedOut:
        """Ends one of one's sessions, at once and everywhere."""
        id_ = uuid("session_id", call.path["session_id"])
        await self._sessions.revoke(call.caller, id_)
        return SignedOut(id_)

    @endpoint("GET", "/auth/totp", permission=Permission.READ, gives=TotpState, needs=Needs.ACCOUNT)
    async def totp(self, call: Call) -> TotpState:
        """Tells whether codes are asked for when one signs in."""
        state = await self._factors.state(call.caller)
        since = state.enabled_at
        return TotpState(
            enabled=since is not None,
            enabled_at=None if since is None else stamp(since),
            recovery_codes_left=state.recovery_codes,
        )

    @endpoint(
        "POST",
        "/auth/totp",
        permission=Permission.READ,
        takes=Password,
        gives=TotpSecret,
        status=201,
        needs=Needs.ACCOUNT,
    )
    async def begin_totp(self, call: Call, body: Password) -> TotpSecret:
        """Makes the secret of a second factor; it is asked for once its first code was confirmed."""
        enrolment = await self._factors.begin(call.caller, body.password)
        return TotpSecret(secret=enrolment.secret, otpauth_url=enrolment.uri)

    @endpoint(
        "POST",
        "/auth/totp/confirm",
        permission=Permission.READ,
        takes=Code,
        gives=RecoveryCodes,
        needs=Needs.ACCOUNT,
    )
    async def confirm_totp(self, call: Call, body: Code) -> RecoveryCodes:
        """Switches the second factor on by its first code, and gives the recovery codes."""
        return RecoveryCodes(recovery_codes=list(await self._factors.confirm(call.caller, body.code)))

    @endpoint(
        "POST",
        "/auth/totp/recovery-codes",
        permission=Permission.READ,
        takes=Password,
        gives=RecoveryCodes,
        status=201,
        needs=Needs.ACCOUNT,
    )
    async def renew_codes(self, call: Call, body: Password) -> RecoveryCodes:
        """Makes ten new recovery codes in place of those that are left."""
        return RecoveryCodes(recovery_codes=list(await self._factors.renew_codes(call.caller, body.password)))

    @endpoint("DELETE", "/auth/totp", permission=Permission.READ, takes=Password, gives=TotpEnded, needs=Needs.ACCOUNT)
    async def end_totp(self, call: Call, body: Password) -> TotpEnded:
        """Switches the second factor off."""
        await self._factors.end(call.caller, body.password)
        return TotpEnded()


def _item(session: Begun, current: str | None) -> SessionItem:
    return SessionItem(
        id=session.id,
        created_at=stamp(session.created_at),
        last_used_at=None if session.last_used_at is None else stamp(session.last_used_at),
        expires_at=stamp(session.expires_at),
        address=session.address,
        user_agent=session.user_agent,
        current=session.id == current,
    )
