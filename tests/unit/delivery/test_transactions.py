"""A session's transactions against a scripted exchanger, in memory."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from attrs import define, field

from mailit.delivery.body import PIECE
from mailit.delivery.outcomes import InDoubt
from mailit.delivery.shaping import Limits
from mailit.delivery.transactions import AT_ONCE
from mailit.errors import Reply
from mailit.testing.exchanger import (
    CLOSE,
    RESET,
    SILENT,
    Action,
    Answer,
    Asked,
    ScriptedExchanger,
    after,
    then_close,
)
from tests.unit.delivery.conftest import ADDRESS, PENDING, Delivery

ANA, BO, CY = "ana@example.net", "bo@example.net", "cy@example.net"
PLAIN = ("SIZE 35882577", "8BITMIME", "ENHANCEDSTATUSCODES")


CHUNKED = ("PIPELINING", "SIZE 35882577", "8BITMIME", "SMTPUTF8", "CHUNKING")


@pytest.fixture(params=["pipelined", "plain"])
def either(request: pytest.FixtureRequest, delivery: Delivery) -> Delivery:
    """A peer with PIPELINING, and one without."""
    if request.param == "plain":
        delivery.exchanger.keywords = PLAIN
    return delivery


@pytest.fixture(params=["pipelined", "plain", "chunked"])
def anyhow(request: pytest.FixtureRequest, delivery: Delivery) -> Delivery:
    """The same, and one that takes chunks."""
    delivery.exchanger.keywords = {"plain": PLAIN, "chunked": CHUNKED}.get(request.param, delivery.exchanger.keywords)
    return delivery


@pytest.fixture
def chunked(delivery: Delivery) -> Delivery:
    """A peer that takes chunks."""
    delivery.exchanger.keywords = CHUNKED
    return delivery


@define(eq=False)
class NothingBehindADot(ScriptedExchanger):
    """Refuses MAIL that came in the segment of a final dot."""

    refused: int = 0
    _dots: dict[int, float] = field(factory=dict)

    def asked(self, at: Asked) -> Answer:
        """See `ScriptedExchanger`."""
        if at.verb == ".":
            self._dots[at.connection] = self.clock.seconds()
        if at.verb == "MAIL" and self._dots.get(at.connection) == self.clock.seconds():
            self.refused += 1
            return "503 Bad sequence of commands - pipelined after end of DATA"
        return super().asked(at)


class TestAMailThatArrives:
    """One envelope, one transaction."""

    def test_it_is_delivered_by_the_peers_word(self, anyhow: Delivery) -> None:
        """Code, enhanced status and text are the peer's; the exchanger is named."""
        anyhow.exchanger.at(".", "250 2.0.0 Ok: queued as 4F8C1")
        anyhow.send(ANA)
        anyhow.wait()
        outcome = anyhow.outcome(ANA)
        assert (outcome.kind.value, outcome.exchanger, outcome.in_doubt) == ("delivered", "mx.example.net", False)
        assert outcome.reply == Reply(250, "2.0.0", "Ok: queued as 4F8C1")

    def test_it_arrives_as_it_was_made(self, anyhow: Delivery) -> None:
        """With its own return path, its recipient alone, and its size announced."""
        anyhow.send(ANA)
        anyhow.wait()
        (mail,) = anyhow.exchanger.caught
        assert mail.data == b"Subject: hello\r\n\r\nHi\r\n"
        assert (mail.sender, mail.recipients) == ("bounce+id1@send.example.com", (ANA,))
        assert mail.parameters == "SIZE=22"

    def test_many_share_a_connection(self, anyhow: Delivery) -> None:
        """Each with a return path of its own; the dots and commands of one never reach another."""
        everyone = [f"u{number}@example.net" for number in range(15)]
        anyhow.send(*everyone)
        anyhow.wait(60)
        assert [anyhow.kind(one) for one in everyone] == ["delivered"] * 15
        assert anyhow.exchanger.connections == 1
        assert len({mail.sender for mail in anyhow.exchanger.caught}) == 15
        assert [mail.recipients for mail in anyhow.exchanger.caught] == [(one,) for one in everyone]

    def test_nagle_is_off(self, delivery: Delivery) -> None:
        """TCP_NODELAY: without it each mail costs 40 ms."""
        delivery.send(ANA)
        delivery.wait(1)
        pool = next(iter(delivery.carrier._pools.values()))
        assert [session.transport.no_delay for session in pool._open] == [True]


