"""One mail on an idle system: from the API's answer to the final dot at the exchanger."""

from __future__ import annotations

import http.client
import json
import random
import socket
import statistics
import time
from collections.abc import Iterator

from bench import store
from bench.ground import NotDone, authorization, installation, looking, mail, open_for_mail
from bench.rows import Row, Set, Work
from bench.sink import Sink, in_thread
from tests.rig import until

_MAILS = 100
_PAUSES = (0.05, 0.15)  # seconds; sessions are kept for longer
_MESSAGE = b"Subject: x\r\n\r\n" + b"A parcel of yours left the house this morning.\r\n" * 40 + b".\r\n"


def run(work: Work) -> Iterator[Row]:
    """A hundred mails, one after the other, with pauses. Client and exchanger have one clock."""
    dots: dict[str, float] = {}
    sink = Sink(dotted=lambda recipient: dots.setdefault(recipient, time.monotonic()))
    with in_thread(sink) as port, installation(port, {}, work.options.log) as rig:
        open_for_mail(rig)
        connection = http.client.HTTPConnection("127.0.0.1", rig.http, timeout=20)
        head = {"User-Agent": "bench", "Content-Type": "application/json", **authorization(rig)}
        chance = random.Random(1)
        waits, answers = [], []
        count = work.options.scaled(_MAILS, 20)
        for number in range(-5, count):  # the first ones open the session and fill caches
            recipient = f"r{number}@example.net"
            body = json.dumps(mail(recipient))
            asked = time.monotonic()
            connection.request("POST", "/emails", body, head)
            answer = connection.getresponse()
            answered = time.monotonic()
            said = answer.read()
            if answer.status != 200:
                raise NotDone(f"{answer.status} {said.decode(errors='replace')[:200]}")
            until(lambda recipient=recipient: recipient in dots, 10, 0.002)
            if number >= 0:
                waits.append(1e3 * (dots[recipient] - answered))
                answers.append(1e3 * (answered - asked))
            time.sleep(chance.uniform(*_PAUSES))
        connection.close()
        with looking(rig) as database:
            least = store.commit_ms(database.dsn, count) + _transaction_ms(port, count)
    waits.sort()
    note = f"{count} mails, one at a time; the API's answer itself took {statistics.median(answers):.1f} ms (median)"
    against = "ms of a bare commit and a bare SMTP transaction"
    yield Row("idle-median", statistics.median(waits), "ms", least, against, note)
    yield Row("idle-p99", waits[int(len(waits) * 0.99)], "ms", least, against, "the same run")


def _transaction_ms(port: int, count: int) -> float:
    """The median of one mail on an open connection, unsigned and unmarked: MAIL, RCPT and DATA, then the rest."""
    took = []
    with socket.create_connection(("127.0.0.1", port)) as peer, peer.makefile("rb") as replies:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies.readline()
        for _ in range(count):
            began = time.monotonic()
            peer.sendall(b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n")
            for _ in range(3):
                replies.readline()
            peer.sendall(_MESSAGE)
            replies.readline()
            took.append(1e3 * (time.monotonic() - began))
            time.sleep(0.01)
    return statistics.median(took)


SETS = [Set(("idle-median", "idle-p99"), run)]
