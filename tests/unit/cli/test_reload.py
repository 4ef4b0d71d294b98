"""What `mailit run --reload` watches."""

from __future__ import annotations

import os

from mailit.cli.reload import ROOT, sources


def test_a_change_shows(tmp_path):
    """A module, a drop-in, a migration; what was saved, what is new, what is gone."""
    module = tmp_path / "mailit" / "room" / "module.py"
    module.parent.mkdir(parents=True)
    module.touch()
    (tmp_path / "mailit" / "notes.txt").touch()
    before = sources(tmp_path)
    assert set(before) == {module}
    os.utime(module, ns=(1, 1))
    assert sources(tmp_path) != before
    module.unlink()
    assert sources(tmp_path) == {}


def test_our_own_sources_are_seen():
    """The root is the repository's."""
    seen = sources()
    assert ROOT / "mailit" / "config.py" in seen
    assert ROOT / "twisted" / "plugins" / "mailit_service.py" in seen
    assert ROOT / "schema" / "core" / "0001_create_accounts.sql" in seen
