"""From the door to the outcome in memory: days of retries, and no waiting."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.draft import Content
from mailit.errors import Refused
from mailit.interfaces import utc
from mailit.plugin import CarrierRule, Plugin, Screened, Subscriber
from mailit.queue.claims import LOOK_EVERY
from mailit.testing.carrier import BOUNCED, DEFERRED, DELIVERED, ScriptedCarrier
from mailit.testing.house import MemoryHouse
from mailit.testing.simulator import Simulator

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
FIVE_DAYS = 5 * DAY


class TestFiveDays:
    """A receiver that never takes it: tried by the schedule, and given up at the end of its lifetime."""

    DELAYS = (MINUTE, 5 * MINUTE, HOUR, 4 * HOUR)

    def test_it_is_tried_by_the_schedule(self):
        """To the second, and the last delay repeats."""
        times = []
        carrier = ScriptedCarrier(lambda one: times.append(house.reactor.seconds()) or DEFERRED)
        house = MemoryHouse(carrier=lambda house: carrier, delays=self.DELAYS, lifetime=FIVE_DAYS)
        house.send()
        house.run(FIVE_DAYS + DAY)
        waits = [later - sooner for sooner, later in pairwise(times)]
        assert waits[:4] == pytest.approx(self.DELAYS, abs=0.1)
        assert waits[4:] == pytest.approx([4 * HOUR] * len(waits[4:]), abs=0.1)
        assert FIVE_DAYS - 4 * HOUR < times[-1] < FIVE_DAYS

    def test_it_ends_as_failed(self):
        """With the receiver's last words."""
        house = MemoryHouse(carrier=lambda house: ScriptedCarrier(lambda one: DEFERRED), lifetime=FIVE_DAYS)
        id_ = house.send()
        house.run(FIVE_DAYS - 2 * HOUR)
        assert house.types(id_)[-1] == "delivery_delayed"
        house.run(DAY)
        types = house.types(id_)
        assert (types[:2], set(types[2:-1]), types[-1]) == (["queued", "sent"], {"delivery_delayed"}, "failed")
        assert house.events(id_)[-1].reply == DEFERRED.reply
        assert (house.spool.envelopes, house.spool.mails[id_].last_event) == ({}, "failed")

    def test_it_takes_no_time(self):
        """A hundred mails for five days: far less than a second a day."""
        house = MemoryHouse(carrier=lambda house: ScriptedCarrier(lambda one: DEFERRED), lifetime=FIVE_DAYS)
        for number in range(100):
            house.send(f"r{number}@example.net")
        began = time.process_time()
        house.run(FIVE_DAYS + DAY)
        assert house.spool.envelopes == {}
        assert time.process_time() - began < 5.0


class TestASiteThatComesBack:
    """By SMTP, through the real carrier, in memory: two days of refusals, of all kinds, and then it is taken."""

    def test_it_arrives_once(self):
        """With one event an attempt."""
        simulator = Simulator()
        exchanger = simulator.receiver("example.net")
        exchanger.always("RCPT", "451 4.7.1 Greylisted")
        id_ = simulator.send()
        simulator.run(DAY)
        exchanger.always("RCPT", None)
        exchanger.always("DATA", "452 4.3.1 Disk full")
        simulator.run(DAY / 2)
        exchanger.always("DATA", None)
        simulator.run(DAY / 2)
        attempts = simulator.events(id_)[2:]
        assert len(exchanger.mails_to("ana@example.net")) == 1
        assert simulator.types(id_)[-1] == "delivered"
        assert {one.reply.text for one in attempts[:-1]} == {"Greylisted", "Disk full"}
        assert [one.attempt for one in attempts] == list(range(1, len(attempts) + 1))


class TestMailThatIsScheduled:
    """It waits, and goes at its time."""

    def test_it_goes_at_its_time(self):
        """Neither sooner nor later."""
        times = []
        house = MemoryHouse(
            carrier=lambda house: ScriptedCarrier(lambda one: times.append(house.reactor.seconds()) or DELIVERED)
        )
        id_ = house.send(scheduled_at=utc(house.host.clock() + 3 * DAY))
        house.run(2 * DAY)
        assert house.types(id_) == ["scheduled"]
        house.run(2 * DAY)
        assert house.types(id_) == ["scheduled", "sent", "delivered"]
        assert times == pytest.approx([3 * DAY], abs=0.1)


class TestWork:
    """No more is in hand than the carrier has room for."""

    def test_the_rest_waits_in_the_spool(self):
        """And comes when there is room, at the next look at the latest."""
        waiting = []
        carrier = ScriptedCarrier(lambda one: waiting.append(Deferred()) or waiting[-1], most=3)
        house = MemoryHouse(carrier=lambda house: carrier)
        ids = [house.send(f"r{number}@example.net") for number in range(5)]
        house.run(1)
        assert (len(carrier.handed), house.queue.in_hand) == (3, 3)
        for one in list(waiting):
            one.callback(BOUNCED)
        house.run(LOOK_EVERY + 1)
        assert len(carrier.handed) == 5
        assert [house.types(id_)[-1] for id_ in ids] == ["bounced"] * 3 + ["sent"] * 2


class TestPlugins:
    """All that has no I/O of its own can be seen at work."""

    def test_each_member_has_its_place(self):
        """Expand, stages, screens, render, carriers, subscribers."""

        class Shouting(Plugin):
            name = "shouting"

            def expand(self, host):
                async def named(draft):
                    return evolve(draft, subject=draft.subject or host.settings)

                return (named,)

            def stages(self, host):
                def refusing(draft):
                    if "secret" in draft.subject:
                        raise Refused("That must not go.")
                    return evolve(draft, subject=draft.subject.upper())

                return (refusing,)

            def screens(self, host):
                return (lambda tx, team, those: [Screened(one, "quiet") for one in those if one.startswith("quiet")],)

            def render(self, host):
                return (lambda email, recipient, parts: Content(text=f"{parts.text} {recipient}"),)

            def carriers(self, host):
                class Shouts(ScriptedCarrier):
                    async def carry(self, envelope):
                        shouted.append(await host.render(envelope))
                        return await super().carry(envelope)

                return (CarrierRule(lambda domain: domain == "loud.test", lambda one: True, Shouts()),)

            def subscribers(self, host):
                return (
                    Subscriber("shouting", lambda tx, events: heard.extend(events), frozenset({"email.delivered"})),
                )

        shouted, heard = [], []
        house = MemoryHouse([Shouting()], {"shouting": "hello"})
        id_ = house.send("ana@loud.test", "quiet@loud.test", subject=None, content=Content(text="Ah"))
        house.run(1)
        assert house.submission.submitted[0].subject == "HELLO"
        assert house.types(id_) == ["queued", "sent", "suppressed", "delivered"]
        assert b"Ah ana@loud.test" in shouted[0] and b"Subject: HELLO" in shouted[0]
        assert [event.email_id for event in heard] == [id_]
        assert not house.carrier.handed
        with pytest.raises(Refused, match="must not go"):
            house.send(subject="secret")

    def test_a_transaction_that_a_screen_spoils_at_the_claim(self):
        """Leaves the claim undone; it is taken when the screen is well again."""
        house = MemoryHouse()
        house.queue._stopping = True
        id_ = house.send()
        house.queue._stopping = False
        house.submission.screens.append(lambda tx, team, those: tx.rows("SELECT nothing"))
        house.queue.look()
        assert (house.queue.in_hand, [one.attempt for one in house.spool.envelopes.values()]) == (0, [0])
        house.submission.screens.clear()
        house.run(10)
        assert house.types(id_)[-1] == "delivered"
