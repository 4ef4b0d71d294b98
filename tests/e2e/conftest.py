"""Installations for the tests from outside: HTTP in, SMTP out, signals and the command line between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.rig import Rig, installation


@pytest.fixture
def install() -> Iterator[Callable[..., Rig]]:
    """Makes installations, which are gone after the test; see `tests.rig.installation`."""
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(installation(*args, **kwargs))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Rig]:
    """An installation that sends nothing, started, with `example.org` as its domain. Shared by a module."""
    with installation({"smtp_outbound": {"mode": "sandbox"}}, peers=False) as rig:
        rig.setup()
        rig.start()
        yield rig


@pytest.fixture(scope="module")
def direct() -> Iterator[Rig]:
    """An installation that sends to its peers, started, with `example.org` verified. Shared by a module."""
    with installation({"smtp_outbound": {"retry_delays": ["1s"]}}) as rig:
        rig.setup()
        rig.start()
        rig.verify(rig.said)
        yield rig
