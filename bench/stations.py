"""Exchangers that stop at one step of the protocol, and go on when they are told: for killing a sender just there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from attrs import define, field

STEPS = (
    "connect",
    "greeting",
    "EHLO",
    "STARTTLS",
    "MAIL",
    "RCPT",
    "DATA",
    "mid-body",
    "before-the-mark",
    "before-the-dot",
    "after-the-dot",
    "after-250",
    "after-the-commit",
)
"""Where a sender is killed. What comes before the mark is never in doubt; after the dot it may have arrived."""

_PATIENCE = 120.0


@define(eq=False)
class Station:
    """One exchanger, at an address of loopback. It stops at `step` until `go` is set, and from then on is willing.

    `reached` is set when a sender got there. `taken` has the (Message-ID, recipient) of each mail whose final dot came,
    answered or not. A `pause` before that holds the sender at RCPT, so that a test can lock something first.
    """

    step: str
    address: str
    port: int
    reached: threading.Event = field(factory=threading.Event)
    paused: threading.Event = field(factory=threading.Event)
    resume: threading.Event = field(factory=threading.Event)
    go: threading.Event = field(factory=threading.Event)
    taken: list[tuple[str, str]] = field(factory=list)
    _listener: socket.socket = field(init=False)
    _fillers: list[socket.socket] = field(factory=list, init=False)
    _ended: bool = field(default=False, init=False)

    @property
    def domain(self) -> str:
        """The destination whose exchanger it is."""
        return f"{self.step.lower()}.example.net"

    def start(self) -> None:
        """Listens."""
        self._listener = self._listen(0 if self.step == "connect" else 50)
        if self.step == "connect":
            # A queue that is full takes no more: whoever dials now waits for an answer to his SYN.
            for _ in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                with suppress(BlockingIOError):
                    filler.connect((self.address, self.port))
                self._fillers.append(filler)
        else:
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def welcome(self) -> None:
        """Is willing from now on."""
        self.go.set()
        self.resume.set()
        if self.step == "connect" and self._fillers:
            self._listener.close()
            for filler in self._fillers:
                filler.close()
            self._fillers.clear()
            self._listener = self._listen(50)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Listens no more."""
        self._ended = True
        self.go.set()
        self.resume.set()
        for one in (self._listener, *self._fillers):
            one.close()

    def _listen(self, backlog: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, self.port))
        listener.listen(backlog)
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while not self._ended:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _stops(self, step: str) -> bool:
        """Stops here, if this is the place and it is not willing yet; True where it did."""
        if self.step != step or self.go.is_set():
            return False
        self.reached.set()
        self.go.wait(_PATIENCE)
        return True

    def _converse(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as lines:
            self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: Any) -> None:
        def say(text: str) -> None:
            connection.sendall(text.encode() + b"\r\n")

        self._stops("greeting")
        say("220 mx.example.net ESMTP")
        recipients: list[str] = []
        for line in lines:
            verb = line[:4].upper().decode("ascii", "replace").strip()
            if verb == "EHLO":
                self._stops("EHLO")
                tls = self.step == "STARTTLS" and not self.go.is_set()
                say("250-mx.example.net\r\n" + ("250-STARTTLS\r\n" if tls else "") + "250 8BITMIME")
            elif verb == "STAR":
                self._stops("STARTTLS")
                return
            elif verb == "MAIL":
                self._stops("MAIL")
                recipients = []
                say("250 2.1.0 Ok")
            elif verb == "RCPT":
                if not self.go.is_set() and self.step == "before-the-mark":
                    self.paused.set()
                    self.resume.wait(_PATIENCE)
                self._stops("RCPT")
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
                say("250 2.1.5 Ok")
            elif verb == "DATA":
                self._stops("DATA")
                self._stops("before-the-dot")
                if self.step == "before-the-mark":
                    self.reached.set()
                say("354 Go ahead")
                if not self._body(lines, recipients):
                    return
                if self.step == "after-250" and not self.go.is_set():
                    self.paused.set()
                    self.resume.wait(_PATIENCE)
                    self.reached.set()
                self._stops("after-the-dot")
                say("250 2.0.0 Taken")
            elif verb == "QUIT":
                say("221 2.0.0 Bye")
                return
            else:
                say("250 2.0.0 Ok")

    def _body(self, lines: Any, recipients: Sequence[str]) -> bool:
        """Reads a mail to its dot; False where it never came."""
        message_id = ""
        for line in lines:
            if line == b".\r\n":
                self.taken += [(message_id, one) for one in recipients]
                if self.step == "after-the-commit":
                    self.reached.set()
                return True
            if not message_id and line[:11].lower() == b"message-id:":
                message_id = line[11:].decode().strip()
                if self._stops("mid-body"):
                    return False
        return False


@contextmanager
def stations(port: int) -> Iterator[dict[str, Station]]:
    """One for each step, at addresses of loopback of their own."""
    with ExitStack() as stack:
        made = {step: Station(step, f"127.0.1.{number}", port) for number, step in enumerate(STEPS, 1)}
        for station in made.values():
            station.start()
            stack.callback(station.stop)
        yield made
