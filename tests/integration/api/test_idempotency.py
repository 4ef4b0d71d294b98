"""Idempotency keys: what is asked for with one is done once, and answered alike each time."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from tests.integration.api.conftest import Answer, House, Team

MAIL = {"from": "a@acme.example", "to": "bo@example.net", "subject": "Hi", "text": "x"}


async def mails(house: House) -> int:
    """How many mails there are."""
    rows = await house.pool.transact(lambda tx: tx.rows("SELECT count(*) AS count FROM email"))
    return int(rows[0].count)


def ask(team: Team, path: str, body: Any, key: str, **headers: str) -> Deferred[Answer]:
    return Deferred.fromCoroutine(team.ask("POST", path, body, idempotency_key=key, **headers))


class TestAKeyThatComesAgain:
    """The same answer to the same request, and no second mail; another request is refused."""

    @pytest_twisted.ensureDeferred
    async def test_the_first_answer_is_given_again(self, acme: Team, house: House) -> None:
        first = await ask(acme, "/emails", MAIL, "k")
        again = await ask(acme, "/emails", MAIL, "k")
        assert (first.status, first.body) == (again.status, again.body)
        assert again.header("content-type") == "application/json; charset=utf-8"
        assert await mails(house) == 1
        assert house.idempotency.replayed["requests"] == 1

    @pytest_twisted.ensureDeferred
    async def test_the_same_thing_written_another_way(self, acme: Team, house: House) -> None:
        first = await ask(acme, "/emails", MAIL, "k")
        other = b'{ "text":"x", "subject": "\\u0048i",\n"to" : "bo@example.net", "from":"a@acme.example"}'
        assert (await ask(acme, "/emails", other, "k")).body == first.body

    @pytest_twisted.ensureDeferred
    async def test_another_request(self, acme: Team, house: House) -> None:
        await ask(acme, "/emails", MAIL, "k")
        other = await ask(acme, "/emails", {**MAIL, "subject": "Ho"}, "k")
        assert (other.status, other.json) == (
            409,
            {
                "statusCode": 409,
                "message": "Same idempotency key used with a different request payload.",
                "name": "invalid_idempotent_request",
            },
        )
        assert await mails(house) == 1

    @pytest_twisted.ensureDeferred
    async def test_a_field_that_we_pass_over_counts_too(self, acme: Team) -> None:
        await ask(acme, "/emails", MAIL, "k")
        assert (await ask(acme, "/emails", {**MAIL, "unknown": 1}, "k")).status == 409

    @pytest_twisted.ensureDeferred
    async def test_single_and_batch_share_keys(self, acme: Team) -> None:
        await ask(acme, "/emails", MAIL, "k")
        assert (await ask(acme, "/emails/batch", [MAIL], "k")).json["name"] == "invalid_idempotent_request"

    @pytest_twisted.ensureDeferred
    async def test_teams_do_not(self, acme: Team, other: Team, house: House) -> None:
        first = await ask(acme, "/emails", MAIL, "k")
        second = await ask(other, "/emails", {**MAIL, "from": "a@other.example"}, "k")
        assert (first.status, second.status) == (200, 200)
        assert await mails(house) == 2

    @pytest_twisted.ensureDeferred
    async def test_a_batch(self, acme: Team, house: House) -> None:
        first = await ask(acme, "/emails/batch", [MAIL] * 3, "k")
        again = await ask(acme, "/emails/batch", [MAIL] * 3, "k")
        assert (first.body, len(first.json["data"])) == (again.body, 3)
        assert await mails(house) == 3

    @pytest_twisted.ensureDeferred
    async def test_a_permissive_batch_keeps_its_faults(self, acme: Team, house: House) -> None:
        batch = [MAIL, {**MAIL, "to": "nobody"}]
        first = await ask(acme, "/emails/batch", batch, "k", x_batch_validation="permissive")
        again = await ask(acme, "/emails/batch", batch, "k", x_batch_validation="permissive")
        assert first.body == again.body
        assert [fault["index"] for fault in again.json["errors"]] == [1]
        assert await mails(house) == 1

    @pytest_twisted.ensureDeferred
    async def test_after_a_day_it_is_new(self, acme: Team, house: House) -> None:
        first = await ask(acme, "/emails", MAIL, "k")
        await self._age(house, 24 * 60 - 1)
        assert (await ask(acme, "/emails", {**MAIL, "subject": "Ho"}, "k")).status == 409
        await self._age(house, 2)
        second = await ask(acme, "/emails", {**MAIL, "subject": "Ho"}, "k")
        assert second.status == 200
        assert second.body != first.body
        assert (await ask(acme, "/emails", {**MAIL, "subject": "Ho"}, "k")).body == second.body

    @pytest_twisted.ensureDeferred
    async def test_what_is_old_is_swept(self, acme: Team, house: House) -> None:
        await ask(acme, "/emails", MAIL, "old")
        await self._age(house, 24 * 60 + 1)
        await ask(acme, "/emails", MAIL, "new")
        await house.idempotency.sweep()
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT key FROM idempotency_key"))
        assert [row.key for row in rows] == ["new"]

    async def _age(self, house: House, minutes: int) -> None:
        await house.pool.transact(
            lambda tx: tx.run(
                "UPDATE idempotency_key SET created_at = created_at - %(minutes)s * interval '1 minute'",
                {"minutes": minutes},
            )
        )


class TestWhatIsNoKey:
    """1 to 256 characters."""

    @pytest.mark.parametrize("key", ["", "x" * 257])
    @pytest.mark.parametrize("path", ["/emails", "/emails/batch"])
    @pytest_twisted.ensureDeferred
    async def test_it_is_refused(self, acme: Team, house: House, key: str, path: str) -> None:
        answer = await ask(acme, path, MAIL if path == "/emails" else [MAIL], key)
        assert (answer.status, answer.json["name"]) == (400, "invalid_idempotency_key")
        assert answer.json["message"] == "The key must be between 1-256 chars."
        assert await mails(house) == 0

    @pytest_twisted.ensureDeferred
    async def test_the_longest(self, acme: Team) -> None:
        key = '"' * 255 + "\\"
        first = await ask(acme, "/emails", MAIL, key)
        assert (await ask(acme, "/emails", MAIL, key)).body == first.body


class TestWhatWouldBeRefusedToday:
    """A key's answer stands, whatever has become of what it was given for."""

    @pytest_twisted.ensureDeferred
    async def test_a_domain_that_is_gone(self, acme: Team, house: House) -> None:
        first = await ask(acme, "/emails", MAIL, "k")
        for domain in (await acme.ask("GET", "/domains")).json["data"]:
            assert (await acme.ask("DELETE", f"/domains/{domain['id']}")).status == 200
        again = await ask(acme, "/emails", MAIL, "k")
        assert (again.status, again.body) == (200, first.body)
        assert (await ask(acme, "/emails", {**MAIL, "subject": "Ho"}, "k")).json["name"] == "invalid_idempotent_request"
        assert (await ask(acme, "/emails", MAIL, "l")).status == 403
        assert await mails(house) == 1

    @pytest_twisted.ensureDeferred
    async def test_nothing_is_fetched_for_a_key_that_was_used(self, acme: Team) -> None:
        """What `path` names could not be."""
        await ask(acme, "/emails", MAIL, "k")
        fetched = {**MAIL, "attachments": [{"path": "http://127.0.0.1:1/a.pdf"}]}
        assert (await ask(acme, "/emails", fetched, "k")).json["name"] == "invalid_idempotent_request"


