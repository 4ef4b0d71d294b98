"""Simulated receivers: what each is known for, and days of it in milliseconds."""

from __future__ import annotations

import re
import time
from email import message_from_bytes
from pathlib import Path

import pytest

from mailit.delivery.outcomes import InDoubt
from mailit.interfaces import OutcomeKind
from mailit.mail.status import classify
from mailit.testing.personalities import (
    BY_NAME,
    All,
    Away,
    BrokenStartTls,
    Complaining,
    DropAfterDot,
    Greylisting,
    LaterBounce,
    Malformed,
    ManyLines,
    Outlook515,
    Refusing,
    Tarpit,
    Throttling,
    Tss04,
    Willing,
)
from mailit.testing.simulator import DAY, HOUR, MINUTE, Simulator

ANA = "ana@example.net"
DOCS = Path(__file__).parents[3] / "docs" / "simulator.md"
IN_MEMORY = sorted(set(BY_NAME) - {"willing"})


def simulated(*personalities, **options):
    """A simulator with example.net in it, and its first exchanger."""
    simulator = Simulator(**options)
    return simulator, simulator.receiver("example.net", *personalities)


class TestFiveDays:
    """Of retries, in milliseconds."""

    def test_a_receiver_that_comes_back_on_the_fourth(self):
        """The mail arrives once, and has an event an attempt."""
        began = time.process_time()
        simulator, exchanger = simulated(Away(until=3.5 * DAY), lifetime=5 * DAY)
        id_ = simulator.send(ANA)
        simulator.run(5 * DAY)
        assert simulator.types(id_)[-1] == "delivered"
        assert len(exchanger.caught) == 1
        attempts = [one.attempt for one in simulator.events(id_) if one.attempt]
        assert attempts == list(range(1, len(attempts) + 1))
        assert len(attempts) > 40
        assert time.process_time() - began < 2.0

    def test_one_that_never_does(self):
        """It has failed, with the last words."""
        simulator, _ = simulated(Away(until=99 * DAY), lifetime=5 * DAY)
        id_ = simulator.send(ANA)
        simulator.run(6 * DAY)
        last = simulator.events(id_)[-1]
        assert last.type == "email.failed"
        assert last.reply is not None
        assert last.reply.text.startswith("Service not available")
        assert simulator.house.spool.envelopes == {}


class TestWhatEachIsKnownFor:
    """A mail, and what becomes of it."""

    @pytest.mark.parametrize(
        ("personality", "kind", "end"),
        [
            (Greylisting(delay=30), "greylisting", "delivered"),
            (Throttling(most=0), "throttled", "failed"),
            (Tss04(most=0, pause=90), "throttled", "failed"),
            (Outlook515(passes=lambda data: False), "authentication", "bounced"),
            (Refusing(), "no-mailbox", "bounced"),
            (Refusing(reply="552 5.2.2 <{recipient}>: Mailbox full"), "full", "bounced"),
            (Away(until=MINUTE), "busy", "delivered"),
        ],
    )
    def test_refusals(self, personality, kind, end):
        """Understood for what they are."""
        simulator, _ = simulated(personality)
        id_ = simulator.send(ANA)
        simulator.run(3 * DAY)
        refusals = [one.reply for one in simulator.events(id_) if one.reply is not None and one.reply.code != 250]
        assert classify(refusals[0]).kind == kind
        assert simulator.types(id_)[-1] == end

    def test_throttling_lets_through_what_it_may(self):
        """All of it in the end, and never more than so many in a window."""
        simulator, exchanger = simulated(Throttling(most=5, window=MINUTE))
        times = []
        exchanger.took = lambda mail: (times.append(simulator.now), exchanger.caught.append(mail))
        ids = [simulator.send(f"u{number}@example.net") for number in range(30)]
        simulator.run(DAY)
        assert {simulator.types(id_)[-1] for id_ in ids} == {"delivered"}
        assert len(times) == 30
        assert all(sum(at - MINUTE < other <= at for other in times) <= 5 for at in times)

    def test_tss04_closes_the_door_for_a_while(self):
        """To everybody."""
        simulator, exchanger = simulated(Tss04(most=3, pause=HOUR))
        for number in range(6):
            simulator.send(f"u{number}@example.net")
        simulator.run(HOUR / 2)
        assert len(exchanger.caught) == 3
        simulator.run(2 * DAY)
        assert len(exchanger.caught) == 6

    def test_a_tarpit_takes_it_all_the_same(self):
        """Later."""
        simulator, exchanger = simulated(Tarpit(seconds=60))
        simulator.send(ANA)
        simulator.run(2 * MINUTE)
        assert not exchanger.caught
        simulator.run(HOUR)
        assert len(exchanger.caught) == 1

    def test_a_drop_after_the_dot_is_in_doubt(self):
        """Sent again by the policy, and then there are two, and the mail says so."""
        simulator, exchanger = simulated(DropAfterDot(times=1))
        id_ = simulator.send(ANA)
        simulator.run(HOUR)
        assert [one.in_doubt for one in simulator.events(id_) if one.attempt] == [True, False]
        assert (simulator.types(id_)[-1], len(exchanger.caught)) == ("delivered", 2)

    def test_a_drop_after_the_dot_that_is_held(self):
        """Not a second copy without a person."""
        simulator, exchanger = simulated(DropAfterDot(times=1), in_doubt=InDoubt.HOLD)
        id_ = simulator.send(ANA)
        simulator.run(3 * DAY)
        assert (simulator.types(id_)[-1], len(exchanger.caught)) == ("delivery_delayed", 1)

    @pytest.mark.parametrize("how", ["refuse", "close"])
    def test_a_broken_starttls_is_gone_round(self, how):
        """In the clear, on a new connection, where that is allowed."""
        simulator, exchanger = simulated(BrokenStartTls(how))
        id_ = simulator.send(ANA)
        simulator.run(HOUR)
        assert simulator.types(id_)[-1] == "delivered"
        assert exchanger.connections >= 2

    def test_replies_of_many_lines(self):
        """Kept word for word."""
        simulator, _ = simulated(ManyLines(3))
        id_ = simulator.send(ANA)
        simulator.run(HOUR)
        reply = simulator.events(id_)[-1].reply
        assert reply is not None
        assert reply.text == "Queued, line 1\nQueued, line 2\nQueued"

    @pytest.mark.parametrize("how", ["words", "codes", "endless", "binary", "bare"])
    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
    def test_what_is_no_reply_is_tried_again(self, how, verb):
        """Or taken for what it was meant to be; the mail arrives once."""
        simulator, exchanger = simulated(Malformed(how, verb, times=1))
        id_ = simulator.send(ANA)
        simulator.run(DAY)
        assert simulator.types(id_)[-1] == "delivered"
        assert len(exchanger.caught) == 1

    def test_several_at_once(self):
        """The first that has something to say is heard."""
        simulator, exchanger = simulated(All([Refusing(["bo@example.net"]), Greylisting(delay=60)]))
        ana, bo = simulator.send(ANA), simulator.send("bo@example.net")
        simulator.run(HOUR)
        assert (simulator.types(ana)[-1], simulator.types(bo)[-1]) == ("delivered", "bounced")
        assert len(exchanger.caught) == 1

    def test_the_second_exchanger_has_its_turn(self):
        """Where the first will not talk."""
        simulator, first = simulated(Away(until=DAY), Willing())
        simulator.send(ANA)
        simulator.run(MINUTE)
        assert not first.caught
        assert len(simulator.arrived(ANA)) == 1


