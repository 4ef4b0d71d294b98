"""A broadcast delays nobody's password reset: from the spool to the final dot, on a clock that jumps."""

from __future__ import annotations

from mailit.draft import Stream
from mailit.testing.exchanger import after
from mailit.testing.personalities import Willing
from mailit.testing.simulator import Simulator

OTHERS = "01a3185c-5000-7000-8000-00000000000f"
"""The team that sends the broadcast."""


class Slow(Willing):
    """Takes a second for each mail, as big receivers do under load."""

    def says(self, asked, now):
        """See `Personality`."""
        return after(1.0, "250 2.0.0 Ok") if asked.verb == "." else None


def simulated(broadcast: int, domains: int = 4) -> Simulator:
    """A broadcast of so many mails to so many slow sites, five seconds after it began."""
    simulator = Simulator()
    for number in range(domains):
        simulator.receiver(f"d{number}.test", Slow())
    simulator.receiver("fresh.test", Slow())
    for first in range(0, broadcast, 50):
        to = [f"u{number}@d{number % domains}.test" for number in range(first, min(first + 50, broadcast))]
        simulator.send(*to, stream=Stream.BROADCAST, team_id=OTHERS)
    simulator.run(5)
    return simulator


def delay(simulator: Simulator, recipient: str) -> float:
    """Seconds from a password reset's accept to the receiver's word."""
    began = simulator.now
    id_ = simulator.send(recipient)
    while simulator.types(id_)[-1] != "delivered":
        assert simulator.now - began < 60
        simulator.run(0.01)
    return simulator.now - began


class TestAPasswordReset:
    """Behind a broadcast it waits no more than a tenth of a second longer."""

    def test_it_is_not_delayed(self):
        """Neither at the sites that the broadcast goes to, nor at others, nor the next one."""
        alone = delay(simulated(0), "ana@d0.test")
        simulator = simulated(1500)
        assert simulator.house.queue.in_hand > 300
        for recipient in ("ana@d0.test", "ana@d3.test", "ana@fresh.test", "bo@d0.test", "cy@d0.test"):
            assert delay(simulator, recipient) <= alone + 0.1
