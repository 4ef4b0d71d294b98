"""Load: many connections that ask again and again, by ourselves, or by wrk where it is installed and can."""

from __future__ import annotations

import json
import secrets
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count

from attrs import define, frozen

CONNECTIONS = 48
_OURS = f"bench/load.py, {CONNECTIONS} connections"

_SCRIPT = """
wrk.method = "POST"
wrk.path = "%(path)s"
%(headers)s
wrk.body = [==[%(body)s]==]
%(keyed)s
function done(summary, latency, requests)
  io.write(string.format(
    '\\nRESULT {"requests":%%d,"microseconds":%%d,"refused":%%d,"broken":%%d,"p50":%%f,"p99":%%f}\\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


# A key of its own for each request.
_KEYED = """
local run, number = "%(run)s", 0
function request()
  number = number + 1
  wrk.headers["Idempotency-Key"] = run .. number
  return wrk.format()
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
    return f"wrk -t1 -c{CONNECTIONS}" if shutil.which("wrk") else _OURS


def post(port: int, path: str, body: str, headers: Mapping[str, str], seconds: float, *, keyed: bool = False) -> Load:
    """POSTs `body` to loopback for so long, `keyed` with an idempotency key each.

    Raises `LoadFailed` where anything but 2xx came back.
    """
    load = _wrk if shutil.which("wrk") else _python
    return load(port, path, body, _sent(headers), seconds, keyed)


def post_evenly(
    port: int, path: str, body: str, headers: Mapping[str, str], seconds: float, rate: float, *, keyed: bool = False
) -> Load:
    """The same at so many requests a second, evenly, however long the answers take: an open loop.

    A latency counts from the time that a request was due, also where no connection was free for it then.
    """
    return evenly(port, _requests(path, body, _sent(headers), keyed), seconds, rate)


def evenly(port: int, requests: Iterator[bytes], seconds: float, rate: float) -> Load:
    """These requests in turn, by the same open loop."""
    latencies: list[float] = []
    now = time.perf_counter
    with _connected(port) as selector:
        idle: list[_Connection] = [key.data for key in selector.get_map().values()]
        due: deque[float] = deque()
        began, planned = now(), 0
        while (moment := now()) - began < seconds or due or len(idle) < CONNECTIONS:
            while planned / rate <= moment - began < seconds:
                due.append(began + planned / rate)
                planned += 1
            while due and idle:
                connection = idle.pop()
                connection.since = due.popleft()
                connection.socket.sendall(next(requests))
            wait = max(0.0, began + planned / rate - now()) if moment - began < seconds else 1.0
            for key, _ in selector.select(wait):
                if _answered(key.data):
                    latencies.append(now() - key.data.since)
                    idle.append(key.data)
    return _measured(latencies, moment - began, f"bench/load.py, {rate:.0f}/s evenly")


def at_once(port: int, requests: Iterator[bytes], seconds: float | None) -> Load:
    """These requests in turn, for so long or to the last, as fast as connections have their answers: a closed loop."""
    latencies: list[float] = []
    now = time.perf_counter
    with _connected(port) as selector:
        began = now()
        busy = sum(_asks(key.data, requests) for key in list(selector.get_map().values()))
        while busy and (seconds is None or now() - began < seconds):
            for key, _ in selector.select(1.0):
                if _answered(key.data):
                    latencies.append(now() - key.data.since)
                    busy -= not _asks(key.data, requests)
        took = now() - began
    return _measured(latencies, took, _OURS)


def _asks(connection: _Connection, requests: Iterator[bytes]) -> bool:
    """Sends the next one, if there is one more."""
    request = next(requests, None)
    if request is None:
        return False
    connection.since = time.perf_counter()
    connection.socket.sendall(request)
    return True


def posts(path: str, bodies: Iterable[tuple[str, Mapping[str, str]]], keyed: bool = False) -> Iterator[bytes]:
    """A POST for each body with its headers, `keyed` with an idempotency key each."""
    run = secrets.token_hex(8)
    for number, (body, headers) in enumerate(bodies):
        content = body.encode()
        more = {**_sent(headers), **({"Idempotency-Key": f"{run}{number}"} if keyed else {})}
        yield b"%bContent-Length: %d\r\n\r\n%b" % (_head("POST", path, more), len(content), content)


def gets(asked: Iterable[tuple[str, Mapping[str, str]]]) -> Iterator[bytes]:
    """A GET for each path with its headers."""
    for path, headers in asked:
        yield _head("GET", path, {"User-Agent": "bench", **headers}) + b"\r\n"


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}".encode()


def _sent(headers: Mapping[str, str]) -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": "bench", **headers}


def _wrk(port: int, path: str, body: str, headers: Mapping[str, str], seconds: float, keyed: bool) -> Load:
    keys = _KEYED % {"run": secrets.token_hex(8)} if keyed else ""
    lines = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items())
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % {"path": path, "headers": lines, "body": body, "keyed": keys})
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


def _python(port: int, path: str, body: str, headers: Mapping[str, str], seconds: float, keyed: bool) -> Load:
    return at_once(port, _requests(path, body, headers, keyed), seconds)


def _requests(path: str, body: str, headers: Mapping[str, str], keyed: bool) -> Iterator[bytes]:
    content = body.encode()
    before = b"%bContent-Length: %d\r\n" % (_head("POST", path, headers), len(content))
    run = secrets.token_hex(8)
    for number in count():
        key = f"Idempotency-Key: {run}{number}\r\n".encode() if keyed else b""
        yield b"%b%b\r\n%b" % (before, key, content)


@contextmanager
def _connected(port: int) -> Iterator[selectors.DefaultSelector]:
    """As many connections as there are to be, each with a `_Connection` of its own."""
    with selectors.DefaultSelector() as selector:
        try:
            for _ in range(CONNECTIONS):
                connected = socket.create_connection(("127.0.0.1", port))
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connected, selectors.EVENT_READ, _Connection(connected))
            yield selector
        finally:
            for key in list(selector.get_map().values()):
                key.data.socket.close()


def _measured(latencies: list[float], seconds: float, generator: str) -> Load:
    if not latencies:
        raise LoadFailed("nothing was answered")
    latencies.sort()
    p50, p99 = (1e3 * latencies[int(len(latencies) * part)] for part in (0.5, 0.99))
    return Load(len(latencies), seconds, p50, p99, generator)


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
    if not lengths and b"transfer-encoding: chunked" not in fields:
        raise LoadFailed("an answer without a length")
    if len(rest) < lengths[0] if lengths else not rest.endswith(b"0\r\n\r\n"):
        return False
    if not status.startswith(b"http/1.1 2"):
        raise LoadFailed(f"refused: {status.decode()} {rest.decode(errors='replace')}")
    connection.received = b""
    return True
