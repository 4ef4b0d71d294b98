"""Schemathesis against a running installation in sandbox mode: `make fuzz`, whose arguments are schemathesis's own.

Asked as the operator's session, which may do all that the description has. Fails by an answer of 5xx, or one whose
status, type or body the description does not have. Streams and what ends the session itself are left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.rig import installation

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
LEFT_OUT = ("/event-log/stream", "/auth/logout", "/auth/sessions", "/auth/password", "/auth/totp", "/team/leave")


def main(program: str, arguments: list[str]) -> int:
    """Runs it; gives its exit status."""
    settings = {"smtp_outbound": {"mode": "sandbox"}, "auth": {"registration": "open"}}
    with installation(settings, peers=False) as rig:
        rig.setup()
        rig.start()
        url = f"http://127.0.0.1:{rig.http}"
        who = json.dumps({"email": "op@example.org", "password": "correct horse battery"}).encode()
        login = urllib.request.Request(f"{url}/auth/login", who, {"User-Agent": "fuzz"})
        with urllib.request.urlopen(login) as answer:
            token = json.load(answer)["token"]
        command = [program, "run", f"{url}/openapi.json", "--url", url, "--checks", ",".join(CHECKS)]
        command += ["--exclude-path-regex", f"^({'|'.join(LEFT_OUT)})"]
        command += ["-H", f"Authorization: Bearer {token}", "-H", "User-Agent: fuzz", *arguments]
        status = subprocess.run(command, cwd=rig.folder).returncode
        said = Path(rig.log).read_text()
        if "Traceback" in said:
            print(said[said.index("Traceback") - 500 :][:4000])
            status = status or 1
        return status


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).absolute()), sys.argv[2:]))
