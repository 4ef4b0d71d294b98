"""Forgotten passwords: a link by mail, good once and for an hour; whether there is an account, nobody is told."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from mailit.access import attempts
from mailit.access.access import CHANNEL, Access
from mailit.access.links import Links
from mailit.access.passwords import Passwords, check
from mailit.access.post import Letter, Post
from mailit.errors import Refused, Unavailable
from mailit.interfaces import Clock, Database, Tx, utc
from mailit.store import accounts, password_resets
from mailit.store.accounts import Account
from mailit.store.notices import tell

LASTS = 3600.0
AGAIN_AFTER = 60.0
"""Seconds before another mail is sent to the same account."""

_AT_ONCE = 100


class BadLink(Refused):
    """The link was used, is over, or is none of ours."""

    default = "Invalid `token` field. The link was used already, or it is too old. Ask for a new one."


@frozen(eq=False)
class Recovery:
    """Sends links, and sets the passwords of those who come by one."""

    _database: Database
    _passwords: Passwords
    _access: Access
    _links: Links
    _post: Post
    _draw: Callable[[], str]
    _clock: Clock
    _log: Logger = field(factory=Logger, init=False)
    _under_way: set[Deferred[None]] = field(factory=set, init=False)

    def forgotten(self, email: str) -> None:
        """Begins to send a link, and says nothing: an answer that waited would tell whether there is an account.

        Raises `Unavailable` where too many are under way.
        """
        if len(self._under_way) >= _AT_ONCE:
            raise Unavailable
        sending: Deferred[None] = Deferred.fromCoroutine(self._sent(email))
        if not sending.called:
            self._under_way.add(sending)
            sending.addBoth(lambda _: self._under_way.discard(sending))

    async def stop(self) -> None:
        """Waits for what is under way."""
        await DeferredList([_waiter(one) for one in self._under_way])

    async def reset(self, token: str, password: str) -> Account:
        """Sets a password by a link, and ends every session. Raises `Refused`, `BadLink`."""
        check(password)
        id_ = self._links.reset_of(token)
        if id_ is None or await self._database.transact(password_resets.by_id, id_, utc(self._clock())) is None:
            raise BadLink
        hashed = await self._passwords.hash(password)
        account = await self._database.transact(self._taken, id_, hashed)
        self._access.forget(account.id)
        return account

    async def _sent(self, email: str) -> None:
        try:
            made = await self._database.transact(self._made, email)
            if made is None:
                return
            account, id_ = made
            if not await self._post.send(self._letter(account, id_)):
                self._log.warn("A link for a forgotten password was not mailed; `mailit user reset` prints it.")
        except Unavailable:
            self._log.info("A link for a forgotten password could not be made: the database is away.")
        except Exception:
            self._log.failure("A link for a forgotten password could not be made")

    def _made(self, tx: Tx, email: str) -> tuple[Account, str] | None:
        account = accounts.by_email(tx, email) if "\x00" not in email else None
        if account is None:
            return None
        now, id_ = self._clock(), self._draw()
        stands = utc(now - AGAIN_AFTER)
        if not password_resets.insert(tx, account.id, id_, utc(now), utc(now + LASTS), stands):
            return None
        return account, id_

    def _letter(self, account: Account, id_: str) -> Letter:
        return Letter(
            to=account.email,
            subject="Set a new password for MailIt",
            before=(f"Hello {account.name},", "somebody asked for a new password for your account. Set it here:"),
            link=self._links.reset(id_),
            after=(
                "The link is good once, and for an hour. If it was not you who asked, there is nothing to do: your "
                "password stays as it is.",
            ),
        )

    def _taken(self, tx: Tx, id_: str, hashed: str) -> Account:
        account_id = password_resets.take(tx, id_, utc(self._clock()))
        account = None if account_id is None else accounts.by_id(tx, account_id)
        if account is None:
            raise BadLink
        accounts.set_password(tx, account.id, hashed)
        tell(tx, CHANNEL, account.id)
        attempts.forgive_all(tx, account)
        return account


def _waiter(shared: Deferred[None]) -> Deferred[None]:
    """A Deferred of one's own that fires with a shared one."""
    waits: Deferred[None] = Deferred()

    def ended(result: None) -> None:
        waits.callback(None)

    shared.addBoth(ended)
    return waits
