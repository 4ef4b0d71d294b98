"""What receivers ask of a message: each rule, kept and broken."""

from __future__ import annotations

import pytest

from mailit.mail import dkim
from mailit.mail.checks import Case, Level, Verdict, judge, related

NOW = 1_700_000_000.0
ED25519 = dkim.generate(dkim.ED25519)


class Key:
    """A key of acme.example."""

    domain, selector, algorithm = "acme.example", "mailit", dkim.ED25519
    private, public = ED25519


RECORD = "mailit._domainkey.acme.example"
KEYS = {RECORD: [dkim.record(dkim.ED25519, Key.public)]}
HEAD = {
    "From": "Ana <ana@acme.example>",
    "To": "bo@example.net",
    "Subject": "Hi",
    "Date": "Tue, 14 Nov 2023 22:13:20 +0000",
    "Message-ID": "<1@acme.example>",
    "Content-Type": "text/plain; charset=utf-8",
}


def message(body: str = "Hello\r\n", **changes: str | None) -> bytes:
    """A message that breaks no rule but by these changes: underscores in names are hyphens, None leaves one out."""
    head = {**HEAD, **{name.replace("_", "-"): value for name, value in changes.items()}}
    lines = [f"{name}: {value}\r\n" for name, value in head.items() if value is not None]
    return ("".join(lines) + "\r\n" + body).encode()


def signed(written: bytes) -> bytes:
    return dkim.sign(written, [dkim.load(Key())], int(NOW)) + written


def verdicts(written: bytes, keys: object = KEYS, **fields: object) -> dict[str, Verdict]:
    """What each rule says, the last of an id."""
    return {one.id: one for one in judge(Case(written, NOW, "send.acme.example", keys=keys, **fields))}  # type: ignore[arg-type]


class TestAMessageThatBreaksNoRule:
    """Every rule passes, and there is nothing to mend."""

    @pytest.mark.parametrize(
        "changes, marketing",
        [
            ({}, False),
            (
                {
                    "List_Unsubscribe": "<mailto:x@acme.example>, <https://acme.example/u/1>",
                    "List_Unsubscribe_Post": "List-Unsubscribe=One-Click",
                },
                True,
            ),
        ],
        ids=["transactional", "marketing"],
    )
    def test_nothing_is_said_against_it(self, changes: dict[str, str], marketing: bool) -> None:
        """As mailit sends it."""
        found = verdicts(signed(message("Hello\r\nunsubscribe: https://…\r\n", **changes)), marketing=marketing)
        assert {one.level for one in found.values()} == {Level.PASS}
        assert {one.fix for one in found.values()} == {None}
        assert ("unsubscribe-signed" in found) is marketing


