"""Bad days of the whole house: peers, DNS, callers, the database and the processes themselves, each at its worst."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psutil
import psycopg2.extensions
import pytest

from bench.crash import Client, Posted
from mailit.db.embedded import EmbeddedServer
from tests import audit
from tests.postgres import memory, short_folder
from tests.rig import Rig, installation, until
from tests.rude import Conversation, Talk, rude

SETTINGS = {"smtp_outbound": {"retry_delays": ["1s"]}, "dns": {"timeout": "1s"}}


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """An installation that tries again after a second."""
    with installation(SETTINGS) as rig:
        rig.start()
        rig.verify(rig.enroll())
        yield rig


def at_rude(rig: Rig, name: str) -> str:
    """A domain whose exchanger is at 127.0.0.2, where a test may listen: one a test, as what is learned is kept."""
    domain = f"{name.replace('_', '-')}.example"
    rig.publish({f"{domain} MX": [f"10 mx.{domain}."], f"mx.{domain} A": ["127.0.0.2"]})
    return domain


def sent(rig: Rig, **fields: Any) -> str:
    """The id of a mail that was accepted."""
    status, said = rig.send(**fields)
    assert status == 200, said
    return str(said["id"])


@contextmanager
def load(*rigs: Rig) -> Iterator[Posted]:
    """Clients that post to each of these daemons, and what came of it."""
    stop, posted = threading.Event(), Posted()
    threads = [
        threading.Thread(target=Client(rig, number, Random(number), posted, stop).run)
        for number, rig in enumerate([*rigs, *rigs])
    ]
    for thread in threads:
        thread.start()
    try:
        yield posted
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def agree(rig: Rig, dsn: str, posted: Posted) -> None:
    """The spool drains, and clients, database and exchanger agree."""
    end = time.monotonic() + 40
    while left := audit.waiting(dsn):
        assert time.monotonic() < end, left
        time.sleep(0.3)
    settled, envelopes = audit.read(dsn)
    taken = [(line["id"], line["to"]) for line in rig.taken()]
    assert posted.promised
    assert posted.faults == []
    assert audit.faults(audit.Account(posted.promised, settled, taken, posted.batches, envelopes)) == []


class TestAPeer:
    """What it does counts for its own mail, is told in its own words, and no mail is lost by it."""

    def attempt(self, rig: Rig, talk: Talk, **fields: Any) -> tuple[list[dict[str, Any]], list[bytes]]:
        """What happened to a mail whose exchanger talks like this at first, and well from then on; and what it took."""

        def once(peer: Conversation) -> None:
            if peer.number == 1:
                talk(peer)
                return
            peer.until_data()
            exchanger.taken.append(peer.body())
            peer.say("250 2.0.0 Taken")
            peer.wait()

        with rude("127.0.0.2", rig.smtp, once) as exchanger:
            id_ = sent(rig, to=f"a@{at_rude(rig, talk.__name__)}", **fields)
            until(lambda: rig.types(id_)[-1] == "delivered", 30)
        return rig.events(id_)[2:], exchanger.taken

    def canceled(self, rig: Rig, domain: str) -> bool:
        """Cancels what waits for a domain; whether that was all, for what is in the daemon's hands stays."""
        rig.mailit("queue", "cancel", "--domain", domain)
        return not rig.mailit("queue", "show", "--domain", domain, "--json").stdout.strip()

    def test_that_says_nothing_holds_nobody_up(self, rig: Rig) -> None:
        """Others get their mail meanwhile."""
        domain = at_rude(rig, "silent")
        with rude("127.0.0.2", rig.smtp, lambda peer: peer.wait()) as exchanger:
            silent = sent(rig, to=[f"r{n}@{domain}" for n in range(40)])
            until(lambda: exchanger.connections)
            other = sent(rig)
            until(lambda: rig.types(other)[-1] == "delivered", 5)
            assert rig.types(silent) == ["queued", "sent"]
        until(lambda: self.canceled(rig, domain), 60)  # or it would go to the exchangers of other tests

    def test_that_closes_at_data(self, rig: Rig) -> None:
        """In place of 354: nothing was sent, so there is no doubt."""

        def closes_at_data(peer: Conversation) -> None:
            peer.until_data(go_ahead=False)

        events, taken = self.attempt(rig, closes_at_data)
        assert not any(event["in_doubt"] for event in events)
        assert len(taken) == 1

    def test_that_closes_in_mid_message(self, rig: Rig) -> None:
        """The dot was never sent: no doubt either."""

        def closes_in_mid_message(peer: Conversation) -> None:
            peer.until_data()
            peer.read(100_000)

        events, taken = self.attempt(rig, closes_in_mid_message, text="far too long\n" * 1_000_000)
        assert not any(event["in_doubt"] for event in events)
        assert len(taken) == 1

    def test_that_answers_garbage(self, rig: Rig) -> None:
        """It is told, with what can't be shown escaped."""

        def answers_garbage(peer: Conversation) -> None:
            peer.say("220 rude.example.net ESMTP")
            peer.hear()
            peer.say("250 rude.example.net")
            peer.hear()
            peer.say(b"\x00\xff\x1b[31m garbage")
            peer.wait()

        events, taken = self.attempt(rig, answers_garbage)
        assert [event["type"] for event in events] == ["email.delivery_delayed", "email.delivered"]
        assert "\x00" not in events[0]["reply"]["text"] and "\x1b" not in events[0]["reply"]["text"]
        assert not events[0]["in_doubt"]
        assert len(taken) == 1

    def test_that_answers_a_megabyte(self, rig: Rig) -> None:
        """At the dot: nobody reads it to its end, and the mail is in doubt."""

        def answers_a_megabyte(peer: Conversation) -> None:
            peer.until_data()
            exchanged.append(peer.body())
            peer.say("250 " + "x" * 1_000_000)
            peer.wait()

        exchanged: list[bytes] = []
        before = psutil.Process(rig.daemon.pid).memory_info().rss
        events, taken = self.attempt(rig, answers_a_megabyte)
        assert [event["type"] for event in events] == ["email.delivery_delayed", "email.delivered"]
        assert [event["in_doubt"] for event in events] == [True, False]
        assert len(events[0]["reply"]["text"]) < 5000
        assert (len(exchanged), len(taken)) == (1, 1)
        assert psutil.Process(rig.daemon.pid).memory_info().rss - before < 10_000_000

    def test_that_closes_after_the_dot(self, rig: Rig) -> None:
        """It is sent again, and the event of the first attempt says that it is in doubt."""

        def closes_after_the_dot(peer: Conversation) -> None:
            peer.until_data()
            exchanged.append(peer.body())

        exchanged: list[bytes] = []
        events, taken = self.attempt(rig, closes_after_the_dot)
        assert [event["type"] for event in events] == ["email.delivery_delayed", "email.delivered"]
        assert [event["in_doubt"] for event in events] == [True, False]
        # The same but for the time of signing, so that the receiver can tell.
        (first,), (second,) = exchanged, taken
        assert first[first.index(b"\r\nFrom: ") :] == second[second.index(b"\r\nFrom: ") :]


