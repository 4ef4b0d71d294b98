"""What DNS decides of a mail before it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import maybeDeferred

from mailit.domains.preflight import Preflight, Sender, worst
from mailit.interfaces import Mx, SigningKey
from mailit.mail import dkim
from mailit.mail.checks import Level, Verdict
from mailit.testing.dns import MemoryResolver
from mailit.testing.results import result

NOW = 1_700_000_000.0
PRIVATE, PUBLIC = dkim.generate(dkim.ED25519)
KEY = SigningKey("acme.example", "mailit", dkim.ED25519, PRIVATE)
RECORD = dkim.record(dkim.ED25519, PUBLIC)
WRITTEN = (
    b"From: Ana <ana@acme.example>\r\nReply-To: ana@answers.example\r\nTo: bo@example.net\r\nSubject: Hi\r\n"
    b"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1@acme.example>\r\n\r\nHello\r\n"
)
MESSAGE = dkim.sign(WRITTEN, [dkim.load(KEY)], int(NOW)) + WRITTEN
SENDER = Sender("mail.acme.example", ("8.8.8.8",))
LISTS = "8.8.8.8.zen.spamhaus.org"


def zone(**changes: Any) -> MemoryResolver:
    """All that a sender needs, but for these changes."""
    return evolve(
        MemoryResolver(
            mxs={"acme.example": [Mx(10, "mx.acme.example")]},
            hosts={"mail.acme.example": ["8.8.8.8"], "answers.example": ["192.0.2.9"]},
            txts={
                "send.acme.example": ["v=spf1 a:mail.acme.example ~all"],
                "_dmarc.acme.example": ["v=DMARC1; p=none"],
                "mailit._domainkey.acme.example": [RECORD],
            },
            ptrs={"8.8.8.8": ["Mail.acme.example."]},
        ),
        **changes,
    )


def judged(resolver: MemoryResolver | None, sender: Sender = SENDER) -> list[Verdict]:
    preflight = Preflight(sender, resolver, lambda: NOW, maybeDeferred)
    found: list[Verdict] = result(preflight.judge(MESSAGE, "send.acme.example", [KEY]))
    return found


def said(resolver: MemoryResolver, id_: str, sender: Sender = SENDER) -> tuple[Level, str]:
    """The gravest of what a rule says."""
    own = [one for one in judged(resolver, sender) if one.id == id_]
    level = worst(own)
    return level, " ".join(one.text for one in own if one.level is level)


class TestASenderInGoodOrder:
    """Nothing is said against it."""

    def test_every_rule_passes(self) -> None:
        """Those of the bytes, and those of DNS."""
        found = judged(zone())
        assert [(one.id, one.text) for one in found if one.level is not Level.PASS] == []
        assert {"dkim", "spf", "dmarc", "receiving", "ehlo", "blocklist"} <= {one.id for one in found}
        assert worst(found) is Level.PASS


class TestWhatIsWrong:
    """Each rule by its id, with what is there."""

    @pytest.mark.parametrize(
        "name, texts, id_, level, words",
        [
            ("send.acme.example", ["v=spf1 -all"], "spf", Level.ERROR, "does not permit 8.8.8.8"),
            ("send.acme.example", ["x"], "spf", Level.ERROR, "has no SPF record"),
            ("send.acme.example", ["v=spf1 -all"] * 2, "spf", Level.ERROR, "2 SPF records"),
            ("send.acme.example", ["v=spf1 +all"], "spf", Level.ERROR, "lets everybody send"),
            ("send.acme.example", ["v=spf1 include:%{i}.x -all"], "spf", Level.UNKNOWN, "macros"),
            ("_dmarc.acme.example", [], "dmarc", Level.WARNING, "no DMARC record"),
            ("_dmarc.acme.example", ["v=DMARC1"], "dmarc", Level.ERROR, "lacks a policy"),
            ("_dmarc.acme.example", ["v=DMARC1; p=none"] * 2, "dmarc", Level.ERROR, "2 DMARC records"),
            ("mailit._domainkey.acme.example", [], "dkim", Level.ERROR, "No key is published"),
        ],
    )
    def test_in_a_text(self, name: str, texts: list[str], id_: str, level: Level, words: str) -> None:
        resolver = zone()
        found = said(evolve(resolver, txts={**resolver.txts, name: texts}), id_)
        assert (found[0], words in found[1]) == (level, True), found

    def test_an_address_without_a_name(self) -> None:
        """Gmail refuses it; one with another name is doubtful."""
        assert said(zone(ptrs={}), "ehlo")[0] is Level.ERROR
        assert said(zone(ptrs={"8.8.8.8": ["dns.google"]}), "ehlo")[0] is Level.WARNING
        assert said(zone(hosts={}), "ehlo", Sender("mail.acme.example"))[0] is Level.ERROR

    def test_a_sender_that_takes_no_mail(self) -> None:
        """The From's domain, and where answers go."""
        level, text = said(zone(hosts={"mail.acme.example": ["8.8.8.8"]}), "receiving")
        assert (level, "answers.example takes no mail" in text) == (Level.WARNING, True)
        assert said(zone(mxs={"acme.example": [Mx(0, ".")]}), "receiving")[0] is Level.WARNING

    @pytest.mark.parametrize("answer, level", [("127.0.0.2", Level.ERROR), ("127.255.255.254", Level.UNKNOWN)])
    def test_a_list(self, answer: str, level: Level) -> None:
        """Listed; or the list did not say."""
        resolver = zone()
        assert said(evolve(resolver, hosts={**resolver.hosts, LISTS: [answer]}), "blocklist")[0] is level


class TestWhatCanNotBeTold:
    """It is said to be unknown, and nothing else."""

    def test_dns_that_does_not_answer(self) -> None:
        """Neither good nor bad."""
        names = {
            "send.acme.example",
            "_dmarc.acme.example",
            "mailit._domainkey.acme.example",
            "8.8.8.8",
            "acme.example",
        }
        found = {one.id: one.level for one in judged(zone(broken=names))}
        asked = {name: found[name] for name in ("spf", "dmarc", "dkim", "ehlo", "receiving")}
        assert set(asked.values()) == {Level.UNKNOWN}

    def test_where_a_smarthost_sends_from(self) -> None:
        """Its names and lists are its own affair."""
        found = {one.id: one.level for one in judged(zone(), Sender("mail.acme.example", direct=False))}
        assert found["spf"] is Level.UNKNOWN
        assert not {"ehlo", "blocklist"} & found.keys()

    def test_an_installation_that_asks_no_dns(self) -> None:
        """Our own keys stand for what DNS would have, and nothing is asked."""
        found = {one.id: one.level for one in judged(None)}
        assert (found["dkim"], found["dns"]) == (Level.PASS, Level.UNKNOWN)
