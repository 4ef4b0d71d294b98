"""`mailit …` against a real database."""

from __future__ import annotations

import io
import json
import select
import socket
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta

import psycopg2.extensions
import pytest
from attrs import field, frozen

from mailit.access.links import Links
from mailit.access.passwords import hashed_now
from mailit.cli import first_run
from mailit.cli.first_run import FirstRun
from mailit.cli.main import main
from mailit.cli.opened import Database
from mailit.db.connection import Transaction, connect
from mailit.errors import Unavailable
from mailit.interfaces import utc
from mailit.store import accounts, api_keys, password_resets, second_factors
from tests.integration.store.test_queue import Spool
from tests.rig import free_port

SETUP = ("setup", "--non-interactive", "--email", "ana@example.com", "--password-stdin", "--team", "Acme", "--json")


@frozen
class Ran:
    """How a command ended, and what it said."""

    status: int
    out: str = field(repr=False)
    err: str = ""

    @property
    def complaint(self) -> str:
        """The one line of standard error."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line


@pytest.fixture
def mailit(dsn, tmp_path, monkeypatch, capsys) -> Callable[..., Ran]:
    """Runs a command on a database and a data folder of its own; `typed` is its standard input."""
    parts = psycopg2.extensions.parse_dsn(dsn)
    for name in ("host", "port", "user", "password", "dbname"):
        if name in parts:
            monkeypatch.setenv(f"MAILIT_DATABASE_{name.upper()}", parts[name])
    monkeypatch.setenv("MAILIT_SERVER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MAILIT_SERVER_HTTP_ADDR", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("MAILIT_OBSERVABILITY_PROMETHEUS_ADDR", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("MAILIT_DOMAIN", "mx.example.com")
    monkeypatch.setenv("MAILIT_DKIM_KEY_BITS", "1024")
    monkeypatch.delenv("MAILIT_TEST_POSTGRES_BIN", raising=False)

    def mailit(*arguments: str, typed: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = ended.code
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    assert mailit("migrate", "--up").status == 0
    return mailit


class TestUsage:
    """Wrong usage is 2, what can't be done is 1 and one line."""

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("fly",),
            ("migrate",),
            ("migrate", "--up", "--down"),
            ("migrate", "--plan", "--to", "1"),
            ("migrate", "--up", "--owner", "nobody"),
            ("setup", "--non-interactive", "--email", "a@example.com"),
            ("queue", "hold"),
            ("queue", "hold", "--all", "--domain", "example.com"),
            ("queue", "show", "not-an-id"),
            ("user", "reset"),
        ],
    )
    def test_wrong(self, mailit, arguments):
        """It says how it is used."""
        ran = mailit(*arguments)
        assert ran.status == 2
        assert ran.err.startswith("usage: mailit")

    def test_a_configuration_that_is_not_there(self, mailit):
        """No traceback for a user's mistake."""
        ran = mailit("migrate", "--plan", "--config", "/none.yaml")
        assert (ran.status, ran.complaint) == (1, "mailit: /none.yaml: there is no such file")

    def test_an_argument_that_is_no_text(self, mailit):
        """A shell gives whatever bytes it has."""
        ran = mailit("quota", "show", "\udcff")
        assert (ran.status, ran.complaint) == (1, "mailit: what was given is not text in UTF-8")

    def test_a_database_that_goes_away_meanwhile(self, dsn):
        """It is no fault of the program's."""

        def work(tx):
            tx.row("SELECT pg_terminate_backend(pg_backend_pid())")

        with pytest.raises(Unavailable, match="the database went away, try again: "):
            Database(dsn).transact(work)

    @pytest.mark.parametrize("command", [("migrate", "--plan"), ("queue", "list"), ("doctor",)])
    def test_a_database_that_is_away(self, mailit, monkeypatch, command):
        """The line has the cause."""
        monkeypatch.setenv("MAILIT_DATABASE_HOST", "127.0.0.1")
        monkeypatch.setenv("MAILIT_DATABASE_PORT", str(free_port()))
        ran = mailit(*command)
        assert ran.status == 1
        assert "the database does not answer: " in ran.out + ran.err
        assert "Connection refused" in ran.out + ran.err
        assert "Traceback" not in ran.err


