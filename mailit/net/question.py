"""One DNS question to one server: UDP with a socket of its own, TCP where the answer was cut short.

The kernel draws the source port, dnspython the id; a datagram that is not the answer to this very question is passed
over, for it may be a forger's (RFC 5452).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype
from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.protocols.basic import Int16StringReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

PAYLOAD = 1232
"""The largest UDP answer that we ask for, in bytes: it fits into one packet nearly everywhere."""

FORGERIES = 10
"""So many datagrams that are not the answer, and the socket is given up: somebody is guessing."""


@frozen
class Server:
    """A name server: an IP address and a port."""

    host: str
    port: int = 53


class Unanswered(Exception):
    """This server gave no answer that can be used; another may."""


InThread = Callable[..., Deferred[Any]]
"""Runs a function with arguments in a thread; gives a Deferred of what it returns."""


def ask(
    reactor: Any, in_thread: InThread, server: Server, query: dns.message.Message, timeout: float
) -> Deferred[dns.message.Message]:
    """The server's response. Raises `Unanswered` after `timeout` seconds at the latest, and where it is refused.

    A long answer is parsed in a thread: 64 KB of records take a fifth of a second.
    """
    deadline = reactor.seconds() + timeout

    def over_tcp(response: dns.message.Message) -> dns.message.Message | Deferred[dns.message.Message]:
        if not response.flags & dns.flags.TC:
            return response
        return _over_tcp(reactor, in_thread, server, query, max(deadline - reactor.seconds(), 0.001))

    return _over_udp(reactor, server, query, timeout).addCallback(over_tcp)


@implementer(IReadDescriptor)
class _Datagram:
    """A socket that asks once.

    Not `listenUDP`: with it, a closed port (an error without data, to epoll) is not told to the protocol, and each
    question writes two lines to the log.
    """

    def __init__(self, reactor: Any, query: dns.message.Message) -> None:
        self._reactor = reactor
        self._query = query
        self._forgeries = 0
        self._socket: socket.socket | None = None
        self.answer: Deferred[dns.message.Message] = Deferred()

    def ask(self, server: Server) -> None:
        """Connected, so that only the server's datagrams come in, and so that a closed port is heard of."""
        self._socket = socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.connect((server.host, server.port))
            self._socket.send(self._query.to_wire())
        except OSError as error:
            self._end(Failure(Unanswered(error.strerror or str(error))))
        else:
            self._reactor.addReader(self)

    def fileno(self) -> int:
        """The socket's, or -1."""
        return -1 if self._socket is None else self._socket.fileno()

    def logPrefix(self) -> str:
        """Who speaks, in the log."""
        return "dns"

    def doRead(self) -> None:
        """The answer, or something that is not."""
        assert self._socket is not None
        try:
            datagram = self._socket.recv(4096)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(Failure(Unanswered(error.strerror or str(error))))
            return
        response = _response(self._query, datagram)
        if response is not None:
            self._end(response)
            return
        self._forgeries += 1
        if self._forgeries >= FORGERIES:
            self._end(Failure(Unanswered("too many datagrams that answer something else")))

    def connectionLost(self, reason: Failure) -> None:
        """Nobody listens there."""
        self._end(Failure(Unanswered("connection refused")))

    def close(self) -> None:
        """Gives the socket back."""
        if self._socket is not None:
            self._reactor.removeReader(self)
            self._socket.close()
            self._socket = None

    def _end(self, result: dns.message.Message | Failure) -> None:
        self.close()
        if not self.answer.called:
            self.answer.callback(result)


def _over_udp(
    reactor: Any, server: Server, query: dns.message.Message, timeout: float
) -> Deferred[dns.message.Message]:
    question = _Datagram(reactor, query)
    question.ask(server)

    def close(result: Any) -> Any:
        question.close()
        return result

    return question.answer.addTimeout(timeout, reactor, _timed_out).addBoth(close)


class _Stream(Int16StringReceiver):
    """A connection that asks once (RFC 7766)."""

    MAX_LENGTH = 65535

    def __init__(self, in_thread: InThread, query: dns.message.Message, answer: Deferred[dns.message.Message]) -> None:
        self._in_thread = in_thread
        self._query = query
        self._answer = answer

    def connectionMade(self) -> None:
        """Asks."""
        wire = self._query.to_wire()
        assert self.transport is not None
        self.transport.write(len(wire).to_bytes(2, "big") + wire)

    def stringReceived(self, string: bytes) -> None:
        """The answer, for nobody else speaks on this connection."""
        if len(string) > 4096:
            self._in_thread(_response, self._query, string).addBoth(self._parsed)
        else:
            self._parsed(_response(self._query, string))

    def _parsed(self, response: dns.message.Message | Failure | None) -> None:
        self._end(Failure(Unanswered("an answer to something else")) if response is None else response)

    def connectionLost(self, reason: Failure = Failure(ConnectionLost())) -> None:  # noqa: B008 (Twisted's signature)
        """It ended before it answered, unless it has."""
        self._end(Failure(Unanswered("the connection ended without an answer")))

    def _end(self, result: dns.message.Message | Failure) -> None:
        if not self._answer.called:
            self._answer.callback(result)


class _StreamFactory(ClientFactory):
    noisy = False

    def __init__(self, in_thread: InThread, query: dns.message.Message) -> None:
        self._in_thread = in_thread
        self._query = query
        self.answer: Deferred[dns.message.Message] = Deferred()

    def buildProtocol(self, addr: Any) -> Protocol:
        return _Stream(self._in_thread, self._query, self.answer)

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        if not self.answer.called:
            self.answer.errback(Unanswered(reason.getErrorMessage()))


def _over_tcp(
    reactor: Any, in_thread: InThread, server: Server, query: dns.message.Message, timeout: float
) -> Deferred[dns.message.Message]:
    factory = _StreamFactory(in_thread, query)
    connector = reactor.connectTCP(server.host, server.port, factory, timeout=timeout)

    def close(result: Any) -> Any:
        connector.disconnect()
        return result

    return factory.answer.addTimeout(timeout, reactor, _timed_out).addBoth(close)


def _timed_out(result: Any, timeout: float) -> Any:
    raise Unanswered(f"no answer within {timeout:g} s")


def _response(query: dns.message.Message, wire: bytes) -> dns.message.Message | None:
    """The bytes as the response to this query, or None where they are not."""
    # A TLSA record of a wrong length says that there is one, though none that can be used; all else must be right.
    lenient = query.question[0].rdtype == dns.rdatatype.TLSA
    try:
        response = dns.message.from_wire(wire, ignore_trailing=True, continue_on_error=lenient)
    except (dns.exception.DNSException, ValueError):
        return None
    return response if query.is_response(response) else None
