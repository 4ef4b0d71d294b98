"""What the operator is told of the way out, from what is known of exchangers' addresses."""

from __future__ import annotations

import pytest

from mailit.api.routes.system import way_out
from mailit.errors import Reply
from mailit.interfaces import SiteHost

REFUSES = Reply(421, "4.7.0", "Try again later")
TIMED_OUT = Reply(0, "4.4.1", "The connection timed out")


def failing(number: int, reply: Reply | None = TIMED_OUT) -> SiteHost:
    return SiteHost(f"mx{number}.example.net", f"192.0.2.{number}", failures=2, until=1.0, reply=reply)


class TestTheWayOut:
    """One exchanger that answers proves that it is open; several that can't be reached make it suspect."""

    @pytest.mark.parametrize(
        "hosts, way",
        [
            ([], "unknown"),
            ([failing(1), failing(2)], "unknown"),
            ([failing(1), failing(2), failing(3)], "shut"),
            ([failing(1), failing(2), failing(3, None)], "shut"),
            ([failing(1), failing(2), failing(3), failing(4, REFUSES)], "open"),
            ([failing(1), failing(2), SiteHost("mx3.example.net", "192.0.2.3", sessions=1, failures=1)], "open"),
            ([SiteHost("mx1.example.net", "192.0.2.1")], "open"),
        ],
    )
    def test_by_what_its_hosts_said(self, hosts: list[SiteHost], way: str) -> None:
        """A refusal is an answer, too."""
        assert way_out(hosts) == way
