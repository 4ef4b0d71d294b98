"""Every member of a plugin at work: a plugin that uses them all, in a daemon of this process, on a real database."""

from __future__ import annotations

import email
import email.policy
import http.client
import importlib
import json
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import yaml
from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from mailit import config, discovery
from mailit.config import Config, ConfigFaults
from mailit.daemon import make_service
from mailit.db.connection import Transaction, connect
from mailit.db.migrations import CORE, SCHEMA, Migrations
from mailit.errors import CannotStart
from mailit.plugin import Mode, Plugin
from tests.postgres import Postgres, memory, short_folder
from tests.rig import free_port
from tests.toys import installed

SETTINGS = {"toy": {"greeting": "Moin", "blocked": ["casino"], "page_host": "toys.test", "tidy_every": "30m"}}


@pytest.fixture(scope="module")
def toys() -> Iterator[Path]:
    """A folder in which the toy is installed."""
    with short_folder(memory()) as folder, installed(folder):
        yield folder


@pytest.fixture(scope="module")
def plugins(toys: Path) -> list[Plugin]:
    """All plugins that are found, each after what it requires."""
    return discovery.enabled(discovery.discover(), ())


def configured(folder: Path, plugins: list[Plugin], sections: Any) -> Config:
    """The configuration of these sections."""
    path = folder / "mailit.yaml"
    path.write_text(yaml.safe_dump(sections))
    return config.load(path, {}, plugins)


class TestWhereItComesFrom:
    """A folder on the path is all that there is of it."""

    def test_it_is_found_after_what_it_requires(self, plugins):
        """`twisted.plugin` finds the drop-in, which brings two."""
        assert [plugin.name for plugin in plugins if plugin.name.startswith("toy")] == ["toy_words", "toy"]

    def test_without_what_it_requires_nothing_starts(self, plugins):
        """One line."""
        with pytest.raises(CannotStart, match=r"^plugin toy: requires plugin toy_words, which is disabled"):
            discovery.enabled(plugins, {"toy_words"})

    def test_its_settings_are_a_section(self, toys, plugins):
        """Read and checked as the core's are; by variables, too."""
        loaded = configured(toys, plugins, SETTINGS).plugin_settings["toy"]
        assert (loaded.greeting, loaded.blocked, loaded.page_host, loaded.tidy_every) == (
            "Moin",
            ("casino",),
            "toys.test",
            1800.0,
        )
        by_variable = config.load(None, {"MAILIT_TOY_GREETING": "Ahoy"}, plugins).plugin_settings["toy"]
        assert (by_variable.greeting, by_variable.page_host) == ("Ahoy", "toy.example.org")

    def test_its_faults_stop_the_start(self, toys, plugins):
        """Also while it is disabled."""
        sections = {"plugins": {"disabled": ["toy"]}, "toy": {"greting": "x", "tidy_every": "soon"}}
        with pytest.raises(ConfigFaults) as caught:
            configured(toys, plugins, sections)
        assert {fault.key for fault in caught.value.faults} == {"toy.greting", "toy.tidy_every"}

    def test_its_mode_may_be_named(self, toys, plugins):
        """As long as it is there."""
        assert configured(toys, plugins, {"smtp_outbound": {"mode": "toybox"}}).smtp_outbound.mode == "toybox"
        without = {"plugins": {"disabled": ["toy"]}, "smtp_outbound": {"mode": "toybox"}}
        with pytest.raises(ConfigFaults, match="toybox"):
            configured(toys, plugins, without)
        assert Mode("toybox", asks_dns=False) in [mode for plugin in plugins for mode in plugin.modes]

    def test_its_tables_come_and_go(self, toys, plugins, dsn):
        """In its own folder, with its own numbers, beside the core's."""
        schemas = {plugin.name: Path(plugin.schema) for plugin in plugins if plugin.schema}
        migrations = Migrations({CORE: SCHEMA / CORE, **schemas})
        planned = [str(step) for step in migrations.plan(dsn)]
        assert [step for step in planned if step.startswith("toy")] == [
            "toy/0001_create_toys",
            "toy/0002_create_notes",
        ]
        migrations.up(dsn)
        assert migrations.plan(dsn) == []


