"""The one door in: a draft is expanded, validated, staged, and written in one transaction with all that follows."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, Protocol

from attrs import evolve, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailit.db.group import Group
from mailit.draft import Draft
from mailit.errors import DomainNotVerified, MailItError, MissingField, QuotaExceeded, Refused, RestrictedApiKey
from mailit.interfaces import Accepted, Blobs, Clock, Domains, Email, GroupCommit, Once, Row, SendingDomain, Tx
from mailit.mail.address import Mailbox
from mailit.plugin import Screen, Stage
from mailit.store import idempotency, quotas
from mailit.store import spool as tables
from mailit.store.claims import LaneKey, email_of
from mailit.store.idempotency import InUse, NewKey
from mailit.store.parts import divided, is_large
from mailit.store.quotas import Ask
from mailit.store.seam import TABLES, Spool
from mailit.store.spool import NewDelivery, NewMail
from mailit.submission.fetcher import Fetcher
from mailit.submission.quotas import Quotas
from mailit.submission.validate import validate


class Births(Protocol):
    """Who may take mail as it is written: the queue of a process that also delivers, or nobody."""

    def turn(self, mails: Sequence[NewMail]) -> Deferred[None] | None:
        """None where they may be written now; else fires when they may."""
        ...

    def take(self, mails: Sequence[NewMail]) -> tuple[NewMail, ...]:
        """The mails; those that are taken name their holder."""
        ...

    def born(self, taken: Sequence[NewMail], written: Sequence[NewMail]) -> None:
        """What became of `taken`: they are on disk, as `written`."""
        ...

    def lost(self, taken: Sequence[NewMail], written: bool) -> None:
        """They are not on disk, or (`written`) nobody knows."""
        ...


_CAREFUL_FOR = 1.0  # seconds

Expand = Callable[[Draft], Awaitable[Draft]]


@frozen
class Batch:
    """What goes through a group as one: all of its mails are written, with its key where it has one, or none."""

    mails: tuple[NewMail, ...]
    progress: Callable[[Tx], None] | None = None
    key: NewKey | None = None
    ask: Ask | None = None
    """Where the team has a quota: what it draws from it."""


@frozen
class Door:
    """Implements `mailit.interfaces.Submission`.

    `accepted(lanes)` is told of the lanes that got work, after each commit. `lifetime` is in seconds from the time
    that a mail is due.
    """

    _group: GroupCommit[Batch, tuple[NewMail, ...]]
    _domains: Domains
    _clock: Clock
    _ids: Callable[[], str]
    _lifetime: float
    _accepted: Callable[[Iterable[LaneKey]], None]
    _expand: Sequence[Expand] = ()
    _stages: Sequence[Stage] = ()
    _blobs: Blobs | None = None
    _fetcher: Fetcher = field(factory=Fetcher)
    _births: Births | None = None
    _quotas: Quotas | None = None
    _log: Logger = field(factory=Logger, init=False)

    def submit(self, draft: Draft, once: Once | None = None) -> Deferred[Accepted]:
        """See `Submission.submit`."""
        return Deferred.fromCoroutine(self._submit(draft, once))

    def submit_batch(self, drafts: Sequence[Draft], once: Once | None = None) -> Deferred[Sequence[Accepted]]:
        """See `Submission.submit_batch`. A fault names the place of the mail that has it."""
        return Deferred.fromCoroutine(self._submit_batch(drafts, once))

    def submit_those_right(
        self, drafts: Sequence[Draft | Refused], once: Once | None = None
    ) -> Deferred[Sequence[Accepted | Refused]]:
        """See `Submission.submit_those_right`."""
        return Deferred.fromCoroutine(self._submit_those_right(drafts, once))

    def preview(self, draft: Draft) -> Deferred[Email]:
        """See `Submission.preview`."""
        return Deferred.fromCoroutine(self._preview(draft))

    def enlist(self, draft: Draft, rows: Sequence[Row], progress: Callable[[Tx], None]) -> Deferred[Sequence[str]]:
        """See `Submission.enlist`."""
        return Deferred.fromCoroutine(self._enlist(draft, rows, progress))

    async def _submit(self, draft: Draft, once: Once | None) -> Accepted:
        draft, domain = await self._ready(draft)
        mail = self._mail(draft, domain)
        if is_large(draft.content):
            mail = await self._apart(mail)
        accepted = Accepted(mail.id, draft)
        await self._write(Batch((mail,), key=None if once is None else _key(once, [accepted])))
        return accepted

    async def _submit_batch(self, drafts: Sequence[Draft], once: Once | None) -> Sequence[Accepted]:
        accepted, mails = [], []
        for place, draft in enumerate(drafts):
            try:
                ready, domain = await self._ready(draft)
            except Refused as error:
                raise type(error)(f"emails[{place}]: {error.message}") from error
            mail = self._mail(ready, domain)
            mails.append(await self._apart(mail) if is_large(ready.content) else mail)
            accepted.append(Accepted(mail.id, ready))
        if mails:
            await self._write(Batch(tuple(mails), key=None if once is None else _key(once, accepted)))
        return accepted

    async def _submit_those_right(
        self, drafts: Sequence[Draft | Refused], once: Once | None
    ) -> Sequence[Accepted | Refused]:
        results: list[Accepted | Refused] = []
        mails = []
        for draft in drafts:
            try:
                if isinstance(draft, Refused):
                    raise draft
                ready, domain = await self._ready(draft)
            except Refused as error:
                results.append(error)
                continue
            mail = self._mail(ready, domain)
            mails.append(await self._apart(mail) if is_large(ready.content) else mail)
            results.append(Accepted(mail.id, ready))
        if mails:  # of a batch without one that is right nothing is kept: it does nothing however often it comes
            await self._write(Batch(tuple(mails), key=None if once is None else _key(once, results)))
        return results

    async def _enlist(self, draft: Draft, rows: Sequence[Row], progress: Callable[[Tx], None]) -> Sequence[str]:
        if not rows:
            return []
        draft, domain = await self._ready(evolve(draft, to=(rows[0].to,)))
        first = self._mail(draft, domain)
        if is_large(draft.content):
            first = await self._apart(first)
        mails = [first]
        for row in rows[1:]:
            mail = self._mail(evolve(draft, to=(row.to,), variables=row.variables), domain)
            mails.append(evolve(mail, content=None, content_id=first.content_id))
        mails[0] = evolve(first, variables=dict(rows[0].variables))
        await self._write(Batch(tuple(mails), progress))
        return [mail.id for mail in mails]

    async def _preview(self, draft: Draft) -> Email:
        draft, domain = await self._ready(draft)
        mail = self._mail(draft, domain)
        return email_of(mail, draft.content)

    async def _ready(self, draft: Draft) -> tuple[Draft, SendingDomain]:
        for expand in self._expand:
            draft = await expand(draft)
        if draft.template is not None:
            raise Refused("Invalid `template` field. No plugin that takes templates is enabled.")
        validate(draft, self._clock())
        domain = await self._sender(draft)
        for stage in self._stages:
            draft = stage(draft)
        if draft.topic_id is not None:
            raise Refused("Invalid `topic_id` field. No plugin that takes topics is enabled.")
        if draft.content.attachments:
            draft = await self._fetcher.filled(draft)
        return draft, domain

    async def _sender(self, draft: Draft) -> SendingDomain:
        if draft.from_ is None:
            raise MissingField.named("from")
        domain = await self._domains.find(draft.team_id, draft.from_.domain)
        if domain is None or not domain.sending:
            raise DomainNotVerified.named(draft.from_.domain)
        if draft.domain_scope is not None and draft.domain_scope != domain.id:
            raise RestrictedApiKey(f"This API key is not allowed to send from the {draft.from_.domain} domain")
        return domain

    def _mail(self, draft: Draft, domain: SendingDomain) -> NewMail:
        assert draft.from_ is not None and draft.subject is not None  # validate has seen to it
        now = self._clock()
        id_ = self._ids()
        due = None if draft.scheduled_at is None else draft.scheduled_at.timestamp()
        return NewMail(
            id=id_,
            team_id=draft.team_id,
            domain_id=domain.id,
            api_key_id=draft.api_key_id,
            content_id=self._ids(),
            content=draft.content,
            stream=draft.stream,
            sender=str(draft.from_),
            recipients=tuple(map(str, draft.to)),
            cc=tuple(map(str, draft.cc)),
            bcc=tuple(map(str, draft.bcc)),
            reply_to=tuple(map(str, draft.reply_to)),
            subject=draft.subject,
            headers=draft.headers,
            tags=draft.tags,
            variables=draft.variables,
            message_id=f"<{id_}@{draft.from_.domain}>",
            created_at=now,
            due=due if due is not None and due > now else None,
            lifetime=self._lifetime,
            deliveries=tuple(
                NewDelivery(self._ids(), box.address, box.domain) for box in _distinct(draft.to + draft.cc + draft.bcc)
            ),
            return_path=domain.return_path,
            verified_tls=domain.verified_tls,
        )

    async def _apart(self, mail: NewMail) -> NewMail:
        """The mail with its large parts in the blob store, on disk: before any row points at them."""
        if self._blobs is None or mail.content is None:
            return mail
        content, parts = divided(mail.content, mail.content_id)
        await self._blobs.put(mail.content_id, parts)
        return evolve(mail, content=content)

    async def _write(self, batch: Batch) -> None:
        if self._quotas is not None and self._quotas.of(batch.mails[0].team_id) is not None:
            batch = await self._asking(batch, self._quotas)
        if self._births is not None and batch.progress is None:
            turn = self._births.turn(batch.mails)
            if turn is not None:
                await turn
            batch = evolve(batch, mails=self._births.take(batch.mails))
        waiter: Deferred[None] = Deferred()  # whoever hangs up leaves off waiting, and the rest takes its course

        def answer(result: Any) -> None:
            if not waiter.called:
                waiter.callback(result)

        self._group.submit(batch).addCallbacks(
            self._written, self._failed, callbackArgs=(batch,), errbackArgs=(batch,)
        ).addBoth(answer)
        await waiter

    async def _asking(self, batch: Batch, quotas: Quotas) -> Batch:
        """The batch with what it draws from its team's quota."""
        team_id = batch.mails[0].team_id
        quota = await quotas.ready(team_id)
        if quota is None:
            return batch
        count = sum(len(mail.deliveries) for mail in batch.mails)
        return evolve(batch, ask=Ask(team_id, count, quota, quotas.told))

    def _written(self, written: tuple[NewMail, ...], batch: Batch) -> None:
        if self._births is not None:
            self._births.born(batch.mails, written)
        self._accepted(
            {
                LaneKey(delivery.domain, int(mail.stream), mail.team_id)
                for mail in written
                if mail.due is None and mail.holder is None
                for delivery in mail.deliveries
                if delivery.screened is None
            }
        )

    def _failed(self, failure: Failure, batch: Batch) -> Failure:
        error = failure.value
        if self._births is not None:
            self._births.lost(batch.mails, not isinstance(error, InUse | QuotaExceeded))
        if isinstance(error, MailItError):
            return failure
        self._log.failure("A submission of {count} mails could not be written", failure, count=len(batch.mails))
        internal = MailItError()
        internal.__cause__ = error
        return Failure(internal)


