"""Processes that compose and sign what waits, so that the reactor's thread has the interpreter for itself.

RSA takes most of what a mail costs, and gives the interpreter up meanwhile; but a thread that is back from it waits for
the reactor to let go, for milliseconds where that is busy. They are started when a backlog is seen first, and end with
the socket they read from: however this process ends, they do. One that says nothing for too long is killed, and what
it had is somebody else's: no mail waits for it for ever.
"""

from __future__ import annotations

import socket
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost, ProcessExitedAlready
from twisted.internet.protocol import Factory, ProcessProtocol, Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailit.delivery import signer
from mailit.delivery.quickest import WAYS, environment
from mailit.delivery.signer import LENGTH, Fault, Unsigned
from mailit.net.at_once import send

BATCHES = 2
"""So many are with a process at once: one that it works at, one that it finds when that is done."""

AGAIN = 10.0
"""Seconds until one that ended by itself is started anew."""

PATIENCE = 10.0
"""Seconds that one may take over a batch; it gets more for one that is large."""

LEAVING = 2.0
"""Seconds that one may take over its end, at a stop: whoever waited for it has given up by then."""

SLOWEST = 1_000_000
"""Bytes a second: so much a batch's size adds to the patience with it."""


class _Channel(Protocol):
    """Frames to and from one of them.

    A pair of sockets, for of a pipe Twisted reads 8 KB in a turn, and it writes to one in the turn after: a process
    would wait for a busy reactor four times a batch.
    """

    transport: Any

    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received
        self._buffer = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            frame = bytes(memoryview(self._buffer)[LENGTH.size : end])
            del self._buffer[:end]
            self._received(frame)


class _Process(ProcessProtocol):
    """One of them, and what it has been asked for."""

    transport: Any

    def __init__(self, reactor: Any, patience: float, ended: Callable[[_Process], None], log: Logger) -> None:
        self._reactor = reactor
        self._patience = patience
        self._ended = ended
        self._log = log
        self._channel = _Channel(self._answered)
        self._due = 0.0  # when the first of what it was asked for should be there
        self._timer: Any = None
        self.killed = False
        self.asked: deque[tuple[Deferred[list[bytes | Fault]], float]] = deque()  # and the patience with it

    def ask(self, frame: bytes) -> Deferred[list[bytes | Fault]]:
        answer: Deferred[list[bytes | Fault]] = Deferred()
        self.asked.append((answer, self._patience + len(frame) / SLOWEST))
        if len(self.asked) == 1:
            self._expect()
        send(self._channel.transport, frame)
        return answer

    def start(self, added: Mapping[str, str]) -> None:
        """Starts it. Raises OSError where that can't be done."""
        command = [sys.executable, "-m", signer.__name__]
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            fds = {0: theirs.fileno(), 1: theirs.fileno(), 2: "r"}
            self._reactor.spawnProcess(self, command[0], command, environment(added), childFDs=fds)
            self._reactor.adoptStreamConnection(
                ours.fileno(), socket.AF_UNIX, Factory.forProtocol(lambda: self._channel)
            )

    def dismiss(self) -> None:
        """Lets it end when it is through with what it has."""
        self._channel.transport.loseWriteConnection()

    def kill(self) -> None:
        """Ends it, whatever it is at. What it had is lost at once, for even SIGKILL may have to wait for a disk."""
        if not self.killed:
            self.killed = True
            with suppress(ProcessExitedAlready):
                self.transport.signalProcess("KILL")
        self._lose()

    def _answered(self, frame: bytes) -> None:
        if not self.killed:
            signed = signer.results(frame)
            answer, _ = self.asked.popleft()
            self._expect()
            answer.callback(signed)

    def errReceived(self, data: bytes) -> None:
        self._log.error("A signing process says: {text}", text=data.decode(errors="replace").strip())

    def processEnded(self, reason: Failure) -> None:
        self._ended(self)
        self._lose()

    def _lose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        asked, self.asked = self.asked, deque()
        for answer, _ in asked:
            answer.errback(Failure(ConnectionLost("A signing process has ended")))

    def _expect(self) -> None:
        """Begins to wait for the first of what it was asked for. No timer is touched for an answer."""
        if self.asked:
            self._due = self._reactor.seconds() + self.asked[0][1]
            if self._timer is None:
                self._timer = self._reactor.callLater(self._patience, self._watch)

    def _watch(self) -> None:
        self._timer = None
        if not self.asked:
            return
        left = self._due - self._reactor.seconds()
        if left > 0:
            self._timer = self._reactor.callLater(left, self._watch)
        else:
            self._log.error("A signing process did not answer in time, and was killed")
            self.kill()