class TestAGroupWithAKeyThatIsNotNew:
    """The others of the group are written once, and so are those of the groups after it."""

    @pytest_twisted.ensureDeferred
    async def test_among_new_ones(self, acme: Team, house: House) -> None:
        twin = house.twin()
        there = Team(twin, acme.id, acme.key_id, acme.token)
        used = [await ask(acme, "/emails", {**MAIL, "subject": str(n)}, f"used {n}") for n in range(3)]
        for round_ in range(2):
            asked = [ask(there, "/emails", MAIL, f"new {round_} {n}") for n in range(10)]
            asked += [ask(there, "/emails", {**MAIL, "subject": str(n)}, f"used {n}") for n in range(3)]
            asked += [ask(there, "/emails", MAIL, f"newer {round_} {n}") for n in range(10)]
            answers = await gatherResults(asked)
            assert {answer.status for answer in answers} == {200}
            assert [answer.body for answer in answers[10:13]] == [answer.body for answer in used]
        assert await mails(house) == 3 + 2 * 20
        await twin.stop()


class TestWhatFailed:
    """Only what was done is kept."""

    @pytest_twisted.ensureDeferred
    async def test_a_refusal_is_not(self, acme: Team) -> None:
        assert (await ask(acme, "/emails", {**MAIL, "to": "nobody"}, "k")).status == 422
        assert (await ask(acme, "/emails", MAIL, "k")).status == 200

    @pytest_twisted.ensureDeferred
    async def test_nor_a_batch_without_one_that_is_right(self, acme: Team) -> None:
        batch = [{**MAIL, "to": "nobody"}]
        answer = await ask(acme, "/emails/batch", batch, "k", x_batch_validation="permissive")
        assert (answer.status, answer.json["data"], len(answer.json["errors"])) == (200, [], 1)
        assert (await ask(acme, "/emails", MAIL, "k")).status == 200


class TestTheSameMoment:
    """One is first; the others wait for its answer."""

    @pytest_twisted.ensureDeferred
    async def test_fifty_at_once(self, acme: Team, house: House) -> None:
        answers = await gatherResults([ask(acme, "/emails", MAIL, "k") for _ in range(50)])
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        assert await mails(house) == 1

    @pytest_twisted.ensureDeferred
    async def test_fifty_that_are_wrong(self, acme: Team, house: House) -> None:
        answers = await gatherResults([ask(acme, "/emails", {**MAIL, "to": "nobody"}, "k") for _ in range(50)])
        assert {answer.status for answer in answers} == {422}

    @pytest_twisted.ensureDeferred
    async def test_another_request_meanwhile(self, acme: Team, house: House) -> None:
        asked = [ask(acme, "/emails", {**MAIL, "subject": str(number)}, "k") for number in range(10)]
        answers = await gatherResults(asked)
        assert sorted(answer.status for answer in answers) == [200] + [409] * 9
        assert {one.json["name"] for one in answers if one.status == 409} <= {
            "concurrent_idempotent_requests",
            "invalid_idempotent_request",
        }
        assert await mails(house) == 1


class TestTwoProcesses:
    """The transaction that is second learns of the first's answer."""

    @pytest_twisted.ensureDeferred
    async def test_groups_with_the_same_keys_in_different_order(self, acme: Team, house: House) -> None:
        twin = house.twin()
        keys = [f"key {number}" for number in range(25)]
        there = Team(twin, acme.id, acme.key_id, acme.token)
        asked = [ask(acme, "/emails", {**MAIL, "subject": key}, key) for key in keys]
        asked += [ask(there, "/emails", {**MAIL, "subject": key}, key) for key in reversed(keys)]
        answers = await gatherResults(asked)
        assert {answer.status for answer in answers} == {200}
        here, other = answers[:25], answers[:24:-1]
        assert [answer.body for answer in here] == [answer.body for answer in other]
        assert await mails(house) == 25
        await twin.stop()
