"""Writing past the reactor, on real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.threads import deferToThread

from mailit.net.at_once import send


class Caller(Protocol):
    """Fires `lost` when its connection has ended."""

    def __init__(self) -> None:
        self.lost: Deferred[None] = Deferred()

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)
    yield listening
    listening.close()


async def connected(reactor: Any, peer: socket.socket) -> tuple[Caller, socket.socket]:
    caller = await connectProtocol(HostnameEndpoint(reactor, "127.0.0.1", peer.getsockname()[1]), Caller())
    accepted, _ = peer.accept()
    accepted.settimeout(5)
    return caller, accepted


class TestAWrite:
    """All of it arrives, in order, whatever the kernel had room for."""

    @pytest_twisted.ensureDeferred
    async def test_a_little_is_there_at_once(self, reactor: Any, peer: socket.socket) -> None:
        """Before the reactor has turned."""
        caller, accepted = await connected(reactor, peer)
        send(caller.transport, b"EHLO\r\n")
        assert accepted.recv(100) == b"EHLO\r\n"
        accepted.close()
        await caller.lost

    @pytest_twisted.ensureDeferred
    async def test_more_than_the_kernel_takes(self, reactor: Any, peer: socket.socket) -> None:
        """The rest goes as there is room, and what is written after it comes after it."""
        caller, accepted = await connected(reactor, peer)
        body = bytes(range(256)) * 40_000
        send(caller.transport, body)
        send(caller.transport, b"after it")
        caller.transport.loseConnection()

        def read() -> bytes:
            pieces = []
            while piece := accepted.recv(65_536):
                pieces.append(piece)
            return b"".join(pieces)

        assert await deferToThread(read) == body + b"after it"
        await caller.lost

    @pytest_twisted.ensureDeferred
    async def test_to_a_peer_that_is_gone(self, reactor: Any, peer: socket.socket) -> None:
        """The connection ends as it would have."""
        caller, accepted = await connected(reactor, peer)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        accepted.close()
        for _ in range(3):
            send(caller.transport, b"DATA\r\n")
        await caller.lost
        send(caller.transport, b"QUIT\r\n")
