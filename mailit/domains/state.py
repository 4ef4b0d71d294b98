"""A domain with its records as it stands in the database, and what the event log says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from mailit.domains.asked import DomainTaken
from mailit.domains.records import DnsRecord, Hosts, records
from mailit.events import DOMAIN_CREATED, DOMAIN_DELETED, Event
from mailit.interfaces import Tx
from mailit.store import dkim_keys, event_log
from mailit.store import domains as store
from mailit.store.dkim_keys import DkimKey
from mailit.store.domains import Domain, NewDomain


@frozen
class DomainState:
    """A domain with its keys, the newest first, and its records, each with its status."""

    domain: Domain
    keys: Sequence[DkimKey]
    records: Sequence[DnsRecord]


def state(tx: Tx, team_id: str, id_: str, hosts: Hosts, lock: bool = False) -> DomainState | None:
    """A team's domain as it stands; `lock` keeps it so until the transaction ends."""
    domain = store.one(tx, team_id, id_, lock)
    return None if domain is None else _with_records(tx, domain, hosts)


def all_states(tx: Tx, hosts: Hosts, name: str | None, most: int) -> list[DomainState]:
    """Everybody's domains, by name, or those of one name: for the operator's command line."""
    return [_with_records(tx, domain, hosts) for domain in store.all_(tx, name, most)]


def added(tx: Tx, new: NewDomain, keys: Sequence[DkimKey], hosts: Hosts) -> DomainState:
    """Adds a domain with these keys, in this transaction. Raises `DomainTaken`."""
    if store.taken(tx, new.name, new.team_id):
        raise DomainTaken.named(new.name)
    return inserted(tx, new, keys, hosts)


def inserted(tx: Tx, new: NewDomain, keys: Sequence[DkimKey], hosts: Hosts) -> DomainState:
    """The same, be the name another team's or not. Raises `DomainTaken` where this team has it already."""
    if not store.insert(tx, new):
        raise DomainTaken.named(new.name)
    dkim_keys.insert(tx, keys)
    made = state(tx, new.team_id, new.id, hosts)
    assert made is not None
    tell(tx, DOMAIN_CREATED, made)
    return made


def deleted(tx: Tx, team_id: str, id_: str, hosts: Hosts) -> bool:
    """Deletes a domain with its keys; whether there was one."""
    gone = state(tx, team_id, id_, hosts)
    if gone is None or not store.delete(tx, team_id, id_):
        return False
    tell(tx, DOMAIN_DELETED, gone)
    return True


def tell(tx: Tx, type_: str, of: DomainState) -> None:
    """Writes an event on a domain to the log."""
    domain = of.domain
    event_log.append(
        tx, [Event(seq=0, id="", team_id=domain.team_id, type=type_, created_at=domain.created_at, data=told(of))]
    )


def told(of: DomainState) -> Mapping[str, Any]:
    """What an event says of a domain (reference 2.10)."""
    domain = of.domain
    return {
        "id": domain.id,
        "name": domain.name,
        "status": domain.status,
        "created_at": f"{domain.created_at:%Y-%m-%dT%H:%M:%S}.{domain.created_at.microsecond // 1000:03d}Z",
        "region": domain.region,
        "records": [
            {
                "record": one.record,
                "name": one.name,
                "type": one.type,
                "ttl": one.ttl,
                "status": one.status,
                "value": one.value,
                **({"priority": one.priority} if one.priority is not None else {}),
            }
            for one in of.records
        ],
    }


def _with_records(tx: Tx, domain: Domain, hosts: Hosts) -> DomainState:
    keys = dkim_keys.of_domain(tx, domain.id)
    return DomainState(domain, keys, records(domain, keys, hosts))
