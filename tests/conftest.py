"""Fixtures for every layer of tests. Nothing starts before a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import pytest_twisted

from mailit.db.pool import Pool
from tests import postgres as _postgres

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("mailit", deadline=None)
hypothesis.settings.load_profile("mailit")


@pytest.fixture(scope="session")
def postgres() -> Iterator[_postgres.Postgres]:
    """A PostgreSQL server for the whole session."""
    with _postgres.running() as running:
        yield running


@pytest.fixture
def dsn(postgres: _postgres.Postgres) -> Iterator[str]:
    """A fresh database: the core's tables and partitions, empty."""
    with postgres.database() as dsn:
        yield dsn


@pytest.fixture
def reactor() -> Any:
    """The reactor that runs the tests."""
    from twisted.internet import reactor

    return reactor


@pytest_twisted.async_yield_fixture
async def pool(reactor: Any, dsn: str) -> Any:
    """A started pool on the fresh database."""
    pool = Pool(reactor, dsn, size=4)
    pool.start()
    yield pool
    await pool.stop()
