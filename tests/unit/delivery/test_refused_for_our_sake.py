"""Refusals that are about how we came, not about the mail: it is not bounced for them."""

from __future__ import annotations

import pytest

from tests.unit.delivery.conftest import Delivery

ANA, BO = "ana@example.net", "bo@example.net"
KEYWORDS = ("PIPELINING", "8BITMIME", "STARTTLS")


class TestAServerThatTakesNothingInTheClear:
    """Where its TLS failed, mail goes there in the clear for a while: it is we who chose that."""

    @pytest.mark.parametrize("keywords", [KEYWORDS, KEYWORDS[1:]])
    def test_the_mail_waits_for_tls(self, delivery: Delivery, keywords: tuple[str, ...]) -> None:
        """And says so."""
        delivery.exchanger.keywords = keywords
        delivery.exchanger.always("STARTTLS", "454 4.7.0 TLS not available due to temporary reason")
        delivery.exchanger.always("MAIL", "530 5.7.0 Must issue a STARTTLS command first")
        delivery.send(ANA)
        delivery.wait()
        outcome = delivery.outcome(ANA)
        assert (outcome.kind.value, outcome.reply.code, outcome.reply.status) == ("deferred", 0, "4.7.5")
        assert "530 5.7.0 Must issue a STARTTLS command first" in outcome.reply.text

    def test_tls_is_tried_again_at_once(self, delivery: Delivery) -> None:
        """Not after the ten minutes that it is left out for otherwise."""
        delivery.exchanger.keywords = KEYWORDS
        delivery.exchanger.always("STARTTLS", "454 4.7.0 TLS not available due to temporary reason")
        delivery.exchanger.always("RCPT", "550 5.7.10 Encryption needed")
        delivery.send(ANA)
        delivery.wait()
        before = delivery.exchanger.verbs().count("STARTTLS")
        delivery.send(BO)
        delivery.wait()
        assert delivery.exchanger.verbs().count("STARTTLS") > before

    def test_it_is_left_alone_after_a_few(self, delivery: Delivery) -> None:
        """A backlog of a hundred costs it no hundred connections."""
        delivery.exchanger.keywords = KEYWORDS
        delivery.exchanger.always("STARTTLS", "454 4.7.0 TLS not available due to temporary reason")
        delivery.exchanger.always("MAIL", "530 5.7.0 Must issue a STARTTLS command first")
        everyone = [f"u{number}@example.net" for number in range(100)]
        delivery.send(*everyone)
        delivery.wait()
        assert {delivery.kind(one) for one in everyone} == {"deferred"}
        assert delivery.exchanger.connections < 30

    def test_one_that_never_failed_at_tls_may_refuse(self, delivery: Delivery) -> None:
        """It offers none: nothing that we could do."""
        delivery.exchanger.always("MAIL", "530 5.7.0 Must issue a STARTTLS command first")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "bounced"

    def test_another_refusal_there_is_one(self, delivery: Delivery) -> None:
        """Nobody at the address, in the clear or not."""
        delivery.exchanger.keywords = KEYWORDS
        delivery.exchanger.always("STARTTLS", "454 4.7.0 TLS not available due to temporary reason")
        delivery.exchanger.always("RCPT", "550 5.1.1 No such user")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "bounced"


class TestASmarthostThatDoesNotKnowUs:
    """A setting is wrong, and the operator can mend it: until then mail waits, as with a wrong password."""

    @pytest.mark.parametrize(
        ("verb", "reply"),
        [
            ("CONNECT", "554 5.7.1 No SMTP service here"),
            ("MAIL", "530 5.7.0 Authentication required"),
            ("MAIL", "530 5.7.0 Must issue a STARTTLS command first"),
            ("RCPT", "554 5.7.1 <ana@example.net>: Relay access denied"),
        ],
    )
    def test_the_mail_waits(self, verb: str, reply: str) -> None:
        """And its reply is told word for word."""
        delivery = Delivery(relay=True)
        delivery.exchanger.always(verb, reply)
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "deferred"
        assert str(delivery.outcome(ANA).reply) == reply

    def test_what_is_about_the_mail_bounces(self) -> None:
        """A smarthost refuses recipients as others do."""
        delivery = Delivery(relay=True)
        delivery.exchanger.for_recipient(ANA, "550 5.1.1 No such user")
        delivery.send(ANA, BO)
        delivery.wait()
        assert (delivery.kind(ANA), delivery.kind(BO)) == ("bounced", "delivered")

    def test_an_exchanger_that_relays_not_bounces(self, delivery: Delivery) -> None:
        """Somebody's MX that is not: that is for good."""
        delivery.exchanger.always("RCPT", "554 5.7.1 <ana@example.net>: Relay access denied")
        delivery.send(ANA)
        delivery.wait()
        assert delivery.kind(ANA) == "bounced"
