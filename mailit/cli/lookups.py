"""DNS for commands: questions that wait for their answer, in the form in which the daemon asks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.resolver
import dns.reversename
from attrs import frozen
from twisted.internet.defer import Deferred, fail, succeed

from mailit.config import Config
from mailit.interfaces import Mx
from mailit.net.resolver import NoAnswer, NoSuchName


def resolver(config: Config) -> dns.resolver.Resolver:
    """Asks whom the daemon would. Raises `dns.exception.DNSException` where the system names no server."""
    system = config.dns.resolver == "system"
    asks = dns.resolver.Resolver(configure=system)
    if not system:
        host, _, port = config.dns.resolver.rpartition(":")
        asks.nameservers, asks.port = [host.strip("[]")], int(port)
    asks.lifetime = config.dns.timeout
    return asks


@frozen
class Waiting:
    """Implements `mailit.domains.diagnosis.Lookups`: what it gives has its result already."""

    _resolver: dns.resolver.Resolver

    def mx(self, name: str) -> Deferred[Sequence[Mx]]:
        """The MX records of a name."""
        return self._asked(name, "MX", lambda one: Mx(one.preference, _name(one.exchange)))

    def addresses(self, name: str) -> Deferred[Sequence[str]]:
        """Its A and AAAA records, as text."""
        found: list[str] = []
        for kind in ("A", "AAAA"):
            try:
                found += [one.address for one in self._resolver.resolve(f"{name}.", kind)]
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                continue
            except dns.exception.DNSException as error:
                return fail(NoAnswer(str(error)))
        return succeed(found)

    def txt(self, name: str) -> Deferred[Sequence[str]]:
        """Its TXT records, the strings of each joined."""
        return self._asked(name, "TXT", lambda one: b"".join(one.strings).decode("utf-8", "replace"))

    def cname(self, name: str) -> Deferred[Sequence[str]]:
        """Its CNAME record, if it has one."""
        return self._asked(name, "CNAME", lambda one: _name(one.target))

    def ptr(self, address: str) -> Deferred[Sequence[str]]:
        """The names of an address."""
        name = dns.reversename.from_address(address).to_text(omit_final_dot=True)
        return self._asked(name, "PTR", lambda one: _name(one.target))

    def _asked(self, name: str, kind: str, read: Any) -> Deferred[Any]:
        try:
            return succeed([read(one) for one in self._resolver.resolve(f"{name}.", kind)])
        except dns.resolver.NXDOMAIN:
            return fail(NoSuchName())
        except dns.resolver.NoAnswer:
            return succeed([])
        except dns.exception.DNSException as error:
            return fail(NoAnswer(str(error)))


def _name(name: Any) -> str:
    text: str = name.to_text(omit_final_dot=True)
    return text.lower()
