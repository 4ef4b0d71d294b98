"""A real PostgreSQL for the tests of plugins: a server of its own in a temporary folder, with all tables, empty."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mailit.db import partitions
from mailit.db.cluster import binaries
from mailit.db.connection import Transaction, connect
from mailit.db.embedded import EmbeddedServer
from mailit.db.migrations import CORE, SCHEMA, Migrations
from mailit.plugin import Plugin

# What a test has written need not outlive the machine.
_QUICK = {"fsync": "off", "full_page_writes": "off"}


@contextmanager
def database(*plugins: Plugin) -> Iterator[str]:
    """Makes a database with the tables of the core and of these plugins; gives what libpq takes to reach it.

    Blocks for a second or two. At the end the server is stopped and all of it is gone.
    """
    folder = Path(tempfile.mkdtemp(prefix="mailit-"))
    server = EmbeddedServer(folder, binaries, _QUICK)
    try:
        dsn = server.start()
        owners = {plugin.name: Path(plugin.schema) for plugin in plugins if plugin.schema is not None}
        Migrations({CORE: SCHEMA / CORE, **owners}).up(dsn)
        with transaction(dsn) as tx:
            partitions.ensure(tx, time.time())
        yield dsn
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def transaction(dsn: str) -> Iterator[Any]:
    """A transaction as a context, on a connection of its own: committed at its end, undone where it raises."""
    connection = connect(dsn, "mailit tests")
    try:
        yield Transaction(connection)
        connection.commit()
    finally:
        connection.close()
