"""The daemon's start and end as its operator sees them: status, one line, and nothing left behind."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from tests.rig import ROOT, Rig, installation, until
from tests.rude import Conversation, rude

SANDBOX = {"smtp_outbound": {"mode": "sandbox"}}
QUIET = {**SANDBOX, "logging": {"level": "error"}}


def left(rig: Rig) -> list[str]:
    """The command lines of what still runs in the installation's folder, but for its peers."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(rig.folder) in line and "tests.peers" not in line:
            found.append(line)
    return found


# A session of its own, whose terminal is the one that is named, if any.
APART = """
import os, sys
os.setsid()
command = sys.argv[1:]
if command[0].startswith("/dev/"):
    os.set_inheritable(os.open(command.pop(0), os.O_RDWR), True)
os.execvp(command[0], command)
"""


class TestADaemonThatIsAskedToReadItsConfigurationAnew:
    """It reads it at the start alone."""

    def test_it_says_so_and_goes_on(self, install: Callable[..., Rig]) -> None:
        """SIGHUP, which tools send to daemons, would end a process that does not look at it."""
        rig = install(SANDBOX, peers=False)
        rig.prefix = [sys.executable, "-c", APART]
        rig.start()
        rig.daemon.send_signal(signal.SIGHUP)
        until(lambda: b"SIGHUP" in rig.log.read_bytes() or rig.daemon.poll() is not None)
        assert rig.ready()
        assert rig.stop() == 0


class TestADaemonWithoutItsSecrets:
    """It can't open what they have sealed, and does not leave it to bounces to say so."""

    def test_the_log_names_the_domains_and_the_mail_its_reason(self, install: Callable[..., Rig]) -> None:
        """A database was restored, and the folder beside it was not. No receiver is blamed for it."""
        rig = install(SANDBOX, peers=False)
        rig.setup()
        rig.start()
        assert rig.stop() == 0
        assert b"can't be opened" not in rig.log.read_bytes()
        (rig.folder / "data" / "secrets" / "dkim_master_encryption_key").unlink()
        rig.start()
        assert b"dkim.master_encryption_key: the DKIM keys of example.org can't be opened" in rig.log.read_bytes()
        id_ = rig.send()[1]["id"]
        until(lambda: "delivery_delayed" in rig.types(id_))
        (why,) = rig.call("GET", f"/emails/{id_}/why")[1]["data"]
        assert why["reply"]["code"] is None
        assert why["text"].startswith("What is kept encrypted can't be decrypted with dkim.master_encryption_key. ")
        assert rig.stop() == 0


