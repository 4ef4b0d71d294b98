"""What delivery may be told: how mail leaves, under which name, how often it is tried."""

from __future__ import annotations

import re
from datetime import date, datetime

from attrs import frozen

from mailit.settings import (
    DURATION,
    FLAG,
    HOST_NAME,
    IP_ADDRESS,
    SECRET,
    UNSET,
    Kind,
    choice,
    integer,
    list_of,
    record,
    setting,
)

MODES = ("direct", "relay")
"""The modes that the core brings; plugins bring others."""


POLICIES = ("opportunistic", "mandatory", "enforced", "none")
"""What may be asked of TLS; see docs/delivery.md."""


def _destination(text: str) -> str:
    star = text.strip()[:2] == "*."
    return "*." * star + HOST_NAME.parse(text.strip()[2 * star :])


_DESTINATION = Kind("domain", "a domain such as example.com or *.example.com", _destination)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError from None


def _day_of(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError
    return value


_DAY = Kind("day", "a day such as 2026-12-01", _day, _day_of)

_PERIODS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _rate(text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?)/([smhd])", text.strip())
    if found is None:
        raise ValueError
    return float(found[1]) / _PERIODS[found[2]]


_RATE = Kind("rate", "a rate such as 20/s, 600/m, 10000/h or 50000/d", _rate)


def _exchangers(text: str) -> str:
    return "*" if text.strip() == "*" else HOST_NAME.parse(text)


_EXCHANGERS = Kind("exchangers", "the end of exchangers' names such as google.com, or *", _exchangers)


@frozen
class SiteLimits:
    """The operator's limits for sites whose exchangers' names end with `exchangers`; what is not given stays."""

    exchangers: str = setting(UNSET, "How its exchangers' names end; `*`: any site. It must be given.", _EXCHANGERS)
    sessions: int = setting(0, "Connections at once, of all processes together.", integer(0, 1000))
    rate: float = setting("0/s", "Mails in a time, of all processes together: `20/s`, `600/m`, `10000/h`.", _RATE)
    messages: int = setting(0, "Mails on one connection.", integer(0, 100_000))

    def __attrs_post_init__(self) -> None:
        """Refuses limits that are nobody's."""
        if not self.exchangers:
            raise ValueError("expected exchangers in each site")


@frozen
class Source:
    """An IP address to send from; `hostname` is its EHLO name, `pool` the group that it belongs to."""

    address: str = setting(UNSET, "The address; it must be given.", IP_ADDRESS)
    hostname: str | None = setting(UNSET, "EHLO name of this address.", HOST_NAME, "smtp_outbound.hostname")
    pool: str = setting("default", "The pool it belongs to.")
    warm_up_since: date | None = setting(
        UNSET, "The day on which it begins to send (UTC): `smtp_outbound.warm_up` counts from it.", _DAY, "it is warm"
    )

    def __attrs_post_init__(self) -> None:
        """Refuses a source without an address."""
        if not self.address:
            raise ValueError("expected an address in each source")


@frozen
class DomainTls:
    """The TLS policy of one destination; `*.example.com` is every domain below example.com."""

    domain: str = setting(UNSET, "The recipients' domain; it must be given.", _DESTINATION)
    policy: str = setting("enforced", "As `smtp_outbound.tls_policy`.", choice(*POLICIES))

    def __attrs_post_init__(self) -> None:
        """Refuses a policy without a domain."""
        if not self.domain:
            raise ValueError("expected a domain in each policy")


@frozen
class SmtpOutboundSettings:
    """Section `smtp_outbound`."""

    mode: str = setting(
        "direct",
        "How mail leaves: `direct` to the exchangers that DNS names, `relay` through a smarthost, `sandbox`: it is "
        "never sent, but kept at `/sandbox/emails`.",
    )
    hostname: str | None = setting(
        UNSET, "The name that we give at EHLO; MAILIT_DOMAIN is an alias.", HOST_NAME, "the host's name"
    )
    port: int = setting(25, "The port of every exchanger.", integer(1, 65535))
    tls_policy: str = setting(
        "opportunistic",
        "`opportunistic` (not verified), `mandatory` (encrypted, not verified), `enforced` (verified), `none`.",
        choice(*POLICIES),
    )
    tls_domains: tuple[DomainTls, ...] = setting(
        (),
        "TLS policies of single destinations, each with `domain` (`*.example.com`: every domain below it) and "
        "`policy`; in a variable, DOMAIN POLICY with a blank between and commas after each.",
        list_of(record(DomainTls)),
    )
    mta_sts: bool = setting(True, "Whether MTA-STS policies of recipients' domains (RFC 8461) are honoured.", FLAG)
    dane: bool = setting(
        True,
        "Whether TLSA records of exchangers (RFC 7672) are honoured. It takes a resolver that validates DNSSEC on this "
        "machine, or one that `dns.trusted_resolvers` names.",
        FLAG,
    )
    relay_host: str | None = setting(UNSET, "The smarthost of mode `relay`.")
    relay_port: int = setting(587, "Its port.", integer(1, 65535))
    relay_username: str | None = setting(UNSET, "User to sign in with there.")
    relay_password: str | None = setting(UNSET, "That user's password.", SECRET)
    relay_tls: str = setting(
        "starttls",
        "TLS to the smarthost, verified: `starttls`, `implicit` (port 465), `none`.",
        choice("starttls", "implicit", "none"),
    )
    in_doubt: str = setting(
        "resend",
        "What becomes of an envelope whose connection ended between the final dot and the reply: `resend` (marked, "
        "later), `hold` (a person decides), `assume_sent`.",
        choice("resend", "hold", "assume_sent"),
    )
    sources: tuple[Source, ...] = setting(
        (),
        "IP addresses to send from, each with `address`, `hostname` (its EHLO name), `pool` and `warm_up_since`; in a "
        "variable, ADDRESS HOSTNAME POOL DAY with blanks between and commas after each. The pools `transactional` and "
        "`broadcast` carry the mail of that stream, `default` all mail that has no pool of its own.",
        list_of(record(Source)),
        "the system's choice",
    )
    warm_up: tuple[int, ...] = setting(
        (200, 500, 1000, 2000, 5000, 10_000, 20_000, 40_000, 70_000, 100_000),
        "Mails a day that a source sends to one site on its first day (`warm_up_since`), its second, and so on; after "
        "the last there is no limit.",
        list_of(integer(1, 1_000_000_000)),
    )
    sites: tuple[SiteLimits, ...] = setting(
        (),
        "Limits of sites over those that are built in for big receivers, each with `exchangers` (how the names of its "
        "exchangers end, or `*`), `sessions`, `rate` and `messages`; in a variable, EXCHANGERS SESSIONS RATE MESSAGES "
        "with blanks between and commas after each. The first that fits counts. They are upper limits: what a site's "
        "replies teach may be less.",
        list_of(record(SiteLimits)),
    )
    retry_delays: tuple[float, ...] = setting(
        ("10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h"),
        "Waits before the next tries; the last one repeats until the lifetime ends.",
        list_of(DURATION),
    )
    transcripts: float = setting(
        "7d",
        "How long what was said at each attempt is kept for `GET /emails/{id}/attempts`, secrets struck out; `0s` "
        "keeps nothing.",
        DURATION,
    )
    message_lifetime: float = setting("48h", "How long a mail is tried before it has failed.", DURATION)