class TestPipelining:
    """One round trip a mail (RFC 2920)."""

    def test_the_next_commands_leave_with_the_dot(self, delivery: Delivery) -> None:
        """From the second mail on, a mail costs one round trip: 0.1 s here."""
        delivery.send(*(f"u{number}@example.net" for number in range(15)))
        delivery.wait(0.001)
        times = []
        while len(delivery.exchanger.caught) < 15:
            before = len(delivery.exchanger.caught)
            delivery.wait(0.01)
            times += [delivery.network.seconds()] * (len(delivery.exchanger.caught) - before)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert max(gaps) == pytest.approx(0.1, abs=0.011)

    def test_without_it_each_command_waits_for_its_reply(self, delivery: Delivery) -> None:
        """No command leaves before the reply to the one before has come."""
        delivery.exchanger.keywords = PLAIN
        delivery.send(ANA)
        seen = []
        for _ in range(200):
            delivery.wait(0.01)
            seen.append(len(delivery.exchanger.commands))
        assert set(seen) == set(range(5))  # EHLO, MAIL, RCPT, DATA: one at a time
        assert delivery.kind(ANA) == "delivered"

    def test_without_it_a_reset_waits_too(self, delivery: Delivery) -> None:
        """A peer that is sent MAIL behind RSET may end the connection (Exim: 554 SMTP synchronization error)."""
        delivery.exchanger.keywords = PLAIN
        delivery.exchanger.for_recipient(ANA, "550 5.1.1 No such user")
        delivery.send(ANA, BO)
        seen = []
        for _ in range(200):
            delivery.wait(0.01)
            seen.append(len(delivery.exchanger.commands))
        assert set(seen) == set(range(8))
        assert delivery.exchanger.verbs() == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"]
        assert (delivery.kind(ANA), delivery.kind(BO)) == ("bounced", "delivered")

    def test_a_peer_that_closes_after_each_mail(self, delivery: Delivery) -> None:
        """What was sent ahead goes back unharmed, and is nobody's fault."""
        delivery.exchanger.always(".", then_close("250 2.0.0 Ok"))
        everyone = [f"u{number}@example.net" for number in range(6)]
        delivery.send(*everyone)
        delivery.wait(30)
        assert [delivery.kind(one) for one in everyone] == ["delivered"] * 6
        assert len(delivery.exchanger.caught) == 6
        assert delivery.exchanger.connections == 6

    @pytest.mark.parametrize("keywords", [CHUNKED, (*PLAIN, "PIPELINING")])
    def test_a_peer_that_takes_nothing_behind_a_dot(self, delivery: Delivery, keywords: tuple[str, ...]) -> None:
        """Haraka's 503 is nobody's refusal: the mail goes on another connection, each once the last was answered."""
        delivery.exchanger.keywords = keywords
        delivery.exchanger.at("MAIL", None, "503 Bad sequence of commands - pipelined after end of DATA")
        everyone = [f"u{number}@example.net" for number in range(6)]
        delivery.send(*everyone)
        delivery.wait(0.001)
        times = []
        while len(delivery.exchanger.caught) < 6 and delivery.network.seconds() < 30:
            before = len(delivery.exchanger.caught)
            delivery.wait(0.01)
            times += [delivery.network.seconds()] * (len(delivery.exchanger.caught) - before)
        delivery.wait(5)
        assert [delivery.kind(one) for one in everyone] == ["delivered"] * 6
        assert [mail.connection for mail in delivery.exchanger.caught] == [1, 2, 2, 2, 2, 2]
        assert min(later - earlier for earlier, later in pairwise(times[1:])) > 0.15  # two round trips each

    def test_many_sessions_find_out_that_nothing_goes_behind_a_dot(self, delivery: Delivery) -> None:
        """However often a mail meets one that does not know yet, it is not given up."""
        exchanger = NothingBehindADot(clock=delivery.network)
        delivery.network.listen(ADDRESS, 25, exchanger)
        everyone = [f"u{number}@example.net" for number in range(300)]
        delivery.send(*everyone)
        delivery.wait(120)
        assert {delivery.kind(one) for one in everyone} == {"delivered"}
        assert len(exchanger.caught) == 300
        assert 2 < exchanger.refused <= 20

    def test_a_first_mail_that_is_out_of_order(self, delivery: Delivery) -> None:
        """Nothing stood before it: then it is refused."""
        delivery.exchanger.at("MAIL", "503 5.5.1 Say something else first")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "bounced"

    def test_a_421_to_what_was_sent_ahead(self, delivery: Delivery) -> None:
        """The peer takes no more on this connection: the next goes on another."""
        delivery.send(ANA, BO)
        delivery.exchanger.at("MAIL", None, then_close("421 4.7.0 Too many messages"))
        delivery.wait(30)
        assert (delivery.kind(ANA), delivery.kind(BO)) == ("delivered", "delivered")
        assert delivery.exchanger.connections == 2