class TestADaemonThatIsToldToEnd:
    """It stops in order and says 0."""

    @pytest.mark.parametrize("program", ["twistd", "serve"])
    def test_nothing_is_left(self, install: Callable[..., Rig], program: str) -> None:
        """Not our PostgreSQL, not a pid file; and the next start finds the data."""
        rig = install(SANDBOX, peers=False)
        rig.start(program=program)
        rig.enroll()
        began = time.monotonic()
        assert rig.stop() == 0
        assert time.monotonic() - began < 5
        assert left(rig) == []
        assert list(rig.folder.glob("*.pid")) == []
        rig.start(program=program)
        assert rig.call("GET", "/domains")[0] == 200
        assert rig.stop() == 0

    def test_another_of_the_installation_keeps_the_database(self, install: Callable[..., Rig]) -> None:
        """Two daemons have one PostgreSQL: it goes on, the same process, for the one that stays."""
        rig = install(SANDBOX, peers=False)
        rig.start()
        other = rig.twin("other")
        other.start()
        postmaster = rig.postmaster()
        other.close()
        assert other.daemon is not None
        assert other.daemon.returncode == 0
        assert (rig.postmaster(), rig.ready()) == (postmaster, True)
        assert rig.stop() == 0
        assert left(rig) == []

    def test_its_terminal_goes(self, install: Callable[..., Rig]) -> None:
        """Whoever closes the window, or loses the connection, kills nothing in the midst of a mail."""
        ours, theirs = os.openpty()
        rig = install(SANDBOX, peers=False)
        rig.prefix = [sys.executable, "-c", APART, os.ttyname(theirs)]
        rig.start()
        os.close(theirs)
        os.close(ours)
        assert rig.daemon.wait(40) == 0
        assert left(rig) == []

    def test_while_it_starts(self, install: Callable[..., Rig]) -> None:
        """At whatever step it is: here PostgreSQL is being made."""
        rig = install(SANDBOX, peers=False)
        rig.start(wait=False)
        until(lambda: (rig.folder / "data" / "postgres").exists())
        assert rig.stop() == 0
        assert left(rig) == []

    def test_a_request_under_way_is_answered_and_nobody_else_is_welcome(self, install: Callable[..., Rig]) -> None:
        """Whoever balances loads sends nobody here any more, and who is here gets his answer."""
        rig = install(SANDBOX, peers=False)
        rig.start()
        rig.enroll()
        with frozen_postgres(rig):
            caller = posted(rig, "/emails", {**MAIL, "to": "ana@example.net"})
            # Connected later and answered: what was sent before it was read, and waits for PostgreSQL.
            assert rig.call("GET", "/healthz")[0] == 200
            rig.daemon.send_signal(signal.SIGTERM)
            until(lambda: readiness(rig) == "refused")
            assert [readiness(rig) for _ in range(5)] == ["refused"] * 5
            assert select.select([caller.sock], [], [], 0)[0] == []
        answer = caller.getresponse()
        sent = json.load(answer)
        caller.close()
        assert answer.status == 200, sent
        assert rig.stop() == 0
        rig.start()
        until(lambda: rig.types(sent["id"]) == ["queued", "sent", "delivered"])


MAIL = {"from": "hello@example.org", "subject": "Hi", "html": "<p>Hi</p>"}