class TestWhatComesBackLater:
    """By mail to the return path, when its time has come."""

    @pytest.mark.parametrize(
        ("personality", "kind", "part"),
        [(LaterBounce(after=HOUR), "bounce", "message/delivery-status"),
         (Complaining(after=HOUR), "complaint", "message/feedback-report")],
    )  # fmt: skip
    def test_a_report(self, personality, kind, part):
        """Well formed, and about this mail."""
        heard = []
        simulator, exchanger = simulated(personality, heard=heard.append)
        id_ = simulator.send(ANA)
        simulator.run(HOUR / 2)
        assert (heard, simulator.types(id_)[-1]) == ([], "delivered")
        simulator.run(HOUR)
        (report,) = heard
        assert exchanger.reports == heard
        assert (report.kind, report.about, report.recipient) == (kind, ANA, exchanger.caught[0].sender)
        parsed = message_from_bytes(report.data)
        assert parsed.get_content_type() == "multipart/report"
        assert [one.get_content_type() for one in parsed.walk()][2] == part
        assert not parsed.defects
        message_id = re.search(rb"(?im)^message-id: (.*)\r$", exchanger.caught[0].data)
        assert message_id is not None
        assert message_id[1] in report.data


class TestAnyOfThem:
    """None loses a mail."""

    @pytest.mark.parametrize("name", IN_MEMORY)
    def test_every_mail_has_an_end(self, name):
        """Whatever the receiver is like: after the lifetime nothing waits, and nothing arrives twice unmarked."""
        simulator, exchanger = simulated(BY_NAME[name]())
        ids = [simulator.send(f"u{number}@example.net") for number in range(12)]
        simulator.run(4 * DAY)
        ends = {OutcomeKind.DELIVERED.value, OutcomeKind.BOUNCED.value, OutcomeKind.FAILED.value}
        assert {simulator.types(id_)[-1] for id_ in ids} <= ends
        assert simulator.house.spool.envelopes == {}
        for id_, number in zip(ids, range(12), strict=True):
            doubts = sum(one.in_doubt for one in simulator.events(id_))
            assert len(exchanger.mails_to(f"u{number}@example.net")) <= 1 + doubts


class TestTheDocs:
    """What they show works."""

    def test_every_block_runs(self):
        """In their order, as a reader would try them."""
        blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
        assert len(blocks) >= 4
        names: dict[str, object] = {}
        for block in blocks:
            exec(compile(block, "docs/simulator.md", "exec"), names)

    def test_every_personality_is_named(self):
        """By the name that the command line takes."""
        text = DOCS.read_text()
        assert [name for name in BY_NAME if f"`{name}`" not in text] == []
