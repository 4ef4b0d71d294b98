"""What `mailit doctor` looks at, each look apart: a finding is a fact, and what to do where it is no good one."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path

import dns.exception
import dns.resolver
import dns.reversename
from attrs import frozen

from mailit import secrets, wiring
from mailit.cli import lookups, ports
from mailit.cli.domain import looked
from mailit.cli.opened import Database, Told, database
from mailit.cli.tables import plain
from mailit.config import Config
from mailit.delivery.settings import MODES
from mailit.domains.custody import Custody, what_is_shut
from mailit.domains.records import ADVICE, DKIM, DnsRecord
from mailit.domains.state import all_states
from mailit.domains.verification import TEMPORARY_FAILURE
from mailit.errors import CannotStart, Unavailable
from mailit.interfaces import Tx
from mailit.settings import Address
from mailit.store import health, holders
from mailit.store.domains import VERIFIED, Domain

OLDEST_POSTGRES = 150000
_CLOCKS_APART = 1.0
_LOG_HELD_BACK = 10.0
_DOMAINS = 100
_KEEPS = ("on", "remote_apply", "remote_write", "local")


class Grade(Enum):
    """How a finding counts: bad ones make the command fail."""

    GOOD = "ok"
    DOUBTFUL = "warn"
    BAD = "FAIL"


@frozen
class Finding:
    """What was seen of a subject, and what to do about it."""

    grade: Grade
    subject: str
    sentence: str


def good(subject: str, sentence: str) -> Finding:
    """A finding to be glad of."""
    return Finding(Grade.GOOD, subject, sentence)


def doubtful(subject: str, sentence: str) -> Finding:
    """A finding to think about."""
    return Finding(Grade.DOUBTFUL, subject, sentence)


def bad(subject: str, sentence: str) -> Finding:
    """A finding that must be mended."""
    return Finding(Grade.BAD, subject, sentence)


def of_database(told: Told) -> Iterator[Finding]:
    """Whether it answers, is new enough, keeps what it was given, has our tables and our time."""
    try:
        with database(told.config) as opened:
            yield from _of_server(opened)
            yield from _of_tables(told, opened)
            yield from _of_master_key(told, opened)
    except (CannotStart, Unavailable) as error:
        yield bad("database", error.message)


def of_server(state: health.State, now: float) -> Iterator[Finding]:
    """What a PostgreSQL server says of itself; `now` is our own clock, in POSIX seconds, when it said so."""
    if state.version < OLDEST_POSTGRES:
        yield bad("database", f"PostgreSQL {state.version_name} is too old; it takes 15 or later")
    else:
        yield good("database", f"PostgreSQL {state.version_name} answers")
    for name in ("fsync", "full_page_writes"):
        if getattr(state, name) != "on":
            yield bad(name, "is off: a power cut loses accepted mail, or the whole database; set it on")
    if state.synchronous_commit not in _KEEPS:
        yield bad("synchronous_commit", "is off: a crash loses mail that was accepted; set it on")
    apart = state.clock - now
    if abs(apart) > _CLOCKS_APART:
        way = "behind" if apart > 0 else "ahead of"
        yield bad("clock", f"is {abs(apart):.1f} s {way} the database's; run NTP on both")
    else:
        yield good("clock", "agrees with the database's")


def _of_server(opened: Database) -> Iterator[Finding]:
    before = time.time()
    state = opened.transact(health.state)
    yield from of_server(state, (before + time.time()) / 2)


def _of_tables(told: Told, opened: Database) -> Iterator[Finding]:
    if missing := told.migrations.plan(opened.dsn):
        yield doubtful("tables", f"{len(missing)} migrations are to be applied: run `mailit migrate --up`")
        return
    yield good("tables", "are up to date")
    living, held = opened.transact(_living)
    if not living:
        yield doubtful("roles", "no process is alive here")
    elif without := [role for role in wiring.NEEDED_ROLES if role not in living]:
        yield doubtful("roles", f"no living process has {', '.join(without)}; see server.roles")
    else:
        yield good("roles", "every role has a living process")
    if held is not None:
        where = f"database {held.database}, {held.application or 'no name'}, pid {held.pid}"
        yield bad("event log", f"held back for {held.seconds:.0f} s by a transaction ({where}); end it")


def _of_master_key(told: Told, opened: Database) -> Iterator[Finding]:
    """Whether what is kept encrypted can be opened; a database that was restored without its secrets can't be."""
    if told.migrations.plan(opened.dsn):
        return
    if shut := opened.transact(Custody(secrets.master_key(told.config) or "").shut_out):
        yield bad("dkim.master_encryption_key", what_is_shut(shut))


def _living(tx: Tx) -> tuple[set[str], health.LongTransaction | None]:
    return holders.living_roles(tx), health.holds_the_log(tx, _LOG_HELD_BACK)


def of_ports(config: Config) -> Iterator[Finding]:
    """Whether each port is free, or one where we answer ourselves."""
    ours = [
        ("server.http_addr", config.server.http_addr, "/healthz"),
        ("observability.prometheus_addr", config.observability.prometheus_addr, "/metrics"),
    ]
    for key, address, path in ours:
        try:
            ports.bind(address)
        except OSError as error:
            if ports.answers(f"http://{ports.local(address)}{path}"):
                yield good(key, f"{address} is served by MailIt")
            else:
                yield bad(key, f"{address} can't be opened: {error.strerror}; choose another, or end what is there")
        else:
            yield good(key, f"{address} is free")


