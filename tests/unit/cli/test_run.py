"""What `mailit run` prints and keeps."""

from __future__ import annotations

import json
import shlex

from mailit.cli.run import FirstRun

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
