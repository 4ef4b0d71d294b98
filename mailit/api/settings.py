"""What the API may be told: where it listens, by which names the world knows it, what this process runs."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from attrs import frozen

from mailit.settings import (
    ADDRESS,
    DURATION,
    FLAG,
    NETWORK,
    PATH,
    UNSET,
    URL,
    Address,
    choice,
    either,
    list_of,
    setting,
)

ROLES = ("api", "inbound", "submission", "delivery", "jobs")


@frozen
class ServerSettings:
    """Section `server`."""

    http_addr: Address = setting("127.0.0.1:8080", "Where the API listens.", ADDRESS)
    base_url: str | None = setting(UNSET, "Public URL of the API, in links.", URL, "made from http_addr")
    dashboard_url: str = setting(
        "http://localhost:3000", "Where the dashboard is, in system mail (invitation, password, alarms).", URL
    )
    system_from: str | None = setting(
        UNSET, "Sender of system mail, which goes through our own queue.", default_doc="at the setup team's domain"
    )
    data_dir: Path = setting("./data", "Everything that is generated lies under this folder.", PATH)
    roles: tuple[str, ...] = setting(
        ROLES,
        f"What this process runs: any of {', '.join(ROLES)}. `jobs` are subscribers, plugins' services and "
        "periodic jobs.",
        list_of(choice(*ROLES)),
    )
    shutdown_timeout: float = setting("10s", "How long a graceful stop may take.", DURATION)
    log_retention: float = setting(
        "30d", "How long requests of API keys are kept for `/logs`; 0s: none are written.", DURATION
    )
    log_bodies: bool = setting(
        True, "Whether their bodies are kept, too; secrets and attachments are struck out, what is long is cut.", FLAG
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = setting(
        ("127.0.0.0/8", "::1/128"),
        "Networks of proxies, the dashboard's server among them, whose `X-Forwarded-For` says who a client is, for "
        "limits on `/auth` and for sessions. Of others it is not believed.",
        list_of(NETWORK),
    )
    cors_origins: tuple[str, ...] = setting(
        ("http://localhost:3000",),
        "Origins whose pages may call the API from a browser.",
        list_of(either("*", URL)),
    )

    @property
    def url(self) -> str:
        """The API's URL as links have it, without a slash at the end."""
        if self.base_url is not None:
            return self.base_url
        host = self.http_addr.host if self.http_addr.host not in ("", "0.0.0.0", "::") else "localhost"
        return f"http://{Address(host, self.http_addr.port)}"
