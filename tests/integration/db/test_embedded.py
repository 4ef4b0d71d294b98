"""The embedded server, as root and as a user, on good days and after a SIGKILL."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from mailit.db.account import account
from mailit.db.connection import Transaction, connect
from mailit.db.embedded import EmbeddedServer
from mailit.errors import CannotStart, Unavailable
from tests.postgres import memory, programs, short_folder

# What a process of its own does: starts the server, says how it is reached, and waits to be told to stop.
_USER = """
import sys
from pathlib import Path
from mailit.db.embedded import EmbeddedServer
from tests.postgres import programs
server = EmbeddedServer(Path(sys.argv[1]), programs)
print(server.start(), flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder, closed to others."""
    with short_folder(memory()) as folder:
        yield folder


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedServer]:
    """A server that is not started yet; stopped at the end."""
    server = EmbeddedServer(home / "data" / "postgres", programs)
    yield server
    server.stop()


def process(folder: Path, prefix: list[str] | None = None) -> subprocess.Popen[str]:
    """Another process that uses the server in `folder`."""
    return subprocess.Popen(
        [*(prefix or []), sys.executable, "-c", _USER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )


def ask(dsn: str, sql: str) -> Any:
    """The first value of the first row."""
    connection = connect(dsn, "tests", autocommit=True)
    try:
        return Transaction(connection).rows(sql)[0][0]
    finally:
        connection.close()


def pid(folder: Path) -> int:
    """The number of the server's process."""
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def alive(number: int) -> bool:
    """Whether a process lives, and is more than a name in a list."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(number: int) -> bool:
    """Whether a process is gone within five seconds."""
    deadline = time.monotonic() + 5
    while alive(number) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(number)


class TestAFreshFolder:
    """Gets a cluster, closed to everybody else."""

    @pytest.mark.parametrize(
        "prefix",
        [[], ["unshare", "--user", "--map-root-user"], ["unshare", "--user", "--map-user=1000", "--map-group=1000"]],
        ids=["as we are", "as root", "as a user"],
    )
    def test_is_served_from_within_a_closed_home(self, home: Path, prefix: list[str]) -> None:
        """Whoever starts it, no folder above is opened, and nothing is changed that was there."""
        before = {path: path.stat().st_mode for path in (home, *home.parents)}
        other = process(home / "data" / "postgres", prefix)
        assert other.stdin and other.stdout
        assert "dbname=mailit" in other.stdout.readline()
        number = pid(home / "data" / "postgres")
        other.stdin.close()
        assert other.wait(20) == 0
        assert gone(number)
        assert {path: path.stat().st_mode for path in (home, *home.parents)} == before
        assert stat.S_IMODE(home.stat().st_mode) == 0o700

    def test_is_reached_by_password_through_its_own_socket_alone(self, server: EmbeddedServer) -> None:
        """No TCP, no trust, and what holds the password is for nobody else to read."""
        dsn = server.start()
        assert ask(dsn, "SHOW listen_addresses") == ""
        assert ask(dsn, "SHOW fsync") == "on"
        wrong = {**parse_dsn(dsn), "password": "wrong"}
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(**wrong)
        without = {key: value for key, value in parse_dsn(dsn).items() if key != "password"}
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(**without)
        assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(parse_dsn(dsn)["host"]).stat().st_mode) == 0o700

    def test_is_a_database_in_which_text_is_text(self, server: EmbeddedServer) -> None:
        """UTF-8, whatever the locale of whoever started it."""
        assert ask(server.start(), "SELECT 'Zoë ☃'::text || current_setting('server_encoding')") == "Zoë ☃UTF8"

    def test_has_small_segments_of_its_log(self, server: EmbeddedServer) -> None:
        """Whose mail needs a new one waits until it is filled."""
        assert ask(server.start(), "SHOW wal_segment_size") == "4MB"

    def test_that_is_half_made_is_made_again(self, server: EmbeddedServer) -> None:
        """What a process left that was killed while it made the cluster is no cluster."""
        (server.folder / "data.new").mkdir(parents=True)
        (server.folder / "data.new" / "PG_VERSION").write_text("18")
        assert ask(server.start(), "SELECT 1") == 1

    def test_with_a_long_path_has_its_socket_elsewhere(self, home: Path) -> None:
        """In a short folder that is ours and closed."""
        server = EmbeddedServer(home / ("long" * 25) / "postgres", programs)
        dsn = server.start()
        try:
            host = Path(parse_dsn(dsn)["host"])
            assert len(str(host)) < 80
            assert stat.S_IMODE(host.stat().st_mode) == 0o700
            assert ask(dsn, "SELECT 1") == 1
        finally:
            server.stop()
        assert not host.exists()

    def test_with_a_long_path_does_not_trust_a_folder_of_others(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where somebody was there first with an open folder, it says so."""
        run = home / "r"
        run.mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(run))
        server = EmbeddedServer(home / ("long" * 25), programs)
        short = Path(parse_dsn(server.start())["host"])
        server.stop()
        assert short.parent == run
        short.mkdir()
        short.chmod(0o777)
        dsn = server.start()
        try:
            assert not parse_dsn(dsn)["host"].startswith(str(run))
        finally:
            server.stop()


