"""The configuration: a YAML file and the environment, read into one frozen record a section.

`python -m mailit.config` prints `config/mailit.example.yaml`.
"""

from __future__ import annotations

import difflib
import socket
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import yaml
from attrs import evolve, field, frozen

from mailit import discovery, sections
from mailit.access.settings import AuthSettings, RateLimitSettings, RedisSettings
from mailit.api.settings import ServerSettings
from mailit.db.settings import DatabaseSettings
from mailit.delivery.settings import MODES, SmtpOutboundSettings
from mailit.domains.records import Hosts
from mailit.domains.settings import DkimSettings
from mailit.errors import CannotStart
from mailit.example import example
from mailit.net.settings import DnsSettings, SecuritySettings
from mailit.plugin import Plugin
from mailit.sections import LoggingSettings, ObservabilitySettings, PluginsSettings
from mailit.settings import HOST_NAME, Setting, settings_of
from mailit.smtpd.settings import SmtpInboundSettings, SubmissionSettings, TlsSettings
from mailit.store.settings import StorageSettings
from mailit.submission.settings import QuotaSettings

PREFIX = "MAILIT_"
ALIASES = {"MAILIT_DOMAIN": ("smtp_outbound", "hostname")}
NOT_OURS = frozenset({"MAILIT_URL", "MAILIT_API_KEY"})
"""Variables of client libraries, which are never warned of."""


@frozen
class Fault:
    """What is wrong with one key; `key` names the file where it is the whole file's."""

    key: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.key}: {self.sentence}"


