"""Rules about replies against what servers in the field have said, where that collection is at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mailit.errors import Reply
from mailit.mail.refusals import UNSAID
from mailit.mail.status import classify, parse_reply

REPLIES = Path(__file__).parents[3] / "shared" / "corpora" / "smtp-replies" / "replies.jsonl"

pytestmark = pytest.mark.skipif(not REPLIES.exists(), reason="the corpora are not here: they are not the project's own")


def replies() -> list[tuple[int, Reply]]:
    """Each with its severity: 0 is the recipient's business, 4 the sender's reputation."""
    found = []
    for line in REPLIES.read_text().splitlines():
        row = json.loads(line)
        text = re.sub(r"^smtp;", "", row["reply"], flags=re.IGNORECASE)
        said = re.match(r"(\d{3})[ -](.*)", text, re.DOTALL)
        code, words = (int(said[1]), said[2]) if said else (row["code"], text)
        found.append((row["severity"], parse_reply(code, [words])))
    return found


class TestRepliesOfTheField:
    """Of 29 providers and filters."""

    def test_nearly_all_mean_something(self) -> None:
        """At most one in fifty is not understood."""
        unsaid = [reply for _, reply in replies() if classify(reply).rule == UNSAID.id]
        assert len(unsaid) <= len(replies()) / 50, unsaid

    def test_the_sender_s_reputation_is_never_the_recipient_s_fault(self) -> None:
        """Those of the two highest severities; one that suppressed would lose good addresses."""
        worst = [reply for severity, reply in replies() if severity >= 3]
        assert len(worst) > 20
        assert [reply for reply in worst if classify(reply).scope.value in ("recipient", "receiver")] == []

    def test_hard_is_what_nobody_will_ever_read(self) -> None:
        """Never what is for now."""
        hard = [reply for _, reply in replies() if classify(reply).hard]
        assert len(hard) >= 15
        assert all(reply.code >= 500 for reply in hard)
