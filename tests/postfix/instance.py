"""A Postfix of one's own: configuration, queue and log in a folder, an SMTP server on a free port of loopback."""

from __future__ import annotations

import base64
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from attrs import define, field

from tests.rig import free_port

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
{implicit}
pickup   unix n - n 60 1 pickup
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - n 1000? 1 tlsmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
verify   unix - - n - 1 verify
proxymap unix - - n - - proxymap
error    unix - - n - - error
retry    unix - - n - - error
virtual  unix - n n - - virtual
anvil    unix - - n - 1 anvil
postlog  unix-dgram n - n - 1 postlogd
"""

_MAIN = {
    "compatibility_level": "3.6",
    "maillog_file_prefixes": "{folder}",
    "maillog_file": "{folder}/log",
    "queue_directory": "{folder}/queue",
    "data_directory": "{folder}/data",
    "myhostname": "mx.example.net",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "alias_maps": "",
    "virtual_mailbox_domains": "static:all",
    "virtual_mailbox_base": "{folder}/mail",
    "virtual_mailbox_maps": "static:all/",
    "virtual_uid_maps": "static:{uid}",
    "virtual_gid_maps": "static:{gid}",
    "virtual_minimum_uid": "1",
    "smtpd_peername_lookup": "no",
}


@define(eq=False)
class Postfix:
    """`settings` are those of main.cf, on top of ours. `secure(files)` gives it a certificate."""

    settings: dict[str, str] = field(factory=dict)
    folder: Path = field(factory=lambda: Path(tempfile.mkdtemp(prefix="mailit-postfix-")))
    port: int = field(factory=free_port)
    implicit_port: int = field(factory=free_port)

    def __enter__(self) -> Postfix:
        owner = pwd.getpwnam("postfix")
        self.folder.chmod(0o755)
        for name in ("queue", "data", "mail"):
            (self.folder / name).mkdir()
        for name in ("data", "mail"):
            os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        words = {"folder": self.folder, "uid": owner.pw_uid, "gid": owner.pw_gid}
        settings = {name: value.format(**words) for name, value in _MAIN.items()} | self.settings
        (self.folder / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        implicit = f"127.0.0.1:{self.implicit_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes"
        master = _MASTER.format(port=self.port, implicit=implicit if "smtpd_tls_cert_file" in settings else "")
        (self.folder / "master.cf").write_text(master)
        self._run("start")
        self._until(self._answers)
        return self

    def __exit__(self, *error: object) -> None:
        self._run("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def mails(self, count: int) -> list[bytes]:
        """What was delivered into the one mailbox there is, once there are so many."""
        new = self.folder / "mail" / "all" / "new"
        self._until(lambda: new.is_dir() and len(list(new.iterdir())) >= count)
        return [file.read_bytes() for file in new.iterdir()]

    def sessions(self, count: int) -> list[dict[str, str]]:
        """What was said on each connection that has ended, by its own log: `{"mail": "3", "bdat": "3", …}`."""
        found: list[dict[str, str]] = []

        def there() -> bool:
            lines = [line for line in self.log.splitlines() if "disconnect from" in line]
            found[:] = [dict(re.findall(r"(\w+)=([\d/]+)", line)) for line in lines]
            return len(found) >= count

        self._until(there)
        return found

    @property
    def log(self) -> str:
        """Its log."""
        return (self.folder / "log").read_text()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                greeted = probe.recv(100).startswith(b"220")
                probe.sendall(b"QUIT\r\n")
                return greeted
        except OSError:
            return False

    def _run(self, command: str) -> None:
        done = subprocess.run(["/usr/sbin/postfix", "-c", str(self.folder), command], capture_output=True, text=True)
        assert done.returncode == 0, f"postfix {command}: {done.stderr}"

    @staticmethod
    def _until(condition: object, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < end, "it did not come to hold"
            time.sleep(0.02)


@define(eq=False)
class Accounts:
    """Who may sign in, told to Postfix by the protocol that Dovecot has for it: one user, one password."""

    path: Path
    username: str = "me"
    password: str = "pass word"
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    used: list[str] = field(factory=list)
    _server: socket.socket = field(init=False)

    def __enter__(self) -> Accounts:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self.path))
        self.path.chmod(0o777)
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rw", encoding="ascii", newline="\n")

        def say(*words: str) -> None:
            stream.write("\t".join(words) + "\n")
            stream.flush()

        say("VERSION", "1", "2")
        for mechanism in self.mechanisms:
            say("MECH", mechanism, "plaintext")
        say("SPID", "1")
        say("CUID", "1")
        say("COOKIE", "0" * 32)
        say("DONE")
        given: dict[str, list[bytes]] = {}
        for line in stream:
            words = line.rstrip("\n").split("\t")
            if words[0] == "AUTH":
                self.used.append(words[2])
                first = [base64.b64decode(word[5:]) for word in words if word.startswith("resp=")]
                given[words[1]] = first[0].split(b"\0")[1:] if words[2] == "PLAIN" and first else first
            elif words[0] == "CONT":
                given[words[1]].append(base64.b64decode(words[2]))
            else:
                continue
            known = given[words[1]]
            if len(known) < 2:
                say("CONT", words[1], base64.b64encode(b"Username:" if not known else b"Password:").decode())
            elif known == [self.username.encode(), self.password.encode()]:
                say("OK", words[1], f"user={self.username}")
            else:
                say("FAIL", words[1], f"user={self.username}")
