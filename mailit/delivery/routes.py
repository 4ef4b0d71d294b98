"""Which routes there are, by the configuration: those that DNS names, or the one to a smarthost."""

from __future__ import annotations

from typing import Any

from mailit.delivery.credentials import Credentials
from mailit.delivery.exchangers import Exchangers, Ourselves, StsPolicies
from mailit.delivery.relay import Smarthost
from mailit.delivery.settings import SmtpOutboundSettings
from mailit.interfaces import Resolver
from mailit.net.guard import Guard
from mailit.net.tls import Tls


def routes_of(
    outbound: SmtpOutboundSettings, hostname: str, reactor: Any, resolver: Resolver, guard: Guard, sts: StsPolicies
) -> Exchangers | Smarthost:
    """What implements `carrier.Routes` here. `hostname` is the name that we give at EHLO."""
    if outbound.mode != "relay":
        return Exchangers(
            reactor,
            resolver,
            guard,
            outbound.port,
            Tls(outbound.tls_policy),
            tls_domains=[(one.domain, Tls(one.policy)) for one in outbound.tls_domains],
            sts=sts if outbound.mta_sts else None,
            dane=outbound.dane,
            ourselves=Ourselves(
                frozenset([hostname, *(one.hostname for one in outbound.sources if one.hostname)]),
                frozenset(one.address for one in outbound.sources),
            ),
        )
    credentials = (
        Credentials(outbound.relay_username, outbound.relay_password or "") if outbound.relay_username else None
    )
    tls = Tls.NONE if outbound.relay_tls == "none" else Tls.ENFORCED
    implicit = outbound.relay_tls == "implicit"
    return Smarthost(reactor, resolver, outbound.relay_host or "", outbound.relay_port, tls, implicit, credentials)
