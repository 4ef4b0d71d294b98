"""The toy: every member that a plugin may have, each a few lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.application.service import IService

from mailit import events
from mailit.draft import Draft
from mailit.host import Host
from mailit.plugin import CarrierRule, Endpoint, Job, Mode, Plugin, RenderStep, Screen, Stage, Subscriber
from mailit_toy import drafts, routes, works
from mailit_toy.carrier import DOMAIN, Box
from mailit_toy.drafts import Drafts
from mailit_toy.settings import ToySettings

MODE = "toybox"


class ToyPlugin(Plugin):
    """In mode `toybox` its box takes every mail; in any other, mail to toybox.test."""

    name = "toy"
    requires = ("toy_words",)
    schema = Path(__file__).parent / "schema"
    settings = ToySettings
    modes = (Mode(MODE, asks_dns=False, carrier=Box),)

    def expand(self, host: Host) -> Sequence[Callable[[Draft], Awaitable[Draft]]]:
        return (Drafts(host.settings).expand,)

    def stages(self, host: Host) -> Sequence[Stage]:
        return (Drafts(host.settings).stage,)

    def screens(self, host: Host) -> Sequence[Screen]:
        return (drafts.screen,)

    def render(self, host: Host) -> Sequence[RenderStep]:
        return (drafts.signed,)

    def carriers(self, host: Host) -> Sequence[CarrierRule]:
        return (CarrierRule(lambda domain: domain == DOMAIN, lambda envelope: envelope.domain == DOMAIN, Box(host)),)

    def routes(self, host: Host) -> Sequence[Endpoint]:
        return routes.routes(host)

    def subscribers(self, host: Host) -> Sequence[Subscriber]:
        return (Subscriber("toy", works.count, frozenset({events.DELIVERED, events.SUPPRESSED})),)

    def inbound(self, host: Host) -> Sequence[Callable[[Any], Any]]:
        return (works.no_spam,)

    def services(self, host: Host) -> Sequence[IService]:
        return (works.Listening(host),)

    def jobs(self, host: Host) -> Sequence[Job]:
        return (Job("toy_tidy", host.settings.tidy_every, works.Tidying(host)),)