def writing(
    screens: Sequence[Screen], spool: Spool = TABLES, clock: Clock = time.time, watch: Clock = time.monotonic
) -> Callable[[Tx, Sequence[Batch]], Sequence[tuple[NewMail, ...] | Exception]]:
    """How batches are written together, past these screens.

    An exception stands for one that was not: `InUse` where its key was used meanwhile, `QuotaExceeded`.

    Keys are taken to be new, and travel with the mails. Where one is not, all of the group is undone and written again
    with a look at each key first; and so are those of the next second, for whoever asks again seldom asks once.
    """
    careful_until = 0.0

    def write(tx: Tx, batches: Sequence[Batch]) -> list[tuple[NewMail, ...] | Exception]:
        nonlocal careful_until
        mails = [batch.mails for batch in batches]
        apart = [(place, batch) for place, batch in enumerate(batches) if batch.key or batch.ask]
        if not any(batch.ask for _, batch in apart) and (not apart or watch() >= careful_until):
            progress = [batch.progress for batch in batches if batch.progress is not None]
            keys = [batch.key for _, batch in apart if batch.key is not None]
            try:
                return [tuple(written) for written in spool.accept(tx, mails, screens, progress, keys=keys)]
            except idempotency.KeyTaken:
                careful_until = watch() + _CAREFUL_FOR
        refused: dict[int, Exception] = {}

        def before(tx: Tx) -> Collection[int]:
            keys = {place: batch.key for place, batch in apart if batch.key is not None}
            if keys:
                refused.update(spool.keep(tx, keys))
            asks = {place: batch.ask for place, batch in apart if batch.ask is not None and place not in refused}
            if asks:
                overdrawn = quotas.draw(tx, asks, clock())
                idempotency.drop(tx, [keys[place].use for place in overdrawn if place in keys])
                refused.update(overdrawn)
            return refused.keys()

        def progressed(tx: Tx) -> None:
            for place, batch in enumerate(batches):
                if batch.progress is not None and place not in refused:
                    batch.progress(tx)

        steps = [progressed] if any(batch.progress is not None for batch in batches) else []
        written = spool.accept(tx, mails, screens, steps, before)
        return [refused.get(place) or tuple(mails) for place, mails in enumerate(written)]

    return write


def group(
    reactor: Any, dsn: Any, screens: Sequence[Screen], clock: Clock = time.time
) -> Group[Batch, tuple[NewMail, ...]]:
    """The group in which submissions that arrive together share one transaction."""

    def settle(tx: Tx, batches: Sequence[Batch]) -> list[tuple[NewMail, ...] | None]:
        found = tables.accepted(tx, [batch.mails for batch in batches])
        return [None if mails is None else tuple(mails) for mails in found]

    return Group(
        reactor,
        "accept",
        dsn,
        writing(screens, clock=clock),
        settle,
        size=lambda batch: tables.size(batch.mails),
        turns=True,
    )


def _key(once: Once, results: Sequence[Accepted | Refused]) -> NewKey:
    return NewKey(once.use, once.answer(results))


def _distinct(boxes: Iterable[Mailbox]) -> Iterable[Mailbox]:
    """Addresses that are equal after normalising are one delivery: the first as written."""
    first: dict[str, Mailbox] = {}
    for box in boxes:
        first.setdefault(box.key, box)
    return first.values()
