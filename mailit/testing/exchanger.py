"""A scripted exchanger: an SMTP server that says what a test tells it to, in memory or on a real socket.

Left alone it is a strict and willing server: it pipelines, refuses commands out of order, and keeps what it was given.

    exchanger = ScriptedExchanger()
    exchanger.at("RCPT", "451 4.7.1 Greylisted")         # the first RCPT; the next is answered as ever
    exchanger.always("DATA", CLOSE)                      # every DATA
    exchanger.for_recipient("ana@example.net", "550 5.1.1 No such user")
    network.listen("192.0.2.1", 25, exchanger)           # see `mailit.testing.wires`
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen
from twisted.internet.protocol import Protocol, ServerFactory

from mailit.mail import wire


@frozen
class Action:
    """What happens at a command: `say` is sent (bytes as they are), after `wait` seconds.

    Then the connection may `close`, be `reset`, or stay open and `mute`. At the final dot, `take` keeps the mail,
    whatever is said.
    """

    say: bytes = b""
    wait: float = 0.0
    close: bool = False
    reset: bool = False
    mute: bool = False
    take: bool = False


SILENT = Action(mute=True)
"""Nothing is said, nor to anything that comes after it."""

CLOSE = Action(close=True)
"""The connection is closed without a word."""

RESET = Action(reset=True)
"""The connection is reset without a word."""

Answer = str | bytes | Action | None
"""A reply's text; raw bytes; an action; or None for what a willing server says."""


def then_close(reply: str) -> Action:
    """Says it, and closes."""
    return Action(_line(reply), close=True)


def after(seconds: float, reply: str) -> Action:
    """Says it late."""
    return Action(_line(reply), wait=seconds)


@frozen
class Caught:
    """A mail that the exchanger answered with 250: `data` as it was meant, `parameters` those of MAIL."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    connection: int
    parameters: str = ""
    tls: bool = False


@frozen
class Asked:
    """A command, and where in the conversation it came. `data` is the mail's, at the final dot."""

    verb: str
    argument: str
    connection: int
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    data: bytes = b""


