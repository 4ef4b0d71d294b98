"""`mailit doctor`: looks for what would lose mail, keep it from leaving, or keep the daemon from starting."""

from __future__ import annotations

import argparse
from typing import Any

from mailit.cli.findings import LOOKS, Grade
from mailit.cli.opened import takes_config, told


def declare(commands: Any) -> None:
    """Takes `--config`."""
    command = commands.add_parser("doctor", help="look for what is wrong with this installation")
    takes_config(command)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Prints a line a finding; 1 where one is bad."""
    here = told(given)
    failed = False
    for look in LOOKS:
        for finding in look(here):
            failed = failed or finding.grade is Grade.BAD
            print(f"{finding.grade.value:<5} {finding.subject}: {finding.sentence}", flush=True)
    return int(failed)
