"""The host that plugin authors are given for their tests."""

from __future__ import annotations

import email

import pytest
from attrs import evolve
from twisted.internet.task import Clock

from mailit.draft import Content
from mailit.errors import DomainNotVerified, MailItError, Refused, Unavailable
from mailit.host import Host
from mailit.ids import seconds, valid
from mailit.interfaces import Row
from mailit.mail import address
from mailit.plugin import Screened
from mailit.testing.clocks import START
from mailit.testing.database import Unscripted
from mailit.testing.host import host
from mailit.testing.mails import TEAM, draft, envelope
from mailit.testing.results import result

COUNT = "SELECT count(*) AS count FROM hello WHERE team_id = %(team)s"
ADD = """
    INSERT INTO hello (team_id)
    VALUES (%(team)s)
"""


@pytest.fixture
def house() -> Host:
    """A host as it comes."""
    return host()


class TestTime:
    """It is the test's to turn."""

    def test_the_clock_follows_the_reactor(self, house):
        """And begins at a moment that is always the same."""
        house.reactor.advance(90)
        assert house.clock() == START + 90

    def test_ids_are_of_that_time_and_the_same_at_each_run(self, house):
        """UUIDv7, as everywhere."""
        first = house.ids()
        assert valid(first) and seconds(first) == START
        assert first == host().ids()

    def test_threads_run_at_once(self, house):
        """And what they raise comes back."""
        assert result(house.run_in_thread(int, "7")) == 7
        with pytest.raises(ValueError):
            result(house.run_in_thread(int, "x"))


class TestWhatIsGiven:
    """Any field of `Host`, and what depends on it follows."""

    def test_a_reactor_of_ones_own(self):
        """The clock follows that one."""
        clock = Clock()
        house = host(reactor=clock, mode="direct", settings="mine")
        clock.advance(5)
        assert (house.clock(), house.mode, house.settings) == (START + 5, "direct", "mine")

    def test_a_field_that_there_is_not(self):
        """Is an error."""
        with pytest.raises(TypeError, match="databse"):
            host(databse=None)


class TestTheDatabase:
    """It answers what it was told to, and runs no SQL."""

    def test_a_statement_without_an_answer(self, house):
        """Fails the test, and says what to do."""
        with pytest.raises(Unscripted, match=r"SELECT count.*mailit\.testing\.postgres"):
            result(house.database.transact(lambda tx: tx.row(COUNT, {"team": TEAM})))

    def test_one_with_an_answer(self, house):
        """Rows have their columns as attributes; a function is asked each time."""
        house.database.answer(COUNT, lambda params: [{"count": len(params["team"])}])
        house.database.answer(ADD, 1)
        count, added = result(
            house.database.transact(lambda tx: (tx.row(COUNT, {"team": "abc"}).count, tx.run(ADD, {"team": "abc"})))
        )
        assert (count, added) == (3, 1)
        assert house.database.params(ADD) == [{"team": "abc"}]

    def test_no_row(self, house):
        """Is None."""
        house.database.answer(COUNT, [])
        assert result(house.database.transact(lambda tx: (tx.row(COUNT), tx.rows(COUNT), tx.run(COUNT)))) == (
            None,
            [],
            0,
        )

    def test_rows_of_what_has_none(self, house):
        """Is a mistake of the test's."""
        house.database.answer(ADD, 1)
        with pytest.raises(Unscripted, match="the number 1"):
            result(house.database.transact(lambda tx: tx.rows(ADD)))

    def test_what_was_undone_was_not_run(self, house):
        """A transaction that raises leaves nothing."""
        house.database.answer(ADD, 1)

        def work(tx):
            tx.run(ADD)
            raise KeyError("x")

        with pytest.raises(KeyError):
            result(house.database.transact(work))
        assert house.database.ran == []

    def test_away(self, house):
        """As when PostgreSQL is."""
        house.database.away = True
        with pytest.raises(Unavailable):
            result(house.database.transact(lambda tx: None))


