"""The configuration, read from a file and from variables."""

from __future__ import annotations

import os
import re
from datetime import date
from ipaddress import ip_network
from pathlib import Path

import pytest
import yaml
from attrs import frozen

from mailit import sections
from mailit.config import Config, ConfigFaults, load
from mailit.discovery import discover
from mailit.errors import CannotStart
from mailit.example import example
from mailit.plugin import Mode, Plugin
from mailit.settings import Address, setting, settings_of

EXAMPLE = Path(__file__).parents[2] / "config" / "mailit.example.yaml"


@frozen
class ToySettings:
    """Section `toy`."""

    greeting: str = setting("hello", "What it says.")


class Toy(Plugin):
    """A plugin with a section and a mode of its own."""

    name = "toy"
    settings = ToySettings
    modes = (Mode("pretend"),)


@pytest.fixture
def read(tmp_path):
    """Loads a configuration from the text of a file and from variables."""

    def read(text: str = "", plugins=(), **environ: str) -> Config:
        path = tmp_path / "mailit.yaml"
        path.write_text(text)
        return load(path, environ, plugins, host_name=lambda: "mx1.example.com")

    return read


@pytest.fixture
def faults(read):
    """The faults of such a configuration, by key."""

    def faults(text: str = "", plugins=(), **environ: str) -> dict[str, str]:
        with pytest.raises(ConfigFaults) as caught:
            read(text, plugins, **environ)
        return {fault.key: fault.sentence for fault in caught.value.faults}

    return faults


class TestNoFileAtAll:
    """One machine and an ordinary user: API and delivery, everything under ./data."""

    def test_everything_generated_lies_under_data(self):
        """Paths are absolute, so that a daemon that changes its folder still finds them."""
        config = load(None, {}, [])
        assert config.server.data_dir == Path.cwd() / "data"
        assert config.database.embedded_dir == Path.cwd() / "data" / "postgres"
        assert config.database.dsn is None

    def test_no_port_that_is_opened_is_below_1024(self):
        """An ordinary user may start it."""
        config = load(None, {}, [])
        assert config.server.http_addr == Address("127.0.0.1", 8080)
        assert not config.smtp_inbound.enabled
        assert not config.submission.enabled

    @pytest.mark.parametrize("given, taken", [("mx1.example.com", "mx1.example.com"), ("Bad Name!", "localhost")])
    def test_the_hosts_name_is_the_ehlo_name(self, given, taken):
        """A machine may bear a name that no EHLO could."""
        assert load(None, {}, [], host_name=lambda: given).smtp_outbound.hostname == taken