class TestSetup:
    """An account, a team, a key and a domain: all, or nothing."""

    def test_one_json_object(self, mailit, dsn):
        """The first account is the operator, the key has full access, the records are those of `POST /domains`."""
        ran = mailit(*SETUP, "--domain", "Example.com", typed="correct horse\n")
        assert (ran.status, ran.err) == (0, "")
        made = json.loads(ran.out)
        assert sorted(made) == ["api_key", "dns_records", "team_id", "user_id"]
        assert made["api_key"].startswith("re_")
        assert {"MX", "TXT"} == {record["type"] for record in made["dns_records"]}
        assert {"record", "name", "type", "ttl", "status", "value"} <= set(made["dns_records"][0])
        account = Database(dsn).transact(accounts.by_email, "ana@example.com")
        assert (account.id, account.operator) == (made["user_id"], True)
        keys, _ = Database(dsn).transact(api_keys.page, made["team_id"], None)
        assert [key.permission for key in keys] == ["full_access"]

    def test_without_a_domain_there_are_no_records(self, mailit):
        """It can be added later."""
        assert json.loads(mailit(*SETUP, typed="correct horse").out)["dns_records"] == []

    def test_the_same_address_twice(self, mailit):
        """It says what to do instead."""
        mailit(*SETUP, typed="correct horse")
        ran = mailit(*SETUP, typed="correct horse")
        line = "mailit: there is an account of ana@example.com already; `mailit user reset` sets its password"
        assert (ran.status, ran.complaint) == (1, line)

    @pytest.mark.parametrize(
        "arguments, typed",
        [
            (SETUP, "short"),
            ((*SETUP, "--domain", "not a domain"), "correct horse"),
            ((*SETUP, "--email", "nobody"), "correct horse"),
            ((*SETUP, "--team", ""), "correct horse"),
        ],
    )
    def test_a_value_that_wont_do(self, mailit, dsn, arguments, typed):
        """Nothing is made."""
        ran = mailit(*arguments, typed=typed)
        assert ran.status in (1, 2)
        assert "Traceback" not in ran.err
        assert not Database(dsn).transact(accounts.any_account)

    def test_nobody_to_ask(self, mailit):
        """It points to the other way."""
        ran = mailit("setup")
        assert ran.status == 1
        assert "--non-interactive" in ran.err


