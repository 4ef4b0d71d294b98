"""From the door to the outcome in memory: the real submission and queue, with plugins, on a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, maybeDeferred

from mailit.delivery.render import Renderer
from mailit.events import Event
from mailit.host import Host
from mailit.ids import Ids
from mailit.interfaces import Carrier
from mailit.plugin import CarrierRule, Endpoint, Plugin, RenderStep, Subscriber
from mailit.queue.claims import Claims
from mailit.queue.holder import Holder
from mailit.queue.marks import Marks
from mailit.queue.retry import Schedule
from mailit.store.outcomes import Ending, Fence
from mailit.testing.carrier import ScriptedCarrier
from mailit.testing.clocks import WallClock
from mailit.testing.database import MemoryDatabase
from mailit.testing.domains import MemoryDomains
from mailit.testing.host import host
from mailit.testing.mails import draft
from mailit.testing.results import result
from mailit.testing.spool import MemorySpool
from mailit.testing.submission import MemoryGroup, MemorySubmission
from mailit.testing.wires import Network

_AGES = 1e9  # seconds: the holder's lease, so that no renewal has to be stepped through
_A_LITTLE = 0.001  # seconds past the time that something is due


@define(eq=False)
class MemoryHouse:
    """One process, running: what is sent is claimed and carried as time is let pass.

    `plugins` come each after all that it requires, with `settings` by their names. What no plugin's carrier takes goes
    to that of the mode, if a plugin brings one, and else to the one that `carrier(house)` makes. `delays` and
    `lifetime` are those of the configuration, in seconds, and no wait is left to chance. The house's parts are `host`,
    `spool`, `database`, `marks`, `queue`, and what plugins brought: `routes`, `subscribers`.
    """

    plugins: Sequence[Plugin] = ()
    settings: Mapping[str, Any] = field(factory=dict)
    make_carrier: Callable[[MemoryHouse], Carrier] = field(default=lambda house: ScriptedCarrier(), alias="carrier")
    delays: Sequence[float] = (10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0)
    lifetime: float = 172_800.0
    mode: str = "sandbox"
    reactor: Network = field(factory=Network)
    host: Host = field(init=False)
    spool: MemorySpool = field(init=False)
    database: MemoryDatabase = field(init=False)
    domains: MemoryDomains = field(init=False)
    submission: MemorySubmission = field(init=False)
    holder: Holder = field(init=False)
    marks: Marks = field(init=False)
    queue: Claims = field(init=False)
    carrier: Carrier = field(init=False)
    routes: list[Endpoint] = field(factory=list, init=False)
    subscribers: list[Subscriber] = field(factory=list, init=False)
    _read: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        steps: list[RenderStep] = []
        rules: list[CarrierRule] = []
        clock, ids = WallClock(self.reactor), Ids(WallClock(self.reactor), Random(7).randbytes)
        self.domains = MemoryDomains(ids, open=True)
        self.spool = MemorySpool(clock, ids, self.domains)
        self.database = MemoryDatabase(undoes=[self.spool])
        self.submission = MemorySubmission(
            self.spool, self.domains, self.database, clock, ids, self.lifetime, lambda lanes: self.queue.woke(lanes)
        )
        self.host = host(
            reactor=self.reactor,
            clock=clock,
            ids=ids,
            database=self.database,
            submission=self.submission,
            render=Renderer(maybeDeferred, self.domains, clock, steps),
            mode=self.mode,
            report=self.spool.report,
        )
        self.holder = Holder(
            self.reactor,
            self.database,
            self.host.ids,
            ["delivery"],
            lambda: self.queue.lost(),
            _AGES,
            _AGES,
            self.spool,
        )
        marking: MemoryGroup[Fence, bool] = MemoryGroup(self.database, self.spool.mark)
        endings: MemoryGroup[Ending, None] = MemoryGroup(self.database, self.spool.settle)
        self.marks = Marks(marking, self.holder)
        self.queue = Claims(
            self.reactor,
            self.database,
            self.host.clock,
            self.holder,
            endings,
            Schedule(self.delays, lambda: 0.0),
            rules,
            self.submission.screens,
            self._told,
            self.spool,
        )
        brought: Carrier | None = None
        for plugin in self.plugins:
            its = evolve(self.host, settings=self.settings.get(plugin.name, plugin.settings and plugin.settings()))
            self.submission.expand += plugin.expand(its)
            self.submission.stages += plugin.stages(its)
            self.submission.screens += plugin.screens(its)
            steps += plugin.render(its)
            rules += plugin.carriers(its)
            self.routes += plugin.routes(its)
            self.subscribers += plugin.subscribers(its)
            for mode in plugin.modes:
                if mode.name == self.mode and mode.carrier is not None:
                    brought = mode.carrier(its)
        self.carrier = brought or self.make_carrier(self)
        rules.append(CarrierRule(lambda domain: True, lambda envelope: True, self.carrier))
        result(self.holder.start())
        self.queue.start()

    def send(self, *to: str, **fields: Any) -> str:
        """Submits a draft to these addresses; gives the mail's id. Fields are those of `mails.draft`."""
        return result(self.submission.submit(draft(*to, **fields))).id

    def run(self, seconds: float) -> None:
        """Lets so much time pass: step by step while something is in hand, and by leaps while nothing is due."""
        end = self.reactor.seconds() + seconds
        self._go_to(self.reactor.seconds())
        while self.reactor.seconds() < end:
            self._go_to(min(self._next(end), end))

    def events(self, email_id: str) -> list[Event]:
        """What happened to a mail, oldest first."""
        return self.spool.events_of(email_id)

    def types(self, email_id: str) -> list[str]:
        """The types of what happened to a mail, without `email.` in front."""
        return self.spool.types_of(email_id)

    def stop(self) -> None:
        """Claims no more; what is in hand stays so."""
        Deferred.fromCoroutine(self.queue.drain(Deferred()))

    def _next(self, end: float) -> float:
        now = self.reactor.seconds()
        due = self.spool.next_due()
        wait = end - now if due is None else due - self.host.clock() + _A_LITTLE
        if not self.queue.in_hand and wait > 0:
            return now + wait
        return max(now, min((call.getTime() for call in self.reactor.getDelayedCalls()), default=end))

    def _go_to(self, seconds: float) -> None:
        self.reactor.rightNow = max(self.reactor.rightNow, seconds)  # not by a difference, which would be rounded
        self.reactor.advance(0)

    def _told(self) -> None:
        """Takes what is new in the log to the subscribers, each event once."""
        news = self.spool.events[self._read :]
        self._read = len(self.spool.events)
        for subscriber in self.subscribers:
            wanted = [event for event in news if not subscriber.types or event.type in subscriber.types]
            if wanted:
                result(self.database.transact(subscriber.take, wanted))
