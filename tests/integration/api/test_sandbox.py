"""What the sandbox caught is kept for as long as its section says, counted from when it was caught."""

from __future__ import annotations

import time
from typing import Any

import pytest
import pytest_twisted
from attrs import evolve

from mailit.db.pool import Pool
from mailit.plugins.sandbox import store
from mailit.plugins.sandbox.plugin import SandboxPlugin, SandboxSettings
from mailit.testing.host import host
from tests.integration.api.conftest import House

_NAMES = ("return_path", "recipient", "sender", "subject")
_DAY = 86400.0


@pytest.fixture
def house_settings() -> dict[str, Any]:
    return {"plugins": True}


async def _catch(pool: Pool, id_: str) -> None:
    row = {"id": id_, "team_id": id_, "email_id": id_, **dict.fromkeys(_NAMES, ""), "message": b"Subject: A\r\n\r\n"}
    await pool.transact(store.catch, row)


async def _left(pool: Pool) -> list[str]:
    return [str(row.id) for row in await pool.transact(lambda tx: tx.rows("SELECT id FROM sandbox_message ORDER BY 1"))]


@pytest_twisted.ensureDeferred
async def test_what_is_older_than_it_is_kept_for_goes(house: House) -> None:
    old, new = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
    pool = house.pool
    for id_ in (old, new):
        await _catch(pool, id_)
    older = "UPDATE sandbox_message SET caught_at = caught_at - interval '8 days' WHERE id = %(id)s"
    await pool.transact(lambda tx: tx.run(older, {"id": old}))
    here = evolve(host(database=pool, clock=time.time), settings=SandboxSettings(retention=9 * _DAY))

    (job,) = SandboxPlugin().jobs(here)
    await job.work()
    assert await _left(pool) == [old, new]

    (job,) = SandboxPlugin().jobs(evolve(here, settings=SandboxSettings(retention=7 * _DAY)))
    await job.work()
    assert await _left(pool) == [new]
