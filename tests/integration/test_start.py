"""How the process starts and ends, whoever runs it; the daemon inside is a stand-in of a few lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The stand-in takes the daemon's place before anything imports it.
STAND_IN = """
import sys, types
daemon = types.ModuleType("mailit.daemon")
sys.modules["mailit.daemon"] = daemon
exec(sys.argv.pop(1), daemon.__dict__)
"""
RUNNERS = {
    "twistd": "from twisted.scripts.twistd import run; sys.argv[1:] = ['-n', 'mailit', *sys.argv[1:]]; run()",
    "serve": "from mailit.cli.main import script; sys.argv[1:] = ['serve', *sys.argv[1:]]; script()",
}

RUNS = """
import sys
from twisted.application.service import MultiService, Service
from twisted.internet import reactor
from twisted.logger import Logger
from mailit import exit
from mailit.errors import CannotStart

class Daemon(Service):
    def startService(self):
        super().startService()
        reactor.callLater(0, self.begin)

    def begin(self):
        Logger("toy").info("it {what}\\nforged", what="runs")
        print("up", file=sys.__stdout__, flush=True)

    def stopService(self):
        print("stopped in order", file=sys.__stdout__, flush=True)

def make_service(config, plugins):
    return Daemon()
"""
FAILS_LATER = f"""{RUNS}
def begin(self):
    exit.fail(reactor, CannotStart("port 8080 is taken; choose another"))
Daemon.begin = begin
"""
FAILS_AT_ONCE = f"""{RUNS}
def start(self):
    exit.fail(reactor, CannotStart("port 8080 is taken; choose another"))
Daemon.startService = start
"""
FAILS_BY_A_FAULT = f"""{RUNS}
def begin(self):
    try:
        dict()["here"]
    except KeyError as error:
        exit.fail(reactor, error)
Daemon.begin = begin
"""
CANT_BE_MADE = """
from mailit.errors import CannotStart
def make_service(config, plugins):
    raise CannotStart("the data folder is not ours")
"""


@pytest.fixture(params=RUNNERS)
def start(request, tmp_path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the process in a folder of its own, with this daemon, these arguments and these variables."""

    def start(daemon: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        script = STAND_IN + RUNNERS[request.param]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MAILIT_")}
        return subprocess.Popen(
            [sys.executable, "-c", script, daemon, *arguments],
            cwd=tmp_path,
            env={**environ, "PYTHONPATH": str(ROOT), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


class TestAProcessThatIsTold:
    """It stops in order, and that is no failure."""

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_the_status_is_0(self, start, tmp_path, number):
        """twistd alone would die of the signal; nor does its pidfile stay behind."""
        process = start(RUNS)
        assert process.stdout.readline() == "up\n"
        assert list(tmp_path.glob("*.pid")) == []
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
        assert (process.returncode, out) == (0, "stopped in order\n")
        assert list(tmp_path.glob("*.pid")) == []


class TestAStartThatFails:
    """One line on standard error says why, and the status is 1."""

    @pytest.mark.parametrize("daemon", [FAILS_LATER, FAILS_AT_ONCE])
    def test_once_the_service_runs(self, start, tmp_path, daemon):
        """What had started is stopped in order."""
        process = start(daemon, MAILIT_LOGGING_LEVEL="error")
        out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (1, "mailit: port 8080 is taken; choose another\n")
        assert out == "stopped in order\n"
        assert list(tmp_path.glob("*.pid")) == []

    @pytest.mark.parametrize(
        "arguments, variables, line",
        [
            ((), {}, "the data folder is not ours"),
            (("--config", "none.yaml"), {}, "none.yaml: there is no such file"),
            ((), {"MAILIT_DKIM_KEY_BITS": "1"}, "dkim.key_bits: expected 1024, 2048, 3072 or 4096, not 1"),
        ],
    )
    def test_before_there_is_a_service(self, start, arguments, variables, line):
        """The reactor never runs."""
        process = start(CANT_BE_MADE, *arguments, **variables)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (1, "")
        assert err.startswith(f"mailit: {line}")
        assert err.count("\n") == 1

    def test_by_a_fault_of_our_own(self, start):
        """The traceback is in the log, and the line says where to look."""
        _, err = (process := start(FAILS_BY_A_FAULT)).communicate(timeout=20)
        assert process.returncode == 1
        assert "mailit: the start failed by a fault of its own, see the log (KeyError: 'here')\n" in err
        assert "Traceback" in err


class TestTheLog:
    """It goes to standard error, as logging.* says."""

    def test_for_people(self, start):
        """A line is a line: what it holds can't begin another."""
        process = start(RUNS, MAILIT_SERVR_ROLES="x")
        process.stdout.readline()
        process.terminate()
        _, err = process.communicate(timeout=20)
        assert any(line.endswith("Z info toy: it runs\\nforged") for line in err.splitlines())
        assert any(" warn mailit.tap: MAILIT_SERVR_ROLES: unknown variable" in line for line in err.splitlines())

    def test_for_machines(self, start):
        """Each line is one JSON object."""
        process = start(RUNS, MAILIT_LOGGING_FORMAT="json")
        process.stdout.readline()
        process.terminate()
        _, err = process.communicate(timeout=20)
        lines = [json.loads(line) for line in err.splitlines()]
        (one,) = [line for line in lines if line["logger"] == "toy"]
        assert (one["level"], one["message"]) == ("info", "it runs\nforged")

    def test_below_its_level_nothing_is_said(self, start):
        """`warn` has no place for what is usual."""
        process = start(RUNS, MAILIT_LOGGING_LEVEL="warn")
        process.stdout.readline()
        process.terminate()
        assert process.communicate(timeout=20)[1] == ""