@pytest.fixture
def closing(rig: Rig) -> Iterator[list[bytes]]:
    """What an exchanger took that closes after each dot."""

    def talk(peer: Conversation) -> None:
        peer.until_data()
        exchanger.taken.append(peer.body())

    with rude("127.0.0.2", rig.smtp, talk) as exchanger:
        yield exchanger.taken


class TestThePolicyOfDoubt:
    """`smtp_outbound.in_doubt` says what becomes of a mail whose dot was never answered."""

    def under(self, rig: Rig, policy: str) -> None:
        """Starts the daemon anew with this policy."""
        rig.stop()
        rig.settings = {**SETTINGS, "smtp_outbound": {"retry_delays": ["1s"], "in_doubt": policy}}
        rig.write_config()
        rig.start()

    def test_hold_leaves_it_to_a_person(self, rig: Rig, closing: list[bytes]) -> None:
        """It is not sent again by itself; released, it is."""
        self.under(rig, "hold")
        id_ = sent(rig, to=f"a@{at_rude(rig, 'hold')}")
        until(lambda: rig.types(id_)[-1] == "delivery_delayed")
        assert rig.events(id_)[-1]["in_doubt"]
        time.sleep(2)
        assert len(closing) == 1
        (held,) = [json.loads(line) for line in rig.mailit("queue", "show", id_, "--json").stdout.splitlines()]
        assert (held["held"], held["in_doubt"], held["email_id"]) == (True, True, id_)
        rig.mailit("queue", "release", id_)
        until(lambda: len(closing) == 2)
        until(lambda: rig.types(id_).count("delivery_delayed") == 2)
        rig.mailit("queue", "cancel", id_)

    def test_assume_sent_ends_it_and_says_so(self, rig: Rig, closing: list[bytes]) -> None:
        """Delivered, in doubt."""
        self.under(rig, "assume_sent")
        id_ = sent(rig, to=f"a@{at_rude(rig, 'assume')}")
        until(lambda: rig.types(id_)[-1] == "delivered")
        assert rig.events(id_)[-1]["in_doubt"]
        time.sleep(2)
        assert len(closing) == 1


