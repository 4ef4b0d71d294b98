"""Migrations with their ledger, on a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailit.db.connection import Transaction, connect
from mailit.db.migrations import CORE, SCHEMA, Migrations
from mailit.errors import CannotStart, Unavailable
from tests.postgres import Postgres


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """A database without any table."""
    with postgres.database("template0") as dsn:
        yield dsn


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """An owner's folder with two migrations."""
    folder = tmp_path / "core"
    folder.mkdir()
    add(folder, 1, "create_thing", "CREATE TABLE thing (n int); INSERT INTO thing VALUES (100 % 7)", "DROP TABLE thing")
    add(folder, 2, "create_other", "CREATE TABLE other ()", "DROP TABLE other")
    return folder


def add(folder: Path, number: int, name: str, up: str, down: str | None = None) -> None:
    """Writes a migration's files."""
    (folder / f"{number:04}_{name}.sql").write_text(up)
    if down is not None:
        (folder / f"{number:04}_{name}.down.sql").write_text(down)


def names(migrations: Any) -> list[str]:
    """How they are called."""
    return [str(each) for each in migrations]


def tables(dsn: str) -> set[str]:
    """The tables that there are, but for the ledger."""
    connection = connect(dsn, "tests", autocommit=True)
    try:
        rows = Transaction(connection).rows(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        )
        return {row.relname for row in rows} - {"migration"}
    finally:
        connection.close()


class TestAnEmptyDatabase:
    """Gets every migration, in order."""

    def test_takes_all_of_the_core_and_gives_it_back(self, empty: str) -> None:
        """The house's own tables, up, down to nothing, and up again."""
        migrations = Migrations({CORE: SCHEMA / CORE})
        planned = names(migrations.plan(empty))
        assert names(migrations.up(empty)) == planned
        assert {"team", "email", "envelope", "event"} <= tables(empty)
        assert names(migrations.down(empty, to=0)) == planned[::-1]
        assert tables(empty) == set()
        assert names(migrations.up(empty)) == planned

    def test_is_not_touched_by_a_plan(self, empty: str, core: Path) -> None:
        """A plan says what would be done, and does nothing, not even the ledger."""
        assert names(Migrations({CORE: core}).plan(empty)) == ["core/0001_create_thing", "core/0002_create_other"]
        connection = connect(empty, "tests", autocommit=True)
        assert Transaction(connection).rows("SELECT 1 FROM pg_class WHERE relname = 'migration'") == []
        connection.close()

    def test_stops_where_it_is_told(self, empty: str, core: Path) -> None:
        """`to` is the last that is to stand; the rest comes another time."""
        migrations = Migrations({CORE: core})
        assert names(migrations.up(empty, to=1)) == ["core/0001_create_thing"]
        assert names(migrations.plan(empty)) == ["core/0002_create_other"]

    def test_keeps_what_went_before_the_one_that_fails(self, empty: str, core: Path) -> None:
        """Each is a transaction of its own; the one that fails leaves nothing, and is named with its cause."""
        add(core, 3, "break_thing", "CREATE TABLE half (); SELECT 1 / 0")
        migrations = Migrations({CORE: core})
        with pytest.raises(CannotStart, match="core/0003_break_thing failed: division by zero"):
            migrations.up(empty)
        assert tables(empty) == {"thing", "other"}
        assert names(migrations.plan(empty)) == ["core/0003_break_thing"]

    def test_that_two_come_to_at_once_is_migrated_once(self, empty: str, core: Path) -> None:
        """One waits for the other, and then finds nothing to do."""
        add(core, 3, "sleep_well", "SELECT pg_sleep(0.3)")
        done: list[list[str]] = []
        both = [threading.Thread(target=lambda: done.append(names(Migrations({CORE: core}).up(empty)))) for _ in "ab"]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert sorted(map(len, done)) == [0, 3]

    def test_that_is_away_is_unavailable(self, core: Path) -> None:
        """It is nobody's fault."""
        with pytest.raises(Unavailable):
            Migrations({CORE: core}).up("host=/nonexistent dbname=x")


