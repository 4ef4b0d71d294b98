"""The endpoints that the core brings."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from mailit.access.keys import Keys
from mailit.access.limits import Limits
from mailit.access.people import People
from mailit.api.routes.account import AccountRoutes
from mailit.api.routes.api_keys import ApiKeyRoutes
from mailit.api.routes.attachments import AttachmentRoutes
from mailit.api.routes.auth import AuthRoutes
from mailit.api.routes.deliveries import DeliveryRoutes, Sender
from mailit.api.routes.documents import DocumentRoutes
from mailit.api.routes.domain_claims import DomainClaimRoutes
from mailit.api.routes.domains import DomainRoutes
from mailit.api.routes.emails import EmailRoutes
from mailit.api.routes.event_log import EventLogRoutes
from mailit.api.routes.logs import LogRoutes
from mailit.api.routes.operator import OperatorRoutes
from mailit.api.routes.preflight import PreflightRoutes
from mailit.api.routes.scheduled import ScheduledRoutes
from mailit.api.routes.shares import ShareRoutes
from mailit.api.routes.system import SystemRoutes
from mailit.api.routes.team import TeamRoutes
from mailit.api.routes.usage import UsageRoutes
from mailit.api.signed import SignedLinks
from mailit.domains.preflight import Preflight
from mailit.domains.sending import SendingDomains
from mailit.interfaces import Blobs, Clock, Database, EventFeed, Render, Sites, Submission
from mailit.plugin import Endpoint, PluginFacts, endpoints
from mailit.submission.idempotency import Idempotency
from mailit.submission.quotas import Quotas
from mailit.submission.scheduled import Scheduled


def _nobody(delivery_id: str, domain: str) -> str:
    return ""


def all_endpoints(
    *,
    reactor: Any,
    run_in_thread: Callable[..., Any],
    database: Database,
    submission: Submission,
    idempotency: Idempotency,
    scheduled: Scheduled,
    quotas: Quotas,
    limits: Limits,
    feed: EventFeed,
    render: Render,
    domains: SendingDomains,
    keys: Keys,
    people: People,
    ready: Callable[[], Awaitable[str | None]],
    mode: str,
    version: str,
    hostname: str,
    base_url: str,
    links: SignedLinks,
    preflight: Preflight,
    blobs: Blobs | None = None,
    clock: Clock = time.time,
    sites: Sites | None = None,
    sender: Sender = _nobody,
    plugins: Sequence[PluginFacts] = (),
    others: Sequence[Endpoint] = (),
) -> list[Endpoint]:
    """The core's endpoints, then `others` (the plugins'), all of them described by `/openapi.json`.

    `ready()` says why the process is not ready, or gives None. `sites` is what it knows as one that delivers.
    """
    documents = DocumentRoutes(version, base_url)
    routes = (
        EmailRoutes(database, submission, run_in_thread, render, idempotency, blobs, clock),
        ScheduledRoutes(scheduled, clock),
        UsageRoutes(database, quotas, limits),
        AttachmentRoutes(database, blobs, links),
        ShareRoutes(database, blobs, links),
        PreflightRoutes(submission, render, domains, preflight, run_in_thread),
        DeliveryRoutes(database, sites, sender),
        EventLogRoutes(database, feed, reactor),
        DomainRoutes(domains),
        DomainClaimRoutes(domains),
        ApiKeyRoutes(keys),
        LogRoutes(database, clock),
        AuthRoutes(people.accounts, people.sessions, people.recovery, people.invitations),
        AccountRoutes(people.accounts, people.sessions, people.factors),
        TeamRoutes(people.teams, people.invitations),
        OperatorRoutes(database, sites, plugins),
        SystemRoutes(mode, version, hostname, ready, database, sites),
        documents,
    )
    documents.endpoints += [one for some in routes for one in endpoints(some)]
    documents.endpoints += others
    return documents.endpoints
