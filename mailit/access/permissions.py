"""What each role may do in its team: the one table."""

from __future__ import annotations

from collections.abc import Mapping

from mailit.plugin import Permission

ROLES: Mapping[str, tuple[Permission, ...]] = {
    "owner": (Permission.READ, Permission.SEND, Permission.MANAGE, Permission.MEMBERS, Permission.TEAM),
    "admin": (Permission.READ, Permission.SEND, Permission.MANAGE, Permission.MEMBERS),
    "member": (Permission.READ, Permission.SEND),
}
"""The permissions of each role; `docs/accounts.md` shows the same table, and a test holds it to this one."""


def roles_with(permission: Permission) -> tuple[str, ...]:
    """The roles that have this permission."""
    return tuple(role for role, its in ROLES.items() if permission in its)


def allows(role: str | None, permission: Permission) -> bool:
    """Whether an account of this role may do it; nobody's role allows nothing."""
    return permission in ROLES.get(role or "", ())
