"""From an envelope to signed bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dkim as dkimpy
import pytest
from attrs import define, evolve, field
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from mailit.delivery.render import SHARED_BYTES, Renderer
from mailit.delivery.signer import Unrenderable
from mailit.draft import HTML, Apart, Content
from mailit.errors import Unavailable
from mailit.interfaces import Email, Envelope, SigningKey
from mailit.mail import dkim
from tests.unit.delivery.conftest import envelope

NOW = 1_700_000_000.0


@pytest.fixture(scope="module")
def pairs() -> list[tuple[SigningKey, str]]:
    """Both kinds of key, each with the record that publishes it."""
    made = []
    for selector, algorithm in (("mailit", dkim.RSA), ("mailit-ed25519", dkim.ED25519)):
        private, public = dkim.generate(algorithm)
        made.append((SigningKey("example.com", selector, algorithm, private), dkim.record(algorithm, public)))
    return made


@define(eq=False)
class House:
    """A renderer whose threads work when they are told to."""

    signing: Sequence[SigningKey] = ()
    steps: Sequence[Any] = ()
    blobs: Any = None
    now: float = NOW
    asked: int = 0
    hops: list[tuple[Deferred[Any], Any, tuple[Any, ...]]] = field(factory=list)
    renderer: Renderer = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.renderer = Renderer(self._run, self, lambda: self.now, self.steps, blobs=self.blobs)

    def keys(self, domain_id: str) -> Deferred[Sequence[SigningKey]]:
        self.asked += 1
        return succeed(self.signing)

    def _run(self, work: Any, *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.hops.append((done, work, args))
        return done

    def work(self) -> int:
        """Lets the threads finish all there is; gives the number of hops."""
        count = 0
        while self.hops:
            done, work, args = self.hops.pop(0)
            count += 1
            done.callback(work(*args))
        return count

    def render(self, *envelopes: Envelope) -> list[Any]:
        """What came of each: bytes, or an exception."""
        got: list[Any] = [None] * len(envelopes)
        for number, one in enumerate(envelopes):
            self.renderer(one).addBoth(lambda result, number=number: got.__setitem__(number, result))
        self.work()
        return [result.value if isinstance(result, Failure) else result for result in got]


def recipients_of(email: Email, *recipients: str) -> list[Envelope]:
    """One mail's envelopes."""
    email = evolve(email, recipients=len(recipients))
    return [evolve(envelope(f"{number}", one), email=email) for number, one in enumerate(recipients)]


def mail(id_: str = "1", **changes: Any) -> Email:
    """A mail with these changes."""
    return evolve(envelope(id_, "ana@example.net").email, **changes)


class TestAMessage:
    """It is the mail, the same at every attempt."""

    def test_its_header_is_the_emails(self) -> None:
        """Message-ID, Date and boundary come from it, so that two attempts are one message."""
        email = mail(subject="Grüße", from_="Ana <ana@example.com>", content=Content(html="<p>Hi</p>", text="Hi"))
        first, second = House().render(evolve(envelope("1", "a@b.test"), email=email))[0], None
        second = House(now=NOW + 9999).render(evolve(envelope("1", "a@b.test"), email=email))[0]
        assert first == second
        assert b"Message-ID: <m@example.com>\r\n" in first
        assert b"From: Ana <ana@example.com>\r\n" in first
        assert b"multipart/alternative" in first

    def test_raw_mime_is_kept(self) -> None:
        """As SMTP brought it."""
        raw = b"Subject: x\r\n\r\nas it came\r\n"
        assert House().render(evolve(envelope("1", "a@b.test"), email=mail(content=Content(raw=raw)))) == [raw]

    def test_without_a_key_it_is_unsigned(self) -> None:
        """Nothing stands in front of it."""
        assert not House().render(envelope("1", "a@b.test"))[0].startswith(b"DKIM-Signature")

    def test_every_key_signs(self, pairs: list[tuple[SigningKey, str]]) -> None:
        """And the oracle says that each signature holds."""
        (message,) = House([key for key, _ in pairs]).render(envelope("1", "a@b.test"))
        records = {f"{key.selector}._domainkey.example.com.": record.encode() for key, record in pairs}
        assert message.count(b"DKIM-Signature:") == 2
        for number in range(2):
            verifier = dkimpy.DKIM(message)
            assert verifier.verify(number, dnsfunc=lambda name, timeout=5: records.get(name.decode()))

    def test_a_mail_that_can_not_be_made(self) -> None:
        """Its own fault, and said so; the others of its hop are made."""
        bad = evolve(envelope("2", "b@b.test"), email=mail("2", subject="a\r\nBcc: all"))
        first, wrong, last = House().render(envelope("1", "a@b.test"), bad, envelope("3", "c@b.test"))
        assert isinstance(wrong, Unrenderable)
        assert isinstance(first, bytes)
        assert isinstance(last, bytes)