@define(eq=False)
class Running:
    """A daemon of this process with the toy in it, and a team's hands."""

    daemon: Any
    port: int
    dsn: str
    key: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request: status, and JSON or bytes."""
        return await deferToThread(self._ask, method, path, body, headers)

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"User-Agent": "tests", "Content-Type": "application/json", **headers}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if "json" in answer.headers["Content-Type"] else text

    async def send(self, *to: str, **fields: Any) -> tuple[int, Any]:
        mail = {"from": "Hello <hello@example.org>", "to": list(to), "subject": "Hi", "text": "Hi", **fields}
        return await self.ask("POST", "/emails", {name: value for name, value in mail.items() if value is not None})

    async def ended(self, said: Any, recipients: int = 1) -> list[dict[str, Any]]:
        """The last event of each recipient of a mail, once there is one."""
        return await self.until(lambda: self._ended(said["id"], recipients))

    async def _ended(self, email_id: str, recipients: int) -> list[dict[str, Any]]:
        status, said = await self.ask("GET", f"/emails/{email_id}/events")
        assert status == 200, said
        ends = [event for event in said["data"] if event["recipient"]]
        return ends if len(ends) == recipients else []

    async def toys(self) -> dict[str, Any]:
        """What the toy knows."""
        status, said = await self.ask("GET", "/toy")
        assert status == 200, said
        return said

    async def boxed(self, recipient: str) -> EmailMessage:
        """The message in the box for this recipient."""
        (raw,) = [message for to, message in (await self.toys())["box"] if to == recipient]
        message = email.message_from_string(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message

    async def until(self, condition: Any, seconds: float = 10.0) -> Any:
        """What the condition gives, once it is true."""
        end = time.monotonic() + seconds
        while not (held := await condition()):
            assert time.monotonic() < end, "it did not come to hold"
            await self.sleep(0.02)
        return held

    def sleep(self, seconds: float) -> Deferred[None]:
        from twisted.internet import reactor

        slept: Deferred[None] = Deferred()
        reactor.callLater(seconds, slept.callback, None)
        return slept


async def started(folder: Path, plugins: list[Plugin], dsn: str) -> Running:
    """A daemon in the toy's own mode, ready, with nobody in it."""
    from twisted.internet import reactor

    port = free_port()
    sections = {
        "server": {"http_addr": f"127.0.0.1:{port}", "data_dir": str(folder / "data")},
        "observability": {"prometheus_addr": f"127.0.0.1:{free_port()}"},
        "database": {"url": _url(dsn)},
        "smtp_outbound": {"mode": "toybox"},
        "rate_limit": {"enabled": False},
    }
    daemon: Any = make_service(configured(folder, plugins, {**sections, **SETTINGS}), plugins, reactor)
    daemon.startService()
    running = Running(daemon, port, dsn)
    await running.until(lambda: _async(daemon.ready), 30)
    return running


@pytest_twisted.async_yield_fixture(scope="module")
async def running(toys: Path, plugins: list[Plugin], postgres: Postgres) -> Any:
    """A daemon with one team, its key and its domain; shared by the module."""
    with postgres.database() as dsn:
        running = await started(toys, plugins, dsn)
        who = {"email": "op@example.org", "password": "correct horse battery", "name": "Op", "team_name": "Acme"}
        running.key = (await running.ask("POST", "/auth/register", who))[1]["token"]
        running.key = (await running.ask("POST", "/api-keys", {"name": "tests"}))[1]["token"]
        assert (await running.ask("POST", "/domains", {"name": "example.org"}))[0] == 201
        yield running
        await running.daemon.stopService()


async def _async(value: Any) -> Any:
    return value


def _url(dsn: str) -> str:
    """The same as a URL, which the configuration takes."""
    from urllib.parse import quote, urlencode

    from psycopg2.extensions import parse_dsn

    parts = parse_dsn(dsn)
    name = parts.pop("dbname")
    return f"postgresql:///{quote(name)}?{urlencode(parts)}"


def inside(test: Any) -> Any:
    """Runs an async test."""
    return pytest_twisted.ensureDeferred(test)


class TestAtTheDoor:
    """What it does to a draft."""

    @inside
    async def test_it_expands_a_template(self, running):
        """Before validation: there was neither a subject nor a text. It used its own setting, and the other plugin."""
        status, said = await running.send(
            "ana@example.net", subject=None, text=None, template={"id": "toy", "variables": {"NAME": "Ana"}}
        )
        assert status == 200, said
        await running.ended(said)
        message = await running.boxed("ana@example.net")
        assert message["Subject"] == "Moin, Ana!"
        assert message.get_content().startswith("Moin, Ana!")

    @inside
    async def test_what_it_does_not_know_is_refused(self, running):
        """A template of nobody's."""
        status, said = await running.send("ana@example.net", template={"id": "other"})
        assert (status, said["name"]) == (422, "validation_error")
        assert "template" in said["message"]

    @inside
    async def test_its_stage_refuses(self, running):
        """In its own words, as Resend's error object."""
        status, said = await running.send("ana@example.net", subject="A casino for you")
        assert (status, said) == (
            422,
            {"statusCode": 422, "message": "The toy does not send `casino`.", "name": "validation_error"},
        )

    @inside
    async def test_its_stage_changes(self, running):
        """A header of its own."""
        await running.ended((await running.send("bo@example.net"))[1])
        assert (await running.boxed("bo@example.net"))["X-Toy"] == "yes"

    @inside
    async def test_its_screen_keeps_recipients_out(self, running):
        """Those that its own table names; the other recipient gets the mail."""
        status, said = await running.ask("POST", "/toy/refusals", {"address": "Quiet@example.net"})
        assert (status, said["new"]) == (201, True)
        ends = await running.ended((await running.send("quiet@example.net", "loud@example.net"))[1], 2)
        by_recipient = {event["recipient"]: event for event in ends}
        assert by_recipient["loud@example.net"]["type"] == "email.delivered"
        assert by_recipient["quiet@example.net"]["type"] == "email.suppressed"
        assert by_recipient["quiet@example.net"]["data"]["suppressed"] == {"message": "wants no toys"}


