"""The sections of the configuration: which settings class fills which."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from mailit.access.settings import AuthSettings, RateLimitSettings, RedisSettings
from mailit.api.settings import ServerSettings
from mailit.db.settings import DatabaseSettings
from mailit.delivery.settings import SmtpOutboundSettings
from mailit.domains.settings import DkimSettings
from mailit.net.settings import DnsSettings, SecuritySettings
from mailit.settings import ADDRESS, DURATION, FLAG, TEXT, Address, choice, list_of, setting
from mailit.smtpd.settings import SmtpInboundSettings, SubmissionSettings, TlsSettings
from mailit.store.settings import StorageSettings
from mailit.submission.settings import QuotaSettings


@frozen
class LoggingSettings:
    """Section `logging`."""

    level: str = setting(
        "info", "The least that is logged: `debug`, `info`, `warn`, `error`.", choice("debug", "info", "warn", "error")
    )
    format: str = setting("console", "`console`, or `json` for machines.", choice("console", "json"))


@frozen
class ObservabilitySettings:
    """Section `observability`."""

    prometheus_addr: Address = setting(
        "127.0.0.1:9464", "Where `/metrics` is served in the Prometheus format.", ADDRESS
    )


@frozen
class PluginsSettings:
    """Section `plugins`."""

    disabled: tuple[str, ...] = setting((), "Names of found plugins that are left out.", list_of(TEXT))


@frozen
class WebhooksSettings:
    """Section `webhooks`, until its plugin brings its own."""

    retry_delays: tuple[float, ...] = setting(
        ("5s", "5m", "30m", "2h", "5h", "10h", "10h"), "Waits before the next tries of one delivery.", list_of(DURATION)
    )
    timeout: float = setting("15s", "How long an endpoint may take to answer.", DURATION)


@frozen
class SuppressionSettings:
    """Section `suppression`, until its plugin brings its own."""

    hard_bounces: bool = setting(True, "Whether an address that does not exist is suppressed from then on.", FLAG)
    complaints: bool = setting(True, "Whether an address that complained is suppressed from then on.", FLAG)


CORE: Mapping[str, type] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "redis": RedisSettings,
    "auth": AuthSettings,
    "smtp_outbound": SmtpOutboundSettings,
    "security": SecuritySettings,
    "tls": TlsSettings,
    "smtp_inbound": SmtpInboundSettings,
    "submission": SubmissionSettings,
    "dkim": DkimSettings,
    "dns": DnsSettings,
    "rate_limit": RateLimitSettings,
    "quota": QuotaSettings,
    "storage": StorageSettings,
    "logging": LoggingSettings,
    "observability": ObservabilitySettings,
    "plugins": PluginsSettings,
}
"""Section -> class; each is an attribute of `mailit.config.Config`."""

TO_COME: Mapping[str, type] = {"webhooks": WebhooksSettings, "suppression": SuppressionSettings}
"""Sections that are known and checked before the plugin that they belong to is there."""