def of_dns(config: Config) -> Iterator[Finding]:
    """Whether DNS answers, and whether it knows us by the name that we give at EHLO."""
    try:
        resolver = lookups.resolver(config)
    except dns.exception.DNSException:
        yield bad("dns.resolver", "the system names no server to ask; see /etc/resolv.conf, or set dns.resolver")
        return
    if _ask(resolver, ".", "NS") is None:
        servers = ", ".join(str(server) for server in resolver.nameservers)
        yield bad("dns.resolver", f"{servers} gives no answer within {config.dns.timeout:g} s; mail can't be delivered")
        return
    yield good("dns.resolver", "DNS answers")
    if config.smtp_outbound.mode == "direct":
        yield from _of_name(resolver, config.smtp_outbound.hostname or "")


def _of_name(resolver: dns.resolver.Resolver, name: str) -> Iterator[Finding]:
    key = "smtp_outbound.hostname"
    if "." not in name:
        yield doubtful(key, f"{name!r} is no name that others can look up; set it to this machine's full name")
        return
    addresses = [*(_ask(resolver, name, "A") or ()), *(_ask(resolver, name, "AAAA") or ())]
    if not addresses:
        yield bad(key, f"{name} has no address in DNS; many servers refuse mail from a name that leads nowhere")
        return
    yield good(key, f"{name} is {', '.join(addresses)}")
    for address in addresses:
        names = _ask(resolver, str(dns.reversename.from_address(address)), "PTR") or ()
        if name.lower() in (one.rstrip(".").lower() for one in names):
            yield good("PTR", f"{address} leads back to {name}")
        else:
            found = f"leads to {', '.join(names)}" if names else "has none"
            yield doubtful("PTR", f"{address} {found}, not to {name}; ask whoever gave you the address to set it")


def of_sources(config: Config) -> Iterator[Finding]:
    """Whether each address that mail is to leave by is one of this machine's."""
    key = "smtp_outbound.sources"
    sources = config.smtp_outbound.sources if config.smtp_outbound.mode in MODES else ()
    missing = 0
    for source in sources:
        try:
            ports.bind(Address(source.address, 0))
        except OSError as error:
            missing += 1
            yield bad(
                key,
                f"{source.address} is no address that this machine can send from ({error.strerror}), and what is to "
                "leave by it waits; give the address to an interface here, or take the source out",
            )
    if sources and not missing:
        yield good(key, f"{', '.join(source.address for source in sources)}: addresses of this machine")


def _ask(resolver: dns.resolver.Resolver, name: str, kind: str) -> Sequence[str] | None:
    """The records as text; None where DNS did not say, none where there are none."""
    try:
        return [str(record) for record in resolver.resolve(name, kind)]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.exception.DNSException:
        return None


def of_domains(told: Told) -> Iterator[Finding]:
    """What DNS says of each domain's records, in the words of the API; no mode that does not ask DNS looks at them."""
    if not wiring.mode_of(told.config, told.plugins).asks_dns:
        return
    try:
        if _ask(lookups.resolver(told.config), ".", "NS") is None:
            return
        with database(told.config) as opened:
            if told.migrations.plan(opened.dsn):
                return
            domains = opened.transact(all_states, told.config.hosts, None, _DOMAINS)
        for one in domains:
            yield from of_domain(one.domain, looked(told.config, one))
    except (CannotStart, Unavailable, dns.exception.DNSException):
        return  # the look at the database has said so, or that at DNS


def of_domain(domain: Domain, records: Sequence[DnsRecord]) -> Iterator[Finding]:
    """What there is to say of a domain by its records as they were just looked for."""
    key_found = any(one.record == DKIM and one.status == "verified" for one in records)
    found = list(_of_records(domain, records, key_found))
    if all(finding.grade is not Grade.BAD for finding in found) and key_found:
        yield good(domain.name, "DNS has what it needs to send" if domain.sending else "DNS has what it needs")
    yield from found


def _of_records(domain: Domain, records: Sequence[DnsRecord], key_found: bool) -> Iterator[Finding]:
    for one in records:
        if one.status == "verified":
            continue
        sentence = " ".join(plain(text) for text in (one.says, one.fix) if text)
        # One key is enough; a domain that was never verified is somebody's work in progress.
        counts = one.record != ADVICE and not (one.record == DKIM and key_found)
        grave = counts and domain.status in VERIFIED and one.status != TEMPORARY_FAILURE
        yield (bad if grave else doubtful)(f"{domain.name} {one.record} {one.type}", sentence)


def of_files(config: Config) -> Iterator[Finding]:
    """Whether what was generated is its owner's alone, and whether there is room for more."""
    folder = config.server.data_dir
    if not folder.exists():
        yield good("server.data_dir", f"{folder} is not there yet; the first start makes it")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield bad("server.data_dir", f"{folder} can't be written by this user; chown it, or name another")
        return
    private = [folder, folder / "secrets", *sorted((folder / "secrets").glob("*")), folder / "first-run.json"]
    open_ = [path for path in private if _open_to_others(path)]
    for path in open_:
        yield bad("file modes", f"{path} may be read by others; run: chmod {'700' if path.is_dir() else '600'} {path}")
    if not open_:
        yield good("file modes", f"{folder} and its secrets are this user's alone")


def _open_to_others(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except OSError:
        return False


LOOKS: Sequence[Callable[[Told], Iterator[Finding]]] = (
    of_database,
    lambda told: of_ports(told.config),
    lambda told: of_dns(told.config),
    lambda told: of_sources(told.config),
    of_domains,
    lambda told: of_files(told.config),
)
