"""Plugins as they are found: drop-ins in a folder of their own, seen by an interpreter of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DISCOVER = """
import json
from mailit import discovery
from mailit.errors import CannotStart
try:
    found = [plugin.name for plugin in discovery.discover()]
except CannotStart as error:
    found = error.message
print(json.dumps(found))
"""

TOY = """
from mailit.plugin import Plugin

class Toy(Plugin):
    name = "toy"

toy = Toy()
"""


@pytest.fixture
def discover(tmp_path: Path) -> Callable[..., object]:
    """The names of the plugins found where these drop-ins are installed, or the line that refuses them."""

    def discover(**dropins: str) -> object:
        folder = tmp_path / "twisted" / "plugins"
        folder.mkdir(parents=True)
        for name, source in dropins.items():
            (folder / f"{name}.py").write_text(source)
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
        done = subprocess.run(
            [sys.executable, "-c", DISCOVER], env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return discover


class TestADropIn:
    """A file in twisted/plugins is all that a plugin needs to be there."""

    def test_it_is_found(self, discover):
        """Beside the bundled ones, and in the order of the names."""
        found = discover(acme_toy=TOY)
        assert "toy" in found
        assert found == sorted(found)

    def test_it_may_bring_two(self, discover):
        """And import one from where it lives."""
        two = TOY + "class Other(Plugin):\n    name = 'other'\n\nother = Other()\nagain = other\n"
        assert {"toy", "other"} <= set(discover(acme_two=two))

    def test_one_that_never_says_our_name_is_found_all_the_same(self, discover, tmp_path):
        """Its plugin comes out of a package; `getPlugins` finds it."""
        (tmp_path / "acme.py").write_text(TOY)
        assert "toy" in discover(acme_quiet="from acme import toy\n")


class TestADropInThatIsBroken:
    """`getPlugins` makes it vanish; here it stops the start, with one line that names plugin and cause."""

    @pytest.mark.parametrize(
        "source, line",
        [
            (
                "import mailit_of_the_moon\n",
                "plugin acme: can't be imported from {path}: ModuleNotFoundError: No module",
            ),
            ("# mailit\n1 / 0\n", "plugin acme: can't be imported from {path}: ZeroDivisionError: division by zero"),
            ("# mailit\n)\n", "plugin acme: can't be imported from {path}: SyntaxError: unmatched ')'"),
            ("# mailit\nraise SystemExit(3)\n", "plugin acme: can't be imported from {path}: SystemExit: 3"),
            ("from mailit.plugin import Plugin\n", "plugin acme: nothing in {path} provides IMailitPlugin"),
            (TOY.replace("toy = Toy()", "toy = Toy"), "plugin acme: nothing in {path} provides IMailitPlugin"),
            (TOY.replace('"toy"', '"My toy"'), "plugin in twisted.plugins.acme: its name must be small letters"),
            (TOY + "del Toy.name\n", "plugin in twisted.plugins.acme: its name must be small letters"),
            (TOY + "Toy.routes = lambda self: ()\n", "plugin toy: is not an IMailitPlugin: "),
            (TOY + "Toy.jobs = 3\n", "plugin toy: is not an IMailitPlugin: "),
        ],
    )
    def test_one_line(self, discover, tmp_path, source, line):
        """Whatever is wrong with it."""
        found = discover(acme=source)
        assert isinstance(found, str)
        assert found.startswith(line.format(path=tmp_path / "twisted" / "plugins" / "acme.py"))
        assert "\n" not in found

    def test_two_of_one_name(self, discover):
        """Neither is the right one."""
        found = discover(acme=TOY, zoo=TOY)
        assert found == "plugin toy: found twice, in twisted.plugins.acme and in twisted.plugins.zoo"


class TestAPluginThatIsNamed:
    """Its code is imported once MailIt asks for it, and not by whoever lists drop-ins."""

    NAMED = "from mailit.plugin import PluginMaker\nacme = PluginMaker('{}')\n"

    def test_it_is_found(self, discover, tmp_path):
        """Once, though two drop-ins name it."""
        (tmp_path / "acme_toy.py").write_text(TOY)
        named = self.NAMED.format("acme_toy.Toy")
        assert "toy" in discover(acme=named, acme_quiet="from twisted.plugins.acme import acme\n")

    @pytest.mark.parametrize(
        "path, cause",
        [
            ("acme_of_the_moon.Toy", "ObjectNotFound: 'acme_of_the_moon.Toy' does not name an object"),
            ("acme_broken.Toy", "ZeroDivisionError: division by zero"),
            ("acme_toy.Nothing", "AttributeError: "),
        ],
    )
    def test_one_that_is_broken(self, discover, tmp_path, path, cause):
        """One line that names drop-in, class and cause."""
        (tmp_path / "acme_toy.py").write_text(TOY)
        (tmp_path / "acme_broken.py").write_text("1 / 0\n")
        found = discover(acme=self.NAMED.format(path))
        assert isinstance(found, str)
        assert found.startswith(f"plugin acme: can't be imported from {path}: {cause}")

    @pytest.mark.parametrize(
        "command",
        [
            "from twisted.scripts.twistd import run; sys.argv[1:] = ['-n', 'mailit']; run()",
            "from mailit.cli.main import script; sys.argv[1:] = ['serve']; script()",
        ],
        ids=["twistd", "serve"],
    )
    def test_whoever_runs_it_says_so_in_one_line(self, discover, tmp_path, command):
        """No traceback, and status 1."""
        (tmp_path / "acme_broken.py").write_text("import of_another_age\n")
        discover(acme=self.NAMED.format("acme_broken.Toy"))
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; {command}"],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        (line,) = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (1, "")
        assert line.startswith("mailit: plugin acme: can't be imported from acme_broken.Toy: ModuleNotFoundError: ")


class TestADropInOfOthers:
    """Twisted's folder is not ours alone."""

    def test_one_that_is_broken_is_no_concern_of_ours(self, discover):
        """It may be a leftover of anything."""
        assert "toy" in discover(acme=TOY, leftover="import of_another_age\n")

    def test_a_service_of_others_may_speak_of_us(self, discover):
        """It brings what it brings."""
        service = (
            "from twisted.application.service import ServiceMaker\n"
            "exporter = ServiceMaker('Exporter', 'os', 'Watches mailit.', 'exporter')\n"
        )
        assert isinstance(discover(exporter=service), list)
