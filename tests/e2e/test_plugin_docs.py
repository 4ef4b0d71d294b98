"""docs/plugins.md is true: its files are written down, tested, installed and run."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from mailit.host import Host
from mailit.plugin import IMailitPlugin
from tests.rig import ROOT, installation, until
from tests.toys import SOURCE

PAGE = ROOT / "docs" / "plugins.md"
BLOCK = re.compile(r"^```(\w+)\n(?:#|--) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```\w+$", re.MULTILINE)
ALLOWED = {"draft", "errors", "events", "host", "ids", "interfaces", "mail", "plugin", "settings"}


def blocks() -> dict[str, str]:
    """The files that the page shows."""
    return {name: text for _, name, text in BLOCK.findall(PAGE.read_text())}


def table(heading: str) -> list[str]:
    """The first column of the table with this heading, without its quotes."""
    text = PAGE.read_text()
    rows = text[text.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [row.split("|")[1].strip().strip("`") for row in rows]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The page's files, where it says that they are."""
    for name, text in blocks().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def ran(*command: str, cwd: Path, path: Path) -> str:
    """What a command that must succeed prints."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(path), str(ROOT)))}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestWhatItTells:
    """Its tables are those of the code."""

    def test_every_block_is_a_file(self) -> None:
        """None is shown that is not run."""
        assert len(blocks()) == len(FENCE.findall(PAGE.read_text())) == 10

    def test_the_members(self) -> None:
        """All of them, and no other."""
        assert set(table("member")) == set(IMailitPlugin.names())

    def test_the_host(self) -> None:
        """All of it, in its order."""
        assert table("of `host`") == [field.name for field in attrs.fields(Host)]

    def test_what_may_be_imported(self) -> None:
        """As it says."""
        said = PAGE.read_text().split("A plugin imports ")[1].split(" and itself")[0]
        assert set(re.findall(r"`mailit\.(\w+)`", said)) == ALLOWED

    def test_what_is_in_the_fakes(self) -> None:
        """Each name that the table has is there."""
        rows = PAGE.read_text().split("## Tests")[1].split("\n\n")[2].splitlines()[2:]
        names = [name for row in rows for name in re.findall(r"`(\w+)\.(\w+)", row.split("|")[1])]
        assert len(names) >= 8
        for module, name in names:
            source = (ROOT / "mailit" / "testing" / f"{module}.py").read_text()
            assert re.search(rf"^(class|def) {name}\b", source, re.MULTILINE), f"{module}.{name}"


class TestWhatPluginsImport:
    """Nothing but what they may, the page's and the toy."""

    @pytest.mark.parametrize("package", ["acme_footer", "mailit_toy"])
    def test_of_ours(self, folder: Path, package: str) -> None:
        """By their sources."""
        home = folder if package == "acme_footer" else SOURCE
        imported = {name for path in (home / package).rglob("*.py") for name in _imports(path)}
        ours = {name.split(".")[1] for name in imported if name.split(".")[0] == "mailit"}
        assert ours and ours <= ALLOWED
        others = {name.split(".")[0] for name in imported if not name.startswith("mailit.")}
        assert others <= {*sys.stdlib_module_names, "attrs", "msgspec", "twisted", package}


class TestWhatItShows:
    """It works."""

    def test_its_tests_pass(self, folder: Path) -> None:
        """All of them, on the fakes and on PostgreSQL."""
        said = ran(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=folder, path=folder)
        assert "3 passed" in said

    def test_it_is_installed_and_runs(self, folder: Path) -> None:
        """By pip, with the section that the page shows, in a daemon."""
        packages = folder / "packages"
        install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target")
        ran(sys.executable, *install, str(packages), ".", cwd=folder, path=folder)
        shutil.rmtree(folder / "acme_footer")
        settings = {"smtp_outbound": {"mode": "sandbox"}}
        path = os.pathsep.join((str(packages), str(ROOT)))
        with installation(settings, {"PYTHONPATH": path}, peers=False) as rig:
            with rig.config.open("a") as config:
                config.write(blocks()["mailit.yaml"])
            rig.start()
            rig.enroll()
            said = rig.send(html="<p>Hi</p>")[1]
            until(lambda: rig.call("GET", "/footer")[1] == {"delivered": 1, "object": "footer"})
            (caught,) = rig.call("GET", "/sandbox/emails")[1]["data"]
            assert caught["email_id"] == said["id"]
            raw = rig.call("GET", f"/sandbox/emails/{caught['id']}")[1]["raw"]
            assert raw.count("Sent by Acme") == 2  # in the HTML, and in the text that was made from it


def _imports(path: Path) -> list[str]:
    """The modules that a source imports, by their full names."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "mailit":
            found += [f"mailit.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found
