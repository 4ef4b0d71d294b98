"""`make crash` in its short form, and proof that its last word would not be a good one without reason."""

from __future__ import annotations

import os

import pytest
from attrs import evolve

from bench import crash
from bench.steps import steps
from tests import audit
from tests.audit import Account, Settled


def test_nothing_is_lost_and_nothing_doubled_that_is_not_marked() -> None:
    """The daemon, the daemon with its PostgreSQL, or PostgreSQL alone is killed at random under load."""
    options = crash.Options(seed=int.from_bytes(os.urandom(4)), seconds=12)
    assert crash.crash(options, print) == [], f"run it again by: python -m bench.crash --seed {options.seed}"


def test_a_kill_at_each_step_of_the_protocol() -> None:
    """None is lost, and only what may have been out arrives twice, marked."""
    assert steps(postgres=False, hurry=True, told=print) == []


class TestTheAudit:
    """Each way in which a promise can be broken is seen."""

    ONE = Settled("e1", "<m1>", "s1", "delivered", "a@x", "delivered")
    TWO = Settled("e2", "<m2>", "s2", "delivered", "b@x", "delivered")
    FAIR = Account({"e1": ["a@x"], "e2": ["b@x"]}, [ONE, TWO], [("<m1>", "a@x"), ("<m2>", "b@x")], [["s1", "s2"]])

    def test_where_all_agrees_it_says_nothing(self) -> None:
        """Also of a mail in doubt that arrived twice, and of one that nobody was promised."""
        assert audit.faults(self.FAIR) == []
        doubled = [*self.FAIR.taken, ("<m1>", "a@x")]
        marked = evolve(self.FAIR, settled=[evolve(self.ONE, doubts=1), self.TWO], taken=doubled)
        assert audit.faults(marked) == []
        assert audit.faults(evolve(self.FAIR, promised={})) == []

    @pytest.mark.parametrize(
        "changes, begins",
        [
            ({"promised": {**FAIR.promised, "e3": ["c@x"]}}, "lost: e3 was accepted"),
            ({"promised": {"e1": ["a@x", "c@x"]}}, "lost: e1 was accepted for c@x"),
            ({"taken": FAIR.taken[:1]}, "lost: e2 to b@x counts as delivered"),
            ({"taken": [*FAIR.taken, ("<m1>", "a@x")]}, "doubled: e1 to a@x arrived 2 times"),
            ({"taken": [*FAIR.taken, ("<m3>", "a@x")]}, "unknown: <m3> to a@x"),
            ({"envelopes": 1}, "left: 1 envelopes"),
            ({"settled": [ONE, evolve(TWO, state="bounced")]}, "untold: e2 to b@x is at the exchanger"),
            ({"settled": [ONE, evolve(TWO, state="sent", last_event="sent")]}, "unfinished: e2 to b@x"),
            ({"settled": [ONE, evolve(TWO, last_event="sent")]}, "unfinished: e2 to b@x"),
            ({"settled": [ONE, evolve(TWO, ends=2)]}, "untold: e2 to b@x has 2 events"),
            ({"settled": [ONE, evolve(TWO, told="queued")]}, "untold: e2 has the events queued"),
            ({"batches": [["s1", "s2", "s3"]]}, "halved: of the batch of s1 there are 2 of 3"),
        ],
    )
    def test_what_does_not_agree_is_named(self, changes: dict[str, object], begins: str) -> None:
        """By mail and recipient."""
        found = audit.faults(evolve(self.FAIR, **changes))
        assert any(line.startswith(begins) for line in found), found
