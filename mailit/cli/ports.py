"""A port as the command line sees it: free, ours, or somebody else's."""

from __future__ import annotations

import socket
import urllib.request

from mailit.settings import Address


def bind(address: Address) -> None:
    """Listens there for a moment. Raises `OSError` where that can't be."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address.host, address.port))
        probe.listen(1)


def answers(url: str, seconds: float = 3.0) -> bool:
    """Whether a GET is answered with 200. No proxy is asked."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def local(address: Address) -> Address:
    """Where this machine itself finds what listens there."""
    return Address("localhost", address.port) if address.host in ("", "0.0.0.0", "::") else address
