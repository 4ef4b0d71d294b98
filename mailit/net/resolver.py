"""DNS without blocking the reactor: dnspython's messages over Twisted's sockets, behind a cache.

One question of a name and kind is in flight, however many wait for it. NXDOMAIN and an empty answer are answers, and
are kept; that DNS did not say (timeout, SERVFAIL, REFUSED) is a failure, and then an old answer serves for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from ipaddress import ip_address
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.reversename
from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults, maybeDeferred

from mailit.errors import MailItError, Unavailable
from mailit.interfaces import Mx, Tlsa
from mailit.net.answers import STALE, Answer, Answers, lifetime
from mailit.net.question import PAYLOAD, InThread, Server, Unanswered, ask
from mailit.net.settings import DnsSettings
from mailit.net.shared import Shared

SHARES = (0.2, 0.3, 0.5)
"""How the time for a question is divided among its tries."""

AT_ONCE = 200
"""So many questions at a time have a socket; others wait."""

MOST_ALIASES = 8
"""So many times a server is asked anew for what an alias leads to."""

REREAD = 60.0
"""How old, in seconds, what was read of the system's configuration may be before it is read again."""

FLAGS = dns.flags.RD | dns.flags.AD
"""Of each question: AD asks to be told whether the answer was validated (RFC 6840 §5.7)."""

_LOOPBACK = ("127.0.0.1", "::1")


Ask = Callable[[Any, InThread, Server, dns.message.Message, float], Deferred[dns.message.Message]]
"""How one server is asked: `question.ask`, or a fake of it."""


class Declined(Unanswered):
    """The server spoke, and it was no answer: SERVFAIL, REFUSED, nonsense."""


class NoSuchName(MailItError):
    """The name does not exist (NXDOMAIN)."""

    http, name = 422, "validation_error"
    default = "The domain name does not exist."


class NoAnswer(Unavailable):
    """DNS did not say: a timeout, SERVFAIL, REFUSED. Another time it may."""

    default = "DNS did not answer."


@frozen
class System:
    """What the system's files say: name servers, and names of /etc/hosts. `read_at` is in the reactor's seconds."""

    servers: tuple[Server, ...]
    hosts: dict[str, tuple[str, ...]]
    read_at: float = 0.0


