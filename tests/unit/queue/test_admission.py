"""Accepts let deliveries go first while the processor is short, and only then."""

from __future__ import annotations

from twisted.internet.task import Clock

from mailit.queue.admission import FEW, LESS, LONGEST, MANY, MOST_CREDIT, UNSIGNED, Admission


class Ground:
    """A process with a backlog to sign."""

    def __init__(self, in_hand: int = MANY, unsigned: int = UNSIGNED) -> None:
        self.clock = Clock()
        self.in_hand, self.unsigned = in_hand, unsigned
        self.admission = Admission(self.clock, lambda: self.in_hand, lambda: self.unsigned)

    def ask(self, mails: int = 1) -> list[bool]:
        """One accept; the list has something in it once it may be written."""
        let: list[bool] = []
        turn = self.admission.turn(mails)
        if turn is None:
            let.append(True)
        else:
            turn.addCallbacks(lambda _: let.append(True), lambda failure: None)
        return let

    def settle(self, count: int) -> None:
        for _ in range(count):
            self.admission.settled()


class TestNobodyWaits:
    """Where it would help no delivery."""

    def test_while_little_is_in_hand(self) -> None:
        """An idle system looks for nothing, either."""
        ground = Ground(in_hand=FEW)
        assert ground.ask()
        assert not ground.clock.getDelayedCalls()

    def test_while_deliveries_wait_for_peers(self) -> None:
        """A thousand in hand, and none of them waits for us."""
        ground = Ground(in_hand=1000, unsigned=0)
        assert all(ground.ask() for _ in range(100))

    def test_once_the_rush_is_over(self) -> None:
        """Those that waited are let in at the next look, and looking ends."""
        ground = Ground()
        waits = [ground.ask() for _ in range(5)]
        assert not any(waits)
        ground.unsigned = 0
        ground.clock.pump([0.02] * 3)
        assert all(waits)
        assert ground.admission.waiting == 0
        assert not ground.clock.getDelayedCalls()


class TestEachPays:
    """While the processor is short an accept goes in for each delivery that ends."""

    def test_one_for_one(self) -> None:
        """In the order in which they came."""
        ground = Ground()
        waits = [ground.ask() for _ in range(5)]
        ground.settle(2)
        assert waits == [[True], [True], [], [], []]
        assert not ground.ask(), "nobody passes those who wait"

    def test_what_has_piled_up_becomes_less(self) -> None:
        """More than one for one, where so many are in hand that each mail waits behind all of them."""
        ground = Ground(in_hand=MANY + 1)
        waits = [ground.ask() for _ in range(200)]
        ground.settle(100)
        assert len([one for one in waits if one]) == round(100 * LESS)

    def test_a_batch_pays_for_all_of_its_mails(self) -> None:
        """It is let in by the first delivery, and those behind it wait for the rest."""
        ground = Ground()
        batch, single = ground.ask(100), ground.ask()
        ground.settle(1)
        assert batch and not single
        ground.settle(99)
        assert not single
        ground.settle(1)
        assert single

    def test_what_nobody_paid_with_is_kept_up_to_a_limit(self) -> None:
        """A quiet hour is no licence for a storm."""
        ground = Ground()
        ground.settle(10 * MOST_CREDIT)
        assert sum(bool(ground.ask()) for _ in range(10 * MOST_CREDIT)) == MOST_CREDIT

    def test_a_late_reactor_says_so_too(self) -> None:
        """It signs nothing, and has no time."""
        ground = Ground(unsigned=0)
        for _ in range(20):
            ground.ask()
            ground.clock.advance(0.05)
        assert ground.admission.short
        waits = [ground.ask() for _ in range(2 * MOST_CREDIT)]
        assert not waits[-1]


class TestNobodyWaitsForEver:
    """Whatever becomes of the deliveries."""

    def test_a_second_at_most(self) -> None:
        """Though nothing was settled meanwhile."""
        ground = Ground()
        waits = [ground.ask() for _ in range(5)]
        ground.clock.pump([0.02] * int(LONGEST / 0.02 - 5))
        assert not any(waits)
        ground.clock.pump([0.02] * 10)
        assert all(waits)

    def test_one_who_has_gone(self) -> None:
        """Pays nothing, and holds nobody up."""
        ground = Ground()
        turn = ground.admission.turn(1)
        assert turn is not None
        turn.addErrback(lambda failure: None)
        behind = ground.ask()
        turn.cancel()
        ground.settle(1)
        assert behind
