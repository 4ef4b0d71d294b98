"""Everything about people, built together: accounts, sessions, second factors, teams, invitations."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from mailit.access.access import Access
from mailit.access.accounts import Accounts
from mailit.access.factors import PURPOSE, Codes, Factors
from mailit.access.invitations import Invitations
from mailit.access.links import Links
from mailit.access.passwords import Passwords
from mailit.access.post import Post
from mailit.access.proofs import Proofs
from mailit.access.recovery import Recovery
from mailit.access.sessions import Sessions
from mailit.access.teams import Teams
from mailit.interfaces import Clock, Database
from mailit.store.sealed import Seal


@frozen(eq=False)
class People:
    """The parts that the endpoints about people are given."""

    accounts: Accounts
    sessions: Sessions
    factors: Factors
    recovery: Recovery
    teams: Teams
    invitations: Invitations

    @classmethod
    def of(
        cls,
        *,
        database: Database,
        passwords: Passwords,
        access: Access,
        post: Post,
        draw: Callable[[], str],
        clock: Clock,
        secret: str,
        master: str,
        dashboard_url: str,
        registration: str,
    ) -> People:
        """`secret` signs sessions and links, `master` is what the secrets of second factors are sealed under."""
        seal = Seal(master, PURPOSE)
        links, codes = Links(secret, dashboard_url), Codes(seal)
        proofs = Proofs(database, passwords, clock)
        sessions = Sessions(database, access, draw, clock, secret)
        return cls(
            accounts=Accounts(database, passwords, proofs, codes, sessions, access, draw, clock, registration),
            sessions=sessions,
            factors=Factors(database, proofs, clock, seal),
            recovery=Recovery(database, passwords, access, links, post, draw, clock),
            teams=Teams(database, access, draw, registration == "open"),
            invitations=Invitations(database, passwords, proofs, codes, sessions, access, links, post, draw, clock),
        )
