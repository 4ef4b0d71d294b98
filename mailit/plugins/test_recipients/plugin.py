"""Recipients to test with: `delivered@`, `bounced@`, `complained@` and `suppressed@resend.dev` do as they are called.

Nothing that is sent to them leaves the machine, in any mode. `+labels` tell one test from another.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import define, field, frozen
from twisted.internet.defer import Deferred

from mailit.errors import Unavailable
from mailit.host import Host
from mailit.plugin import CarrierRule, DomainScreen, Job, Plugin, Screen
from mailit.plugins.test_recipients import store
from mailit.plugins.test_recipients.carrier import TestRecipients, covers, screened
from mailit.settings import HOST_NAME, UNSET, setting

COMPLAINS_AFTER = 0.5
"""Seconds after its delivery that a test recipient complains."""

_LOOK_EVERY = 30.0
_AT_ONCE = 100


@frozen
class TestRecipientsSettings:
    """Section `test_recipients`."""

    __test__ = False

    domain: str | None = setting(
        UNSET,
        "A domain whose recipients are test recipients like those at resend.dev: delivered@, bounced@, complained@, "
        "suppressed@; everybody else there bounces. Nothing that is sent to it leaves the machine.",
        HOST_NAME,
    )


class TestRecipientsPlugin(Plugin):
    """A carrier before that of any mode."""

    __test__ = False

    name = "test_recipients"
    schema = Path(__file__).parents[2] / "schema" / "test_recipients"
    settings = TestRecipientsSettings

    def screens(self, host: Host) -> Sequence[Screen]:
        """One, for those that are suppressed: nothing is sent to them, and nobody says it was."""
        return (DomainScreen(lambda domain: covers(domain, host.settings.domain), screened),)

    def carriers(self, host: Host) -> Sequence[CarrierRule]:
        """One, for all of them."""
        carrier = TestRecipients(host, host.settings.domain, Complaints(host).soon)
        return (CarrierRule(carrier.covers, carrier.matches, carrier),)

    def jobs(self, host: Host) -> Sequence[Job]:
        """Complaints that a process which ended still owed."""
        return (Job("test_recipients", _LOOK_EVERY, Complaints(host).make),)


@define(eq=False)
class Complaints:
    """Makes the complaints that are owed, once what they are about is delivered."""

    _host: Host
    _waits: bool = field(default=False, init=False)

    async def soon(self) -> None:
        """Makes them in a moment; one moment serves all that come in it."""
        if not self._waits:
            self._waits = True
            self._host.reactor.callLater(COMPLAINS_AFTER, self._rang)

    async def make(self) -> None:
        """Makes those that can be made now; what is not delivered yet has its time with the next look."""
        ids = await self._host.database.transact(store.owed, _AT_ONCE)
        if ids:
            made = [id_ for id_ in ids if await self._host.report(id_, "complained", None)]
            await self._host.database.transact(store.done, made)

    def _rang(self) -> None:
        self._waits = False
        Deferred.fromCoroutine(self.make()).addErrback(lambda failure: failure.trap(Unavailable))