class TestSubmission:
    """The real door, before a spool that can be looked at."""

    def test_it_is_validated(self, house):
        """As anywhere, and nothing of it is kept."""
        with pytest.raises(Refused, match="`subject`"):
            result(house.submission.submit(draft(subject="a\nb")))
        assert (house.submission.submitted, house.submission.spool.mails) == ([], {})

    def test_what_was_accepted_is_kept(self, house):
        """The draft as it became, and the mail's events."""
        house.submission.stages.append(lambda one: evolve(one, headers=(("X-Stage", "1"),)))
        accepted = result(house.submission.submit(draft()))
        assert house.submission.submitted == [draft(headers=(("X-Stage", "1"),))]
        assert house.submission.spool.types_of(accepted.id) == ["queued", "sent"]

    def test_a_batch(self, house):
        """Whole, or not at all."""
        assert len(result(house.submission.submit_batch([draft(), draft("bo@example.net")]))) == 2
        with pytest.raises(Refused, match=r"emails\[1\]"):
            result(house.submission.submit_batch([draft(), draft(to=())]))
        assert len(house.submission.submitted) == len(house.submission.spool.mails) == 2

    def test_screens(self, house):
        """Are asked in the transaction that accepts."""
        house.database.answer(COUNT, [{"count": 1}])

        def screen(tx, team, recipients):
            return [Screened(one, "no") for one in recipients if tx.row(COUNT, {"team": team}).count]

        house.submission.screens.append(screen)
        accepted = result(house.submission.submit(draft()))
        assert house.submission.spool.types_of(accepted.id) == ["queued", "suppressed"]
        assert house.database.params(COUNT) == [{"team": TEAM}]

    def test_enlisting(self, house):
        """A mail a row, one content, and the progress in the same transaction."""
        house.database.answer(ADD, 1)
        rows = [Row(address.parse(f"r{number}@example.net"), {"NAME": str(number)}) for number in range(3)]
        ids = result(house.submission.enlist(draft(), rows, lambda tx: tx.run(ADD, {"team": TEAM})))
        kept = [house.submission.spool.mails[id_] for id_ in ids]
        assert [one.mail.variables for one in kept] == [{"NAME": "0"}, {"NAME": "1"}, {"NAME": "2"}]
        assert {one.mail.content_id for one in kept} == {kept[0].mail.content_id}
        assert house.database.params(ADD) == [{"team": TEAM}]
        assert house.submission.enlisted == [(draft(), tuple(rows))]

    def test_a_progress_that_fails(self, house):
        """Leaves no mail."""
        with pytest.raises(MailItError):
            result(house.submission.enlist(draft(), [Row(address.parse("a@example.net"))], lambda tx: tx.run(ADD)))
        assert house.submission.spool.mails == {}

    def test_it_fails_when_told_to(self, house):
        """With what it was told."""
        house.submission.fault = Unavailable()
        with pytest.raises(Unavailable):
            result(house.submission.submit(draft()))

    def test_domains_can_be_closed(self, house):
        """Then those alone may send that were added."""
        house.submission.domains.open = False
        house.submission.domains.add(TEAM, "example.org")
        result(house.submission.submit(draft()))
        with pytest.raises(DomainNotVerified):
            result(house.submission.submit(draft(from_=address.parse("a@example.com"))))


class TestRendering:
    """The real renderer; its domains have no keys, so that nothing is signed."""

    def test_an_envelope_becomes_a_message(self, house):
        """As it would leave."""
        data = result(house.render(envelope("ana@example.net", subject="Größe", content=Content(text="Hallo"))))
        message = email.message_from_bytes(data)
        assert (message["To"], message["DKIM-Signature"]) == ("ana@example.net", None)
        assert message.get_payload().strip() == "Hallo"

    def test_its_return_path(self, house):
        """A VERP address of the sending domain's."""
        local, _, domain = house.return_path(envelope()).partition("@")
        assert (local[:7], domain) == ("bounce+", "send.example.org")
