"""Makes an account with its team, an API key and perhaps a sending domain: all of it in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from mailit.access import accounts, keys
from mailit.access.accounts import EmailTaken, NewAccount
from mailit.access.names import checked_email, checked_name
from mailit.access.passwords import hashed_now
from mailit.cli.opened import Database
from mailit.config import Config
from mailit.domains.asked import checked
from mailit.domains.custody import Custody
from mailit.domains.records import DnsRecord
from mailit.domains.sending import CHANNEL
from mailit.domains.state import added, told
from mailit.errors import CannotStart
from mailit.ids import Ids
from mailit.interfaces import Tx
from mailit.store import accounts as account_store
from mailit.store.dkim_keys import DkimKey
from mailit.store.domains import NewDomain
from mailit.store.notices import tell

KEY_NAME = "Setup"


@frozen
class Asked:
    """Who is to be there; a `domain` of None makes none."""

    email: str
    password: str = field(repr=False)
    team: str
    domain: str | None = None


@frozen
class Founded:
    """What was made. `dns_records` are in the shape of `POST /domains`, `records` the same; none without a domain."""

    user_id: str
    team_id: str
    api_key: str = field(repr=False)
    dns_records: Sequence[Mapping[str, Any]] = ()
    records: Sequence[DnsRecord] = field(default=(), repr=False)


def found(database: Database, config: Config, asked: Asked) -> Founded:
    """Makes all that is asked for, or nothing. `config` has its secrets.

    Raises `Refused` for what is wrong in a value, `DomainTaken`, and `CannotStart` where there is such an account.
    """
    email = checked_email(asked.email)
    account = NewAccount(email, email.partition("@")[0], checked_name("team", asked.team), hashed_now(asked.password))
    draw = Ids()
    domain: NewDomain | None = None
    signing: Sequence[DkimKey] = ()
    if asked.domain is not None:
        master = config.dkim.master_encryption_key
        assert master is not None
        domain = checked(NewDomain(id=draw(), team_id="", name=asked.domain))
        signing = Custody(master).made(draw, domain.id, config.dkim.selector, config.dkim.key_bits)
    try:
        return database.transact(_founded, config, draw, account, domain, signing)
    except EmailTaken as error:
        raise CannotStart(f"there is an account of {email} already; `mailit user reset` sets its password") from error


def regained(tx: Tx, config: Config, email: str, password: str) -> Founded:
    """A new password and a new key for an account that is there; its hash is made in the transaction.

    Raises `CannotStart` where there is no such account.
    """
    account = account_store.by_email(tx, email)
    teams = account_store.memberships(tx, account.id) if account is not None else []
    if account is None or not teams:
        raise CannotStart(f"there is no account of {email} with a team; run `mailit setup`")
    account_store.set_password(tx, account.id, hashed_now(password))
    granted = keys.grant(tx, Ids(), teams[0].team_id, KEY_NAME, config.auth.api_key_prefix)
    return Founded(account.id, teams[0].team_id, granted.token)


def _founded(
    tx: Tx, config: Config, draw: Ids, account: NewAccount, domain: NewDomain | None, signing: Sequence[DkimKey]
) -> Founded:
    made = accounts.found(tx, draw, account)
    granted = keys.grant(tx, draw, made.team_id, KEY_NAME, config.auth.api_key_prefix)
    told_records: Sequence[Mapping[str, Any]] = ()
    records: Sequence[DnsRecord] = ()
    if domain is not None:
        ours = evolve(domain, team_id=made.team_id)
        state = added(tx, ours, signing, config.hosts)
        told_records, records = told(state)["records"], state.records
        tell(tx, CHANNEL)
    return Founded(made.account_id, made.team_id, granted.token, told_records, records)