class TestTakingBack:
    """In the reverse order of application, over all owners."""

    @pytest.fixture
    def both(self, empty: str, core: Path, tmp_path: Path) -> Migrations:
        """The core's two, a plugin's one that builds on them, and then a third of the core's."""
        plugin = tmp_path / "plugin"
        plugin.mkdir()
        add(plugin, 1, "create_view", "CREATE VIEW seen AS SELECT n FROM thing", "DROP VIEW seen")
        migrations = Migrations({CORE: core, "plugin": plugin})
        migrations.up(empty)
        add(core, 3, "create_third", "CREATE TABLE third ()", "DROP TABLE third")
        migrations.up(empty)
        return migrations

    def test_goes_one_back_unless_told(self, empty: str, both: Migrations) -> None:
        """The last one applied."""
        assert names(both.down(empty)) == ["core/0003_create_third"]
        assert names(both.down(empty)) == ["plugin/0001_create_view"]

    def test_takes_what_others_built_on_it(self, empty: str, both: Migrations) -> None:
        """What came later goes first."""
        assert names(both.down(empty, to=1)) == [
            "core/0003_create_third",
            "plugin/0001_create_view",
            "core/0002_create_other",
        ]
        assert tables(empty) == {"thing"}

    def test_can_be_of_one_plugin(self, empty: str, both: Migrations) -> None:
        """With what came after it."""
        assert names(both.down(empty, to=0, owner="plugin")) == ["core/0003_create_third", "plugin/0001_create_view"]

    def test_is_refused_where_there_is_no_way_back(self, empty: str, core: Path) -> None:
        """A migration without a down file, and one of a plugin that is gone."""
        add(core, 3, "burn_bridge", "SELECT 1")
        migrations = Migrations({CORE: core})
        migrations.up(empty)
        with pytest.raises(CannotStart, match=r"no file 0003_burn_bridge.down.sql"):
            migrations.down(empty)
        with pytest.raises(CannotStart, match="its plugin is not installed"):
            Migrations({}).down(empty)

    def test_is_refused_to_a_number_that_is_none(self, empty: str, both: Migrations) -> None:
        """A slip of the finger must not take everything back."""
        with pytest.raises(CannotStart, match="no migration 0007 of core"):
            both.down(empty, to=7)


class TestAProgramAndADatabaseThatDoNotBelongTogether:
    """Nothing is done, and one line says what to do."""

    def test_a_newer_database(self, empty: str, core: Path, tmp_path: Path) -> None:
        """It has a migration that this program does not know."""
        Migrations({CORE: core}).up(empty)
        for path in core.glob("0002*"):
            path.unlink()
        for act in (Migrations({CORE: core}).plan, Migrations({CORE: core}).up, Migrations({CORE: core}).down):
            with pytest.raises(CannotStart, match=r"newer than this program: .*core/0002_create_other"):
                act(empty)

    def test_a_database_that_can_not_hold_every_character(self, postgres: Postgres, core: Path) -> None:
        """LATIN1 has no snowman."""
        name = "latin"
        admin = connect(postgres.dsn("postgres"), "tests", autocommit=True)
        latin = "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
        try:
            Transaction(admin).run(f"CREATE DATABASE {name} {latin}")
            with pytest.raises(CannotStart, match="UTF8"):
                Migrations({CORE: core}).up(postgres.dsn(name))
        finally:
            Transaction(admin).run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            admin.close()

    def test_an_address_that_is_none(self, core: Path) -> None:
        """The line does not show it: there may be a password in it."""
        with pytest.raises(CannotStart) as caught:
            Migrations({CORE: core}).up("postgresql://user:secret@[host/x")
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_a_changed_migration(self, empty: str, core: Path) -> None:
        """What was applied is not what lies there."""
        Migrations({CORE: core}).up(empty)
        add(core, 1, "create_thing", "CREATE TABLE thing (n bigint)")
        with pytest.raises(CannotStart, match="core/0001_create_thing is not what it was"):
            Migrations({CORE: core}).up(empty)

    def test_but_a_plugin_that_is_gone_is_nobodys_trouble(self, empty: str, core: Path) -> None:
        """Its tables stay, and the core goes on."""
        Migrations({"plugin": core}).up(empty)
        assert Migrations({}).up(empty) == []

    def test_files_that_are_not_named_as_they_should_be(self, empty: str, core: Path) -> None:
        """And two of one number."""
        (core / "3_x.sql").write_text("")
        with pytest.raises(CannotStart, match=r"3_x.sql is not named"):
            Migrations({CORE: core}).up(empty)
        (core / "3_x.sql").unlink()
        add(core, 2, "create_twin", "")
        with pytest.raises(CannotStart, match="have the same number"):
            Migrations({CORE: core}).up(empty)


class TestTheHousesOwn:
    """The files under schema/."""

    def test_have_each_their_way_back(self) -> None:
        """A down file beside every migration, of every owner."""
        up = {path for path in SCHEMA.glob("*/*.sql") if not path.name.endswith(".down.sql")}
        assert up
        assert {path for path in up if not path.with_suffix(".down.sql").exists()} == set()
