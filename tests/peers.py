"""Peers as processes of their own: a DNS server, and an exchanger of another author (aiosmtpd), both on loopback.

`python -m tests.peers ZONE LEDGER [TTL]` prints `{"dns": PORT, "smtp": PORT}`, serves until it is ended, and then
prints how often each question was asked, `{"name KIND": TIMES}`. ZONE is JSON, `{"name KIND": ["value", …]}`, read
again when it changes; of a name that has the kind SILENT nothing is said. Answers are good for TTL seconds. Each mail
that the exchanger takes is a line of LEDGER, `{"id": Message-ID, "from": sender, "to": recipient, "file": where its
bytes are}`, written before its 250.
"""

from __future__ import annotations

import json
import os
import socket
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


def main(zone: Path, ledger: Path, ttl: int = 1) -> None:
    """Serves both."""
    with socket.create_server(("127.0.0.1", 0)) as probe:  # aiosmtpd wants to know its port beforehand
        smtp = probe.getsockname()[1]
    exchanger = _Exchanger(Ledger(ledger), hostname="127.0.0.1", port=smtp)
    exchanger.start()
    server = DnsServer(reactor, ttl=ttl)
    server.start()
    seen = [0]
    there: set[tuple[str, str]] = set()

    def read() -> None:
        stamp = zone.stat().st_mtime_ns
        if stamp == seen[0]:
            return
        seen[0] = stamp
        records = {tuple(key.split()): values for key, values in json.loads(zone.read_text()).items()}
        server.silent = {name for name, kind in records if kind == "SILENT"}
        for name, kind in there - records.keys():
            server.remove(name, kind)
        there.clear()
        for (name, kind), values in records.items():
            if kind != "SILENT":
                server.add(name, kind, *values)
                there.add((name, kind))

    LoopingCall(read).start(0.05)
    print(json.dumps({"dns": server.port, "smtp": smtp}), flush=True)
    reactor.run()
    exchanger.stop()
    print(json.dumps({" ".join(question): times for question, times in server.asked.items()}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
