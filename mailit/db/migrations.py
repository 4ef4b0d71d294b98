"""Migrations: schema/OWNER/NNNN_verb_noun.sql, in order, each in a transaction of its own, written down in a ledger."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen

from mailit.db.connection import Connection, Dsn, Transaction, connect
from mailit.errors import CannotStart
from mailit.plugin import Plugin

CORE = "core"
SCHEMA = Path(__file__).parent.parent / "schema"
"""Where the schema lies, in the repository (by a symlink) as in the installed package."""

_OLDEST = 150_000  # as libpq counts versions
_NAME = re.compile(r"(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)+)\.sql")

# Any number would do, as long as every MailIt takes the same: it is the lock that one migrating process holds.
_LOCK = "SELECT pg_advisory_lock(7236842131)"

_LEDGER = """
    CREATE TABLE IF NOT EXISTS migration (
        position   bigint GENERATED ALWAYS AS IDENTITY,   -- the order in which they were applied, over all owners
        owner      text NOT NULL,
        number     integer NOT NULL,
        name       text NOT NULL,
        checksum   text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (owner, number)
    )
"""

_EXISTS = "SELECT to_regclass('migration') IS NOT NULL AS there"
_APPLIED = "SELECT owner, number, name, checksum FROM migration ORDER BY position"
_APPLY = """
    INSERT INTO migration (owner, number, name, checksum)
    VALUES (%(owner)s, %(number)s, %(name)s, %(checksum)s)
"""
_REVERT = "DELETE FROM migration WHERE owner = %(owner)s AND number = %(number)s"


@frozen
class Migration:
    """One step: `owner`, `number` and `name` are its path, `checksum` the SHA-256 of what it does."""

    owner: str
    number: int
    name: str
    checksum: str
    path: Path = field(eq=False, repr=False)

    def __str__(self) -> str:
        return f"{self.owner}/{self.number:04}_{self.name}"


@frozen
class Migrations:
    """The migrations of the core and of plugins, by owner; those of one owner come in its order, owners in theirs.

    Every method blocks, opens a connection of its own, and raises `Unavailable` where the database is away, or
    `CannotStart` where database and program do not belong together: the database is newer, or a migration that was
    applied has changed since. `to` is the number of the last migration of `owner` that is to stand.
    """

    owners: Mapping[str, Path]

    @classmethod
    def of(cls, plugins: Iterable[Plugin]) -> Migrations:
        """Those of the core and of these plugins, in the plugins' order."""
        brought = {plugin.name: Path(plugin.schema) for plugin in plugins if plugin.schema is not None}
        return cls({CORE: SCHEMA / CORE, **brought})

    def make_current(self, dsn: Dsn, may_migrate: bool) -> None:
        """Applies what is missing, or raises `CannotStart` where something is and it may not be applied here."""
        if may_migrate:
            self.up(dsn)
        elif self.plan(dsn):
            raise CannotStart("the database lacks migrations: run `mailit migrate --up`")

    def plan(self, dsn: Dsn) -> Sequence[Migration]:
        """What `up` would apply, in order. Changes nothing."""
        with _connection(dsn) as connection:
            return self._pending(_applied(Transaction(connection)))

    def up(self, dsn: Dsn, to: int | None = None, owner: str = CORE) -> Sequence[Migration]:
        """Applies what is missing, and gives what it applied; with `to`, only that owner's, up to that number."""
        with _locked(dsn) as connection:
            pending = self._pending(_applied(Transaction(connection)))
            if to is not None:
                self._known(owner, to)
                pending = [each for each in pending if each.owner == owner and each.number <= to]
            for migration in pending:
                _step(connection, migration, migration.path, _APPLY)
            return pending

    def down(self, dsn: Dsn, to: int | None = None, owner: str = CORE) -> Sequence[Migration]:
        """Takes back the last migration, and gives what it took back.

        With `to`, takes back in the reverse order of application until the owner stands at that number (0: at
        none), and so also what other owners built on what goes.
        """
        with _locked(dsn) as connection:
            applied = _applied(Transaction(connection))
            self._pending(applied)
            back = self._back(applied, to, owner)
            for migration in back:
                _step(connection, migration, migration.path.with_suffix(".down.sql"), _REVERT)
            return back

    def _back(self, applied: Sequence[Migration], to: int | None, owner: str) -> Sequence[Migration]:
        known = {(each.owner, each.number): each for each in self._files()}
        if to is None:
            going = applied[-1:]
        else:
            self._known(owner, to)
            first = next((i for i, each in enumerate(applied) if each.owner == owner and each.number > to), None)
            going = [] if first is None else applied[first:]
        back = []
        for each in reversed(going):
            migration = known.get((each.owner, each.number))
            if migration is None:
                raise CannotStart(f"Migration {each} can't be taken back: its plugin is not installed.")
            back.append(migration)
        return back

    def _known(self, owner: str, number: int) -> None:
        if number and not any((each.owner, each.number) == (owner, number) for each in self._files()):
            raise CannotStart(f"There is no migration {number:04} of {owner}.")

    def _pending(self, applied: Sequence[Migration]) -> list[Migration]:
        """What is missing, once it is sure that what is there is ours."""
        done = {(each.owner, each.number): each for each in applied}
        files = self._files()
        known = {(each.owner, each.number) for each in files}
        for each in applied:
            if each.owner in self.owners and (each.owner, each.number) not in known:
                raise CannotStart(
                    f"The database is newer than this program: it has migration {each}, which is unknown here. "
                    "Install the version of MailIt that made it."
                )
        for file in files:
            was = done.get((file.owner, file.number))
            if was is not None and was.checksum != file.checksum:
                raise CannotStart(
                    f"Migration {was} is not what it was when it was applied: restore its file from the version of "
                    "MailIt that applied it."
                )
        return [file for file in files if (file.owner, file.number) not in done]

    def _files(self) -> list[Migration]:
        return [migration for owner, folder in self.owners.items() for migration in _read(owner, folder)]


