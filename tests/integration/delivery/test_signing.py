"""Processes that sign: what they give, and how they end."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Sequence
from typing import Any

import dkim as dkimpy
import psutil
import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet import reactor, task
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from mailit.delivery.render import MOST_AT_ONCE, Renderer
from mailit.delivery.signer import Unrenderable, Unsigned
from mailit.delivery.signing import SigningProcesses
from mailit.draft import Attachment, Content
from mailit.interfaces import Envelope, SigningKey
from mailit.mail import dkim
from tests.unit.delivery.conftest import envelope

NOW = 1_700_000_000.0
PRIVATE, PUBLIC = dkim.generate(dkim.ED25519)
KEY = SigningKey("example.com", "e", dkim.ED25519, PRIVATE)
CONTENT = Content("<p>Grüße</p>", "Grüße", (Attachment(bytes(range(256)), "a.bin"),))


@pytest_twisted.async_yield_fixture
async def processes() -> AsyncIterator[SigningProcesses]:
    """Two, begun."""
    signing = SigningProcesses(reactor, 2)
    signing.begin()
    yield signing
    await signing.stop()


class Keys:
    """Gives every domain the one key."""

    def keys(self, domain_id: str) -> Deferred[Sequence[SigningKey]]:
        return succeed([KEY])


def unsigned(number: int = 1, content: Content = CONTENT, **changes: Any) -> Unsigned:
    email = evolve(envelope(str(number), "ana@example.net").email, content=content, **changes)
    return Unsigned(email, (KEY,), NOW)


def children(signing: SigningProcesses) -> list[int]:
    return [process.transport.pid for process in signing._processes]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def until(holds: Any) -> None:
    for _ in range(500):
        if holds():
            return
        await task.deferLater(reactor, 0.02, lambda: None)
    raise AssertionError("it did not come to hold in 10 s")


class TestABatch:
    """Each of its mails has an answer, in its place."""

    @pytest_twisted.ensureDeferred
    async def test_the_signature_holds(self, processes: SigningProcesses) -> None:
        """By the oracle, files and letters beyond ASCII included."""
        (message,) = await processes.sign([unsigned()])
        assert isinstance(message, bytes)
        record = dkim.record(dkim.ED25519, PUBLIC).encode()
        assert dkimpy.DKIM(message).verify(0, dnsfunc=lambda name, timeout=5: record)

    @pytest_twisted.ensureDeferred
    async def test_a_mail_that_can_not_be_made(self, processes: SigningProcesses) -> None:
        """Its own fault, told from ours; the others of its batch are made."""
        bad_key = evolve(unsigned(), keys=(evolve(KEY, private=b"?"),))
        one, mail, key = await processes.sign([unsigned(), unsigned(subject="a\r\nBcc: all"), bad_key])
        assert isinstance(one, bytes)
        assert isinstance(mail, Failure) and mail.check(Unrenderable) and "control" in str(mail.value)
        assert isinstance(key, Failure) and not key.check(Unrenderable)

    @pytest_twisted.ensureDeferred
    async def test_many_at_once(self, processes: SigningProcesses) -> None:
        """More than a socket holds, both ways: each has its own answer."""
        large = Content(text="x" * 3_000_000)
        batches = [[unsigned(number, large, subject=f"{number}")] for number in range(6)]
        for number, (message,) in enumerate(
            await gatherResults([Deferred.fromCoroutine(processes.sign(b)) for b in batches])
        ):
            assert isinstance(message, bytes) and f"Subject: {number}\r\n".encode() in message


class TestEnds:
    """They end with whoever started them, and no mail is lost with one."""

    @pytest_twisted.ensureDeferred
    async def test_one_that_is_killed(self, processes: SigningProcesses) -> None:
        """What it had is answered as lost; it is not started again at once."""
        for pid in children(processes):
            os.kill(pid, signal.SIGSTOP)
        waiting = Deferred.fromCoroutine(processes.sign([unsigned()]))
        for pid in children(processes):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            await waiting
        await until(lambda: not processes.up)
        processes.begin()
        assert not processes.up

    @pytest_twisted.ensureDeferred
    async def test_a_signal_that_asks(self, processes: SigningProcesses) -> None:
        """Does nothing: the daemon needs them until it has stopped, and a terminal's Ctrl-C goes to all."""
        await processes.sign([unsigned()])
        for pid in children(processes):
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGINT)
        assert len(await processes.sign([unsigned()])) == 1

    @pytest_twisted.ensureDeferred
    async def test_they_end_with_their_socket(self) -> None:
        """As after a SIGKILL of the daemon, too."""
        signing = SigningProcesses(reactor, 2)
        signing.begin()
        pids = children(signing)
        await signing.stop()
        assert all(map(gone, pids))
        signing.begin()
        assert not signing.up, "one that has stopped begins nothing"