class TestTheMark:
    """Before the final dot, on record."""

    def test_it_is_asked_for_with_data(self, either: Delivery) -> None:
        """In the turn that writes DATA: the command arrives one latency later, never sooner."""
        either.send(ANA)
        while "DATA" not in either.exchanger.verbs():
            either.wait(0.01)
        (asked,) = either.marks.asked
        assert either.network.seconds() - asked[0] == pytest.approx(0.05, abs=0.011)

    def test_no_dot_before_it(self, anyhow: Delivery) -> None:
        """The 354 may come first; the body waits."""
        anyhow.marks.hold = True
        anyhow.send(ANA)
        anyhow.wait(10)
        assert not anyhow.exchanger.caught
        assert anyhow.outcomes[ANA] == PENDING
        anyhow.marks.release()
        anyhow.wait(1)
        assert anyhow.kind(ANA) == "delivered"

    def test_a_mark_that_does_not_come_back(self, anyhow: Delivery) -> None:
        """No dot, no outcome: the claim is another's."""
        anyhow.marks.verdict = False
        anyhow.send(ANA)
        anyhow.wait(10)
        assert anyhow.outcomes[ANA] is None
        assert not anyhow.exchanger.caught

    def test_a_lost_claim_hurts_nobody_else(self, delivery: Delivery) -> None:
        """The one before it is delivered, the one after it goes on another connection."""
        delivery.send(ANA)
        delivery.wait(0.001)
        mark = delivery.marks.mark
        delivery.marks.mark = lambda envelope: mark(envelope).addCallback(  # type: ignore[method-assign]
            lambda good: good and envelope.recipient != BO
        )
        delivery.send(BO, CY)
        delivery.wait(10)
        assert (delivery.kind(ANA), delivery.outcomes[BO], delivery.kind(CY)) == ("delivered", None, "delivered")
        assert [mail.recipients for mail in delivery.exchanger.caught] == [(ANA,), (CY,)]

    def test_a_lease_that_ran_out_meanwhile(self, either: Delivery) -> None:
        """The mark stands, but we slept too long to send the dot."""
        either.exchanger.at("DATA", after(20, "354 Go ahead"))
        either.send(ANA)
        either.wait(10)
        either.marks.lease = False
        either.wait(20)
        assert either.outcomes[ANA] is None
        assert not either.exchanger.caught

    def test_a_refusal_makes_it_moot(self, anyhow: Delivery) -> None:
        """A mark that did not come back says nothing of a recipient that was refused."""
        anyhow.marks.verdict = False
        anyhow.exchanger.at("RCPT", "550 5.1.1 No such user")
        anyhow.send(ANA)
        anyhow.wait(10)
        assert anyhow.kind(ANA) == "bounced"


class TestRefusals:
    """They are one envelope's, and settle it."""

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
    @pytest.mark.parametrize(("reply", "kind"), [("550 5.7.1 No", "bounced"), ("451 4.7.1 Not now", "deferred")])
    def test_at_each_step(self, either: Delivery, verb: str, reply: str, kind: str) -> None:
        """5yz for good, 4yz for now; the next envelope goes on the same connection."""
        either.exchanger.at(verb, reply)
        either.send(ANA, BO)
        either.wait(30)
        assert (either.kind(ANA), either.kind(BO)) == (kind, "delivered")
        assert str(either.outcome(ANA).reply) == reply
        assert either.outcome(ANA).exchanger == "mx.example.net"
        assert either.exchanger.connections == 1
        assert [mail.recipients for mail in either.exchanger.caught] == [(BO,)]
        assert "503" not in " ".join(str(one.reply) for one in either.outcomes.values())

    def test_the_first_refusal_counts(self, delivery: Delivery) -> None:
        """What a peer says to the commands behind it is no news."""
        delivery.exchanger.at("MAIL", "550 5.7.1 Your domain is listed")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.outcome(ANA).reply == Reply(550, "5.7.1", "Your domain is listed")

    def test_data_is_accepted_all_the_same(self, delivery: Delivery) -> None:
        """RFC 2920 §3.1: a lone dot, and the next mail is on its way."""
        delivery.exchanger.open_data = True
        delivery.exchanger.at("RCPT", "550 5.1.1 No such user")
        delivery.send(ANA, BO)
        delivery.wait()
        assert (delivery.kind(ANA), delivery.kind(BO)) == ("bounced", "delivered")
        assert [mail.recipients for mail in delivery.exchanger.caught] == [(BO,)]
        assert delivery.exchanger.connections == 1

    def test_several_lines_are_kept_word_for_word(self, delivery: Delivery) -> None:
        """Their enhanced status once, controls made visible."""
        delivery.exchanger.at(".", "554-5.7.1 Spam\r\n554-5.7.1 \x1b[31mred\r\n554 5.7.1 http://x.test/why")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.outcome(ANA).reply == Reply(554, "5.7.1", "Spam\n\ufffd[31mred\nhttp://x.test/why")


