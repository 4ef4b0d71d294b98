"""Sending domains: added with their keys, verified by DNS, found at every accept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from attrs import define, evolve, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from mailit.domains.custody import Custody
from mailit.domains.records import DnsRecord, records
from mailit.domains.verification import Findings, look
from mailit.errors import Forbidden, NotFound, Refused, Unavailable
from mailit.events import DOMAIN_CREATED, DOMAIN_DELETED, DOMAIN_UPDATED, Event
from mailit.interfaces import Clock, Database, Notices, Page, Resolver, SendingDomain, SigningKey, Tx, utc
from mailit.mail.address import BadAddress, domain_name
from mailit.store import domains as store
from mailit.store import event_log
from mailit.store.domains import DkimKey, Domain, NewDomain
from mailit.store.remembered import Remembered

CHANNEL = "mailit_domains"
RECHECK_EVERY = 300.0
"""Seconds between looks at domains that wait; the periodic job that calls `recheck` runs as often."""

_RECHECK_MOST = 50
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME_MOST = 253 - len("mailit-ed25519._domainkey.")


class DomainTaken(Forbidden):
    """The name is another team's by verification, or this team has it already."""

    name = "validation_error"

    @classmethod
    def named(cls, domain: str) -> DomainTaken:
        """The error in Resend's words for this domain."""
        return cls(f"The {domain} domain has been registered already.")


@frozen
class DomainState:
    """A domain with its records, each with its status."""

    domain: Domain
    records: Sequence[DnsRecord]


@frozen
class Policy:
    """How this installation's domains are: `hostname` sends and takes bounces.

    `asks_dns` False: every domain that a team has added may send, and every key signs.
    """

    hostname: str
    selector: str = "mailit"
    key_bits: int = 2048
    asks_dns: bool = True