class TestAFile:
    """Sections of keys, each of its kind."""

    def test_each_kind_is_read(self, read):
        """Durations are seconds, addresses are host and port, networks are networks."""
        config = read("""
            server: {http_addr: ":8081", roles: [api, jobs], shutdown_timeout: 1m30s}
            smtp_outbound: {port: 2525, retry_delays: [500ms, 2d]}
            security: {allowed_networks: [10.0.0.0/8, "fd00::/8"]}
            rate_limit: {enabled: false}
        """)
        assert config.server.http_addr == Address("", 8081)
        assert config.server.roles == ("api", "jobs")
        assert config.server.shutdown_timeout == 90.0
        assert config.smtp_outbound.port == 2525
        assert config.smtp_outbound.retry_delays == (0.5, 172800.0)
        assert config.security.allowed_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
        assert config.rate_limit.enabled is False

    def test_a_section_with_nothing_in_it_is_its_defaults(self, read):
        """So is the example file as it stands."""
        assert read("server:\n").server.shutdown_timeout == 10.0

    @pytest.mark.parametrize(
        "body, dsn",
        [
            ("url: postgresql://u:p@h/d", "postgresql://u:p@h/d"),
            (r"{host: h, user: u, password: 'it''s \ x'}", r"host='h' user='u' password='it\'s \\ x'"),
        ],
    )
    def test_an_outside_database_by_url_or_by_parts(self, read, body, dsn):
        """What is in the parts is quoted for libpq."""
        body = body if body.startswith("{") else "{" + body + "}"
        assert read(f"database: {body}").database.dsn == dsn

    def test_a_source_is_a_mapping(self, read):
        """Its pool and its name may be left to the defaults."""
        (source,) = read("smtp_outbound: {sources: [{address: 192.0.2.1, hostname: a.example}]}").smtp_outbound.sources
        assert (source.address, source.hostname, source.pool) == ("192.0.2.1", "a.example", "default")
        (source,) = read(
            "smtp_outbound: {sources: [{address: 192.0.2.1, warm_up_since: 2026-12-01}]}"
        ).smtp_outbound.sources
        assert source.warm_up_since == date(2026, 12, 1)

    def test_a_site_s_limits_are_one(self, read):
        """A rate is a number in a time."""
        (site,) = read(
            "smtp_outbound: {sites: [{exchangers: google.com, rate: 600/m, sessions: 9}]}"
        ).smtp_outbound.sites
        assert (site.exchangers, site.rate, site.sessions, site.messages) == ("google.com", 10.0, 9, 0)

    def test_a_policy_for_a_domain_is_one_too(self, read):
        """By itself, or for all below it."""
        body = "smtp_outbound: {tls_domains: [{domain: A.test, policy: none}, {domain: '*.b.test'}]}"
        one, two = read(body).smtp_outbound.tls_domains
        assert (one.domain, one.policy) == ("a.test", "none")
        assert (two.domain, two.policy) == ("*.b.test", "enforced")


class TestAVariable:
    """MAILIT_SECTION_KEY, single underscores, wins over the file."""

    @pytest.mark.parametrize(
        "variable, text, section, key, value",
        [
            ("MAILIT_SMTP_OUTBOUND_TLS_POLICY", "none", "smtp_outbound", "tls_policy", "none"),
            ("MAILIT_RATE_LIMIT_ENABLED", "false", "rate_limit", "enabled", False),
            ("MAILIT_SMTP_OUTBOUND_PORT", "2525", "smtp_outbound", "port", 2525),
            ("MAILIT_SERVER_ROLES", "api, delivery", "server", "roles", ("api", "delivery")),
            ("MAILIT_SERVER_CORS_ORIGINS", "", "server", "cors_origins", ()),
            ("MAILIT_SMTP_OUTBOUND_RELAY_USERNAME", "", "smtp_outbound", "relay_username", "of the file"),
            ("MAILIT_DOMAIN", "mail.example.org", "smtp_outbound", "hostname", "mail.example.org"),
        ],
    )
    def test_it_sets_its_key(self, read, variable, text, section, key, value):
        """Lists have commas; an empty variable is none, but for a list, which it empties."""
        config = read("smtp_outbound: {tls_policy: enforced, relay_username: of the file}", **{variable: text})
        assert getattr(getattr(config, section), key) == value

    def test_an_alias_gives_way_to_the_name_itself(self, read):
        """MAILIT_DOMAIN is the older word for the EHLO name."""
        config = read(MAILIT_DOMAIN="a.example", MAILIT_SMTP_OUTBOUND_HOSTNAME="b.example")
        assert config.smtp_outbound.hostname == "b.example"

    def test_an_unknown_one_is_one_warning(self, read):
        """It may be a misspelling; those of client libraries are not warned of."""
        config = read(MAILIT_SMTP_OUTBOUND_PRT="1", MAILIT_URL="x", MAILIT_API_KEY="re_x", HOME="/")
        assert config.warnings == (
            "MAILIT_SMTP_OUTBOUND_PRT: unknown variable; did you mean MAILIT_SMTP_OUTBOUND_PORT?",
        )

    def test_a_bad_value_names_key_and_variable(self, faults):
        """Else the user looks for the fault in the file."""
        found = faults(MAILIT_SMTP_OUTBOUND_PORT="smtp")
        assert found == {
            "smtp_outbound.port": "expected a whole number from 1 to 65535, not 'smtp' (MAILIT_SMTP_OUTBOUND_PORT)"
        }

    def test_where_two_keys_share_a_variable_it_is_the_cores(self, read):
        """`smtp` with a key `outbound_port` and `smtp_outbound` with a key `port` look the same."""

        @frozen
        class Smtp:
            outbound_port: int = setting("of the plugin", "A namesake.")

        class Namesake(Plugin):
            name = "smtp"
            settings = Smtp

        config = read(plugins=[Namesake()], MAILIT_SMTP_OUTBOUND_PORT="2526")
        assert config.smtp_outbound.port == 2526
        assert config.plugin_settings["smtp"].outbound_port == "of the plugin"


