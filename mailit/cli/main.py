"""`mailit …`: which commands there are, and how each of them ends."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from mailit.cli import doctor, domain, migrate, preflight, queue, quota, run, serve, setup, trace, user, version
from mailit.errors import MailItError

COMMANDS = (run, serve, migrate, setup, user, domain, queue, quota, trace, preflight, doctor, version)
"""A module a command: `declare(commands)` says what it takes, and sets `run`, which is given the arguments."""


def parser() -> argparse.ArgumentParser:
    """What `mailit` takes."""
    top = argparse.ArgumentParser(prog="mailit", description="MailIt: a self-hosted email platform for developers.")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.declare(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; gives its exit status: 0 done, 1 failed with a line on standard error, 2 wrong usage."""
    given = parser().parse_args(arguments)
    try:
        status: int | None = given.run(given)
        sys.stdout.flush()
        return status or 0
    except MailItError as error:
        print(f"mailit: {error.message}", file=sys.stderr)
    except UnicodeEncodeError:
        print("mailit: what was given is not text in UTF-8", file=sys.stderr)
    except BrokenPipeError:  # whoever read our output has gone; there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("mailit: interrupted", file=sys.stderr)
    return 1


def script() -> None:
    """The console script."""
    sys.exit(main())
