"""Claims: how a name that one team has verified goes to another that proves it by DNS (reference 1.3).

A claim makes the domain anew in the claiming team, with keys of its own. Once the TXT record that proves it is found,
the owner's domain is deleted, unless his mail is under way; the new one is then verified as any other.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from mailit import ids
from mailit.domains import pace
from mailit.domains.asked import DomainTaken
from mailit.domains.finding import unquoted
from mailit.domains.records import Hosts
from mailit.domains.state import deleted, inserted
from mailit.errors import NotFound, Refused
from mailit.interfaces import Tx
from mailit.store import domain_claims
from mailit.store import domains as store
from mailit.store.dkim_keys import DkimKey
from mailit.store.domain_claims import Claim
from mailit.store.domains import VERIFIED, Domain, NewDomain

LIFETIME = timedelta(days=7)
"""How long a claim may wait for its record."""

QUIET = timedelta(hours=24)
"""A domain that its owner has sent from within this time is not taken from him."""

_PREFIX = "mailit-domain-verification="
_GONE = "Domain claim not found"


@frozen
class Claimed:
    """A claim, and whether it was made now: an equal one that was open already is given back as it is."""

    claim: Claim
    new: bool


def value(claim: Claim) -> str:
    """What the TXT record at the name itself is to say."""
    return _PREFIX + claim.token


def proves(claim: Claim, texts: Sequence[str]) -> bool:
    """Whether the TXT records at the name have the claim's; quotation marks that were pasted with it do no harm."""
    return any(unquoted(text) == value(claim) for text in texts)


def opened(
    tx: Tx, new: NewDomain, keys: Sequence[DkimKey], hosts: Hosts, draw: Callable[[], str], now: datetime
) -> Claimed:
    """Claims a name for a team. Raises `Refused` where nobody else has it, `DomainTaken` where the team itself has."""
    ours = store.by_name(tx, new.team_id, new.name)
    if ours is not None and ours.status in VERIFIED:
        raise DomainTaken.named(new.name)
    if domain_claims.owner(tx, new.name, new.team_id) is None:
        raise Refused(f"The {new.name} domain is not registered by another team. Add it by POST /domains.")
    if ours is None:
        ours = inserted(tx, new, keys, hosts).domain
    else:
        known = domain_claims.latest(tx, new.team_id, ours.id, lock=True)
        if known is not None and known.open and now < known.expires_at and _asks_alike(ours, new):
            return Claimed(known, new=False)
        store.update(tx, _settings_of(ours, new))
    id_ = draw()
    domain_claims.supersede(tx, new.name, id_, new.team_id)
    token = secrets.token_hex(16)
    domain_claims.insert(tx, id_, new.team_id, ours.id, new.name, new.region, token, now, now + LIFETIME)
    made = domain_claims.latest(tx, new.team_id, ours.id)
    assert made is not None
    return Claimed(made, new=True)


def current(tx: Tx, team_id: str, domain_id: str, now: datetime) -> Claim:
    """The latest claim of a domain, expired if its time is over. Raises `NotFound`."""
    claim = domain_claims.latest(tx, team_id, domain_id, lock=True)
    if claim is None:
        raise NotFound(_GONE)
    if claim.open and now >= claim.expires_at:
        domain_claims.set_status(tx, claim.id, "expired", failure=None)
        return evolve(claim, status="expired", blocked_reason=None)
    return claim


def asked(tx: Tx, team_id: str, domain_id: str, now: datetime) -> Claim:
    """Notes that the claim is to be verified. Raises `NotFound`."""
    claim = current(tx, team_id, domain_id, now)
    if claim.open:
        domain_claims.ask(tx, claim.id, now, now + pace.SOONEST)
    return claim


def settled(tx: Tx, claim: Claim, proved: bool, hosts: Hosts, now: datetime) -> list[str]:
    """Moves a claim on by what DNS said; gives the ids of domains that have changed hands.

    Unproved it stays as it is, and is looked at again, until it expires.
    """
    claim = current(tx, claim.team_id, claim.domain_id or "", now)
    if not claim.open:
        return []
    again = min(pace.backed_off(claim.asked_at or claim.created_at, now), claim.expires_at)
    if not proved:
        domain_claims.set_status(tx, claim.id, "pending", again)
        return []
    owner = domain_claims.owner(tx, claim.name, claim.team_id)
    if owner is not None:
        blocked = None
        if domain_claims.has_scheduled(tx, owner):
            blocked = "pending_scheduled_emails"
        elif domain_claims.has_sent(tx, owner, ids.floor((now - QUIET).timestamp())):
            blocked = "recent_owner_activity"
        if blocked is not None:
            domain_claims.set_status(tx, claim.id, "blocked", again, blocked)
            return []
        deleted(tx, owner.team_id, owner.domain_id, hosts)
        domain_claims.cancel(tx, owner.domain_id)
    domain_claims.set_status(tx, claim.id, "completed")
    domain_claims.supersede(tx, claim.name, claim.id)
    return [owner.domain_id] if owner is not None else []


def _asks_alike(domain: Domain, new: NewDomain) -> bool:
    return _settings_of(domain, new) == domain


def _settings_of(domain: Domain, new: NewDomain) -> Domain:
    return evolve(
        domain,
        region=new.region,
        custom_return_path=new.custom_return_path,
        open_tracking=new.open_tracking,
        click_tracking=new.click_tracking,
        tracking_subdomain=new.tracking_subdomain,
    )