class TestDns:
    """It may fail, and the mail waits."""

    def test_that_times_out(self, rig: Rig) -> None:
        """Delayed with 4.4.3; the mail arrives once DNS has healed."""
        rig.publish({"late.example SILENT": []})
        id_ = sent(rig, to="a@late.example")
        until(lambda: rig.types(id_)[-1] == "delivery_delayed")
        assert rig.events(id_)[-1]["reply"]["status"] == "4.4.3"
        assert not rig.events(id_)[-1]["in_doubt"]
        del rig.zone["late.example SILENT"]
        rig.publish({"late.example MX": ["10 mx.example.net."]})
        until(lambda: rig.types(id_)[-1] == "delivered")


class TestABodyOfDots:
    """A line that is a dot alone ends nothing, wherever the pieces are cut."""

    @pytest.mark.parametrize("before", ["", "x\n"])
    def test_it_arrives_unharmed(self, rig: Rig, before: str) -> None:
        """Four hundred kilobytes of them, so that every border of a piece has one beside it."""
        body = before + ".\n" * 200_000
        id_ = sent(rig, to="dots@example.net", html=None, text=body)
        until(lambda: rig.types(id_)[-1] == "delivered")
        (line,) = [line for line in rig.taken() if line["id"] == rig.call("GET", f"/emails/{id_}")[1]["message_id"]]
        message = email.message_from_bytes(Path(line["file"]).read_bytes(), policy=email.policy.default)
        assert message.get_content().replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")