class TestUserReset:
    """A password from standard input, or one that is printed."""

    @pytest.mark.parametrize("typed", ["", "a new password\n"])
    def test_a_new_password(self, mailit, dsn, typed, monkeypatch):
        """The old one is worth nothing any more; case of the address does not matter."""
        monkeypatch.setattr("select.select", lambda *_: ([True], [], []))
        mailit(*SETUP, typed="correct horse")
        before = Database(dsn).transact(accounts.by_email, "ana@example.com").password
        ran = mailit("user", "reset", "Ana@example.com", typed=typed)
        assert ran.status == 0
        after = Database(dsn).transact(accounts.by_email, "ana@example.com").password
        assert after != before
        password = typed.strip() or ran.out.strip()
        assert len(password) >= 8
        assert hashed_again(password, after) == after
        assert (ran.out == "") == bool(typed)

    def test_the_link_that_was_asked_for(self, mailit, dsn, monkeypatch):
        """It is printed after the password, and is good; a password that was given makes it worthless."""
        monkeypatch.setattr("select.select", lambda *_: ([True], [], []))
        monkeypatch.setenv("MAILIT_AUTH_JWT_SECRET", "s" * 32)
        mailit(*SETUP, typed="correct horse")
        database, now = Database(dsn), utc(time.time())
        account = database.transact(accounts.by_email, "ana@example.com")
        id_, hour = "01890000-0000-7000-8000-00000000000a", timedelta(hours=1)
        database.transact(password_resets.insert, account.id, id_, now, now + hour, now)
        password, link = mailit("user", "reset", "ana@example.com").out.splitlines()
        assert len(password) >= 8
        assert Links("s" * 32, "").reset_of(link.partition("?token=")[2]) == id_
        assert mailit("user", "reset", "ana@example.com", typed="another password").out == ""
        assert database.transact(password_resets.of_account, account.id, now) is None

    def test_the_second_factor_stays_unless_it_is_told_to_go(self, mailit, dsn, monkeypatch):
        """Who lost the application and the recovery codes gets in again by whoever has the machine."""
        monkeypatch.setattr("select.select", lambda *_: ([True], [], []))
        mailit(*SETUP, typed="correct horse")
        database = Database(dsn)
        account = database.transact(accounts.by_email, "ana@example.com")
        database.transact(second_factors.begin, account.id, b"sealed")
        mailit("user", "reset", "ana@example.com", typed="another password")
        assert database.transact(second_factors.one, account.id) is not None
        mailit("user", "reset", "ana@example.com", "--without-totp", typed="another password")
        assert database.transact(second_factors.one, account.id) is None

    def test_what_the_first_run_wrote_is_kept_true(self, mailit, tmp_path, monkeypatch):
        """`mailit run` prints it at every start."""
        monkeypatch.setattr("select.select", lambda *_: ([True], [], []))
        mailit(*SETUP, typed="correct horse")
        path = tmp_path / "data" / first_run.FILE
        path.write_text(FirstRun("http://x", "ana@example.com", "correct horse", "re_x").as_json())
        drawn = mailit("user", "reset", "ANA@example.com").out.strip()
        assert json.loads(path.read_text())["password"] == drawn
        mailit("user", "reset", "ana@example.com", typed="another password\n")
        assert json.loads(path.read_text())["password"] == "another password"

    def test_nobody_of_that_address(self, mailit, monkeypatch):
        """One line."""
        monkeypatch.setattr("select.select", lambda *_: ([True], [], []))
        ran = mailit("user", "reset", "bo@example.com")
        assert (ran.status, ran.complaint) == (1, "mailit: there is no account of bo@example.com")


def hashed_again(password: str, kept: str) -> str:
    """The hash of a password, with the salt of one that is kept."""
    salt = b64decode(kept.split("$")[4])
    return hashed_now(password, randomness=lambda count: salt)


class TestMigrate:
    """Up, down, to, and what it would do."""

    def test_there_and_back(self, mailit):
        """The plan is what `--up` does next."""
        assert mailit("migrate", "--plan").out == "nothing to do\n"
        down = mailit("migrate", "--down", "--to", "1")
        assert down.status == 0
        taken = [line.removeprefix("took back ") for line in down.out.splitlines()]
        assert "core/0002_create_domains" in taken
        assert "core/0001_create_accounts" not in taken
        planned = [line.removeprefix("would apply ") for line in mailit("migrate", "--plan").out.splitlines()]
        assert sorted(planned) == sorted(taken)
        first = mailit("migrate", "--up", "--to", "2")
        assert first.out == "applied core/0002_create_domains\n"
        assert mailit("migrate", "--up").status == 0
        assert mailit("migrate", "--plan").out == "nothing to do\n"

    def test_a_number_that_is_none(self, mailit):
        """One line."""
        ran = mailit("migrate", "--up", "--to", "9999")
        assert (ran.status, ran.complaint) == (1, "mailit: There is no migration 9999 of core.")

    def test_a_database_that_is_behind_is_refused_where_nobody_may_migrate(self, mailit, monkeypatch):
        """`database.auto_migrate: false` leaves it to the operator."""
        mailit("migrate", "--down", "--to", "1")
        monkeypatch.setenv("MAILIT_DATABASE_AUTO_MIGRATE", "false")
        ran = mailit("queue", "list")
        assert (ran.status, ran.complaint) == (1, "mailit: the database lacks migrations: run `mailit migrate --up`")


