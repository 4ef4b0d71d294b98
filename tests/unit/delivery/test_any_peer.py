"""Whatever a peer does, each envelope has one outcome, and the outcome is true."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailit.delivery.shaping import Limits
from mailit.interfaces import Outcome
from mailit.testing.exchanger import CLOSE, RESET, SILENT, after, then_close
from tests.unit.delivery.conftest import Delivery

VERBS = ("CONNECT", "EHLO", "HELO", "MAIL", "RCPT", "DATA", ".", "RSET", "QUIT", "dot without RCPT")
GOOD = {"CONNECT": "220 x ESMTP", "DATA": "354 Go ahead"}
KEYWORDS = ((), ("PIPELINING",), ("PIPELINING", "SIZE 100000"))

answers = st.sampled_from(
    [
        None,
        None,
        None,
        None,
        "250 2.0.0 Fine",
        "250-two\r\n250 lines",
        "354 Surprise",
        "451 4.7.1 Not now",
        "550 5.7.1 No",
        "421 4.3.2 Leaving",
        then_close("421 4.3.2 Leaving"),
        then_close("250 2.0.0 Fine"),
        then_close("550 5.7.1 No"),
        b"garbage\r\n",
        b"250-no\r\n550 sense\r\n",
        b"25",
        CLOSE,
        RESET,
        SILENT,
        "slow",
    ]
)
scripts = st.dictionaries(st.sampled_from(VERBS), st.lists(answers, max_size=8), max_size=6)


def act(verb: str, answer: Any) -> Any:
    """A late answer is a good one, late."""
    return after(100, GOOD.get(verb, "250 2.0.0 Late")) if answer == "slow" else answer


class TestAnyPeer:
    """Random scripts, with and without pipelining, one or two exchangers."""

    @settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(scripts, st.sampled_from(KEYWORDS), st.booleans(), st.booleans(), st.sampled_from([1, 2, 1000]))
    def test_every_envelope_ends_once_and_truly(
        self, script: dict[str, list[Any]], keywords: tuple[str, ...], open_data: bool, second: bool, messages: int
    ) -> None:
        """Delivered is caught once, a refusal was never caught, and only what is in doubt may be either."""
        delivery = Delivery(limits=Limits(messages=messages))
        delivery.exchanger.keywords = keywords
        delivery.exchanger.open_data = open_data
        for verb, given_answers in script.items():
            delivery.exchanger.at(
                verb, *(act(verb, answer) for answer in given_answers if answer != "slow" or verb != "QUIT")
            )
        exchangers = [delivery.exchanger]
        if second:
            delivery.resolver.exchangers("example.net", "mx.example.net", "mx2.example.net")
            delivery.resolver.hosts["mx2.example.net"] = ["198.0.2.2"]
            exchangers.append(delivery.listen("198.0.2.2"))
        everyone = [f"u{number}@example.net" for number in range(6)]
        delivery.send(*everyone)
        delivery.wait(40_000)
        for one in everyone:
            outcome = delivery.outcomes[one]
            assert isinstance(outcome, Outcome), outcome
            copies = sum(len(exchanger.mails_to(one)) for exchanger in exchangers)
            assert copies <= 1
            if not outcome.in_doubt:
                assert copies == (outcome.kind.value == "delivered")
        assert not delivery.network.getDelayedCalls()
        assert not any(exchanger.open for exchanger in exchangers)
        pool = next(iter(delivery.carrier._pools.values()))
        assert (pool._in_hand, delivery.carrier._bytes, delivery.carrier._slots._free) == (0, 0, 500)
