"""Peers as processes of their own: a DNS server, and an exchanger of another author (aiosmtpd), both on loopback.

`python -m tests.peers ZONE LEDGER` prints `{"dns": PORT, "smtp": PORT}` and serves until it is ended. ZONE is a JSON
file, `{"name KIND": ["value", …]}`, read again whenever it changes. Each mail that the exchanger takes is a line of
LEDGER: `{"id": Message-ID, "to": recipient, "file": where its bytes are}`, written before its 250.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from twisted.internet import reactor
from twisted.internet.task import LoopingCall

from tests.dns import DnsServer


class Ledger:
    """Writes down what was taken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._count = 0
        path.parent.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keeps a mail (aiosmtpd calls this)."""
        head = envelope.content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
        id_ = next(line.split(":", 1)[1].strip() for line in head if line.lower().startswith("message-id:"))
        with self._lock:
            self._count += 1
            file = self._path.with_name(f"{os.getpid()}-{self._count}.eml")
            file.write_bytes(envelope.content)
            with self._path.open("a") as ledger:
                for recipient in envelope.rcpt_tos:
                    line = {"id": id_, "from": envelope.mail_from, "to": recipient, "file": str(file)}
                    ledger.write(json.dumps(line) + "\n")
        return "250 2.0.0 Taken"


class _Exchanger(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, data_size_limit=64_000_000, enable_SMTPUTF8=True, hostname="mx.example.net")


def main(zone: Path, ledger: Path) -> None:
    """Serves both."""
    exchanger = _Exchanger(Ledger(ledger), hostname="127.0.0.1", port=0)
    exchanger.start()
    server = DnsServer(reactor, ttl=1)
    server.start()
    seen = [0]

    def read() -> None:
        stamp = zone.stat().st_mtime_ns
        if stamp != seen[0]:
            seen[0] = stamp
            for key, values in json.loads(zone.read_text()).items():
                name, kind = key.split()
                server.add(name, kind, *values)

    LoopingCall(read).start(0.05)
    smtp = exchanger.server.sockets[0].getsockname()[1]
    print(json.dumps({"dns": server.port, "smtp": smtp}), flush=True)
    reactor.run()
    exchanger.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