class TestAConnectionThatEndsBeforeTheDot:
    """Safe: nothing was sent that could be taken for the mail."""

    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("end", [CLOSE, RESET, then_close("421 4.3.2 Going down"), b"*garbage*\r\n"])
    def test_at_each_step(self, either: Delivery, verb: str, end: Action) -> None:
        """With no other exchanger it is deferred, and never in doubt."""
        either.exchanger.always(verb, end)
        either.send(ANA)
        either.wait(60)
        outcome = either.outcome(ANA)
        assert (outcome.kind.value, outcome.in_doubt) == ("deferred", False)
        assert outcome.reply.text

    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
    def test_the_next_exchanger_takes_it(self, verb: str) -> None:
        """In the same attempt (RFC 5321 §5.1)."""
        delivery = Delivery()
        delivery.resolver.exchangers("example.net", "mx1.example.net", "mx2.example.net")
        delivery.resolver.hosts.update({"mx1.example.net": ["198.0.2.1"], "mx2.example.net": ["198.0.2.2"]})
        delivery.exchanger.always(verb, CLOSE)
        second = delivery.listen("198.0.2.2")
        delivery.send(ANA)
        delivery.wait(60)
        assert delivery.kind(ANA) == "delivered"
        assert delivery.outcome(ANA).exchanger == "mx2.example.net"
        assert [mail.recipients for mail in second.caught] == [(ANA,)]

    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
    def test_silence(self, either: Delivery, verb: str) -> None:
        """It is given up after the limits of RFC 5321 §4.5.3.2, and not sooner."""
        limit = {"DATA": 120}.get(verb, 300)
        either.exchanger.always(verb, SILENT)
        either.send(ANA)
        either.wait(limit - 1)
        assert either.outcomes[ANA] == PENDING
        either.wait(3)
        assert either.kind(ANA) == "deferred"
        assert "nothing for" in either.outcome(ANA).reply.text

    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("flood", [b"250-" + b"x" * 1_000_000, b"250-x\r\n" * 200_000, b"x" * 1_000_000])
    def test_a_megabyte(self, delivery: Delivery, verb: str, flood: bytes) -> None:
        """It is not kept, and the connection ends."""
        delivery.exchanger.always(verb, flood)
        delivery.send(ANA)
        delivery.wait(1)
        assert delivery.kind(ANA) == "deferred"
        assert delivery.exchanger.open == 0


class TestAConnectionThatEndsAfterTheDot:
    """In doubt: the peer may have the mail, or not."""

    @pytest.mark.parametrize("end", [CLOSE, RESET, b"garbage\r\n", b"250-x\r\n550 y\r\n", b"354 eh?\r\n", SILENT])
    @pytest.mark.parametrize(
        ("policy", "kind", "hold"),
        [
            (InDoubt.RESEND, "deferred", False),
            (InDoubt.HOLD, "deferred", True),
            (InDoubt.ASSUME_SENT, "delivered", False),
        ],
    )
    def test_each_policy(self, end: Action | bytes, policy: InDoubt, kind: str, hold: bool) -> None:
        """And it is sent once, here and now."""
        delivery = Delivery(in_doubt=policy)
        delivery.exchanger.always(".", end)
        delivery.send(ANA)
        delivery.wait(700)
        outcome = delivery.outcome(ANA)
        assert (outcome.kind.value, outcome.in_doubt, outcome.hold) == (kind, True, hold)
        assert delivery.exchanger.verbs().count("DATA") == 1

    def test_what_was_sent_ahead_is_not(self, delivery: Delivery) -> None:
        """The next envelope's commands went with the dot: it goes elsewhere."""
        delivery.exchanger.at(".", CLOSE)
        delivery.send(ANA, BO)
        delivery.wait(30)
        assert delivery.outcome(ANA).in_doubt
        assert (delivery.kind(BO), delivery.outcome(BO).in_doubt) == ("delivered", False)

    def test_a_421_is_an_answer(self, delivery: Delivery) -> None:
        """Then nothing is in doubt: the peer did not take it."""
        delivery.exchanger.at(".", then_close("421 4.3.0 Shutting down"))
        delivery.send(ANA)
        delivery.wait(30)
        assert (delivery.kind(ANA), delivery.outcome(ANA).in_doubt) == ("deferred", False)

    def test_the_peer_may_take_ten_minutes(self, delivery: Delivery) -> None:
        """RFC 5321 §4.5.3.2.6: to hang up sooner makes duplicates."""
        delivery.exchanger.at(".", after(590, "250 2.0.0 At last"))
        delivery.send(ANA)
        delivery.wait(600)
        assert delivery.kind(ANA) == "delivered"


