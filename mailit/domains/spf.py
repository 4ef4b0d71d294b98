"""SPF (RFC 7208) as a sender needs it: whether a policy permits an address, and can be read by receivers at all."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from attrs import define, field

from mailit.domains.diagnosis import Lookups
from mailit.interfaces import Mx
from mailit.net.resolver import NoSuchName

LOOKUPS_MOST = 10
"""Terms that cause a question to DNS; receivers take no more (§4.6.4)."""

_EXCHANGERS_MOST = 10
_ASKING = ("include", "a", "mx", "ptr", "exists", "redirect")


class Result(Enum):
    """What a policy says of an address (§2.6), and `UNTOLD` where that hangs on what only a receiver knows."""

    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    UNTOLD = "untold"


_QUALIFIERS = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


class BadPolicy(Exception):
    """A policy that receivers can't use (permerror), in a sentence."""


@define(eq=False)
class Evaluation:
    """One look at a policy, with all that it includes. `asked` counts the terms that cause a lookup."""

    _lookups: Lookups
    asked: int = field(default=0, init=False)
    open: bool = field(default=False, init=False)  # it lets everybody send

    async def judge(self, domain: str, address: str | None) -> Result:
        """What the policy of a domain says of an address, or, without one, of nobody: then all of it is walked.

        Raises `BadPolicy`; and `NoAnswer` where DNS does not say.
        """
        ip = None if address is None else ip_address(address)
        return await self._policy(domain, ip, frozenset())

    async def _policy(self, domain: str, ip: IPv4Address | IPv6Address | None, above: frozenset[str]) -> Result:
        if domain in above:
            raise BadPolicy(f"{domain} includes itself")
        texts = await self._texts(domain)
        policies = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
        if len(policies) > 1:
            raise BadPolicy(f"{domain} has {len(policies)} SPF records")
        if not policies:
            return Result.NONE
        redirect = ""
        for term in policies[0].split()[1:]:
            name, _, rest = term.partition("=") if "=" in term.split(":")[0] else ("", "", "")
            if name.lower() == "redirect":
                redirect = rest
            if name:
                continue
            result = await self._mechanism(term, domain, ip, above | {domain})
            if result is not None:
                return result
        if not redirect:
            return Result.NEUTRAL
        self._count()
        if "%" in redirect:
            return Result.UNTOLD
        result = await self._policy(redirect.lower().rstrip("."), ip, above | {domain})
        if result is Result.NONE:
            raise BadPolicy(f"{domain} redirects to {redirect}, which has no SPF record")
        return result

    async def _mechanism(
        self, term: str, domain: str, ip: IPv4Address | IPv6Address | None, above: frozenset[str]
    ) -> Result | None:
        """What a mechanism comes to where it matches, else None."""
        qualifier = _QUALIFIERS.get(term[0], Result.PASS)
        term = term.lstrip("+-~?")
        name, _, rest = term.partition(":")
        name, slash, length = name.partition("/")
        name = name.lower()
        if name == "all":
            self.open = self.open or (qualifier is Result.PASS and len(above) == 1)
            return qualifier
        if name in ("ip4", "ip6"):
            return qualifier if _within(ip, rest, term) else None
        if name not in _ASKING or name == "redirect":
            raise BadPolicy(f"nobody knows the term {term}")
        self._count()
        target, slash_in, length_in = rest.partition("/")
        target = (target or domain).lower().rstrip(".")
        if "%" in target or name in ("exists", "ptr"):
            return Result.UNTOLD if "%" in target and name == "include" else None
        prefix = length_in if slash_in else length if slash else ""
        if name == "include":
            result = await self._policy(target, ip, above)
            if result is Result.NONE:
                raise BadPolicy(f"it includes {target}, which has no SPF record")
            return qualifier if result is Result.PASS else None
        hosts = [target]
        if name == "mx":
            hosts = [one.host for one in (await self._mx(target))[:_EXCHANGERS_MOST]]
        for host in hosts:
            for found in await self._addresses(host):
                if ip is not None and _same(ip, found, prefix):
                    return qualifier
        return None

    def _count(self) -> None:
        self.asked += 1
        if self.asked > LOOKUPS_MOST:
            raise BadPolicy(f"it takes more than {LOOKUPS_MOST} DNS lookups")

    async def _texts(self, name: str) -> Sequence[str]:
        try:
            return await self._lookups.txt(name)
        except NoSuchName:
            return ()

    async def _mx(self, name: str) -> Sequence[Mx]:
        try:
            return await self._lookups.mx(name)
        except NoSuchName:
            return ()

    async def _addresses(self, name: str) -> Sequence[str]:
        try:
            return await self._lookups.addresses(name)
        except NoSuchName:
            return ()


def _within(ip: IPv4Address | IPv6Address | None, network: str, term: str) -> bool:
    try:
        there = ip_network(network, strict=False)
    except ValueError as error:
        raise BadPolicy(f"{term} names no network") from error
    return ip is not None and ip in there


def _same(ip: IPv4Address | IPv6Address, found: str, prefix: str) -> bool:
    """Whether an address is the one that was found, or in its network: `24`, or `24//64` for both kinds."""
    four, _, six = prefix.partition("/")
    length = four if ip.version == 4 else six.lstrip("/")
    other = ip_address(found)
    if other.version != ip.version:
        return False
    if not length.isdecimal():
        return ip == other
    return ip in ip_network(f"{found}/{length}", strict=False)
