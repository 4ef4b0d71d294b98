"""Envelopes in, the signed bytes that leave out: plugins' steps, composing, signing, none of it in the reactor.

Few mails go to threads, a backlog to processes. What waits while those are busy goes with one hop, and mails that do
not differ by recipient share one text and one set of signatures: twenty recipients of a mail cost what one does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from mailit.delivery.signer import Signer, Unsigned
from mailit.delivery.signing import SigningProcesses
from mailit.draft import Content
from mailit.interfaces import Blobs, Clock, Email, Envelope, Signers, SigningKey
from mailit.net.shared import Shared
from mailit.plugin import RenderStep
from mailit.store.parts import whole

MOST_AT_ONCE = 8
"""So many mails go together; more would make the first of them wait for the last."""

SHARED_BYTES = 32_000_000
"""How much rendered text is kept for other recipients of the same mail, in bytes."""

SHARED_FOR = 300.0
"""For how long, in seconds: keys change."""


@frozen
class Text:
    """A rendered message, and the content it was made from."""

    content: Content
    data: bytes
    at: float


@define(eq=False)
class _Job:
    """One mail, and all of its recipients that wait for it; `late` are those that came when it was under way."""

    email: Email
    keys: Sequence[SigningKey]
    known: Text | None
    waiting: list[tuple[Envelope, Deferred[bytes]]] = field(factory=list)
    late: list[tuple[Envelope, Deferred[bytes]]] = field(factory=list)


@define(eq=False)
class _Plan:
    """What is to be signed for some mails, each text once, and which recipient gets which."""

    unsigned: list[Unsigned] = field(factory=list)
    places: list[list[Text | Failure | int]] = field(factory=list)

    def add(self, job: _Job, contents: Sequence[Content | Failure], now: float) -> None:
        """A mail, with a content for each of its recipients."""
        known: Text | int | None = job.known
        last = job.known.content if job.known is not None else None
        places: list[Text | Failure | int] = []
        for content in contents:
            if isinstance(content, Failure):
                places.append(content)
                continue
            if known is None or (content is not last and content != last):
                known, last = len(self.unsigned), content
                email = job.email if content is job.email.content else evolve(job.email, content=content)
                self.unsigned.append(Unsigned(email, tuple(job.keys), now))
            places.append(known)
        self.places.append(places)

    def texts(self, signed: Sequence[bytes | Failure]) -> list[list[Text | Failure]]:
        """What each recipient of each mail gets, `signed` being what came of `unsigned`."""
        made = [
            one if isinstance(one, Failure) else Text(mail.email.content, one, mail.at)
            for mail, one in zip(self.unsigned, signed, strict=True)
        ]
        return [[made[place] if isinstance(place, int) else place for place in places] for places in self.places]


@define(eq=False)
class Renderer:
    """Implements `interfaces.Render`. `run(f, *args)` runs f in one of `threads` threads, and gives a Deferred."""

    _run: Callable[..., Deferred[Any]]
    _signers: Signers
    _clock: Clock
    _steps: Sequence[RenderStep] = ()
    _threads: int = 2
    _blobs: Blobs | None = None
    _processes: SigningProcesses | None = None
    _busy: int = field(default=0, init=False)  # batches
    _jobs: OrderedDict[str, _Job] = field(factory=OrderedDict, init=False)
    _under_way: dict[str, _Job] = field(factory=dict, init=False)
    _fetching: dict[str, Shared[Content]] = field(factory=dict, init=False)
    _shared: OrderedDict[str, Text] = field(factory=OrderedDict, init=False)
    _shared_bytes: int = field(default=0, init=False)
    _sign: Signer = field(factory=Signer, init=False)

    @property
    def waiting(self) -> int:
        """How many mails wait to be rendered."""
        return len(self._jobs)

    def __call__(self, envelope: Envelope) -> Deferred[bytes]:
        """See `interfaces.Render`. Raises `signer.Unrenderable` where the mail itself is at fault."""
        email = envelope.email
        known = self._recall(email)
        if known is not None and not self._steps:
            return succeed(known.data)
        done: Deferred[bytes] = Deferred()
        if self._joined(envelope, done):
            return done
        if email.content.apart and self._blobs is not None:
            return self._fetched(email, self._blobs).addCallback(self._with_parts, envelope)
        self._signers.keys(email.domain_id).addCallback(self._queue, email, known, envelope, done).addErrback(
            lambda failure: _fail(done, failure)
        )
        return done

    def _fetched(self, email: Email, blobs: Blobs) -> Deferred[Content]:
        """The content with what lies apart in it, fetched once for all recipients that wait for it."""
        fetching = self._fetching.get(email.id)
        if fetching is None:
            fetching = self._fetching[email.id] = Shared()

            def fetched(content: Any) -> Any:
                del self._fetching[email.id]
                return content

            fetching.share(Deferred.fromCoroutine(whole(email.content, blobs)).addBoth(fetched))
        return fetching.wait()

    def _with_parts(self, content: Content, envelope: Envelope) -> Deferred[bytes]:
        return self(evolve(envelope, email=evolve(envelope.email, content=content)))

    def _queue(
        self, keys: Sequence[SigningKey], email: Email, known: Text | None, envelope: Envelope, done: Deferred[bytes]
    ) -> None:
        if not self._joined(envelope, done):
            job = self._jobs[email.id] = _Job(email, keys, known)
            job.waiting.append((envelope, done))
            self._dispatch()

    def _joined(self, envelope: Envelope, done: Deferred[bytes]) -> bool:
        """Whether it could be added to other recipients of its mail."""
        id_ = envelope.email.id
        if id_ in self._jobs:
            self._jobs[id_].waiting.append((envelope, done))
        elif id_ in self._under_way:
            self._under_way[id_].late.append((envelope, done))
        else:
            return False
        return True

    def _dispatch(self) -> None:
        processes = self._processes
        if processes is not None and len(self._jobs) >= MOST_AT_ONCE:
            processes.begin()
        most = processes.batches if processes is not None and processes.up else self._threads
        while self._jobs and self._busy < most:
            share = -(-len(self._jobs) // (most - self._busy))
            jobs = [self._jobs.popitem(last=False)[1] for _ in range(min(share, MOST_AT_ONCE))]
            self._busy += 1
            self._under_way.update((job.email.id, job) for job in jobs)
            Deferred.fromCoroutine(self._made([(job, _recipients(job)) for job in jobs])).addBoth(self._rendered, jobs)

    async def _made(self, work: Sequence[tuple[_Job, Sequence[str]]]) -> list[list[Text | Failure]]:
        """What each recipient of each mail gets."""
        plan = await self._run(self._planned, work) if self._steps else self._planned(work)
        return plan.texts(await self._signed(plan.unsigned))

    async def _signed(self, mails: Sequence[Unsigned]) -> Sequence[bytes | Failure]:
        if self._processes is not None and self._processes.up:
            try:
                return await self._processes.sign(mails)
            except (ConnectionLost, ValueError):
                pass  # it has ended, or one of them can't be sent there: it is done here
        signed: Sequence[bytes | Failure] = await self._run(self._sign_all, mails)
        return signed

    def _rendered(self, results: list[list[Text | Failure]] | Failure, jobs: list[_Job]) -> None:
        self._busy -= 1
        for number, job in enumerate(jobs):
            texts = [results] * len(job.waiting) if isinstance(results, Failure) else results[number]
            del self._under_way[job.email.id]
            for (_, done), text in zip(job.waiting, texts, strict=True):
                self._answer(job.email, done, text)
            if job.late and (self._steps or isinstance(texts[-1], Failure)):
                known = texts[-1] if isinstance(texts[-1], Text) else job.known
                self._jobs[job.email.id] = _Job(job.email, job.keys, known, job.late)
            else:
                for _, done in job.late:
                    self._answer(job.email, done, texts[-1])
        self._dispatch()

    def _answer(self, email: Email, done: Deferred[bytes], text: Text | Failure) -> None:
        if isinstance(text, Failure):
            _fail(done, text)
            return
        self._share(email, text)
        if not done.called:
            done.callback(text.data)

    # What recipients of one mail share

    def _recall(self, email: Email) -> Text | None:
        text = self._shared.get(email.id)
        if text is None or text.at < self._clock() - SHARED_FOR:
            return None
        self._shared.move_to_end(email.id)
        return text

    def _share(self, email: Email, text: Text) -> None:
        if email.recipients < 2 or len(text.data) > SHARED_BYTES // 2:
            return
        old = self._shared.pop(email.id, None)
        if old is text:
            self._shared[email.id] = text
            return
        if old is not None:
            self._shared_bytes -= len(old.data)
        self._shared[email.id] = text
        self._shared_bytes += len(text.data)
        while self._shared_bytes > SHARED_BYTES:
            self._shared_bytes -= len(self._shared.popitem(last=False)[1].data)

    # In a thread, but for what there is nothing to do

    def _planned(self, work: Sequence[tuple[_Job, Sequence[str]]]) -> _Plan:
        plan, now = _Plan(), self._clock()
        for job, recipients in work:
            plan.add(job, [self._content(job.email, recipient) for recipient in recipients], now)
        return plan

    def _content(self, email: Email, recipient: str) -> Content | Failure:
        content = email.content
        try:
            for step in self._steps:
                content = step(email, recipient, content)
        except Exception:
            return Failure()
        return content

    def _sign_all(self, mails: Sequence[Unsigned]) -> list[bytes | Failure]:
        signed: list[bytes | Failure] = []
        for mail in mails:
            try:
                signed.append(self._sign(mail))
            except Exception:
                signed.append(Failure())
        return signed


def _recipients(job: _Job) -> list[str]:
    return [envelope.recipient for envelope, _ in job.waiting]


def _fail(done: Deferred[bytes], failure: Failure) -> None:
    if not done.called:
        done.errback(failure)
