"""`mailit run`, as a newcomer meets it: one command, two lines to copy."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rig import ROOT, free_port, until

SCRIPT = "from mailit.cli.main import script; script()"


def command() -> list[str]:
    """What `make run` runs."""
    return [sys.executable, "-c", SCRIPT, "run"]


def whole(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment to run it in."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **environ}


@contextmanager
def running(folder: Path, environ: Mapping[str, str]) -> Iterator[list[str]]:
    """Runs it in this folder until Ctrl-C; gives the lines that it printed once it was ready."""
    process = subprocess.Popen(
        command(),
        cwd=folder,
        env=whole(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        assert lines, process.communicate()[1]
        yield lines
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (0, "")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def pasted(line: str) -> dict:
    """What the API answers to a curl line, as a shell would give it to curl."""
    words = shlex.split(line)
    assert words.pop(0) == "curl"
    method, headers, body, url = "GET", {}, None, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0).encode()
        else:
            url = word
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(urllib.request.Request(url, body, headers, method=method), timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def environ() -> dict[str, str]:
    """Ports that nobody has: other tests run on this machine, too."""
    return {
        "MAILIT_SERVER_HTTP_ADDR": f"127.0.0.1:{free_port()}",
        "MAILIT_OBSERVABILITY_PROMETHEUS_ADDR": f"127.0.0.1:{free_port()}",
    }


class TestTheFirstDay:
    """From nothing to a mail that can be seen, and back to it the next day."""

    def test_run_copy_copy(self, tmp_path, environ):
        """The second line shows what the first one sent; the second run prints the same, and has kept the mail."""
        with running(tmp_path, environ) as lines:
            send, show = (line for line in lines if "curl " in line)
            assert send.startswith("curl ")
            id_ = pasted(send)["id"]
            (caught,) = until(lambda: pasted(show)["data"])
            assert (caught["email_id"], caught["from"], caught["to"]) == (id_, "hello@mailit.test", "you@mailit.test")
            path = tmp_path / "data" / "first-run.json"
            kept = json.loads(path.read_text())
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert sorted(kept) == ["api_key", "api_url", "curl", "dashboard_url", "email", "password"]
            assert (kept["curl"], kept["dashboard_url"]) == (send, None)
            assert kept["api_url"] == "http://" + environ["MAILIT_SERVER_HTTP_ADDR"]
            assert any(kept["password"] in line and kept["email"] in line for line in lines)
            twice = subprocess.run(
                command(), cwd=tmp_path, env=whole(environ), capture_output=True, text=True, timeout=60
            )
            assert (twice.returncode, twice.stdout, twice.stderr.count("\n")) == (1, "", 1)
            assert twice.stderr.startswith("mailit: server.http_addr: 127.0.0.1:")
        assert sorted(part.name for part in tmp_path.iterdir()) == ["data"]
        assert not list((tmp_path / "data" / "postgres").rglob("postmaster.pid"))

        with running(tmp_path, environ) as again:
            assert again == lines
            assert [one["id"] for one in pasted(show)["data"]] == [caught["id"]]
