"""The toy plugin, installed for as long as a test takes: a package of its own, which knows nothing of the tests."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import twisted.plugins

SOURCE = Path(__file__).parent / "toyplugin"


def copied(folder: Path) -> Path:
    """A copy of it, so that what Twisted writes beside drop-ins is not written into the sources."""
    return Path(shutil.copytree(SOURCE, folder / "toyplugin", ignore=shutil.ignore_patterns("__pycache__")))


@contextmanager
def installed(folder: Path) -> Iterator[Path]:
    """In this process, as if PYTHONPATH had named it at the start."""
    home = copied(folder)
    search = list(twisted.plugins.__path__)
    sys.path.insert(0, str(home))
    twisted.plugins.__path__ = [str(home / "twisted" / "plugins"), *search]
    try:
        yield home
    finally:
        twisted.plugins.__path__ = search
        sys.path.remove(str(home))
        for name in [name for name in sys.modules if name.split(".")[0] == "mailit_toy"]:
            del sys.modules[name]
        sys.modules.pop("twisted.plugins.mailit_toy", None)
