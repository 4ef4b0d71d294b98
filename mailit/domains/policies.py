"""SPF and DMARC records as they are found in DNS: whether they say what they should, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

from mailit.domains.finding import Finding, Found, unquoted
from mailit.domains.records import DnsRecord


def spf(record: DnsRecord, texts: Sequence[str]) -> Finding | None:
    """What the TXT records at a return path come to; None where no policy is among them."""
    name = record.full_name
    policies = [text for text in texts if _is_policy(text)]
    if len(policies) > 1:
        return Finding(
            Found.WRONG,
            f"{name} has {len(policies)} SPF records; receivers then take none (RFC 7208 §4.5).",
            f"Leave one, with what is in all of them: {_merged(record, policies)}",
        )
    if policies:
        if _lets_us(policies[0], record):
            return Finding(Found.RIGHT, "Found as it should be.")
        return Finding(
            Found.WRONG,
            f"The SPF record at {name} does not let us send: {' '.join(_ours(record))} is not in it.",
            f"Change its value to: {_merged(record, policies)}",
        )
    if any(_is_policy(unquoted(text)) for text in texts):
        return Finding(
            Found.WRONG,
            f"{name} has quotation marks in its value, so that it is no SPF record.",
            f"Enter the value without them: {record.value}",
        )
    return None


def dmarc(record: DnsRecord, texts: Sequence[str]) -> Finding | None:
    """What the TXT records at `_dmarc` come to; None where there are none."""
    name = record.full_name
    policies = [text for text in texts if text.strip().lower().startswith("v=dmarc1")]
    if len(policies) > 1:
        return Finding(
            Found.WRONG,
            f"{name} has {len(policies)} DMARC records; receivers then take none (RFC 7489 §6.6.3).",
            "Delete all but one.",
        )
    if policies:
        said = {
            part.partition("=")[0].strip().lower(): part.partition("=")[2].strip().lower()
            for part in policies[0].split(";")
        }
        if said.get("p") in ("none", "quarantine", "reject"):
            return Finding(Found.RIGHT, "Found as it should be.")
        return Finding(
            Found.WRONG,
            f"The DMARC record at {name} lacks a policy: p=none, p=quarantine or p=reject.",
            f"Set its value to: {record.value}",
        )
    if any(unquoted(text).lower().startswith("v=dmarc1") for text in texts):
        return Finding(
            Found.WRONG,
            f"{name} has quotation marks in its value, so that it is no DMARC record.",
            f"Enter the value without them: {record.value}",
        )
    if texts:
        return Finding(
            Found.WRONG, f"{name} has a TXT record that is no DMARC record.", f"Set its value to: {record.value}"
        )
    return None


def _is_policy(text: str) -> bool:
    return text.lower().split(" ")[0] == "v=spf1"


def _ours(record: DnsRecord) -> list[str]:
    return record.value.split()[1:-1]


def _lets_us(policy: str, record: DnsRecord) -> bool:
    """Whether a policy at the return path has our host in it, by the mechanism we advise or through its MX.

    What stands behind `all` is not looked at by anybody.
    """
    found = []
    for mechanism in policy.lower().split()[1:]:
        if mechanism.lstrip("+-~?") == "all":
            break
        found.append(mechanism.lstrip("+"))
    ours = [one.lower() for one in _ours(record)]
    return set(ours) <= set(found) or (ours[0].startswith("a:") and "mx" in found)


def _merged(record: DnsRecord, policies: Sequence[str]) -> str:
    """One policy with our mechanisms and those of all of these, and the last's word on everybody else."""
    mechanisms, last = _ours(record), record.value.split()[-1]
    for policy in policies:
        for mechanism in policy.split()[1:]:
            if mechanism.lower().lstrip("+-~?") == "all":
                last = mechanism
            elif mechanism.lower().lstrip("+") not in (one.lower() for one in mechanisms):
                mechanisms.append(mechanism)
    return " ".join(["v=spf1", *mechanisms, last])
