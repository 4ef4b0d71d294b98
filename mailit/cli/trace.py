"""`mailit trace DOMAIN`: how mail would go there, up to its first command, which is not sent."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
from twisted.internet.defer import Deferred, fail
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from mailit.cli.opened import takes_config, told
from mailit.config import Config
from mailit.delivery.exchangers import Route
from mailit.delivery.mta_sts import StsCache
from mailit.delivery.paces import Paces, families
from mailit.delivery.routes import routes_of
from mailit.delivery.session import Manners
from mailit.delivery.settings import Source
from mailit.delivery.trace import Called, Choose, Hop, Proof, Trace, Tracer
from mailit.delivery.transactions import Timeouts
from mailit.draft import Stream
from mailit.errors import Unavailable
from mailit.interfaces import Envelope
from mailit.mail.address import BadAddress, parse
from mailit.net.guard import Guard
from mailit.net.http import HttpClient
from mailit.net.resolver import DnsResolver
from mailit.net.tls import ClientContexts
from mailit.settings import IP_ADDRESS

_FAULTS = {
    "": "good for its name",
    "certificate-expired": "expired",
    "certificate-host-mismatch": "of another name",
    "certificate-not-trusted": "of no authority that we trust",
    "validation-failure": "not what a policy asks for",
}


class _Nothing:
    """Stands in for what a trace has no need of: the database, and the marks before final dots."""

    def transact(self, *args: Any, **kwargs: Any) -> Deferred[Any]:
        return fail(Unavailable())

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        return fail(Unavailable())

    def alive(self, envelope: Envelope) -> bool:
        return False


def declare(commands: Any) -> None:
    """Takes a domain, or an address whose domain is meant."""
    command = commands.add_parser("trace", help="how mail would go to a domain: DNS, TLS policies, connections")
    takes_config(command)
    command.add_argument("domain", metavar="DOMAIN", type=_domain, help="a domain, or an address at it")
    command.add_argument("--json", action="store_true", help="print a JSON object")
    command.add_argument("--said", action="store_true", help="print what was said on each connection, too")
    command.add_argument(
        "--source",
        metavar="ADDRESS",
        type=_address,
        help="the address to connect from; else the one of smtp_outbound.sources that mail would leave by",
    )
    command.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=30.0, help="how long each peer may take to answer (30)"
    )
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Prints what was found; 1 where no mail could be begun now."""
    from twisted.internet import reactor

    config = told(given).config
    results: list[Any] = []

    def begin() -> None:
        looking = Deferred.fromCoroutine(tracer(config, reactor, given.timeout, given.source).trace(given.domain))
        looking.addBoth(results.append).addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    if not results:
        raise KeyboardInterrupt
    if isinstance(results[0], Failure):
        results[0].raiseException()
    found: Trace = results[0]
    lines = [json.dumps(as_json(found, config))] if given.json else as_text(found, config, given.said)
    for line in lines:
        print(line)
    return 0 if found.good else 1


def tracer(config: Config, reactor: Any, timeout: float, source: str | None = None) -> Tracer:
    """What looks, by the configuration that the daemon has; from `source`, where one is given."""

    def in_thread(work: Any, *args: Any) -> Deferred[Any]:
        return deferToThreadPool(reactor, reactor.getThreadPool(), work, *args)

    outbound = config.smtp_outbound
    hostname = outbound.hostname or "localhost"
    resolver = DnsResolver(reactor, config.dns, in_thread)
    contexts = ClientContexts(in_thread)
    guard = Guard.allowing(config.security.allowed_networks)
    sts = StsCache(reactor, time.time, resolver, HttpClient(reactor, resolver, guard, contexts), _Nothing())
    routes = routes_of(outbound, hostname, reactor, resolver, guard, sts)
    manners = Manners(hostname, _Nothing(), timeouts=Timeouts(connect=timeout, greeting=timeout, hello=timeout))
    choose = choice(outbound.sources, source)
    return Tracer(reactor, resolver, routes, sts if outbound.mta_sts else None, contexts, manners, choose)


def choice(sources: Sequence[Source], named: str | None) -> Choose | None:
    """How a source is chosen: the one that was named, or as for transactional mail; None where there is no choice."""
    if named is not None:
        wanted = [one for one in sources if one.address == named] or [Source(address=named)]
        return lambda route: wanted
    if not sources:
        return None
    paces = Paces(time.time, time.monotonic, sources=sources)

    def choose(route: Route) -> Sequence[Source]:
        kinds = families(address for one in route.exchangers for address in one.addresses)
        return paces.choices(route.site, Stream.TRANSACTIONAL, *kinds)

    return choose


