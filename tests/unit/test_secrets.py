"""Secrets that nobody gave."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import evolve

from mailit.config import Config
from mailit.errors import CannotStart
from mailit.secrets import complete, write_private


@pytest.fixture
def config(tmp_path):
    """A configuration whose data folder is not there yet."""
    fresh = Config()
    return evolve(fresh, server=evolve(fresh.server, data_dir=tmp_path / "home" / "data"))


class TestSecretsThatAreNotGiven:
    """They are made once, and only their owner may read them."""

    def test_made_once_and_kept(self, config):
        """A restart does not sign everybody out."""
        made = complete(config)
        assert complete(config) == made
        assert len(made.auth.jwt_secret) == len(made.dkim.master_encryption_key) == 64
        assert made.auth.jwt_secret != made.dkim.master_encryption_key

    def test_nobody_else_may_read_them(self, config):
        """Files 0600, folders 0700, and nothing half-written stays behind."""
        complete(config)
        folder = config.server.data_dir / "secrets"
        assert sorted(path.name for path in folder.iterdir()) == ["dkim_master_encryption_key", "jwt_secret"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(config.server.data_dir.stat().st_mode) == 0o700

    def test_processes_that_start_at_once_agree(self, config):
        """The first file that is there is everybody's."""
        with ThreadPoolExecutor(16) as pool:
            assert len({one.auth.jwt_secret for one in pool.map(complete, [config] * 64)}) == 1

    def test_given_ones_make_no_file(self, config):
        """And the return paths' key depends on the master key alone, so that machines understand each other."""
        given = evolve(
            config,
            auth=evolve(config.auth, jwt_secret="j" * 32),
            dkim=evolve(config.dkim, master_encryption_key="m" * 32),
        )
        elsewhere = evolve(given, auth=evolve(given.auth, jwt_secret="k" * 32))
        assert complete(given).verp_secret == complete(elsewhere).verp_secret != complete(config).verp_secret
        assert complete(given).auth.jwt_secret == "j" * 32


class TestAFolderThatWontDo:
    """One line says which file, and why."""

    def test_a_damaged_secret_is_not_replaced(self, config):
        """What it encrypted would be lost."""
        complete(config)
        (config.server.data_dir / "secrets" / "jwt_secret").write_text("")
        with pytest.raises(CannotStart, match="jwt_secret: damaged"):
            complete(config)

    def test_a_file_in_the_folders_place(self, config):
        """It can't be made, also by root."""
        config.server.data_dir.parent.write_text("")
        with pytest.raises(CannotStart, match=r"data: can't be made: Not a directory"):
            complete(config)

    def test_a_private_file_is_replaced_as_a_whole(self, tmp_path):
        """The old one's mode does not matter."""
        path = tmp_path / "first-run.json"
        path.write_text("old")
        path.chmod(0o644)
        write_private(path, "new")
        assert path.read_text() == "new"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
