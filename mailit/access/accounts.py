"""Accounts: how people register, sign in and out, and what they may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from mailit.access import tokens
from mailit.access.access import Access
from mailit.access.names import checked_email, checked_name
from mailit.access.passwords import Passwords, check
from mailit.access.permissions import ROLES
from mailit.errors import BadCredentials, Conflict, Forbidden
from mailit.interfaces import Caller, Clock, Database, Tx, utc
from mailit.store import accounts, sessions
from mailit.store.accounts import Account, Membership

SESSION_LASTS = 24 * 3600.0


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
    password: str


@frozen
class Founded:
    """An account that has just been made, with the team that it owns."""

    account_id: str
    team_id: str


@frozen
class SignedIn:
    """A session that has just begun."""

    token: str
    account: Account


@frozen
class Me:
    """Who a session speaks for. `token` is a new one, where the old is past half its life."""

    account: Account
    team: Membership
    teams: Sequence[Membership]
    permissions: Sequence[str]
    token: str | None


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
    """Registering, signing in and out. `secret` signs JWTs; `registration` is `first`, `open` or `closed`."""

    _database: Database
    _passwords: Passwords
    _access: Access
    _draw: Callable[[], str]
    _clock: Clock
    _secret: str
    _registration: str = "first"

    async def register(self, email: str, password: str, name: str, team_name: str) -> SignedIn:
        """Makes an account with a team of its own, and signs it in.

        Raises `Refused` for what is wrong in a field, `RegistrationClosed`, `EmailTaken`.
        """
        if self._registration == "closed":
            raise RegistrationClosed
        check(password)
        email, name = checked_email(email), checked_name("name", name)
        team_name = checked_name("team_name", team_name)
        new = NewAccount(email, name, team_name, await self._passwords.hash(password))
        return await self._database.transact(self._registered, new)

    async def login(self, email: str, password: str) -> SignedIn:
        """Begins a session. Raises `BadCredentials`, in the same time and words whether or not there is an account."""
        account: Account | None = None
        if "\x00" not in email:
            account = await self._database.transact(accounts.by_email, email)
        right = await self._passwords.prove(password, account.password if account is not None else None)
        if account is None or not right:
            raise BadCredentials
        return await self._database.transact(self._begun, account)

    async def logout(self, caller: Caller) -> None:
        """Ends the caller's session, in every process."""
        assert caller.session_id is not None
        await self._database.transact(sessions.revoke, caller.session_id)
        self._access.forget(caller.session_id)

    async def me(self, caller: Caller, authorization: bytes | None) -> Me:
        """Who the caller is; past half the life of his token there is a new one for the same session."""
        claims = self._access.claims(authorization)
        assert caller.user_id is not None and caller.session_id is not None and claims is not None
        now = self._clock()
        renewed = claims.expires_at - now < SESSION_LASTS / 2
        account, teams = await self._database.transact(
            _described, caller.user_id, caller.session_id, utc(now + SESSION_LASTS) if renewed else None
        )
        team = next((one for one in teams if one.team_id == caller.team_id), None)
        if account is None or team is None:
            raise Forbidden
        permissions = (*(one.value for one in ROLES[team.role]), *(("operator",) if account.operator else ()))
        token = self._token(account.id, caller.session_id) if renewed else None
        return Me(account, team, teams, permissions, token)

    def _registered(self, tx: Tx, new: NewAccount) -> SignedIn:
        founded = found(tx, self._draw, new, only_first=self._registration == "first")
        account = accounts.by_id(tx, founded.account_id)
        assert account is not None
        return self._signed_in(tx, account, founded.team_id)

    def _begun(self, tx: Tx, account: Account) -> SignedIn:
        teams = accounts.memberships(tx, account.id)
        if not teams:
            raise Forbidden("This account belongs to no team.")
        return self._signed_in(tx, account, teams[0].team_id)

    def _signed_in(self, tx: Tx, account: Account, team_id: str) -> SignedIn:
        session_id = self._draw()
        sessions.insert(tx, session_id, account.id, team_id, utc(self._clock() + SESSION_LASTS))
        return SignedIn(self._token(account.id, session_id), account)

    def _token(self, account_id: str, session_id: str) -> str:
        now = self._clock()
        return tokens.issue(self._secret, tokens.Claims(account_id, session_id, now, now + SESSION_LASTS))


def _described(tx: Tx, account_id: str, session_id: str, extended: Any) -> tuple[Account | None, list[Membership]]:
    if extended is not None:
        sessions.extend(tx, session_id, extended)
    return accounts.by_id(tx, account_id), accounts.memberships(tx, account_id)