@define(eq=False)
class SendingDomains:
    """Implements `mailit.interfaces.Domains` and `Signers`. `run_in_thread(f, *args)` gives a Deferred."""

    _database: Database
    _notices: Notices
    _resolver: Resolver
    _custody: Custody
    _policy: Policy
    _draw: Callable[[], str]
    _clock: Clock
    _seconds: Callable[[], float]
    _run_in_thread: Callable[..., Any]
    _log: Logger = field(factory=Logger, init=False)
    _found: Remembered[tuple[str, str], SendingDomain] = field(init=False)
    _keys: Remembered[str, Sequence[SigningKey]] = field(init=False)
    _looking: dict[str, Deferred[None]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._found = Remembered(self._ask_domain, self._seconds)
        self._keys = Remembered(self._ask_keys, self._seconds, most=10_000)

    def start(self) -> None:
        """Listens for what other processes change."""
        self._notices.listen(CHANNEL, self._heard)

    async def stop(self) -> None:
        """Ends the looks into DNS that are under way."""
        for looking in list(self._looking.values()):
            looking.cancel()

    def find(self, team_id: str, name: str) -> Deferred[SendingDomain | None]:
        """The team's domain of this name, if it may send from it now."""
        return self._found.get((team_id, name.lower()))

    def keys(self, domain_id: str) -> Deferred[Sequence[SigningKey]]:
        """The keys that sign for a domain now: those that DNS has."""
        keys: Deferred[Sequence[SigningKey] | None] = self._keys.get(domain_id)
        return keys.addCallback(lambda found: found or ())

    async def add(self, new: NewDomain) -> DomainState:
        """Adds a domain with fresh keys. The id of `new` is not looked at.

        Raises `Refused` for a bad name, `DomainTaken` where another team has verified it or this one has it.
        """
        new = evolve(checked(new), id=self._draw())
        if await self._database.transact(store.taken, new.name, new.team_id):
            raise DomainTaken.named(new.name)
        keys = await self._run_in_thread(
            self._custody.made, self._draw, new.id, self._policy.selector, self._policy.key_bits
        )
        state: DomainState = await self._database.transact(added, new, keys, self._policy.hostname)
        self._changed(new.id)
        return state

    async def page(self, team_id: str, page: Page | None) -> tuple[list[Domain], bool]:
        """A team's domains, newest first, and whether there are more."""
        return await self._database.transact(store.page, team_id, page)

    async def get(self, team_id: str, id_: str) -> DomainState:
        """One domain. Raises `NotFound`."""
        state = await self._database.transact(_state, team_id, id_, self._policy.hostname)
        if state is None:
            raise NotFound("Domain not found")
        return state

    async def delete(self, team_id: str, id_: str) -> None:
        """Deletes a domain with its keys. Raises `NotFound`."""
        if not await self._database.transact(_deleted, team_id, id_, self._policy.hostname):
            raise NotFound("Domain not found")
        self._changed(id_)

    async def verify(self, team_id: str, id_: str) -> None:
        """Begins to look into DNS, and does not wait for what it says. Raises `NotFound`."""
        if not await self._database.transact(store.ask, team_id, id_, utc(self._clock())):
            raise NotFound("Domain not found")
        if id_ not in self._looking:
            looking = self._looking[id_] = Deferred.fromCoroutine(self._look(team_id, id_))
            looking.addBoth(lambda _: self._looked(id_))

    async def recheck(self) -> None:
        """Looks again at domains that wait to be verified; a periodic job."""
        before = utc(self._clock()) - timedelta(seconds=RECHECK_EVERY * 0.9)
        for team_id, id_ in await self._database.transact(store.waiting, before, _RECHECK_MOST):
            await self._look(team_id, id_)

    async def _look(self, team_id: str, id_: str) -> None:
        try:
            state = await self.get(team_id, id_)
            now = utc(self._clock())
            findings = await look(self._resolver, state.domain, state.records, now)
            try:
                await self._database.transact(_noted, state, findings, self._policy.hostname, self._clock())
            except Exception as error:
                if not store.is_taken_error(error):
                    raise
                # Another team was faster by a hair; the second time that is seen.
                await self._database.transact(_noted, state, findings, self._policy.hostname, self._clock())
            self._changed(id_)
        except (NotFound, Unavailable, CancelledError):
            pass  # deleted meanwhile, or looked at again by the periodic job
        except Exception:
            self._log.failure("Looking into DNS for domain {id} failed.", id=id_)

    def _looked(self, id_: str) -> None:
        self._looking.pop(id_, None)

    def _changed(self, id_: str) -> None:
        self._heard(id_)
        self._notices.notify(CHANNEL, id_)

    def _heard(self, payload: str) -> None:
        if not payload:
            self._found.forget()
            self._keys.forget()
            return
        self._found.forget(lambda found: found.id == payload)
        self._keys.forget()

    def _ask_domain(self, key: tuple[str, str]) -> Deferred[SendingDomain | None]:
        return self._database.transact(_sending, *key, self._policy.asks_dns)

    def _ask_keys(self, domain_id: str) -> Deferred[Sequence[SigningKey] | None]:
        return self._database.transact(_signing, domain_id, self._custody, self._policy.asks_dns)


def checked(new: NewDomain) -> NewDomain:
    """The same with its names as DNS has them. Raises `Refused` with the field's name."""
    name = _checked_name("name", new.name)
    path = new.custom_return_path.lower()
    if not _LABEL.fullmatch(path):
        raise Refused("Invalid `custom_return_path` field. It must be one label: letters, digits and hyphens.")
    tracking = new.tracking_subdomain
    if tracking is not None and not _LABEL.fullmatch(tracking.lower()):
        raise Refused("Invalid `tracking_subdomain` field. It must be one label: letters, digits and hyphens.")
    if not (new.sending or new.receiving):
        raise Refused("Invalid `capabilities` field. At least one capability must be enabled.")
    return evolve(
        new, name=name, custom_return_path=path, tracking_subdomain=None if tracking is None else tracking.lower()
    )


def added(tx: Tx, new: NewDomain, keys: Sequence[DkimKey], hostname: str) -> DomainState:
    """Adds a domain with these keys, in this transaction: for the command line, too. Raises `DomainTaken`."""
    if store.taken(tx, new.name, new.team_id) or not store.insert(tx, new, keys):
        raise DomainTaken.named(new.name)
    state = _state(tx, new.team_id, new.id, hostname)
    assert state is not None
    _tell(tx, DOMAIN_CREATED, state)
    return state


def _checked_name(field_: str, text: str) -> str:
    try:
        name = domain_name(text.strip().rstrip("."))
    except BadAddress as error:
        raise Refused(f"Invalid `{field_}` field. It must be a domain name such as example.com: {error}.") from error
    if "." not in name:
        raise Refused(f"Invalid `{field_}` field. It must be a domain name such as example.com.")
    if len(name) > _NAME_MOST:
        raise Refused(f"Invalid `{field_}` field. It must have at most {_NAME_MOST} characters.")
    return name


def _state(tx: Tx, team_id: str, id_: str, hostname: str) -> DomainState | None:
    domain = store.one(tx, team_id, id_)
    if domain is None:
        return None
    return DomainState(domain, records(domain, store.keys(tx, id_), hostname))


def _deleted(tx: Tx, team_id: str, id_: str, hostname: str) -> bool:
    state = _state(tx, team_id, id_, hostname)
    if state is None or not store.delete(tx, team_id, id_):
        return False
    _tell(tx, DOMAIN_DELETED, state)
    return True


def _noted(tx: Tx, state: DomainState, findings: Findings, hostname: str, now: float) -> None:
    """Writes what was found; a name that another team has verified first stays theirs."""
    domain = state.domain
    status = findings.status
    if status in ("verified", "partially_verified") and store.taken(tx, domain.name, domain.team_id):
        status = "failed"
    store.note_check(tx, domain.id, status, findings.checks, findings.seen, utc(now))
    if status == domain.status and findings.checks == domain.checks:
        return
    changed = _state(tx, domain.team_id, domain.id, hostname)
    if changed is not None:
        _tell(tx, DOMAIN_UPDATED, changed)


def _tell(tx: Tx, type_: str, state: DomainState) -> None:
    domain = state.domain
    event_log.append(
        tx, [Event(seq=0, id="", team_id=domain.team_id, type=type_, created_at=domain.created_at, data=told(state))]
    )


def told(state: DomainState) -> Mapping[str, Any]:
    """What an event says of a domain (reference 2.10)."""
    domain = state.domain
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
            for one in state.records
        ],
    }


def _sending(tx: Tx, team_id: str, name: str, asks_dns: bool) -> SendingDomain | None:
    domain = store.by_name(tx, team_id, name)
    if domain is None or not domain.sending:
        return None
    partly = domain.status == "partially_verified" and store.any_key_seen(tx, domain.id)
    if asks_dns and domain.status != "verified" and not partly:
        return None
    return SendingDomain(
        id=domain.id,
        team_id=domain.team_id,
        name=domain.name,
        status=domain.status,
        return_path=f"{domain.custom_return_path}.{domain.name}",
        sending=domain.sending,
    )


def _signing(tx: Tx, domain_id: str, custody: Custody, asks_dns: bool) -> Sequence[SigningKey]:
    name = store.name_of(tx, domain_id)
    if name is None:
        return ()
    return tuple(
        custody.signing(name, key) for key in store.keys(tx, domain_id) if key.seen_at is not None or not asks_dns
    )
