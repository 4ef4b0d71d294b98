"""What is learnt of a delivery after its end, on real tables."""

from __future__ import annotations

import pytest
import pytest_twisted

from mailit.db.pool import Pool
from mailit.ids import Ids
from mailit.store.reports import report


async def delivered(pool: Pool, *states: str) -> tuple[str, list[str]]:
    """A mail whose recipients are in these states; gives its id and those of its deliveries."""
    ids = Ids()
    email, team = ids(), ids()
    deliveries = [ids() for _ in states]

    def write(tx: object) -> None:
        tx.run(  # type: ignore[attr-defined]
            "INSERT INTO email (id, team_id, domain_id, content_id, stream, sender, recipients, subject, message_id,"
            " deliveries, created_at, last_event, first_seq) VALUES (%(id)s, %(team)s, %(team)s, %(team)s, 0, 'a',"
            " '[]', '', '', %(count)s, now(), 'delivered', 0)",
            {"id": email, "team": team, "count": len(states)},
        )
        for id_, state in zip(deliveries, states, strict=True):
            tx.run(  # type: ignore[attr-defined]
                "INSERT INTO delivery (id, email_id, team_id, recipient, state, updated_at)"
                " VALUES (%(id)s, %(email)s, %(team)s, 'bo@example.net', %(state)s, now())",
                {"id": id_, "email": email, "team": team, "state": state},
            )

    await pool.transact(write)
    return email, deliveries


class TestAReport:
    """It changes what stands lower than itself, and only of what was delivered."""

    @pytest_twisted.ensureDeferred
    async def test_each_state_comes_after_those_below_it(self, pool: Pool) -> None:
        before = ("delivered", "opened", "clicked", "complained", "bounced", "sent")
        reported = {}
        for state in ("opened", "clicked", "complained"):
            _, deliveries = await delivered(pool, *before)
            reported[state] = [
                was for was, id_ in zip(before, deliveries, strict=True) if await pool.transact(report, id_, state)
            ]
        assert reported == {
            "opened": ["delivered"],
            "clicked": ["delivered", "opened"],
            "complained": ["delivered", "opened", "clicked"],
        }

    @pytest_twisted.ensureDeferred
    async def test_it_is_an_event_and_the_mails_state(self, pool: Pool) -> None:
        """In one transaction, once."""
        email, (first, _) = await delivered(pool, "delivered", "bounced")
        assert await pool.transact(report, first, "complained", {"why": "spam"})
        assert not await pool.transact(report, first, "complained")
        rows = await pool.transact(lambda tx: tx.rows("SELECT type, email_id, delivery_id, recipient, data FROM event"))
        assert rows == [("email.complained", email, first, "bo@example.net", {"why": "spam"})]
        assert (await pool.transact(lambda tx: tx.row("SELECT last_event FROM email"))).last_event == "complained"

    @pytest_twisted.ensureDeferred
    async def test_a_state_that_is_none(self, pool: Pool) -> None:
        """It is the caller's fault."""
        with pytest.raises(ValueError, match="no state"):
            await pool.transact(report, Ids()(), "annoyed")
