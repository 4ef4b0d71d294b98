"""A mail held to the rules of its receivers before it is sent: built and signed as it would leave, and kept at home."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from msgspec import Struct

from mailit.api.drafts import SendEmail, draft_of
from mailit.api.routes.emails import BODY_MOST
from mailit.domains.preflight import Preflight, worst
from mailit.draft import Stream
from mailit.interfaces import Envelope, Render, Signers, Submission
from mailit.mail.address import parse
from mailit.plugin import Call, Cost, Needs, Permission, endpoint


class PreflightEmail(SendEmail, frozen=True, kw_only=True):
    """A mail as for `POST /emails`. `marketing`: people subscribe to it, so that they must be able to leave."""

    marketing: bool = False


class RuleView(Struct, frozen=True):
    """What one rule says: `level` is `pass`, `warning`, `error` or `unknown`; `fix` is what to do about it."""

    id: str
    level: str
    text: str
    fix: str | None


class PreflightView(Struct, frozen=True, kw_only=True):
    """What every rule says, the gravest `level` of them, and how large the message is in bytes."""

    object: str = "preflight"
    level: str
    size: int
    rules: list[RuleView]


@frozen(eq=False)
class PreflightRoutes:
    """`/emails/preflight`."""

    _submission: Submission
    _render: Render
    _signers: Signers
    _preflight: Preflight
    _run_in_thread: Callable[..., Any]

    @endpoint(
        "POST",
        "/emails/preflight",
        permission=Permission.SEND,
        takes=PreflightEmail,
        gives=PreflightView,
        needs=Needs.SENDING,
        cost=Cost.SEND,
        limit=BODY_MOST,
    )
    async def preflight(self, call: Call, body: PreflightEmail) -> PreflightView:
        """Builds and signs a mail without sending it, and says what each rule of its receivers makes of it."""
        if body.heavy:
            draft = await self._run_in_thread(draft_of, body, call.caller)
        else:
            draft = draft_of(body, call.caller)
        email = await self._submission.preview(draft)
        box = parse(email.to[0])
        keys = await self._signers.keys(email.domain_id)
        message = await self._render(
            Envelope(email.id, 0, box.domain, Stream.TRANSACTIONAL, box.address, 0.0, False, email)
        )
        verdicts = await self._preflight.judge(message, email.return_path, keys, body.marketing)
        return PreflightView(
            level=worst(verdicts).value,
            size=len(message),
            rules=[RuleView(one.id, one.level.value, one.text, one.fix) for one in verdicts],
        )
