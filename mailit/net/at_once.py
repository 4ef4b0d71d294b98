"""Bytes on their way at once, not in the reactor's next turn.

Twisted's `write` waits for the descriptor to be ready: two calls of `epoll_ctl` and a turn of the reactor for each, and
at each of them a thread that signs may take the interpreter. On an idle connection the kernel has room anyway.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection


def send(transport: Any, data: bytes) -> None:
    """Writes to a transport of Twisted's, with whatever was written before it first; what is left over it buffers."""
    sent: Any = 0
    if (
        isinstance(transport, Connection)  # not what wraps one: TLS lends its attributes
        and not transport.TLS
        and transport.connected
        and (transport.producer is None or transport.streamingProducer)
        and not transport.dataBuffer
        and not transport._tempDataLen
    ):
        sent = transport.writeSomeData(data)
        if not isinstance(sent, int):  # the connection is lost: `write` will find it so, in its own time
            sent = 0
    if sent < len(data):
        transport.write(data[sent:])