class TestALivingServer:
    """Is adopted, and lives as long as it has a user."""

    def test_is_shared_by_processes(self, server: EmbeddedServer) -> None:
        """The second finds the first's; who stops last stops it."""
        dsn = server.start()
        number = pid(server.folder)
        other = process(server.folder)
        assert other.stdin and other.stdout
        assert parse_dsn(other.stdout.readline().strip()) == parse_dsn(dsn)
        server.stop()
        assert ask(dsn, "SELECT 1") == 1
        other.stdin.close()
        assert other.wait(20) == 0
        assert gone(number)

    def test_outlives_a_killed_process_and_serves_the_next(self, server: EmbeddedServer) -> None:
        """The kill of its parent does it no harm, and its new user can stop it."""
        other = process(server.folder)
        assert other.stdout
        dsn = other.stdout.readline().strip()
        number = pid(server.folder)
        other.kill()
        other.wait()
        assert parse_dsn(server.start()) == parse_dsn(dsn)
        assert pid(server.folder) == number
        server.stop()
        assert gone(number)

    def test_is_started_once_when_many_start_it_at_a_time(self, home: Path) -> None:
        """They wait for each other, and all get the same."""
        others = [process(home / "postgres") for _ in range(4)]
        said = {other.stdout.readline() for other in others if other.stdout}
        assert len(said) == 1
        for other in others:
            other.communicate("")
        assert {other.returncode for other in others} == {0}

    def test_has_a_session_of_its_own(self, server: EmbeddedServer) -> None:
        """A terminal's Ctrl-C goes to the daemon alone."""
        server.start()
        number = pid(server.folder)
        assert os.getsid(number) == number != os.getsid(0)


