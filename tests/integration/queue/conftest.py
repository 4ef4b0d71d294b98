"""The door and the queue on a real database, with a carrier that does as it is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest_twisted
from attrs import define, field
from twisted.internet.defer import Deferred

from mailit.db.group import Group
from mailit.db.pool import Pool
from mailit.draft import Content, Draft
from mailit.events import Event
from mailit.ids import Ids
from mailit.interfaces import SendingDomain
from mailit.mail import address
from mailit.plugin import CarrierRule, Screen
from mailit.queue import claims as queue_claims
from mailit.queue import marks as queue_marks
from mailit.queue.abandoned import DeadHolders
from mailit.queue.admission import Admission
from mailit.queue.births import Births
from mailit.queue.claims import Claims
from mailit.queue.holder import Holder
from mailit.queue.log import EventLog
from mailit.queue.marks import Marks
from mailit.queue.retry import Schedule
from mailit.store import event_log
from mailit.submission import door
from mailit.submission.door import Door
from mailit.testing.carrier import ScriptedCarrier


@define(eq=False)
class OneDomain:
    """Implements `mailit.interfaces.Domains` with one verified domain."""

    id: str
    team_id: str
    name: str = "example.org"

    async def find(self, team_id: str, name: str) -> SendingDomain | None:
        """The domain, for its team."""
        if (team_id, name) != (self.team_id, self.name):
            return None
        return SendingDomain(self.id, team_id, name, "verified", f"send.{name}", True)


@define(eq=False, slots=False)
class House:
    """Submission and queue wired together, and hands to look into it."""

    reactor: Any
    pool: Pool
    dsn: str
    team: str
    domain: str
    carrier: ScriptedCarrier
    ids: Ids = field(factory=Ids)
    delays: tuple[float, ...] = (60.0, 300.0)
    screens: list[Screen] = field(factory=list)
    policy: str = "resend"
    births: bool = True

    def build(self) -> None:
        """Wires it; nothing runs yet."""
        self.log = EventLog(self.reactor, self.pool)
        self.holder = Holder(self.reactor, self.pool, self.ids, ["delivery"], lambda: self.claims.lost())
        self.endings: Group[Any, None] = queue_claims.endings(self.reactor, self.dsn)
        self.mark_group = queue_marks.group(self.reactor, self.dsn)
        self.marks = Marks(self.mark_group, self.holder)
        self.claims = Claims(
            self.reactor,
            self.pool,
            time.time,
            self.holder,
            self.endings,
            Schedule(self.delays, lambda: 0.0),
            [CarrierRule(lambda domain: True, lambda envelope: True, self.carrier)],
            self.screens,
            self.log.told,
        )
        self.group = door.group(self.reactor, self.dsn, self.screens)
        self.door = Door(
            self.group,
            OneDomain(self.domain, self.team),
            time.time,
            self.ids,
            86400.0,
            self.claims.woke,
            births=Births(self.claims, self.holder, Admission(self.reactor, lambda: 0, lambda: 0))
            if self.births
            else None,
        )
        self.dead = DeadHolders(self.pool, self.policy, self.delays)

    async def start(self) -> None:
        """The holder lives, the queue claims."""
        await self.holder.start()
        self.claims.start()

    async def stop(self) -> None:
        """In order."""
        await self.claims.drain(Deferred())
        await self.holder.stop()
        for group in (self.group, self.endings, self.mark_group):
            await group.stop()

    def draft(self, *to: str, **fields: Any) -> Draft:
        """A draft of the team to these addresses."""
        return Draft(
            **{
                "team_id": self.team,
                "from_": address.parse("Hello <hello@example.org>"),
                "subject": "Grüße",
                "to": tuple(address.parse(one) for one in to or ("ana@example.net",)),
                "content": Content(html="<p>Hi</p>"),
                **fields,
            }
        )

    async def events(self, email_id: str) -> list[Event]:
        """What happened to a mail, oldest first."""
        return await self.pool.transact(event_log.read_email, self.team, email_id, 0)

    async def types(self, email_id: str) -> list[str]:
        """The types of what happened."""
        return [event.type for event in await self.events(email_id)]

    async def value(self, sql: str, **params: Any) -> Any:
        """The one value that a query gives."""
        row = await self.pool.transact(lambda tx: tx.row(sql, params))
        return None if row is None else row[0]

    async def until(self, condition: Callable[[], Any], seconds: float = 5.0) -> None:
        """Waits until the condition holds; fails where it does not come to hold."""
        end = time.monotonic() + seconds
        while True:
            held = condition()
            if hasattr(held, "__await__"):
                held = await held
            if held:
                return
            assert time.monotonic() < end, "it did not come to hold"
            await self.sleep(0.01)

    def sleep(self, seconds: float) -> Deferred[None]:
        """Lets the reactor turn."""
        slept: Deferred[None] = Deferred()
        self.reactor.callLater(seconds, slept.callback, None)
        return slept


@pytest_twisted.async_yield_fixture
async def house(reactor: Any, pool: Pool, dsn: str) -> Any:
    """A house with one team and one domain, started; what it has claimed by the end is waited for."""
    ids = Ids()
    team, domain = ids(), ids()

    def make(tx: Any) -> None:
        tx.run("INSERT INTO team (id, name) VALUES (%(id)s, 'Acme')", {"id": team})
        tx.run(
            "INSERT INTO domain (id, team_id, name, status) VALUES (%(id)s, %(team)s, 'example.org', 'verified')",
            {"id": domain, "team": team},
        )

    await pool.transact(make)
    house = House(reactor, pool, dsn, team, domain, ScriptedCarrier())
    house.build()
    await house.start()
    yield house
    await house.stop()
