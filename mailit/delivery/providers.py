"""What is known of big receivers before they say a word, as data: how to begin, and the reason of each.

They are known by the names of their exchangers, so that mail for a company's own domain that lies at one of them is
meant as well. `smtp_outbound.sites` has the last word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, field, frozen

from mailit.delivery.settings import SiteLimits
from mailit.delivery.shaping import Limits


@frozen
class Provider:
    """A receiver: `exchangers` are the domains that the names of its exchangers end with; 0 leaves a limit as it is.

    `rate` is in mails a second.
    """

    name: str
    exchangers: tuple[str, ...]
    why: str = field(kw_only=True)
    sessions: int = field(default=0, kw_only=True)
    first: int = field(default=0, kw_only=True)
    messages: int = field(default=0, kw_only=True)
    rate: float = field(default=0.0, kw_only=True)

    def is_of(self, hosts: Iterable[str]) -> bool:
        """Whether all of a site's exchangers are this receiver's."""
        return all(any(end in ("*", host) or host.endswith(f".{end}") for end in self.exchangers) for host in hosts)

    def limits(self, base: Limits) -> Limits:
        """The limits, with what this receiver is known for."""
        most = self.sessions or base.sessions
        return evolve(
            base,
            sessions=most,
            first=min(self.first or base.first, most),
            messages=self.messages or base.messages,
            rate=self.rate or base.rate,
        )


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "Gmail",
        ("google.com", "googlemail.com"),
        sessions=20,
        first=5,
        messages=100,
        why="No figures are published. Google asks senders to raise their volume slowly, and answers a jump with "
        "421 4.7.28, which counts against the address for hours: so it begins with few sessions and earns more.",
    ),
    Provider(
        "Microsoft",
        ("outlook.com", "hotmail.com", "office365.us"),
        sessions=20,
        first=5,
        messages=100,
        why="New addresses are throttled with 451 4.7.650 to 4.7.652 whatever they send. Each tenant has exchangers of "
        "its own, so that these limits are a tenant's each.",
    ),
    Provider(
        "Yahoo",
        ("yahoodns.net", "yahoo.com"),
        sessions=10,
        first=5,
        messages=20,
        why="Yahoo's guidelines for SMTP connections: at most 20 messages on each, after which it hangs up without a "
        "word; several connections are allowed, without a figure. Excess is answered with TSS04, at every door. "
        "AOL is behind the same exchangers.",
    ),
    Provider(
        "Apple",
        ("icloud.com", "apple.com", "me.com"),
        sessions=10,
        first=3,
        messages=100,
        why="Apple's postmaster page asks for few connections and for mail in steady streams; it refuses by the "
        "address's record (HM08, CS01), which is slow to mend.",
    ),
    Provider(
        "Comcast",
        ("comcast.net",),
        sessions=20,
        first=5,
        messages=100,
        why="Comcast's postmaster page: at most 25 connections at once from an address, which are not reached here; "
        "more are refused at the greeting.",
    ),
    Provider(
        "GMX and WEB.DE",
        ("gmx.net", "gmx.com", "web.de", "kundenserver.de", "mail.com"),
        sessions=8,
        first=3,
        messages=100,
        why="One house with one limit of connections an address, which is not published; it answers 421 too many "
        "connections at the greeting.",
    ),
    Provider(
        "T-Online",
        ("t-online.de",),
        sessions=5,
        first=2,
        messages=50,
        why="Addresses that it has not seen are refused until its postmaster knows them (554 at the greeting); few "
        "connections keep a known one from being taken for a flood.",
    ),
    Provider(
        "Orange",
        ("orange.fr", "wanadoo.fr"),
        sessions=2,
        first=2,
        messages=50,
        why="It takes very few connections at once from an address, and refuses more with `Too many connections, slow "
        "down`.",
    ),
    Provider(
        "Free and SFR",
        ("free.fr", "proxad.net", "sfr.fr"),
        sessions=2,
        first=2,
        messages=50,
        why="As Orange: very few connections at once, and 421 for more.",
    ),
)


def limits_of(hosts: Sequence[str], base: Limits, ours: Sequence[Provider] = ()) -> tuple[Limits, Provider | None]:
    """The limits of a site by its exchangers' names; `ours` are the operator's own and go over what is known."""
    known = next((one for one in PROVIDERS if one.is_of(hosts)), None)
    limits = known.limits(base) if known is not None else base
    own = next((one for one in ours if one.is_of(hosts)), None)
    if own is not None:
        limits = own.limits(limits)
    return limits, own or known


def told(sites: Sequence[SiteLimits]) -> list[Provider]:
    """The operator's own, of `smtp_outbound.sites`."""
    return [
        Provider(
            one.exchangers,
            (one.exchangers,),
            sessions=one.sessions,
            messages=one.messages,
            rate=one.rate,
            why="smtp_outbound.sites says so.",
        )
        for one in sites
    ]