@define(eq=False)
class DnsResolver:
    """Implements `interfaces.Resolver`.

    `in_thread(f, *args)` gives a Deferred; files are read there, and long answers parsed. All names are absolute.
    `answers` is the cache; one of size 0 keeps nothing.
    """

    _reactor: Any
    _settings: DnsSettings
    _in_thread: InThread
    _ask_server: Ask = ask
    _resolv_conf: str = "/etc/resolv.conf"
    _hosts: str = "/etc/hosts"
    _answers: Answers = field(factory=Answers, kw_only=True)
    _asking: dict[tuple[str, str], Shared[Answer]] = field(factory=dict, init=False)
    _system: System | None = field(default=None, init=False)
    _reading: Shared[System] | None = field(default=None, init=False)
    _slots: DeferredSemaphore = field(factory=lambda: DeferredSemaphore(AT_ONCE), init=False)

    def mx(self, name: str) -> Deferred[Sequence[Mx]]:
        """The MX records of a name, in no order; the host of a null MX (RFC 7505) is `.`."""
        return self._records(name, "MX")

    def txt(self, name: str) -> Deferred[Sequence[str]]:
        """Its TXT records, the strings of each joined."""
        return self._records(name, "TXT")

    def cname(self, name: str) -> Deferred[Sequence[str]]:
        """Its CNAME record, if it has one."""
        return self._records(name, "CNAME")

    def ptr(self, address: str) -> Deferred[Sequence[str]]:
        """The names of an address. Raises ValueError where it is none."""
        return self._records(dns.reversename.from_address(str(ip_address(address))).to_text(), "PTR")

    def tlsa(self, name: str) -> Deferred[Sequence[Tlsa]]:
        """Its TLSA records, if DNSSEC vouches for them; none for a name that does not exist."""
        return self._answer(_normal(name), "TLSA").addCallback(_vouched_for)

    def vouched(self, name: str, *kinds: str) -> Deferred[str | None]:
        """See `interfaces.Resolver`; a name that the system's hosts file has is nobody's to vouch for."""
        return _coroutine(self._vouched(_normal(name), kinds))

    async def _vouched(self, name: str, kinds: Sequence[str]) -> str | None:
        if name in (await self._configured()).hosts:
            return None
        answers = await gatherResults([self._answer(name, kind) for kind in kinds], consumeErrors=True)
        for answer in answers:
            if answer.failed:
                raise NoAnswer(answer.failed)
        if not all(answer.authentic for answer in answers):
            return None
        return next((answer.target for answer in answers if answer.records), name)

    def addresses(self, name: str) -> Deferred[Sequence[str]]:
        """Its A and AAAA records, IPv4 first; an address stands for itself, and localhost for loopback (RFC 6761)."""
        return _coroutine(self._addresses(name))

    async def _addresses(self, name: str) -> Sequence[str]:
        name = _normal(name)
        if _is_address(name):
            return (name,)
        if name == "localhost" or name.endswith(".localhost"):
            return _LOOPBACK
        system = await self._configured()
        if name in system.hosts:
            return system.hosts[name]
        four, six = await gatherResults([self._answer(name, "A"), self._answer(name, "AAAA")], consumeErrors=True)
        records = four.records + six.records
        if not records and (four.failed or six.failed):
            raise NoAnswer(four.failed or six.failed)
        if not records and four.missing:
            raise NoSuchName(f"The domain name {name} does not exist.")
        return records

    def _records(self, name: str, kind: str) -> Deferred[Sequence[Any]]:
        return self._answer(_normal(name), kind).addCallback(_taken, name)

    def _answer(self, name: str, kind: str) -> Deferred[Answer]:
        """From the cache, or from the one question of this name and kind that is in flight."""
        key = (name, kind)
        shared: Shared[Answer]
        answer = self._answers.fresh(key, self._reactor.seconds())
        if answer is not None:
            shared = Shared()
            shared.share(maybeDeferred(lambda: answer))
        elif key in self._asking:
            shared = self._asking[key]
        else:
            shared = self._asking[key] = Shared()
            shared.share(self._slots.run(_coroutine, self._ask(name, kind)).addBoth(self._asked, key))
        return shared.wait()

    def _asked(self, result: Any, key: tuple[str, str]) -> Any:
        del self._asking[key]
        return result

    async def _ask(self, name: str, kind: str) -> Answer:
        """Asks, and keeps what came of it.

        A server that follows no aliases out of its zone says where they lead, and no more: it is asked for that, too.
        """
        answer, alias = await self._ask_for(name, kind)
        for _ in range(MOST_ALIASES):
            if not alias or answer.failed:
                break
            beyond, alias = await self._ask_for(alias, kind)
            answer = beyond if beyond.failed else _joined(answer, beyond)
        if alias and not answer.failed:
            answer = Answer(failed="DNS did not answer (aliases without end).")
        if not answer.failed:
            if answer.expires:
                self._answers.keep((name, kind), answer)
            return answer
        if kind == "TLSA":
            # No old answer: whoever can keep the new one from us must not be able to choose what stands in for it.
            self._answers.forget((name, kind))
        return self._answers.fall_back((name, kind), answer.failed, self._reactor.seconds())

    async def _ask_for(self, name: str, kind: str) -> tuple[Answer, str]:
        """What one server after the other says, and the name at which an alias left off, or ""."""
        try:
            query = dns.message.make_query(name + ".", kind, use_edns=0, payload=PAYLOAD, flags=FLAGS)
        except (dns.exception.DNSException, ValueError):
            return Answer(missing=True), ""  # a label of over 63 octets, an empty one: no such name can be
        servers = (await self._configured()).servers
        failure = "no name server is configured"
        for number, share in enumerate(SHARES):
            if not servers:
                break
            server = servers[number % len(servers)]
            try:
                response = await self._put(server, query, share)
                if response.rcode() == dns.rcode.FORMERR and query.edns >= 0:
                    query = dns.message.make_query(name + ".", kind, flags=FLAGS)  # a server from before EDNS
                    response = await self._put(server, query, share)
                trusted = _is_loopback(server.host) or server.host in self._settings.trusted_resolvers
                return _read(response, kind, self._reactor.seconds(), trusted)
            except Unanswered as error:
                failure = f"{server.host}: {error}"
                if isinstance(error, Declined) and number + 1 >= len(servers):
                    break  # all have spoken; asking again changes nothing
        return Answer(failed=f"DNS did not answer ({failure})."), ""

    def _put(self, server: Server, query: dns.message.Message, share: float) -> Deferred[dns.message.Message]:
        return self._ask_server(self._reactor, self._in_thread, server, query, self._settings.timeout * share)

    async def _configured(self) -> System:
        """Servers and hosts; files are read again when what is known is old, and nobody waits for that."""
        if self._system is None:
            return await self._read_system()
        if self._reactor.seconds() - self._system.read_at > REREAD and self._reading is None:
            self._read_system().addErrback(lambda _: None)  # what was known stays
        return self._system

    def _read_system(self) -> Deferred[System]:
        reading = self._reading
        if reading is None:
            reading = self._reading = Shared()
            read = self._in_thread(read_system, self._settings.resolver, self._resolv_conf, self._hosts)
            reading.share(read.addBoth(self._system_read))
        return reading.wait()

    def _system_read(self, result: Any) -> Any:
        self._reading = None
        if isinstance(result, System):
            result = self._system = System(result.servers, result.hosts, self._reactor.seconds())
        return result


