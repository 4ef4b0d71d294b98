"""Proofs of who somebody is, before what matters: his password once more, counted like a sign-in."""

from __future__ import annotations

from attrs import frozen

from mailit.access import attempts
from mailit.access.passwords import Passwords
from mailit.errors import Forbidden, Refused
from mailit.interfaces import Caller, Clock, Database, Tx
from mailit.store import accounts
from mailit.store.accounts import Account


@frozen(eq=False)
class Proofs:
    """Asks for passwords."""

    _database: Database
    _passwords: Passwords
    _clock: Clock

    async def password(self, caller: Caller, field: str, given: str) -> Account:
        """The caller's account, if this is its password. Raises `Refused` with the field's name, `RateLimited`."""
        account = await self._database.transact(self._asked, caller)
        if not await self._passwords.prove(given, account.password):
            raise Refused(f"Invalid `{field}` field. It is not your password.")
        await self._database.transact(attempts.forgive, account.email, caller.session_id or attempts.STRANGER)
        return account

    async def anybody(self, email: str, given: str, address: str) -> Account | None:
        """The account of this address, if this is its password; in the same time whether or not there is one.

        Who is right is still to be forgiven, once all that is asked for was right. Raises `RateLimited`.
        """
        account = await self._database.transact(self._named, email, address)
        right = await self._passwords.prove(given, None if account is None else account.password)
        return account if right else None

    def _asked(self, tx: Tx, caller: Caller) -> Account:
        assert caller.user_id is not None
        account = accounts.by_id(tx, caller.user_id)
        if account is None:
            raise Forbidden
        attempts.count(tx, account.email, self._clock(), caller.session_id or attempts.STRANGER)
        return account

    def _named(self, tx: Tx, email: str, address: str) -> Account | None:
        now = self._clock()
        attempts.count(tx, email, now, attempts.of_place(tx, email, address, now))
        return accounts.by_email(tx, email) if attempts.is_text(email) else None