class ConfigFaults(CannotStart):
    """The configuration can't be used: everything that is wrong with it, at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults]
        if len(lines) > 1:
            lines = [f"the configuration has {len(lines)} faults:", *(f"  {line}" for line in lines)]
        super().__init__("\n".join(lines))


@frozen
class Config:
    """What this process was told: a record a section, defaults made out as far as they need no file or network.

    `plugin_settings` has the sections of plugins by their name, also of those that are disabled. `auth.jwt_secret`
    and `dkim.master_encryption_key` may be None until `mailit.secrets.complete` has made them; `verp_secret` is
    empty until then.
    """

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    auth: AuthSettings = AuthSettings()
    smtp_outbound: SmtpOutboundSettings = SmtpOutboundSettings()
    security: SecuritySettings = SecuritySettings()
    tls: TlsSettings = TlsSettings()
    smtp_inbound: SmtpInboundSettings = SmtpInboundSettings()
    submission: SubmissionSettings = SubmissionSettings()
    dkim: DkimSettings = DkimSettings()
    dns: DnsSettings = DnsSettings()
    rate_limit: RateLimitSettings = RateLimitSettings()
    quota: QuotaSettings = QuotaSettings()
    storage: StorageSettings = StorageSettings()
    logging: LoggingSettings = LoggingSettings()
    observability: ObservabilitySettings = ObservabilitySettings()
    plugins: PluginsSettings = PluginsSettings()
    plugin_settings: Mapping[str, Any] = field(factory=dict)
    warnings: tuple[str, ...] = ()
    verp_secret: bytes = field(default=b"", repr=False)

    @property
    def hosts(self) -> Hosts:
        """The names that the DNS records of sending domains lead to."""
        outbound = self.smtp_outbound
        addresses = [source.address for source in outbound.sources]
        return Hosts.of(outbound.hostname or "localhost", self.smtp_inbound.domain, self.server.url, addresses)


def load(
    path: Path | None,
    environ: Mapping[str, str],
    plugins: Sequence[Plugin],
    host_name: Callable[[], str] = socket.gethostname,
) -> Config:
    """Reads the file, if there is one, and the variables over it. Raises `ConfigFaults` with all that is wrong.

    `plugins` are all that were found; those that the file disables still have their sections checked.
    """
    known = {**sections.CORE, **sections.TO_COME}
    for plugin in plugins:
        if plugin.name in sections.CORE:
            raise CannotStart(f"plugin {plugin.name}: its name is that of a section of the core's; rename the plugin")
        if plugin.settings is not None:
            plain = [one.name for one in attrs.fields(plugin.settings) if one.name not in settings_of(plugin.settings)]
            if plain:
                raise CannotStart(
                    f"plugin {plugin.name}: declare {plain[0]!r} of its settings by mailit.settings.setting"
                )
            known[plugin.name] = plugin.settings
    reading = _Reading(known)
    if path is not None:
        reading.take_file(path)
    reading.take_environ(environ)
    records = {name: reading.made(name, section) for name, section in known.items()}
    config = Config(
        **{name: records[name] for name in sections.CORE},
        plugin_settings={name: one for name, one in records.items() if name not in sections.CORE},
        warnings=tuple(reading.warnings),
    )
    faults = [*reading.faults, *_at_odds(config, plugins, {fault.key for fault in reading.faults})]
    if faults:
        raise ConfigFaults(faults)
    return _made_out(config, host_name)


@frozen
class _Reading:
    """A file and an environment on their way to records."""

    known: Mapping[str, type]
    values: dict[tuple[str, str], object] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    warnings: list[str] = field(factory=list)

    def take_file(self, path: Path) -> None:
        """Reads the values of a file."""
        tree = _tree(path)
        for name, body in tree.items():
            section = self.known.get(str(name))
            if section is None:
                self.faults.append(Fault(str(name), f"unknown section{_nearest(str(name), self.known)}"))
            elif isinstance(body, dict):
                self._take_section(str(name), section, body)
            elif body is not None:
                self.faults.append(Fault(str(name), "expected a mapping of settings"))

    def take_environ(self, environ: Mapping[str, str]) -> None:
        """Reads the values of the variables, which win over the file's. An empty one is one that is not set."""
        keys = dict(self._variables())
        ours = [name for name in environ if name.startswith(PREFIX) and name not in NOT_OURS]
        for variable in sorted(ours, key=lambda name: (name not in ALIASES, name)):  # an alias gives way
            if variable not in keys:
                self.warnings.append(f"{variable}: unknown variable{_nearest(variable, keys)}")
                continue
            name, key, about = keys[variable]
            if environ[variable] or about.kind.name == "list":
                try:
                    self.values[name, key] = about.kind.read_text(environ[variable])
                except ValueError as error:
                    self._fault(name, key, about, f"{error} ({variable})")

    def made(self, name: str, section: type) -> Any:
        """The record of a section; what is at fault in it has its default."""
        return section(**{key: value for (of, key), value in self.values.items() if of == name})

    def _take_section(self, name: str, section: type, body: Mapping[Hashable, object]) -> None:
        settings = settings_of(section)
        for key, value in body.items():
            about = settings.get(str(key))
            if about is None:
                self.faults.append(Fault(f"{name}.{key}", f"unknown key{self._did_you_mean(name, str(key))}"))
                continue
            try:
                self.values[name, str(key)] = about.kind.read(value)
            except ValueError as error:
                self._fault(name, str(key), about, str(error))

    def _fault(self, name: str, key: str, about: Setting, sentence: str) -> None:
        if about.secret:  # what was given may be most of the secret
            sentence = f"expected {about.kind.expected}"
        self.faults.append(Fault(f"{name}.{key}", sentence))

    def _variables(self) -> Iterator[tuple[str, tuple[str, str, Setting]]]:
        """Every variable with its key. Where two keys share one, the core's is last, and wins."""
        for name, section in reversed(list(self.known.items())):
            for key, about in settings_of(section).items():
                yield f"{PREFIX}{name}_{key}".upper().replace("-", "_"), (name, key, about)
        for variable, (name, key) in ALIASES.items():
            yield variable, (name, key, settings_of(self.known[name])[key])

    def _did_you_mean(self, name: str, key: str) -> str:
        own = _nearest(key, settings_of(self.known[name]))
        if own:
            return own
        everywhere = [f"{of}.{one}" for of, section in self.known.items() for one in settings_of(section)]
        namesakes = [one for one in everywhere if one.endswith(f".{key}")]
        return f"; did you mean {namesakes[0]}?" if namesakes else _nearest(f"{name}.{key}", everywhere)


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"; did you mean {found[0]}?" if found else ""


