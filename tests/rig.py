"""A whole installation in a folder: peers, daemon, database; for end-to-end tests, crash runs and benchmarks."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import yaml
from attrs import define, evolve, field

from mailit.db.embedded import EmbeddedServer
from tests.postgres import memory, short_folder

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


_PORTS = range(12_000, 32_000)  # below those that the kernel gives to connections: between two starts one may get it


def free_port() -> int:
    """A port of loopback that nobody has, and that no connection is given by chance."""
    while True:
        port = secrets.choice(_PORTS)  # whatever a test has seeded
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(condition: Callable[[], Any], seconds: float = 20.0, every: float = 0.05) -> Any:
    """What the condition gives once it is true. Raises AssertionError where that does not come."""
    end = time.monotonic() + seconds
    while True:
        held = condition()
        if held:
            return held
        assert time.monotonic() < end, f"{condition} did not come to hold in {seconds} s"
        time.sleep(every)


@define(eq=False)
class Rig:
    """An installation under `folder`. `settings` go over the configuration, section by section. `said` is setup's.

    `environ` goes over the environment, `prefix` stands before the daemon's command. Daemons that share the folder
    have each a `name` of their own, and all but one are a `guest`: what they share is not theirs to end. What DNS
    says is good for `ttl` seconds.
    """

    folder: Path
    settings: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    environ: Mapping[str, str] = field(factory=dict)
    http: int = field(factory=free_port)
    name: str = "mailit"
    prefix: Sequence[str] = ()
    guest: bool = False
    ttl: int = 1
    peers: subprocess.Popen[str] | None = None
    dns: int = 0
    smtp: int = 0
    daemon: subprocess.Popen[bytes] | None = None
    key: str = ""
    said: Mapping[str, Any] = field(factory=dict)
    zone: dict[str, Sequence[str]] = field(factory=dict)

    @property
    def config(self) -> Path:
        """The configuration's file."""
        return self.folder / f"{self.name}.yaml"

    @property
    def log(self) -> Path:
        """What the daemon said, at all its starts."""
        return self.folder / ("daemon.log" if self.name == "mailit" else f"{self.name}.log")

    def start_peers(self) -> None:
        """Starts the DNS server and the exchanger; `example.net` is at the exchanger."""
        self.zone.update({"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.1"]})
        self._write_zone()
        files = self.folder / "zone.json", self.folder / "mail" / "ledger"
        self.peers = subprocess.Popen(
            [sys.executable, "-m", "tests.peers", *map(str, files), str(self.ttl)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.peers.stdout is not None
        ports = json.loads(self.peers.stdout.readline())
        self.dns, self.smtp = ports["dns"], ports["smtp"]

    def end_peers(self) -> dict[str, int]:
        """Ends DNS server and exchanger; gives how often each question, "name KIND", was asked."""
        assert self.peers is not None
        self.peers.terminate()
        asked: dict[str, int] = json.loads(self.peers.communicate(timeout=10)[0])
        self.peers = None
        return asked

    def twin(self, name: str, settings: Mapping[str, Mapping[str, Any]] | None = None) -> Rig:
        """One more daemon of this installation, not started: the same folder, database and peers, a port of its own."""
        rig = evolve(
            self,
            name=name,
            settings=settings or self.settings,
            http=free_port(),
            guest=True,
            daemon=None,
            peers=None,
        )
        rig.write_config()
        return rig

    def publish(self, records: Mapping[str, Sequence[str]]) -> None:
        """Adds records, `{"name KIND": values}`, to the zone."""
        self.zone.update(records)
        self._write_zone()
        time.sleep(0.2)

    def write_config(self) -> None:
        """The configuration of an installation that sends to the peers."""
        base: dict[str, dict[str, Any]] = {
            "server": {"http_addr": f"127.0.0.1:{self.http}", "data_dir": str(self.folder / "data")},
            "smtp_outbound": {"hostname": "mail.example.org", "port": self.smtp or 25},
            "security": {"allowed_networks": ["127.0.0.0/8"]},
            "dns": {"resolver": f"127.0.0.1:{self.dns}", "timeout": "3s"} if self.dns else {},
            "rate_limit": {"enabled": False},
            "observability": {"prometheus_addr": f"127.0.0.1:{free_port()}"},
        }
        for section, values in self.settings.items():
            base.setdefault(section, {}).update(values)
        self.config.write_text(yaml.safe_dump({name: body for name, body in base.items() if body}))

    def mailit(self, *arguments: str, given: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs `mailit …` on this installation."""
        done = subprocess.run(
            [str(BIN / "mailit"), *arguments, "--config", str(self.config)],
            input=given,
            capture_output=True,
            text=True,
            env=self._environ(),
            timeout=120,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def setup(self, domain: str | None = "example.org") -> dict[str, Any]:
        """The first account, team, key and domain, by `mailit setup`; gives what it printed."""
        done = self.mailit(
            *("setup", "--non-interactive", "--json", "--email", "op@example.org", "--password-stdin"),
            *("--team", "Acme", *(("--domain", domain) if domain else ())),
            given="correct horse battery\n",
        )
        said: dict[str, Any] = json.loads(done.stdout)
        self.key, self.said = said["api_key"], said
        return said

    def enroll(self, domain: str | None = "example.org") -> dict[str, Any]:
        """The same as `setup` of a daemon that runs, over HTTP: registers, adds the domain, makes the key."""
        who = {"email": "op@example.org", "password": "correct horse battery", "name": "Op", "team_name": "Acme"}
        status, signed_in = self.call("POST", "/auth/register", who)
        assert status == 201, signed_in
        token = signed_in["token"]
        status, key = self.call("POST", "/api-keys", {"name": "rig"}, key=token)
        assert status == 201, key
        self.key = key["token"]
        said = {"user_id": signed_in["user"]["id"], "api_key": self.key, "dns_records": []}
        if domain:
            status, made = self.call("POST", "/domains", {"name": domain})
            assert status == 201, made
            said["dns_records"] = made["records"]
        self.said = said
        return said

    def start(self, wait: bool = True, program: str = "twistd") -> None:
        """Starts `twistd -n mailit`, or `mailit serve`, and waits until it is ready."""
        log = self.log.open("ab")
        self.daemon = subprocess.Popen(
            self._command(program),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=self._environ(),
        )
        log.close()
        if wait:
            until(lambda: self.ready() or self._died(), 30)

    def start_in_vain(self, program: str = "twistd", seconds: float = 30.0) -> tuple[int, str]:
        """Starts a daemon that can't; gives its exit status and what it said on standard error."""
        done = subprocess.run(
            self._command(program),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self._environ(),
            timeout=seconds,
        )
        return done.returncode, done.stderr

    def stop(self) -> int:
        """Ends the daemon by SIGTERM; gives its exit status."""
        assert self.daemon is not None
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(40)

    def kill(self, postgres: bool = False) -> None:
        """Kills the daemon, and its PostgreSQL too, by SIGKILL."""
        assert self.daemon is not None
        if postgres:
            self.kill_postgres()
        self.daemon.kill()
        self.daemon.wait()

    def kill_postgres(self) -> None:
        """Kills the embedded PostgreSQL's postmaster by SIGKILL, and waits until its children are gone too."""
        pid = self.postmaster()
        assert pid is not None
        try:
            postmaster = psutil.Process(pid)
            processes = [postmaster, *postmaster.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in processes:  # the postmaster first: it would start anew what dies under it
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=5)

    @contextmanager
    def database(self) -> Iterator[str]:
        """What libpq takes to reach the embedded database, which is kept running meanwhile."""
        server = EmbeddedServer(self.folder / "data" / "postgres")
        try:
            yield server.start()
        finally:
            server.stop()

    def postmaster(self) -> int | None:
        """The process id of the embedded PostgreSQL's postmaster, as this process sees it."""
        data = str(self.folder / "data" / "postgres" / "data")
        for process in psutil.process_iter(["pid", "cmdline"]):
            line = process.info["cmdline"] or []
            if line and line[0].endswith("postgres") and any(data == word for word in line):
                return int(process.info["pid"])
        return None

    def close(self) -> None:
        """Ends all of it; of a guest, its daemon alone."""
        if self.daemon is not None and self.daemon.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()
        if self.guest:
            return
        if (pid := self.postmaster()) is not None:
            os.kill(pid, signal.SIGINT)
            until(lambda: self.postmaster() is None, 10)
        if self.peers is not None:
            self.peers.terminate()
            self.peers.wait(10)
            assert self.peers.stdout is not None
            self.peers.stdout.close()

    def ready(self) -> bool:
        """Whether `/readyz` says so."""
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 20.0,
    ) -> tuple[int, Any]:
        """One request: its status, and the JSON of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=timeout)
        try:
            sent = {"User-Agent": "rig", "Authorization": f"Bearer {key or self.key}", **(headers or {})}
            raw = None if body is None else json.dumps(body)
            if raw is not None:
                sent["Content-Type"] = "application/json"
            connection.request(method, path, raw, sent)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def send(self, **fields: Any) -> tuple[int, Any]:
        """`POST /emails` from hello@example.org to ana@example.net, with these fields over it."""
        mail = {"from": "Hello <hello@example.org>", "to": "ana@example.net", "subject": "Hi", "html": "<p>Hi</p>"}
        return self.call("POST", "/emails", {**mail, **fields})

    def taken(self) -> list[dict[str, str]]:
        """What the exchanger took, in order."""
        path = self.folder / "mail" / "ledger"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def events(self, email_id: str) -> list[dict[str, Any]]:
        """What happened to a mail."""
        status, said = self.call("GET", f"/emails/{email_id}/events")
        assert status == 200, said
        found: list[dict[str, Any]] = said["data"]
        return found

    def types(self, email_id: str) -> list[str]:
        """What happened to a mail, without `email.` in front, oldest first."""
        return [event["type"].removeprefix("email.") for event in self.events(email_id)]

    def verify(self, said: Mapping[str, Any], domain: str = "example.org") -> str:
        """Publishes the domain's records, has it verified, and gives its id."""
        records: dict[str, Sequence[str]] = {}
        for record in said["dns_records"]:
            value = record["value"]
            name = record["name"] if record["name"].endswith(domain) else f"{record['name']}.{domain}"
            if record["type"] == "MX":
                records[f"{name} MX"] = [f"{record.get('priority', 10)} {value.rstrip('.')}."]
            elif record["type"] == "TXT":
                text = value.strip('"')
                pieces = [text[at : at + 250] for at in range(0, len(text), 250)]
                records[f"{name} TXT"] = [" ".join(f'"{piece}"' for piece in pieces)]
        self.publish(records)
        status, listed = self.call("GET", "/domains")
        assert status == 200, listed
        (id_,) = [one["id"] for one in listed["data"] if one["name"] == domain]
        assert self.call("POST", f"/domains/{id_}/verify")[0] == 200
        until(lambda: self.call("GET", f"/domains/{id_}")[1]["status"] == "verified", 20)
        return str(id_)

    def _command(self, program: str) -> list[str]:
        start = {"twistd": [str(BIN / "twistd"), "-n", "mailit"], "serve": [str(BIN / "mailit"), "serve"]}[program]
        return [*self.prefix, *start, "--config", str(self.config)]

    def _write_zone(self) -> None:
        path = self.folder / "zone.json"
        path.with_suffix(".new").write_text(json.dumps(self.zone))
        path.with_suffix(".new").replace(path)

    def _died(self) -> bool:
        assert self.daemon is not None
        assert self.daemon.poll() is None, self.log.read_text()[-2000:]
        return False

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MAILIT_")}
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **self.environ}


@contextmanager
def installation(
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    environ: Mapping[str, str] | None = None,
    peers: bool = True,
    base: Path | None = None,
) -> Iterator[Rig]:
    """An installation in a folder of its own under `base`, else in memory where there is room; its peers started.

    At the end all of it is ended, and the last of its log is printed, which pytest shows where a test has failed.
    """
    with short_folder(base or memory()) as folder:
        rig = Rig(folder, settings or {}, environ or {})
        try:
            if peers:
                rig.start_peers()
            rig.write_config()
            yield rig
        finally:
            for log in sorted(folder.glob("*.log")):
                print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-60:], sep="\n")
            rig.close()
