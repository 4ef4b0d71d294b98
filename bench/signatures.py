"""What signing costs by itself: RSA-2048 and Ed25519 by `cryptography`, in as many threads as there are cores."""

from __future__ import annotations

import threading
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from bench.machine import cores

_HEADERS = b"from:Parcels <hello@example.org>\r\n" * 12


def threads() -> int:
    """How many sign at once."""
    return cores()


def rate(seconds: float) -> float:
    """How many mails a second could be signed, each by both keys, if there were nothing else to do."""
    key, small = rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()
    signed = [0] * threads()
    ended = threading.Event()

    def sign(place: int) -> None:
        while not ended.is_set():
            key.sign(_HEADERS, padding.PKCS1v15(), hashes.SHA256())
            small.sign(_HEADERS)
            signed[place] += 1

    signers = [threading.Thread(target=sign, args=(place,), daemon=True) for place in range(threads())]
    began = time.monotonic()
    for signer in signers:
        signer.start()
    time.sleep(seconds)
    ended.set()
    for signer in signers:
        signer.join()
    return sum(signed) / (time.monotonic() - began)
