"""Second factors: codes of an application beside the password, and recovery codes for when it is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import field, frozen

from mailit.access import totp
from mailit.access.proofs import Proofs
from mailit.errors import BadCredentials, Conflict, Refused
from mailit.interfaces import Caller, Clock, Database, Tx, utc
from mailit.store import accounts, second_factors
from mailit.store.sealed import Seal

ISSUER = "MailIt"
PURPOSE = b"mailit second factors"


class CodeNeeded(BadCredentials):
    """The password was right, and the account has a second factor."""

    name = "totp_required"
    default = "Enter the code of your authenticator application, or a recovery code."


class WrongCode(BadCredentials):
    """The code is none of the account's, or was used before."""

    default = "The code is wrong, or it was used before."


class AlreadyOn(Conflict):
    """The account has a second factor."""

    name = "validation_error"
    default = "This account has a second factor already. Switch it off first."


@frozen
class Enrolment:
    """A secret that waits for its first code: as people type it, and as a QR code holds it."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@frozen
class State:
    """Whether codes are asked for, since when, and how many recovery codes are left."""

    enabled_at: datetime | None
    recovery_codes: int


@frozen
class Codes:
    """Proves codes, in a transaction: what signing in needs of second factors."""

    _seal: Seal

    def check(self, tx: Tx, account_id: str, given: str | None, now: float) -> None:
        """Uses a code up, where the account has a second factor. Raises `CodeNeeded`, `WrongCode`."""
        factor = second_factors.one(tx, account_id, lock=True)
        if factor is None or factor.confirmed_at is None:
            return
        given = "".join((given or "").split())
        if not given:
            raise CodeNeeded
        if given.isascii() and given.isdigit():
            step = totp.step_of(self._seal.open(account_id, factor.secret), given, now, factor.last_step)
            if step is None:
                raise WrongCode
            second_factors.take_step(tx, account_id, step)
        elif not second_factors.take_code(tx, account_id, totp.recovery_hash(given)):
            raise WrongCode


@frozen(eq=False)
class Factors:
    """Switches second factors on and off; each step asks for the password, or for a code."""

    _database: Database
    _proofs: Proofs
    _clock: Clock
    _seal: Seal
    _randomness: Callable[[int], bytes] = os.urandom

    async def state(self, caller: Caller) -> State:
        """Whether the caller's account has one."""
        assert caller.user_id is not None
        factor = await self._database.transact(second_factors.one, caller.user_id)
        if factor is None or factor.confirmed_at is None:
            return State(None, 0)
        return State(factor.confirmed_at, factor.codes)

    async def begin(self, caller: Caller, password: str) -> Enrolment:
        """Makes a secret; it counts once its first code was given. Raises `Refused`, `AlreadyOn`."""
        account = await self._proofs.password(caller, "password", password)
        secret = totp.new_secret(self._randomness)
        if not await self._database.transact(second_factors.begin, account.id, self._seal.seal(account.id, secret)):
            raise AlreadyOn
        return Enrolment(totp.written(secret), totp.uri(secret, ISSUER, account.email))

    async def confirm(self, caller: Caller, code: str) -> Sequence[str]:
        """Switches it on by its first code; gives the recovery codes, which are shown once. Raises `Refused`."""
        assert caller.user_id is not None
        codes = totp.recovery_codes(self._randomness)
        await self._database.transact(self._confirmed, caller.user_id, code, codes)
        return codes

    async def renew_codes(self, caller: Caller, password: str) -> Sequence[str]:
        """Ten new recovery codes in place of those that are left. Raises `Refused`."""
        account = await self._proofs.password(caller, "password", password)
        codes = totp.recovery_codes(self._randomness)
        await self._database.transact(_renewed, account.id, codes)
        return codes

    async def end(self, caller: Caller, password: str) -> None:
        """Switches it off. Raises `Refused`."""
        account = await self._proofs.password(caller, "password", password)
        if not await self._database.transact(second_factors.delete, account.id):
            raise _off()

    def _confirmed(self, tx: Tx, account_id: str, code: str, codes: Sequence[str]) -> None:
        factor = second_factors.one(tx, account_id, lock=True)
        if factor is None:
            raise _off()
        if factor.confirmed_at is not None:
            raise AlreadyOn
        now = self._clock()
        given = "".join(code.split())
        step = totp.step_of(self._seal.open(account_id, factor.secret), given, now, factor.last_step)
        if step is None:
            raise Refused("Invalid `code` field. It is not the code that the application shows now.")
        second_factors.confirm(tx, account_id, utc(now))
        second_factors.take_step(tx, account_id, step)
        second_factors.set_codes(tx, account_id, [totp.recovery_hash(one) for one in codes])


def switch_off(tx: Tx, email: str) -> bool:
    """Switches the second factor of an account off: for the command line. Whether it had one."""
    account = accounts.by_email(tx, email)
    return account is not None and second_factors.delete(tx, account.id)


def _renewed(tx: Tx, account_id: str, codes: Sequence[str]) -> None:
    factor = second_factors.one(tx, account_id, lock=True)
    if factor is None or factor.confirmed_at is None:
        raise _off()
    second_factors.set_codes(tx, account_id, [totp.recovery_hash(one) for one in codes])


def _off() -> Refused:
    return Refused("This account has no second factor.")