class TestAtDelivery:
    """What it does to a message on its way."""

    @inside
    async def test_it_renders_for_each_recipient(self, running):
        """The one line that differs."""
        await running.ended((await running.send("one@example.net", "two@example.net"))[1], 2)
        for recipient in ("one@example.net", "two@example.net"):
            assert f"A toy for {recipient}" in (await running.boxed(recipient)).get_content()

    @inside
    async def test_its_carrier_takes_it(self, running):
        """Signed as it would leave, by both keys, without a look into DNS; the log has the carrier's words."""
        (end,) = await running.ended((await running.send("box@example.net"))[1])
        assert (end["exchanger"], end["reply"]) == (
            "toybox",
            {"code": 250, "status": "2.0.0", "text": "In the box"},
        )
        assert len((await running.boxed("box@example.net")).get_all("DKIM-Signature")) == 2


class TestOverHttp:
    """Its endpoints beside the core's."""

    @inside
    async def test_json_needs_a_key_and_has_the_right_shape(self, running):
        """Decoding and permission are the house's."""
        status, said = await running.ask("POST", "/toy/refusals", {"address": 3})
        assert (status, said["name"]) == (422, "validation_error")
        status, said = await Running(None, running.port, "").ask("POST", "/toy/refusals", {"address": "a"})
        assert (status, said["name"]) == (401, "missing_api_key")

    @inside
    async def test_public_bytes(self, running):
        """For anybody, with a type and a header of its own."""
        status, said = await Running(None, running.port, "").ask("GET", "/toy/picture")
        assert (status, said[:6]) == (200, b"GIF89a")

    @inside
    async def test_a_page_at_a_host_name(self, running):
        """There alone; the API is elsewhere at `/`."""
        nobody = Running(None, running.port, "")
        assert await nobody.ask("GET", "/", Host="toys.test") == (200, b"<h1>Moin</h1>")
        assert (await nobody.ask("GET", "/", Host="other.test"))[0] == 404

    @inside
    async def test_they_are_in_the_document(self, running):
        """With their docstrings."""
        status, document = await running.ask("GET", "/openapi.json")
        assert status == 200
        assert document["paths"]["/toy/refusals"]["post"]["summary"].startswith("Sends no more toys")

    @inside
    async def test_it_knows_its_host(self, running):
        """How mail leaves here."""
        assert (await running.toys())["mode"] == "toybox"


class TestByItself:
    """What it does when nobody asks."""

    @inside
    async def test_its_subscriber_hears_of_events(self, running):
        """Of the types that it wants, each once."""
        before = (await running.toys())["counts"]
        assert set(before) <= {"email.delivered", "email.suppressed"}
        await running.ended((await running.send("c1@example.net", "c2@example.net"))[1], 2)

        async def counted() -> bool:
            return (await running.toys())["counts"].get("email.delivered", 0) == before.get("email.delivered", 0) + 2

        await running.until(counted)

    @inside
    async def test_its_service_runs_and_its_job_ran(self, running):
        """The service hears what an endpoint said by notice."""
        await running.ask("GET", "/toy/picture")

        async def noted() -> bool:
            return {"started", "tidied", "heard seen"} <= set((await running.toys())["notes"])

        await running.until(noted)
        assert (await running.toys())["notes"].count("tidied") == 1

    @inside
    async def test_its_service_stops_before_the_database_goes(self, toys, plugins, dsn):
        """In order: its last word is written."""
        running = await started(toys, plugins, dsn)
        await running.daemon.stopService()
        connection = connect(dsn, "tests")
        notes = [row.text for row in Transaction(connection).rows("SELECT text FROM toy_note ORDER BY number")]
        connection.close()
        # The job's first run is as quick as it is; what it notes may come before or after.
        assert [note for note in notes if note != "tidied"] == ["started", "stopped"]


class TestInbound:
    """Reception comes later; what a plugin declares for it is there."""

    def test_its_filter_is_declared(self, plugins):
        """And says what goes on."""
        host = importlib.import_module("mailit.testing.host").host()
        ((filter_,),) = [filters for plugin in plugins if (filters := plugin.inbound(host))]
        ham = {"Subject": "Hello"}
        assert filter_(ham) is ham
        assert filter_({"Subject": "spam, spam"}) is None