class TestFaults:
    """Everything that is wrong, at once, by key."""

    @pytest.mark.parametrize(
        "text, key, sentence",
        [
            ("server: {http_adr: x}", "server.http_adr", "unknown key; did you mean http_addr?"),
            ("server: {hostname: x}", "server.hostname", "unknown key; did you mean smtp_outbound.hostname?"),
            ("server: {zzz: x}", "server.zzz", "unknown key"),
            ("servers: {}", "servers", "unknown section; did you mean server?"),
            ("server: [1]", "server", "expected a mapping of settings"),
            ("server: {http_addr: 8080}", "server.http_addr", "expected HOST:PORT, or :PORT for every interface"),
            ("server: {http_addr: 'x:99999'}", "server.http_addr", "expected HOST:PORT"),
            ("server: {roles: api}", "server.roles", "expected a list, not 'api'"),
            ("server: {roles: [web]}", "server.roles", "expected api, inbound, submission, delivery or jobs"),
            ("server: {roles: []}", "server.roles", "expected at least one role"),
            ("server: {shutdown_timeout: 10}", "server.shutdown_timeout", "expected a duration such as"),
            ("server: {shutdown_timeout: 10 s}", "server.shutdown_timeout", "expected a duration such as"),
            ("server: {base_url: mail.example}", "server.base_url", "expected an http:// or https:// address"),
            ("server: {data_dir: }", "server.data_dir", "expected a path, not nothing"),
            ("database: {auto_migrate: 'no'}", "database.auto_migrate", "expected true or false, not 'no'"),
            ("database: {mail_retention: 6d}", "database.mail_retention", "expected a week (7d) or more"),
            ("database: {mail_retention: soon}", "database.mail_retention", "expected a duration of a week or more"),
            ("database: {password: 1234}", "database.password", "expected text"),
            ("database: {user: 1234}", "database.user", "expected text, not 1234; put it in quotes"),
            ("database: {url: mysql://x}", "database.url", "expected postgresql://USER:PASSWORD@HOST:PORT/NAME"),
            ("database: {url: 'postgres://h/d', host: h}", "database.url", "give either the url or its parts"),
            ("database: {port: 5432}", "database.port", "says nothing without database.host"),
            ("auth: {jwt_secret: changeme}", "auth.jwt_secret", "expected at least 32 characters"),
            ("dkim: {master_encryption_key: short}", "dkim.master_encryption_key", "expected at least 32 characters"),
            ("dkim: {key_bits: 2000}", "dkim.key_bits", "expected 1024, 2048, 3072 or 4096, not 2000"),
            ("dkim: {key_bits: true}", "dkim.key_bits", "expected a whole number, not true"),
            ("dkim: {selector: a.b}", "dkim.selector", "expected a label"),
            ("dns: {resolver: 9.9.9.9}", "dns.resolver", "expected system, or HOST:PORT"),
            ("security: {allowed_networks: [10.0.0.1/8]}", "security.allowed_networks", "expected a network"),
            ("tls: {cert_file: a.pem}", "tls.key_file", "both files, or neither"),
            ("smtp_outbound: {mode: pigeon}", "smtp_outbound.mode", "expected one of direct, relay, not 'pigeon'"),
            ("smtp_outbound: {mode: relay}", "smtp_outbound.relay_host", "mode relay needs a smarthost"),
            (
                "security: {allowed_networks: [10.0.0.1/8, 10.0.0.0/8, here]}",
                "security.allowed_networks",
                "expected a network such as 10.0.0.0/8: 10.0.0.1/8 has host bits set; "
                "expected a network such as 10.0.0.0/8: 'here' does not",
            ),
            ("smtp_outbound: {retry_delays: []}", "smtp_outbound.retry_delays", "expected at least one delay"),
            ("smtp_outbound: {sites: [{sessions: 3}]}", "smtp_outbound.sites", "expected exchangers in each site"),
            (
                "smtp_outbound: {sites: [{exchangers: a.test, rate: fast}]}",
                "smtp_outbound.sites",
                "expected a rate such as 20/s, 600/m, 10000/h or 50000/d, not 'fast'",
            ),
            (
                "smtp_outbound: {sources: [{address: 192.0.2.1, warm_up_since: soon}]}",
                "smtp_outbound.sources",
                "expected a day such as 2026-12-01, not 'soon'",
            ),
            ("smtp_outbound: {sources: [{pool: x}]}", "smtp_outbound.sources", "expected an address in each source"),
            ("smtp_outbound: {tls_domains: [{policy: none}]}", "smtp_outbound.tls_domains", "expected a domain in"),
            ("smtp_outbound: {tls_domains: [{domain: '*.*.x'}]}", "smtp_outbound.tls_domains", "expected a domain"),
            ("smtp_outbound: {sources: [{adress: x}]}", "smtp_outbound.sources", "unknown adress; there are address"),
            ("webhooks: {timeout: soon}", "webhooks.timeout", "expected a duration"),
            ("suppression: {complaints: maybe}", "suppression.complaints", "expected true or false"),
            ("smtp_inbound: {enabled: true}", "smtp_inbound.enabled", "this version does not receive mail yet"),
            ("submission: {enabled: true}", "submission.enabled", "this version does not take mail by SMTP yet"),
            ("storage: {kind: s3}", "storage.kind", "this version does not keep bodies in S3 yet"),
            ("redis: {url: 'http://h'}", "redis.url", "expected redis://"),
            ("redis: {url: 'redis://h/one'}", "redis.url", "expected redis://"),
            ("redis: {url: 'redis://h:99999'}", "redis.url", "expected redis://"),
        ],
    )
    def test_each_says_what_is_expected(self, faults, text, key, sentence):
        """One fault, one key, one sentence."""
        found = faults(text)
        assert list(found) == [key]
        assert found[key].startswith(sentence)

    def test_all_at_once(self, faults):
        """Whoever mends one does not meet the next."""
        found = faults("server: {http_adr: x}\ndns: {timeout: 5}\nsevrer: {}", MAILIT_DKIM_KEY_BITS="7")
        assert sorted(found) == ["dkim.key_bits", "dns.timeout", "server.http_adr", "sevrer"]

    def test_a_secret_is_not_repeated(self, read):
        """What is too short may still be most of a secret; the log is not the place for it."""
        with pytest.raises(ConfigFaults) as caught:
            read("auth: {jwt_secret: hunter2}", MAILIT_DKIM_MASTER_ENCRYPTION_KEY="hunter3")
        assert "hunter" not in str(caught.value)
        assert "hunter" not in repr(read("auth: {jwt_secret: hunter2hunter2hunter2hunter2hunter2}"))


