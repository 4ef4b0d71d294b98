"""Exchangers with bad manners, on real sockets: each conversation is a function that says what the peer does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from attrs import define, field

Talk = Callable[["Conversation"], None]


class Conversation:
    """One connection, from the exchanger's side. `number` counts the exchanger's connections from 1."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        self.number = number

    def say(self, *lines: str | bytes) -> None:
        """Sends lines, text or bytes."""
        self._connection.sendall(b"".join((x.encode() if isinstance(x, str) else x) + b"\r\n" for x in lines))

    def hear(self) -> str:
        """The next command, upper-cased verb and all. Raises EOFError at the connection's end."""
        line = self._lines.readline()
        if not line:
            raise EOFError
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def until_data(self, go_ahead: bool = True) -> None:
        """Greets and takes commands willingly, up to and including DATA, which it answers with 354, or not at all."""
        self.say("220 rude.example.net ESMTP")
        while True:
            verb = self.hear().split(" ")[0].upper()
            if verb == "EHLO":
                self.say("250-rude.example.net", "250 PIPELINING")
            elif verb == "DATA":
                if go_ahead:
                    self.say("354 Go ahead")
                return
            elif verb == "QUIT":
                self.say("221 Bye")
                raise EOFError
            else:
                self.say("250 Ok")

    def body(self) -> bytes:
        """A mail up to its final dot, as it stands on the wire but for the dots in front."""
        lines = []
        while (line := self._lines.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def read(self, size: int) -> bytes:
        """So many bytes of what comes."""
        return self._lines.read(size)

    def wait(self) -> None:
        """Says nothing until the other side has gone."""
        while self._lines.read(65536):
            pass


@define(eq=False)
class RudeExchanger:
    """Listens on an address of loopback, and has `talk` with whoever comes. `taken` is for talks to write down mail."""

    address: str
    port: int
    talk: Talk
    taken: list[bytes] = field(factory=list)
    connections: int = 0
    _socket: socket.socket | None = None
    _open: list[socket.socket] = field(factory=list)

    def start(self) -> None:
        """Listens."""
        self._socket = socket.create_server((self.address, self.port))
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        """Hangs up on everybody."""
        assert self._socket is not None
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        assert self._socket is not None
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                conversation = Conversation(connection, self.connections)
                threading.Thread(target=self._talk, args=(connection, conversation), daemon=True).start()

    def _talk(self, connection: socket.socket, conversation: Conversation) -> None:
        self._open.append(connection)
        with suppress(OSError, EOFError):
            self.talk(conversation)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        self._open.remove(connection)
        conversation._lines.close()
        connection.close()


@contextmanager
def rude(address: str, port: int, talk: Talk) -> Iterator[RudeExchanger]:
    """A rude exchanger for as long as a test takes."""
    exchanger = RudeExchanger(address, port, talk)
    exchanger.start()
    try:
        yield exchanger
    finally:
        exchanger.stop()
