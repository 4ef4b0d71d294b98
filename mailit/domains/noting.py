"""Writing down what has become of a domain: what DNS said, what its owner changed, what its keys moved on to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from mailit.domains import pace, rotation
from mailit.domains.asked import Changes, changed
from mailit.domains.records import DKIM, Hosts
from mailit.domains.state import DomainState, state, tell
from mailit.domains.verification import FAILED, Findings, restated
from mailit.events import DOMAIN_UPDATED
from mailit.interfaces import Tx
from mailit.store import dkim_keys
from mailit.store import domains as store
from mailit.store.dkim_keys import DkimKey
from mailit.store.domains import VERIFIED, Check, Domain


@frozen
class Circumstances:
    """What a change is made under: the installation's `hosts`, the time, and when a key that retires now is gone.

    `asks_dns` False: keys take over without having been seen in DNS.
    """

    hosts: Hosts
    now: datetime
    retire_at: datetime
    asks_dns: bool = True

    @classmethod
    def at(cls, now: datetime, hosts: Hosts, queue_life: float, asks_dns: bool) -> Circumstances:
        """Those of an installation in whose queue mail may wait for so many seconds."""
        return cls(hosts, now, now + rotation.life(queue_life), asks_dns)


def noted(tx: Tx, before: DomainState, findings: Findings, under: Circumstances) -> bool:
    """Writes what was found, and moves keys on by it; False where the domain is gone.

    A name that another team has verified first stays theirs.
    """
    domain = store.one(tx, before.domain.team_id, before.domain.id, lock=True)
    if domain is None:
        return False
    status, checks = findings.status, findings.checks
    if status in VERIFIED and store.taken(tx, domain.name, domain.team_id):
        status, checks = FAILED, _taken(before, checks)
    due = pace.next_look(status, domain.asked_at, findings.doubtful, under.now)
    store.note_check(tx, domain.id, status, checks, under.now, due)
    dkim_keys.note_seen(tx, findings.seen, under.now)
    moved = _moved_on(tx, domain, under)
    if moved or status != domain.status or _statuses(checks) != _statuses(domain.checks):
        tell(tx, DOMAIN_UPDATED, _now(tx, domain, under.hosts))
    return True


def edited(tx: Tx, team_id: str, id_: str, changes: Changes, under: Circumstances) -> DomainState | None:
    """Changes a domain. Where it wants other records from now on, it is judged anew and looked at at once."""
    before = state(tx, team_id, id_, under.hosts, lock=True)
    if before is None:
        return None
    domain = changed(before.domain, changes)
    if domain == before.domain:
        return before
    if domain.asked_at is not None and _wants(domain) != _wants(before.domain):
        domain = evolve(domain, asked_at=under.now, due_at=under.now)
    store.update(tx, domain)
    after = _now(tx, domain, under.hosts)
    if domain.asked_at is not None and domain.status != FAILED:
        status = restated(after.domain, after.records, under.now)
        if status != domain.status:
            store.update(tx, evolve(domain, status=status))
            after = _now(tx, domain, under.hosts)
    tell(tx, DOMAIN_UPDATED, after)
    return after


def rotated(tx: Tx, team_id: str, id_: str, fresh: Sequence[DkimKey], under: Circumstances) -> DomainState | None:
    """Adds keys to be published, unless others are that already: then those are what there is."""
    before = state(tx, team_id, id_, under.hosts, lock=True)
    if before is None or any(key.generation >= fresh[0].generation for key in before.keys):
        return before  # somebody was faster
    dkim_keys.insert(tx, fresh)
    _moved_on(tx, before.domain, under)
    after = _now(tx, before.domain, under.hosts)
    tell(tx, DOMAIN_UPDATED, after)
    return after


def _moved_on(tx: Tx, domain: Domain, under: Circumstances) -> bool:
    """Takes the steps that keys are due for, and puts the next look where they need it; whether there were any."""
    moves = rotation.due(dkim_keys.of_domain(tx, domain.id), under.now, under.asks_dns)
    rotation.move(tx, moves, under.retire_at)
    after = _now(tx, domain, under.hosts)
    looks = [look for look in (after.domain.due_at, *rotation.ends(after.keys)) if look is not None]
    since = rotation.waiting_since(after.keys)
    if since is not None:
        looks.append(pace.backed_off(since, under.now))
    if looks and min(looks) != after.domain.due_at:
        store.look_at(tx, domain.id, min(looks))
    return bool(moves)


def _now(tx: Tx, domain: Domain, hosts: Hosts) -> DomainState:
    """The domain as this transaction has left it."""
    found = state(tx, domain.team_id, domain.id, hosts)
    assert found is not None
    return found


def _wants(domain: Domain) -> tuple[object, ...]:
    return domain.sending, domain.receiving, domain.tracking_subdomain


def _statuses(checks: Mapping[str, Check]) -> dict[str, str]:
    return {key: check.status for key, check in checks.items()}


def _taken(before: DomainState, checks: Mapping[str, Check]) -> dict[str, Check]:
    """The same, with the word at the keys that DNS is right and the domain another team's all the same."""
    keys = {record.key for record in before.records if record.record == DKIM}
    says = f"It is there, but another team has verified {before.domain.name}."
    return {
        key: evolve(check, status=FAILED, says=says, fix="Claim the domain by POST /domains/claim.")
        if key in keys and check.status == "verified"
        else check
        for key, check in checks.items()
    }