class TestOneThatHangs:
    """It is not waited for without end, whatever it hangs on."""

    @pytest_twisted.ensureDeferred
    async def test_a_batch_in_it(self) -> None:
        """Is lost once it was patient enough; the process is killed, and another one may be begun."""
        signing = SigningProcesses(reactor, 1, 0.5)
        signing.begin()
        await signing.sign([unsigned()])
        (pid,) = children(signing)
        os.kill(pid, signal.SIGSTOP)
        first = Deferred.fromCoroutine(signing.sign([unsigned(1)]))
        second = Deferred.fromCoroutine(signing.sign([unsigned(2)]))
        for waiting in (first, second):
            with pytest.raises(ConnectionLost):
                await waiting.addTimeout(5, reactor)
        assert not signing.up
        await until(lambda: gone(pid))
        await signing.stop()

    @pytest_twisted.ensureDeferred
    async def test_each_batch_has_its_time(self) -> None:
        """Several that take longer together than one may."""
        signing = SigningProcesses(reactor, 1, 2.0)
        signing.begin()
        await signing.sign([unsigned()])
        keys = (evolve(KEY, algorithm=dkim.RSA, private=dkim.generate(dkim.RSA)[0]),)
        batch = [evolve(unsigned(number), keys=keys) for number in range(300)]  # some 0.4 s
        signed = await gatherResults([Deferred.fromCoroutine(signing.sign(batch)) for _ in range(6)])
        assert [len(one) for one in signed] == [300] * 6
        await signing.stop()

    @pytest_twisted.ensureDeferred
    async def test_a_stop(self) -> None:
        """Is not held up by it."""
        signing = SigningProcesses(reactor, 2)
        signing.begin()
        await signing.sign([unsigned()])
        pids = children(signing)
        os.kill(pids[0], signal.SIGSTOP)
        await signing.stop().addTimeout(5, reactor)
        assert all(map(gone, pids))

    @pytest_twisted.ensureDeferred
    async def test_its_mails(self) -> None:
        """Are made in threads, and arrive."""
        signing = SigningProcesses(reactor, 1, 0.5)
        renderer = Renderer(deferToThread, Keys(), lambda: NOW, (), 2, None, signing)
        await gatherResults([renderer(one) for one in TestARenderer.envelopes(3 * MOST_AT_ONCE)])
        (pid,) = children(signing)
        os.kill(pid, signal.SIGSTOP)
        rendering = gatherResults([renderer(one) for one in TestARenderer.envelopes(5 * MOST_AT_ONCE)])
        messages = await rendering.addTimeout(10, reactor)
        assert all(message.startswith(b"DKIM-Signature:") for message in messages)
        await signing.stop()


class TestARenderer:
    """It takes threads for few mails, and processes for a backlog."""

    @pytest_twisted.async_yield_fixture
    async def house(self) -> AsyncIterator[tuple[Renderer, SigningProcesses]]:
        signing = SigningProcesses(reactor, 1)
        yield Renderer(deferToThread, Keys(), lambda: NOW, (), 2, None, signing), signing
        await signing.stop()

    @staticmethod
    def envelopes(count: int) -> list[Envelope]:
        return [evolve(envelope(str(n), "a@b.test"), email=unsigned(n).email) for n in range(count)]

    @pytest_twisted.ensureDeferred
    async def test_few(self, house: tuple[Renderer, SigningProcesses]) -> None:
        """An idle system has no processes beside it."""
        renderer, signing = house
        await gatherResults([renderer(one) for one in self.envelopes(4)])
        assert not signing.up

    @pytest_twisted.ensureDeferred
    async def test_a_backlog(self, house: tuple[Renderer, SigningProcesses]) -> None:
        """The bytes are the same, whoever made them."""
        renderer, signing = house
        messages = await gatherResults([renderer(one) for one in self.envelopes(5 * MOST_AT_ONCE)])
        assert signing.up
        again = Renderer(deferToThread, Keys(), lambda: NOW)
        assert messages == await gatherResults([again(one) for one in self.envelopes(5 * MOST_AT_ONCE)])

    @pytest_twisted.ensureDeferred
    async def test_a_process_that_ends_over_it(self, house: tuple[Renderer, SigningProcesses]) -> None:
        """Costs no mail: threads do what it had."""
        renderer, signing = house
        await gatherResults([renderer(one) for one in self.envelopes(3 * MOST_AT_ONCE)])
        (pid,) = children(signing)
        os.kill(pid, signal.SIGSTOP)
        rendering = gatherResults([renderer(one) for one in self.envelopes(3 * MOST_AT_ONCE)])
        os.kill(pid, signal.SIGKILL)
        messages = await rendering
        assert len(messages) == 3 * MOST_AT_ONCE
        assert all(message.startswith(b"DKIM-Signature:") for message in messages)


class TestTheirEnvironment:
    """What `find` gives is added to it, once it is there; nobody waits for it."""

    @pytest_twisted.ensureDeferred
    async def test_they_are_started_once_it_is_found(self) -> None:
        found: Deferred[dict[str, str]] = Deferred()
        asked: list[int] = []

        async def find() -> dict[str, str]:
            asked.append(1)
            return await found

        signing = SigningProcesses(reactor, 1, find=find)
        signing.begin()
        signing.begin()
        assert not signing.up
        found.callback({"OPENSSL_ia32cap": ":~0x80000"})
        assert signing.up
        (pid,) = children(signing)
        try:
            await signing.sign([unsigned()])
            assert psutil.Process(pid).environ()["OPENSSL_ia32cap"] == ":~0x80000"
        finally:
            await signing.stop()
        assert asked == [1]

    @pytest_twisted.ensureDeferred
    async def test_a_stop_meanwhile_waits_for_it_and_starts_none(self) -> None:
        found: Deferred[dict[str, str]] = Deferred()

        async def find() -> dict[str, str]:
            return await found

        signing = SigningProcesses(reactor, 1, find=find)
        signing.begin()
        stopped = signing.stop()
        assert not stopped.called
        found.callback({})
        assert stopped.called
        assert not signing.up
