"""An endpoint made ready to serve: what of its declaration can be worked out once is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from mailit.access.permissions import roles_with
from mailit.api import answers, wire
from mailit.errors import Forbidden, MailItError, RestrictedApiKey
from mailit.interfaces import Caller
from mailit.plugin import Cost, Endpoint, Needs

Refuses = Callable[[Caller], MailItError | None]
"""What a caller lacks, or None."""


@frozen(eq=False)
class Served:
    """An endpoint with its readers and its head. `refuses(caller)` is what a caller lacks, or None."""

    endpoint: Endpoint
    run: Callable[..., Any]
    read_body: Callable[[bytes], Any] | None
    read_query: Callable[[Mapping[str, str]], Any] | None
    refuses: Refuses | None
    cost: Cost
    by_address: bool
    needs_agent: bool
    sends: bool
    head: bytes

    @classmethod
    def of(cls, endpoint: Endpoint) -> Served:
        """What serves this endpoint."""
        return cls(
            endpoint=endpoint,
            run=endpoint.run,
            read_body=_reader(endpoint.takes),
            read_query=wire.query(endpoint.query) if endpoint.query is not None else None,
            refuses=_refuses(endpoint),
            cost=endpoint.cost,
            by_address=endpoint.cost is Cost.AUTH or endpoint.needs is Needs.NOTHING,
            sends=endpoint.cost in (Cost.SEND, Cost.BATCH),
            needs_agent=endpoint.needs is not Needs.NOTHING or endpoint.cost is Cost.AUTH,
            head=answers.head(endpoint.status, endpoint.gives_type if endpoint.raw else answers.JSON),
        )


def _reader(takes: Any) -> Callable[[bytes], Any] | None:
    if takes is None:
        return None
    return bytes if takes is bytes else wire.body(takes)


def _refuses(endpoint: Endpoint) -> Refuses | None:
    """The rule of an endpoint: what the caller must be, then what his role must allow where he is an account."""
    if endpoint.needs is Needs.NOTHING:
        return None
    rule = _RULES[endpoint.needs]
    if endpoint.needs is Needs.OPERATOR:
        return rule
    roles = roles_with(endpoint.asks)
    lacks = f"This needs the role {' or '.join(roles)} in this team."

    def refuses(caller: Caller) -> MailItError | None:
        if caller.user_id is not None and caller.role not in roles:
            return Forbidden(lacks)
        return rule(caller)

    return refuses


def _sending(caller: Caller) -> MailItError | None:
    return None


def _full(caller: Caller) -> MailItError | None:
    return None if caller.full_access else RestrictedApiKey()


def _account(caller: Caller) -> MailItError | None:
    if not caller.full_access:
        return RestrictedApiKey()
    return None if caller.user_id is not None else Forbidden("This needs a signed-in account, not an API key.")


def _operator(caller: Caller) -> MailItError | None:
    return _account(caller) or (None if caller.operator else Forbidden("This is for the operator alone."))


_RULES: Mapping[Needs, Refuses] = {
    Needs.SENDING: _sending,
    Needs.FULL: _full,
    Needs.ACCOUNT: _account,
    Needs.OPERATOR: _operator,
}
