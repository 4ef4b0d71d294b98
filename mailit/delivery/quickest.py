"""Which of OpenSSL's ways to RSA-2048 is the quickest on this processor: measured, for no rule of ours would know.

On x86-64 it has several. Where a processor has ADX it takes the one for that, though on some the one for AVX2 needs a
tenth less; `OPENSSL_ia32cap` decides, and is read when the library is loaded. `python -m mailit.delivery.quickest`
prints the microseconds of one signature in the environment that it is given.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from twisted.internet.defer import gatherResults
from twisted.internet.utils import getProcessOutputAndValue

_SWITCH = "OPENSSL_ia32cap"

WAYS: tuple[Mapping[str, str], ...] = ({}, {_SWITCH: ":~0x80000"})
"""What is added to the environment: nothing, and that the processor has no ADX (OPENSSL_ia32cap(3))."""

WORTH = 0.95
"""Another way than OpenSSL's own has to take less than this much of its time."""

_ROUNDS, _A_ROUND = 5, 20


async def quickest(reactor: Any) -> Mapping[str, str]:
    """What to add to the environment of a process that signs; nothing where it can't be told, or somebody has decided.

    It takes some tenths of a second of two processes, and fails in nothing.
    """
    if platform.machine() not in ("x86_64", "AMD64") or _SWITCH in os.environ:
        return WAYS[0]
    taken = await gatherResults([_taken(reactor, way) for way in WAYS])
    best = min(taken)
    return WAYS[taken.index(best)] if best < WORTH * taken[0] else WAYS[0]


def environment(added: Mapping[str, str]) -> dict[str, str]:
    """Of a Python of ours in a process of its own: this one's, and what is added."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **added}


def _taken(reactor: Any, way: Mapping[str, str]) -> Any:
    """Microseconds of one signature; infinite where nothing came of it."""
    asked = getProcessOutputAndValue(sys.executable, ("-m", __name__), environment(way), reactor=reactor)
    return asked.addCallback(lambda result: float(result[0])).addErrback(lambda _: float("inf"))


def measure() -> float:
    """Microseconds of this process's time that one RSA-2048 signature takes, in the best of a few rounds."""
    key = rsa.generate_private_key(65537, 2048)
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        for _ in range(_A_ROUND):
            key.sign(b"", padding.PKCS1v15(), hashes.SHA256())
        best = min(best, time.process_time() - began)
    return best / _A_ROUND * 1e6


if __name__ == "__main__":
    print(measure())
