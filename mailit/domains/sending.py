"""Sending domains: added with their keys, verified by DNS, found at every accept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import define, evolve, field, frozen
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.logger import Logger

from mailit.domains import claiming, rotation
from mailit.domains.asked import Changes, DomainTaken, checked
from mailit.domains.claiming import Claimed
from mailit.domains.custody import Custody
from mailit.domains.diagnosis import Lookups
from mailit.domains.noting import Circumstances, edited, noted, rotated
from mailit.domains.records import Hosts
from mailit.domains.state import DomainState, added, deleted, state
from mailit.domains.verification import look
from mailit.errors import NotFound, Unavailable
from mailit.interfaces import Clock, Database, Notices, Page, SendingDomain, SigningKey, Tx, utc
from mailit.net.resolver import NoAnswer, NoSuchName
from mailit.store import dkim_keys, domain_claims
from mailit.store import domains as store
from mailit.store.dkim_keys import PUBLISHING
from mailit.store.domain_claims import Claim
from mailit.store.domains import VERIFIED, Domain, NewDomain
from mailit.store.remembered import Remembered

CHANNEL = "mailit_domains"
RECHECK_EVERY = 60.0
"""Seconds between looks for domains whose time has come; the periodic job that calls `recheck` runs as often."""

_AGAIN = timedelta(minutes=5)
_AT_ONCE = 10
_ROUNDS = 20
_MISSING = "Domain not found"


@frozen
class Policy:
    """How this installation's domains are: `hosts` send, receive and serve links.

    `asks_dns` False: every domain that a team has added may send, and every key signs. `queue_life` is how long mail
    may wait to be delivered, in seconds.
    """

    hosts: Hosts
    selector: str = "mailit"
    key_bits: int = 2048
    asks_dns: bool = True
    queue_life: float = 172_800.0


@define(eq=False)
class SendingDomains:
    """Implements `mailit.interfaces.Domains` and `Signers`. `run_in_thread(f, *args)` gives a Deferred.

    `lookups` keep nothing of what DNS said: whoever mends a zone and asks again must not be told the old answer.
    """

    _database: Database
    _notices: Notices
    _lookups: Lookups
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

    @property
    def asks_dns(self) -> bool:
        """Whether a key must have been seen in DNS to sign."""
        return self._policy.asks_dns

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
        made: DomainState = await self._database.transact(added, new, await self._fresh(new.id), self._policy.hosts)
        self._changed(new.id)
        return made

    async def page(self, team_id: str, page: Page | None) -> tuple[list[Domain], bool]:
        """A team's domains, newest first, and whether there are more."""
        return await self._database.transact(store.page, team_id, page)

    async def get(self, team_id: str, id_: str) -> DomainState:
        """One domain. Raises `NotFound`."""
        return _there(await self._database.transact(state, team_id, id_, self._policy.hosts))

    async def update(self, team_id: str, id_: str, changes: Changes) -> DomainState:
        """Changes a domain; what it then lacks in DNS is looked for soon. Raises `NotFound`, `Refused`."""
        after = _there(await self._database.transact(edited, team_id, id_, changes, self._circumstances()))
        self._changed(id_)
        return after

    async def delete(self, team_id: str, id_: str) -> None:
        """Deletes a domain with its keys; mail from it that is still to leave will fail. Raises `NotFound`."""
        if not await self._database.transact(_deleted, team_id, id_, self._policy.hosts):
            raise NotFound(_MISSING)
        self._changed(id_)

    async def verify(self, team_id: str, id_: str) -> None:
        """Begins to look into DNS, and does not wait for what it says. Raises `NotFound`."""
        now = self._now()
        if not await self._database.transact(store.ask, team_id, id_, now, now + _AGAIN):
            raise NotFound(_MISSING)
        self._begin(id_, self._look(team_id, id_, sure=True))

    async def rotate(self, team_id: str, id_: str) -> DomainState:
        """Makes new keys to be published; each takes over from the old one once DNS has it. Raises `NotFound`.

        Where new keys wait to be published already, nothing is made, and they are what it gives.
        """
        before = await self.get(team_id, id_)
        if rotation.under_way(before.keys):
            return before
        generation = max((key.generation for key in before.keys), default=0) + 1
        fresh = await self._fresh(id_, PUBLISHING, generation)
        after = _there(await self._database.transact(rotated, team_id, id_, fresh, self._circumstances()))
        self._changed(id_)
        return after

    async def claim(self, new: NewDomain) -> Claimed:
        """Claims a name that another team has verified. Raises `Refused` where there is nothing to claim."""
        new = evolve(checked(new), id=self._draw())
        keys = await self._fresh(new.id)
        claimed: Claimed = await self._database.transact(
            claiming.opened, new, keys, self._policy.hosts, self._draw, self._now()
        )
        return claimed

    async def claimed(self, team_id: str, id_: str) -> Claim:
        """The latest claim that a domain stands for. Raises `NotFound`."""
        return await self._database.transact(claiming.current, team_id, id_, self._now())

    async def verify_claim(self, team_id: str, id_: str) -> Claim:
        """Begins to look for the claim's record, and does not wait for what DNS says. Raises `NotFound`."""
        claim = await self._database.transact(claiming.asked, team_id, id_, self._now())
        if claim.open:
            self._begin(claim.id, self._settle(team_id, id_))
        return claim

    async def recheck(self) -> None:
        """Looks at domains and claims whose time has come; a periodic job."""
        for taken, work in (
            (store.take_due, lambda team, id_: self._look(team, id_, sure=False)),
            (domain_claims.take_due, self._settle),
        ):
            await self._in_turn(taken, work)

    async def _in_turn(self, taken: Callable[..., Any], work: Callable[[str, str], Any]) -> None:
        """Some at once and the rest after them: one zone whose servers are silent must not keep the others waiting."""
        for _ in range(_ROUNDS):
            now = self._now()
            due = await self._database.transact(taken, now, now + _AGAIN, _AT_ONCE)
            await gatherResults([Deferred.fromCoroutine(work(team_id, id_)) for team_id, id_ in due])
            if len(due) < _AT_ONCE:
                return

    async def _look(self, team_id: str, id_: str, sure: bool) -> None:
        async def looked() -> None:
            before = await self.get(team_id, id_)
            findings = await look(self._lookups, before.domain, before.records, self._now(), sure)
            work = (noted, before, findings, self._circumstances())
            try:
                await self._database.transact(*work)
            except Exception as error:
                if not store.is_taken_error(error):
                    raise
                # Another team was faster by a hair; the second time that is seen.
                await self._database.transact(*work)
            self._changed(id_)

        await self._guarded(looked(), id_)

    async def _settle(self, team_id: str, id_: str) -> None:
        async def settled() -> None:
            claim = await self.claimed(team_id, id_)
            if claim.open:
                try:
                    proved = claiming.proves(claim, await self._lookups.txt(claim.name))
                except (NoSuchName, NoAnswer):
                    proved = False
                work = (claiming.settled, claim, proved, self._policy.hosts, self._now())
                for lost in await self._database.transact(*work):
                    self._changed(lost)

        await self._guarded(settled(), id_)

    async def _guarded(self, work: Awaitable[None], id_: str) -> None:
        try:
            await work
        except (NotFound, Unavailable, CancelledError):
            pass  # deleted meanwhile, or looked at again by the periodic job
        except Exception:
            self._log.failure("Looking into DNS for domain {id} failed.", id=id_)

    def _begin(self, key: str, work: Any) -> None:
        """Lets a look go on by itself; one of the same at a time."""
        if key in self._looking:
            work.close()
            return
        looking = self._looking[key] = Deferred.fromCoroutine(work)
        looking.addBoth(lambda _: self._looked(key))

    def _looked(self, key: str) -> None:
        self._looking.pop(key, None)

    async def _fresh(self, id_: str, state: str = dkim_keys.SIGNING, generation: int = 1) -> Any:
        policy = self._policy
        selector = rotation.selector(policy.selector, generation)
        return await self._run_in_thread(
            self._custody.made, self._draw, id_, selector, policy.key_bits, state, generation
        )

    def _circumstances(self) -> Circumstances:
        policy = self._policy
        return Circumstances.at(self._now(), policy.hosts, policy.queue_life, policy.asks_dns)

    def _now(self) -> datetime:
        return utc(self._clock())

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


def _there(found: DomainState | None) -> DomainState:
    if found is None:
        raise NotFound(_MISSING)
    return found


def _deleted(tx: Tx, team_id: str, id_: str, hosts: Hosts) -> bool:
    domain_claims.cancel(tx, id_)
    return deleted(tx, team_id, id_, hosts)


def _sending(tx: Tx, team_id: str, name: str, asks_dns: bool) -> SendingDomain | None:
    domain = store.by_name(tx, team_id, name)
    if domain is None or not domain.sending:
        return None
    if asks_dns and domain.status not in VERIFIED:
        return None
    return SendingDomain(
        id=domain.id,
        team_id=domain.team_id,
        name=domain.name,
        status=domain.status,
        return_path=f"{domain.custom_return_path}.{domain.name}",
        sending=domain.sending,
        verified_tls=domain.tls == "enforced",
    )


def _signing(tx: Tx, domain_id: str, custody: Custody, asks_dns: bool) -> Sequence[SigningKey]:
    name = store.name_of(tx, domain_id)
    if name is None:
        return ()
    keys = rotation.signers(dkim_keys.of_domain(tx, domain_id), asks_dns)
    return tuple(custody.signing(name, key) for key in keys)
