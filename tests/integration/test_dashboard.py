"""The dashboard's server beside the daemon, with a stand-in for the dashboard."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mailit.cli import dashboard, ports
from mailit.errors import CannotStart
from mailit.settings import Address
from tests.rig import free_port, until

SERVE = """
import { createServer } from "node:http";
createServer((_, answer) => answer.end(process.env.MAILIT_URL)).listen(Number(process.env.PORT), process.env.HOST);
process.stdin.on("end", () => process.exit()).resume();
"""
FOREVER = """
import sys, time
from pathlib import Path
from mailit.cli import dashboard
with dashboard.served(Path(sys.argv[1]), sys.argv[2], "http://127.0.0.1:1"):
    dashboard.wait(sys.argv[2])
    print("served", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is served as `web/` is."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "serve.mjs").write_text(SERVE)
    return tmp_path


class TestADashboard:
    """It is there as long as the command is."""

    def test_it_answers_while_the_block_runs(self, folder):
        """And its port is free after it."""
        url = f"http://localhost:{free_port()}"
        port = int(url.rpartition(":")[2])
        with dashboard.served(folder, url, "http://127.0.0.1:8080"):
            dashboard.wait(url)
            assert ports.answers(f"http://127.0.0.1:{port}/")
        ports.bind(Address("127.0.0.1", port))

    def test_a_port_that_somebody_has_is_told_of(self, folder):
        """By the key that names it."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            url = f"http://localhost:{taken.getsockname()[1]}"
            said = r"server\.dashboard_url: 127\.0\.0\.1:\d+ can't be opened"
            with pytest.raises(CannotStart, match=said), dashboard.served(folder, url, "http://127.0.0.1:8080"):
                pass

    def test_it_ends_with_a_command_that_is_killed(self, folder):
        """Its input is a pipe, which ends whatever becomes of the one who held it."""
        port = free_port()
        command = subprocess.Popen(
            [sys.executable, "-c", FOREVER, str(folder), f"http://localhost:{port}"], stdout=subprocess.PIPE
        )
        assert command.stdout is not None
        with command.stdout:
            assert command.stdout.readline() == b"served\n"
            command.kill()
            command.wait()
        until(lambda: not ports.answers(f"http://127.0.0.1:{port}/"))
