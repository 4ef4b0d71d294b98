"""What somebody asks of a domain, made as DNS has it, or refused by the name of the field."""

from __future__ import annotations

import re

from attrs import evolve, frozen

from mailit.errors import Forbidden, Refused
from mailit.mail.address import BadAddress, domain_name
from mailit.store.domains import Domain, NewDomain

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME_MOST = 253 - len("mailit-999-ed25519._domainkey.")
_ONE_LABEL = "It must be one label: letters, digits and hyphens."


class DomainTaken(Forbidden):
    """The name is another team's by verification, or this team has it already."""

    name = "validation_error"

    @classmethod
    def named(cls, domain: str) -> DomainTaken:
        """The error in Resend's words for this domain."""
        return cls(f"The {domain} domain has been registered already.")


@frozen
class Changes:
    """What is to be changed of a domain; None leaves a thing as it is. `untracked` takes the tracking name away."""

    tls: str | None = None
    open_tracking: bool | None = None
    click_tracking: bool | None = None
    tracking_subdomain: str | None = None
    untracked: bool = False
    sending: bool | None = None
    receiving: bool | None = None


def checked(new: NewDomain) -> NewDomain:
    """The same with its names as DNS has them. Raises `Refused` with the field's name."""
    path = new.custom_return_path.lower()
    if not _LABEL.fullmatch(path):
        raise Refused(f"Invalid `custom_return_path` field. {_ONE_LABEL}")
    tracking = _tracking(new.tracking_subdomain, path)
    _is_for_something(new.sending, new.receiving)
    return evolve(new, name=_name(new.name), custom_return_path=path, tracking_subdomain=tracking)


def changed(domain: Domain, changes: Changes) -> Domain:
    """The domain with what is to be changed. Raises `Refused` with the field's name."""
    given = {
        name: value
        for name in ("tls", "open_tracking", "click_tracking", "sending", "receiving")
        if (value := getattr(changes, name)) is not None
    }
    after: Domain = evolve(domain, **given)
    _is_for_something(after.sending, after.receiving)
    if changes.untracked:
        return evolve(after, tracking_subdomain=None)
    if changes.tracking_subdomain is None:
        return after
    return evolve(after, tracking_subdomain=_tracking(changes.tracking_subdomain, domain.custom_return_path))


def _is_for_something(sending: bool, receiving: bool) -> None:
    if not (sending or receiving):
        raise Refused("Invalid `capabilities` field. At least one capability must be enabled.")


def _tracking(label: str | None, path: str) -> str | None:
    if label is None:
        return None
    if not _LABEL.fullmatch(label.lower()):
        raise Refused(f"Invalid `tracking_subdomain` field. {_ONE_LABEL}")
    if label.lower() == path:
        # The one has MX and TXT records, the other is an alias, beside which nothing can stand.
        raise Refused("Invalid `tracking_subdomain` field. It must differ from `custom_return_path`.")
    return label.lower()


def _name(text: str) -> str:
    try:
        name = domain_name(text.strip().rstrip("."))
    except BadAddress as error:
        raise Refused(f"Invalid `name` field. It must be a domain name such as example.com: {error}.") from error
    if "." not in name:
        raise Refused("Invalid `name` field. It must be a domain name such as example.com.")
    if len(name) > _NAME_MOST:
        raise Refused(f"Invalid `name` field. It must have at most {_NAME_MOST} characters.")
    return name
