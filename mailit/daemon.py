"""The composition root: a configuration becomes parts that start in order, and stop in the reverse one."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import define, field
from twisted.application.service import IService, Service
from twisted.internet.defer import CancelledError, Deferred, DeferredList, TimeoutError
from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from mailit import __version__, exit, secrets, wiring
from mailit.api import metrics
from mailit.api.metrics import Metric, Samples
from mailit.config import Config
from mailit.db import partitions
from mailit.db.connection import KEYED, Dsn
from mailit.db.embedded import EmbeddedServer
from mailit.db.listen import Listener
from mailit.db.migrations import Migrations
from mailit.db.pool import Pool
from mailit.db.writeback import Files, WriteBack
from mailit.domains.custody import Custody, what_is_shut
from mailit.errors import CannotStart, Unavailable
from mailit.plugin import Job, Plugin
from mailit.queue.jobs import Jobs
from mailit.settings import Address
from mailit.store import domains, holders, queue
from mailit.wiring import House

_LOOK_EVERY = 5.0
_PARTITIONS_EVERY = 60.0  # the event log may take a partition in minutes
_ANSWER_WITHIN = 2.0  # seconds, for whoever asks whether we are ready
_SILENT = f"The database has not answered for {_ANSWER_WITHIN:g} seconds."
_LAST_RESORT = 5.0  # seconds beyond all that: whatever hangs then hangs for ever
_WRITING_OUTCOMES = 2.0  # seconds beyond the shutdown's timeout, for what came of the last sessions


def make_service(config: Config, plugins: Sequence[Plugin], reactor: Any = None) -> IService:
    """The daemon as a service; nothing runs before it is started. `plugins` come each after all that it requires."""
    if reactor is None:
        from twisted.internet import reactor
    return Daemon(config, plugins, reactor)


@define(eq=False, slots=False)
class Daemon(Service):
    """Starts part by part; what has started is stopped in the reverse order, also where a later part fails."""

    _config: Config
    _plugins: Sequence[Plugin]
    _reactor: Any
    _log: Logger = field(factory=Logger, init=False)
    _started: list[tuple[str, Callable[[], Awaitable[None]]]] = field(factory=list, init=False)
    _starting: Deferred[None] | None = field(default=None, init=False)
    _lonely: set[str] = field(factory=set, init=False)
    _probing: bool = field(default=False, init=False)
    _files: Files | None = field(default=None, init=False)  # of a PostgreSQL of our own
    ready: bool = field(default=False, init=False)

    def startService(self) -> None:
        """Begins to start (Twisted calls this). What keeps it from starting ends the process, with one line."""
        super().startService()
        self._starting = Deferred.fromCoroutine(self._start_or_end())

    def stopService(self) -> Deferred[None]:
        """Stops what has started (Twisted calls this)."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _start_or_end(self) -> None:
        try:
            await self._start()
        except CancelledError:
            pass  # told to stop while it was starting
        except Unavailable as error:
            cause = " ".join(str(error.__cause__ or error).split())
            exit.fail(self._reactor, CannotStart(f"the database does not answer: {cause}"))
        except Exception as error:
            exit.fail(self._reactor, error)

    async def _start(self) -> None:
        config = self._config = await self._in_thread(secrets.complete, self._config)
        dsn = await self._database()
        pool = Pool(self._reactor, dsn)
        pool.start()
        self._began("database connections", pool.stop)
        keyed = Pool(self._reactor, dsn, 2, "mailit keyed", KEYED)
        keyed.start()
        self._began("keyed database connections", keyed.stop)
        await self._tables(pool, dsn)
        if shut := await pool.transact(Custody(config.dkim.master_encryption_key or "").shut_out):
            self._log.critical("dkim.master_encryption_key: {sentence}", sentence=what_is_shut(shut))
        listener = Listener(self._reactor, dsn)
        listener.start()
        self._began("notices", listener.stop)
        wrote: Callable[[], None] = _nothing
        if self._files is not None:
            write_back = WriteBack(self._reactor, self._in_thread, self._files.write)
            self._began("writing back", _now(write_back.stop))
            wrote = write_back.wrote
        house = wiring.house(
            config,
            self._plugins,
            self._reactor,
            dsn,
            pool,
            keyed,
            listener,
            self._in_thread,
            lambda: self._unready(pool),
            wrote,
        )
        self._began("groups", house.stop_groups)
        house.threads.start()
        self._began("rendering", _now(house.threads.stop))
        self._began("signing", house.signing.stop)
        house.access.start()
        self._began("access", house.access.stop)
        if house.shared_limits is not None:
            house.shared_limits.start()
            self._began("shared rate limits", house.shared_limits.stop)
        house.domains.start()
        self._began("domains", house.domains.stop)
        await house.quotas.start()
        roles = config.server.roles
        if roles:
            await house.holder.start()
            self._began("holder", house.holder.stop)
        house.wakeups.start()
        self._began("wake-ups", _now(house.wakeups.stop))
        if "jobs" in roles:
            await self._start_jobs(house, pool)
        if "delivery" in roles:
            await house.dead.settle()
            await house.sts.load()
            house.tls_results.start()
            self._began("TLS results", house.tls_results.stop)
            await house.site_memory.start()
            self._began("what was learned of sites", house.site_memory.stop)
            house.claims.start()
            self._began("delivery", lambda: self._drain(house))
        look = LoopingCall(self._look, house, pool)
        look.clock = self._reactor
        look.start(_LOOK_EVERY, now=True)
        self._began("looking", _now(look.stop))
        self._expose(house, pool)
        if "api" in roles:
            self._began("links", house.people.recovery.stop)
            self._began("the log of requests", house.requests.stop)
            self._began("requests", house.api.stop)
            self._listen("server.http_addr", config.server.http_addr, house.api.site)
        _settle_down()
        self.ready = True
        self._log.info(
            "MailIt {version} runs: {roles}, mode {mode}",
            version=__version__,
            roles=", ".join(roles),
            mode=config.smtp_outbound.mode,
        )

    async def _stop(self) -> None:
        self.ready = False
        patience = self._config.server.shutdown_timeout + _WRITING_OUTCOMES + _LAST_RESORT
        call_off = exit.by(patience, f"the stop took longer than {patience:g} seconds, and was cut off")
        if self._starting is not None and not self._starting.called:
            self._starting.cancel()
        while self._started:
            name, stop = self._started.pop()
            try:
                await stop()
            except Unavailable:
                self._log.warn("{name}: stopped without the database", name=name)
            except Exception:
                self._log.failure("{name} did not stop in good order", name=name)
        call_off()

    def _began(self, name: str, stop: Callable[[], Awaitable[None]]) -> None:
        self._started.append((name, stop))

    def _in_thread(self, function: Callable[..., Any], *args: Any) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function, *args)

    async def _database(self) -> Dsn:
        settings = self._config.database
        if settings.outside:
            assert settings.dsn is not None
            return settings.dsn
        assert settings.embedded_dir is not None
        server = EmbeddedServer(settings.embedded_dir)

        async def stop() -> None:
            await self._in_thread(server.stop)

        self._began("PostgreSQL", stop)
        await self._in_thread(server.start)
        self._files = Files(server.data)
        return server.ensure

    async def _tables(self, pool: Pool, dsn: Dsn) -> None:
        """Brings the tables up to date, or refuses; and makes partitions for the weeks ahead."""
        await pool.transact(lambda tx: tx.rows("SELECT 1"))
        migrations = Migrations.of(self._plugins)
        await self._in_thread(migrations.make_current, dsn, self._config.database.auto_migrate)
        await pool.transact(partitions.ensure, time.time())

    async def _unready(self, pool: Pool) -> str | None:
        """Why no request is welcome now, or None."""
        if not self.ready:
            return "MailIt is starting or stopping."
        if self._probing:  # one that is not answered keeps a thread; a second would keep another
            return _SILENT
        waiter: Deferred[Any] = Deferred()

        def probed(result: Any) -> None:
            self._probing = False
            if not waiter.called:
                waiter.callback(result)

        self._probing = True
        pool.transact(lambda tx: tx.rows("SELECT 1")).addBoth(probed)
        try:
            await waiter.addTimeout(_ANSWER_WITHIN, self._reactor)
        except Unavailable:
            return "The database is away."
        except TimeoutError:
            return _SILENT
        return None

    async def _start_jobs(self, house: House, pool: Pool) -> None:
        await house.subscribers.start()
        self._began("subscribers", house.subscribers.stop)
        for service in house.services:
            service.startService()
            self._began(service.name or type(service).__name__, _service_stop(service))

        async def make_partitions() -> None:
            await pool.transact(partitions.ensure, time.time())

        jobs = Jobs(self._reactor, pool, [Job("partitions", _PARTITIONS_EVERY, make_partitions), *house.jobs])
        jobs.start()
        self._began("jobs", jobs.stop)

    async def _drain(self, house: House) -> None:
        """Lets the attempts in flight end, for as long as a shutdown may take; after that they are in doubt."""
        timeout = self._config.server.shutdown_timeout
        give_up: Deferred[None] = Deferred()
        timer = self._reactor.callLater(timeout + _WRITING_OUTCOMES, give_up.callback, None)
        drained = Deferred.fromCoroutine(house.claims.drain(give_up))
        await DeferredList([Deferred.fromCoroutine(house.carrier.stop(timeout)), drained], consumeErrors=True)
        if timer.active():
            timer.cancel()
        await house.trails.stop()

    def _listen(self, key: str, address: Address, site: Any) -> None:
        try:
            port = self._reactor.listenTCP(address.port, site, interface=address.host, backlog=511)
        except CannotListenError as error:
            raise CannotStart(f"{key}: {address} can't be listened on: {error.socketError}") from error

        async def stop() -> None:
            await port.stopListening()

        self._began(key, stop)

    def _expose(self, house: House, pool: Pool) -> None:
        try:
            site = self._metrics(house, pool)
            self._listen("observability.prometheus_addr", self._config.observability.prometheus_addr, site)
        except CannotStart as error:  # no mail depends on it, and two daemons of one machine have one default
            self._log.warn("{line}; there are no metrics", line=error.message)

    def _metrics(self, house: House, pool: Pool) -> Any:
        queued: dict[str, int] = {}
        added: dict[str, int] = {}

        async def refresh() -> None:
            try:
                queued.update(await pool.transact(queue.totals))
                counted = await pool.transact(domains.counts)
            except Unavailable:
                queued.clear()
                counted = {}
            added.clear()
            added.update(counted)

        return metrics.site(
            [
                Metric(
                    "mailit_submissions_total",
                    "counter",
                    "Submissions accepted by this process.",
                    lambda: {(): house.accepted["submissions"]},
                ),
                Metric(
                    "mailit_idempotent_replays_total",
                    "counter",
                    "Requests that were answered by what their idempotency key was answered with before.",
                    lambda: {(): house.once.replayed["requests"]},
                ),
                Metric(
                    "mailit_rate_limited_total",
                    "counter",
                    "Requests that were over their rate limit, by kind.",
                    lambda: _labelled("kind", house.limits.refused),
                ),
                Metric(
                    "mailit_request_logs_dropped_total",
                    "counter",
                    "Requests that found no room, or no database, to be logged in.",
                    lambda: {(): house.requests.dropped},
                ),
                Metric(
                    "mailit_attempts_total",
                    "counter",
                    "Attempts of this process, by what they ended in.",
                    lambda: _labelled("state", house.claims.ended),
                ),
                Metric(
                    "mailit_transcripts_dropped_total",
                    "counter",
                    "Attempts whose transcript could not be written.",
                    lambda: {(): house.trails.dropped},
                ),
                Metric(
                    "mailit_partitions_dropped_total",
                    "counter",
                    "Partitions that this process dropped, for what is in them was older than it is kept for.",
                    lambda: {(): 0 if house.retention is None else house.retention.dropped},
                ),
                Metric(
                    "mailit_envelopes",
                    "gauge",
                    "Envelopes in the spool, by what they wait for.",
                    lambda: _labelled("state", queued),
                ),
                Metric(
                    "mailit_domains",
                    "gauge",
                    "Sending domains, by their status.",
                    lambda: _labelled("status", added),
                ),
                Metric(
                    "mailit_sites",
                    "gauge",
                    "Sites that this process sends to, by what holds their mail.",
                    lambda: _labelled("hold", house.sites.counts()),
                ),
                Metric(
                    "mailit_in_hand",
                    "gauge",
                    "Envelopes that this process has claimed.",
                    lambda: {(): house.claims.in_hand},
                ),
                Metric(
                    "mailit_accepts_waiting",
                    "gauge",
                    "Accepts that let deliveries go first, for want of processor.",
                    lambda: {(): house.admission.waiting},
                ),
                Metric(
                    "mailit_event_log_held_back",
                    "gauge",
                    "1 while an open transaction holds the event log back.",
                    lambda: {(): house.log.held_back},
                ),
                Metric(
                    "mailit_role_missing",
                    "gauge",
                    "1 for each role that no living process has.",
                    lambda: _labelled("role", {role: role in self._lonely for role in wiring.NEEDED_ROLES}),
                ),
            ],
            refresh,
        )

    def _look(self, house: House, pool: Pool) -> Deferred[None]:
        """What is looked at by itself every five seconds, because a notice is only a hint."""
        return Deferred.fromCoroutine(self._looked(house, pool))

    async def _looked(self, house: House, pool: Pool) -> None:
        house.told()
        try:
            if "delivery" in self._config.server.roles:
                await house.site_memory.look()  # here, and by no timer of its own: an idle system wakes seldom
                await house.dead.settle()
            living = await pool.transact(holders.living_roles)
        except Unavailable:
            return
        except Exception:
            self._log.failure("The look at dead holders failed")
            return
        missing = set(wiring.NEEDED_ROLES) - living
        for role in sorted(missing - self._lonely):
            self._log.warn("No living process has the role {role}", role=role)
        self._lonely = missing


def _settle_down() -> None:
    """Tells the collector of garbage that what is there now stays: full collections over it took up to 100 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def _nothing() -> None:
    pass


def _now(stop: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    async def stopped() -> None:
        stop()

    return stopped


def _service_stop(service: IService) -> Callable[[], Awaitable[None]]:
    async def stopped() -> None:
        result = service.stopService()
        if isinstance(result, Deferred):
            await result

    return stopped


def _labelled(name: str, values: Mapping[str, float]) -> Samples:
    return {((name, label),): value for label, value in values.items()}
