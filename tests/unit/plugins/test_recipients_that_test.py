"""Test recipients: what becomes of a mail is in its address, in every mode."""

from __future__ import annotations

from typing import Any

import pytest

from mailit.errors import Reply
from mailit.plugins.sandbox import store as sandbox_store
from mailit.plugins.sandbox.plugin import SandboxPlugin
from mailit.plugins.test_recipients import store
from mailit.plugins.test_recipients.plugin import COMPLAINS_AFTER, TestRecipientsPlugin, TestRecipientsSettings
from mailit.testing.carrier import ScriptedCarrier
from mailit.testing.house import MemoryHouse


def built(mode: str = "direct", domain: str | None = "test.acme.example", **fields: Any) -> MemoryHouse:
    """A house with the plugin, and with one that sorts before it."""
    house = MemoryHouse(
        [SandboxPlugin(), TestRecipientsPlugin()],
        {"test_recipients": TestRecipientsSettings(domain=domain)},
        mode=mode,
        **fields,
    )
    owed: dict[str, None] = {}
    database = house.database
    database.answer(sandbox_store.CATCH, 1)
    database.answer(store.OWE, lambda params: owed.update({params["id"]: None}) or 1)
    database.answer(store.OWED, lambda params: [{"delivery_id": id_} for id_ in owed])
    database.answer(store.DONE, lambda params: len([owed.pop(id_) for id_ in params["ids"]]))
    return house


def became(house: MemoryHouse, to: str) -> list[str]:
    """What happened to a mail to this address."""
    id_ = house.send(to)
    house.run(COMPLAINS_AFTER + 1)
    return house.types(id_)


@pytest.fixture(params=["direct", "sandbox"])
def house(request: Any) -> MemoryHouse:
    """In the sandbox, too, though its plugin comes first by name."""
    return built(request.param)


@pytest.mark.parametrize("at", ["resend.dev", "test.acme.example", "Resend.DEV"])
@pytest.mark.parametrize("label", ["", "+signup", "+a.b+c"])
class TestWhatTheyDo:
    """As Resend documents it; a label changes nothing."""

    @pytest.mark.parametrize(
        "role, types",
        [
            ("delivered", ["queued", "sent", "delivered"]),
            ("Delivered", ["queued", "sent", "delivered"]),
            ("bounced", ["queued", "sent", "bounced"]),
            ("complained", ["queued", "sent", "delivered", "complained"]),
            ("suppressed", ["queued", "suppressed"]),
        ],
    )
    def test_it_does_as_it_is_called(
        self, house: MemoryHouse, role: str, types: list[str], label: str, at: str
    ) -> None:
        """And nothing reaches the carrier of the mode."""
        assert became(house, f"{role}{label}@{at}") == types
        assert not house.database.params(sandbox_store.CATCH)


class TestWhatIsSaidOfIt:
    """The words are those that a program of Resend's reads."""

    def test_a_bounce(self) -> None:
        """550 5.1.1, an unknown user, and that is for good."""
        house = built()
        id_ = house.send("bounced@resend.dev")
        house.run(1)
        event = house.events(id_)[-1]
        assert event.reply is not None
        assert (event.reply.code, event.reply.status) == (550, "5.1.1")
        assert event.data["bounce"]["type"] == "Permanent"

    def test_a_suppression(self) -> None:
        """With why, and at once: there is nothing to claim."""
        house = built()
        id_ = house.send("suppressed@resend.dev")
        assert house.types(id_) == ["queued", "suppressed"]
        assert house.events(id_)[-1].data["suppressed"]["type"] == "OnAccountSuppressionList"

    def test_a_suppression_beside_others(self) -> None:
        """The mail is sent to those."""
        house = built()
        id_ = house.send("suppressed@resend.dev", "delivered@resend.dev")
        house.run(1)
        assert house.types(id_) == ["queued", "sent", "suppressed", "delivered"]

    def test_a_complaint(self) -> None:
        """It is the mail's last event, and owed no more."""
        house = built()
        id_ = house.send("complained@resend.dev", "complained+2@resend.dev")
        house.run(COMPLAINS_AFTER + 1)
        assert house.spool.mails[id_].last_event == "complained"
        assert len(house.database.params(store.OWE)) == 2
        assert sum(len(params["ids"]) for params in house.database.params(store.DONE)) == 2


class TestOtherAddresses:
    """Only what is documented is played; what is one's own stays at home."""

    def test_somebody_else_at_resends_domain(self) -> None:
        """He is mailed as anybody is."""
        carrier = ScriptedCarrier()
        house = built(carrier=lambda house: carrier)
        assert became(house, "zeno@resend.dev") == ["queued", "sent", "delivered"]
        assert [envelope.recipient for envelope in carrier.handed] == ["zeno@resend.dev"]

    def test_somebody_else_at_ones_own_test_domain(self) -> None:
        """Nobody is there, and nothing leaves."""
        carrier = ScriptedCarrier()
        house = built(carrier=lambda house: carrier)
        assert became(house, "typo@test.acme.example") == ["queued", "sent", "bounced"]
        assert carrier.handed == []

    def test_a_domain_that_is_not_the_test_domain(self) -> None:
        """It goes to the mode's carrier."""
        carrier = ScriptedCarrier()
        house = built(domain=None, carrier=lambda house: carrier)
        house.send("bounced@example.net")
        house.run(1)
        assert [envelope.recipient for envelope in carrier.handed] == ["bounced@example.net"]

    def test_the_sandbox_keeps_the_rest(self) -> None:
        """Its carrier comes last."""
        house = built("sandbox")
        id_ = house.send("ana@example.net")
        house.run(1)
        assert house.events(id_)[-1].reply == Reply(250, "2.0.0", "Caught by the sandbox")
        assert len(house.database.params(sandbox_store.CATCH)) == 1
