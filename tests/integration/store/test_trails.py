"""What was said on connections, written and found again on a real database."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from attrs import evolve

from mailit.db.connection import Transaction, connect
from mailit.ids import Ids
from mailit.interfaces import utc
from mailit.store import trails
from mailit.store.trails import Stretch, Wanted

IDS = Ids()


@pytest.fixture
def tx(dsn):
    """One transaction, which is undone at the end."""
    connection = connect(dsn, "test")
    yield Transaction(connection)
    connection.close()


def stretch(*deliveries, at, **fields):
    """One second of a connection on which these were settled."""
    whole = {
        "id": IDS(), "exchanger": "mx.trail.example", "address": "192.0.2.1", "port": 25, "opened": at - 5,
        "until": at, "tls_version": "TLSv1.3", "tls_cipher": "AES", "tls_policy": "opportunistic",
        "opening": "S: 220 hi\nC: EHLO us", "fault": None, "deliveries": deliveries,
        "attempts": [1] * len(deliveries), "began": [at - 1.0] * len(deliveries), "ended": [at] * len(deliveries),
        "sizes": [1234] * len(deliveries), "said": [0] * len(deliveries),
        "dialogues": [("250 ok", "250 ok", "354 go", None, None)] if deliveries else [],
    }  # fmt: skip
    return Stretch(**{**whole, **fields})


class TestAnAttempt:
    """It is found by its delivery, its exchanger and its time."""

    def test_found(self, tx):
        """With the connection's facts, and its own."""
        now, mine, other = time.time(), IDS(), IDS()
        trails.write(tx, [stretch(IDS(), mine, other, at=now), stretch(IDS(), at=now)])
        (found,) = trails.find(tx, [Wanted(mine, 1, "mx.trail.example", utc(now + 0.2), "ok")])
        assert found is not None
        assert (found.address, found.port, found.size) == ("192.0.2.1", 25, 1234)
        assert found.tls == ("TLSv1.3", "AES", "opportunistic")
        assert found.dialogue == ("250 ok", "250 ok", "354 go", None, None)
        assert found.began_at is not None
        assert abs((utc(now) - found.began_at) - timedelta(seconds=1)) < timedelta(milliseconds=1)

    def test_another_s_is_not_mistaken_for_it(self, tx):
        """Nor another attempt of the same, nor one long ago, nor one elsewhere."""
        now, mine = time.time(), IDS()
        trails.write(tx, [stretch(mine, at=now)])
        wanted = Wanted(mine, 1, "mx.trail.example", utc(now), "ok")
        others = [
            evolve(wanted, delivery_id=IDS()),
            evolve(wanted, attempt=2),
            evolve(wanted, exchanger="mx.else.example"),
            evolve(wanted, at=utc(now + 3600)),
        ]
        assert trails.find(tx, others) == [None] * 4
        assert trails.find(tx, [wanted]) != [None]

    def test_a_connection_that_came_to_nothing_is_known_by_its_words(self, tx):
        """What waited for it was deferred with them."""
        now = time.time()
        trails.write(tx, [stretch(at=now, fault="Could not connect", opening="")])
        wanted = Wanted(IDS(), 1, "mx.trail.example", utc(now + 60), "Could not connect")
        (found,) = trails.find(tx, [wanted])
        assert found is not None
        assert (found.fault, found.dialogue) == ("Could not connect", None)
        assert trails.find(tx, [evolve(wanted, text="Something else")]) == [None]

    def test_what_a_peer_says_harms_nobody(self, tx):
        """No octet of his stops the row, and with it those of others."""
        now, mine = time.time(), IDS()
        said = [("250 \0\"'\\ {}", None, None, None, "\\u0000")]
        trails.write(tx, [stretch(mine, at=now, dialogues=said, opening="S: \0\\u0000")])
        assert trails.find(tx, [Wanted(mine, 1, "mx.trail.example", utc(now), "")]) != [None]


class TestWhatIsOld:
    """It goes, in steps."""

    def test_by_age(self, tx):
        """And no more at a time than was said."""
        now, kept = time.time(), IDS()
        trails.write(tx, [stretch(IDS(), at=now - 900 - number) for number in range(3)])
        trails.write(tx, [stretch(kept, at=now)])
        assert trails.purge(tx, utc(now - 600), 2) == 2
        assert trails.purge(tx, utc(now - 600), 2) == 1
        assert trails.find(tx, [Wanted(kept, 1, "mx.trail.example", utc(now), "")]) != [None]
