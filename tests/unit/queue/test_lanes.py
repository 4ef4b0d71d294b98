"""What a process remembers of lanes, by a clock of the test's."""

from __future__ import annotations

from twisted.internet.task import Clock

from mailit.queue.lanes import Lanes
from mailit.store.claims import LaneKey

TEAMS = [f"team-{n}" for n in range(4)]


def lane(domain="example.net", stream=0, team="team-0"):
    """A lane's key."""
    return LaneKey(domain, stream, team)


class TestRoom:
    """A destination's room is divided among its lanes."""

    def test_equally_among_teams(self):
        """Four teams share forty in tens."""
        lanes = Lanes(Clock().seconds)
        lanes.woke(lane(team=team) for team in TEAMS)
        assert [want.most for want in lanes.wanted("example.net", 40)] == [10, 10, 10, 10]

    def test_transactional_before_broadcasts(self):
        """A broadcast gets what the others leave: nothing, where one lane may take all."""
        lanes = Lanes(Clock().seconds)
        lanes.woke([lane(stream=1), lane(stream=0, team="team-1")])
        assert [want.lane.stream for want in lanes.wanted("example.net", 10)] == [0]

    def test_broadcasts_leave_some(self):
        """For what is yet to come; all other mail may have that too."""
        lanes = Lanes(Clock().seconds)
        lanes.woke([lane(stream=1), lane("b.test", stream=1), lane("b.test")])
        assert [want.most for want in lanes.wanted("example.net", 10, 3)] == [7]
        assert lanes.wanted("example.net", 3, 3) == []
        assert [want.most for want in lanes.wanted("b.test", 10, 3)] == [10]

    def test_destinations_without_broadcasts_come_first(self):
        """Until they have no such mail any more."""
        lanes = Lanes(Clock().seconds)
        lanes.woke([lane("a.test", stream=1), lane("b.test", stream=1), lane("b.test"), lane("b.test", team="x")])
        assert lanes.domains() == ["b.test", "a.test"]
        for want in lanes.wanted("b.test", 10):
            lanes.claimed(want, 0, None)
        assert lanes.domains() == ["a.test", "b.test"]

    def test_never_more_than_there_is(self):
        """Three teams and a room of two."""
        lanes = Lanes(Clock().seconds)
        lanes.woke(lane(team=team) for team in TEAMS[:3])
        assert sum(want.most for want in lanes.wanted("example.net", 2)) == 2

    def test_teams_take_turns(self):
        """Who was served goes behind those who were not."""
        lanes = Lanes(Clock().seconds)
        lanes.woke(lane(team=team) for team in TEAMS)
        served = []
        for _ in range(4):
            (want,) = lanes.wanted("example.net", 1)
            served.append(want.lane.team_id)
            lanes.claimed(want, 1, 100.0)
        assert sorted(served) == TEAMS


class TestAClaim:
    """What a claim brought decides whether its lane stays."""

    def test_a_lane_that_gave_less_than_asked_is_empty(self):
        """It is ready again only when it is woken."""
        lanes = Lanes(Clock().seconds)
        lanes.woke([lane()])
        (want,) = lanes.wanted("example.net", 5)
        lanes.claimed(want, 3, 100.0)
        assert lanes.domains() == [] and len(lanes) == 0

    def test_a_lane_that_gave_all_has_a_backlog(self):
        """And its next claim begins a little before where the last one ended."""
        lanes = Lanes(Clock().seconds)
        lanes.woke([lane()])
        (want,) = lanes.wanted("example.net", 5)
        lanes.claimed(want, 5, 100.0)
        assert lanes.backlogged("example.net")
        (again,) = lanes.wanted("example.net", 5)
        assert 90.0 < again.since < 100.0

    def test_a_look_begins_at_the_start(self):
        """An envelope that came back with an earlier time is found at the latest then."""
        lanes = Lanes(Clock().seconds)
        lanes.woke([lane()])
        (want,) = lanes.wanted("example.net", 5)
        lanes.claimed(want, 5, 100.0)
        lanes.look_from_the_start()
        assert lanes.wanted("example.net", 5)[0].since == float("-inf")

    def test_news_ends_a_backlog(self):
        """A lane that is woken is claimed without waiting for more room."""
        lanes = Lanes(Clock().seconds)
        lanes.woke([lane()])
        (want,) = lanes.wanted("example.net", 5)
        lanes.claimed(want, 5, 100.0)
        lanes.woke([lane(team="team-1")])
        assert not lanes.backlogged("example.net")


class TestLanesThatWait:
    """A lane is ready when its first envelope is due."""

    def test_it_ripens(self):
        """Not before its time."""
        clock = Clock()
        lanes = Lanes(clock.seconds)
        lanes.due_in(lane(), 60.0)
        lanes.ripen()
        assert lanes.domains() == [] and lanes.next_due() == 60.0
        clock.advance(60)
        lanes.ripen()
        assert lanes.domains() == ["example.net"] and lanes.next_due() is None

    def test_the_earliest_time_counts(self):
        """A later time does not hide an earlier one, in whatever order they come."""
        clock = Clock()
        lanes = Lanes(clock.seconds)
        for wait in (30.0, 10.0, 20.0):
            lanes.due_in(lane(), wait)
        assert lanes.next_due() == 10.0
        clock.advance(10)
        lanes.ripen()
        assert lanes.domains() == ["example.net"] and lanes.next_due() is None


class TestMemory:
    """It is bounded."""

    def test_no_more_lanes_than_allowed(self):
        """What is dropped is found again by a scan."""
        lanes = Lanes(Clock().seconds, most=10)
        lanes.woke(lane(domain=f"d{n}.example") for n in range(20))
        for n in range(20):
            lanes.due_in(lane(domain=f"e{n}.example"), 5.0)
        assert len(lanes) == 10
