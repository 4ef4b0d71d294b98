"""Invitations: somebody is asked into a team by mail, and joins by the link with a new account or with his own."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from mailit.access import attempts
from mailit.access.access import Access
from mailit.access.factors import Codes
from mailit.access.links import Links
from mailit.access.names import checked_email, checked_name
from mailit.access.passwords import Passwords, check
from mailit.access.permissions import allows
from mailit.access.post import Letter, Post
from mailit.access.proofs import Proofs
from mailit.access.recovery import BadLink
from mailit.access.sessions import NOWHERE, Place, Sessions, SignedIn
from mailit.access.teams import OWNER, OwnersOnly
from mailit.errors import BadCredentials, Conflict, MissingField, NotFound, Refused
from mailit.interfaces import Caller, Clock, Database, Page, Tx, utc
from mailit.plugin import Permission
from mailit.store import accounts, invitations, teams
from mailit.store.accounts import Account
from mailit.store.invitations import Invitation

LASTS = 7 * 86400.0
PENDING_MOST = 100
"""Invitations of one team that may be open at once: whoever may invite can't mail the whole world."""


class AlreadyMember(Conflict):
    """Who is to be invited is in the team."""

    name = "validation_error"
    default = "This person is in the team already."


@frozen
class Invited:
    """An invitation; `url` is its link, which only those see who could give its role themselves."""

    invitation: Invitation
    url: str | None
    mailed: bool = False


@frozen
class Shown:
    """An invitation as whoever has its link sees it; `registered`: its address has an account."""

    invitation: Invitation
    registered: bool


@frozen(eq=False)
class Invitations:
    """Invites into teams, and lets in who comes by a link."""

    _database: Database
    _passwords: Passwords
    _proofs: Proofs
    _codes: Codes
    _sessions: Sessions
    _access: Access
    _links: Links
    _post: Post
    _draw: Callable[[], str]
    _clock: Clock

    async def invite(self, caller: Caller, email: str, role: str) -> Invited:
        """Invites somebody by mail; an earlier invitation of the address is worth nothing from here on.

        Raises `Refused`, `OwnersOnly` where a role is asked for that the caller could not give, `AlreadyMember`.
        """
        email = checked_email(email)
        if role == OWNER and not allows(caller.role, Permission.TEAM):
            raise OwnersOnly
        invitation = await self._database.transact(self._made, caller, email, role)
        mailed = await self._post.send(self._letter(invitation))
        return self._seen(caller, invitation, mailed)

    async def page(self, caller: Caller, page: Page | None) -> tuple[list[Invited], bool]:
        """The team's invitations that are open, newest first, and whether there are more."""
        found, more = await self._database.transact(invitations.page, caller.team_id, utc(self._clock()), page)
        return [self._seen(caller, one) for one in found], more

    async def withdraw(self, caller: Caller, id_: str) -> None:
        """Makes the link of an invitation worthless. Raises `NotFound`."""
        if not await self._database.transact(invitations.delete, caller.team_id, id_):
            raise NotFound("Invitation not found")

    async def look(self, token: str) -> Shown:
        """What a link invites to. Raises `BadLink`."""
        return await self._database.transact(self._shown, self._id(token))

    async def accept(
        self, token: str, password: str, name: str | None = None, code: str | None = None, place: Place = NOWHERE
    ) -> SignedIn:
        """Joins the team and signs in: with the account of the address and its password, else with a new one.

        Raises `BadLink`, `Refused` for what is wrong in a field, and what signing in raises.
        """
        id_ = self._id(token)
        shown = await self._database.transact(self._shown, id_)
        if shown.registered:
            account = await self._proofs.anybody(shown.invitation.email, password, place.address)
            if account is None:
                raise BadCredentials
            signed_in = await self._database.transact(self._joined, id_, account, code, place)
        else:
            if name is None:
                raise MissingField.named("name")
            name = checked_name("name", name)
            check(password)
            hashed = await self._passwords.hash(password)
            signed_in = await self._database.transact(self._registered, id_, name, hashed, place)
        self._access.forget(signed_in.account.id)
        return signed_in

    def _id(self, token: str) -> str:
        id_ = self._links.invitation_of(token)
        if id_ is None:
            raise BadLink
        return id_

    def _seen(self, caller: Caller, invitation: Invitation, mailed: bool = False) -> Invited:
        may = invitation.role != OWNER or allows(caller.role, Permission.TEAM)
        return Invited(invitation, self._links.invitation(invitation.id) if may else None, mailed)

    def _made(self, tx: Tx, caller: Caller, email: str, role: str) -> Invitation:
        assert caller.user_id is not None
        teams.one_at_a_time(tx, caller.team_id)
        now = utc(self._clock())
        account = accounts.by_email(tx, email)
        if account is not None and teams.member(tx, caller.team_id, account.id) is not None:
            raise AlreadyMember
        if invitations.count(tx, caller.team_id, now) >= PENDING_MOST:
            raise Refused(f"A team can have {PENDING_MOST} open invitations. Withdraw one first.")
        id_ = self._draw()
        ends = utc(self._clock() + LASTS)
        invitations.insert(tx, id_, caller.team_id, email, role, caller.user_id, now, ends)
        invitation = invitations.one(tx, caller.team_id, id_, now)
        assert invitation is not None
        return invitation

    def _shown(self, tx: Tx, id_: str) -> Shown:
        invitation = invitations.by_id(tx, id_, utc(self._clock()))
        if invitation is None:
            raise BadLink
        return Shown(invitation, accounts.by_email(tx, invitation.email) is not None)

    def _joined(self, tx: Tx, id_: str, account: Account, code: str | None, place: Place) -> SignedIn:
        now = self._clock()
        self._codes.check(tx, account.id, code, now)
        attempts.forgive(tx, account.email, attempts.of_place(tx, account.email, place.address, now))
        return self._taken(tx, id_, account, place)

    def _registered(self, tx: Tx, id_: str, name: str, hashed: str, place: Place) -> SignedIn:
        shown = self._shown(tx, id_)
        accounts.one_at_a_time(tx)
        account_id = self._draw()
        first = not accounts.any_account(tx)
        if not accounts.insert_account(tx, account_id, shown.invitation.email, name, hashed, operator=first):
            raise Conflict("This address has an account by now. Please join with it.")
        account = accounts.by_id(tx, account_id)
        assert account is not None
        return self._taken(tx, id_, account, place)

    def _taken(self, tx: Tx, id_: str, account: Account, place: Place) -> SignedIn:
        now = utc(self._clock())
        invitation = invitations.by_id(tx, id_, now)
        if invitation is None or not invitations.take(tx, id_, now):
            raise BadLink
        accounts.insert_membership(tx, invitation.team_id, account.id, invitation.role)
        return self._sessions.begin(tx, account, place, invitation.team_id)

    def _letter(self, invitation: Invitation) -> Letter:
        who = invitation.inviter or "Somebody"
        return Letter(
            to=invitation.email,
            subject=f"{who} invites you to {invitation.team} on MailIt",
            before=(
                "Hello,",
                f"{who} invites you to join the team “{invitation.team}” on MailIt as {_article(invitation.role)}. "
                "Join here:",
            ),
            link=self._links.invitation(invitation.id),
            after=("The link is good once, and for seven days. If you did not expect it, there is nothing to do.",),
        )


def _article(role: str) -> str:
    return f"an {role}" if role[0] in "ao" else f"a {role}"
