"""Delivery in memory: a network on a virtual clock, scripted exchangers, and a carrier between."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from mailit.delivery.carrier import Routes, SmtpCarrier
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.outcomes import InDoubt
from mailit.delivery.paces import Paces
from mailit.delivery.relay import Smarthost
from mailit.delivery.session import Manners
from mailit.delivery.settings import Source
from mailit.delivery.shaping import Limits
from mailit.delivery.transactions import Timeouts
from mailit.draft import Content, Stream
from mailit.interfaces import Email, Envelope, Outcome
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts, Tls
from mailit.testing.dns import MemoryResolver
from mailit.testing.exchanger import ScriptedExchanger
from mailit.testing.wires import Network

ADDRESS = "198.0.2.1"
PENDING = "pending"


@define(eq=False, slots=False)
class MemoryMarks:
    """Marks that are given at once, unless told otherwise; `asked` has when, and for whom."""

    clock: Any
    verdict: bool | Exception = True
    hold: bool = False
    lease: bool = True
    asked: list[tuple[float, str]] = field(factory=list)
    waiting: list[Deferred[bool]] = field(factory=list)

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        self.asked.append((self.clock.seconds(), envelope.recipient))
        if not self.hold:
            return maybeDeferred(self._verdict)
        mark: Deferred[bool] = Deferred()
        self.waiting.append(mark)
        return mark

    def release(self) -> None:
        self.hold = False
        waiting, self.waiting = self.waiting, []
        for mark in waiting:
            mark.callback(self._verdict())

    def alive(self, envelope: Envelope) -> bool:
        return self.lease

    def _verdict(self) -> bool:
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict


@define(eq=False)
class Delivery:
    """Everything between an envelope and its outcome. Mail to example.net goes to `exchanger`."""

    latency: float = 0.05
    limits: Limits = field(factory=Limits)
    in_doubt: InDoubt = InDoubt.RESEND
    sources: Sequence[Source] = ()
    warm_up: Sequence[int] = ()
    signed_only: bool = False
    relay: bool = False  # everything goes to mx.example.net, as a smarthost
    network: Network = field(init=False)
    resolver: MemoryResolver = field(init=False)
    marks: MemoryMarks = field(init=False)
    exchanger: ScriptedExchanger = field(init=False)
    carrier: SmtpCarrier = field(init=False)
    bodies: dict[str, bytes] = field(factory=dict, init=False)
    outcomes: dict[str, Any] = field(factory=dict, init=False)
    _sent: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.network = Network(self.latency)
        self.resolver = MemoryResolver()
        self.resolver.exchangers("example.net", "mx.example.net", addresses=[ADDRESS])
        self.marks = MemoryMarks(self.network)
        self.exchanger = self.listen(ADDRESS)
        routes: Routes = Exchangers(self.network, self.resolver, Guard(), 25, Tls.OPPORTUNISTIC)
        if self.relay:
            routes = Smarthost(self.network, self.resolver, "mx.example.net", 25, Tls.NONE)
        self.carrier = SmtpCarrier(
            self.network,
            routes,
            lambda envelope: succeed(self.bodies.get(envelope.recipient, b"Subject: hello\r\n\r\nHi\r\n")),
            lambda envelope: f"bounce+{envelope.id}@send.example.com",
            ClientContexts(maybeDeferred),
            Manners("mail.example.com", self.marks, self.in_doubt, Timeouts()),
            self.limits,
            random=Random(7),
            paces=Paces(
                self.network.seconds, self.network.seconds, self.limits, sources=self.sources, warm_up=self.warm_up
            ),
            signed_only=self.signed_only,
        )

    def listen(self, address: str, **options: Any) -> ScriptedExchanger:
        """Another exchanger, at this address."""
        exchanger = ScriptedExchanger(clock=self.network, **options)
        self.network.listen(address, 25, exchanger)
        return exchanger

    def send(self, *recipients: str, stream: Stream = Stream.TRANSACTIONAL) -> None:
        """Hands envelopes to the carrier; what becomes of them is in `outcomes`, by recipient."""
        for recipient in recipients:
            self._sent += 1
            self.outcomes[recipient] = PENDING
            carried = Deferred.fromCoroutine(self.carrier.carry(envelope(f"id{self._sent}", recipient, stream)))
            carried.addBoth(lambda outcome, recipient=recipient: self.outcomes.__setitem__(recipient, outcome))

    def wait(self, seconds: float = 5.0) -> None:
        """Lets time pass."""
        self.network.settle(seconds)

    def outcome(self, recipient: str) -> Outcome:
        """What became of it; it must have ended."""
        outcome = self.outcomes[recipient]
        assert isinstance(outcome, Outcome), outcome
        return outcome

    def kind(self, recipient: str) -> str:
        """In one word."""
        return self.outcome(recipient).kind.value


def envelope(id_: str, recipient: str, stream: Stream = Stream.TRANSACTIONAL) -> Envelope:
    """A claimed envelope with a mail of its own."""
    email = Email(
        id="e-" + id_,
        team_id="t",
        domain_id="d",
        from_="a@example.com",
        to=(recipient,),
        cc=(),
        reply_to=(),
        subject="hello",
        headers=(),
        message_id="<m@example.com>",
        created_at=0.0,
        content=Content(text="Hi"),
        return_path="send.example.com",
    )
    return Envelope(id_, 1, recipient.rpartition("@")[2], stream, recipient, 1e12, False, email)


@pytest.fixture
def delivery() -> Delivery:
    return Delivery()
