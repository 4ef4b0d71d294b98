"""Whom the embedded PostgreSQL runs as: it refuses to be root, and needs an account that the system knows."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from mailit.errors import CannotStart


@frozen
class Account:
    """An account to run programs as. `uid` and `gid` own its files, as seen from here.

    `prefix` goes before each command; `drops` says whether this process gives its own rights up for it.
    """

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    drops: bool = False

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; its output, errors included, is in `stdout`."""
        return subprocess.run(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env=_environment(),
            umask=0o077,
            user=self.uid if self.drops else None,
            group=self.gid if self.drops else None,
            extra_groups=[] if self.drops else None,
        )

    def popen(self, command: Sequence[str], stdout: int) -> subprocess.Popen[bytes]:
        """Starts a command in a session of its own."""
        return subprocess.Popen(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stdout,
            cwd="/",
            env=_environment(),
            umask=0o077,
            start_new_session=True,
            user=self.uid if self.drops else None,
            group=self.gid if self.drops else None,
            extra_groups=[] if self.drops else None,
        )

    def own(self, path: Path) -> None:
        """Gives it a file of ours, or a folder with all that is in it."""
        if not self.drops or path.lstat().st_uid == self.uid:
            return
        os.chown(path, self.uid, self.gid, follow_symlinks=False)
        if path.is_dir() and not path.is_symlink():
            for inner in path.iterdir():
                self.own(inner)


def account(folder: Path, binaries: Path, namespaces: bool = True) -> Account:
    """Who runs the server whose data lies in `folder`.

    An ordinary user does it himself. Root does it as the owner of the folder, where that is another; else in a user
    namespace, where root's own files are those of an ordinary user; else as an unprivileged account.
    `namespaces` is whether to try that at all. Raises `CannotStart` where nobody can.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid and _known(uid):
        return Account(uid, gid)
    namespace = in_namespace() if namespaces else None
    if uid:
        if namespace and _can(namespace, folder, binaries):
            return namespace
        raise CannotStart(f"PostgreSQL needs an account, and the system has none for user {uid}.")
    for who in (owner(folder), namespace, unprivileged()):
        if who and _can(who, folder, binaries):
            return who
    raise CannotStart(
        f"PostgreSQL does not run as root, and no other account may enter {folder}: start MailIt as an ordinary "
        "user, or name a folder outside of root's by database.embedded_dir."
    )


def owner(folder: Path) -> Account | None:
    """Root's choice where the folder is another's: that other."""
    data = folder / "data"
    there = (data if data.exists() else folder).stat()
    return Account(there.st_uid, there.st_gid, drops=True) if there.st_uid and _known(there.st_uid) else None


def in_namespace() -> Account:
    """Ourselves, under the number of an ordinary account, in a user namespace where only that number exists."""
    everyone = pwd.getpwall()
    inside = next((who for who in everyone if who.pw_uid == 1000), None) or next(
        (who for who in everyone if who.pw_uid), None
    )
    uid = inside.pw_uid if inside else 1000
    prefix = ("unshare", "--user", f"--map-user={uid}", f"--map-group={uid}")
    return Account(os.geteuid(), os.getegid(), prefix)


def unprivileged() -> Account | None:
    """An account that owns nothing: the server's data is all that it gets."""
    for name in ("nobody", "postgres"):
        try:
            who = pwd.getpwnam(name)
        except KeyError:
            continue
        if who.pw_uid:
            return Account(who.pw_uid, who.pw_gid, drops=True)
    return None


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _can(who: Account, folder: Path, binaries: Path) -> bool:
    """Whether it may enter the folder and run the programs."""
    try:
        return not (
            who.run(["test", "-x", str(folder)]).returncode
            or who.run([str(binaries / "postgres"), "--version"]).returncode
        )
    except OSError:
        return False


def _environment() -> dict[str, str]:
    """Little: a PGDATA or a locale of ours is none of the server's business."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C"}
