"""Looking into DNS for one record: what stands there, what differs from what should, and the mend, in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

from attrs import evolve, frozen
from twisted.internet.defer import Deferred

from mailit.domains import key_records, policies
from mailit.domains.finding import Finding, Found, shown
from mailit.domains.records import ADVICE, DKIM, RECEIVING, SPF, DnsRecord
from mailit.interfaces import Mx
from mailit.net.resolver import NoAnswer, NoSuchName


class Lookups(Protocol):
    """The part of `interfaces.Resolver` that is asked here."""

    def mx(self, name: str) -> Deferred[Sequence[Mx]]:
        """The MX records of a name."""
        ...

    def addresses(self, name: str) -> Deferred[Sequence[str]]:
        """Its A and AAAA records, as text."""
        ...

    def txt(self, name: str) -> Deferred[Sequence[str]]:
        """Its TXT records, the strings of each joined."""
        ...

    def cname(self, name: str) -> Deferred[Sequence[str]]:
        """Its CNAME record, if it has one."""
        ...


Judge = Callable[[Sequence[Any]], Finding | None]
"""What the records that stand at a name come to; None where none is of the kind that is looked for."""

Asking = Callable[[str], Awaitable[Sequence[Any]]]


async def diagnose(lookups: Lookups, domain: str, record: DnsRecord, others: Sequence[DnsRecord] = ()) -> Finding:
    """What DNS says of a record; never raises for what it says or does not. `others` are the domain's other records."""
    try:
        return await _Case(lookups, domain, record, others).finding()
    except NoAnswer:
        return Finding(
            Found.UNKNOWN,
            f"DNS gave no answer for {record.full_name}.",
            "Try again later. If this stays so, the name servers of the domain are at fault, or our resolver is.",
        )