class TestALongMessage:
    """It is written piece by piece."""

    BIG = b"Subject: big\r\n\r\n" + (b"." * 70 + b"\r\n") * 20_000

    def test_it_arrives_whole(self, anyhow: Delivery) -> None:
        """Dots and all, and others after it."""
        anyhow.bodies[ANA] = self.BIG
        anyhow.send(ANA, BO)
        anyhow.wait(10)
        assert anyhow.exchanger.mails_to(ANA)[0].data == self.BIG
        assert (anyhow.kind(ANA), anyhow.kind(BO)) == ("delivered", "delivered")

    def test_an_answer_before_its_end(self, delivery: Delivery) -> None:
        """The peer has had enough: its word counts, nothing is in doubt, and the next one goes elsewhere."""
        delivery.bodies[ANA] = self.BIG
        delivery.exchanger.at("DATA", "354 Go ahead\r\n552 5.3.4 Too big")
        delivery.send(ANA, BO)
        delivery.wait(10)
        assert (delivery.kind(ANA), delivery.outcome(ANA).in_doubt) == ("bounced", False)
        assert delivery.kind(BO) == "delivered"

    def test_a_connection_lost_in_it(self, delivery: Delivery) -> None:
        """Before the dot it is safe."""
        delivery.bodies[ANA] = self.BIG
        delivery.exchanger.always("DATA", then_close("354 Go ahead"))
        delivery.send(ANA)
        delivery.wait(10)
        assert (delivery.kind(ANA), delivery.outcome(ANA).in_doubt) == ("deferred", False)


