"""A site that limits its senders, as the simulator has them: hours of learning in milliseconds."""

from __future__ import annotations

from mailit.testing.personalities import Throttling
from mailit.testing.simulator import HOUR, MINUTE, Simulator


class Counting(Throttling):
    """Counts how often it had to refuse."""

    refused = 0

    def says(self, asked, now):
        """See `Personality`."""
        answer = Throttling.says(self, asked, now)
        self.refused += answer is not None
        return answer


class TestTenMailsAMinute:
    """And a hundred and twenty to send."""

    def test_the_pace_is_found(self):
        """With few refusals, in little more than the time it takes, and hardly a mail's try is counted."""
        simulator, site = Simulator(), Counting(most=10, window=MINUTE)
        exchanger = simulator.receiver("example.net", site)
        ids = [simulator.send(f"u{number}@example.net") for number in range(120)]
        simulator.run(20 * MINUTE)
        assert len(exchanger.caught) == 120
        assert site.refused <= 12
        assert sum(simulator.types(id_).count("delivery_delayed") for id_ in ids) <= 12

    def test_what_waits_says_so(self):
        """That it is the pace, with the site's own words."""
        simulator, site = Simulator(), Counting(most=1, window=HOUR)
        simulator.receiver("example.net", site)
        ids = [simulator.send(f"u{number}@example.net") for number in range(5)]
        simulator.run(5 * MINUTE)
        (pool,) = simulator.house.carrier.pools.values()
        assert pool.pace.reply is not None
        assert pool.pace.reply.status == "4.7.28"
        assert pool.room <= 0
        assert sum(simulator.types(id_)[-1] == "delivered" for id_ in ids) == 1
