"""`python -m bench.crash`: kills the daemon and its PostgreSQL under load, again and again, and counts what is left.

Before that it is killed with a mail at each step of the protocol, from the connection to after the outcome's commit
(`bench.steps`): with PostgreSQL, and alone.

Clients post mails, one by one and in batches, to one recipient and to several. The daemon, the daemon with its
PostgreSQL, or PostgreSQL alone is killed by SIGKILL at random moments and started again, sometimes before it was up.
At the end the queue drains, and what clients were promised, what the database says and what the exchanger has are
compared (`tests.audit`). A difference is printed with the seed, and the status is 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from attrs import define, field, frozen

from bench.ground import disk
from bench.steps import steps
from tests import audit
from tests.rig import Rig, installation, until

SETTINGS = {"smtp_outbound": {"retry_delays": ["1s"], "in_doubt": "resend"}, "logging": {"level": "warn"}}
VICTIMS = ("daemon", "daemon and PostgreSQL", "PostgreSQL")
_CLIENTS = 4
_PATIENCE = 30.0  # seconds without any progress, and the queue does not drain any more
_EXPECTED = (200, 503)


@frozen
class Options:
    """How long and how often, and from which seed the moments are drawn."""

    seed: int
    seconds: float = 60.0
    rounds: int = 1000


@define
class Posted:
    """What came of the clients' requests: recipients by mail, the subjects of each batch, how often what was said.

    `under_way` are the clients that wait for an answer at this moment.
    """

    promised: dict[str, list[str]] = field(factory=dict)
    batches: list[list[str]] = field(factory=list)
    answers: Counter[str] = field(factory=Counter)
    faults: list[str] = field(factory=list)
    under_way: set[int] = field(factory=set)


@define(eq=False)
class Client:
    """Posts one request after another, each of mails that nobody else posts, and takes what comes for an answer."""

    _rig: Rig
    _number: int
    _random: Random
    _posted: Posted
    _stop: threading.Event
    _count: int = 0

    def run(self) -> None:
        """Until it is told to stop."""
        connection = self._connect()
        while not self._stop.wait(self._random.expovariate(15)):
            mails = [self._mail() for _ in range(self._random.choice((1, 1, 1, 1, 2, 20)))]
            recipients = [mail["to"] + mail["bcc"] for mail in mails]
            if len(mails) > 1:
                self._posted.batches.append([mail["subject"] for mail in mails])
            self._posted.under_way.add(self._number)
            try:
                status, said = self._post(connection, mails)
            except (OSError, http.client.HTTPException) as error:
                self._posted.answers[type(error).__name__] += 1
                connection.close()
                connection = self._connect()
                continue
            finally:
                self._posted.under_way.discard(self._number)
            self._posted.answers[str(status)] += 1
            if status == 200:
                ids = [one["id"] for one in said["data"]] if len(mails) > 1 else [said["id"]]
                self._posted.promised.update(zip(ids, recipients, strict=True))
            elif status not in _EXPECTED or said.get("statusCode") != status:
                self._posted.faults.append(f"answered: {status} {said}")
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._rig.http, timeout=20)

    def _mail(self) -> dict[str, Any]:
        self._count += 1
        name = f"{self._number}-{self._count}"
        to = [f"r{place}.{name}@example.net" for place in range(self._random.choice((1, 1, 1, 2, 5)))]
        return {
            "from": "Hello <hello@example.org>",
            "to": to[:1],
            "bcc": to[1:],
            "subject": name,
            "text": "." * self._random.randrange(2000),
        }

    def _post(self, connection: http.client.HTTPConnection, mails: Sequence[dict[str, Any]]) -> tuple[int, Any]:
        path, body = ("/emails/batch", mails) if len(mails) > 1 else ("/emails", mails[0])
        headers = {
            "Authorization": f"Bearer {self._rig.key}",
            "Content-Type": "application/json",
            "User-Agent": "crash",
        }
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def crash(options: Options, told: Any = None) -> list[str]:
    """One run: what does not agree in the end, nothing where all is well. `told(line)` hears how it goes."""
    say = told or (lambda line: None)
    random = Random(options.seed)
    posted = Posted()
    with installation(SETTINGS, base=disk()) as rig:
        rig.start()
        rig.verify(rig.enroll())
        with _clients(rig, random, posted):
            kills = _kill_again_and_again(rig, random, options, posted)
        say(f"killed: {_counted(kills)}; answered: {_counted(posted.answers)}")
        _have_it_run(rig)
        with rig.database() as dsn:
            faults = _settled(rig, dsn, posted, say)
        if rig.stop() != 0:
            faults.append(f"stopped: the daemon ended with status {rig.daemon.returncode if rig.daemon else None}")
    return faults


@contextmanager
def _clients(rig: Rig, random: Random, posted: Posted) -> Iterator[None]:
    stop = threading.Event()
    threads = [
        threading.Thread(target=Client(rig, number, Random(random.random()), posted, stop).run)
        for number in range(_CLIENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _kill_again_and_again(rig: Rig, random: Random, options: Options, posted: Posted) -> Counter[str]:
    kills: Counter[str] = Counter()
    end = time.monotonic() + options.seconds
    while sum(kills.values()) < options.rounds and time.monotonic() < end:
        when = random.random()
        if when < 0.8:  # else it is killed while it starts
            until(lambda: rig.ready() or _died(rig), 60)
        time.sleep(random.uniform(0.05, 2.0))
        if when < 0.5:  # with a request just sent, or just answered
            until(lambda: posted.under_way, 5, every=0.001)
            time.sleep(random.uniform(0, 0.01))
        victim = random.choice(VICTIMS)
        kills[victim] += 1
        if victim == "PostgreSQL":
            rig.kill_postgres()
            continue
        rig.kill(postgres=victim != "daemon")
        time.sleep(random.choice((0.0, 0.0, 0.3)))
        rig.start(wait=False)
    return kills


def _died(rig: Rig) -> bool:
    """Starts the daemon again where it could not start, as an operator's supervisor does: PostgreSQL died under it."""
    if rig.daemon is not None and rig.daemon.poll() is not None:
        rig.start(wait=False)
    return False