class TestAFileThatIsNone:
    """It says which file, which line, and what is the matter."""

    @pytest.mark.parametrize(
        "text, fault",
        [
            ("server:\n  http_addr: [1\n", r"mailit.yaml, line \d: not YAML: "),
            ("server:\n  roles: [api]\n  roles: [jobs]\n", r"mailit.yaml, line 3: not YAML: 'roles' is given twice"),
            ("- server", r"mailit.yaml: expected a mapping of sections"),
            ("\x01", r"mailit.yaml: not YAML: it holds what is not text"),
        ],
    )
    def test_not_yaml_or_not_a_mapping(self, read, text, fault):
        """The line is the one that an editor shows."""
        with pytest.raises(ConfigFaults, match=fault):
            read(text)

    def test_absent(self, tmp_path):
        """A file that was named must be there."""
        with pytest.raises(ConfigFaults, match=r"none.yaml: there is no such file"):
            load(tmp_path / "none.yaml", {}, [])

    def test_unreadable(self, tmp_path):
        """A folder stands for all that can't be read, also by root."""
        with pytest.raises(ConfigFaults, match=r"can't be read: Is a directory"):
            load(tmp_path, {}, [])


class TestAPlugin:
    """Its section is its own settings class, its modes are modes."""

    def test_its_section_is_read(self, read):
        """From the file, and from variables over it."""
        assert read("toy: {greeting: hi}", [Toy()]).plugin_settings["toy"] == ToySettings(greeting="hi")
        assert read("toy: {greeting: hi}", [Toy()], MAILIT_TOY_GREETING="ho").plugin_settings["toy"].greeting == "ho"

    def test_its_section_is_checked_though_it_is_disabled(self, faults):
        """A typo does not wait for the day when it is enabled."""
        found = faults("toy: {greting: hi}\nplugins: {disabled: [toy]}", [Toy()])
        assert found == {"toy.greting": "unknown key; did you mean greeting?"}

    def test_its_mode_is_one_only_while_it_is_enabled(self, read, faults):
        """A mode that nobody provides stops the start."""
        assert read("smtp_outbound: {mode: pretend}", [Toy()]).smtp_outbound.mode == "pretend"
        assert "smtp_outbound.mode" in faults("smtp_outbound: {mode: pretend}\nplugins: {disabled: [toy]}", [Toy()])

    def test_a_section_of_the_core_is_not_to_be_taken(self, read):
        """A plugin called `server` would take the core's place."""

        class Server(Plugin):
            name = "server"

        with pytest.raises(CannotStart, match="plugin server: its name is that of a section"):
            read(plugins=[Server()])

    def test_settings_without_documentation_are_refused(self, read):
        """The example file could not tell of them."""

        @frozen
        class Bare:
            size: int = 3

        class Hasty(Plugin):
            name = "hasty"
            settings = Bare

        with pytest.raises(CannotStart, match="plugin hasty: declare 'size' of its settings by"):
            read(plugins=[Hasty()])


