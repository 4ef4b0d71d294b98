"""What the database may be told: an outside PostgreSQL, or where our own lies."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from mailit.settings import DURATION, FLAG, PATH, SECRET, UNSET, Kind, choice, integer, setting

_WEEK = 7 * 86400.0
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def _dsn(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("expected postgresql://USER:PASSWORD@HOST:PORT/NAME")
    return text


def _retention(text: str) -> float:
    seconds = DURATION.parse(text)
    if seconds < _WEEK:
        raise ValueError("expected a week (7d) or more: mail goes by whole weeks")
    return seconds


@frozen
class DatabaseSettings:
    """Section `database`: an outside PostgreSQL 15+ by `url` or by its parts; none named is the embedded one."""

    url: str | None = setting(
        UNSET,
        "An outside PostgreSQL 15 or later, as postgresql://USER:PASSWORD@HOST:PORT/NAME. Not together with its "
        "parts, below.",
        Kind("secret", "postgresql://USER:PASSWORD@HOST:PORT/NAME", _dsn),
        "the embedded server",
    )
    host: str | None = setting(UNSET, "Host of an outside PostgreSQL, or the folder of its socket.")
    port: int | None = setting(UNSET, "Its port.", integer(1, 65535), "5432")
    user: str | None = setting(UNSET, "User to connect as.", default_doc="the system's user")
    password: str | None = setting(UNSET, "The user's password.", SECRET)
    dbname: str | None = setting(UNSET, "Name of the database.", default_doc="the user's name")
    sslmode: str | None = setting(
        UNSET, "TLS to the database, as libpq has it.", choice(*_SSL_MODES), default_doc="prefer"
    )
    embedded_dir: Path | None = setting(
        UNSET,
        "Where the embedded PostgreSQL lies, which the process starts and stops when no outside one is named.",
        PATH,
        "`postgres` in server.data_dir",
    )
    auto_migrate: bool = setting(True, "Whether the start brings the tables up to date.", FLAG)
    mail_retention: float | None = setting(
        UNSET,
        "How long mail and events are kept, 7d or more. They go by whole weeks, once the last mail of a week is that "
        "old; what is still to be delivered stays.",
        Kind("duration", "a duration of a week or more, such as 90d", _retention),
        "for ever",
    )

    @property
    def outside(self) -> bool:
        """Whether an outside PostgreSQL is named."""
        return self.url is not None or self.host is not None

    @property
    def dsn(self) -> str | None:
        """What libpq takes to reach the outside PostgreSQL; None where the embedded one is used."""
        if self.url is not None:
            return self.url
        if self.host is None:
            return None
        parts = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.dbname,
            "sslmode": self.sslmode,
        }
        return " ".join(f"{name}={_quoted(str(value))}" for name, value in parts.items() if value is not None)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
