"""What records write of themselves: a repr ends in logs and tracebacks, where no secret may."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

import mailit

_SECRET = {
    "secret",
    "master",
    "master_encryption_key",
    "jwt_secret",
    "password",
    "token",
    "private",
    "verp_secret",
    "api_key",
}
# Encrypted, or to be published.
_OPEN = {
    ("mailit.store.dkim_keys", "DkimKey"),
    ("mailit.store.second_factors", "SecondFactor"),
    ("mailit.store.domain_claims", "Claim"),
}


def records() -> Iterator[type[Any]]:
    """Every attrs class of the package."""
    for module in pkgutil.walk_packages(mailit.__path__, "mailit."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for thing in vars(loaded).values():
            if isinstance(thing, type) and thing.__module__ == module.name and attrs.has(thing):
                yield thing


@pytest.mark.parametrize("record", [pytest.param(one, id=f"{one.__module__}.{one.__name__}") for one in records()])
def test_a_record_does_not_write_its_secrets(record: type[Any]) -> None:
    """By the names that we give them."""
    if (record.__module__, record.__name__) in _OPEN or record.__repr__ is object.__repr__:
        return
    told = [one.name for one in attrs.fields(record) if one.name.lstrip("_") in _SECRET and one.repr]
    assert not told