class TestTheExampleFile:
    """config/mailit.example.yaml documents every key, those of the bundled plugins too."""

    @pytest.fixture
    def bundled(self):
        """The plugins that come with MailIt."""
        return [plugin for plugin in discover() if type(plugin).__module__.startswith("mailit.plugins.")]

    def test_it_is_fresh(self, bundled):
        """`python -m mailit.config > config/mailit.example.yaml` makes it anew."""
        assert EXAMPLE.read_text() == example(bundled)

    def test_as_it_stands_it_changes_nothing(self, bundled):
        """Every key in it is behind a `#`."""
        assert load(EXAMPLE, {}, bundled) == load(None, {}, bundled)

    def test_every_default_in_it_is_the_default(self, bundled, tmp_path):
        """Removing any `#` changes nothing either."""
        opened = re.sub(r"^  #(\w+: .+)$", r"  \1", EXAMPLE.read_text(), flags=re.MULTILINE)
        assert len([line for body in yaml.safe_load(opened).values() if body for line in body]) > 40
        path = tmp_path / "mailit.yaml"
        path.write_text(opened)
        assert load(path, {}, bundled) == load(None, {}, bundled)

    def test_every_key_has_a_line_of_documentation(self):
        """What is not said there is said nowhere."""
        for section in sections.CORE.values():
            for key, about in settings_of(section).items():
                assert len(about.doc) > 5, key


def test_the_environment_of_this_process_is_not_read():
    """Configuration is an argument."""
    assert "MAILIT_SERVER_HTTP_ADDR" not in os.environ
    os.environ["MAILIT_SERVER_HTTP_ADDR"] = ":1"
    try:
        assert load(None, {}, []).server.http_addr.port == 8080
    finally:
        del os.environ["MAILIT_SERVER_HTTP_ADDR"]