class TestDotsAtEveryBorder:
    """The body arrives as it is, wherever it is cut; nothing of it ever runs as a command."""

    @pytest.mark.parametrize("offset", range(-6, 7))
    @pytest.mark.parametrize("trap", [b"\r\n.\r\nMAIL FROM:<evil@x>\r\n", b"\r\n..\r\n.x\r\n"])
    def test_of_a_piece(self, delivery: Delivery, offset: int, trap: bytes) -> None:
        """A lone dot, and a dot that opens a line, at and around the end of a piece."""
        fill = b"x" * 70 + b"\r\n"
        data = b"Subject: x\r\n\r\n" + fill * (3 * PIECE // len(fill))
        for border in (PIECE, 2 * PIECE):
            data = data[: border + offset] + trap + data[border + offset :]
        data = re.sub(rb"\r(?!\n)|(?<!\r)\n", b"y", data)  # the cuts may have gone through a line end
        delivery.bodies[ANA] = data
        delivery.send(ANA, BO)
        delivery.wait()
        assert delivery.exchanger.mails_to(ANA)[0].data == data
        assert delivery.exchanger.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"] * 2]

    @pytest.mark.parametrize("body", [b".\r\n", b"..\r\n", b".x\r\n.\r\n", b"\r\n.\r\n", b"x\r\n.\r\n.\r\n", b""])
    def test_of_the_message(self, either: Delivery, body: bytes) -> None:
        """Also where it opens or ends with one."""
        either.bodies[ANA] = body
        either.send(ANA, BO)
        either.wait()
        assert either.exchanger.mails_to(ANA)[0].data == body
        assert either.exchanger.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"] * 2]


class TestWhatAPeerCanNotTake:
    """Said clearly, without a transaction."""

    def test_an_address_that_is_not_ascii(self, delivery: Delivery) -> None:
        """It needs SMTPUTF8."""
        delivery.exchanger.keywords = PLAIN
        delivery.send("jürgen@example.net", BO)
        delivery.wait()
        outcome = delivery.outcome("jürgen@example.net")
        assert (outcome.kind.value, outcome.reply.status) == ("failed", "5.6.7")
        assert delivery.kind(BO) == "delivered"

    def test_with_smtputf8_it_goes(self, delivery: Delivery) -> None:
        """And the transaction says so."""
        delivery.send("jürgen@example.net")
        delivery.wait()
        (mail,) = delivery.exchanger.caught
        assert (mail.recipients, mail.parameters) == (("jürgen@example.net",), "SIZE=22 SMTPUTF8")

    def test_eight_bits(self, delivery: Delivery) -> None:
        """Announced where the peer takes them, refused where it does not."""
        delivery.bodies[ANA] = delivery.bodies["bo@example.org"] = "Subject: x\r\n\r\né\r\n".encode()
        delivery.resolver.exchangers("example.org", "mx.example.org", addresses=["198.0.2.9"])
        delivery.listen("198.0.2.9", keywords=("PIPELINING",))
        delivery.send(ANA, "bo@example.org")
        delivery.wait()
        assert "BODY=8BITMIME" in delivery.exchanger.caught[0].parameters
        assert delivery.outcome("bo@example.org").reply.status == "5.6.3"

    def test_a_message_over_the_peers_size(self, delivery: Delivery) -> None:
        """RFC 1870: it is not even tried."""
        delivery.exchanger.keywords = ("PIPELINING", "SIZE 20")
        delivery.send(ANA)
        delivery.wait()
        assert (delivery.kind(ANA), delivery.outcome(ANA).reply.status) == ("bounced", "5.3.4")
        assert "MAIL" not in delivery.exchanger.verbs()

    @pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE x", "SIZE 99999999999999999999999"])
    def test_a_size_that_is_none(self, delivery: Delivery, size: str) -> None:
        """No limit is named, or no limit that can be read."""
        delivery.exchanger.keywords = ("PIPELINING", size)
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "delivered"


class TestPeersOfOtherKinds:
    """Old ones, and odd ones."""

    def test_helo(self, delivery: Delivery) -> None:
        """EHLO is not known: HELO, and plain SMTP."""
        delivery.exchanger.at("EHLO", "500 5.5.2 Command not recognized")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "delivered"
        assert delivery.exchanger.verbs() == ["EHLO", "HELO", "MAIL", "RCPT", "DATA"]
        assert delivery.exchanger.caught[0].parameters == ""

    def test_helo_is_refused_too(self, delivery: Delivery) -> None:
        """Once is enough."""
        delivery.exchanger.always("EHLO", "500 5.5.2 Command not recognized")
        delivery.exchanger.always("HELO", "500 5.5.2 Command not recognized")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "bounced"
        assert delivery.exchanger.verbs() == ["EHLO", "HELO"]

    @pytest.mark.parametrize(
        ("reply", "kind"), [("554 5.7.1 Go away", "bounced"), ("421 4.7.0 Later", "deferred"), ("450 no", "deferred")]
    )
    def test_a_greeting_that_refuses(self, delivery: Delivery, reply: str, kind: str) -> None:
        """When every exchanger says so: for good by 5yz, else for now."""
        delivery.exchanger.always("CONNECT", reply)
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == kind
        assert str(delivery.outcome(ANA).reply) == reply

    def test_a_reply_nobody_asked_for(self, delivery: Delivery) -> None:
        """The peer takes its leave of an idle connection; the next mail opens another."""
        delivery.send(ANA)
        delivery.wait(1)
        next(iter(next(iter(delivery.carrier._pools.values()))._open)).transport.other.write(b"421 4.4.2 Idle\r\n")
        delivery.wait(1)
        delivery.send(BO)
        delivery.wait(1)
        assert delivery.kind(BO) == "delivered"
        assert delivery.exchanger.connections == 2

    def test_an_answer_to_a_message_that_was_not_sent(self, anyhow: Delivery) -> None:
        """A 250 in the very segment that asks for the message is no word about it: nothing was delivered."""
        verb, asks = ("RCPT", "250 2.1.5 Ok") if "CHUNKING" in anyhow.exchanger.keywords else ("DATA", "354 Go ahead")
        anyhow.exchanger.at(verb, f"{asks}\r\n250 2.0.0 Taken".encode() + b"\r\n")
        anyhow.send(ANA)
        anyhow.wait()
        assert anyhow.kind(ANA) == "deferred"
        assert anyhow.outcome(ANA).reply.text == "The server answered the message before it was sent"
        assert not anyhow.outcome(ANA).in_doubt

    def test_a_slow_peer(self, anyhow: Delivery) -> None:
        """A minute for every reply is slow, not silent."""
        for verb in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."):
            anyhow.exchanger.at(verb, *[after(60, {"CONNECT": "220 x", "DATA": "354 go"}.get(verb, "250 ok"))] * 3)
        anyhow.send(ANA, BO)
        anyhow.wait(1500)
        assert (anyhow.kind(ANA), anyhow.kind(BO)) == ("delivered", "delivered")


class TestAConnectionsEnd:
    """Ours to decide: by count, by time."""

    def test_so_many_messages(self) -> None:
        """Then QUIT, and the rest on another."""
        delivery = Delivery(limits=Limits(messages=5))
        delivery.send(*(f"u{number}@example.net" for number in range(12)))
        delivery.wait(30)
        assert len(delivery.exchanger.caught) == 12
        counts = [sum(mail.connection == number for mail in delivery.exchanger.caught) for number in (1, 2, 3)]
        assert counts == [5, 5, 2]
        assert delivery.exchanger.verbs(1)[-1] == "QUIT"

    def test_idle_for_ten_seconds(self, delivery: Delivery) -> None:
        """Then QUIT; until then it is used again."""
        delivery.send(ANA)
        delivery.wait(8)
        delivery.send(BO)
        delivery.wait(8)
        assert delivery.exchanger.connections == 1
        delivery.wait(5)
        assert delivery.exchanger.verbs()[-1] == "QUIT"
        assert delivery.exchanger.open == 0

    def test_no_timer_is_left(self, delivery: Delivery) -> None:
        """An idle system wakes for nothing."""
        delivery.send(ANA)
        delivery.wait(60)
        assert not delivery.network.getDelayedCalls()


class TestChunks:
    """BDAT in the place of DATA (RFC 3030), where PIPELINING is offered, too."""

    def test_one_round_trip_a_mail(self, chunked: Delivery) -> None:
        """MAIL and RCPT of the next leave with the chunk of this one."""
        everyone = [f"u{number}@example.net" for number in range(10)]
        chunked.send(*everyone)
        chunked.wait(1.5)
        assert [chunked.kind(one) for one in everyone] == ["delivered"] * 10
        assert chunked.exchanger.verbs() == ["EHLO", *["MAIL", "RCPT", "BDAT"] * 10]

    def test_it_is_one_chunk_and_the_last(self, chunked: Delivery) -> None:
        """Of so many bytes as the message has."""
        chunked.send(ANA)
        chunked.wait()
        assert chunked.exchanger.commands[-1] == (1, "BDAT 22 LAST")

    def test_without_pipelining_there_are_none(self, chunked: Delivery) -> None:
        """Nothing would hide the mark's time."""
        chunked.exchanger.keywords = ("CHUNKING",)
        chunked.send(ANA)
        chunked.wait()
        assert chunked.exchanger.verbs() == ["EHLO", "MAIL", "RCPT", "DATA"]

    @pytest.mark.parametrize("body", [b".\r\n", b"..\r\n.\r\nMAIL FROM:<evil@x>\r\n", b"", b"no end", b"\r\n"])
    def test_the_body_is_as_it_is(self, chunked: Delivery, body: bytes) -> None:
        """No dot is doubled, nothing is added."""
        chunked.bodies[ANA] = body
        chunked.send(ANA, BO)
        chunked.wait()
        assert chunked.exchanger.mails_to(ANA)[0].data == body
        assert chunked.kind(BO) == "delivered"

    @pytest.mark.parametrize("length", [AT_ONCE + 1, 3 * PIECE, 3 * PIECE + 1, 4 * PIECE - 1])
    def test_a_long_one_is_written_piece_by_piece(self, chunked: Delivery, length: int) -> None:
        """The whole is one chunk all the same, and the next mail follows it."""
        chunked.bodies[ANA] = b"x" * length
        chunked.send(ANA, BO)
        chunked.wait(10)
        assert chunked.exchanger.mails_to(ANA)[0].data == b"x" * length
        assert (chunked.kind(ANA), chunked.kind(BO)) == ("delivered", "delivered")
        assert chunked.exchanger.verbs() == ["EHLO", *["MAIL", "RCPT", "BDAT"] * 2]

    def test_the_mark_is_asked_for_with_the_recipient(self, chunked: Delivery) -> None:
        """In that very turn: the command arrives one latency later."""
        chunked.send(ANA)
        while "RCPT" not in chunked.exchanger.verbs():
            chunked.wait(0.01)
        (asked,) = chunked.marks.asked
        assert chunked.network.seconds() - asked[0] == pytest.approx(0.05, abs=0.011)

    def test_no_chunk_before_it(self, chunked: Delivery) -> None:
        """However long it takes."""
        chunked.marks.hold = True
        chunked.send(ANA)
        chunked.wait(10)
        assert chunked.exchanger.verbs() == ["EHLO", "MAIL", "RCPT"]
        chunked.marks.release()
        chunked.wait(1)
        assert chunked.kind(ANA) == "delivered"

    def test_a_mark_that_does_not_come_back(self, chunked: Delivery) -> None:
        """Costs a RSET, and the next mail goes on the same connection."""
        mark = chunked.marks.mark
        chunked.marks.mark = lambda envelope: mark(envelope).addCallback(  # type: ignore[method-assign]
            lambda good: good and envelope.recipient != ANA
        )
        chunked.send(ANA, BO)
        chunked.wait(10)
        assert (chunked.outcomes[ANA], chunked.kind(BO)) == (None, "delivered")
        assert chunked.exchanger.connections == 1
        assert chunked.exchanger.verbs() == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "BDAT"]

    def test_a_lease_that_ran_out_meanwhile(self, chunked: Delivery) -> None:
        """No chunk."""
        chunked.exchanger.at("RCPT", after(20, "250 2.1.5 Ok"))
        chunked.send(ANA)
        chunked.wait(10)
        chunked.marks.lease = False
        chunked.wait(20)
        assert chunked.outcomes[ANA] is None
        assert not chunked.exchanger.caught

    def test_a_lease_that_ran_out_in_a_long_one(self, chunked: Delivery) -> None:
        """The last piece is not written: the peer has no message, and the connection ends."""
        chunked.bodies[ANA] = b"x" * (5 * PIECE)
        chunked.send(ANA)
        asked = iter([True, False])
        chunked.marks.alive = lambda envelope: next(asked)  # type: ignore[method-assign]
        chunked.wait(10)
        assert chunked.outcomes[ANA] is None
        assert not chunked.exchanger.caught

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "."])
    @pytest.mark.parametrize(("reply", "kind"), [("550 5.7.1 No", "bounced"), ("451 4.7.1 Not now", "deferred")])
    def test_a_refusal_at_each_step(self, chunked: Delivery, verb: str, reply: str, kind: str) -> None:
        """Settles the one envelope; the next goes on the same connection."""
        chunked.exchanger.at(verb, reply)
        chunked.send(ANA, BO)
        chunked.wait(30)
        assert (chunked.kind(ANA), chunked.kind(BO)) == (kind, "delivered")
        assert str(chunked.outcome(ANA).reply) == reply
        assert chunked.exchanger.connections == 1

    @pytest.mark.parametrize("end", [CLOSE, RESET, b"*garbage*\r\n"])
    @pytest.mark.parametrize("policy", list(InDoubt))
    def test_in_doubt_after_it(self, policy: InDoubt, end: Action | bytes) -> None:
        """As after a dot."""
        delivery = Delivery(in_doubt=policy)
        delivery.exchanger.keywords = CHUNKED
        delivery.exchanger.at(".", end)
        delivery.send(ANA)
        delivery.wait(10)
        outcome = delivery.outcome(ANA)
        assert outcome.in_doubt
        assert outcome.kind.value == ("delivered" if policy is InDoubt.ASSUME_SENT else "deferred")
        assert outcome.hold is (policy is InDoubt.HOLD)

    @pytest.mark.parametrize("reply", ["500 5.5.1 What?", "502 5.5.1 Not here", "503 5.5.1 Out of order"])
    def test_a_peer_that_offers_what_it_has_not(self, chunked: Delivery, reply: str) -> None:
        """The same mail goes by DATA, on a new connection, and so do those after it for an hour."""
        chunked.exchanger.at(".", reply)
        chunked.send(ANA)
        chunked.wait(10)
        assert (chunked.kind(ANA), chunked.outcome(ANA).in_doubt) == ("delivered", False)
        chunked.wait(20)
        chunked.send(BO)
        chunked.wait(10)
        assert chunked.kind(BO) == "delivered"
        assert chunked.exchanger.verbs().count("BDAT") == 1
