"""What was said on connections: noted while mail goes out, written a second later."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailit.delivery.credentials import Credentials
from mailit.delivery.trail import EVERY, MOST_LINES, KeptTrails
from mailit.ids import Ids
from mailit.net.tls import Tls
from mailit.store import trails
from mailit.testing.clocks import WallClock
from mailit.testing.database import MemoryDatabase
from mailit.testing.exchanger import CLOSE, then_close
from tests.unit.delivery.conftest import Delivery


class Kept:
    """A delivery whose trails are kept, and what was written of them."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.database = MemoryDatabase()
        self.database.answer(trails.WRITE, 1)
        clock = WallClock(delivery.network)
        self.trails = KeptTrails(delivery.network, self.database, clock, Ids(clock))
        delivery.carrier._manners = evolve(delivery.carrier._manners, trails=self.trails)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every stretch of a connection, in order."""
        written = self.database.params(trails.WRITE)
        return [row for params in written for row in msgspec.json.decode(params["rows"])]


@pytest.fixture
def kept(delivery: Delivery) -> Kept:
    return Kept(delivery)


class TestADelivery:
    """It leaves who, when, how large, and what was said."""

    def test_many_on_one_connection_are_one_row(self, kept: Kept) -> None:
        """Equal replies stand in it once; what the dot was answered with stands in the log."""
        kept.delivery.send(*(f"u{number}@example.net" for number in range(10)))
        kept.delivery.wait(3)
        (row,) = kept.rows
        assert (row["exchanger"], row["address"], row["port"]) == ("mx.example.net", "198.0.2.1", 25)
        assert sorted(row["deliveries"]) == sorted(f"id{number}" for number in range(1, 11))
        assert row["dialogues"] == [["250 2.1.0 Ok", "250 2.1.5 Ok", "354 Go ahead", None, None]]
        assert row["said"] == [0] * 10
        assert row["attempts"] == [1] * 10
        assert all(size > 0 for size in row["sizes"])
        assert all(began < ended <= row["until"] for began, ended in zip(row["began"], row["ended"], strict=True))
        assert row["opened"] < min(row["began"])

    def test_the_opening(self, kept: Kept) -> None:
        """Line by line, before the first mail."""
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(3)
        opening = kept.rows[0]["opening"].splitlines()
        assert opening[:3] == ["S: 220 mx.example.net ESMTP", "C: EHLO mail.example.com", "S: 250-mx.example.net"]
        assert opening[-1] == "S: 250 ENHANCEDSTATUSCODES"

    def test_nothing_is_written_before_its_time(self, kept: Kept) -> None:
        """What comes in a second shares a statement."""
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(EVERY / 2)
        kept.delivery.send("bo@example.net")
        kept.delivery.wait(EVERY)
        assert len(kept.database.params(trails.WRITE)) == 1

    def test_a_stop_writes_what_there_is(self, kept: Kept) -> None:
        """At once."""
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(0.5)
        assert kept.rows == []
        Deferred.fromCoroutine(kept.trails.stop())
        assert len(kept.rows) == 1


class TestARefusal:
    """Whatever was said is kept whole."""

    @pytest.mark.parametrize(
        ("verb", "dialogue"),
        [
            ("MAIL", ["550 5.7.1 No", "503 5.5.1 Need MAIL command", "554 5.5.1 No valid recipients", None, None]),
            ("RCPT", ["250 2.1.0 Ok", "550 5.7.1 No", "554 5.5.1 No valid recipients", None, None]),
            (".", ["250 2.1.0 Ok", "250 2.1.5 Ok", "354 Go ahead", "550 5.7.1 No", None]),
        ],
    )
    def test_at_each_step(self, kept: Kept, verb: str, dialogue: list[str | None]) -> None:
        """The reply that counts among the others."""
        kept.delivery.exchanger.at(verb, "550 5.7.1 No")
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(3)
        assert kept.rows[0]["dialogues"] == [dialogue]

    def test_a_connection_that_ends_after_the_dot(self, kept: Kept) -> None:
        """How it was cut off stands in it."""
        kept.delivery.exchanger.at(".", CLOSE)
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(3)
        *_, dot, cut = kept.rows[0]["dialogues"][0]
        assert (dot, cut) == (None, "The server closed the connection")

    def test_a_connection_that_comes_to_nothing(self, kept: Kept) -> None:
        """It has no mails, and says why."""
        kept.delivery.exchanger.always("CONNECT", then_close("554 5.7.1 Not you"))
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(3)
        (row,) = kept.rows
        assert (row["deliveries"], row["fault"], row["opening"]) == ([], "Not you", "S: 554 5.7.1 Not you")
        assert (row["tls_version"], row["tls_policy"]) == (None, "opportunistic")

    def test_one_that_is_never_made(self, kept: Kept) -> None:
        """Nobody listens."""
        kept.delivery.network.close("198.0.2.1", 25)
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(3)
        (row,) = kept.rows
        assert row["fault"] == kept.delivery.outcome("ana@example.net").reply.text
        assert row["tls_policy"] == "opportunistic"


class TestWhatIsNotKept:
    """Secrets, and more than there is room for."""

    @pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "CRAM-MD5"])
    def test_what_auth_is_given(self, kept: Kept, mechanisms: str) -> None:
        """Whichever way it is given."""
        exchanger = kept.delivery.exchanger
        exchanger.keywords = ("PIPELINING", f"AUTH {mechanisms}")
        exchanger.at("AUTH", "334 VXNlcm5hbWU6" if mechanisms != "PLAIN" else "235 2.7.0 Welcome")
        kept.delivery.send("warm@example.net")
        kept.delivery.wait(30)
        route = kept.delivery.carrier._routes.known("example.net")
        secret = evolve(route, credentials=Credentials("user-name", "pass-word"), tls=Tls.NONE)
        kept.delivery.carrier._routes._known["example.net"] = evolve(
            kept.delivery.carrier._routes._known["example.net"], route=secret
        )
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(400)
        whole = "\n".join(row["opening"] for row in kept.rows)
        assert f"C: AUTH {mechanisms}" in whole
        for word in ("user-name", "pass-word"):
            assert word not in whole
            assert b64encode(word.encode()).decode() not in whole
        assert b64encode(b"\0user-name\0pass-word").decode() not in whole
        assert "****" in whole

    def test_an_endless_greeting(self, kept: Kept) -> None:
        """A peer must not fill our tables."""
        trail = kept.trails.begin("mx", "192.0.2.1", 25)
        for _ in range(MOST_LINES * 3):
            trail.line("S", "x" * 100_000)
        trail.failed("")
        kept.delivery.wait(3)
        assert len(kept.rows[0]["opening"]) < MOST_LINES * 2_001

    def test_while_the_database_is_away(self, kept: Kept) -> None:
        """It is counted and forgotten: mail does not wait for it."""
        kept.database.away = True
        kept.delivery.send("ana@example.net")
        kept.delivery.wait(3)
        assert kept.delivery.kind("ana@example.net") == "delivered"
        assert kept.trails.dropped == 1
        kept.database.away = False
        kept.delivery.send("bo@example.net")
        kept.delivery.wait(3)
        assert len(kept.rows) == 1