def _read(owner: str, folder: Path) -> list[Migration]:
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        if path.name.endswith(".down.sql"):
            continue
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise CannotStart(f"{path} is not named as a migration is: NNNN_verb_noun.sql.")
        migration = Migration(owner, int(match[1]), match[2], hashlib.sha256(path.read_bytes()).hexdigest(), path)
        if migration.number in found:
            raise CannotStart(f"Migrations {found[migration.number]} and {migration} have the same number.")
        found[migration.number] = migration
    return list(found.values())


def _applied(tx: Transaction) -> list[Migration]:
    there = tx.row(_EXISTS)
    if there is None or not there.there:
        return []
    return [Migration(row.owner, row.number, row.name, row.checksum, Path()) for row in tx.rows(_APPLIED)]


def _step(connection: Connection, migration: Migration, path: Path, record: str) -> None:
    """Runs one file and its line in the ledger as one transaction."""
    if not path.exists():
        raise CannotStart(f"Migration {migration} can't be taken back: it has no file {path.name}.")
    connection.autocommit = False
    tx = Transaction(connection)
    try:
        tx.run(path.read_text("utf-8"))
        tx.run(
            record,
            {
                "owner": migration.owner,
                "number": migration.number,
                "name": migration.name,
                "checksum": migration.checksum,
            },
        )
        connection.commit()
    except Exception as error:
        if not connection.closed:
            connection.rollback()
        cause = (str(error).strip() or repr(error)).splitlines()[0]
        raise CannotStart(f"Migration {migration} failed: {cause}") from error
    finally:
        if not connection.closed:
            connection.autocommit = True


@contextmanager
def _connection(dsn: Dsn) -> Iterator[Connection]:
    connection = connect(dsn, "mailit migrate", autocommit=True)
    try:
        if connection.server_version < _OLDEST:
            has = connection.get_parameter_status("server_version")
            raise CannotStart(f"MailIt needs PostgreSQL {_OLDEST // 10_000} or later; this database is of {has}.")
        if connection.get_parameter_status("server_encoding") != "UTF8":
            raise CannotStart("The database can't hold every character: make one with ENCODING 'UTF8'.")
        yield connection
    finally:
        connection.close()


@contextmanager
def _locked(dsn: Dsn) -> Iterator[Connection]:
    """A connection that holds the one lock of migrating processes; it goes with the connection."""
    with _connection(dsn) as connection:
        tx = Transaction(connection)
        tx.row(_LOCK)
        tx.run(_LEDGER)
        yield connection
