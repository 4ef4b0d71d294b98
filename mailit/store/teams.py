"""Teams and who is in them."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from mailit.interfaces import Page, Tx
from mailit.store.pages import turned

SYSTEM = "00000000-0000-7000-8000-000000000000"
"""The team that system mail belongs to: nobody is in it, so that nobody reads the links of others."""

INSERT_SYSTEM = "INSERT INTO team (id, name) VALUES (%(id)s, 'MailIt') ON CONFLICT (id) DO NOTHING"

ONE = """
    SELECT id, name, created_at, (SELECT count(*) FROM membership WHERE team_id = %(team)s) AS members
      FROM team WHERE id = %(team)s
"""

RENAME = "UPDATE team SET name = %(name)s WHERE id = %(team)s"

# Changes to who is in a team take turns here: two owners who remove each other at once leave one.
ONE_AT_A_TIME = "SELECT id FROM team WHERE id = %(team)s FOR UPDATE"

MEMBER_COLUMNS = """
    SELECT account.id, account.email, account.name, membership.role, membership.created_at,
           EXISTS (SELECT 1 FROM second_factor
                    WHERE second_factor.account_id = account.id AND second_factor.confirmed_at IS NOT NULL) AS totp
      FROM membership JOIN account ON account.id = membership.account_id
"""

MEMBERS = MEMBER_COLUMNS + " WHERE membership.team_id = %(team)s ORDER BY membership.created_at, account.id"

MEMBER = MEMBER_COLUMNS + " WHERE membership.team_id = %(team)s AND membership.account_id = %(account)s"

OWNERS = "SELECT count(*) AS owners FROM membership WHERE team_id = %(team)s AND role = 'owner'"

SET_ROLE = "UPDATE membership SET role = %(role)s WHERE team_id = %(team)s AND account_id = %(account)s"

REMOVE = "DELETE FROM membership WHERE team_id = %(team)s AND account_id = %(account)s"

OVERVIEW = """
    SELECT team.id, team.name, team.created_at,
           (SELECT count(*) FROM membership WHERE membership.team_id = team.id) AS members,
           (SELECT count(*) FROM domain WHERE domain.team_id = team.id) AS domains,
           (SELECT count(*) FROM api_key WHERE api_key.team_id = team.id) AS api_keys
      FROM team WHERE team.id <> %(system)s
"""

LIST_NEWEST = OVERVIEW + " ORDER BY team.id DESC LIMIT %(most)s"

LIST_OLDER = OVERVIEW + " AND team.id < %(after)s ORDER BY team.id DESC LIMIT %(most)s"

LIST_NEWER = OVERVIEW + " AND team.id > %(before)s ORDER BY team.id LIMIT %(most)s"

# The setup team is the first that the first account was in: its domains send system mail.
SETUP = """
    SELECT membership.team_id FROM account JOIN membership ON membership.account_id = account.id
     WHERE account.operator ORDER BY account.created_at, account.id, membership.created_at, membership.team_id LIMIT 1
"""

SENDING = """
    SELECT name FROM domain WHERE team_id = %(team)s AND sending ORDER BY (status = 'verified') DESC, id LIMIT 20
"""


@frozen
class Team:
    """A team, and how many are in it."""

    id: str
    name: str
    created_at: datetime
    members: int


@frozen
class Member:
    """Somebody in a team: since when, as what, and whether he has a second factor. The id is the account's."""

    id: str
    email: str
    name: str
    role: str
    created_at: datetime
    totp: bool


@frozen
class Overview:
    """A team as the operator sees it."""

    id: str
    name: str
    created_at: datetime
    members: int
    domains: int
    api_keys: int


def ensure_system(tx: Tx) -> None:
    """Makes the team of system mail where there is none yet."""
    tx.run(INSERT_SYSTEM, {"id": SYSTEM})


def one(tx: Tx, team_id: str) -> Team | None:
    """The team of this id."""
    row = tx.row(ONE, {"team": team_id})
    return None if row is None else Team(row.id, row.name, row.created_at, row.members)


def rename(tx: Tx, team_id: str, name: str) -> None:
    """Gives a team another name."""
    tx.run(RENAME, {"team": team_id, "name": name})


def one_at_a_time(tx: Tx, team_id: str) -> None:
    """From here to the end of the transaction nobody else changes who is in this team."""
    tx.row(ONE_AT_A_TIME, {"team": team_id})


def members(tx: Tx, team_id: str) -> list[Member]:
    """Who is in a team, in the order in which they joined."""
    return [
        Member(row.id, row.email, row.name, row.role, row.created_at, row.totp)
        for row in tx.rows(MEMBERS, {"team": team_id})
    ]


def member(tx: Tx, team_id: str, account_id: str) -> Member | None:
    """One who is in a team."""
    row = tx.row(MEMBER, {"team": team_id, "account": account_id})
    return None if row is None else Member(row.id, row.email, row.name, row.role, row.created_at, row.totp)


def owners(tx: Tx, team_id: str) -> int:
    """How many owners a team has."""
    return int(tx.rows(OWNERS, {"team": team_id})[0].owners)


def set_role(tx: Tx, team_id: str, account_id: str, role: str) -> None:
    """Gives somebody another role."""
    tx.run(SET_ROLE, {"team": team_id, "account": account_id, "role": role})


def remove(tx: Tx, team_id: str, account_id: str) -> None:
    """Takes somebody out of a team."""
    tx.run(REMOVE, {"team": team_id, "account": account_id})


def page(tx: Tx, page_: Page) -> tuple[list[Overview], bool]:
    """All teams there are, newest first, and whether there are more."""
    rows, more = turned(tx, page_, {"system": SYSTEM}, LIST_NEWEST, LIST_OLDER, LIST_NEWER)
    return [Overview(row.id, row.name, row.created_at, row.members, row.domains, row.api_keys) for row in rows], more


def setup(tx: Tx) -> str | None:
    """The team that was there first, whose domains send system mail."""
    row = tx.row(SETUP)
    return None if row is None else row.team_id


def sending(tx: Tx, team_id: str) -> list[str]:
    """Names of a team's sending domains, those that are verified first."""
    return [row.name for row in tx.rows(SENDING, {"team": team_id})]
