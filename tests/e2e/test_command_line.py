"""`mailit …` beside a daemon: what it does to the installation, the daemon knows at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest

from tests.rig import Rig, installation, until

# Nobody listens there, so that what goes to it waits.
NOWHERE = {"nowhere.example MX": ["10 mx.nowhere.example."], "mx.nowhere.example A": ["127.0.0.3"]}


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """An installation that `mailit setup` has made before the daemon's first start; mail waits a minute at nowhere."""
    with installation({"smtp_outbound": {"retry_delays": ["1m"]}}) as rig:
        rig.setup()
        rig.start()
        rig.verify(rig.said)
        rig.publish(NOWHERE)
        yield rig


def waiting(rig: Rig, **fields: Any) -> str:
    """The id of a mail that waits for its next try."""
    status, said = rig.send(**{"to": "a@nowhere.example", **fields})
    assert status == 200, said
    until(lambda: rig.types(said["id"])[-1] == "delivery_delayed")
    return str(said["id"])


def shown(rig: Rig, id_: str) -> dict[str, Any]:
    """What `mailit queue show` says of a mail with one recipient."""
    (line,) = rig.mailit("queue", "show", id_, "--json").stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


class TestSetup:
    """One JSON object, and all that it names works."""

    def test_it_names_what_was_made(self, rig: Rig) -> None:
        """User, team, key, and the records to publish, with which the domain was verified."""
        assert rig.said.keys() == {"user_id", "team_id", "api_key", "dns_records"}
        assert rig.said["api_key"].startswith("re_")
        listed = rig.call("GET", "/domains")[1]
        assert [(one["name"], one["status"]) for one in listed["data"]] == [("example.org", "verified")]

    def test_the_account_can_sign_in(self, rig: Rig) -> None:
        """As the operator of its team."""
        credentials = {"email": "op@example.org", "password": "correct horse battery"}
        status, said = rig.call("POST", "/auth/login", credentials)
        assert status == 200
        status, me = rig.call("GET", "/auth/me", key=said["token"])
        assert (status, me["user"]["id"], me["team"]["id"]) == (200, rig.said["user_id"], rig.said["team_id"])
        assert "operator" in me["permissions"]

    def test_a_second_of_that_address_is_refused(self, rig: Rig) -> None:
        """With one line that says what to do."""
        done = rig.mailit(
            *("setup", "--non-interactive", "--json", "--email", "op@example.org", "--password-stdin", "--team", "B"),
            given="correct horse battery\n",
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert done.stderr.startswith("mailit: there is an account of op@example.org already")

    def test_what_is_missing_is_wrong_usage(self, rig: Rig) -> None:
        """Status 2, and no traceback."""
        done = rig.mailit("setup", "--non-interactive", check=False)
        assert done.returncode == 2
        assert "--email" in done.stderr and "Traceback" not in done.stderr


class TestTheQueue:
    """The daemon goes by what was done to its queue, without a restart."""

    def test_it_is_listed_by_destination(self, rig: Rig) -> None:
        """With what it waits for, and one by one with the last words of the receiver."""
        id_ = waiting(rig)
        (row,) = [json.loads(line) for line in rig.mailit("queue", "list", "--json").stdout.splitlines()]
        assert (row["domain"], row["held"], row["in_doubt"]) == ("nowhere.example", 0, 0)
        assert "nowhere.example" in rig.mailit("queue", "list").stdout
        one = shown(rig, id_)
        assert (one["recipient"], one["attempt"], one["held"]) == ("a@nowhere.example", 1, False)
        assert "Could not connect to mx.nowhere.example" in one["reply"]
        rig.mailit("queue", "cancel", id_)

    def test_retry_makes_it_due(self, rig: Rig) -> None:
        """The next try comes at once, not after its minute."""
        id_ = waiting(rig)
        assert rig.mailit("queue", "retry", id_).stdout == "retry: 1 recipient\n"
        until(lambda: rig.types(id_).count("delivery_delayed") == 2, 15)
        rig.mailit("queue", "cancel", id_)

    def test_held_it_stays_and_released_it_goes(self, rig: Rig) -> None:
        """A held one is not tried, even when it is due."""
        id_ = waiting(rig)
        rig.mailit("queue", "hold", id_)
        rig.mailit("queue", "retry", id_, check=False)
        rig.mailit("queue", "cancel", waiting(rig))  # the daemon has claimed in the same lane meanwhile
        assert shown(rig, id_)["held"]
        assert rig.types(id_).count("delivery_delayed") == 1
        rig.mailit("queue", "release", id_)
        until(lambda: rig.types(id_).count("delivery_delayed") == 2, 15)
        rig.mailit("queue", "cancel", id_)

    def test_canceled_it_ends(self, rig: Rig) -> None:
        """The mail says so, and nothing of it waits any more."""
        id_ = waiting(rig)
        assert rig.mailit("queue", "cancel", "--domain", "nowhere.example").stdout == "cancel: 1 recipient\n"
        assert rig.types(id_)[-1] == "canceled"
        assert rig.call("GET", f"/emails/{id_}")[1]["last_event"] == "canceled"
        done = rig.mailit("queue", "show", id_, check=False)
        assert (done.returncode, done.stderr) == (1, "mailit: nothing of that waits\n")
        assert rig.mailit("queue", "list").stdout == "the queue is empty\n"


class TestUserReset:
    """Whoever has the machine has the accounts."""

    def test_the_new_password_is_the_only_one(self, rig: Rig) -> None:
        """And the sessions of the old one end, also in a daemon that knows them."""
        old = {"email": "op@example.org", "password": "correct horse battery"}
        token = rig.call("POST", "/auth/login", old)[1]["token"]
        assert rig.call("GET", "/auth/me", key=token)[0] == 200
        new = {**old, "password": "a staple of another kind"}
        rig.mailit("user", "reset", "op@example.org", given=new["password"] + "\n")
        until(lambda: rig.call("GET", "/auth/me", key=token)[0] == 401, 5)
        assert rig.call("POST", "/auth/login", old)[0] == 401
        assert rig.call("POST", "/auth/login", new)[0] == 200
        drawn = rig.mailit("user", "reset", "op@example.org").stdout.strip()
        assert rig.call("POST", "/auth/login", {**old, "password": drawn})[0] == 200
        rig.mailit("user", "reset", "op@example.org", given=old["password"] + "\n")
        assert rig.call("GET", "/domains")[0] == 200  # keys are no sessions


class TestDoctor:
    """It looks at an installation that runs, and says what it sees."""

    def look(self, rig: Rig) -> tuple[int, dict[str, str]]:
        """Its status, and how each subject counts."""
        done = rig.mailit("doctor", check=False)
        lines = [line.split(None, 1) for line in done.stdout.splitlines()]
        return done.returncode, {rest.partition(":")[0]: grade for grade, rest in lines}

    def test_all_is_well(self, rig: Rig) -> None:
        """The database, the tables, the ports that are ours, DNS that knows us, and the files' modes."""
        rig.publish({"mail.example.org A": ["127.0.0.1"], "1.0.0.127.in-addr.arpa PTR": ["mail.example.org."]})
        status, found = self.look(rig)
        assert {"tables", "clock", "server.http_addr", "dns.resolver", "PTR", "file modes"} <= found.keys()
        assert (status, "FAIL" in found.values()) == (0, False)

    def test_what_is_not_well_is_status_1(self, rig: Rig) -> None:
        """A secret that others may read, and a name that leads nowhere."""
        del rig.zone["mail.example.org A"]
        rig.publish({})
        (rig.folder / "data" / "secrets").chmod(0o755)
        status, found = self.look(rig)
        (rig.folder / "data" / "secrets").chmod(0o700)
        assert (status, found["smtp_outbound.hostname"], found["file modes"]) == (1, "FAIL", "FAIL")


class TestPreflight:
    """A message from a file, as it would leave from here; nothing is sent."""

    MESSAGE = "From: Hello <hello@{0}>\nTo: ana@example.net\nSubject: Hi\nDate: {1}\nMessage-ID: <1@{0}>\n\nHello\n"

    def judged(self, rig: Rig, domain: str, *more: str) -> tuple[int, dict[str, Any]]:
        """The command's status, and what it said."""
        path = rig.folder / "mail.eml"
        path.write_text(self.MESSAGE.format(domain, formatdate(usegmt=True)))
        done = rig.mailit("preflight", str(path), "--json", *more, check=False)
        return done.returncode, json.loads(done.stdout)

    def test_it_is_signed_and_judged(self, rig: Rig) -> None:
        """By the domain's own keys, which DNS has."""
        rig.publish(
            {
                "mail.example.org A": ["127.0.0.1"],
                "1.0.0.127.in-addr.arpa PTR": ["mail.example.org."],
                "example.org MX": ["10 mail.example.org."],
            }
        )
        status, said = self.judged(rig, "example.org")
        wrong = [one for one in said["rules"] if one["level"] != "pass"]
        assert (status, said["object"], said["level"], wrong) == (0, "preflight", "pass", [])
        assert {"domain", "dkim", "spf", "ehlo"} <= {one["id"] for one in said["rules"]}
        assert self.judged(rig, "example.org", "--marketing")[0] == 1

    def test_a_domain_that_is_not_ours(self, rig: Rig) -> None:
        """Nothing signs it, and that is an error."""
        status, said = self.judged(rig, "example.com")
        levels = {one["id"]: one["level"] for one in said["rules"]}
        assert (status, levels["domain"], levels["dkim"]) == (1, "error", "error")

    def test_a_file_that_is_none(self, rig: Rig) -> None:
        """One line."""
        done = rig.mailit("preflight", str(rig.folder / "none.eml"), check=False)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


class TestMigrate:
    """The tables go back and forth while no daemon runs."""

    def test_down_plan_and_up(self, rig: Rig) -> None:
        """The plugin's table is taken back, planned and made again; and the daemon starts on it."""
        assert rig.stop() == 0
        back = ("migrate", "--down", "--owner", "sandbox", "--to", "0")
        assert "took back" in rig.mailit(*back).stdout
        plan = rig.mailit("migrate", "--plan").stdout
        assert plan.startswith("would apply ") and "create_caught" in plan
        assert rig.mailit("migrate", "--up").stdout == plan.replace("would apply", "applied")
        assert rig.mailit("migrate", "--plan").stdout == "nothing to do\n"
        rig.start()
        assert rig.call("GET", "/sandbox/emails")[0] == 200
