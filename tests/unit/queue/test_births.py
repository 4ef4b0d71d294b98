"""Mail that its process takes as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, fail

from mailit.draft import Stream
from mailit.errors import Unavailable
from mailit.plugin import Screened
from mailit.queue.admission import Admission
from mailit.queue.births import Births
from mailit.store.claims import LaneKey
from mailit.submission.door import Door, writing
from mailit.testing.carrier import ScriptedCarrier
from mailit.testing.house import MemoryHouse
from mailit.testing.mails import draft
from mailit.testing.results import result
from mailit.testing.submission import MemoryGroup


@define(eq=False)
class Held:
    """A group whose answers wait until they are let go."""

    group: MemoryGroup[Any, Any]
    waiting: list[tuple[Any, Deferred[Any]]] = field(factory=list)

    def submit(self, item: Any) -> Deferred[Any]:
        answer: Deferred[Any] = Deferred()
        self.waiting.append((item, answer))
        return answer

    def write(self) -> None:
        """Writes what waits, and answers."""
        waiting, self.waiting = self.waiting, []
        for item, answer in waiting:
            self.group.submit(item).chainDeferred(answer)


@define(eq=False)
class Ground:
    house: MemoryHouse
    group: Any = None
    woken: list[LaneKey] = field(factory=list)
    door: Door = field(init=False)

    def __attrs_post_init__(self) -> None:
        house = self.house
        group: MemoryGroup[Any, Any] = MemoryGroup(house.database, writing(house.submission.screens, house.spool))
        self.group = Held(group) if self.group == "held" else self.group or group
        self.door = Door(
            self.group,
            house.domains,
            house.host.clock,
            house.host.ids,
            1000.0,
            self.woken.extend,
            births=Births(house.queue, house.holder, Admission(house.reactor, lambda: 0, lambda: 0)),
        )

    def send(self, *to: str, **fields: Any) -> str:
        return result(self.door.submit(draft(*to or ("ana@example.net",), **fields))).id

    def holders(self) -> Sequence[str | None]:
        return [one.holder for one in self.house.spool.envelopes.values()]


class Unanswering(ScriptedCarrier):
    """Never says what became of an envelope."""

    def __init__(self, room: int = 100) -> None:
        super().__init__()
        self._room = room

    def room(self, domain: str) -> int:
        return self._room

    async def carry(self, envelope: Any) -> Any:
        await Deferred()


@pytest.fixture
def ground() -> Ground:
    return Ground(MemoryHouse())


class TestRoom:
    """Where there is room, no claim is needed."""

    def test_it_is_delivered(self, ground):
        """Before any time has passed, and nobody is woken."""
        id_ = ground.send("ana@example.net", "bo@example.org")
        assert ground.house.types(id_) == ["queued", "sent", "delivered", "delivered"]
        assert (ground.woken, ground.house.queue.coming, ground.house.spool.envelopes) == ([], set(), {})

    def test_it_is_its_first_attempt(self):
        """The holder's, as after a claim."""
        ground = Ground(MemoryHouse(carrier=lambda house: Unanswering()))
        ground.send()
        (envelope,) = ground.house.spool.envelopes.values()
        assert (envelope.holder, envelope.attempt) == (ground.house.holder.id, 1)
        assert ground.house.queue.in_hand == 1

    def test_no_room(self):
        """It waits for its claim."""
        ground = Ground(MemoryHouse(carrier=lambda house: Unanswering(room=1)))
        ground.send("ana@example.net", "bo@example.net")
        assert ground.holders() == [None, None]
        assert [lane.domain for lane in ground.woken] == ["example.net"]

    def test_what_is_on_its_way_takes_room(self):
        """Two that are written at once do not both take the last place."""
        ground = Ground(MemoryHouse(carrier=lambda house: Unanswering(room=1)), "held")
        for _ in range(2):
            ground.door.submit(draft("ana@example.net"))
        assert [batch.mails[0].holder is not None for batch, _ in ground.group.waiting] == [True, False]

    def test_behind_others(self, ground):
        """While mail to the destination waits, what is new takes its turn."""
        ground.house.queue._lanes.woke([LaneKey("example.net", 0, "another team")])
        ground.send()
        assert len(ground.woken) == 1

    @pytest.mark.parametrize(
        "fields",
        [
            lambda now: {"stream": Stream.BROADCAST},
            lambda now: {"scheduled_at": datetime.fromtimestamp(now + 60, UTC)},
        ],
    )
    def test_what_is_in_no_hurry(self, fields):
        """Broadcasts wait for their turn, scheduled mail for its time."""
        ground = Ground(MemoryHouse(carrier=lambda house: Unanswering()))
        ground.send(**fields(ground.house.host.clock()))
        assert ground.holders() == [None]

    def test_a_screened_recipient(self, ground):
        """Is not sent to, and takes no room."""
        ground.house.submission.screens.append(lambda tx, team, recipients: [Screened("bo@example.net", "no")])
        id_ = ground.send("ana@example.net", "bo@example.net")
        assert sorted(ground.house.types(id_)) == ["delivered", "queued", "sent", "suppressed"]
        assert ground.house.queue.coming == set()


class TestTrouble:
    """Nothing stays in the name of a process that does not know of it."""

    def test_the_caller_hangs_up(self):
        """The mail goes its way all the same."""
        ground = Ground(MemoryHouse(), "held")
        answer = ground.door.submit(draft("ana@example.net"))
        answer.addErrback(lambda failure: None)
        answer.cancel()
        ground.group.write()
        assert [mail.last_event for mail in ground.house.spool.mails.values()] == ["delivered"]

    def test_nobody_knows_whether_it_was_written(self):
        """What was is found, set free, and claimed."""

        class Lost:
            def __init__(self, house: MemoryHouse) -> None:
                self.group: MemoryGroup[Any, Any] = MemoryGroup(house.database, writing((), house.spool))

            def submit(self, item: Any) -> Deferred[Any]:
                result(self.group.submit(item))
                return fail(Unavailable())

        house = MemoryHouse()
        ground = Ground(house, Lost(house))
        answer = ground.door.submit(draft("ana@example.net"))
        answer.addErrback(lambda failure: failure.trap(Unavailable))
        house.run(10.0)
        assert [mail.last_event for mail in house.spool.mails.values()] == ["delivered"]

    def test_a_holder_that_died_meanwhile(self):
        """Takes nothing: the mail is anybody's."""
        ground = Ground(MemoryHouse(carrier=lambda house: Unanswering()), "held")
        ground.door.submit(draft("ana@example.net"))
        ground.house.spool.holders.clear()
        ground.group.write()
        assert ground.holders() == [None]

    def test_after_the_stop(self):
        """What was being written is given back untried."""
        ground = Ground(MemoryHouse(), "held")
        ground.door.submit(draft("ana@example.net"))
        ground.house.stop()
        ground.group.write()
        assert (ground.holders(), ground.house.queue.in_hand) == ([None], 0)
