"""Envelopes in, the signed bytes that leave out: plugins' steps, composing, signing, all of it in threads.

What waits while the threads are busy goes with one hop, and mails that do not differ by recipient share one text and
one set of signatures: twenty recipients of a mail cost what one does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from mailit.draft import Content
from mailit.errors import MailItError, Reply
from mailit.interfaces import Blobs, Clock, Email, Envelope, Signers, SigningKey
from mailit.mail import dkim, wire
from mailit.mail.address import parse
from mailit.mail.compose import Outgoing, compose
from mailit.net.shared import Shared
from mailit.plugin import RenderStep
from mailit.store.parts import whole

MOST_AT_ONCE = 16
"""So many mails go with one hop; more would make the first of them wait for the last."""

SHARED_BYTES = 32_000_000
"""How much rendered text is kept for other recipients of the same mail, in bytes."""

SHARED_FOR = 300.0
"""For how long, in seconds: keys change."""

_MOST_KEYS = 2_000


class Unrenderable(MailItError):
    """The mail can't be made into a message, now or ever; its words say why."""

    reply = Reply(554, "5.6.0", "The message could not be made")


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
class Renderer:
    """Implements `interfaces.Render`. `run(f, *args)` runs f in one of `threads` threads, and gives a Deferred."""

    _run: Callable[..., Deferred[Any]]
    _signers: Signers
    _clock: Clock
    _steps: Sequence[RenderStep] = ()
    _threads: int = 2
    _blobs: Blobs | None = None
    _busy: int = field(default=0, init=False)
    _jobs: OrderedDict[str, _Job] = field(factory=OrderedDict, init=False)
    _under_way: dict[str, _Job] = field(factory=dict, init=False)
    _fetching: dict[str, Shared[Content]] = field(factory=dict, init=False)
    _shared: OrderedDict[str, Text] = field(factory=OrderedDict, init=False)
    _shared_bytes: int = field(default=0, init=False)
    _loaded: dict[SigningKey, dkim.PrivateKey] = field(factory=dict, init=False)

    def __call__(self, envelope: Envelope) -> Deferred[bytes]:
        """See `interfaces.Render`. Raises `Unrenderable` where the mail itself is at fault."""
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
        while self._jobs and self._busy < self._threads:
            share = -(-len(self._jobs) // (self._threads - self._busy))
            jobs = [self._jobs.popitem(last=False)[1] for _ in range(min(share, MOST_AT_ONCE))]
            self._busy += 1
            self._under_way.update((job.email.id, job) for job in jobs)
            work = [(job.email, job.keys, job.known, [one.recipient for one, _ in job.waiting]) for job in jobs]
            self._run(self._render_all, work).addBoth(self._rendered, jobs)

    def _rendered(self, results: Any, jobs: list[_Job]) -> None:
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

    # In a thread

    def _render_all(
        self, work: Sequence[tuple[Email, Sequence[SigningKey], Text | None, Sequence[str]]]
    ) -> list[list[Text | Failure]]:
        return [self._render(*one) for one in work]

    def _render(
        self, email: Email, keys: Sequence[SigningKey], known: Text | None, recipients: Sequence[str]
    ) -> list[Text | Failure]:
        texts: list[Text | Failure] = []
        for recipient in recipients:
            try:
                content = email.content
                for step in self._steps:
                    content = step(email, recipient, content)
                if known is None or (content is not known.content and content != known.content):
                    known = self._signed(email, content, keys)
                texts.append(known)
            except Exception:
                texts.append(Failure())
        return texts

    def _signed(self, email: Email, content: Content, keys: Sequence[SigningKey]) -> Text:
        now = self._clock()
        try:
            message = _composed(email, content)
        except ValueError as error:
            raise Unrenderable(f"The message could not be made: {error}") from error
        if keys:
            message = dkim.sign(message, [self._load(key) for key in keys], int(now)) + message
        return Text(content, message, now)

    def _load(self, key: SigningKey) -> dkim.PrivateKey:
        loaded = self._loaded.get(key)
        if loaded is None:
            if len(self._loaded) >= _MOST_KEYS:
                self._loaded.clear()
            loaded = self._loaded[key] = dkim.load(key)
        return loaded


def _composed(email: Email, content: Content) -> bytes:
    if content.raw is not None:
        return wire.canonical(content.raw)
    return compose(
        Outgoing(
            from_=parse(email.from_),
            to=tuple(map(parse, email.to)),
            cc=tuple(map(parse, email.cc)),
            reply_to=tuple(map(parse, email.reply_to)),
            subject=email.subject,
            message_id=email.message_id,
            date=email.created_at,
            boundary=email.id.replace("-", ""),
            headers=email.headers,
            html=content.html,
            text=content.text,
            attachments=content.attachments,
        )
    )


def _fail(done: Deferred[bytes], failure: Failure) -> None:
    if not done.called:
        done.errback(failure)
