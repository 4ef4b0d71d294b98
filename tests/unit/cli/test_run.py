"""What `mailit run` prints and keeps."""

from __future__ import annotations

import json
import shlex

from mailit.cli.first_run import FILE, FirstRun, kept, note_password

FIRST = FirstRun("http://127.0.0.1:8080", "admin@mailit.test", "pass", "re_key")


class TestTheLinesToCopy:
    """They work as they stand."""

    def test_the_first_curl_line_sends(self):
        """Not indented, and a shell gives curl a JSON object."""
        curls = [line for line in FIRST.in_words().splitlines() if "curl " in line]
        assert curls == [FIRST.curl, FIRST.curl_caught]
        words = shlex.split(curls[0])
        assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:8080/emails"]
        assert "Authorization: Bearer re_key" in words
        mail = json.loads(words[words.index("-d") + 1])
        assert (mail["from"], mail["to"]) == ("hello@mailit.test", "you@mailit.test")

    def test_the_second_lists_what_was_caught(self):
        """With the same key."""
        words = shlex.split(FIRST.curl_caught)
        assert words == ["curl", "http://127.0.0.1:8080/sandbox/emails", "-H", "Authorization: Bearer re_key"]

    def test_the_file_has_what_was_printed(self):
        """And no dashboard as long as there is none."""
        kept = json.loads(FIRST.as_json())
        assert sorted(kept) == ["api_key", "api_url", "curl", "dashboard_url", "email", "password"]
        assert kept["dashboard_url"] is None
        assert kept["curl"] == FIRST.curl


class TestAPasswordThatWasReset:
    """The file keeps telling the truth about the account that it tells of, and of no other."""

    def test_the_new_one_is_in_it(self, tmp_path):
        """All else stays, and the file is its owner's alone."""
        (tmp_path / FILE).write_text(FIRST.as_json())
        note_password(tmp_path, "Admin@mailit.test", "another")
        held = kept(tmp_path / FILE)
        assert (held.password, held.api_key, held.email) == ("another", FIRST.api_key, FIRST.email)
        assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600

    def test_another_account_is_none_of_its_business(self, tmp_path):
        """Nor is a folder that has no such file."""
        (tmp_path / FILE).write_text(FIRST.as_json())
        note_password(tmp_path, "bo@mailit.test", "another")
        assert (tmp_path / FILE).read_text() == FIRST.as_json()
        note_password(tmp_path / "none", FIRST.email, "another")
        assert not (tmp_path / "none").exists()
