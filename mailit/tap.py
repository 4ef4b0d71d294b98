"""What `twistd mailit` takes, and the service that it runs: options are parsed here and handed over."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.application.service import IService, MultiService
from twisted.logger import ILogObserver, Logger
from twisted.python import usage
from twisted.python.components import Componentized

from mailit import config, discovery, exit, logs
from mailit.daemon import make_service
from mailit.errors import CannotStart

_log = Logger()
_TWISTDS_PIDFILE = "twistd.pid"
_SECONDS: Callable[[], float] = (
    partial(time.clock_gettime, time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
)


class Options(usage.Options):
    """The options of `twistd mailit`."""

    longdesc = "Runs MailIt: the API, delivery, and all else that its configuration says."
    optParameters = [  # noqa: RUF012 - Twisted looks for a list
        ["config", "c", None, "The configuration, a YAML file; without it, defaults and MAILIT_ variables alone."]
    ]

    def parseArgs(self) -> None:
        """Takes no argument."""


def makeService(options: Options) -> IService:
    """The whole service. What keeps it from starting is one line on standard error, and exit status 1."""
    try:
        path = options["config"]
        found = discovery.discover()
        told = config.load(Path(path) if path is not None else None, os.environ, found)
        enabled = discovery.enabled(found, told.plugins.disabled)
        inner = make_service(told, enabled)
    except CannotStart as error:
        sys.exit(f"mailit: {error.message}")
    root = Root(told)
    inner.setServiceParent(root)
    root.become_twistds(options.parent or {})
    return root


def count_steadily(reactor: Any) -> None:
    """Has the reactor count seconds that nobody can set, where Twisted's are the wall clock's.

    When that is set back, no timer would ring until it has caught up, the lease's neither; when it is set ahead, all
    of them would, those of peers that are about to answer, too. What a suspended machine sleeps is counted, as leases
    end meanwhile; a system without such a clock has one that doesn't.
    """
    before = reactor.seconds()
    reactor.seconds = _SECONDS
    for call in reactor.getDelayedCalls():
        call.time += _SECONDS() - before
        call.seconds = _SECONDS


class Root(MultiService):
    """The service that twistd sees: it brings our log and our exit status to twistd's process."""

    def __init__(self, told: config.Config) -> None:
        super().__init__()
        self._told = told
        self._ours = False

    def become_twistds(self, twistd: Any) -> None:
        """In the foreground, logs as the configuration says and writes no pidfile, unless the command line asks."""
        if twistd.get("nodaemon"):
            self._ours = not any(twistd.get(name) for name in ("logfile", "logger", "syslog"))
            if twistd.get("pidfile") == os.path.abspath(_TWISTDS_PIDFILE):
                twistd["pidfile"] = ""

    def setServiceParent(self, parent: Any) -> None:
        """Joins twistd's application, which is where it looks for an observer of the log."""
        super().setServiceParent(parent)
        if self._ours and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, logs.observer(self._told.logging, sys.stderr))

    def startService(self) -> None:
        """Starts all of it; the process ends with status 0 when it is told to end."""
        from twisted.internet import reactor

        for warning in self._told.warnings:
            _log.warn("{warning}", warning=warning)
        count_steadily(reactor)
        exit.end_quietly(reactor)
        super().startService()
