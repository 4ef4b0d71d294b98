"""The dashboard's server beside the daemon: Node, on the build of `web/`."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from mailit.cli import ports
from mailit.errors import CannotStart
from mailit.settings import Address

_PATIENCE = 10.0


@contextmanager
def served(folder: Path, url: str, api_url: str, *, develop: bool = False) -> Iterator[None]:
    """Serves the dashboard of this folder at the URL's port of loopback, while the block runs.

    With `develop` it is built as it is asked for, and anew whenever a source changes. Raises `CannotStart`.
    """
    node = shutil.which("node")
    if node is None:
        raise CannotStart("the dashboard needs Node 20 or later (Debian: apt-get install nodejs)")
    address = _address(url)
    try:
        ports.bind(address)
    except OSError as error:
        raise CannotStart(
            f"server.dashboard_url: {address} can't be opened: {error.strerror}; end what is there, or set "
            "MAILIT_SERVER_DASHBOARD_URL"
        ) from error
    environ = {**os.environ, "MAILIT_URL": api_url, "PORT": str(address.port), "HOST": address.host}
    program = ["scripts/serve.mjs", "--until-end-of-input", *(["--develop"] if develop else [])]
    # Its input is a pipe from us: it ends when we do, however that comes about.
    process = subprocess.Popen(
        [node, *program], cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait(url: str, seconds: float = 30.0) -> None:
    """Returns once the dashboard answers, or after so many seconds all the same."""
    end = time.monotonic() + seconds
    while not ports.answers(f"http://{_address(url)}/sign-in") and time.monotonic() < end:
        time.sleep(0.05)


def _address(url: str) -> Address:
    return Address("127.0.0.1", urlsplit(url).port or 80)
