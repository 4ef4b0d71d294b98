"""What `mailit doctor` makes of what it sees."""

from __future__ import annotations

import pytest
from attrs import evolve

from mailit.cli.findings import Grade, of_files, of_server, of_sources
from mailit.config import Config
from mailit.delivery.settings import Source
from mailit.store.health import State

SOUND = State(180006, "18.6", "on", "on", "on", clock=1000.0)


class TestADatabase:
    """Whatever could lose accepted mail is bad."""

    def test_a_sound_one(self):
        """Nothing but good news."""
        assert {finding.grade for finding in of_server(SOUND, now=1000.3)} == {Grade.GOOD}

    @pytest.mark.parametrize(
        "change, subject",
        [
            ({"fsync": "off"}, "fsync"),
            ({"full_page_writes": "off"}, "full_page_writes"),
            ({"synchronous_commit": "off"}, "synchronous_commit"),
            ({"version": 140012, "version_name": "14.12"}, "database"),
            ({"clock": 1005.0}, "clock"),
            ({"clock": 995.0}, "clock"),
        ],
    )
    def test_one_that_is_not(self, change, subject):
        """One thing wrong is one bad finding, with its name."""
        bad = [finding for finding in of_server(evolve(SOUND, **change), now=1000.0) if finding.grade is Grade.BAD]
        assert [finding.subject for finding in bad] == [subject]

    @pytest.mark.parametrize("kept", ["local", "remote_write", "on", "remote_apply"])
    def test_every_commit_that_waits_for_the_disk_is_sound(self, kept):
        """Standbys or none."""
        found = of_server(evolve(SOUND, synchronous_commit=kept), now=1000.0)
        assert {finding.grade for finding in found} == {Grade.GOOD}


class TestFiles:
    """What was generated is its owner's alone."""

    @pytest.fixture
    def config(self, tmp_path):
        """A data folder with a secret, both private."""
        (tmp_path / "secrets").mkdir(mode=0o700)
        (tmp_path / "secrets" / "jwt_secret").touch(mode=0o600)
        tmp_path.chmod(0o700)
        fresh = Config()
        return evolve(fresh, server=evolve(fresh.server, data_dir=tmp_path))

    def test_private(self, config):
        """Files 0600, folders 0700."""
        assert [finding.grade for finding in of_files(config)] == [Grade.GOOD]

    @pytest.mark.parametrize(
        "name, mode, advice", [("secrets", 0o755, "chmod 700"), ("secrets/jwt_secret", 0o640, "chmod 600")]
    )
    def test_open_to_others(self, config, name, mode, advice):
        """It says what to run."""
        path = config.server.data_dir / name
        path.chmod(mode)
        (finding,) = of_files(config)
        assert finding.grade is Grade.BAD
        assert finding.sentence.endswith(f"run: {advice} {path}")


class TestSources:
    """Mail can leave by addresses of this machine alone."""

    @staticmethod
    def config(*addresses, mode="direct"):
        fresh = Config()
        sources = tuple(Source(address=one) for one in addresses)
        return evolve(fresh, smtp_outbound=evolve(fresh.smtp_outbound, mode=mode, sources=sources))

    def test_one_that_is_ours(self):
        """All of them in one finding."""
        (found,) = of_sources(self.config("127.0.0.1", "127.0.0.9"))
        assert (found.grade, found.sentence) == (Grade.GOOD, "127.0.0.1, 127.0.0.9: addresses of this machine")

    @pytest.mark.parametrize("address", ["192.0.2.10", "2001:db8::10"])
    def test_one_that_is_not(self, address):
        """It is named, and what becomes of its mail."""
        (found,) = of_sources(self.config("127.0.0.1", address))
        assert (found.grade, found.subject) == (Grade.BAD, "smtp_outbound.sources")
        assert found.sentence.startswith(f"{address} is no address that this machine can send from")

    def test_where_nothing_leaves(self):
        """They are not asked for."""
        assert not list(of_sources(self.config("192.0.2.10", mode="sandbox")))
        assert not list(of_sources(self.config()))