def read_system(resolver: str, resolv_conf: str, hosts: str) -> System:
    """Reads the system's files; blocks. `resolver` is `system`, or HOST:PORT in the place of the file's servers."""
    if resolver != "system":
        host, _, port = resolver.rpartition(":")
        servers: tuple[Server, ...] = (Server(host.strip("[]"), int(port)),)
        if not _is_address(servers[0].host):
            servers = (Server("127.0.0.1" if servers[0].host == "localhost" else servers[0].host, servers[0].port),)
    else:
        system = dns.resolver.Resolver(configure=False)
        try:
            system.read_resolv_conf(resolv_conf)
        except (OSError, dns.exception.DNSException):
            system.nameservers = []
        # Without any, resolv.conf(5) says, the server is on this machine.
        servers = tuple(Server(str(one), system.port) for one in system.nameservers) or (Server("127.0.0.1"),)
    return System(servers, _read_hosts(hosts))


def _read_hosts(path: str) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return names
    for line in lines:
        address, *aliases = line.partition("#")[0].split() or [""]
        if _is_address(address):
            for alias in aliases:
                names[_normal(alias)] = (*names.get(_normal(alias), ()), address)
    return names


def _read(response: dns.message.Message, kind: str, now: float, trusted: bool) -> tuple[Answer, str]:
    """A response as an answer, and the name that aliases lead to where it has nothing to say of that, or "".

    Raises `Declined` where it is no answer. `trusted`: its AD bit is believed.
    """
    rcode = response.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise Declined(dns.rcode.to_text(rcode))
    assert isinstance(response, dns.message.QueryMessage)
    try:
        chain = response.resolve_chaining()
    except dns.exception.DNSException as error:
        raise Declined("an answer that makes no sense") from error
    records = () if chain.answer is None else tuple(_RECORD[kind](record) for record in chain.answer)
    missing = rcode == dns.rcode.NXDOMAIN
    expires = now + lifetime(chain.minimum_ttl, absent=not records)
    if response.errors:
        records = (*records, _MALFORMED)
    authentic = trusted and bool(response.flags & dns.flags.AD)
    target = _name(chain.canonical_name)
    silent = not records and not missing and bool(chain.cnames) and not _is_empty_for_sure(response)
    return Answer(records, missing, authentic, "", expires, expires + STALE, target), target if silent else ""


def _is_empty_for_sure(response: dns.message.Message) -> bool:
    """Whether the zone's SOA is there to say that it has nothing (RFC 2308 §2.2)."""
    return any(records.rdtype == dns.rdatatype.SOA for records in response.authority)


def _joined(alias: Answer, beyond: Answer) -> Answer:
    """What is beyond an alias, believed no longer and no more than the alias is."""
    return evolve(
        beyond,
        authentic=alias.authentic and beyond.authentic,
        expires=min(alias.expires, beyond.expires),
        stale=min(alias.stale, beyond.stale),
    )


_MALFORMED = Tlsa(255, 255, 255, b"")  # one that nothing can be done with (RFC 7672 §3.1)

_RECORD: dict[str, Any] = {
    "A": lambda record: record.address,
    "AAAA": lambda record: record.address,
    "MX": lambda record: Mx(record.preference, _name(record.exchange)),
    "TXT": lambda record: b"".join(record.strings).decode("utf-8", "replace"),
    "CNAME": lambda record: _name(record.target),
    "PTR": lambda record: _name(record.target),
    "TLSA": lambda record: Tlsa(record.usage, record.selector, record.mtype, record.cert),
}


def _vouched_for(answer: Answer) -> Sequence[Tlsa]:
    if answer.failed:
        raise NoAnswer(answer.failed)
    return answer.records if answer.authentic else ()


def _taken(answer: Answer, name: str) -> Sequence[Any]:
    if answer.failed:
        raise NoAnswer(answer.failed)
    if answer.missing:
        raise NoSuchName(f"The domain name {name} does not exist.")
    return answer.records


def _name(name: dns.name.Name) -> str:
    """As text in lower case, without the final dot; the root is `.`."""
    return name.to_text(omit_final_dot=True).lower() or "."


def _normal(name: str) -> str:
    name = name.lower().rstrip(".")
    if name.isascii():
        return name
    try:
        return dns.name.from_unicode(name, idna_codec=dns.name.IDNA_2008_Practical).to_text(omit_final_dot=True)
    except dns.exception.DNSException:
        return name


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_address(host) and ip_address(host).is_loopback


def _coroutine(work: Coroutine[Any, Any, Any]) -> Deferred[Any]:
    return Deferred.fromCoroutine(work)
