"""How DKIM keys take over from each other, and how often a domain is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from mailit.domains import pace, rotation
from mailit.domains.rotation import Moves
from mailit.mail import dkim
from mailit.store.dkim_keys import DkimKey

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


def key(id_: str, state: str = "signing", seen: bool = True, retire_at: datetime | None = None) -> DkimKey:
    """A key whose id says algorithm and generation: `rsa1`."""
    algorithm = dkim.RSA if id_.startswith("rsa") else dkim.ED25519
    return DkimKey(
        id_, "domain", id_, algorithm, "", b"", NOW if seen else None, state, int(id_[-1]), retire_at, created_at=NOW
    )


def signing(*keys: DkimKey, asks_dns: bool = True) -> list[str]:
    return [one.id for one in rotation.signers(keys, asks_dns)]


FIRST = (key("rsa1"), key("ed1"))


class TestEachStep:
    """It follows from the rows alone, so that it can be taken by whoever comes next."""

    def test_without_a_rotation_there_is_nothing_to_do(self) -> None:
        assert not rotation.due(FIRST, NOW, asks_dns=True)
        assert signing(*FIRST) == ["rsa1", "ed1"]

    def test_published_and_not_seen_yet_the_old_keys_sign(self) -> None:
        keys = [*FIRST, key("rsa2", "publishing", seen=False), key("ed2", "publishing", seen=False)]
        assert not rotation.due(keys, NOW, asks_dns=True)
        assert signing(*keys) == ["rsa1", "ed1"]

    def test_seen_it_takes_over_from_the_one_of_its_algorithm(self) -> None:
        """Who publishes one of two keys is never without the other."""
        keys = [*FIRST, key("rsa2", "publishing"), key("ed2", "publishing", seen=False)]
        assert rotation.due(keys, NOW, asks_dns=True) == Moves(["rsa2"], ["rsa1"], [])

    def test_seen_it_does_not_sign_before_the_step_is_taken(self) -> None:
        assert signing(*FIRST, key("rsa2", "publishing")) == ["rsa1", "ed1"]

    def test_then_the_new_key_signs_and_the_old_one_does_not(self) -> None:
        keys = [key("rsa1", "retiring", retire_at=LATER), key("ed1"), key("rsa2"), key("ed2", "publishing", seen=False)]
        assert signing(*keys) == ["rsa2", "ed1"]
        assert not rotation.due(keys, NOW, asks_dns=True)

    def test_at_its_time_the_old_one_goes(self) -> None:
        keys = [key("rsa1", "retiring", retire_at=LATER), key("rsa2")]
        assert rotation.due(keys, LATER, asks_dns=True) == Moves([], [], ["rsa1"])
        assert list(rotation.ends(keys)) == [LATER]

    def test_while_the_new_one_is_gone_from_dns_the_old_one_stands_in(self) -> None:
        assert signing(key("rsa1", "retiring", retire_at=LATER), key("rsa2", seen=False)) == ["rsa1"]

    def test_a_key_that_dns_does_not_have_never_signs(self) -> None:
        assert signing(key("rsa1", seen=False), key("rsa2", "publishing", seen=False)) == []

    def test_where_dns_is_not_asked_new_keys_take_over_at_once(self) -> None:
        keys = [key("rsa1", seen=False), key("ed1", seen=False), key("rsa2", "publishing", seen=False)]
        assert rotation.due(keys, NOW, asks_dns=False) == Moves(["rsa2"], ["rsa1"], [])
        assert signing(*keys, asks_dns=False) == ["rsa1", "ed1"]


class TestSelectors:
    """Each generation has its own, and every one is a label."""

    @pytest.mark.parametrize(("generation", "name"), [(1, "mailit"), (2, "mailit-2"), (12, "mailit-12")])
    def test_names(self, generation: int, name: str) -> None:
        assert rotation.selector("mailit", generation) == name

    def test_a_long_one_stays_a_label(self) -> None:
        assert len(rotation.selector("s" * 54, 999) + "-ed25519") == 63


class TestThePace:
    """Often at first, ever less so; and a domain that sends is watched."""

    @pytest.mark.parametrize(
        ("waited", "wait"),
        [
            (timedelta(0), timedelta(minutes=1)),
            (timedelta(minutes=30), timedelta(minutes=3, seconds=45)),
            (timedelta(hours=60), timedelta(hours=1)),
        ],
    )
    def test_it_backs_off(self, waited: timedelta, wait: timedelta) -> None:
        assert pace.next_look("pending", NOW - waited, False, NOW) == NOW + wait

    @pytest.mark.parametrize(("status", "wait"), [("verified", pace.WATCH), ("partially_failed", pace.WATCH)])
    def test_what_sends_is_watched(self, status: str, wait: timedelta) -> None:
        assert pace.next_look(status, NOW, False, NOW) == NOW + wait

    def test_a_doubt_is_looked_into_soon(self) -> None:
        assert pace.next_look("verified", NOW, True, NOW) == NOW + pace.DOUBT

    def test_what_has_failed_waits_for_somebody_to_ask(self) -> None:
        assert pace.next_look("failed", NOW, False, NOW) is None


def test_the_keys_of_a_rotation_are_waited_for_from_their_making() -> None:
    """Not from the domain's."""
    keys: Sequence[DkimKey] = [*FIRST, key("rsa2", "publishing", seen=False)]
    assert rotation.waiting_since(keys) == NOW
    assert rotation.waiting_since(FIRST) is None