@frozen
class _Case:
    _lookups: Lookups
    _domain: str
    _record: DnsRecord
    _others: Sequence[DnsRecord]

    async def finding(self) -> Finding:
        if self._record.type == "CNAME":
            return await self._alias()
        ask, judge = self._means()
        name = self._record.full_name
        values = await ask(name)
        finding = judge(values)
        target = await self._target(name)
        if target is not None and not _is_right(judge(await ask(target))):
            return Finding(
                Found.WRONG,
                f"{name} is an alias (CNAME) of {target}; no other record can stand beside one (RFC 1034 §3.6.2).",
                f"Delete the CNAME record at {name}, and keep or add this {self._record.type} record: {self._whole()}",
                shown([f"CNAME {target}"]),
            )
        if finding is None:
            finding = await self._missing(ask, judge)
        return evolve(finding, values=finding.values or shown([_text(value) for value in values]))

    def _means(self) -> tuple[Asking, Judge]:
        record = self._record
        if record.type == "MX":
            return partial(self._asked, self._lookups.mx), self._exchangers
        judges: dict[str, Judge] = {
            SPF: partial(policies.spf, record),
            ADVICE: partial(policies.dmarc, record),
            DKIM: self._key,
        }
        return partial(self._asked, self._lookups.txt), judges[record.record]

    def _key(self, texts: Sequence[str]) -> Finding | None:
        return key_records.judge(self._record, texts, [one for one in self._others if one.record == DKIM])

    def _exchangers(self, exchangers: Sequence[Mx]) -> Finding | None:
        record = self._record
        hosts = [(mx.preference, mx.host.rstrip(".").lower()) for mx in exchangers]
        if not hosts:
            return None
        ours = [preference for preference, host in hosts if host == record.value.lower()]
        again = f"Change it to: {self._whole()}"
        if ours and record.record == RECEIVING and min(ours) > min(hosts)[0]:
            return Finding(
                Found.WRONG,
                f"{min(hosts)[1]} stands before us at {record.full_name}: mail goes there.",
                f"Delete the other MX records, or give ours the smallest number: {self._whole()}",
            )
        if ours:
            return Finding(Found.RIGHT, "Found as it should be.")
        if any(host == f"{record.value.lower()}.{self._domain}" for _, host in hosts):
            return Finding(
                Found.WRONG,
                f"The value at {record.full_name} has {self._domain} added to it: its final dot is missing.",
                f"Enter the value as {record.value}. with a dot at its end.",
            )
        named = ", ".join(host for _, host in sorted(hosts)[:3])
        return Finding(Found.WRONG, f"{record.full_name} leads to {named}, not to {record.value}.", again)

    async def _missing(self, ask: Asking, judge: Judge) -> Finding:
        """Nothing of the kind is there: whether it stands where it is often put by mistake."""
        record, name = self._record, self._record.full_name
        if record.record == ADVICE:
            parent = await self._parents_policy(ask)
            if parent is not None:
                return Finding(Found.RIGHT, f"Not here, but at {parent}, which holds for this domain, too.")
        for mistaken, says, fix in (
            (
                f"{name}.{self._domain}",
                f"Not found at {name}: it stands at {name}.{self._domain}, with the domain's name doubled.",
                f"Your provider adds {self._domain} itself: enter the name as {self._relative()}",
            ),
            (
                self._domain,
                f"Not found at {name}: it stands at {self._domain} itself.",
                f"Add it at {name}: enter the name as {self._relative()}",
            ),
        ):
            if mistaken == name:
                continue
            there = judge(await self._quietly(ask, mistaken))
            if _is_right(there):
                return Finding(Found.MISSING, says, fix, shown([f"{mistaken} {record.type}"]))
        return Finding(Found.MISSING, f"Not found at {name}.", f"Add this {record.type} record: {self._whole()}")

    async def _parents_policy(self, ask: Asking) -> str | None:
        """Where a parent domain has a DMARC record, which holds for what is below it (RFC 7489 §6.6.3)."""
        labels = self._domain.split(".")
        for at in range(1, len(labels) - 1):
            name = f"_dmarc.{'.'.join(labels[at:])}"
            finding = policies.dmarc(evolve(self._record, full_name=name), await self._quietly(ask, name))
            if _is_right(finding):
                return name
        return None

    async def _alias(self) -> Finding:
        record, name = self._record, self._record.full_name
        target = await self._target(name)
        if target == record.value.lower():
            return Finding(Found.RIGHT, "Found as it should be.", None, (target,))
        again = f"Change it to: {self._whole()}"
        if target is not None:
            if target == f"{record.value.lower()}.{self._domain}":
                again = f"Its final dot is missing: enter the value as {record.value}. with a dot at its end."
            return Finding(Found.WRONG, f"{name} leads to {target}, not to {record.value}.", again, shown([target]))
        addresses = await self._quietly(partial(self._asked, self._lookups.addresses), name)
        if addresses:
            ours = await self._quietly(partial(self._asked, self._lookups.addresses), record.value)
            if set(addresses) <= set(ours):
                return Finding(Found.RIGHT, "Found: it leads to our addresses.", None, shown(addresses))
            return Finding(
                Found.WRONG,
                f"{name} has addresses of its own, and leads not to {record.value}.",
                f"Delete its A and AAAA records, or turn the provider's proxy off for it. Add: {self._whole()}",
                shown(addresses),
            )
        doubled = f"{name}.{self._domain}"
        there = await self._quietly(partial(self._asked, self._lookups.cname), doubled)
        if record.value.lower() in (one.rstrip(".").lower() for one in there):
            return Finding(
                Found.MISSING,
                f"Not found at {name}: it stands at {doubled}, with the domain's name doubled.",
                f"Your provider adds {self._domain} itself: enter the name as {self._relative()}",
                shown([f"{doubled} CNAME"]),
            )
        return Finding(Found.MISSING, f"Not found at {name}.", f"Add this CNAME record: {self._whole()}")

    async def _target(self, name: str) -> str | None:
        """What a name is an alias of, if it is one."""
        targets = await self._asked(self._lookups.cname, name)
        return targets[0].rstrip(".").lower() if targets else None

    async def _asked(self, kind: Callable[[str], Deferred[Sequence[Any]]], name: str) -> Sequence[Any]:
        try:
            return await kind(name)
        except NoSuchName:
            return ()

    async def _quietly(self, ask: Asking, name: str) -> Sequence[Any]:
        """What stands at a place that is only looked at for the sake of a better sentence."""
        try:
            return await ask(name)
        except NoAnswer:
            return ()

    def _relative(self) -> str:
        name = self._record.full_name
        return "@ (the domain itself)" if name == self._domain else name.removesuffix(f".{self._domain}")

    def _whole(self) -> str:
        """The record as it is written in a zone's file, the name whole."""
        record = self._record
        priority = "" if record.priority is None else f"{record.priority} "
        return f"{record.full_name} {record.type} {priority}{record.value}"


def _is_right(finding: Finding | None) -> bool:
    return finding is not None and finding.found is Found.RIGHT


def _text(value: Any) -> str:
    return f"{value.preference} {value.host}" if isinstance(value, Mx) else str(value)
