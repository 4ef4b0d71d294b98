"""Which part is given which: the house built from its configuration, with nothing of it running yet."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import define, evolve
from twisted.application.service import IService
from twisted.internet.defer import Deferred, gatherResults

from mailit import __version__, installed
from mailit.access.access import Access
from mailit.access.keys import Keys
from mailit.access.limits import Limits
from mailit.access.passwords import Passwords
from mailit.access.people import People
from mailit.access.post import Post, SetupDomains
from mailit.access.shared_limits import SharedLimits
from mailit.api.core import all_endpoints
from mailit.api.request_log import PURGE_EVERY, RequestLog
from mailit.api.server import Api
from mailit.api.signed import SignedLinks
from mailit.config import Config
from mailit.db.connection import Dsn
from mailit.db.group import Group
from mailit.db.listen import Listener
from mailit.db.pool import Pool
from mailit.db.retention import EVERY as RETENTION_EVERY
from mailit.db.retention import Retention
from mailit.delivery.carrier import SmtpCarrier
from mailit.delivery.mta_sts import StsCache
from mailit.delivery.outcomes import InDoubt
from mailit.delivery.paces import Paces
from mailit.delivery.providers import told as told_of
from mailit.delivery.quickest import quickest
from mailit.delivery.render import Renderer
from mailit.delivery.routes import routes_of
from mailit.delivery.session import Manners
from mailit.delivery.settings import MODES
from mailit.delivery.signing import SigningProcesses
from mailit.delivery.site_memory import SiteMemory
from mailit.delivery.sites import PooledSites
from mailit.delivery.threads import Threads
from mailit.delivery.tls_results import TlsResults
from mailit.delivery.trail import FORGETFUL, KeptTrails
from mailit.domains.custody import Custody
from mailit.domains.preflight import Preflight, Sender
from mailit.domains.sending import RECHECK_EVERY, Policy, SendingDomains
from mailit.errors import CannotStart
from mailit.host import Host
from mailit.ids import Ids
from mailit.interfaces import Carrier, Envelope, utc
from mailit.mail import verp
from mailit.net.answers import Answers
from mailit.net.guard import Guard
from mailit.net.http import HttpClient
from mailit.net.resolver import DnsResolver
from mailit.net.tls import ClientContexts
from mailit.plugin import (
    CarrierRule,
    Endpoint,
    Job,
    Mode,
    Plugin,
    PluginFacts,
    RenderStep,
    Screen,
    Stage,
    Subscriber,
)
from mailit.queue import claims, marks
from mailit.queue.abandoned import DeadHolders
from mailit.queue.admission import Admission
from mailit.queue.births import Births
from mailit.queue.claims import Claims
from mailit.queue.holder import Holder
from mailit.queue.log import EventLog, Subscribers
from mailit.queue.marks import Marks
from mailit.queue.retry import Schedule
from mailit.queue.wakeups import Wakeups
from mailit.store import reports
from mailit.store import trails as store_trails
from mailit.store.blobs import FileBlobs, Store, Sweep, TableBlobs
from mailit.submission import door, idempotency
from mailit.submission.door import Door, Expand
from mailit.submission.fetcher import Fetcher
from mailit.submission.idempotency import Idempotency
from mailit.submission.quotas import Quotas
from mailit.submission.scheduled import Scheduled

InThread = Callable[..., Any]
Ready = Callable[[], Awaitable[str | None]]

_SESSIONS_EVERY = 3600.0
_SWEEP_EVERY = 600.0
_TRAILS_EVERY = 600.0
_TRAILS_A_STEP = 5_000
_RENDER_THREADS = 2 * min(os.cpu_count() or 1, 4)  # half of them wait for the interpreter while the others sign

NEEDED_ROLES = ("api", "delivery", "jobs")
"""Roles without which an installation does half of what it promises; the others are enabled by their sections."""


@define(eq=False)
class House:
    """The parts that have a life, for the daemon to start and stop."""

    access: Access
    limits: Limits
    shared_limits: SharedLimits | None
    once: Idempotency
    quotas: Quotas
    people: People
    domains: SendingDomains
    holder: Holder
    claims: Claims
    admission: Admission
    dead: DeadHolders
    carrier: SmtpCarrier
    sites: PooledSites
    site_memory: SiteMemory
    trails: KeptTrails
    sts: StsCache
    tls_results: TlsResults
    threads: Threads
    signing: SigningProcesses
    log: EventLog
    subscribers: Subscribers
    wakeups: Wakeups
    requests: RequestLog
    api: Api
    services: Sequence[IService]
    jobs: Sequence[Job]
    retention: Retention | None
    groups: Sequence[Group[Any, Any]]
    accepted: Counter[str]

    def told(self) -> None:
        """Something may have been written to the log."""
        self.log.told()
        self.subscribers.run()

    async def stop_groups(self) -> None:
        """Writes what the groups still have."""
        await gatherResults([Deferred.fromCoroutine(group.stop()) for group in self.groups])


def mode_of(config: Config, plugins: Sequence[Plugin]) -> Mode:
    """How mail leaves. Raises `CannotStart` for a mode that neither the core nor an enabled plugin brings."""
    modes = {name: Mode(name) for name in MODES}
    modes.update((mode.name, mode) for plugin in plugins for mode in plugin.modes)
    name = config.smtp_outbound.mode
    if name not in modes:
        known = ", ".join(sorted(modes))
        raise CannotStart(f"smtp_outbound.mode: no enabled plugin brings the mode {name}; there are {known}")
    return modes[name]


def sender_of(config: Config) -> Sender:
    """Who sends, as receivers see it."""
    outbound = config.smtp_outbound
    addresses = tuple(source.address for source in outbound.sources)
    return Sender(outbound.hostname or "localhost", addresses, outbound.mode != "relay")


def house(
    config: Config,
    plugins: Sequence[Plugin],
    reactor: Any,
    dsn: Dsn,
    pool: Pool,
    keyed: Pool,
    listener: Listener,
    in_thread: InThread,
    ready: Ready,
    wrote: Callable[[], None],
) -> House:
    """Builds the house. Lists that plugins fill are filled last, because a plugin is given what takes them.

    `keyed` is the pool whose connections touch rows by key alone; `wrote()` is called after each accept and outcome.
    """
    outbound, mode, ids = config.smtp_outbound, mode_of(config, plugins), Ids()
    hostname = outbound.hostname or "localhost"
    resolver = DnsResolver(reactor, config.dns, in_thread)
    master = config.dkim.master_encryption_key or ""
    domains = SendingDomains(
        pool,
        listener,
        DnsResolver(reactor, config.dns, in_thread, answers=Answers(0)),
        Custody(master),
        Policy(config.hosts, config.dkim.selector, config.dkim.key_bits, mode.asks_dns, outbound.message_lifetime),
        ids,
        time.time,
        reactor.seconds,
        in_thread,
    )

    def return_path(envelope: Envelope) -> str:
        return sender(envelope.id, envelope.email.return_path)

    def sender(delivery_id: str, domain: str) -> str:
        return verp.return_path(verp.token(delivery_id, config.verp_secret), domain)

    # Delivery, from the envelope's bytes to the last word about it.
    steps: list[RenderStep] = []
    screens: list[Screen] = []
    rules: list[CarrierRule] = []
    threads = Threads(reactor, _RENDER_THREADS, "render")
    assert config.storage.path is not None
    stores: list[Any] = [TableBlobs(pool), FileBlobs(config.storage.path, in_thread)]
    if config.storage.kind == "filesystem":
        stores.reverse()
    blobs = Store(stores[0], stores[1:])
    signing = SigningProcesses(reactor, os.cpu_count() or 1, find=partial(quickest, reactor))
    renderer = Renderer(threads, domains, time.time, steps, _RENDER_THREADS, blobs, signing)
    log = EventLog(reactor, pool)
    holder = Holder(reactor, pool, ids, config.server.roles, lambda: queue.lost())
    mark_group, ending_group = marks.group(reactor, dsn), claims.endings(reactor, dsn)
    contexts = ClientContexts(in_thread)
    guard = Guard.allowing(config.security.allowed_networks)
    http = HttpClient(reactor, resolver, guard, contexts)
    sts = StsCache(
        reactor, time.time, resolver, http, pool, lambda domain, result, why: results.no_policy(domain, result, why)
    )
    results = TlsResults(reactor, time.time, pool, sts.known)
    ways = routes_of(outbound, hostname, reactor, resolver, guard, sts)
    trails = KeptTrails(reactor, pool, time.time, ids)
    paces = Paces(
        time.time,
        reactor.seconds,
        ours=told_of(outbound.sites),
        sources=outbound.sources,
        warm_up=outbound.warm_up,
    )
    carrier = SmtpCarrier(
        reactor,
        ways,
        renderer,
        return_path,
        contexts,
        Manners(
            hostname,
            Marks(mark_group, holder),
            InDoubt(outbound.in_doubt),
            trails=trails if outbound.transcripts else FORGETFUL,
            results=results,
        ),
        signed_only=True,
        paces=paces,
    )
    sites = PooledSites(reactor, time.time, carrier, ways.known)
    hearing: list[Subscriber] = []
    subscribers = Subscribers(pool, log, hearing)

    def told() -> None:
        log.told()
        subscribers.run()

    schedule = Schedule(outbound.retry_delays)
    admission = Admission(reactor, lambda: queue.in_hand, lambda: renderer.waiting)

    def settled() -> None:
        admission.settled()
        wrote()
        told()

    queue = Claims(reactor, keyed, time.time, holder, ending_group, schedule, rules, screens, settled)

    # Submission, the one door.
    def heard(lanes: Sequence[Any]) -> None:
        told()
        if delivers:
            queue.woke(lanes) if lanes else queue.look()

    delivers = "delivery" in config.server.roles
    wakeups = Wakeups(reactor, listener, ids(), queue.woke if delivers else lambda lanes: None, heard)

    counted: Counter[str] = Counter()

    def changed(lanes: Any) -> None:
        wakeups.accepted(lanes)
        wrote()
        told()

    def accepted(lanes: Any) -> None:
        counted["submissions"] += 1
        changed(lanes)

    quotas = Quotas(config.quota, pool, listener, time.time, reactor.seconds)
    expand: list[Expand] = []
    stages: list[Stage] = []
    accepts = door.group(reactor, dsn, screens)
    submission = Door(
        accepts,
        domains,
        time.time,
        ids,
        outbound.message_lifetime,
        accepted,
        expand,
        stages,
        blobs,
        Fetcher(http.get),
        Births(queue, holder, admission) if delivers else None,
        quotas,
    )

    async def report(delivery_id: str, state: str, data: Mapping[str, Any] | None) -> bool:
        reported: bool = await pool.transact(reports.report, delivery_id, state, data)
        if reported:
            told()
        return reported

    key_group = idempotency.group(reactor, dsn)
    once = Idempotency(key_group, pool)

    # Access, the API, and what plugins bring to each.
    auth = config.auth
    access = Access(pool, listener, reactor, time.time, auth.jwt_secret or "", auth.api_key_prefix)
    host = Host(
        reactor=reactor,
        clock=time.time,
        ids=ids,
        database=pool,
        notices=listener,
        submission=submission,
        render=renderer,
        return_path=return_path,
        resolver=resolver,
        run_in_thread=in_thread,
        mode=mode.name,
        base_url=config.server.url,
        report=report,
    )
    routes: list[Endpoint] = []
    services: list[IService] = []

    async def forget_transcripts() -> None:
        before = utc(time.time() - outbound.transcripts)
        while await pool.transact(store_trails.purge, before, _TRAILS_A_STEP) == _TRAILS_A_STEP:
            pass

    jobs = [Job("transcripts", _TRAILS_EVERY, forget_transcripts)]
    jobs += [Job("domains", RECHECK_EVERY, domains.recheck), Job("sessions", _SESSIONS_EVERY, access.purge)]
    jobs.append(Job("blobs", _SWEEP_EVERY, Sweep(pool, stores, time.time).run))
    jobs.append(Job("idempotency keys", idempotency.SWEEP_EVERY, once.sweep))
    requests = RequestLog(reactor, pool, time.time, ids, config.server.log_bodies)
    logs_kept = config.server.log_retention
    jobs.append(Job("requests", PURGE_EVERY, lambda: requests.purge(time.time() - logs_kept)))
    kept = config.database.mail_retention
    retention = None if kept is None else Retention(dsn, kept, time.time, in_thread)
    if retention is not None:
        jobs.append(Job("retention", RETENTION_EVERY, retention.run))
    facts: list[PluginFacts] = []
    last: Carrier = carrier
    for plugin in plugins:
        its = evolve(host, settings=config.plugin_settings.get(plugin.name))
        lists: dict[str, tuple[list[Any], Sequence[Any]]] = {
            "expand": (expand, plugin.expand(its)),
            "stages": (stages, plugin.stages(its)),
            "screens": (screens, plugin.screens(its)),
            "render": (steps, plugin.render(its)),
            "carriers": (rules, plugin.carriers(its)),
            "routes": (routes, its_routes := plugin.routes(its)),
            "services": (services, plugin.services(its)),
            "jobs": (jobs, plugin.jobs(its)),
            "subscribers": (hearing, plugin.subscribers(its)),
        }
        for whole, brought in lists.values():
            whole += brought
        adds = {name: brought for name, (_, brought) in lists.items()}
        facts.append(installed.facts(plugin, adds, its_routes, its.settings))
        if mode in plugin.modes and mode.carrier is not None:
            last = mode.carrier(its)
    rules.append(CarrierRule(lambda domain: True, lambda envelope: True, last))
    keys = Keys(pool, access, ids, auth.api_key_prefix)
    passwords = Passwords(in_thread)
    lent = SetupDomains(pool, domains)
    # System mail has a door of its own, past whatever plugins do to mail: nothing may touch a link in it.
    own_door = Door(accepts, lent, time.time, ids, outbound.message_lifetime, accepted)
    people = People.of(
        database=pool,
        passwords=passwords,
        access=access,
        post=Post(pool, lent, own_door, config.server.system_from, shown=not mode.asks_dns),
        draw=ids,
        clock=time.time,
        secret=auth.jwt_secret or "",
        master=master,
        dashboard_url=config.server.dashboard_url,
        registration=auth.registration,
    )
    limits = Limits(config.rate_limit, reactor.seconds)
    served = all_endpoints(
        reactor=reactor,
        run_in_thread=in_thread,
        database=pool,
        submission=submission,
        idempotency=once,
        scheduled=Scheduled(pool, time.time, changed),
        quotas=quotas,
        limits=limits,
        feed=log,
        render=renderer,
        domains=domains,
        keys=keys,
        people=people,
        ready=ready,
        mode=mode.name,
        version=__version__,
        hostname=hostname,
        base_url=config.server.url,
        preflight=Preflight(sender_of(config), resolver if mode.asks_dns else None, time.time, in_thread),
        links=SignedLinks(auth.jwt_secret or "", config.server.url, time.time),
        blobs=blobs,
        sites=sites if delivers else None,
        sender=sender,
        plugins=[*facts, *installed.disabled(config.plugins.disabled)],
        others=routes,
    )
    shared = None if config.redis.url is None else SharedLimits(limits, reactor, config.redis.url)
    api = Api(
        served,
        access,
        shared or limits,
        reactor,
        time.time,
        in_thread,
        config.server.cors_origins,
        requests=requests if logs_kept else None,
        trusted_proxies=config.server.trusted_proxies,
        used=quotas.used,
    )
    return House(
        access=access,
        limits=limits,
        shared_limits=shared,
        once=once,
        quotas=quotas,
        people=people,
        domains=domains,
        holder=holder,
        claims=queue,
        admission=admission,
        dead=DeadHolders(pool, outbound.in_doubt, outbound.retry_delays),
        carrier=carrier,
        sites=sites,
        site_memory=SiteMemory(reactor, paces, pool, lambda: holder.id),
        trails=trails,
        sts=sts,
        tls_results=results,
        threads=threads,
        signing=signing,
        log=log,
        subscribers=subscribers,
        wakeups=wakeups,
        requests=requests,
        api=api,
        services=services,
        jobs=jobs,
        retention=retention,
        groups=(accepts, key_group, mark_group, ending_group),
        accepted=counted,
    )
