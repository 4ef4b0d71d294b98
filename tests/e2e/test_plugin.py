"""A plugin of somebody else's: a folder on the path, `twistd -n mailit` in the sandbox, and it takes part."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailit.db.connection import Transaction, connect
from tests.rig import ROOT, Rig, installation, until
from tests.toys import copied


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """An installation in the sandbox with the toy, `example.org` its domain. Shared by the module."""
    home = copied(tmp_path_factory.mktemp("toy"))
    settings = {"smtp_outbound": {"mode": "sandbox"}, "toy": {"greeting": "Moin", "page_host": "toys.test"}}
    with installation(settings, {"PYTHONPATH": os.pathsep.join((str(home), str(ROOT)))}, peers=False) as rig:
        rig.start()
        rig.enroll()
        yield rig


class TestInTheSandbox:
    """In by HTTP; out into the sandbox, which was there first."""

    def test_a_mail_passes_through_all_of_it(self, toy: Rig) -> None:
        """Its template, its stage, its screen, its line at the end; and its subscriber heard of it."""
        assert toy.call("POST", "/toy/refusals", {"address": "quiet@example.net"})[0] == 201
        mail = {"from": "Hello <hello@example.org>", "to": ["ana@example.net", "quiet@example.net"]}
        status, said = toy.call("POST", "/emails", {**mail, "template": {"id": "toy", "variables": {"NAME": "Ana"}}})
        assert status == 200, said
        until(lambda: len(toy.events(said["id"])) == 4)
        assert toy.types(said["id"]) == ["queued", "sent", "suppressed", "delivered"]
        (one,) = toy.call("GET", "/sandbox/emails")[1]["data"]
        assert (one["to"], one["subject"]) == ("ana@example.net", "Moin, Ana!")
        raw = toy.call("GET", f"/sandbox/emails/{one['id']}")[1]["raw"]
        assert "X-Toy: yes\r\n" in raw and "A toy for ana@example.net" in raw
        expected = {"email.delivered": 1, "email.suppressed": 1}
        until(lambda: toy.call("GET", "/toy")[1]["counts"] == expected)

    def test_its_service_and_its_job_run(self, toy: Rig) -> None:
        """In the one process that there is."""
        until(lambda: {"started", "tidied"} <= set(toy.call("GET", "/toy")[1]["notes"]))


class TestTheCommandLine:
    """Knows of it as well."""

    def test_migrations(self, toy: Rig) -> None:
        """Nothing is left to be done after the start; its tables have a ledger of their own."""
        assert "toy" not in toy.mailit("migrate", "--plan").stdout
        with toy.database() as dsn:
            connection = connect(dsn, "tests", autocommit=True)
            rows = Transaction(connection).rows("SELECT number FROM migration WHERE owner = 'toy' ORDER BY number")
            connection.close()
        assert [row.number for row in rows] == [1, 2]


class TestInstalledByPip:
    """A package like any other."""

    def test_the_drop_in_and_the_tables_come_along(self, tmp_path: Path) -> None:
        """And it is found where they went."""
        source = copied(tmp_path)
        target = tmp_path / "packages"
        install = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
        done = subprocess.run(
            [*install, "--target", str(target), str(source)], capture_output=True, text=True, timeout=120, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        assert (target / "mailit_toy" / "schema" / "0001_create_toys.sql").exists()
        found = subprocess.run(
            [sys.executable, "-c", "from mailit.discovery import discover; print([one.name for one in discover()])"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(target), str(ROOT)))},
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
        )
        assert found.stdout.strip() == "['sandbox', 'test_recipients', 'toy', 'toy_words']", found.stderr