class TestDoctor:
    """A line a finding; 1 where one is bad."""

    @pytest.fixture
    def without_dns(self, monkeypatch):
        """Looks at all but DNS, which is the network's."""
        from mailit.cli import findings

        looks = [
            findings.of_database,
            lambda told: findings.of_ports(told.config),
            lambda told: findings.of_files(told.config),
        ]
        monkeypatch.setattr("mailit.cli.doctor.LOOKS", looks)

    def test_a_database_that_may_lose_mail(self, mailit, without_dns):
        """The tests' own server runs without fsync: it is found out."""
        ran = mailit("doctor")
        assert ran.status == 1
        assert "FAIL  fsync: is off: a power cut loses accepted mail" in ran.out
        assert "ok    tables: are up to date" in ran.out
        assert "warn  roles: no process is alive here" in ran.out

    @pytest.mark.parametrize(
        ("roles", "line"),
        [
            ("{api,delivery,jobs}", "ok    roles: every role has a living process"),
            ("{api,inbound,submission,jobs}", "warn  roles: no living process has delivery; see server.roles"),
        ],
    )
    def test_roles_that_the_daemon_misses_as_well(self, mailit, without_dns, dsn, roles, line):
        """Who divides the roles needs those that do something, and no others."""
        connection = connect(dsn, "test")
        Transaction(connection).run(
            "INSERT INTO holder (id, alive_until, host, pid, roles)"
            " VALUES (gen_random_uuid(), now() + interval '1 min', 'here', 1, %(roles)s)",
            {"roles": roles},
        )
        connection.commit()
        connection.close()
        assert line in mailit("doctor").out

    def test_keys_that_its_secret_does_not_open(self, mailit, without_dns, monkeypatch):
        """As after a restore of the database alone: their mail would wait, and in the end fail."""
        setup = ("setup", "--non-interactive", "--email", "op@example.com", "--password-stdin", "--team", "Acme")
        assert mailit(*setup, "--domain", "acme.example", typed="correct horse battery").status == 0
        assert "dkim.master_encryption_key" not in mailit("doctor").out
        monkeypatch.setenv("MAILIT_DKIM_MASTER_ENCRYPTION_KEY", "another secret that has 32 characters")
        ran = mailit("doctor")
        assert ran.status == 1
        assert "FAIL  dkim.master_encryption_key: the DKIM keys of acme.example can't be opened with it" in ran.out

    def test_no_secret_where_there_was_one(self, mailit, without_dns, tmp_path):
        """It is missed, and none is made in its place."""
        setup = ("setup", "--non-interactive", "--email", "op@example.com", "--password-stdin", "--team", "Acme")
        assert mailit(*setup, "--domain", "acme.example", typed="correct horse battery").status == 0
        path = tmp_path / "data" / "secrets" / "dkim_master_encryption_key"
        path.unlink()
        assert "FAIL  dkim.master_encryption_key: the DKIM keys of acme.example" in mailit("doctor").out
        assert not path.exists()

    def test_a_port_that_somebody_else_has(self, mailit, without_dns, monkeypatch):
        """It names the key and the address."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            monkeypatch.setenv("MAILIT_OBSERVABILITY_PROMETHEUS_ADDR", address)
            other.settimeout(0)
            ran = mailit("doctor")
        assert f"FAIL  observability.prometheus_addr: {address} can't be opened: Address already in use" in ran.out

    def test_dns_that_does_not_answer(self, mailit, monkeypatch):
        """It names whom it asked, and for how long."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            monkeypatch.setenv("MAILIT_DNS_RESOLVER", f"127.0.0.1:{silent.getsockname()[1]}")
            monkeypatch.setenv("MAILIT_DNS_TIMEOUT", "300ms")
            ran = mailit("doctor")
        assert "FAIL  dns.resolver: 127.0.0.1" in ran.out
        assert "gives no answer within 0.3 s" in ran.out


