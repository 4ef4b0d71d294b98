"""The contract of a carrier: the sandbox's, the scripted one, and SMTP to a scripted exchanger."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from random import Random
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from mailit.delivery.carrier import SmtpCarrier
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.session import Manners
from mailit.draft import Attachment, Content
from mailit.host import Host
from mailit.interfaces import Carrier, Envelope, Outcome, OutcomeKind
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts, Tls
from mailit.plugin import Plugin, RenderStep
from mailit.plugins.sandbox import store
from mailit.plugins.sandbox.carrier import Sandbox
from mailit.testing.carrier import DELIVERED, ScriptedCarrier
from mailit.testing.dns import MemoryResolver
from mailit.testing.exchanger import ScriptedExchanger
from mailit.testing.host import host
from mailit.testing.house import MemoryHouse
from mailit.testing.mails import envelope
from mailit.testing.wires import Network

ADDRESS = "198.51.100.1"


@define(eq=False)
class GivenMarks:
    """Marks that are always given."""

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        return succeed(True)

    def alive(self, envelope: Envelope) -> bool:
        return True


def sandbox(host: Host, marks: Any) -> Carrier:
    """The sandbox's, with a table that takes everything."""
    host.database.answer(store.CATCH, 1)
    return Sandbox(host)


def scripted(host: Host, marks: Any) -> Carrier:
    """The fake's; it renders as the others do."""
    return ScriptedCarrier(lambda one: host.render(one).addCallback(lambda message: DELIVERED))


def smtp(host: Host, marks: Any) -> Carrier:
    """SMTP to an exchanger that takes everything."""
    host.reactor.latency = 0.01
    host.reactor.listen(ADDRESS, 25, ScriptedExchanger(clock=host.reactor))
    resolver = MemoryResolver()
    resolver.exchangers("example.net", "mx.example.net", addresses=[ADDRESS])
    return SmtpCarrier(
        host.reactor,
        Exchangers(host.reactor, resolver, Guard.allowing([ip_network(f"{ADDRESS}/32")]), 25, Tls.NONE),
        host.render,
        host.return_path,
        ClientContexts(maybeDeferred),
        Manners("mail.example.org", marks),
        random=Random(7),
    )


Make = Callable[[Host, Any], Carrier]


@pytest.fixture(params=[sandbox, scripted, smtp], ids=lambda make: make.__name__)
def make(request: Any) -> Make:
    """Makes each of them, in turn."""
    made: Make = request.param
    return made


@define(eq=False)
class Bench:
    """A carrier by itself, with a renderer that waits until it is told."""

    make: Make
    reactor: Network = field(factory=Network)
    carrier: Carrier = field(init=False)
    waiting: list[Deferred[bytes]] = field(factory=list)
    ended: list[Any] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.carrier = self.make(host(reactor=self.reactor, render=self.render), GivenMarks())

    def render(self, envelope: Envelope) -> Deferred[bytes]:
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def carry(self, *recipients: str) -> None:
        """Hands it envelopes; what comes of them is in `ended`."""
        for recipient in recipients:
            carried: Any = maybeDeferred(Deferred.fromCoroutine, self.carrier.carry(envelope(recipient)))
            carried.addBoth(self.ended.append)
        self.reactor.settle(1)

    def rendered(self, how: bytes | Exception = b"Subject: Hi\r\n\r\nHi\r\n") -> None:
        """All that wait for a message have it, or can't."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            one.errback(how) if isinstance(how, Exception) else one.callback(how)
        self.reactor.settle(10)


@pytest.fixture
def bench(make: Make) -> Bench:
    return Bench(make)


class TestRoom:
    """How many more it would begin now."""

    def test_there_is_some_at_the_start(self, bench):
        """Also for a domain that nobody has heard of."""
        assert bench.carrier.room("example.net") > 0
        assert bench.carrier.room("nowhere.example") > 0

    def test_what_is_in_hand_takes_its_share(self, bench):
        """And gives it back at its end."""
        before = bench.carrier.room("example.net")
        bench.carry("a@example.net", "b@example.net", "c@example.net")
        assert bench.carrier.room("example.net") == before - 3
        bench.rendered()
        assert len(bench.ended) == 3
        assert bench.carrier.room("example.net") == before

    def test_what_fails_gives_it_back_as_well(self, bench):
        """Whatever the fault."""
        before = bench.carrier.room("example.net")
        bench.carry("a@example.net", "b@example.net")
        bench.rendered(KeyError("x"))
        assert len(bench.ended) == 2
        assert bench.carrier.room("example.net") == before

    def test_it_is_never_less_than_nothing(self, bench):
        """However much it was given."""
        bench.carry(*(f"r{number}@example.net" for number in range(bench.carrier.room("example.net") + 5)))
        assert bench.carrier.room("example.net") == 0
        bench.rendered()
        assert {one.kind for one in bench.ended} == {OutcomeKind.DELIVERED}


class TestAnAttempt:
    """What comes of one envelope is its own."""

    def test_it_is_delivered(self, bench):
        """With the receiver's words, and its name."""
        bench.carry("ana@example.net")
        bench.rendered()
        (outcome,) = bench.ended
        assert isinstance(outcome, Outcome)
        assert (outcome.kind, outcome.reply.code // 100, outcome.in_doubt) == (OutcomeKind.DELIVERED, 2, False)
        assert outcome.exchanger

    def test_one_that_fails_leaves_the_others_alone(self, bench):
        """They are delivered."""
        bench.carry("a@example.net", "b@example.net", "c@example.net")
        bench.waiting.pop(1).errback(KeyError("x"))
        bench.rendered()
        assert [one.kind for one in bench.ended if isinstance(one, Outcome)] == [OutcomeKind.DELIVERED] * 2


class TestInAHouse:
    """As the queue uses it."""

    @pytest.fixture
    def steps(self) -> list[RenderStep]:
        """What is done to each mail's parts; a test may add to it."""
        return []

    @pytest.fixture
    def house(self, make, steps):
        """A house that sends by it."""

        class Steps(Plugin):
            name = "steps"

            def render(self, host):
                def each(email, recipient, parts):
                    for step in steps:
                        parts = step(email, recipient, parts)
                    return parts

                return (each,)

        return MemoryHouse([Steps()], carrier=lambda house: make(house.host, house.marks))

    def test_mail_arrives(self, house):
        """All of it, each once."""
        ids = [house.send(f"r{number}@example.net", "both@example.net") for number in range(20)]
        house.run(30)
        assert [house.types(id_) for id_ in ids] == [["queued", "sent", "delivered", "delivered"]] * 20

    def test_mail_that_can_not_be_made_has_failed(self, house, steps):
        """At once: it can't be made tomorrow either."""
        wrong = Content(text="Hi", attachments=(Attachment(b"x", "a\r\nBcc: all"),))
        steps.append(lambda email, recipient, parts: wrong)
        id_ = house.send()
        house.run(1)
        assert house.types(id_) == ["queued", "sent", "failed"]
        assert "could not be made" in house.events(id_)[-1].reply.text

    def test_a_fault_of_ours_is_tried_again(self, house, steps):
        """The mail waits, and arrives when the fault is gone."""
        steps.append(lambda email, recipient, parts: parts.nothing)
        id_ = house.send()
        house.run(20)
        assert set(house.types(id_)[2:]) == {"delivery_delayed"}
        steps.clear()
        house.run(3600)
        assert house.types(id_)[-1] == "delivered"
