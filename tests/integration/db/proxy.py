"""A proxy before PostgreSQL's socket that cuts a connection where a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path

from psycopg2.extensions import make_dsn, parse_dsn


class Cut(Enum):
    """What becomes of the first message from the client that has the mark in it."""

    BEFORE = auto()  # the server never gets it, and loses the connection too
    AFTER = auto()  # the server has done it; its answer is not passed on
    MEANWHILE = auto()  # the server has got it and keeps its connection; the client loses its own


class Proxy:
    """Listens in a folder of its own; `dsn` is how to get there. Cuts once, when armed."""

    def __init__(self, folder: Path, dsn: str) -> None:
        parts = parse_dsn(dsn)
        self._target = f"{parts['host']}/.s.PGSQL.{parts['port']}"
        self.dsn = make_dsn(dsn, host=str(folder))
        self.cuts = 0
        self._armed: tuple[bytes, Cut] | None = None
        self._kept: list[socket.socket] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / f".s.PGSQL.{parts['port']}"))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, mark: bytes, cut: Cut) -> None:
        """Cuts at the next message with `mark` in it."""
        self._armed = (mark, cut)

    def close(self) -> None:
        """Lets go of everything."""
        for each in (self._listening, *self._kept):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                self._kept += [client, server]
                threading.Thread(target=self._pass, args=(client, server), daemon=True).start()
                threading.Thread(target=self._back, args=(server, client), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                cut = self._armed[1] if self._armed and self._armed[0] in data else None
                if cut is None:
                    server.sendall(data)
                    continue
                self._armed = None
                self.cuts += 1
                if cut is Cut.AFTER:
                    self._muted = server
                if cut is not Cut.BEFORE:
                    server.sendall(data)
                if cut is Cut.AFTER:
                    return  # the way back closes it, once the server has answered
                client.shutdown(socket.SHUT_RDWR)
                if cut is Cut.MEANWHILE:
                    return
                break
        _shut(server)

    _muted: socket.socket | None = None

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if server is self._muted:
                    break
                client.sendall(data)
        _shut(client)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(folder: Path, dsn: str) -> Iterator[Proxy]:
    """A proxy for as long as a test takes."""
    proxy = Proxy(folder, dsn)
    try:
        yield proxy
    finally:
        proxy.close()
