"""DKIM key records as they are found in DNS: whether one has our key, and if not, what became of it on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

from mailit.domains.finding import Finding, Found, unquoted
from mailit.domains.records import DnsRecord

_TELLING = 20
"""Fewer characters of a key than these say nothing about which key it is."""

_PIECES = 4
_ONE_STRING = "Most providers take the value whole, and split it themselves."


def tags(text: str) -> dict[str, str]:
    """The tags of a key record (RFC 6376 §3.2), white space within values left out."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip(), "".join(value.split()))
    return found


def judge(record: DnsRecord, texts: Sequence[str], others: Iterable[DnsRecord]) -> Finding | None:
    """What the TXT records at a key's name come to; None where there are none. `others` are the domain's other keys."""
    if not texts:
        return None
    wanted = tags(record.value)
    right = [text for text in texts if tags(text).get("p") == wanted["p"]]
    if right:
        return _as_it_stands(record, tags(right[0]), wanted, [text for text in texts if text not in right])
    what, fix = _amiss(record, texts, wanted["p"], others)
    return Finding(Found.WRONG, f"{record.full_name} {what}", fix)


def _as_it_stands(
    record: DnsRecord, found: Mapping[str, str], wanted: Mapping[str, str], rest: Sequence[str]
) -> Finding:
    """The key is there: whether a receiver would take it."""
    name = record.full_name
    again = f"Set its value to: {record.value}"
    if any("p" in tags(text) for text in rest):
        return Finding(
            Found.WRONG,
            f"{name} has two key records; receivers take either (RFC 6376 §3.6.2.2).",
            "Delete the other one, so that this alone is left: " + record.value,
        )
    if found.get("k", "rsa") != wanted["k"]:
        said = f"is said to be of the kind {found['k']}" if "k" in found else "lacks its kind"
        return Finding(Found.WRONG, f"The key at {name} {said}; it is {wanted['k']}.", again)
    if found.get("v", "DKIM1") != "DKIM1":
        return Finding(Found.WRONG, f"{name} has v={found['v']} in the place of v=DKIM1.", again)
    if "sha256" not in found.get("h", "sha256").split(":"):
        return Finding(Found.WRONG, f"{name} allows the hash {found['h']} alone (h=); we sign with sha256.", again)
    if not {"*", "email"} & set(found.get("s", "*").split(":")):
        return Finding(Found.WRONG, f"The key at {name} is for the service {found['s']} (s=), not for email.", again)
    if "y" in found.get("t", "").split(":"):
        return Finding(Found.RIGHT, f"Found, marked as a test (t=y) at {name}: some receivers pass over the signature.")
    return Finding(Found.RIGHT, "Found as it should be.")


def _amiss(record: DnsRecord, texts: Sequence[str], key: str, others: Iterable[DnsRecord]) -> tuple[str, str]:
    """What is wrong with the texts, none of which has the key, and the mend."""
    again = f"Set its value to: {record.value}"
    for text in texts:
        bare = unquoted(text)
        if bare != text and tags(bare).get("p") == key:
            if re.search(r'"\s*"', text.strip().strip('"')):
                return "has the pieces of the key joined with their quotation marks.", f"{_ONE_STRING} {again}"
            return "has quotation marks in its value.", f"Enter the value without them. {again}"
    if _splits(texts, key):
        return (
            f"has the key split over {len(texts)} records; it must be one record, of several strings.",
            f"Delete them and add one. {_ONE_STRING} {again}",
        )
    for text in texts:
        found = tags(text).get("p")
        if found is None:
            continue
        if not found:
            return "has a key that was revoked (an empty p=).", again
        for other in others:
            if tags(other.value)["p"] == found:
                return f"has the key that belongs at {other.full_name}.", again
        if key.startswith(found) and len(found) >= _TELLING:
            if "".join(text.split()).startswith(key[len(found) :]):
                return "has the pieces of the key joined in the wrong order.", f"{_ONE_STRING} {again}"
            return (
                f"has a key that was cut off after {len(found)} of {len(key)} characters.",
                f"The provider's form takes too little at once: look for how it takes long TXT records. {again}",
            )
        alike = _alike(found, key)
        if alike >= _TELLING:
            return f"has a key that was damaged: it differs from character {alike + 1} on.", again
        return "has another key: an older one, or another service's.", again
    return "has a TXT record that is no DKIM key.", again


def _splits(texts: Sequence[str], key: str) -> bool:
    if not 2 <= len(texts) <= _PIECES:
        return False
    bare = [unquoted(text) for text in texts]
    return any(tags("".join(order)).get("p") == key for order in permutations(bare))


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning on.

    The first of an RSA key say what kind of key it is, and are the same in every key of its length.
    """
    head = 44 if one.startswith("MII") else 0
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return same if same >= head + _TELLING else 0
