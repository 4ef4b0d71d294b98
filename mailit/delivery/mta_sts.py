"""Which domains have an MTA-STS policy: discovered by DNS, fetched over verified HTTPS, kept in the database.

A policy that was fetched holds for its `max_age`, whatever becomes of the record and of the document meanwhile: that is
what keeps somebody who can block both from undoing it (RFC 8461 §10.2).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.errors import Unavailable
from mailit.interfaces import Clock, Database, Resolver
from mailit.mail import sts
from mailit.mail.sts import BadPolicy, Mode, StsPolicy
from mailit.net.http import HttpClient, Unfetched
from mailit.net.resolver import NoAnswer, NoSuchName
from mailit.net.shared import Shared
from mailit.store import mta_sts as store
from mailit.store.mta_sts import KeptPolicy

PATIENCE = 20.0
"""So many seconds a fetch may take; mail waits for the first one of a domain."""

AGAIN = 300.0
"""A fetch that failed is not tried again for so many seconds (RFC 8461 §3.3)."""

REFRESH = 86_400.0
"""A policy of this age, in seconds, is fetched anew, though its id is the same, with nobody waiting."""

FETCH_ERROR = "sts-policy-fetch-error"
INVALID_POLICY = "sts-policy-invalid"
WEBPKI_INVALID = "sts-webpki-invalid"
"""Why there is no policy, in the words of RFC 8460 §4.3.2.2."""

Note = Callable[[str, str, str], None]
"""Told of a domain, a result type, and a sentence."""


@frozen
class _Known:
    policy: StsPolicy
    kept: KeptPolicy


@define(eq=False)
class StsCache:
    """Implements `exchangers.StsPolicies`. `clock` gives POSIX seconds; `port` is that of every policy host."""

    _reactor: Any
    _clock: Clock
    _resolver: Resolver
    _http: HttpClient
    _database: Database
    _note: Note = lambda domain, result, reason: None
    _port: int = 443
    _most: int = 50_000
    _known: dict[str, _Known] = field(factory=dict, init=False)
    _failed: dict[str, tuple[float, str]] = field(factory=dict, init=False)  # by domain: POSIX seconds, and why
    _looking: dict[str, Shared[StsPolicy | None]] = field(factory=dict, init=False)
    _fetching: dict[str, Shared[None]] = field(factory=dict, init=False)
    _log: Logger = field(factory=Logger, init=False)

    async def load(self) -> None:
        """Takes up what the database has. Raises `Unavailable`."""
        for kept in await self._database.transact(store.living, self._clock(), self._most):
            try:
                self._known[kept.domain] = _Known(sts.parse(kept.body.encode()), kept)
            except BadPolicy:  # by the rules of today
                continue

    def known(self, domain: str) -> StsPolicy | None:
        """The policy that was last found to hold for the domain, if it still does; of mode `none`, too."""
        known = self._known.get(domain)
        return None if known is None or known.kept.expires_at <= self._clock() else known.policy

    def problem(self, domain: str) -> str:
        """Why the domain's policy could not be had when it was last tried, or ""."""
        return self._failed.get(domain, (0.0, ""))[1]

    def find(self, domain: str) -> Deferred[StsPolicy | None]:
        """See `exchangers.StsPolicies`."""
        looking = self._looking.get(domain)
        if looking is None:
            looking = self._looking[domain] = Shared()
            looking.share(Deferred.fromCoroutine(self._find(domain)).addBoth(self._found, domain))
        return looking.wait()

    def _found(self, result: Any, domain: str) -> StsPolicy | None:
        del self._looking[domain]
        if not isinstance(result, StsPolicy | None):
            self._log.failure("The MTA-STS policy of {domain} was not found", result, domain=domain)
            result = self.known(domain)
        return None if result is None or result.mode is Mode.NONE else result

    async def _find(self, domain: str) -> StsPolicy | None:
        try:
            id_ = sts.id_of(await self._resolver.txt(f"_mta-sts.{domain}"))
        except (NoSuchName, NoAnswer):
            id_ = None
        if id_ is not None:
            now = self._clock()
            known = self._known.get(domain)
            if known is None or known.kept.expires_at <= now or known.kept.id != id_:
                await self._fetch(domain, id_)
            elif known.kept.fetched_at < now - REFRESH:
                self._fetch(domain, id_)
        return self.known(domain)

    def _fetch(self, domain: str, id_: str) -> Deferred[None]:
        fetching = self._fetching.get(domain)
        if fetching is None:
            fetching = self._fetching[domain] = Shared()
            fetching.share(Deferred.fromCoroutine(self._fetched(domain, id_)).addBoth(self._ended, domain))
        return fetching.wait()

    def _ended(self, result: Any, domain: str) -> None:
        del self._fetching[domain]
        if result is not None:
            self._log.failure("The MTA-STS policy of {domain} was not fetched", result, domain=domain)

    async def _fetched(self, domain: str, id_: str) -> None:
        now = self._clock()
        if self._failed.get(domain, (0.0, ""))[0] > now - AGAIN:
            return
        port = "" if self._port == 443 else f":{self._port}"
        try:
            url = f"https://mta-sts.{domain}{port}/.well-known/mta-sts.txt"
            fetched = await self._http.get(url, PATIENCE, sts.MOST_BYTES)
            if fetched.type != "text/plain":
                raise BadPolicy("it is not text/plain")
            policy = sts.parse(fetched.body)
        except Unfetched as error:
            self._fail(domain, WEBPKI_INVALID if error.tls else FETCH_ERROR, error.message)
            return
        except BadPolicy as error:
            self._fail(domain, INVALID_POLICY, f"The MTA-STS policy of {domain} is none: {error}.")
            return
        self._failed.pop(domain, None)
        kept = KeptPolicy(domain, id_, policy.text, now, now + policy.max_age)
        self._known.pop(domain, None)
        self._known[domain] = _Known(policy, kept)
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        with suppress(Unavailable):  # it holds in this process, and is fetched again by the next
            await self._database.transact(store.keep, kept)

    def _fail(self, domain: str, result: str, reason: str) -> None:
        self._failed[domain] = self._clock(), reason
        if len(self._failed) > self._most:
            del self._failed[next(iter(self._failed))]
        self._note(domain, result, reason)
        self._log.info("No MTA-STS policy of {domain}: {reason}", domain=domain, reason=reason)