class _Loader(yaml.SafeLoader):
    """YAML's plain types; a key that is given twice in one mapping is an error, not a quiet loss of the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _tree(path: Path) -> Mapping[Hashable, object]:
    try:
        tree = yaml.load(path.read_bytes(), _Loader)
    except FileNotFoundError:
        raise ConfigFaults([Fault(str(path), "there is no such file")]) from None
    except OSError as error:
        raise ConfigFaults([Fault(str(path), f"can't be read: {error.strerror}")]) from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigFaults([Fault(f"{path}{line}", f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigFaults([Fault(str(path), "not YAML: it holds what is not text")]) from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigFaults([Fault(str(path), "expected a mapping of sections")])
    return tree


def _at_odds(config: Config, plugins: Sequence[Plugin], faulty: set[str]) -> Iterator[Fault]:
    """What each key allows by itself, and all together do not; keys that are at fault already are left alone."""
    database, outbound = config.database, config.smtp_outbound
    parts = [name for name in ("host", "port", "user", "password", "dbname", "sslmode") if getattr(database, name)]
    if database.url is not None and parts:
        yield Fault("database.url", f"give either the url or its parts, not both (database.{parts[0]} is given too)")
    elif parts and database.host is None and "database.host" not in faulty:
        yield Fault(f"database.{parts[0]}", "says nothing without database.host")
    if (config.tls.cert_file is None) != (config.tls.key_file is None):
        yield Fault("tls.cert_file" if config.tls.cert_file is None else "tls.key_file", "both files, or neither")
    if outbound.mode == "relay" and outbound.relay_host is None and "smtp_outbound.relay_host" not in faulty:
        yield Fault("smtp_outbound.relay_host", "mode relay needs a smarthost")
    enabled = [plugin for plugin in plugins if plugin.name not in config.plugins.disabled]
    modes = [*MODES, *(mode.name for plugin in enabled for mode in plugin.modes)]
    if outbound.mode not in modes:
        yield Fault("smtp_outbound.mode", f"expected one of {', '.join(modes)}, not {outbound.mode!r}")
    if not config.server.roles:
        yield Fault("server.roles", "expected at least one role")
    if not outbound.retry_delays:
        yield Fault("smtp_outbound.retry_delays", "expected at least one delay")
    if config.smtp_inbound.enabled:
        yield Fault("smtp_inbound.enabled", "this version does not receive mail yet; leave it false")
    if config.submission.enabled:
        yield Fault("submission.enabled", "this version does not take mail by SMTP yet; leave it false")
    if config.storage.kind == "s3":
        yield Fault("storage.kind", "this version does not keep bodies in S3 yet; give database or filesystem")


def _made_out(config: Config, host_name: Callable[[], str]) -> Config:
    """Defaults that come from other settings or from the machine; every path absolute."""
    config = evolve(
        config, **{name: _absolute(getattr(config, name)) for name in ("server", "database", "tls", "storage")}
    )
    if config.database.embedded_dir is None:
        embedded = config.server.data_dir / "postgres"
        config = evolve(config, database=evolve(config.database, embedded_dir=embedded))
    if config.storage.path is None:
        config = evolve(config, storage=evolve(config.storage, path=config.server.data_dir / "blobs"))
    if config.smtp_outbound.hostname is None:
        try:
            name = HOST_NAME.parse(host_name())
        except ValueError:
            name = "localhost"
        config = evolve(config, smtp_outbound=evolve(config.smtp_outbound, hostname=name))
    if config.smtp_inbound.domain is None:
        inbound = evolve(config.smtp_inbound, domain=config.smtp_outbound.hostname)
        config = evolve(config, smtp_inbound=inbound)
    return config


def _absolute(section: Any) -> Any:
    paths = {key: value for key in settings_of(type(section)) if isinstance(value := getattr(section, key), Path)}
    return evolve(section, **{key: value.absolute() for key, value in paths.items()})


def main() -> None:
    """Prints the example configuration of the core and the bundled plugins."""
    found = discovery.discover()
    bundled = [plugin for plugin in found if type(plugin).__module__.startswith("mailit.plugins.")]
    print(example(bundled), end="")


if __name__ == "__main__":
    main()