class TestACaller:
    """He may hang up at any moment."""

    def request(self, rig: Rig, recipient: str) -> bytes:
        """A whole `POST /emails`."""
        mail = {"from": "hello@example.org", "to": recipient, "subject": "x", "text": "y" * 5000}
        body = json.dumps(mail).encode()
        return (
            f"POST /emails HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: Bearer {rig.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def test_in_mid_request_he_sent_nothing(self, rig: Rig) -> None:
        """Half a body is no mail; whole, it is one, whether or not he stays for the answer."""
        half, whole = self.request(rig, "half@example.net"), self.request(rig, "whole@example.net")
        for raw in (half[: len(half) // 2], whole):
            with socket.create_connection(("127.0.0.1", rig.http)) as caller:
                caller.sendall(raw)
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closes by a reset
        until(lambda: [line for line in rig.taken() if line["to"] == "whole@example.net"])
        assert not [line for line in rig.taken() if line["to"] == "half@example.net"]


@contextmanager
def outside_postgres() -> Iterator[tuple[EmbeddedServer, dict[str, Any]]]:
    """A PostgreSQL that is not the daemon's own, and how it is named in the configuration."""
    with short_folder(memory()) as folder:
        server = EmbeddedServer(folder)
        try:
            parts = psycopg2.extensions.parse_dsn(server.start())
            yield server, {"database": {**parts, "port": int(parts["port"])}}
        finally:
            server.stop()


class TestPostgresThatIsStopped:
    """The API says 503 in Resend's form, and all heals by itself."""

    def test_under_load_nothing_is_lost(self) -> None:
        """Away for longer than anybody's patience, with mail in every stage of its way."""
        with outside_postgres() as (server, database), installation({**SETTINGS, **database}) as rig:
            dsn = server.start()
            rig.start()
            rig.verify(rig.enroll())
            with load(rig) as posted:
                until(lambda: len(posted.promised) > 200)
                server.stop()
                until(lambda: rig.call("GET", "/readyz")[0] == 503)
                assert rig.call("GET", "/healthz")[0] == 200
                began = time.monotonic()
                status, said = rig.send()
                assert time.monotonic() - began < 8
                assert (status, said["statusCode"], said["name"]) == (503, 503, "service_unavailable")
                time.sleep(1)
                server.start()
                until(rig.ready)
                before = len(posted.promised)
                until(lambda: len(posted.promised) > before + 50)
            assert posted.answers["503"]
            agree(rig, dsn, posted)
            assert rig.daemon.poll() is None


class TestPostgresThatIsFrozen:
    """It keeps its connections and answers nothing: nobody waits for it for ever."""

    def test_the_daemon_says_so_and_can_be_stopped(self) -> None:
        """Not ready, alive, and the stop is cut off with one line."""
        settings = {**SETTINGS, "server": {"shutdown_timeout": "500ms"}}
        with outside_postgres() as (server, database), installation({**settings, **database}) as rig:
            rig.start()
            rig.verify(rig.enroll())
            assert rig.send()[0] == 200
            until(rig.taken)
            with frozen(server):
                began = time.monotonic()
                assert rig.call("GET", "/readyz")[0] == 503
                assert rig.call("GET", "/readyz")[0] == 503
                assert rig.call("GET", "/healthz")[0] == 200
                assert time.monotonic() - began < 5
                rig.daemon.send_signal(signal.SIGTERM)
                assert rig.daemon.wait(20) == 1
            assert "and was cut off" in rig.log.read_text()


@contextmanager
def frozen(server: EmbeddedServer) -> Iterator[None]:
    """All processes of a PostgreSQL, stopped in their tracks."""
    postmaster = psutil.Process(int((server.folder / "data" / "postmaster.pid").read_text().split()[0]))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


class TestAProcessThatSleeps:
    """Past its lease it is dead to the others, and when it wakes it does no harm."""

    def test_its_mail_goes_on_by_the_other(self) -> None:
        """Stopped under load for longer than its lease: nothing is lost, and what is doubled is marked."""
        with installation(SETTINGS) as rig:
            rig.start()
            rig.verify(rig.enroll())
            other = rig.twin("other")
            other.start()
            try:
                with rig.database() as dsn:
                    with load(rig, other) as posted:
                        until(lambda: len(posted.promised) > 200)
                        rig.daemon.send_signal(signal.SIGSTOP)
                        time.sleep(13)
                        before = len(posted.promised)
                        rig.daemon.send_signal(signal.SIGCONT)
                        until(lambda: len(posted.promised) > before + 100)
                    agree(rig, dsn, posted)
                    assert "declared dead" in rig.log.read_text()
                    assert (rig.stop(), other.stop()) == (0, 0)
            finally:
                if other.daemon.poll() is None:
                    other.daemon.kill()
                    other.daemon.wait()
                rig.daemon.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def timed() -> Iterator[Rig]:
    """An installation whose daemon's clock can be set, and that tries again after three seconds."""
    with installation({"smtp_outbound": {"retry_delays": ["3s"]}}) as rig:
        rig.prefix = (sys.executable, "-m", "tests.stepped", str(rig.folder / "clock"))
        rig.start()
        rig.verify(rig.enroll())
        yield rig


def set_clock(rig: Rig, seconds: float) -> None:
    """Puts the daemon's wall clock so far beside the system's."""
    new = rig.folder / "clock.new"
    new.write_text(str(seconds))
    new.replace(rig.folder / "clock")


class TestAClockThatIsSet:
    """By an hour, by whoever keeps the system's time: seconds go on being counted as they pass."""

    def test_back_holds_up_no_retry(self, timed: Rig) -> None:
        """Nor anything else that has a time to come."""

        def later_once(peer: Conversation) -> None:
            peer.until_data(go_ahead=peer.number > 1)
            if peer.number == 1:
                peer.say("451 4.3.0 Not now")
                return
            peer.body()
            peer.say("250 2.0.0 Taken")
            peer.wait()

        with rude("127.0.0.2", timed.smtp, later_once):
            id_ = sent(timed, to=f"a@{at_rude(timed, 'set_back')}")
            until(lambda: timed.types(id_)[-1] == "delivery_delayed")
            set_clock(timed, -3600.0)
            until(lambda: timed.types(id_)[-1] == "delivered")

    def test_ahead_ends_no_patience(self, timed: Rig) -> None:
        """A peer that has the mail is about to say so."""
        dotted, go = threading.Event(), threading.Event()

        def slow(peer: Conversation) -> None:
            peer.until_data()
            peer.body()
            dotted.set()
            go.wait(30)
            peer.say("250 2.0.0 Taken")
            peer.wait()

        with rude("127.0.0.2", timed.smtp, slow):
            id_ = sent(timed, to=f"a@{at_rude(timed, 'set_ahead')}")
            assert dotted.wait(20)
            set_clock(timed, 7200.0)
            other = sent(timed)
            until(lambda: timed.types(other)[-1] == "delivered")
            go.set()
            until(lambda: len(timed.types(id_)) > 2)
            assert timed.types(id_) == ["queued", "sent", "delivered"]


class TestADiskThatIsFull:
    """The database has no room; the API says 503, and all goes on once there is some."""

    def test_nothing_is_lost(self) -> None:
        """The data lie on a small disk of their own, in a mount namespace that only the daemon and PostgreSQL see."""
        with installation(SETTINGS) as rig:
            data = rig.folder / "data"
            data.mkdir(mode=0o700)
            mount = f'mount -t tmpfs -o size=200m,mode=700 tmpfs {data} && exec "$@"'
            rig.prefix = ["unshare", "--mount", *user_namespace(), "sh", "-c", mount, "sh"]
            rig.start()
            rig.verify(rig.enroll())
            inside = Path(f"/proc/{rig.daemon.pid}/root{data}")
            promised = {}
            ballast = inside / "ballast"
            with ballast.open("wb") as file:
                room = os.statvfs(inside)
                file.write(b"x" * (room.f_bavail * room.f_frsize - 8_000_000))
            text = base64.b64encode(os.urandom(300_000)).decode()
            for number in range(200):
                status, said = rig.send(to=f"r{number}@example.net", text=text)
                if status != 200:
                    break
                promised[said["id"]] = [f"r{number}@example.net"]
            assert (status, said["statusCode"], said["name"]) == (503, 503, "service_unavailable")
            assert promised
            assert rig.call("GET", "/healthz")[0] == 200
            ballast.unlink()
            until(lambda: rig.send(to="later@example.net")[0] == 200)
            address = f"host={inside}/postgres/run user=mailit dbname=mailit"
            password = (inside / "postgres" / "password").read_text()
            until(lambda: len(rig.taken()) > len(promised))
            agree(rig, f"{address} password={password}", Posted(promised))
            assert rig.stop() == 0


def user_namespace() -> list[str]:
    """What lets an ordinary user mount."""
    return [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
