"""What receivers would say of a mail before it is sent: the rules of `mailit.mail.checks`, and those of DNS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Protocol

from attrs import evolve, frozen
from twisted.internet.defer import Deferred

from mailit.domains.diagnosis import Lookups
from mailit.domains.spf import BadPolicy, Evaluation, Result
from mailit.interfaces import Clock, SigningKey
from mailit.mail import checks, dkim
from mailit.mail.checks import Case, Level, Verdict
from mailit.net.resolver import NoAnswer, NoSuchName

BLOCKLIST = "zen.spamhaus.org"
_WORST = (Level.ERROR, Level.WARNING, Level.UNKNOWN, Level.PASS)


class Dns(Lookups, Protocol):
    """The part of `interfaces.Resolver` that is asked here."""

    def ptr(self, address: str) -> Deferred[Sequence[str]]:
        """The names of an address."""
        ...


@frozen
class Sender:
    """Who sends: the name given at EHLO, the addresses that mail leaves from, and whether it goes to exchangers itself.

    Without `addresses` those of the name are looked at.
    """

    hostname: str
    addresses: tuple[str, ...] = ()
    direct: bool = True


@frozen
class Preflight:
    """Judges messages. `lookups` is None where DNS is not asked: then our own keys stand for what it would have.

    `run_in_thread(f, *args)` gives a Deferred.
    """

    _sender: Sender
    _lookups: Dns | None
    _clock: Clock
    _run_in_thread: Callable[..., Awaitable[Any]]

    async def judge(
        self, message: bytes, return_path: str, keys: Sequence[SigningKey], marketing: bool = False
    ) -> list[Verdict]:
        """What each rule says. `return_path` is the domain of bounces, `keys` are those that signed."""
        case: Case = await self._run_in_thread(Case, message, self._clock(), return_path, marketing)
        if self._lookups is None:
            case = evolve(case, keys=await self._run_in_thread(_own, keys))
            there = [
                Verdict(
                    "dns", Level.UNKNOWN, "Nothing was looked up: this installation asks no DNS, and sends nothing."
                )
            ]
        else:
            case = evolve(case, keys=await _published(self._lookups, case))
            there = await _ByDns(self._lookups, self._sender, case).verdicts()
        verdicts: list[Verdict] = await self._run_in_thread(checks.judge, case)
        return verdicts + there


def worst(verdicts: Sequence[Verdict]) -> Level:
    """The gravest level there is."""
    found = {verdict.level for verdict in verdicts}
    return next((level for level in _WORST if level in found), Level.PASS)


def _own(keys: Sequence[SigningKey]) -> Mapping[str, Sequence[str]]:
    return {
        f"{key.selector}._domainkey.{key.domain}": [dkim.record(key.algorithm, dkim.public(dkim.load(key)))]
        for key in keys
    }


async def _published(lookups: Dns, case: Case) -> Mapping[str, Sequence[str] | None]:
    return {one.record: await _texts(lookups, one.record) for one in case.signatures}


async def _texts(lookups: Dns, name: str) -> Sequence[str] | None:
    """TXT records; None where DNS gave no answer."""
    try:
        return await lookups.txt(name)
    except NoSuchName:
        return ()
    except NoAnswer:
        return None


@frozen
class _ByDns:
    _lookups: Dns
    _sender: Sender
    _case: Case

    async def verdicts(self) -> list[Verdict]:
        """What each rule says that needs DNS; where that gives no answer, the rule says so."""
        looks: Sequence[tuple[str, Callable[[], Awaitable[list[Verdict]]]]] = (
            ("spf", self._spf),
            ("dmarc", self._dmarc),
            ("receiving", self._receiving),
            ("ehlo", self._ehlo),
            ("blocklist", self._blocklist),
        )
        found: list[Verdict] = []
        for id_, look in looks:
            try:
                found += await look()
            except NoAnswer:
                found.append(Verdict(id_, Level.UNKNOWN, "DNS gave no answer.", "Try again later."))
        return found

    async def _spf(self) -> list[Verdict]:
        domain = self._case.return_path
        if not domain:
            return []
        addresses = await self._addresses() if self._sender.direct else ()
        results: dict[str, Result] = {}
        evaluation = Evaluation(self._lookups)
        try:
            for address in addresses or (None,):
                evaluation = Evaluation(self._lookups)
                results[address or ""] = await evaluation.judge(domain, address)
        except BadPolicy as error:
            text = f"Receivers can't use the SPF policy of {domain}: {error} (RFC 7208)."
            return [Verdict("spf", Level.ERROR, text, "Publish the domain's SPF record as POST /domains gave it.")]
        if Result.NONE in results.values():
            text = f"{domain}, the domain of the return path, has no SPF record."
            return [Verdict("spf", Level.ERROR, text, "Publish the domain's SPF record as POST /domains gave it.")]
        if evaluation.open:
            text = f"The SPF policy of {domain} lets everybody send (+all)."
            return [Verdict("spf", Level.ERROR, text, "End it with ~all or -all.")]
        if not addresses:
            text = f"{domain} has an SPF policy that can be read; where the smarthost sends from is not known here."
            return [Verdict("spf", Level.UNKNOWN, text, "Include the smarthost's SPF policy in it.")]
        refused = [address for address, result in results.items() if result not in (Result.PASS, Result.UNTOLD)]
        if refused:
            text = f"The SPF policy of {domain} does not permit {', '.join(refused)}, where this mail would come from."
            return [Verdict("spf", Level.ERROR, text, "Add the address to it, as POST /domains gives the record.")]
        if Result.UNTOLD in results.values():
            return [Verdict("spf", Level.UNKNOWN, f"The SPF policy of {domain} hangs on macros (RFC 7208 §7).")]
        text = f"The SPF policy of {domain} permits {', '.join(results)}, in {evaluation.asked} lookups of 10."
        return [Verdict("spf", Level.PASS, text)]

    async def _dmarc(self) -> list[Verdict]:
        if self._case.sender is None:
            return []
        labels = self._case.sender.domain.split(".")
        for start in range(max(len(labels) - 1, 1)):
            name = f"_dmarc.{'.'.join(labels[start:])}"
            texts = await _texts(self._lookups, name)
            if texts is None:
                raise NoAnswer
            policies = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
            if len(policies) > 1:
                text = f"{name} has {len(policies)} DMARC records; receivers then take none (RFC 7489 §6.6.3)."
                return [Verdict("dmarc", Level.ERROR, text, "Delete all but one.")]
            if policies:
                return [_policy(name, policies[0])]
        domain = self._case.sender.domain
        text = f"{domain} has no DMARC record; Gmail, Yahoo and Microsoft ask for one of whoever sends much."
        return [Verdict("dmarc", Level.WARNING, text, f"Publish at _dmarc.{domain} the TXT record v=DMARC1; p=none")]

    async def _receiving(self) -> list[Verdict]:
        """Whether answers arrive: Microsoft asks for a From and a Reply-To that do receive."""
        boxes = [box for box in (self._case.sender, *self._case.reply_to) if box is not None]
        found = []
        for domain in dict.fromkeys(box.domain for box in boxes):
            if await self._receives(domain):
                found.append(Verdict("receiving", Level.PASS, f"{domain} takes mail, so that answers arrive."))
            else:
                text = (
                    f"{domain} takes no mail: neither answers nor complaints by mail arrive, and Microsoft asks for it."
                )
                found.append(Verdict("receiving", Level.WARNING, text, f"Give {domain} an MX record."))
        return found

    async def _receives(self, domain: str) -> bool:
        try:
            exchangers = await self._lookups.mx(domain)
            return (
                any(one.host != "." for one in exchangers)
                if exchangers
                else bool(await self._lookups.addresses(domain))
            )
        except NoSuchName:
            return False

    async def _ehlo(self) -> list[Verdict]:
        if not self._sender.direct:
            return []
        name, addresses = self._sender.hostname, await self._addresses()
        if not addresses:
            text = (
                f"{name}, the name that is given at EHLO, has no address in DNS; Gmail refuses such mail (550 5.7.25)."
            )
            return [Verdict("ehlo", Level.ERROR, text, "Publish its A record, or set smtp_outbound.hostname.")]
        found = []
        for address in addresses:
            try:
                names = await self._lookups.ptr(address)
            except NoSuchName:
                names = ()
            if name.lower() in (one.lower().rstrip(".") for one in names):
                found.append(Verdict("ehlo", Level.PASS, f"{address} leads back to {name}, the name given at EHLO."))
            else:
                leads = f"leads to {', '.join(names)}" if names else "has no name in DNS"
                text = (
                    f"{address} {leads}, not to {name}, the name given at EHLO; Gmail refuses such mail (550 5.7.25)."
                )
                fix = f"Have whoever gave you the address set its PTR record to {name}."
                found.append(Verdict("ehlo", Level.WARNING if names else Level.ERROR, text, fix))
        return found

    async def _blocklist(self) -> list[Verdict]:
        """Public addresses alone: nobody lists another."""
        found = []
        for address in await self._addresses() if self._sender.direct else ():
            if not ip_address(address).is_global:
                continue
            query = ip_address(address).reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
            try:
                answers = await self._lookups.addresses(f"{query}.{BLOCKLIST}")
            except NoSuchName:
                answers = ()
            if any(answer.startswith("127.255.") for answer in answers):
                text = f"{BLOCKLIST} does not answer public resolvers; whether {address} is listed is not known."
                found.append(Verdict("blocklist", Level.UNKNOWN, text, "Ask through a resolver of your own."))
            elif answers:
                text = f"{address} is listed at {BLOCKLIST} ({', '.join(answers)}); many receivers refuse its mail."
                fix = f"See https://check.spamhaus.org/listed/?searchterm={address} for why, and how it ends."
                found.append(Verdict("blocklist", Level.ERROR, text, fix))
            else:
                found.append(Verdict("blocklist", Level.PASS, f"{address} is not listed at {BLOCKLIST}."))
        return found

    async def _addresses(self) -> Sequence[str]:
        if self._sender.addresses:
            return self._sender.addresses
        try:
            return await self._lookups.addresses(self._sender.hostname)
        except NoSuchName:
            return ()


def _policy(name: str, record: str) -> Verdict:
    tags = {
        part.partition("=")[0].strip().lower(): part.partition("=")[2].strip().lower() for part in record.split(";")
    }
    if tags.get("p") in ("none", "quarantine", "reject"):
        return Verdict("dmarc", Level.PASS, f"{name} has a DMARC record with p={tags['p']}.")
    text = f"The DMARC record at {name} lacks a policy: p=none, p=quarantine or p=reject (RFC 7489 §6.3)."
    return Verdict("dmarc", Level.ERROR, text, "Add p=none to it.")
