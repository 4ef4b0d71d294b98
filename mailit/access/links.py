"""Links in system mail: their tokens are made from an id and a secret, so that nothing that opens a door is stored."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

from attrs import field, frozen

_HEX = 32
_MAC = 32  # letters: 192 bits


@frozen
class Links:
    """Makes and reads links to the dashboard. `secret` is the one that signs JWTs: who changes it ends all links."""

    _secret: str = field(repr=False)
    _dashboard_url: str

    def reset(self, id_: str) -> str:
        """Where a new password is set."""
        return f"{self._dashboard_url}/reset?token={self._token('reset', id_)}"

    def reset_of(self, token: str) -> str | None:
        """The id in a token of `reset`, if it is ours."""
        return self._id("reset", token)

    def invitation(self, id_: str) -> str:
        """Where an invitation is accepted."""
        return f"{self._dashboard_url}/invite?token={self._token('invitation', id_)}"

    def invitation_of(self, token: str) -> str | None:
        """The id in a token of `invitation`, if it is ours."""
        return self._id("invitation", token)

    @property
    def account_page(self) -> str:
        """Where people see their sessions and set their password."""
        return f"{self._dashboard_url}/settings/account"

    def _token(self, purpose: str, id_: str) -> str:
        text = f"mailit link:{purpose}:{id_}".encode()
        mac = urlsafe_b64encode(hmac.digest(self._secret.encode(), text, hashlib.sha256)).decode()
        return id_.replace("-", "") + mac[:_MAC]

    def _id(self, purpose: str, token: str) -> str | None:
        try:
            id_ = str(UUID(hex=token[:_HEX]))
        except ValueError:
            return None
        given, ours = token.encode("utf-8", "replace"), self._token(purpose, id_).encode()
        return id_ if hmac.compare_digest(given, ours) else None