def posted(rig: Rig, path: str, body: Any) -> http.client.HTTPConnection:
    """A request that was sent whole, and whose answer was not waited for."""
    connection = http.client.HTTPConnection("127.0.0.1", rig.http, timeout=20)
    headers = {"User-Agent": "rig", "Authorization": f"Bearer {rig.key}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    return connection


def readiness(rig: Rig) -> str:
    """What `/readyz` says: the name of its error, if it is one; `refused` where nobody listens any more."""
    try:
        return str(rig.call("GET", "/readyz", timeout=1)[1].get("name", "ready"))
    except ConnectionError:  # or was taken by the kernel just before, and closed unread
        return "refused"
    except OSError as error:  # accepted, and not answered
        return type(error).__name__


@contextmanager
def frozen_postgres(rig: Rig) -> Iterator[None]:
    """The embedded PostgreSQL does nothing, and is not away."""
    postmaster = psutil.Process(rig.postmaster())
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """An installation that gives sessions two seconds to end, and tries again after one; it runs between tests."""
    with installation({"server": {"shutdown_timeout": "2s"}, "smtp_outbound": {"retry_delays": ["1s"]}}) as rig:
        rig.start()
        rig.verify(rig.enroll())
        rig.publish({"rude.example MX": ["10 mx.rude.example."], "mx.rude.example A": ["127.0.0.2"]})
        yield rig


class TestMailInFlight:
    """At the end of `server.shutdown_timeout` it is finished, handed back, or told as in doubt."""

    def test_a_slow_peer_is_waited_for(self, rig: Rig) -> None:
        """Its answer comes within the time, and counts."""

        def slow(peer: Conversation) -> None:
            peer.until_data()
            exchanger.taken.append(peer.body())
            time.sleep(1)
            peer.say("250 2.0.0 At last")
            peer.wait()

        with rude("127.0.0.2", rig.smtp, slow) as exchanger:
            id_ = rig.send(to="a@rude.example")[1]["id"]
            until(lambda: exchanger.taken)
            assert rig.stop() == 0
            rig.start()
            assert rig.types(id_) == ["queued", "sent", "delivered"]
            assert len(exchanger.taken) == 1

    def test_past_its_dot_it_is_in_doubt(self, rig: Rig) -> None:
        """A peer that never answers does not hold us; the mail says so, and goes again."""

        def mute_once(peer: Conversation) -> None:
            peer.until_data()
            exchanger.taken.append(peer.body())
            if peer.number > 1:
                peer.say("250 2.0.0 Taken")
            peer.wait()

        with rude("127.0.0.2", rig.smtp, mute_once) as exchanger:
            id_ = rig.send(to="a@rude.example")[1]["id"]
            until(lambda: exchanger.taken)
            began = time.monotonic()
            assert rig.stop() == 0
            assert 1.5 < time.monotonic() - began < 5
            assert left(rig) == []
            rig.start()
            until(lambda: rig.types(id_)[-1] == "delivered")
            events = rig.events(id_)
            assert rig.types(id_) == ["queued", "sent", "delivery_delayed", "delivered"]
            assert [event["in_doubt"] for event in events] == [False, False, True, False]
            assert len(exchanger.taken) == 2

    @pytest.mark.parametrize("asked", [False, True])
    def test_before_its_dot_it_is_handed_back(self, rig: Rig, asked: bool) -> None:
        """Nothing was sent, so nothing is told or in doubt, not even behind DATA; after the next start it arrives."""
        silent: list[bool] = []

        def silent_once(peer: Conversation) -> None:
            if peer.number > 1:
                peer.until_data()
                exchanger.taken.append(peer.body())
                peer.say("250 2.0.0 Taken")
            elif asked:
                peer.until_data(go_ahead=False)
            silent.append(True)
            peer.wait()

        with rude("127.0.0.2", rig.smtp, silent_once) as exchanger:
            id_ = rig.send(to="a@rude.example")[1]["id"]
            until(lambda: silent)
            assert rig.stop() == 0
            rig.start()
            until(lambda: rig.types(id_)[-1] == "delivered")
            assert rig.types(id_) == ["queued", "sent", "delivered"]
            assert len(exchanger.taken) == 1


class TestAStartThatCanNotBe:
    """One line on standard error, status 1, and nothing left running."""

    def refused(self, rig: Rig, program: str) -> str:
        """What it said, without what stands before every such line."""
        status, said = rig.start_in_vain(program)
        assert status == 1
        assert left(rig) == []
        assert list(rig.folder.glob("*.pid")) == []
        assert said.startswith("mailit: ") and said.endswith("\n") and "Traceback" not in said, said
        return said.removeprefix("mailit: ").removesuffix("\n")

    @pytest.mark.parametrize("program", ["twistd", "serve"])
    def test_the_port_is_taken(self, install: Callable[..., Rig], program: str) -> None:
        """The key and the address are named; PostgreSQL, which had started, is stopped."""
        rig = install(QUIET, peers=False)
        with socket.create_server(("127.0.0.1", rig.http)):
            said = self.refused(rig, program)
        assert said.startswith(f"server.http_addr: 127.0.0.1:{rig.http} can't be listened on")
        assert "\n" not in said

    def test_the_database_is_away(self, install: Callable[..., Rig]) -> None:
        """Nobody answers there."""
        rig = install({**QUIET, "database": {"url": "postgresql://nobody@127.0.0.1:1/none"}}, peers=False)
        said = self.refused(rig, "twistd")
        assert said.startswith("the database does not answer: ") and "\n" not in said

    def test_the_database_goes_away_meanwhile(self, install: Callable[..., Rig]) -> None:
        """At a step that found it there a moment ago."""
        rig = install(QUIET, peers=False)
        script = (
            "from mailit import daemon, errors\n"
            "async def settle(self):\n"
            "    raise errors.Unavailable\n"
            "daemon.wiring.DeadHolders.settle = settle\n"
            "from mailit.cli.main import script\n"
            "script()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, "serve", "--config", str(rig.config)],
            capture_output=True,
            text=True,
            env=rig._environ(),
            timeout=60,
        )
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert done.stderr.startswith("mailit: the database does not answer: ")
        assert left(rig) == []

    def test_a_plugin_can_not_be_imported(self, install: Callable[..., Rig]) -> None:
        """Which `getPlugins` would hide."""
        rig = install(QUIET, peers=False)
        drop_in(rig, "toy", "import nothing_of_the_sort  # a plugin of mailit\n")
        said = self.refused(rig, "serve")
        assert said.startswith("plugin toy: can't be imported from ") and "\n" not in said
        assert "No module named 'nothing_of_the_sort'" in said
        status, said = rig.start_in_vain("twistd")  # which imports every drop-in before ours, and complains of it first
        assert status == 1
        assert said.splitlines()[-1].startswith("mailit: plugin toy: can't be imported from ")

    def test_the_configuration_has_faults(self, install: Callable[..., Rig]) -> None:
        """All of them at once, by key."""
        faulty = {"server": {"http_adr": "x", "shutdown_timeout": "soon"}, "dkim": {"key_bits": 1}}
        said = self.refused(install({**SANDBOX, **faulty}, peers=False), "twistd").splitlines()
        assert said[0] == "the configuration has 3 faults:"
        assert sorted(line.split(":")[0].strip() for line in said[1:]) == [
            "dkim.key_bits",
            "server.http_adr",
            "server.shutdown_timeout",
        ]

    def test_there_is_no_such_file(self, install: Callable[..., Rig]) -> None:
        """It is named."""
        rig = install(QUIET, peers=False)
        rig.config.unlink()
        assert self.refused(rig, "serve").startswith(f"{rig.config}: there is no such file")


def drop_in(rig: Rig, name: str, source: str) -> None:
    """Installs a plugin for this installation's daemons."""
    folder = rig.folder / "elsewhere"
    plugins = folder / "twisted" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / f"{name}.py").write_text(source)
    rig.environ = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}