@define(eq=False)
class ScriptedExchanger(ServerFactory):
    """A factory of server connections, and the memory of what happened on them.

    `keywords` are what EHLO offers; with CHUNKING among them, the reply to BDAT LAST is that of the verb `.`.
    `open_data`: DATA is answered with 354 even where no recipient was taken, as RFC 2920 §3.1 warns. `context` is what
    STARTTLS uses. `connections` counts them; `commands` has every line with its connection's number; `caught` has the
    mails.
    """

    keywords: Sequence[str] = ("PIPELINING", "SIZE 35882577", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
    hostname: str = "mx.example.net"
    clock: Any = None
    open_data: bool = False
    context: Any = None
    caught: list[Caught] = field(factory=list)
    commands: list[tuple[int, str]] = field(factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    noisy: bool = False
    numPorts: int = 0
    _script: dict[str, deque[Answer]] = field(factory=dict)
    _always: dict[str, Answer] = field(factory=dict)
    _recipients: dict[str, deque[Answer]] = field(factory=dict)
    _port: Any = None

    def at(self, verb: str, *answers: Answer) -> None:
        """The next answers to a command. Verbs are SMTP's, `CONNECT` (the greeting) and `.` (the final dot)."""
        self._script.setdefault(verb, deque()).extend(answers)

    def always(self, verb: str, answer: Answer) -> None:
        """The answer to every such command from now on."""
        self._always[verb] = answer

    def for_recipient(self, address: str, *answers: Answer) -> None:
        """The next answers to RCPT for this address."""
        self._recipients.setdefault(address.lower(), deque()).extend(answers)

    def mails_to(self, address: str) -> list[Caught]:
        """What was caught for one recipient."""
        return [mail for mail in self.caught if address in mail.recipients]

    def verbs(self, connection: int | None = None) -> list[str]:
        """The commands' verbs, of all connections or of one."""
        return [line.split(" ")[0].upper() for number, line in self.commands if connection in (None, number)]

    def listen(self, reactor: Any, address: str = "127.0.0.1") -> int:
        """Listens on a real socket; gives the port."""
        self._port = reactor.listenTCP(0, self, interface=address)
        self.clock = reactor
        return int(self._port.getHost().port)

    async def stop(self) -> None:
        """Listens no more."""
        await self._port.stopListening()

    def buildProtocol(self, addr: Any) -> Protocol:
        """One connection."""
        self.connections += 1
        return _Conversation(self, self.connections)

    def asked(self, at: Asked) -> Answer:
        """What it says to a command, or None for what a willing server says. A subclass knows more than the script."""
        return self.answer(at.verb, at.argument)

    def took(self, mail: Caught) -> None:
        """A mail is caught."""
        self.caught.append(mail)

    def answer(self, verb: str, argument: str) -> Answer:
        """What the script has for a command, or None."""
        if verb == "RCPT":
            mine = self._recipients.get(_path(argument).lower())
            if mine:
                return mine.popleft()
        script = self._script.get(verb)
        if script:
            return script.popleft()
        return self._always.get(verb)


class _Conversation(Protocol):
    """One connection's state."""

    def __init__(self, exchanger: ScriptedExchanger, number: int) -> None:
        self._exchanger = exchanger
        self._number = number
        self._buffer = bytearray()
        self._looked = 0
        self._in_data = False
        self._chunk = -1  # so many bytes of a chunk are awaited
        self._last = False  # it is the last one
        self._chunks = b""
        self._tls = False
        self._closed = False
        self._late = False  # an answer is still to come, and what came meanwhile waits for it
        self._sender: str | None = None
        self._parameters = ""
        self._recipients: list[str] = []

    def connectionMade(self) -> None:
        """Greets."""
        self._exchanger.open += 1
        self._exchanger.most_open = max(self._exchanger.most_open, self._exchanger.open)
        self._say("CONNECT", "", f"220 {self._exchanger.hostname} ESMTP")

    def connectionLost(self, reason: Any = None) -> None:
        """Over."""
        self._closed = True
        self._exchanger.open -= 1

    def dataReceived(self, data: bytes) -> None:
        """Commands and mail, in whatever pieces."""
        self._buffer += data
        self._read()

    def _read(self) -> None:
        while not self._closed and not self._late:
            if self._in_data:
                # The text begins at the start of a line, so that a lone dot may be all of it.
                end = 0 if self._buffer.startswith(wire.END) else self._buffer.find(b"\r\n.\r\n", self._looked) + 2
                if end < 2 and not self._buffer.startswith(wire.END):
                    self._looked = max(0, len(self._buffer) - 4)
                    return
                body = bytes(self._buffer[:end]) + wire.END
                del self._buffer[: end + 3]
                self._in_data = False
                self._dot(wire.unstuffed(body))
            elif self._chunk >= 0:
                if len(self._buffer) < self._chunk:
                    return
                self._chunked(bytes(self._buffer[: self._chunk]))
            else:
                end = self._buffer.find(b"\r\n")
                if end < 0:
                    return
                line = self._buffer[:end].decode("utf-8", "surrogateescape")
                del self._buffer[: end + 2]
                self._command(line)

    def _command(self, line: str) -> None:
        self._exchanger.commands.append((self._number, line))
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        getattr(self, f"_on_{verb}", self._unknown)(argument, verb)

    def _on_EHLO(self, argument: str, verb: str) -> None:
        self._reset()
        keywords = [one for one in self._exchanger.keywords if one != "STARTTLS" or not self._tls]
        lines = [self._exchanger.hostname, *keywords]
        marks = ["-"] * (len(lines) - 1) + [" "]
        self._say(verb, argument, "\r\n".join(f"250{mark}{text}" for mark, text in zip(marks, lines, strict=True)))

    def _on_HELO(self, argument: str, verb: str) -> None:
        self._reset()
        self._say(verb, argument, f"250 {self._exchanger.hostname}")

    def _on_STARTTLS(self, argument: str, verb: str) -> None:
        if self._say(verb, argument, "220 2.0.0 Ready") // 100 == 2 and not self._closed and self._exchanger.context:
            self._tls = True
            self.transport.startTLS(self._exchanger.context)  # type: ignore[union-attr]

    def _on_AUTH(self, argument: str, verb: str) -> None:
        self._say(verb, argument, "235 2.7.0 Welcome")

    def _on_MAIL(self, argument: str, verb: str) -> None:
        if self._sender is not None:
            self._say("nested MAIL", argument, "503 5.5.1 Nested MAIL command")
        elif self._say(verb, argument, "250 2.1.0 Ok") // 100 == 2:
            self._sender = _path(argument)
            self._parameters = argument.partition("> ")[2]

    def _on_RCPT(self, argument: str, verb: str) -> None:
        if self._sender is None:
            self._say("RCPT without MAIL", argument, "503 5.5.1 Need MAIL command")
        elif self._say(verb, argument, "250 2.1.5 Ok") // 100 == 2:
            self._recipients.append(_path(argument))

    def _on_DATA(self, argument: str, verb: str) -> None:
        if not self._recipients and not self._exchanger.open_data:
            self._say("DATA without RCPT", argument, "554 5.5.1 No valid recipients")
        elif self._say(verb, argument, "354 Go ahead") == 354:
            self._in_data = True
            self._looked = 0

    def _on_BDAT(self, argument: str, verb: str) -> None:
        size, _, last = argument.partition(" ")
        self._chunk, self._last = int(size), last.upper() == "LAST"

    def _chunked(self, chunk: bytes) -> None:
        del self._buffer[: self._chunk]
        self._chunk = -1
        self._chunks += chunk
        if not self._last:
            self._say("BDAT", "", f"250 2.0.0 {len(chunk)} octets received")
            return
        data, self._chunks = self._chunks, b""
        self._dot(data)

    def _on_RSET(self, argument: str, verb: str) -> None:
        self._reset()
        self._say(verb, argument, "250 2.0.0 Ok")

    def _on_NOOP(self, argument: str, verb: str) -> None:
        self._say(verb, argument, "250 2.0.0 Ok")

    def _on_QUIT(self, argument: str, verb: str) -> None:
        self._say(verb, argument, then_close("221 2.0.0 Bye"))

    def _unknown(self, argument: str, verb: str) -> None:
        self._say(verb, argument, "500 5.5.2 Command not recognized")

    def _dot(self, data: bytes) -> None:
        sender, recipients, parameters = self._sender, tuple(self._recipients), self._parameters
        self._reset()
        if not recipients:
            self._say("dot without RCPT", "", "554 5.5.1 No valid recipients")
        elif sender is not None:
            asked = Asked(".", "", self._number, sender, recipients, data)
            code, take = self._respond(asked, "250 2.0.0 Queued")
            if code // 100 == 2 or take:
                self._exchanger.took(Caught(sender, recipients, data, self._number, parameters, self._tls))

    def _say(self, verb: str, argument: str, usual: str | Action) -> int:
        """Answers by the script, or as usual; gives the code, 0 for none."""
        return self._respond(Asked(verb, argument, self._number, self._sender, tuple(self._recipients)), usual)[0]

    def _respond(self, asked: Asked, usual: str | Action) -> tuple[int, bool]:
        answer = self._exchanger.asked(asked)
        if answer is None:
            answer = usual
        if isinstance(answer, str):
            answer = Action(_line(answer))
        elif isinstance(answer, bytes):
            answer = Action(answer)
        if answer.wait:
            self._late = True
            self._exchanger.clock.callLater(answer.wait, self._act_late, answer)
        else:
            self._act(answer)
        return int(answer.say[:3]) if answer.say[:3].isdigit() else 0, answer.take

    def _act_late(self, action: Action) -> None:
        self._act(action)
        self._read()

    def _act(self, action: Action) -> None:
        transport: Any = self.transport
        if self._closed:
            return
        self._late = action.mute
        if action.say:
            transport.write(action.say)
        if action.close:
            self._closed = True
            transport.loseConnection()
        elif action.reset:
            self._closed = True
            transport.abortConnection()

    def _reset(self) -> None:
        self._sender = None
        self._parameters = ""
        self._recipients = []


def _line(reply: str) -> bytes:
    return reply.encode() + b"\r\n"


def _path(argument: str) -> str:
    """The address in `FROM:<a@b> …` or `TO:<a@b>`."""
    return (
        argument.partition("<")[2].rpartition(">")[0]
        if "> " not in argument
        else argument.partition("<")[2].partition("> ")[0]
    )