def _have_it_run(rig: Rig) -> None:
    until(lambda: rig.ready() or _died(rig), 60)


def _settled(rig: Rig, dsn: str, posted: Posted, say: Any) -> list[str]:
    """Waits until the spool is empty, and compares."""
    faults = list(posted.faults)
    began = moved = time.monotonic()
    left = audit.waiting(dsn)
    while left and time.monotonic() < moved + _PATIENCE:
        time.sleep(0.2)
        before, left = left, audit.waiting(dsn)
        if left != before:
            moved = time.monotonic()
    say(f"drained: in {time.monotonic() - began:.1f} s, left: {'; '.join(left) or 'nothing'}")
    settled, envelopes = audit.read(dsn)
    taken = [(line["id"], line["to"]) for line in rig.taken()]
    mails = len({one.email_id for one in settled})
    doubts = sum(one.doubts > 0 for one in settled)
    say(f"promised: {len(posted.promised)} mails; in the database: {mails}")
    say(f"recipients: {len(settled)}, {doubts} of them in doubt")
    say(f"at the exchanger: {len(taken)}, {len(taken) - len(set(taken))} of them once more")
    if not posted.promised:
        faults.append("idle: not one mail was accepted")
    return faults + audit.faults(
        audit.Account(posted.promised, settled, taken, batches=posted.batches, envelopes=envelopes)
    )


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counter.most_common()) or "nothing"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.crash", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="N", help="of kills; the queue drains after that"
    )
    parser.add_argument("--seed", type=int, default=None, metavar="S", help="draws the same moments again")
    parser.add_argument("--rounds", type=int, default=1000, metavar="N", help="no more kills than that")
    parser.add_argument("--no-steps", dest="steps", action="store_false", help="not at each step of the protocol first")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else int.from_bytes(os.urandom(4))
    print(f"seed: {seed}", flush=True)
    faults = []
    for postgres in (False, True) if given.steps else ():
        faults += steps(postgres, base=disk(), told=lambda line: print(line, flush=True))
    faults += crash(Options(seed, given.seconds, given.rounds), lambda line: print(line, flush=True))
    for fault in faults[:50]:
        print(fault, file=sys.stderr)
    if faults:
        print(f"{len(faults)} faults with the seed {seed}", file=sys.stderr)
        return 1
    print("nothing is lost, nothing is doubled that is not marked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
