"""Sessions: one for each sign-in, a JWT for each team that it speaks for, all of them over when it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import field, frozen

from mailit.access import attempts, tokens
from mailit.access.access import CHANNEL, Access
from mailit.errors import Forbidden, NotFound
from mailit.interfaces import Caller, Clock, Database, Tx, utc
from mailit.store import accounts, sessions
from mailit.store.accounts import Account, Membership
from mailit.store.notices import tell
from mailit.store.sessions import Begun

LASTS = 24 * 3600.0
_AGENT_MOST = 300


@frozen
class Place:
    """Where somebody signs in from: what he sees of it later."""

    address: str = ""
    user_agent: str = ""


NOWHERE = Place()


@frozen
class SignedIn:
    """A session that has just begun, or turned to another team."""

    token: str = field(repr=False)
    account: Account


@frozen(eq=False)
class Sessions:
    """Begins, lists and ends sessions. `secret` signs their tokens.

    A token names its team, so that what it speaks for never changes under whoever uses it; turning to another team
    gives another token of the same session.
    """

    _database: Database
    _access: Access
    _draw: Callable[[], str]
    _clock: Clock
    _secret: str = field(repr=False)

    def begin(self, tx: Tx, account: Account, place: Place, team_id: str | None = None) -> SignedIn:
        """Begins a session for a team, else for the one that the account used last. Raises `Forbidden`: it has none."""
        if team_id is None:
            team_id = sessions.last_team(tx, account.id)
        if team_id is None:
            teams = accounts.memberships(tx, account.id)
            if not teams:
                raise Forbidden("This account belongs to no team.")
            team_id = teams[0].team_id
        session_id = self._draw()
        address, agent = (_clean(text)[:_AGENT_MOST] for text in (place.address, place.user_agent))
        now = self._clock()
        sessions.insert(tx, session_id, account.id, team_id, utc(now + LASTS), address, agent)
        attempts.remember(tx, account.id, place.address, now)
        return SignedIn(self.token(account.id, session_id, team_id), account)

    def token(self, account_id: str, session_id: str, team_id: str) -> str:
        """A token of a session, good from now on for as long as sessions are."""
        now = self._clock()
        return tokens.issue(self._secret, tokens.Claims(account_id, session_id, now, now + LASTS, team_id))

    async def turn(self, caller: Caller, team_id: str) -> tuple[SignedIn, Membership]:
        """The caller's session as it speaks for another of his teams. Raises `NotFound`: he is in no such team."""
        assert caller.user_id is not None and caller.session_id is not None
        account, team = await self._database.transact(_turned, caller, team_id, utc(self._clock() + LASTS))
        return SignedIn(self.token(account.id, caller.session_id, team.team_id), account), team

    async def living(self, caller: Caller) -> list[Begun]:
        """The caller's sessions, newest first."""
        assert caller.user_id is not None
        return await self._database.transact(sessions.of_account, caller.user_id, utc(self._clock()))

    async def revoke(self, caller: Caller, id_: str) -> None:
        """Ends one of the caller's sessions, in every process. Raises `NotFound`."""
        assert caller.user_id is not None
        if not await self._database.transact(_revoked, caller.user_id, id_):
            raise NotFound("Session not found")
        self._access.forget(id_)

    async def revoke_others(self, caller: Caller) -> int:
        """Ends all of the caller's sessions but this one; gives how many."""
        assert caller.user_id is not None
        ended = await self._database.transact(_revoked_others, caller.user_id, caller.session_id)
        self._access.forget(caller.user_id)
        return ended


def _turned(tx: Tx, caller: Caller, team_id: str, ends: datetime) -> tuple[Account, Membership]:
    assert caller.user_id is not None and caller.session_id is not None
    account = accounts.by_id(tx, caller.user_id)
    team = next((one for one in accounts.memberships(tx, caller.user_id) if one.team_id == team_id), None)
    if account is None or team is None:
        raise NotFound("Team not found")
    sessions.turn(tx, caller.session_id, team_id)
    sessions.extend(tx, caller.session_id, ends)
    return account, team


def _revoked(tx: Tx, account_id: str, id_: str) -> bool:
    if not sessions.revoke(tx, account_id, id_):
        return False
    tell(tx, CHANNEL, id_)
    return True


def _revoked_others(tx: Tx, account_id: str, keep: str | None) -> int:
    tell(tx, CHANNEL, account_id)
    return sessions.revoke_others(tx, account_id, keep)


def _clean(text: str) -> str:
    """Whatever a client calls itself, without what no text column or page should hold."""
    return "".join(letter for letter in text if letter.isprintable() and not "\ud800" <= letter <= "\udfff")
