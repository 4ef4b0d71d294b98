"""A backup as `docs/backup.md` has it, restored where nothing is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

from psycopg2.extensions import parse_dsn

from mailit.db.cluster import binaries
from tests.rig import Rig, until

SANDBOX = {"smtp_outbound": {"mode": "sandbox"}}


def by(program: str, dsn: str, *arguments: str) -> bytes:
    """Runs one of PostgreSQL's programs on this database; gives what it printed."""
    at = parse_dsn(dsn)
    where = ["-h", at["host"], "-U", at["user"], "-d", at["dbname"], *(("-p", at["port"]) if "port" in at else ())]
    done = subprocess.run(
        [str(binaries() / program), *where, *arguments],
        env={"PGPASSWORD": at["password"]},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestADumpOfARunningDaemon:
    """With the folder of its secrets it is all that a new installation needs."""

    def test_another_goes_on_from_it(self, install: Callable[..., Rig]) -> None:
        """Its mail is there, its API keys hold, what was scheduled goes on, and its domains' keys sign."""
        old = install(SANDBOX, peers=False)
        old.start()
        old.enroll()
        sent = old.send()[1]["id"]
        waiting = old.send(scheduled_at="in 20 days")[1]["id"]
        until(lambda: old.types(sent)[-1] == "delivered")
        with old.database() as dsn:
            dump = old.folder / "mailit.dump"
            dump.write_bytes(by("pg_dump", dsn, "-Fc"))

        new = install(SANDBOX, peers=False)
        (new.folder / "data").mkdir(mode=0o700)
        shutil.copytree(old.folder / "data" / "secrets", new.folder / "data" / "secrets")
        with new.database() as dsn:
            by("pg_restore", dsn, "--no-owner", "--exit-on-error", str(dump))
            new.key = old.key
            new.start()
            assert new.events(sent) == old.events(sent)
            assert new.call("POST", f"/emails/{waiting}/cancel")[0] == 200
            id_ = new.send()[1]["id"]
            until(lambda: new.types(id_)[-1] == "delivered")
            raw = new.call("GET", "/sandbox/emails?limit=1")[1]["data"][0]
            assert raw["email_id"] == id_
        assert new.mailit("doctor", check=False).stdout.count("FAIL") == 0
