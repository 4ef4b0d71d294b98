"""A DNS server on loopback for tests: real UDP and TCP, records and faults at will."""

from __future__ import annotations

from collections import Counter
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from attrs import define, field
from twisted.internet.defer import gatherResults, maybeDeferred
from twisted.internet.protocol import DatagramProtocol, ServerFactory
from twisted.protocols.basic import Int16StringReceiver


@define(eq=False)
class DnsServer:
    """Answers for every zone from `add`; what it has not is NXDOMAIN.

    `signed` names are vouched for (AD) to whoever asks for that. Faults, by name: `silent` (says nothing), `rcodes`
    (SERVFAIL …), `truncated` (UDP answers are cut). `patches` are bytes of answers, and what stands for them on the
    wire. `delay` seconds before each answer. `asked` counts questions by (name, kind), `over_tcp` those that came by
    TCP.
    """

    reactor: Any
    ttl: int = 300
    delay: float = 0.0
    signed: set[str] = field(factory=set)
    silent: set[str] = field(factory=set)
    truncated: set[str] = field(factory=set)
    rcodes: dict[str, dns.rcode.Rcode] = field(factory=dict)
    forged: set[str] = field(factory=set)
    patches: dict[bytes, bytes] = field(factory=dict)
    asked: Counter[tuple[str, str]] = field(factory=Counter)
    over_tcp: Counter[tuple[str, str]] = field(factory=Counter)
    _records: dict[tuple[str, str], tuple[int, list[str]]] = field(factory=dict)
    _ports: list[Any] = field(factory=list)
    _factory: Any = None
    port: int = 0

    def add(self, name: str, kind: str, *values: str, ttl: int | None = None) -> None:
        """Sets the records of a name and kind, in zone-file text (`10 mx.example.net.`)."""
        self._records[name.lower().rstrip("."), kind] = (self.ttl if ttl is None else ttl, list(values))

    def remove(self, name: str, kind: str) -> None:
        """Takes them away; the name stays while it has others."""
        self._records.pop((name.lower().rstrip("."), kind), None)

    @property
    def address(self) -> str:
        """As `dns.resolver` has it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens on one free port of loopback, UDP and TCP."""
        self._factory = _Factory(self)
        for _ in range(20):
            datagrams = self.reactor.listenUDP(0, _Datagrams(self), interface="127.0.0.1")
            self.port = datagrams.getHost().port
            try:
                streams = self.reactor.listenTCP(self.port, self._factory, interface="127.0.0.1")
            except Exception:
                datagrams.stopListening()
                continue
            self._ports = [datagrams, streams]
            return
        raise RuntimeError("no port is free for both UDP and TCP")

    async def stop(self) -> None:
        """Listens no more."""
        for connection in list(self._factory.connections):
            connection.transport.abortConnection()
        await gatherResults([maybeDeferred(port.stopListening) for port in self._ports])

    def respond(self, question: bytes, tcp: bool) -> list[bytes]:
        """What goes back for a question: nothing, an answer, or a forgery before it."""
        query = dns.message.from_wire(question)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        (self.over_tcp if tcp else self.asked)[name, kind] += 1
        if name in self.silent:
            return []
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.signed and query.flags & dns.flags.AD:
            response.flags |= dns.flags.AD
        if name in self.rcodes:
            response.set_rcode(self.rcodes[name])
        elif name in self.truncated and not tcp:
            response.flags |= dns.flags.TC
        else:
            self._answer(response, name, kind)
        wire = response.to_wire(max_size=65535)
        for meant, said in self.patches.items():
            wire = wire.replace(meant, said)
        answers = [wire]
        if name in self.forged and kind == "A":
            forgery = dns.message.make_response(dns.message.make_query(name, kind))
            forgery.answer.append(dns.rrset.from_text(name + ".", 300, "IN", kind, "203.0.113.66"))
            answers.insert(0, forgery.to_wire())
        return answers

    def _answer(self, response: dns.message.Message, name: str, kind: str) -> None:
        names = {one for one, _ in self._records}
        for _ in range(10):
            if (name, kind) in self._records:
                self._append(response, name, kind)
                return
            if (name, "CNAME") not in self._records:
                break
            self._append(response, name, "CNAME")
            name = self._records[name, "CNAME"][1][0].lower().rstrip(".")
        if name not in names and name != ".":
            response.set_rcode(dns.rcode.NXDOMAIN)
        zone = (name.partition(".")[2] or name).rstrip(".")
        below = f".{zone}." if zone else "."
        soa = f"ns{below} host{below} 1 3600 600 86400 {self.ttl}"
        response.authority.append(dns.rrset.from_text(zone + ".", self.ttl, "IN", "SOA", soa))

    def _append(self, response: dns.message.Message, name: str, kind: str) -> None:
        ttl, values = self._records[name, kind]
        response.answer.append(dns.rrset.from_text_list(name + ".", ttl, "IN", kind, values))


class _Datagrams(DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self.server = server

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        for answer in self.server.respond(datagram, tcp=False):
            self.server.reactor.callLater(self.server.delay, self._send, answer, addr)

    def _send(self, answer: bytes, addr: Any) -> None:
        if self.transport is not None:
            self.transport.write(answer, addr)


class _Stream(Int16StringReceiver):
    MAX_LENGTH = 65535

    def connectionMade(self) -> None:
        self.factory.connections.add(self)

    def connectionLost(self, reason: Any = None) -> None:
        self.factory.connections.discard(self)

    def stringReceived(self, string: bytes) -> None:
        for answer in self.factory.server.respond(string, tcp=True):
            self.sendString(answer)


class _Factory(ServerFactory):
    protocol = _Stream
    noisy = False

    def __init__(self, server: DnsServer) -> None:
        self.server = server
        self.connections: set[_Stream] = set()