async def _as_it_is() -> Mapping[str, str]:
    return WAYS[0]


@define(eq=False)
class SigningProcesses:
    """At most `count` of them; started when they are asked to `begin`.

    `find` gives what is added to their environment, and is asked once (see `quickest`).
    """

    _reactor: Any
    count: int
    _patience: float = PATIENCE
    _find: Callable[[], Awaitable[Mapping[str, str]]] = _as_it_is
    _added: Mapping[str, str] | None = field(default=None, init=False)
    _finding: bool = field(default=False, init=False)
    _processes: list[_Process] = field(factory=list, init=False)
    _not_before: float = field(default=0.0, init=False)
    _stopping: bool = field(default=False, init=False)
    _stopped: Deferred[None] | None = field(default=None, init=False)
    _last_resort: Any = field(default=None, init=False)
    _log: Logger = field(factory=Logger, init=False)

    @property
    def up(self) -> bool:
        """Whether there are any."""
        return bool(self._living)

    @property
    def batches(self) -> int:
        """How many batches keep them busy."""
        return BATCHES * len(self._living)

    @property
    def _living(self) -> list[_Process]:
        return [process for process in self._processes if not process.killed]

    def begin(self) -> None:
        """Starts those that are missing, unless one has ended by itself just now."""
        now = self._reactor.seconds()
        if self._finding or self._stopping or len(self._processes) >= self.count or now < self._not_before:
            return
        self._not_before = now + AGAIN
        if self._added is None:
            self._finding = True
            Deferred.fromCoroutine(self._begin())
        else:
            self._start(self._added)

    async def _begin(self) -> None:
        self._added = await self._find()
        self._finding = False
        if self._stopping:
            self._rest()
        else:
            self._start(self._added)

    def _start(self, added: Mapping[str, str]) -> None:
        while len(self._processes) < self.count:
            process = _Process(self._reactor, self._patience, self._ended, self._log)
            try:
                process.start(added)
            except OSError as error:
                self._log.error("No signing process could be started: {error}", error=error)
                return
            self._processes.append(process)

    async def sign(self, batch: Sequence[Unsigned]) -> list[bytes | Failure]:
        """What came of each. Only while they are `up`.

        Raises ConnectionLost where the process ends meanwhile, ValueError where the batch can't be sent to it.
        """
        least = min(self._living, key=lambda process: len(process.asked))
        signed = await least.ask(signer.framed(batch))
        return [Failure(one.error) if isinstance(one, Fault) else one for one in signed]

    def stop(self) -> Deferred[None]:
        """Ends them; fires when they have. One that does not in time is killed."""
        self._stopping = True
        done: Deferred[None] = Deferred()
        self._stopped = done
        for process in self._processes:
            process.dismiss()
        if self._processes:
            self._last_resort = self._reactor.callLater(LEAVING, self._kill_all)
        self._rest()
        return done

    def _kill_all(self) -> None:
        self._last_resort = None
        for process in self._processes:
            self._log.error("A signing process did not end in time, and was killed")
            process.kill()

    def _ended(self, process: _Process) -> None:
        self._processes.remove(process)
        if not self._stopping:
            self._log.warn("A signing process has ended")
        self._rest()

    def _rest(self) -> None:
        if self._stopped is not None and not self._processes and not self._finding:
            stopped, self._stopped = self._stopped, None
            if self._last_resort is not None:
                self._last_resort.cancel()
                self._last_resort = None
            stopped.callback(None)
