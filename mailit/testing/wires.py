"""A network in memory, on a virtual clock: what a test's clients dial, and what happens to them.

`Network` is the clock and the reactor of code that dials with `connectTCP`. Each write arrives as one segment, after
`latency` seconds; nothing happens between two calls of `advance`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import (
    ConnectionAborted,
    ConnectionDone,
    ConnectionLost,
    ConnectionRefusedError,
    TimeoutError,
)
from twisted.internet.task import Clock
from twisted.python.failure import Failure

BLACKHOLE = object()
"""Listen with this, and who dials hears nothing until his own patience ends."""


class Network(Clock):
    """A reactor of sorts: `listen` says who answers at an address; all others refuse."""

    def __init__(self, latency: float = 0.0) -> None:
        super().__init__()
        self.latency = latency
        self.dialled: list[tuple[str, int]] = []
        self.bound: list[str] = []  # our own addresses, where some were named
        self.segments = 0  # writes that arrived, of both sides
        self._listeners: dict[tuple[str, int], Any] = {}

    def listen(self, address: str, port: int, factory: Any) -> None:
        """Whoever dials this address and port is given to `factory.buildProtocol`; `BLACKHOLE` says nothing."""
        self._listeners[address, port] = factory

    def close(self, address: str, port: int) -> None:
        """Nobody listens there any more."""
        self._listeners.pop((address, port), None)

    def settle(self, seconds: float = 0.0) -> None:
        """Lets so much time pass, in steps, so that what depends on something else happens in its turn."""
        end = self.seconds() + seconds
        self.advance(0)
        while True:
            due = min((call.getTime() for call in self.getDelayedCalls()), default=end)
            if due > end:
                break
            self._be_at(due)
            if not self.getDelayedCalls():
                break
        self._be_at(end)

    def _be_at(self, seconds: float) -> None:
        self.rightNow = max(self.rightNow, seconds)  # not by a difference: rounding would fall short of it
        self.advance(0)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> _Connector:
        """See `IReactorTCP`."""
        self.dialled.append((host, port))
        if bindAddress is not None:
            self.bound.append(bindAddress[0])
        connector = _Connector(self, host, port, factory, timeout)
        connector.connect()
        return connector


@define(eq=False)
class _Connector:
    network: Network
    host: str
    port: int
    factory: Any
    timeout: float
    wire: Wire | None = None
    stopped: bool = False

    def connect(self) -> None:
        listener = self.network._listeners.get((self.host, self.port))
        self.factory.doStart()
        if listener is BLACKHOLE:
            self.network.callLater(self.timeout, self._failed, TimeoutError())
        elif listener is None:
            self.network.callLater(self.network.latency, self._failed, ConnectionRefusedError())
        else:
            self.network.callLater(self.network.latency, self._connected, listener)

    def stopConnecting(self) -> None:
        self.stopped = True

    def disconnect(self) -> None:
        if self.wire is None:
            self.stopConnecting()
        else:
            self.wire.loseConnection()

    def getDestination(self) -> Any:
        return _address(self.host, self.port)

    def _failed(self, error: Exception) -> None:
        if not self.stopped:
            self.factory.clientConnectionFailed(self, Failure(error))
            self.factory.doStop()

    def _connected(self, listener: Any) -> None:
        if self.stopped:
            return
        client = self.factory.buildProtocol(_address(self.host, self.port))
        server = listener.buildProtocol(_address("127.0.0.1", 40000))
        if client is None or server is None:
            self._failed(ConnectionRefusedError())
            return
        ours = self.wire = Wire(self.network, client, self.host, self.port, self._lost)
        theirs = Wire(self.network, server, "127.0.0.1", 40000, lambda reason: None)
        ours.other, theirs.other = theirs, ours
        server.makeConnection(theirs)
        client.makeConnection(ours)

    def _lost(self, reason: Failure) -> None:
        self.factory.clientConnectionLost(self, reason)
        self.factory.doStop()


@define(eq=False)
class Wire:
    """One side of a connection: the transport of its protocol."""

    network: Network
    protocol: Any
    host: str
    port: int
    gone: Callable[[Failure], None]
    other: Wire = field(init=False)
    connected: bool = True
    disconnecting: bool = False
    no_delay: bool = False
    _producer: Any = None

    def write(self, data: bytes) -> None:
        """One segment, unless it is nothing."""
        if data and self.connected and not self.disconnecting:
            self.network.callLater(self.network.latency, self.other._arrived, bytes(data))

    def writeSequence(self, pieces: Any) -> None:
        """One segment."""
        self.write(b"".join(pieces))

    def loseConnection(self) -> None:
        """Closes in order: what was written arrives first."""
        if self.connected and not self.disconnecting:
            self.disconnecting = True
            self.network.callLater(self.network.latency, self.other._lost, ConnectionDone())
            self.network.callLater(0, self._lost, ConnectionDone())

    def abortConnection(self) -> None:
        """Closes at once; the other side hears a reset."""
        if self.connected and not self.disconnecting:
            self.disconnecting = True
            self.network.callLater(self.network.latency, self.other._lost, ConnectionLost())
            self.network.callLater(0, self._lost, ConnectionAborted())

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Pull producers are asked again and again until they leave."""
        self._producer = producer
        if not streaming:
            self.network.callLater(0, self._pull)

    def unregisterProducer(self) -> None:
        """No more is asked."""
        self._producer = None

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Noted in `no_delay`."""
        self.no_delay = bool(enabled)

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Of no effect."""

    def getPeer(self) -> Any:
        """Whom the connection is with."""
        return _address(self.host, self.port)

    def getHost(self) -> Any:
        """Our side's address."""
        return _address(self.other.host, self.other.port)

    def _pull(self) -> None:
        if self._producer is not None and self.connected:
            self._producer.resumeProducing()
            self.network.callLater(0, self._pull)

    def _arrived(self, data: bytes) -> None:
        if self.connected and not self.disconnecting:
            self.network.segments += 1
            self.protocol.dataReceived(data)

    def _lost(self, error: Exception) -> None:
        if not self.connected:
            return
        self.connected = False
        reason = Failure(error)
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        self.protocol.connectionLost(reason)
        self.gone(reason)


def _address(host: str, port: int) -> Any:
    return (IPv6Address if ":" in host else IPv4Address)("TCP", host, port)
