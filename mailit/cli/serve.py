"""`mailit serve`: the service of `twistd -n mailit`, by twistd's own runner."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from twisted.application.service import ServiceMaker
from twisted.scripts._twistd_unix import ServerOptions
from twisted.scripts.twistd import runApp

from mailit.cli.opened import takes_config


class Twistd(ServerOptions):
    """twistd's options with MailIt alone: no other drop-in is imported only to be listed."""

    @property
    def subCommands(self) -> Iterator[tuple[str, None, Any, str]]:
        """The one service there is."""
        maker = ServiceMaker("MailIt", "mailit.tap", "A self-hosted email platform for developers.", "mailit")
        self.loadedPlugins = {maker.tapname: maker}
        yield maker.tapname, None, lambda: maker.options(), maker.description


def declare(commands: Any) -> None:
    """Takes `--config`."""
    command = commands.add_parser("serve", help="run the daemon in the foreground")
    takes_config(command)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> None:
    """Runs until SIGTERM or SIGINT; what keeps the daemon from starting is told by the service itself."""
    daemon = ["--config", str(given.config)] if given.config is not None else []
    options = Twistd()
    options.parseOptions(["--nodaemon", "--pidfile=", "mailit", *daemon])
    runApp(options)