class TestEachRule:
    """Broken by one thing, and said by its id."""

    @pytest.mark.parametrize(
        "written, id_, level, words",
        [
            (message(From=None), "headers", Level.ERROR, "From stands there not at all"),
            (b"Subject: Two\r\n" + message(), "headers", Level.ERROR, "Subject stands there 2 times"),
            (message(From="nobody"), "headers", Level.ERROR, "not a mailbox"),
            (message("a\nb\r\n"), "lines", Level.ERROR, "by itself"),
            (message("a\rb\r\n"), "lines", Level.ERROR, "by itself"),
            (message("x" * 999 + "\r\n"), "lines", Level.ERROR, "999 octets"),
            (message(Date="Wed, 15 Nov 2023 23:13:20 +0000"), "date", Level.WARNING, "25 hours off"),
            (message(Date="yesterday"), "date", Level.ERROR, "can't be read"),
            (message(Date="Tue, 14 Nov 99999 22:13:20 +0000"), "date", Level.ERROR, "can't be read"),
            (message(Message_ID="<1@localhost>"), "message-id", Level.WARNING, "at localhost"),
            (message(Message_ID="<1>"), "message-id", Level.WARNING, "not the sender's"),
            (message(From="ana@gmail.com"), "from", Level.ERROR, "gmail.com"),
            (message(From="ana@other.example"), "alignment", Level.ERROR, "DMARC fails"),
            (message("x" * 900 + "\r\n" + ("x" * 898 + "\r\n") * 28_000), "size", Level.ERROR, "Gmail takes"),
            (
                message(
                    Content_Type='application/octet-stream; name="x"',
                    Content_Disposition='attachment; filename="A.EXE"',
                ),
                "attachments",
                Level.ERROR,
                "A.EXE",
            ),
            (message(List_Unsubscribe="<mailto:x@acme.example>"), "unsubscribe", Level.ERROR, "no https"),
            (message(List_Unsubscribe="<https://acme.example/u>"), "unsubscribe", Level.WARNING, "more than one click"),
        ],
    )
    def test_it_is_said(self, written: bytes, id_: str, level: Level, words: str) -> None:
        """With what to do."""
        found = verdicts(written)[id_]
        assert (found.level, words in found.text) == (level, True), found
        assert found.fix

    def test_marketing_must_be_left_easily(self) -> None:
        """By the header, and by the body."""
        found = verdicts(signed(message()), marketing=True)
        assert (found["unsubscribe"].level, found["unsubscribe-link"].level) == (Level.ERROR, Level.ERROR)


class TestTheSignature:
    """It must hold, by what DNS has."""

    @pytest.mark.parametrize(
        "keys, level, words",
        [
            ({RECORD: []}, Level.ERROR, "No key is published at"),
            ({RECORD: None}, Level.UNKNOWN, "could not be asked for"),
            ({}, Level.UNKNOWN, "could not be asked for"),
            ({RECORD: [dkim.record(dkim.ED25519, dkim.generate(dkim.ED25519)[1])]}, Level.ERROR, "does not hold"),
            ({RECORD: ["v=DKIM1; k=ed25519; p=!"]}, Level.ERROR, "does not hold"),
            ({RECORD: ["nonsense", *KEYS[RECORD]]}, Level.PASS, "ed25519-sha256"),
        ],
    )
    def test_by_what_dns_has(self, keys: object, level: Level, words: str) -> None:
        """And no answer is no fault."""
        found = verdicts(signed(message()), keys)["dkim"]
        assert (found.level, words in found.text) == (level, True), found

    def test_a_message_without_one(self) -> None:
        """Is refused by the large ones."""
        assert verdicts(message())["dkim"].level is Level.ERROR

    def test_one_that_was_changed_on_the_way(self) -> None:
        """Does not hold."""
        assert verdicts(signed(message()).replace(b"Hello", b"Hullo"))["dkim"].level is Level.ERROR

    def test_a_click_that_is_not_signed(self) -> None:
        """Both headers belong into it (RFC 8058 §4)."""
        late = (
            b"List-Unsubscribe: <https://acme.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
            + signed(message())
        )
        assert verdicts(late, marketing=True)["unsubscribe-signed"].level is Level.ERROR

    @pytest.mark.parametrize("bits, level", [(1024, Level.WARNING), (2048, Level.PASS)])
    def test_the_size_of_an_rsa_key(self, bits: int, level: Level) -> None:
        """By its record; whether the signature holds by it is another rule."""
        found = verdicts(signed(message()), {RECORD: [RSA[bits]]})
        assert (found["dkim-key"].level, str(bits) in found["dkim-key"].text) == (level, True)


RSA = {bits: dkim.record(dkim.RSA, dkim.generate(dkim.RSA, bits)[1]) for bits in (1024, 2048)}


@pytest.mark.parametrize(
    "one, other, wanted",
    [
        ("a.example", "a.example", True),
        ("send.a.example", "a.example", True),
        ("a.example", "news.a.example", True),
        ("ba.example", "a.example", False),
        ("a.example", "b.example", False),
    ],
)
def test_relation(one: str, other: str, wanted: bool) -> None:
    """A domain and what is below it."""
    assert related(one, other) is wanted