class TestQueue:
    """What waits, and what becomes of it."""

    def test_an_empty_one(self, mailit):
        """It says so; and a change changes nothing."""
        assert mailit("queue", "list").out == "the queue is empty\n"
        assert mailit("queue", "list", "--json").out == ""
        assert mailit("queue", "hold", "--all").out == "hold: 0 recipients\n"

    def test_an_id_that_does_not_wait(self, mailit):
        """Which is a failure: somebody meant something."""
        id_ = "0198b3c2-0000-7000-8000-000000000000"
        assert mailit("queue", "show", id_).complaint == "mailit: nothing of that waits"
        assert mailit("queue", "retry", id_).complaint.startswith("mailit: nothing to retry: it does not wait")

    @pytest.fixture
    def waiting(self, dsn):
        """Two mails: one to two recipients at one.example, one to two.example."""
        connection = connect(dsn, "test")
        spool = Spool(Transaction(connection))
        mails = [spool.add("ana@one.example", "bo@one.example"), spool.add("cy@two.example")]
        connection.commit()
        connection.close()
        return mails

    def test_what_waits(self, mailit, waiting):
        """By destination, the fullest first; and one by one."""
        rows = [line.split() for line in mailit("queue", "list").out.splitlines()]
        assert [row[:2] for row in rows] == [["DOMAIN", "DUE"], ["one.example", "2"], ["two.example", "1"]]
        (one,) = [
            json.loads(line) for line in mailit("queue", "show", "--domain", "two.example", "--json").out.splitlines()
        ]
        assert (one["email_id"], one["recipient"], one["held"]) == (waiting[1].id, "cy@two.example", False)
        shown = mailit("queue", "show", waiting[0].id).out
        assert "ana@one.example" in shown
        assert "bo@one.example" in shown
        assert "cy@two.example" not in shown

    def test_hold_release_cancel(self, mailit, waiting):
        """By the id of a mail, by domain, or all of it."""
        assert mailit("queue", "hold", waiting[0].id).out == "hold: 2 recipients\n"
        assert mailit("queue", "show", waiting[0].id).out.count(" held ") == 2
        assert mailit("queue", "release", "--domain", "ONE.example.").out == "release: 2 recipients\n"
        assert mailit("queue", "retry", "--all").out == "retry: 3 recipients\n"
        assert mailit("queue", "cancel", waiting[1].id).out == "cancel: 1 recipient\n"
        assert mailit("queue", "cancel", waiting[1].id).status == 1
        assert [line.split()[0] for line in mailit("queue", "list").out.splitlines()] == ["DOMAIN", "one.example"]

    def test_a_held_one_is_not_tried(self, mailit, waiting):
        """And nobody is told that it is."""
        mailit("queue", "hold", waiting[1].id)
        assert "is held back" in mailit("queue", "retry", waiting[1].id).complaint

    def test_a_domain_that_is_none(self, mailit, waiting):
        """Wrong usage; above all an empty one, as of a variable that is not set, does not mean every domain."""
        for name in ("", "one example", "[10.0.0]"):
            said = mailit("queue", "cancel", "--team", "0198b3c2-0000-7000-8000-000000000000", "--domain", name)
            assert said.status == 2
            assert "is no domain" in said.err
        assert len(mailit("queue", "list").out.splitlines()) == 3

    def test_what_a_receiver_said_cannot_play_with_the_terminal(self, mailit, waiting, dsn):
        """Its words come from outside."""
        words = "550 \x1b[2Jgone\r\nroot# "

        def say(tx):
            tx.run("UPDATE delivery SET reply_code = 450, reply_text = %(words)s", {"words": words})

        Database(dsn).transact(say)
        shown = mailit("queue", "show").out
        assert "[2Jgone root#" in shown
        assert not set("\x1b\r") & set(shown)
        assert len(shown.splitlines()) == 4

    def test_why(self, mailit, waiting):
        """By the id of a mail, or of one recipient's delivery; in words, or as the API has it."""
        assert "It is due, and is taken up as soon as there is room." in mailit("queue", "why", waiting[0].id).out
        mailit("queue", "hold", "--domain", "one.example")
        told = mailit("queue", "why", waiting[0].deliveries[0].id, "--json").out.splitlines()
        assert [json.loads(line)["cause"] for line in told] == ["hold", "hold"]
        mailit("queue", "cancel", waiting[1].id)
        assert mailit("queue", "why", waiting[1].id).out.startswith("nothing holds it")
        unknown = mailit("queue", "why", "0198b3c2-0000-7000-8000-000000000000")
        assert (unknown.status, unknown.complaint) == (1, "mailit: there is no such email")

    def test_what_is_in_doubt(self, mailit, waiting, dsn):
        """Listed, and settled one by one or together."""
        assert mailit("queue", "in-doubt").out == "nothing is in doubt\n"
        Database(dsn).transact(lambda tx: tx.run("UPDATE envelope SET in_doubt = true, held = true"))
        assert mailit("queue", "in-doubt").out.count("waits for a decision") == 3
        assert mailit("queue", "decide", "assume_sent", waiting[1].id).out == "assume_sent: 1 recipient\n"
        assert mailit("queue", "decide", "resend", waiting[1].id).status == 1
        assert mailit("queue", "decide", "fail", "--domain", "one.example").out == "fail: 2 recipients\n"
        assert mailit("queue", "in-doubt", "--json").out == ""
        assert mailit("queue", "decide", "perhaps", "--all").status == 2
        assert mailit("queue", "decide", "fail").status == 2


