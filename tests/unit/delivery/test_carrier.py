"""What the carrier itself refuses to send."""

from __future__ import annotations

from mailit.interfaces import OutcomeKind
from tests.unit.delivery.conftest import Delivery


class TestMailThatIsNotSigned:
    """Where all keys of its domain have gone from DNS, it waits for one to come back."""

    def test_it_is_deferred(self) -> None:
        """No connection is made for it."""
        delivery = Delivery(signed_only=True)
        delivery.send("ana@example.net")
        delivery.wait()
        outcome = delivery.outcome("ana@example.net")
        assert (outcome.kind, outcome.reply.status) == (OutcomeKind.DEFERRED, "4.7.20")
        assert delivery.exchanger.commands == []

    def test_signed_it_goes(self) -> None:
        """By whatever key."""
        delivery = Delivery(signed_only=True)
        delivery.bodies["ana@example.net"] = b"DKIM-Signature: v=1\r\nSubject: hello\r\n\r\nHi\r\n"
        delivery.send("ana@example.net")
        delivery.wait()
        assert delivery.outcome("ana@example.net").kind is OutcomeKind.DELIVERED
