"""How the process ends: status 0 where it was asked to, 1 with one line where it could not go on."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from threading import Timer
from typing import Any

from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailit.errors import CannotStart

_log = Logger()


def fail(reactor: Any, error: BaseException) -> None:
    """Ends the process with status 1, and one line on standard error that says why. In the reactor's thread.

    What runs is stopped in order first, as on SIGTERM. An error that is not a `CannotStart` is our own fault, and
    goes to the log with its traceback. twistd knows no status but 0 at this point, so the last thing that the
    interpreter does is to leave with ours: logs are flushed by then, and twistd's pidfile is gone.
    """
    if isinstance(error, CannotStart):
        line = error.message
    else:
        _log.critical("The start failed: {error!r}", error=error, log_failure=Failure(error))
        line = f"the start failed by a fault of its own, see the log ({type(error).__name__}: {error})"
    if _heard_by_nobody():
        _log.critical("{line}", line=line)
    print(f"mailit: {line}", file=sys.__stderr__, flush=True)  # sys.stderr leads into the log by now
    atexit.register(_leave)
    reactor.callWhenRunning(_stop, reactor)


def end_quietly(reactor: Any) -> None:
    """Has SIGTERM and SIGINT stop the reactor, and the process end with status 0, once the reactor runs.

    Left alone, twistd ends by sending itself the signal once more, which is a status of 143 to whoever waits.

    So does SIGHUP where it means that the terminal is gone; left alone, it would kill in the midst of mails. Without a
    terminal it is what asks daemons to read their configuration anew, which this one does not: it says so and goes on.
    Where whoever started us has it ignored (nohup), it stays so.
    """

    def stop(*_: object) -> None:
        reactor.callFromThread(_stop, reactor)

    def pass_over(*_: object) -> None:
        reactor.callFromThread(_log.warn, "SIGHUP: the configuration is read at the start alone; restart to change it")

    def take_over() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, stop if _has_terminal() else pass_over)

    reactor.callWhenRunning(take_over)


def by(seconds: float, line: str) -> Callable[[], None]:
    """Sees to it that the process has ended in so many seconds, with status 1 and this line; gives what calls it off.

    For a stop that waits for who never answers: a thread that is inside a system call can't be told to leave.
    """
    timer = Timer(seconds, _cut_off, (line,))
    timer.daemon = True
    timer.start()
    return timer.cancel


def _cut_off(line: str) -> None:
    print(f"mailit: {line}", file=sys.__stderr__, flush=True)
    _leave()


def _stop(reactor: Any) -> None:
    try:
        reactor.stop()
    except ReactorNotRunning:  # it is on its way already
        return


def _has_terminal() -> bool:
    """Whether there is a terminal whose end would be told to us by SIGHUP."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _leave() -> None:
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
    os._exit(1)


def _heard_by_nobody() -> bool:
    """Whether standard error leads nowhere, as it does in a daemon."""
    try:
        return os.path.samestat(os.fstat(2), os.stat(os.devnull))
    except OSError:
        return True
