"""What is asked of TLS with each exchanger: by the operator, by DANE, by MTA-STS, in that order of strength.

The operator's `none` is the last word. Then DANE (RFC 7672), where DNSSEC vouches for the exchanger and its TLSA
records; then MTA-STS (RFC 8461), for those that DANE says nothing about; then what the operator asks anyway. The whole
table stands in docs/delivery.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from mailit.interfaces import Tlsa
from mailit.mail.sts import Mode, StsPolicy
from mailit.net import dane
from mailit.net.tls import INVALID, Demand, Tls

DANE = "dane"
STS = "mta-sts"
STS_TESTING = "mta-sts testing"


@frozen
class Pins:
    """What DNSSEC vouches for of one exchanger: its TLSA records, at least one, and the names that it may bear."""

    records: tuple[Tlsa, ...]
    names: tuple[str, ...]


def demand(host: str, base: Tls, pins: Pins | None, sts: StsPolicy | None) -> Demand | None:
    """What is asked of one exchanger, or None where its domain's policy does not name it."""
    if base is Tls.NONE:
        return plain(base)
    if pins is not None:
        records = dane.usable(pins.records)
        if records:
            return Demand(Tls.MANDATORY, DANE, records, pins.names)
        # None that we can do something with: encrypted all the same, and no more than that (RFC 7672 §2.2).
        return plain(base) if base is Tls.ENFORCED else Demand(Tls.MANDATORY, DANE)
    if sts is not None and sts.mode is Mode.ENFORCE:
        return Demand(Tls.ENFORCED, STS) if sts.names(host) else None
    if sts is not None and sts.mode is Mode.TESTING and base is not Tls.ENFORCED:
        return Demand(base, STS_TESTING, judged=True, fault="" if sts.names(host) else INVALID)
    return plain(base)


def plain(base: Tls) -> Demand:
    """What the operator asks."""
    return Demand(base, base.value)


def stricter(asked: Demand) -> Demand:
    """The same for a sending domain that wants its mail to leave verified or not at all."""
    if asked.tlsa or asked.tls is Tls.ENFORCED:
        return asked
    return plain(Tls.ENFORCED)


def policies(base: Tls, domains: Sequence[tuple[str, Tls]], domain: str) -> Tls:
    """The operator's policy for a domain: its own, that of `*.` a domain above it (the nearest), or `base`."""
    named = dict(domains)
    if domain in named:
        return named[domain]
    above = domain.partition(".")[2]
    while above:
        if f"*.{above}" in named:
            return named[f"*.{above}"]
        above = above.partition(".")[2]
    return base
