"""All that a plugin may touch, given to it; what is not here is none of its business."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import frozen

from mailit.interfaces import Clock, Database, Envelope, Notices, Render, Resolver, Submission


@frozen
class Host:
    """The house as a plugin sees it. `settings` is the plugin's own section, `mode` how mail leaves here.

    `run_in_thread(f, *args)` gives a Deferred; a plugin blocks nowhere else. `ids()` draws a UUIDv7.
    `return_path(envelope)` is the address that a receiver's reports about it go to. `report(delivery_id, state, data)`
    puts on record what a delivery came to after its end, as the event `email.STATE`: `complained`, `clicked`,
    `opened`; it fires with False where the delivery is not one that this can come after, or not yet.
    """

    reactor: Any
    clock: Clock
    ids: Callable[[], str]
    database: Database
    notices: Notices
    submission: Submission
    render: Render
    return_path: Callable[[Envelope], str]
    resolver: Resolver
    run_in_thread: Callable[..., Any]
    mode: str
    base_url: str
    report: Callable[[str, str, Mapping[str, Any] | None], Awaitable[bool]]
    settings: Any = None