COUNTER = '''
"""A plugin of mailit: counts how often the reactor was woken by its clock alone."""
import json, time
from pathlib import Path
from twisted.application.service import Service
from mailit.plugin import Plugin

class Counter(Service):
    name = "counter"

    def __init__(self, reactor):
        self.reactor = reactor

    def startService(self):
        wait, woken = self.reactor.doIteration, []

        def counted(timeout):
            began = time.monotonic()
            wait(timeout)
            if timeout and time.monotonic() - began >= timeout:
                woken.append(time.time())
                Path("woken.new").write_text(json.dumps(woken))
                Path("woken.new").replace("woken")

        self.reactor.doIteration = counted

class CounterPlugin(Plugin):
    name = "counter"

    def services(self, host):
        return [Counter(host.reactor)]

counter = CounterPlugin()
'''


class TestAnIdleDaemon:
    """Nobody asks anything of it, and it asks little of the machine."""

    def test_it_wakes_for_no_timer_more_often_than_once_a_second(self, install: Callable[..., Rig]) -> None:
        """Counted by a plugin, in the reactor itself; and the processor hardly notices it."""
        rig = install(SANDBOX, peers=False)
        drop_in(rig, "counter", COUNTER)
        rig.start()
        rig.enroll()
        id_ = rig.send()[1]["id"]
        until(lambda: rig.types(id_)[-1] == "delivered")
        time.sleep(8)  # timers of what was asked before are called off, and still wake it once each
        process = psutil.Process(rig.daemon.pid)
        began, before = time.time(), process.cpu_times()
        time.sleep(10)
        after = process.cpu_times()
        woken = [at for at in json.loads((rig.folder / "woken").read_text()) if at > began]
        assert len(woken) > 2
        assert len(woken) <= 10
        assert after.user + after.system - before.user - before.system < 0.5