def as_json(found: Trace, config: Config) -> dict[str, Any]:
    """The object that `--json` prints."""
    sts = found.sts and {"mode": found.sts.mode.value, "max_age": found.sts.max_age, "mx": found.sts.mx}
    return {
        "domain": found.domain,
        "ok": found.good,
        "mode": config.smtp_outbound.mode,
        "problem": found.problem or None,
        "mx": [attrs.asdict(mx) for mx in found.mx],
        "dnssec": found.dnssec,
        "mta_sts": sts,
        "mta_sts_problem": found.sts_problem or None,
        "exchangers": [
            {
                "preference": hop.preference,
                "host": hop.host,
                "tls_policy": hop.policy,
                "tls_required": hop.tls in ("mandatory", "enforced"),
                "addresses": [_called(called) for called in hop.called],
            }
            for hop in found.hops
        ],
    }


def as_text(found: Trace, config: Config, said: bool) -> Iterator[str]:
    """The same for people, a line a fact."""
    yield f"{found.domain}: {'mail can go there' if found.good else 'no mail can go there now'}"
    mode = config.smtp_outbound.mode
    if mode == "relay":
        yield f"  smtp_outbound.mode is relay: everything goes to {config.smtp_outbound.relay_host}"
    elif mode != "direct":
        yield f"  smtp_outbound.mode is {mode}: nothing is sent; this is how it would go in direct"
    if found.mx:
        names = ", ".join(f"{mx.preference} {mx.host}" for mx in found.mx)
        yield _shown(f"  MX: {names} ({'validated by DNSSEC' if found.dnssec else 'not validated by DNSSEC'})")
    if found.sts is not None:
        names = ", ".join(found.sts.mx)
        yield _shown(f"  MTA-STS: {found.sts.mode.value}, for {found.sts.max_age} seconds, mx {names}")
    if found.sts_problem:
        yield _shown(f"  MTA-STS: {found.sts_problem}")
    if found.problem:
        yield _shown(f"  {found.problem}")
    for hop in found.hops:
        yield from _hop(hop, said)


def _hop(hop: Hop, said: bool) -> Iterator[str]:
    yield _shown(f"  {hop.host}, preference {hop.preference}, TLS policy {hop.policy}")
    for called in hop.called:
        how = "in the clear" if called.tls is None or not called.tls.version else _encrypted(called)
        yield _shown(f"    {called.address}: {called.problem or f'ready for mail, {how}'}")
        if called.source is not None:
            name = f", as {called.source.hostname}" if called.source.hostname else ""
            yield _shown(f"      from {called.source.address}{name}")
        if called.clear:
            yield _shown(f"      TLS failed, mail would go without: {called.clear}")
        if called.proof is not None:
            yield _shown(f"      certificate: {_proof(called.proof)}")
        if called.extensions:
            yield _shown(f"      offers: {', '.join(called.extensions)}")
        if said:
            for line in called.said:
                yield _shown(f"      {line}")


def _encrypted(called: Called) -> str:
    assert called.tls is not None
    return f"{called.tls.version} with {called.tls.cipher}"


def _proof(proof: Proof) -> str:
    names = ", ".join(proof.names) or proof.subject or "nameless"
    until = "" if proof.expires is None else f", good until {proof.expires:%Y-%m-%d}"
    return f"{names}, by {proof.issuer or 'nobody'}{until}; {_FAULTS.get(proof.fault, proof.fault)}"


def _called(called: Called) -> dict[str, Any]:
    secured = called.tls is not None and called.tls.version != ""
    proof = called.proof
    return {
        "address": called.address,
        "ok": not called.problem,
        "problem": called.problem or None,
        "source": called.source and called.source.address,
        "tls": {"version": called.tls.version, "cipher": called.tls.cipher} if secured and called.tls else None,
        "tls_failed": called.clear or None,
        "certificate": proof
        and {
            "subject": proof.subject,
            "names": proof.names,
            "issuer": proof.issuer,
            "expires_at": proof.expires and proof.expires.isoformat(),
            "fault": proof.fault or None,
        },
        "extensions": called.extensions,
        "said": called.said,
    }


def _domain(text: str) -> str:
    """What follows the last @, or all of it, as DNS has it."""
    try:
        return parse(text if "@" in text else f"postmaster@{text}").domain
    except BadAddress as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no domain: {error}") from error


def _address(text: str) -> str:
    """An address as the configuration has it."""
    try:
        return IP_ADDRESS.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no IP address") from error


def _shown(line: str) -> str:
    """What a peer says can't move a terminal's cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in line)
