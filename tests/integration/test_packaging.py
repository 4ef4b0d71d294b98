"""What `pip install` gives: a `mailit` that needs nothing of the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mailit import __version__

ROOT = Path(__file__).parents[2]
SOURCES = ("mailit", "twisted", "schema", "config", "setup.cfg", "pyproject.toml", "LICENSE", "README.md")

IMPORT_ALL = """
import importlib, pkgutil, mailit
for module in pkgutil.walk_packages(mailit.__path__, "mailit."):
    importlib.import_module(module.name)
    print(module.name)
"""


def ran(*command: str | Path, cwd: Path) -> str:
    """What a command that must succeed prints; nothing of this process's paths reaches it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAILIT_", "PYTHON"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lend(packages: Path) -> None:
    """Links what the wheel says it depends on, and what that depends on, and nothing else, into an environment.

    It is what pip would install, at the versions that the tests run with, without asking a registry.
    """
    lent: set[str] = set()
    wanted = [(requirement, "") for requirement in metadata.PathDistribution(next(packages.glob("mailit-*"))).requires]
    while wanted:
        requirement, extra = wanted.pop()
        needed = Requirement(requirement)
        if needed.marker is not None and not needed.marker.evaluate({"extra": extra}):
            continue
        distribution = metadata.distribution(needed.name)
        assert needed.specifier.contains(distribution.version, prereleases=True), requirement
        for name in ("", *needed.extras):
            if f"{canonicalize_name(needed.name)}[{name}]" in lent:
                continue
            lent.add(f"{canonicalize_name(needed.name)}[{name}]")
            wanted += [(one, name) for one in distribution.requires or ()]
        for file in distribution.files or ():
            target = packages / file
            if ".." not in file.parts and "__pycache__" not in file.parts and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(Path(distribution.locate_file(file)).resolve())


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of an environment that was empty before the built wheel was installed into it."""
    folder = tmp_path_factory.mktemp("packaging")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, source / name)
    ran(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source, cwd=folder)
    (wheel,) = folder.glob("mailit-*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    ran(*install, wheel, cwd=folder)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    lend(packages)
    return packages


@pytest.fixture
def bin_(packages: Path) -> Path:
    """Where the environment's programs are."""
    return packages.parents[2] / "bin"


class TestTheWheel:
    """It has the program, the schema, the drop-ins and the example configuration."""

    def test_mailit_runs(self, bin_, tmp_path):
        """From any folder."""
        assert ran(bin_ / "mailit", "version", cwd=tmp_path) == f"mailit {__version__}\n"

    def test_every_module_finds_what_it_imports(self, bin_, tmp_path):
        """What setup.cfg asks for is all that it takes."""
        names = ran(bin_ / "python", "-c", IMPORT_ALL, cwd=tmp_path).split()
        assert {"mailit.cli.main", "mailit.config", "mailit.api.settings"} <= set(names)

    def test_what_is_no_code_is_inside(self, packages):
        """Every migration with its way back, the drop-ins, the example, the mark of a typed package."""
        migrations = {path.relative_to(ROOT).as_posix() for path in (ROOT / "schema").rglob("*.sql")}
        dropins = {path.relative_to(ROOT).as_posix() for path in (ROOT / "twisted" / "plugins").glob("*.py")}
        assert migrations
        assert dropins
        brought = {file.as_posix() for file in brought_by(packages)}
        assert {f"mailit/{name}" for name in migrations} <= brought
        assert dropins <= brought
        assert "mailit/py.typed" in brought
        example = ROOT / "config" / "mailit.example.yaml"
        assert (packages / "mailit" / "mailit.example.yaml").read_text() == example.read_text()

    def test_it_brings_nothing_else(self, packages):
        """No tests, no benchmarks, and nothing in Twisted's own package but the drop-ins."""
        places = {file.parts[:2] if file.parts[0] == "twisted" else file.parts[0] for file in brought_by(packages)}
        assert places == {"mailit", ("twisted", "plugins"), f"mailit-{__version__}.dist-info", ".."}

    def test_twistd_knows_it(self, bin_, tmp_path):
        """By the drop-in that came with it."""
        script = "from twisted.scripts.twistd import run; run()"
        assert "A self-hosted email platform" in ran(bin_ / "python", "-c", script, "--help", cwd=tmp_path)


def brought_by(packages: Path) -> list[PurePosixPath]:
    """The files of the wheel alone."""
    return [PurePosixPath(file) for file in metadata.PathDistribution(next(packages.glob("mailit-*"))).files]
