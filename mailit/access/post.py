"""System mail: invitations and forgotten passwords, sent through our own queue."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.draft import Content, Draft
from mailit.errors import MailItError
from mailit.interfaces import Database, Domains, SendingDomain, Submission, Tx
from mailit.mail.address import BadAddress, Mailbox, parse
from mailit.store import teams

_LOCAL = "mailit"
_NAME = "MailIt"


@frozen
class Letter:
    """A mail of ours: some sentences, a link, some more sentences."""

    to: str
    subject: str
    before: Sequence[str]
    link: str
    after: Sequence[str] = ()

    @property
    def content(self) -> Content:
        """Its parts."""
        link = escape(self.link)
        html = [*(f"<p>{escape(line)}</p>" for line in self.before), f'<p><a href="{link}">{link}</a></p>']
        html += [f"<p>{escape(line)}</p>" for line in self.after]
        return Content(html="\n".join(html), text="\n\n".join((*self.before, self.link, *self.after)) + "\n")


@frozen(eq=False)
class SetupDomains:
    """Implements `Domains` for system mail: the domains of the setup team, whichever team asks."""

    _database: Database
    _domains: Domains

    def find(self, team_id: str, name: str) -> Deferred[SendingDomain | None]:
        """See `Domains.find`."""
        return Deferred.fromCoroutine(self._find(name))

    async def _find(self, name: str) -> SendingDomain | None:
        owner = await self._database.transact(teams.setup)
        return None if owner is None else await self._domains.find(owner, name)


@frozen(eq=False)
class Post:
    """Sends letters. `submission` takes mail from `domains` alone; `sender` is `server.system_from`, if it was given.

    A letter belongs to a team in which nobody is: a reset link is its receiver's, and must not show in the list of
    mails of the team whose domain it comes from. `shown`: it does show there, because nothing leaves the machine.
    """

    _database: Database
    _domains: SetupDomains
    _submission: Submission
    _sender: str | None = None
    _shown: bool = False
    _log: Logger = field(factory=Logger, init=False)

    async def send(self, letter: Letter) -> bool:
        """Hands a letter to the queue; False where there is no domain to send it from, or it was refused."""
        try:
            owner, names = await self._database.transact(_candidates)
            sender = await self._from(names)
            if sender is None:
                return False
            draft = Draft(
                team_id=owner if self._shown and owner is not None else teams.SYSTEM,
                from_=sender,
                to=(parse(letter.to),),
                subject=letter.subject,
                content=letter.content,
                headers=(("Auto-Submitted", "auto-generated"),),
            )
            await self._submission.submit(draft)
        except (MailItError, BadAddress) as error:
            self._log.warn("A system mail could not be sent: {error}", error=str(error))
            return False
        return True

    async def _from(self, names: Sequence[str]) -> Mailbox | None:
        if self._sender is not None:
            given = parse(self._sender)
            return given if await self._domains.find(teams.SYSTEM, given.domain) is not None else None
        for name in names:
            if await self._domains.find(teams.SYSTEM, name) is not None:
                return parse(f"{_NAME} <{_LOCAL}@{name}>")
        return None


def _candidates(tx: Tx) -> tuple[str | None, list[str]]:
    teams.ensure_system(tx)
    owner = teams.setup(tx)
    return owner, [] if owner is None else teams.sending(tx, owner)
