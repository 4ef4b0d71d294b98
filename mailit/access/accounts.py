"""Accounts: how people register, sign in and out, and what they may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import field, frozen

from mailit.access import attempts
from mailit.access.access import CHANNEL, Access
from mailit.access.factors import Codes
from mailit.access.names import checked_email, checked_name
from mailit.access.passwords import Passwords, check
from mailit.access.permissions import ROLES
from mailit.access.proofs import Proofs
from mailit.access.sessions import LASTS, NOWHERE, Place, Sessions, SignedIn
from mailit.errors import BadCredentials, Conflict, Forbidden
from mailit.interfaces import Caller, Clock, Database, Tx, utc
from mailit.store import accounts, password_resets, sessions
from mailit.store.accounts import Account, Membership
from mailit.store.notices import tell


class EmailTaken(Conflict):
    """There is an account of this address."""

    name = "validation_error"
    default = "An account with this email can't be registered."


class RegistrationClosed(Forbidden):
    """Nobody may register here by himself."""

    default = "Registration is closed. Ask the operator for an invitation."


@frozen
class NewAccount:
    """A person who registers, checked; `password` is the hash of it."""

    email: str
    name: str
    team_name: str
    password: str = field(repr=False)


@frozen
class Founded:
    """An account that has just been made, with the team that it owns."""

    account_id: str
    team_id: str


@frozen
class Me:
    """Who a session speaks for. `token` is a new one, where the old is past half its life."""

    account: Account
    team: Membership
    teams: Sequence[Membership]
    permissions: Sequence[str]
    token: str | None = field(repr=False)


def found(tx: Tx, draw: Callable[[], str], new: NewAccount, only_first: bool = False) -> Founded:
    """Makes an account and the team that it owns, in this transaction; the first of all is the operator.

    Raises `RegistrationClosed` where it is not the first and only the first may, `EmailTaken` where the address has
    an account.
    """
    accounts.one_at_a_time(tx)
    first = not accounts.any_account(tx)
    if only_first and not first:
        raise RegistrationClosed
    founded = Founded(draw(), draw())
    if not accounts.insert_account(tx, founded.account_id, new.email, new.name, new.password, operator=first):
        raise EmailTaken
    accounts.insert_team(tx, founded.team_id, new.team_name)
    accounts.insert_membership(tx, founded.team_id, founded.account_id, "owner")
    return founded


@frozen(eq=False)
class Accounts:
    """Registering, signing in and out, one's own account. `registration` is `first`, `open` or `closed`."""

    _database: Database
    _passwords: Passwords
    _proofs: Proofs
    _codes: Codes
    _sessions: Sessions
    _access: Access
    _draw: Callable[[], str]
    _clock: Clock
    _registration: str = "first"

    async def registration(self) -> tuple[bool, bool]:
        """Whether somebody may register now, and whether there is nobody yet."""
        first = not await self._database.transact(accounts.any_account)
        return self._registration == "open" or (self._registration == "first" and first), first

    async def register(self, email: str, password: str, name: str, team_name: str, place: Place = NOWHERE) -> SignedIn:
        """Makes an account with a team of its own, and signs it in.

        Raises `Refused` for what is wrong in a field, `RegistrationClosed`, `EmailTaken`.
        """
        if self._registration == "closed":
            raise RegistrationClosed
        check(password)
        email, name = checked_email(email), checked_name("name", name)
        team_name = checked_name("team_name", team_name)
        if self._registration == "first" and await self._database.transact(accounts.any_account):
            raise RegistrationClosed  # before the work of a hash; asked again where it counts
        new = NewAccount(email, name, team_name, await self._passwords.hash(password))
        return await self._database.transact(self._registered, new, place)

    async def login(self, email: str, password: str, code: str | None = None, place: Place = NOWHERE) -> SignedIn:
        """Begins a session.

        Raises `BadCredentials`, in the same time and words whether or not there is an account; `CodeNeeded` and
        `WrongCode` only where the password was right; `RateLimited` after too many tries.
        """
        account = await self._proofs.anybody(email, password, place.address)
        if account is None:
            raise BadCredentials
        return await self._database.transact(self._begun, account, code, place)

    async def logout(self, caller: Caller) -> None:
        """Ends the caller's session, in every process."""
        assert caller.session_id is not None
        await self._sessions.revoke(caller, caller.session_id)

    async def me(self, caller: Caller, authorization: bytes | None) -> Me:
        """Who the caller is; past half the life of his token there is a new one for the same session and team."""
        claims = self._access.claims(authorization)
        assert caller.user_id is not None and caller.session_id is not None and claims is not None
        now = self._clock()
        renewed = claims.expires_at - now < LASTS / 2
        account, teams = await self._database.transact(
            _described, caller.user_id, caller.session_id, utc(now + LASTS) if renewed else None
        )
        team = next((one for one in teams if one.team_id == caller.team_id), None)
        if account is None or team is None:
            raise Forbidden
        permissions = (*(one.value for one in ROLES[team.role]), *(("operator",) if account.operator else ()))
        token = self._sessions.token(account.id, caller.session_id, caller.team_id) if renewed else None
        return Me(account, team, teams, permissions, token)

    async def rename(self, caller: Caller, name: str) -> Account:
        """Gives the caller another name. Raises `Refused`."""
        assert caller.user_id is not None
        account = await self._database.transact(_renamed, caller.user_id, checked_name("name", name))
        if account is None:
            raise Forbidden
        return account

    async def change_password(self, caller: Caller, current: str, new: str) -> None:
        """Sets another password, and ends every session but the caller's. Raises `Refused`, `RateLimited`."""
        check(new, "new_password")
        account = await self._proofs.password(caller, "current_password", current)
        hashed = await self._passwords.hash(new)
        await self._database.transact(_changed, account.id, hashed, caller.session_id)
        self._access.forget(account.id)

    def _registered(self, tx: Tx, new: NewAccount, place: Place) -> SignedIn:
        founded = found(tx, self._draw, new, only_first=self._registration == "first")
        account = accounts.by_id(tx, founded.account_id)
        assert account is not None
        return self._sessions.begin(tx, account, place, founded.team_id)

    def _begun(self, tx: Tx, account: Account, code: str | None, place: Place) -> SignedIn:
        now = self._clock()
        self._codes.check(tx, account.id, code, now)
        attempts.forgive(tx, account.email, attempts.of_place(tx, account.email, place.address, now))
        return self._sessions.begin(tx, account, place)


def _described(tx: Tx, account_id: str, session_id: str, extended: Any) -> tuple[Account | None, list[Membership]]:
    if extended is not None:
        sessions.extend(tx, session_id, extended)
    return accounts.by_id(tx, account_id), accounts.memberships(tx, account_id)


def _renamed(tx: Tx, account_id: str, name: str) -> Account | None:
    accounts.rename(tx, account_id, name)
    return accounts.by_id(tx, account_id)


def _changed(tx: Tx, account_id: str, hashed: str, keep: str | None) -> None:
    accounts.set_password(tx, account_id, hashed, keep)
    tell(tx, CHANNEL, account_id)
    password_resets.forget(tx, account_id)