class TestAServerThatDied:
    """Is started again, by the next who asks."""

    def test_heals_under_a_living_user(self, server: EmbeddedServer) -> None:
        """SIGKILL of PostgreSQL: `ensure` has it up again, with what was committed."""
        dsn = server.start()
        ask(dsn, "CREATE TABLE kept AS SELECT 42 AS n; SELECT 1")
        os.kill(pid(server.folder), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while True:
            try:
                assert ask(server.ensure(), "SELECT n FROM kept") == 42
                break
            except Unavailable:
                assert time.monotonic() < deadline

    def test_leaves_a_file_that_is_not_believed(self, server: EmbeddedServer) -> None:
        """It names a process that now is another's: that is left alone, and the server starts.

        The server itself is dead and not buried: its parent, which is us, has not looked after it yet.
        """
        server.start()
        os.kill(pid(server.folder), signal.SIGKILL)
        assert gone(pid(server.folder))
        stranger = subprocess.Popen(["sleep", "60"])
        try:
            left = server.folder / "data" / "postmaster.pid"
            lines = left.read_text().splitlines()
            left.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            again = EmbeddedServer(server.folder, programs)
            assert ask(again.start(), "SELECT 1") == 1
            again.stop()
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()

    def test_stays_stopped_once_its_user_has_stopped(self, server: EmbeddedServer) -> None:
        """Who is no user can't wake it."""
        server.start()
        server.stop()
        with pytest.raises(Unavailable):
            server.ensure()

    def test_that_can_not_start_says_why(self, server: EmbeddedServer) -> None:
        """One line, in PostgreSQL's words, and nobody waits for it; put right, it starts."""
        server.start()
        server.stop()
        conf = server.folder / "data" / "postgresql.conf"
        good = conf.read_text()
        conf.write_text(good + "shared_buffers = 'much'\n")
        with pytest.raises(CannotStart, match=r"shared_buffers|configuration file") as caught:
            server.start()
        assert "\n" not in caught.value.message
        conf.write_text(good)
        assert ask(server.start(), "SELECT 1") == 1

    def test_of_another_version_is_refused(self, server: EmbeddedServer) -> None:
        """Data of another major version are not touched."""
        server.start()
        server.stop()
        (server.folder / "data" / "PG_VERSION").write_text("9\n")
        with pytest.raises(CannotStart, match="was made by PostgreSQL 9"):
            server.start()

    def test_without_its_password_says_so(self, server: EmbeddedServer) -> None:
        """It can't be guessed."""
        server.start()
        server.stop()
        (server.folder / "password").unlink()
        with pytest.raises(CannotStart, match="password"):
            server.start()


class TestAStartThatTakesLong:
    """Another process holds the lock, or a recovery goes on for minutes."""

    def test_gives_up_when_it_is_stopped(self, server: EmbeddedServer) -> None:
        """A daemon that is told to end does not wait for it."""
        server.folder.mkdir(parents=True)
        with (server.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with ThreadPoolExecutor(1) as threads:
                starting = threads.submit(server.start)
                for _ in range(50):
                    time.sleep(0.1)
                    server.stop()
                    if starting.done():
                        break
                with pytest.raises(CannotStart):
                    starting.result(2)


class TestAFolderThatCanNotBe:
    """One line, and nothing left running."""

    def test_under_a_file(self, home: Path) -> None:
        """A path that leads through a file."""
        (home / "file").write_text("")
        with pytest.raises(CannotStart, match="file"):
            EmbeddedServer(home / "file" / "postgres", programs).start()


if os.geteuid() == 0:

    class TestRootWithoutUserNamespaces:
        """Drops to an account that owns the data, and nothing else."""

        def test_in_a_closed_folder_the_data_go_elsewhere(self, home: Path) -> None:
            """Where no account may enter, a folder beside the system's own is found, and remembered."""
            before = {path: path.stat().st_mode for path in (home, *home.parents)}
            with short_folder() as refuge:
                os.chmod(refuge, 0o711)
                server = EmbeddedServer(
                    home / "postgres",
                    account=partial(account, namespaces=False),
                    refuge=lambda: _owned_by_nobody(refuge / "elsewhere"),
                )
                dsn = server.start()
                try:
                    number = pid(refuge / "elsewhere")
                    assert Path(f"/proc/{number}").stat().st_uid == 65534
                    ask(dsn, "CREATE TABLE kept AS SELECT 42 AS n; SELECT 1")
                finally:
                    server.stop()
                assert ask(server.start(), "SELECT n FROM kept") == 42
                server.stop()
            assert {path: path.stat().st_mode for path in (home, *home.parents)} == before

        def test_in_an_ordinary_users_folder_it_is_that_users(self, home: Path) -> None:
            """Who can go on without root."""
            os.chown(home, 1, 1)
            os.chmod(home, 0o711)
            server = EmbeddedServer(home / "postgres", lambda: _readable(home), account=account)
            server.start()
            try:
                assert Path(f"/proc/{pid(server.folder)}").stat().st_uid == 1
                owners = {path.stat().st_uid for path in (server.folder, *server.folder.iterdir())}
                assert owners == {1}
            finally:
                server.stop()

    def _owned_by_nobody(folder: Path) -> Any:
        from mailit.db.account import unprivileged

        who = unprivileged()
        assert who is not None
        folder.mkdir(mode=0o700)
        who.own(folder)
        return folder, who

    def _readable(home: Path) -> Path:
        """The programs, where an ordinary user may run them."""
        from mailit.db.cluster import copy_programs

        return (
            copy_programs(programs(), home / "programs")
            if not (home / "programs").exists()
            else next((home / "programs").glob("**/bin"))
        )
