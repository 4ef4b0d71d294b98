"""`mailit version`."""

from __future__ import annotations

import argparse
from typing import Any

from mailit import __version__


def declare(commands: Any) -> None:
    """Takes nothing."""
    command = commands.add_parser("version", help="print the version")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> None:
    """Prints the version."""
    print(f"mailit {__version__}")
