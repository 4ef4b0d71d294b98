"""Load: many connections that POST the same body again and again, by wrk where it is installed, else by ourselves."""

from __future__ import annotations

import json
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping

from attrs import define, frozen

CONNECTIONS = 48

_SCRIPT = """
wrk.method = "POST"
wrk.path = "%(path)s"
%(headers)s
wrk.body = [==[%(body)s]==]
function done(summary, latency, requests)
  io.write(string.format(
    '\\nRESULT {"requests":%%d,"microseconds":%%d,"refused":%%d,"broken":%%d,"p50":%%f,"p99":%%f}\\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


class LoadFailed(Exception):
    """The load was not taken: the figure would be of refusals."""


@frozen
class Load:
    """What came of it. Latencies are in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    generator: str

    @property
    def rate(self) -> float:
        """Requests a second that were answered by 2xx."""
        return self.requests / self.seconds


def generator() -> str:
    """Which one is used here."""
    return f"wrk -t1 -c{CONNECTIONS}" if shutil.which("wrk") else f"bench/load.py, {CONNECTIONS} connections"


def post(port: int, path: str, body: str, headers: Mapping[str, str], seconds: float) -> Load:
    """POSTs `body` to loopback for so long. Raises `LoadFailed` where anything but 2xx came back."""
    sent = {"Content-Type": "application/json", "User-Agent": "bench", **headers}
    load = _wrk if shutil.which("wrk") else _python
    return load(port, path, body, sent, seconds)


def _wrk(port: int, path: str, body: str, headers: Mapping[str, str], seconds: float) -> Load:
    lines = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items())
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % {"path": path, "headers": lines, "body": body})
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{round(seconds)}s", "--timeout", "20s", "-s", script.name]
        said = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=False)
    results = [line.removeprefix("RESULT ") for line in said.stdout.splitlines() if line.startswith("RESULT ")]
    if not results:
        raise LoadFailed(f"wrk gave no result: {said.stderr.strip() or said.stdout.strip()}")
    result = json.loads(results[0])
    if result["refused"] or result["broken"] or not result["requests"]:
        raise LoadFailed(f"of {result['requests']} requests {result['refused']} were refused, {result['broken']} broke")
    took = result["microseconds"] / 1e6
    return Load(result["requests"], took, result["p50"] / 1e3, result["p99"] / 1e3, generator())


@define
class _Connection:
    socket: socket.socket
    since: float = 0.0
    received: bytes = b""


def _python(port: int, path: str, body: str, headers: Mapping[str, str], seconds: float) -> Load:
    content = body.encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
    )
    latencies: list[float] = []
    now = time.perf_counter
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connected = socket.create_connection(("127.0.0.1", port))
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connected, selectors.EVENT_READ, _Connection(connected))
        try:
            began = now()
            for key in list(selector.get_map().values()):
                key.data.since = now()
                key.data.socket.sendall(request)
            while (moment := now()) - began < seconds:
                for key, _ in selector.select(1.0):
                    if _answered(key.data):
                        latencies.append(now() - key.data.since)
                        key.data.since = now()
                        key.data.socket.sendall(request)
        finally:
            for key in list(selector.get_map().values()):
                key.data.socket.close()
    if not latencies:
        raise LoadFailed("nothing was answered")
    latencies.sort()
    p50, p99 = (1e3 * latencies[int(len(latencies) * part)] for part in (0.5, 0.99))
    return Load(len(latencies), moment - began, p50, p99, generator())


def _answered(connection: _Connection) -> bool:
    """Reads what has come; whether a whole answer is there."""
    part = connection.socket.recv(65536)
    if not part:
        raise LoadFailed("the server closed a connection")
    connection.received += part
    head, found, rest = connection.received.partition(b"\r\n\r\n")
    if not found:
        return False
    status, *fields = head.lower().split(b"\r\n")
    lengths = [int(field.partition(b":")[2]) for field in fields if field.startswith(b"content-length:")]
    if not lengths or len(rest) < lengths[0]:
        if not lengths:
            raise LoadFailed("an answer without a length")
        return False
    if not status.startswith(b"http/1.1 2"):
        raise LoadFailed(f"refused: {status.decode()} {rest.decode(errors='replace')}")
    connection.received = b""
    return True