class TestQuotas:
    """What a team may send, from its setting to its removal; daemons hear of each."""

    def test_its_life(self, mailit, dsn):
        """By name or id; what is not given stays, and `none` is no limit."""
        team = json.loads(mailit(*SETUP, typed="correct horse battery\n").out)["team_id"]
        assert mailit("quota", "list").out.splitlines()[1].split() == [team, "Acme", "unlimited", "unlimited", "none"]
        listener = connect(dsn, "listener", autocommit=True)
        listener.cursor().execute("LISTEN mailit_quotas")
        ran = mailit("quota", "set", "Acme", "--daily", "100", "--monthly", "2000")
        assert (ran.status, ran.out) == (0, "Acme: 100 a day, 2000 a month\n")
        select.select([listener], [], [], 5)  # it may come a moment after the commit
        listener.poll()
        assert len(listener.notifies) == 1
        listener.close()
        assert mailit("quota", "set", team.upper(), "--monthly", "none").status == 0
        shown = mailit("quota", "show", team).out.splitlines()
        assert shown[0] == f"Acme ({team}), quota: its own"
        assert [line.split() for line in shown[2:]] == [["today", "0", "100"], ["this", "month", "0", "unlimited"]]
        ran = mailit("quota", "remove", "Acme")
        assert ran.out == "Acme: unlimited a day, unlimited a month, as the configuration has it\n"
        assert mailit("quota", "list").out.splitlines()[1].endswith("none")

    def test_that_of_all(self, mailit, monkeypatch):
        """A team without its own has the configuration's; its own begins with that."""
        mailit(*SETUP, typed="correct horse battery\n")
        monkeypatch.setenv("MAILIT_QUOTA_DAILY", "50")
        assert mailit("quota", "show", "Acme").out.splitlines()[0].endswith("quota: the configuration")
        assert mailit("quota", "set", "Acme", "--monthly", "7").out == "Acme: 50 a day, 7 a month\n"

    @pytest.mark.parametrize(
        "arguments, status, words",
        [
            (("set", "Nobody", "--daily", "1"), 1, "there is no team Nobody; `mailit quota list` shows them"),
            (("set", "Nobody"), 1, "say what is to change"),
            (("set", "Nobody", "--daily", "-1"), 2, "'-1' is no whole number"),
            (("set", "Nobody", "--daily", "many"), 2, "'many' is no whole number from 0 to 2000000000, and not `none`"),
            (("show", "Nobody"), 1, "there is no team Nobody"),
            (("remove", "Nobody"), 1, "there is no team Nobody"),
        ],
    )
    def test_what_can_not_be_done(self, mailit, arguments, status, words):
        """One line that says why."""
        ran = mailit("quota", *arguments)
        assert ran.status == status
        assert words in ran.err

    def test_two_teams_of_one_name(self, mailit, dsn):
        """Neither is meant more than the other."""
        connection = connect(dsn, "tests", autocommit=True)
        for _ in range(2):
            Transaction(connection).run("INSERT INTO team (id, name) VALUES (gen_random_uuid(), 'Twins')")
        connection.close()
        ran = mailit("quota", "remove", "Twins")
        assert (ran.status, ran.complaint.partition(";")[0]) == (1, "mailit: 2 teams are called Twins")
