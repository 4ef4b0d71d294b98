"""Exchangers that take everything: Postfix's smtp-sink where it is installed, and a quick one of our own.

`python -m bench.sink [--tls]` prints `{"port": PORT}`, serves until SIGTERM, and then prints
`{"sessions": N, "mails": N, "secured": N}`. It speaks PIPELINING and, when told so, STARTTLS.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.rig import ROOT, free_port, until

_SMTP_SINK = "/usr/sbin/smtp-sink"


class Session(asyncio.Protocol):
    """One connection; commands may come many in one piece."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._received = b""
        self._recipients: list[str] = []
        self._in_data = False
        self._securing = False
        self._secured = False

    def connection_made(self, transport: Any) -> None:
        """Greets (asyncio calls this)."""
        self._transport = transport
        self._sink.sessions += 1
        transport.write(b"220 mx.example.net ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Takes what has come, as far as it is whole (asyncio calls this)."""
        received = self._received + data
        if self._securing:  # asyncio may hand over the first of what TLS brings before it hands over the transport
            self._received = received
            return
        replies: list[bytes] = []
        while True:
            if self._in_data:
                end = received.find(b"\r\n.\r\n")
                if end < 0:
                    break
                received = received[end + 5 :]
                self._in_data = False
                self._sink.take(self._recipients)
                self._recipients = []
                replies.append(b"250 2.0.0 Taken\r\n")
                continue
            end = received.find(b"\r\n")
            if end < 0:
                break
            line, received = received[:end], received[end + 2 :]
            reply = self._reply(line)
            replies.append(reply)
            if reply[:3] == b"220":
                self._transport.write(b"".join(replies))
                self._received = b""
                self._securing = True
                self._sink.secure(self, self._transport)
                return
        self._received = received
        if replies:
            self._transport.write(b"".join(replies))
            if replies[-1][:3] == b"221":
                self._transport.close()

    def secured(self, transport: Any) -> None:
        """Speaks on, through TLS."""
        self._transport = transport
        self._securing, self._secured = False, True
        self.data_received(b"")

    def _reply(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipients.append(line[line.find(b"<") + 1 : line.find(b">")].decode())
            return b"250 2.1.5 Ok\r\n"
        if verb == b"DATA":
            self._in_data = True
            return b"354 End with a lone dot\r\n"
        if verb == b"EHLO":
            offered = b"250-STARTTLS\r\n" if self._sink.context and not self._secured else b""
            return (
                b"250-mx.example.net\r\n" + offered + b"250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n"
            )
        if verb == b"STAR" and self._sink.context and not self._secured:
            return b"220 2.0.0 Go ahead\r\n"
        if verb == b"QUIT":
            return b"221 2.0.0 Bye\r\n"
        return b"250 2.0.0 Ok\r\n"


@define(eq=False)
class Sink:
    """Counts sessions and mails; `dotted(recipient)` is called as a mail's final dot has come."""

    context: ssl.SSLContext | None = None
    dotted: Callable[[str], None] | None = None
    sessions: int = 0
    mails: int = 0
    secured: int = 0
    _upgrades: set[Any] = field(factory=set, init=False)

    def take(self, recipients: list[str]) -> None:
        """A mail is whole."""
        self.mails += 1
        if self.dotted is not None:
            for recipient in recipients:
                self.dotted(recipient)

    def secure(self, session: Session, transport: Any) -> None:
        """Begins TLS on a session that has asked for it."""
        loop = asyncio.get_running_loop()
        transport.pause_reading()
        upgrade = loop.create_task(self._secure(loop, session, transport))
        self._upgrades.add(upgrade)
        upgrade.add_done_callback(self._upgrades.discard)

    async def _secure(self, loop: Any, session: Session, transport: Any) -> None:
        with suppress(OSError):
            session.secured(await loop.start_tls(transport, session, self.context, server_side=True))
            self.secured += 1

    async def listen(self) -> tuple[asyncio.Server, int]:
        """Listens on a free port of loopback."""
        server = await asyncio.get_running_loop().create_server(lambda: Session(self), "127.0.0.1", 0, backlog=511)
        return server, server.sockets[0].getsockname()[1]


@contextmanager
def in_thread(sink: Sink) -> Iterator[int]:
    """Serves this sink from a thread of this process; gives its port."""
    loop = asyncio.new_event_loop()
    ports: list[int] = []
    listening = threading.Event()

    def run() -> None:
        server, port = loop.run_until_complete(sink.listen())
        ports.append(port)
        listening.set()
        loop.run_forever()
        server.close()
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    listening.wait()
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


@define
class Counted:
    """A sink that is a process of its own. What it counted stands once it has ended; `secured` sessions spoke TLS."""

    port: int
    process: subprocess.Popen[Any]
    name: str
    _count: Callable[[], tuple[int, int, int]]
    sessions: int = 0
    mails: int = 0
    secured: int = 0
    _ended: bool = False

    def end(self) -> None:
        """Ends it, and takes what it counted."""
        if not self._ended:
            self._ended = True
            self.process.terminate()
            self.sessions, self.mails, self.secured = self._count()


@contextmanager
def running(tls: bool = False, ours: bool = False) -> Iterator[Counted]:
    """A sink as a process of its own: smtp-sink, unless TLS or ours is asked for or there is none."""
    program = shutil.which("smtp-sink") or (_SMTP_SINK if os.access(_SMTP_SINK, os.X_OK) else None)
    with _ours(tls) if tls or ours or program is None else _postfix(program) as counted:
        yield counted


@contextmanager
def _ours(tls: bool) -> Iterator[Counted]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", *(["--tls"] if tls else [])], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None

    def count() -> tuple[int, int, int]:
        said = process.communicate(timeout=10)[0]
        counts = json.loads(said) if said else {"sessions": 0, "mails": 0, "secured": 0}
        return counts["sessions"], counts["mails"], counts["secured"]

    counted = Counted(json.loads(process.stdout.readline())["port"], process, "bench/sink.py", count)
    try:
        yield counted
    finally:
        counted.end()


@contextmanager
def _postfix(program: str) -> Iterator[Counted]:
    port = free_port()
    as_whom = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [program, "-c", *as_whom, "-h", "mx.example.net", f"127.0.0.1:{port}", "511"], stdout=subprocess.PIPE
    )
    said = b""
    ended = threading.Event()

    def read() -> None:
        nonlocal said
        assert process.stdout is not None
        while part := os.read(process.stdout.fileno(), 65536):
            said = (said + part)[-200:]
        ended.set()

    def count() -> tuple[int, int, int]:
        process.wait(10)
        ended.wait(5)
        found = re.findall(rb"sess=(\d+) quit=\d+ mesg=(\d+)", said)
        return (int(found[-1][0]) - 1, int(found[-1][1]), 0) if found else (0, 0, 0)  # one session was the look

    threading.Thread(target=read, daemon=True).start()
    counted = Counted(port, process, "smtp-sink", count)
    try:
        until(lambda: _answers(port), 10)
        yield counted
    finally:
        counted.end()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as probe:
            return probe.recv(3) == b"220"
    except OSError:
        return False


def self_signed() -> ssl.SSLContext:
    """A context with a certificate that nobody has signed, as most exchangers have it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.example.net")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("mx.example.net"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mx.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
    return context


async def _serve(tls: bool) -> None:
    sink = Sink(self_signed() if tls else None)
    ended = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    server, port = await sink.listen()
    print(json.dumps({"port": port}), flush=True)
    await ended.wait()
    server.close()
    print(json.dumps({"sessions": sink.sessions, "mails": sink.mails, "secured": sink.secured}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sink")
    parser.add_argument("--tls", action="store_true", help="offer STARTTLS")
    asyncio.run(_serve(parser.parse_args().tls))


if __name__ == "__main__":
    main()
