"""Lists of mails by several filters: whichever way they are read, what is found is the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from attrs import define

from mailit.db.connection import Transaction, connect
from mailit.ids import Ids
from mailit.interfaces import Page
from mailit.store import email_lists
from mailit.store.email_lists import FEW, MERGED, Filter

FILL = """
    INSERT INTO email (id, team_id, domain_id, content_id, stream, sender, recipients, cc, bcc, reply_to, subject,
                       headers, tags, variables, message_id, deliveries, created_at, last_event, first_seq)
    VALUES (%(id)s, %(team)s, %(domain)s, %(id)s, 0, 'a@b', '[]', '[]', '[]', '[]', '', '[]', '[]', '{}', '', 1, now(),
            %(status)s, 1);
    INSERT INTO email_tag (team_id, name, value, email_id) VALUES (%(team)s, 'kind', %(kind)s, %(id)s);
    INSERT INTO delivery (id, email_id, team_id, recipient, state, updated_at)
    VALUES (%(delivery)s, %(id)s, %(team)s, %(recipient)s, 'sent', now());
"""
TAGS = (None, ("kind", "news"), ("kind", "rare"), ("kind", "none"))
STATUSES = ((), ("sent",), ("bounced",), ("sent", "bounced"), ("failed",))
RECIPIENTS = (None, "Ana@example.net", "bo@example.net", "nobody@example.net")
DOMAINS = (None, "a.example", "b.example")


@define
class Mails:
    """Sixty of one team, of which each filter leaves some; and sixty of another, alike."""

    tx: Any
    team: str
    kept: list[dict[str, Any]]

    def expected(self, which: Filter) -> list[str]:
        """What a filter leaves, newest first, looked for one by one."""
        return [
            one["id"]
            for one in reversed(self.kept)
            if (not which.statuses or one["status"] in which.statuses)
            and (which.tag is None or one["kind"] == which.tag[1])
            and (which.recipient is None or one["recipient"] == which.recipient.lower())
            and (which.domain is None or one["name"] == which.domain)
        ]


@pytest.fixture
def mails(dsn: str) -> Iterator[Mails]:
    """On disk."""
    connection = connect(dsn, "lists", autocommit=True)
    tx, draw, kept = Transaction(connection), Ids(), []
    teams = [draw(), draw()]
    for team in teams:
        tx.run("INSERT INTO team (id, name) VALUES (%(id)s, 'Team')", {"id": team})
    domains = {(team, name): draw() for team in teams for name in ("a.example", "b.example")}
    for (team, name), id_ in domains.items():
        tx.run(
            "INSERT INTO domain (id, team_id, name, status) VALUES (%(id)s, %(team)s, %(name)s, 'pending')",
            {"id": id_, "team": team, "name": name},
        )
    for number, team in product(range(60), teams):
        name = "a.example" if number % 5 else "b.example"
        mail = {
            "id": draw(),
            "delivery": draw(),
            "team": team,
            "name": name,
            "domain": domains[team, name],
            "status": "bounced" if number % 7 == 0 else "sent",
            "kind": "rare" if number % 20 == 0 else "news",
            "recipient": "ana@example.net" if number % 2 else "bo@example.net",
        }
        tx.run(FILL, mail)
        if team == teams[0]:
            kept.append(mail)
    connection.autocommit = False
    yield Mails(tx, teams[0], kept)
    connection.close()


class TestSeveralFilters:
    """Each of them must hold."""

    @pytest.mark.parametrize("few", [1, 10, FEW], ids=lambda few: f"few-{few}")
    def test_every_way_to_read_finds_the_same(self, mails: Mails, few: int) -> None:
        """Along one of them, or merged; forwards from a cursor, and back to it."""
        for tag, statuses, recipient, domain in product(TAGS, STATUSES, RECIPIENTS, DOMAINS):
            which = Filter(statuses=statuses, domain=domain, tag=tag, recipient=recipient)
            wanted = mails.expected(which)
            found, more = email_lists.page(mails.tx, mails.team, Page(3), which, few)
            assert ([one.id for one in found], more) == (wanted[:3], len(wanted) > 3), which
            if more:
                found, more = email_lists.page(mails.tx, mails.team, Page(3, after=wanted[2]), which, few)
                assert ([one.id for one in found], more) == (wanted[3:6], len(wanted) > 6), which
                found, _ = email_lists.page(mails.tx, mails.team, Page(2, before=wanted[3]), which, few)
                assert [one.id for one in found] == wanted[1:3], which

    @pytest.mark.parametrize("others", MERGED)
    @pytest.mark.parametrize("way", [0, 1])
    def test_indexes_are_merged(self, mails: Mails, others: tuple[bool, bool], way: int) -> None:
        """No mail is looked up by itself before it is known to match, and nothing is sorted or hashed."""
        settings, select, rest = MERGED[others][way].partition("SELECT email.*")
        mails.tx.run(settings)
        params = {
            "team": mails.team,
            "domain": None,
            "status": "sent",
            "tag": "kind",
            "value": "news",
            "recipient": "ana@example.net",
            "low": "00000000-0000-0000-0000-000000000000",
            "high": "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "ceiling": "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "most": 21,
        }
        plan = "\n".join(row[0] for row in mails.tx.rows(f"EXPLAIN {select} {rest}", params))
        assert plan.count("Merge Join") + plan.count("Merge Semi Join") == sum(others), plan
        assert plan.count("Nested Loop") == 1, plan
        assert not any(word in plan for word in ("Sort  (", "Hash", "SubPlan")), plan
