"""Making the connection of a session."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import ClientFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from mailit.delivery.outcomes import Trouble
from mailit.delivery.session import Session
from mailit.errors import Reply


class _Factory(ClientFactory):
    noisy = False

    def __init__(self, session: Session, source: str) -> None:
        self._session = session
        self._way = f"{session.peer.host} ({session.peer.address})" + (f" from {source}" if source else "")

    def buildProtocol(self, addr: Any) -> Session:
        return self._session

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        why = str(reason.getErrorMessage()).rstrip(".")
        self._session.fail(Trouble(Reply(0, "4.4.1", f"Could not connect to {self._way}: {why}")))


def dial(reactor: Any, session: Session, timeout: float, source: str = "") -> None:
    """Connects a session to its peer, from our address `source` if it is given; its keeper is told what comes of it.

    `timeout` is in seconds.
    """
    factory: Any = _Factory(session, source)
    if session.peer.implicit:
        factory = TLSMemoryBIOFactory(session.context, True, factory)
    bind = (source, 0) if source else None
    reactor.connectTCP(session.peer.address, session.peer.port, factory, timeout=timeout, bindAddress=bind)
