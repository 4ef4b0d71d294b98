"""What a command opens before it works: the configuration, the plugins, the database."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from attrs import frozen

from mailit import config, discovery
from mailit.config import Config
from mailit.db import partitions
from mailit.db.connection import Dsn, Fault, Transaction, connect, fault
from mailit.db.embedded import EmbeddedServer
from mailit.db.migrations import Migrations
from mailit.errors import CannotStart, Unavailable
from mailit.interfaces import Tx
from mailit.plugin import Plugin

P = ParamSpec("P")
T = TypeVar("T")


@frozen
class Told:
    """The configuration and the plugins that it leaves enabled, each after all that it requires."""

    config: Config
    plugins: Sequence[Plugin]

    @property
    def migrations(self) -> Migrations:
        """Those of the core and of the plugins, in the plugins' order."""
        return Migrations.of(self.plugins)


@frozen
class Database:
    """A database that answers. `transact` is `mailit.interfaces.Database`'s, here and now."""

    dsn: Dsn

    def transact(self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work(tx, ...)` as one transaction on a connection of its own; commits when it returns.

        Raises `Unavailable` where the database is away, before or meanwhile.
        """
        connection = connect(self.dsn, "mailit")
        try:
            result = work(Transaction(connection), *args, **kwargs)
            connection.commit()
            return result
        except Exception as error:
            if fault(connection, error) is Fault.DATA:
                raise
            raise Unavailable(f"the database went away, try again: {_cause(error)}") from error
        finally:
            connection.close()


def takes_config(command: argparse.ArgumentParser) -> None:
    """Adds `--config FILE` to a command."""
    command.add_argument(
        "-c",
        "--config",
        type=Path,
        metavar="FILE",
        help="the configuration; without it, defaults and MAILIT_ variables",
    )


def told(given: argparse.Namespace) -> Told:
    """Reads what the daemon would. Warnings go to standard error. Raises `CannotStart`."""
    found = discovery.discover()
    loaded = config.load(given.config, os.environ, found)
    for warning in loaded.warnings:
        print(f"mailit: {warning}", file=sys.stderr)
    return Told(loaded, discovery.enabled(found, loaded.plugins.disabled))


@contextmanager
def database(loaded: Config) -> Iterator[Database]:
    """The database of this configuration; the embedded one runs meanwhile, started here where no daemon did.

    Raises `CannotStart` where there is none.
    """
    settings = loaded.database
    if settings.outside:
        dsn = settings.dsn
        assert dsn is not None
        yield _answering(dsn)
        return
    assert settings.embedded_dir is not None
    server = EmbeddedServer(settings.embedded_dir)
    dsn = server.start()
    try:
        yield _answering(dsn)
    finally:
        server.stop()


@contextmanager
def migrated(told: Told) -> Iterator[Database]:
    """The same, with its tables: brought up to date where the daemon would, else refused when they are not."""
    with database(told.config) as opened:
        told.migrations.make_current(opened.dsn, told.config.database.auto_migrate)
        opened.transact(partitions.ensure, time.time())
        yield opened


def _answering(dsn: str) -> Database:
    try:
        connect(dsn, "mailit").close()
    except Unavailable as error:
        raise CannotStart(f"the database does not answer: {_cause(error)}") from error
    return Database(dsn)


def _cause(error: BaseException) -> str:
    lines = str(error.__cause__ or error).strip().splitlines()
    return lines[0] if lines else repr(error)
