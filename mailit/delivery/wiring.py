"""The room's parts put together by its settings."""

from __future__ import annotations

from random import Random
from typing import Any

from mailit.delivery.carrier import Routes, SmtpCarrier
from mailit.delivery.exchangers import Exchangers
from mailit.delivery.outcomes import InDoubt
from mailit.delivery.relay import Smarthost
from mailit.delivery.session import Credentials, Manners
from mailit.delivery.settings import SmtpOutboundSettings
from mailit.errors import CannotStart
from mailit.interfaces import Envelope, Marks, Render, Resolver
from mailit.mail import verp
from mailit.net.guard import Guard
from mailit.net.tls import ClientContexts, Tls


def smtp_carrier(
    reactor: Any,
    settings: SmtpOutboundSettings,
    hostname: str,
    resolver: Resolver,
    guard: Guard,
    contexts: ClientContexts,
    render: Render,
    marks: Marks,
    verp_secret: bytes,
    random: Random,
) -> SmtpCarrier:
    """The carrier of the modes `direct` and `relay`. Raises `CannotStart` where the relay is not named."""

    def return_path(envelope: Envelope) -> str:
        return verp.return_path(verp.token(envelope.id, verp_secret), envelope.email.return_path)

    routes: Routes
    if settings.mode == "relay":
        routes = _smarthost(reactor, settings, resolver)
    else:
        routes = Exchangers(reactor, resolver, guard, settings.port, Tls(settings.tls_policy))
    manners = Manners(hostname, marks, InDoubt(settings.in_doubt))
    return SmtpCarrier(reactor, routes, render, return_path, contexts, manners, random=random)


def _smarthost(reactor: Any, settings: SmtpOutboundSettings, resolver: Resolver) -> Smarthost:
    if not settings.relay_host:
        raise CannotStart("smtp_outbound.mode is `relay`, and smtp_outbound.relay_host names no relay.")
    credentials = None
    if settings.relay_username:
        credentials = Credentials(settings.relay_username, settings.relay_password or "")
    return Smarthost(
        reactor,
        resolver,
        settings.relay_host,
        settings.relay_port,
        Tls.NONE if settings.relay_tls == "none" else Tls.ENFORCED,
        settings.relay_tls == "implicit",
        credentials,
    )