class TestPluginsSteps:
    """They change the parts, recipient by recipient."""

    def test_in_their_order(self) -> None:
        """Each takes what the one before it gave."""
        steps = [
            lambda email, recipient, content: evolve(content, text=content.text + " one"),
            lambda email, recipient, content: evolve(content, text=content.text + " two"),
        ]
        assert House(steps=steps).render(envelope("1", "a@b.test"))[0].endswith(b"Hi one two\r\n")

    def test_what_differs_is_signed_apart(self, pairs: list[tuple[SigningKey, str]]) -> None:
        """A link of one recipient is not another's."""
        house = House([pairs[1][0]], [lambda email, recipient, content: evolve(content, text=recipient)])
        texts = house.render(*recipients_of(mail(), "a@b.test", "b@b.test"))
        assert [text.splitlines()[-1] for text in texts] == [b"a@b.test", b"b@b.test"]

    def test_a_step_that_fails(self) -> None:
        """Fails the mail it was at, and no other."""

        def step(email: Email, recipient: str, content: Content) -> Content:
            if recipient == "a@b.test":
                raise KeyError("gone")
            return content

        failed, made = House(steps=[step]).render(envelope("1", "a@b.test"), envelope("2", "b@b.test"))
        assert isinstance(failed, KeyError)
        assert isinstance(made, bytes)


class TestManyRecipientsOfOneMail:
    """They share bytes and signatures."""

    def test_they_are_signed_once(self, pairs: list[tuple[SigningKey, str]]) -> None:
        """By one hop, the very same object."""
        house = House([pairs[1][0]])
        texts = house.render(*recipients_of(mail(), *(f"u{number}@b.test" for number in range(20))))
        assert len({id(text) for text in texts}) == 1

    def test_also_with_steps_that_change_nothing(self, pairs: list[tuple[SigningKey, str]]) -> None:
        """What counts is the content that came out."""
        house = House([pairs[1][0]], [lambda email, recipient, content: evolve(content, text="same")])
        texts = house.render(*recipients_of(mail(), "a@b.test", "b@b.test", "c@b.test"))
        assert len({id(text) for text in texts}) == 1

    def test_one_who_comes_later(self) -> None:
        """Gets the text from memory, without a hop, for five minutes."""
        house = House()
        first, second, third = recipients_of(mail(), "a@b.test", "b@b.test", "c@b.test")
        (text,) = house.render(first)
        assert house.renderer(second).result is text
        house.now += 301
        house.renderer(third)
        assert house.work() == 1

    def test_memory_is_bounded(self) -> None:
        """By bytes, the longest unused going first."""
        house = House()
        for number in range(20):
            content = Content(raw=b"x" * (SHARED_BYTES // 8))
            house.render(recipients_of(mail(str(number), content=content), "a@b.test", "b@b.test")[0])
        assert 0 < house.renderer._shared_bytes <= SHARED_BYTES
        assert sum(len(text.data) for text in house.renderer._shared.values()) == house.renderer._shared_bytes

    def test_a_mail_with_one_recipient_is_not_kept(self) -> None:
        """Nobody will ask for it again."""
        house = House()
        house.render(envelope("1", "a@b.test"))
        assert not house.renderer._shared


class TestThreads:
    """Two, and hops that carry what waited."""

    def test_one_goes_at_once(self) -> None:
        """An idle system waits for nothing."""
        house = House()
        house.renderer(envelope("1", "a@b.test"))
        assert len(house.hops) == 1

    def test_what_waits_goes_together(self) -> None:
        """At most so many that the first is not kept waiting."""
        house = House()
        got: list[Any] = []
        for number in range(42):
            house.renderer(envelope(str(number), "a@b.test")).addCallback(got.append)
        assert len(house.hops) == 2
        assert house.work() == 2 + 5  # one each, then eight at a time
        assert len(got) == 42

    def test_one_who_does_not_wait_any_longer(self) -> None:
        """Spoils it for nobody."""
        house = House()
        gone, stays = (house.renderer(one) for one in recipients_of(mail(), "a@b.test", "b@b.test"))
        gone.addErrback(lambda failure: None)
        gone.cancel()
        house.work()
        assert isinstance(stays.result, bytes)


class Blobs:
    """Implements `interfaces.Blobs`: answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Deferred[Any]] = []

    def put(self, content_id: str, parts: Any) -> Deferred[None]:
        raise NotImplementedError

    def get(self, parts: Any) -> Deferred[Any]:
        self.asked.append(Deferred())
        return self.asked[-1]


class TestAMailWithPartsInTheBlobStore:
    """They are fetched when the mail is rendered, once for all who wait for it."""

    CONTENT = Content(text="Hi", apart=(Apart("c", HTML, 9),))

    def test_it_is_made_of_them(self) -> None:
        """The same bytes as if they had been there."""
        blobs = Blobs()
        house = House(blobs=blobs)
        one, two = recipients_of(mail(content=self.CONTENT), "a@b.test", "b@b.test")
        got: list[Any] = []
        house.renderer(one).addBoth(got.append)
        house.renderer(two).addBoth(got.append)
        (asked,) = blobs.asked
        asked.callback([b"<p>Hi</p>"])
        house.work()
        (plain,) = House().render(evolve(one, email=mail(content=Content("<p>Hi</p>", "Hi"))))
        assert got == [plain, plain]
        assert house.render(evolve(two, recipient="c@b.test")) == [plain], "the shared text is not fetched for again"

    def test_a_store_that_is_away(self) -> None:
        """Fails this attempt, and the next asks again."""
        blobs = Blobs()
        house = House(blobs=blobs)
        (one,) = recipients_of(mail(content=self.CONTENT), "a@b.test")
        for _ in range(2):
            got: list[Any] = []
            house.renderer(one).addBoth(got.append)
            blobs.asked.pop().errback(Unavailable())
            assert got[0].check(Unavailable)
