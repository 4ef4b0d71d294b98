"""Accounts over HTTP: sessions, passwords, second factors, teams and invitations."""

from __future__ import annotations

import re
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from mailit.access import totp
from mailit.access.attempts import MOST
from mailit.store import teams
from tests.integration.api.conftest import Answer, House

NEW = {"email": "Ana@example.com", "password": "correct horse", "name": "Ana", "team_name": "Acme"}
LINK = re.compile(r"http://dashboard\.test/(?:reset|invite)\?token=([\w-]+)")


async def register(house: House) -> str:
    answer = await house.ask("POST", "/auth/register", NEW)
    assert answer.status == 201, answer.body
    return str(answer.json["token"])


async def login(
    house: House,
    email: str = "ana@example.com",
    password: str = "correct horse",
    x_forwarded_for: str = "127.0.0.1",
    **more: Any,
) -> Answer:
    body = {"email": email, "password": password, **more}
    return await house.ask("POST", "/auth/login", body, user_agent="phone", x_forwarded_for=x_forwarded_for)


async def wrong_tries(house: House, address: str, count: int = MOST + 1) -> Answer:
    """The answer to the last of so many wrong tries, by default one too many."""
    answers = [await login(house, password="wrong horse", x_forwarded_for=address) for _ in range(count)]
    return answers[-1]


async def founded(house: House) -> str:
    """The first account, whose team may send."""
    token = await register(house)
    assert (await house.ask("POST", "/domains", {"name": "acme.example"}, token)).status == 201
    return token


async def mails(house: House, token: str) -> list[dict[str, Any]]:
    """The mails of a team, whole, newest first."""
    ids = [one["id"] for one in (await house.ask("GET", "/emails", None, token)).json["data"]]
    return [(await house.ask("GET", f"/emails/{id_}", None, token)).json for id_ in ids]


async def mailed(house: House, token: str, count: int = 1) -> list[dict[str, Any]]:
    """The same, once there are so many."""

    async def there() -> bool:
        return len(await mails(house, token)) >= count

    await house.until(there)
    return await mails(house, token)


def token_in(text: str) -> str:
    found = LINK.search(text)
    assert found is not None, text
    return found[1]


async def invited(house: House, token: str, email: str = "bo@example.com", role: str = "member") -> str:
    """The token of an invitation."""
    answer = await house.ask("POST", "/team/invitations", {"email": email, "role": role}, token)
    assert answer.status == 201, answer.body
    return token_in(answer.json["url"])


async def joined(house: House, token: str, email: str = "bo@example.com", role: str = "member") -> tuple[str, str]:
    """Somebody who has accepted an invitation: the id of his account, and his token."""
    body = {"token": await invited(house, token, email, role), "name": "Bo", "password": "bo's password"}
    answer = await house.ask("POST", "/auth/accept-invite", body)
    assert answer.status == 201, answer.body
    return answer.json["user"]["id"], answer.json["token"]


class TestSessions:
    """One sees where one is signed in, and ends it from anywhere."""

    @pytest_twisted.ensureDeferred
    async def test_the_list(self, house: House) -> None:
        first = await register(house)
        await login(house)
        listed = (await house.ask("GET", "/auth/sessions", None, first)).json
        assert [one["current"] for one in listed["data"]] == [False, True]
        assert [one["user_agent"] for one in listed["data"]] == ["phone", "tests"]
        assert {one["address"] for one in listed["data"]} == {"127.0.0.1"}

    @pytest_twisted.ensureDeferred
    async def test_when_it_was_last_used_is_written_in_groups(self, house: House) -> None:
        token = await register(house)
        await house.ask("GET", "/auth/me", None, token)
        listed = (await house.ask("GET", "/auth/sessions", None, token)).json["data"]
        assert listed[0]["last_used_at"] is None
        await house.access.stop()
        listed = (await house.ask("GET", "/auth/sessions", None, token)).json["data"]
        assert listed[0]["last_used_at"] is not None

    @pytest_twisted.ensureDeferred
    async def test_ending_one(self, house: House) -> None:
        first = await register(house)
        second = (await login(house)).json["token"]
        assert (await house.ask("GET", "/auth/me", None, second)).status == 200
        id_ = (await house.ask("GET", "/auth/sessions", None, first)).json["data"][0]["id"]
        ended = await house.ask("DELETE", f"/auth/sessions/{id_}", None, first)
        assert ended.json == {"id": id_, "object": "session", "deleted": True}
        assert (await house.ask("GET", "/auth/me", None, second)).json["name"] == "invalid_access_token"
        assert (await house.ask("GET", "/auth/me", None, first)).status == 200
        assert (await house.ask("DELETE", f"/auth/sessions/{id_}", None, first)).status == 404

    @pytest_twisted.ensureDeferred
    async def test_ending_all_others(self, house: House) -> None:
        first = await register(house)
        others = [(await login(house)).json["token"] for _ in range(3)]
        assert (await house.ask("DELETE", "/auth/sessions", None, first)).json == {"ended": 3, "object": "session"}
        assert {(await house.ask("GET", "/auth/me", None, one)).status for one in others} == {401}
        assert (await house.ask("GET", "/auth/me", None, first)).status == 200


class TestChangingThePassword:
    """It asks for the present one, and ends every other session."""

    @pytest_twisted.ensureDeferred
    async def test_the_new_one_works_and_the_old_one_does_not(self, house: House) -> None:
        token, other = await register(house), (await login(house)).json["token"]
        body = {"current_password": "correct horse", "new_password": "battery staple"}
        assert (await house.ask("POST", "/auth/password", body, token)).status == 200
        assert (await house.ask("GET", "/auth/me", None, token)).status == 200
        assert (await house.ask("GET", "/auth/me", None, other)).status == 401
        assert (await login(house)).status == 401
        assert (await login(house, password="battery staple")).status == 200

    @pytest.mark.parametrize(
        ("current", "new", "said"),
        [
            ("wrong horse", "battery staple", "Invalid `current_password` field. It is not your password."),
            ("correct horse", "short", "Invalid `new_password` field. It must have at least 8 characters."),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong(self, house: House, current: str, new: str, said: str) -> None:
        token = await register(house)
        answer = await house.ask("POST", "/auth/password", {"current_password": current, "new_password": new}, token)
        assert (answer.status, answer.json["message"]) == (422, said)
        assert (await login(house)).status == 200

    @pytest_twisted.ensureDeferred
    async def test_another_name(self, house: House) -> None:
        token = await register(house)
        assert (await house.ask("PATCH", "/auth/me", {"name": " Ana María "}, token)).json["name"] == "Ana María"
        assert (await house.ask("GET", "/auth/me", None, token)).json["user"]["name"] == "Ana María"
        assert (await house.ask("PATCH", "/auth/me", {"name": "a\nb"}, token)).status == 422


class TestTooManyTries:
    """They are counted by what somebody says he is, alike whether or not there is such an account."""

    @pytest.mark.parametrize("email", ["ana@example.com", "nobody@example.com", "a\x00b", "\x7f" * 5000])
    @pytest_twisted.ensureDeferred
    async def test_ten_and_then_it_waits(self, house: House, email: str) -> None:
        await register(house)
        answers = [await login(house, email, "wrong horse") for _ in range(MOST)]
        assert {(answer.status, answer.json["name"]) for answer in answers} == {(401, "invalid_credentials")}
        refused = await login(house, email.upper())
        assert (refused.status, refused.json["name"]) == (429, "rate_limit_exceeded")
        assert 800 < int(refused.header("retry-after") or 0) <= 900
        house.clock_ahead = 901
        assert (await login(house, email, "wrong horse")).status == 401

    @pytest_twisted.ensureDeferred
    async def test_whoever_is_right_begins_anew(self, house: House) -> None:
        await register(house)
        for _ in range(3):
            for _ in range(MOST - 1):
                await login(house, password="wrong horse")
            assert (await login(house)).status == 200

    @pytest_twisted.ensureDeferred
    async def test_many_at_once_are_counted_too(self, house: House) -> None:
        await register(house)
        answers = await gatherResults(
            [Deferred.fromCoroutine(login(house, password=f"wrong {number}")) for number in range(25)]
        )
        assert sorted(answer.status for answer in answers) == [401] * MOST + [429] * 15

    @pytest_twisted.ensureDeferred
    async def test_another_account_is_not_touched(self, house: House) -> None:
        await register(house)
        for _ in range(MOST + 1):
            await login(house, "bo@example.com", "wrong horse")
        assert (await login(house)).status == 200

    @pytest_twisted.ensureDeferred
    async def test_counts_that_are_over_are_purged(self, house: House) -> None:
        await login(house, "bo@example.com", "wrong horse")
        house.clock_ahead = 2 * 86400
        await house.access.purge()
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT count(*) AS left FROM sign_in_attempt"))
        assert rows[0].left == 0


class TestStrangers:
    """Where an account was signed in to, tries are counted apart: nobody is locked out by somebody else."""

    @pytest_twisted.ensureDeferred
    async def test_they_lock_themselves_out(self, house: House) -> None:
        """And stay so, whoever signs in meanwhile; who comes from a new place is taken for one of them."""
        await register(house)
        assert (await wrong_tries(house, "203.0.113.9")).status == 429
        assert (await login(house)).status == 200
        assert (await login(house, x_forwarded_for="203.0.113.9")).status == 429
        assert (await login(house, x_forwarded_for="198.51.100.7")).status == 429

    @pytest_twisted.ensureDeferred
    async def test_a_place_is_known_once_one_has_signed_in_there(self, house: House) -> None:
        """In IPv6 all of a /64 is one."""
        await register(house)
        assert (await login(house, x_forwarded_for="2001:db8:0:1::7")).status == 200
        assert (await wrong_tries(house, "203.0.113.9")).status == 429
        assert (await login(house, x_forwarded_for="2001:db8:0:1:9::9")).status == 200
        assert (await login(house, x_forwarded_for="2001:db8:0:2::7")).status == 429

    @pytest_twisted.ensureDeferred
    async def test_a_known_place_has_ten_tries_too(self, house: House) -> None:
        """And where they are used up, other known places have theirs."""
        await register(house)
        await login(house, x_forwarded_for="198.51.100.7")
        assert (await wrong_tries(house, "127.0.0.1")).status == 429
        assert (await login(house)).status == 429
        assert (await login(house, x_forwarded_for="198.51.100.7")).status == 200

    @pytest_twisted.ensureDeferred
    async def test_a_place_is_forgotten(self, house: House) -> None:
        """Ninety days after the last sign-in there."""
        await register(house)
        house.clock_ahead = 91 * 86400
        await house.access.purge()
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT count(*) AS left FROM known_place"))
        assert rows[0].left == 0
        assert (await wrong_tries(house, "203.0.113.9")).status == 429
        assert (await login(house)).status == 429

    @pytest_twisted.ensureDeferred
    async def test_who_is_signed_in_has_tries_of_his_own(self, house: House) -> None:
        """To prove his password, wherever he is."""
        token = await register(house)
        house.clock_ahead = 91 * 86400
        token = (await login(house, x_forwarded_for="198.51.100.7")).json["token"]
        assert (await wrong_tries(house, "203.0.113.9")).status == 429
        change = {"current_password": "correct horse", "new_password": "correct horse 2"}
        assert (await house.ask("POST", "/auth/password", change, token)).status == 200


class TestAForgottenPassword:
    """A link by mail sets a new one, once and within the hour."""

    async def link(self, house: House, token: str, count: int = 1) -> str:
        answer = await house.ask("POST", "/auth/forgot", {"email": "ANA@example.com"})
        assert answer.status == 200
        mail = (await mailed(house, token, count))[0]
        assert mail["to"] == ["Ana@example.com"]
        assert mail["from"] == "MailIt <mailit@acme.example>"
        assert token_in(mail["html"]) == token_in(mail["text"])
        return token_in(mail["html"])

    async def reset(self, house: House, link: str, password: str = "battery staple") -> Answer:
        return await house.ask("POST", "/auth/reset", {"token": link, "password": password})

    @pytest_twisted.ensureDeferred
    async def test_from_the_mail_to_signing_in(self, house: House) -> None:
        token = await founded(house)
        link = await self.link(house, token)
        assert (await self.reset(house, link)).status == 200
        assert (await house.ask("GET", "/auth/me", None, token)).status == 401
        assert (await login(house)).status == 401
        assert (await login(house, password="battery staple")).status == 200

    @pytest_twisted.ensureDeferred
    async def test_it_is_good_once(self, house: House) -> None:
        link = await self.link(house, await founded(house))
        answers = await gatherResults([Deferred.fromCoroutine(self.reset(house, link)) for _ in range(4)])
        assert sorted(answer.status for answer in answers) == [200, 422, 422, 422]

    @pytest_twisted.ensureDeferred
    async def test_it_is_good_for_an_hour(self, house: House) -> None:
        link = await self.link(house, await founded(house))
        house.clock_ahead = 3601
        refused = await self.reset(house, link)
        assert (refused.status, "too old" in refused.json["message"]) == (422, True)

    @pytest_twisted.ensureDeferred
    async def test_a_weak_password_does_not_use_it_up(self, house: House) -> None:
        link = await self.link(house, await founded(house))
        assert (await self.reset(house, link, "short")).status == 422
        assert (await self.reset(house, link)).status == 200

    @pytest_twisted.ensureDeferred
    async def test_a_password_that_was_changed_ends_it(self, house: House) -> None:
        token = await founded(house)
        link = await self.link(house, token)
        body = {"current_password": "correct horse", "new_password": "another one"}
        assert (await house.ask("POST", "/auth/password", body, token)).status == 200
        assert (await self.reset(house, link)).status == 422

    @pytest_twisted.ensureDeferred
    async def test_it_lifts_the_wait_after_too_many_tries(self, house: House) -> None:
        link = await self.link(house, await founded(house))
        for _ in range(MOST + 1):
            await login(house, password="wrong horse")
        assert (await self.reset(house, link)).status == 200
        assert (await login(house, password="battery staple")).status == 200

    @pytest_twisted.ensureDeferred
    async def test_asking_again_and_again_sends_one_mail_a_minute(self, house: House) -> None:
        token = await founded(house)
        first = await self.link(house, token)
        for _ in range(3):
            await house.ask("POST", "/auth/forgot", {"email": "ana@example.com"})
        await house.people.recovery.stop()
        assert len(await mails(house, token)) == 1
        house.clock_ahead = 61
        second = await self.link(house, token, 2)
        assert (await self.reset(house, first)).status == 422
        assert (await self.reset(house, second)).status == 200

    @pytest_twisted.ensureDeferred
    async def test_nobody_is_told_whether_there_is_an_account(self, house: House) -> None:
        token = await founded(house)
        emails = ["ana@example.com", "nobody@example.com", "a\x00b@example.com", ""]
        answers = [await house.ask("POST", "/auth/forgot", {"email": email}) for email in emails]
        assert len({(answer.status, answer.body) for answer in answers}) == 1
        await house.people.recovery.stop()
        assert len(await mails(house, token)) == 1

    @pytest_twisted.ensureDeferred
    async def test_without_a_domain_the_link_is_kept(self, house: House) -> None:
        token = await register(house)
        await house.ask("POST", "/auth/forgot", {"email": "ana@example.com"})
        await house.people.recovery.stop()
        assert await mails(house, token) == []
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT id FROM password_reset"))
        link = house.people.recovery._links.reset(rows[0].id)
        assert (await self.reset(house, token_in(link))).status == 200

    @pytest.mark.parametrize("link", ["", "x", "0" * 64, "\x00", "é"])
    @pytest_twisted.ensureDeferred
    async def test_what_is_no_link(self, house: House, link: str) -> None:
        answer = await self.reset(house, link)
        assert (answer.status, answer.json["name"]) == (422, "validation_error")


class TestSystemMailWhereMailLeaves:
    """It is from the setup team's domain and shows in nobody's list: whoever reads a reset link has the account."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"asks_dns": True}

    @pytest_twisted.ensureDeferred
    async def test_it_is_nobodys(self, house: House) -> None:
        token = await founded(house)
        await house.pool.transact(lambda tx: tx.run("UPDATE domain SET status = 'verified'"))
        await house.ask("POST", "/auth/forgot", {"email": "ana@example.com"})
        await house.people.recovery.stop()
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT team_id, sender FROM email"))
        assert [(row.team_id, row.sender) for row in rows] == [(teams.SYSTEM, "MailIt <mailit@acme.example>")]
        assert await mails(house, token) == []
        assert b"mailit@acme.example" not in (await house.ask("GET", "/event-log", None, token)).body
        listed = (await house.ask("GET", "/operator/teams", None, token)).json["data"]
        assert [team["name"] for team in listed] == ["Acme"]

    @pytest_twisted.ensureDeferred
    async def test_it_can_go_out(self, house: House) -> None:
        """The queue finds its team and its domain when it claims it."""
        await founded(house)
        await house.pool.transact(lambda tx: tx.run("UPDATE domain SET status = 'verified'"))
        await house.ask("POST", "/auth/forgot", {"email": "ana@example.com"})
        await house.people.recovery.stop()
        from mailit.store import claims

        (row,) = await house.pool.transact(lambda tx: tx.rows("SELECT id FROM email"))
        found, withdrawn = await house.pool.transact(claims.load, [row.id])
        assert (found[row.id].return_path, withdrawn) == ("send.acme.example", {})

    @pytest_twisted.ensureDeferred
    async def test_while_no_domain_is_verified_there_is_none(self, house: House) -> None:
        token = await founded(house)
        answer = await house.ask("POST", "/team/invitations", {"email": "bo@example.com"}, token)
        assert (answer.status, answer.json["mailed"]) == (201, False)
        assert token_in(answer.json["url"])


class TestASecondFactor:
    """It is asked for once its first code was given, and each code is good once."""

    async def enrolled(self, house: House, token: str) -> tuple[bytes, list[str]]:
        made = await house.ask("POST", "/auth/totp", {"password": "correct horse"}, token)
        assert made.status == 201, made.body
        assert made.json["otpauth_url"].startswith("otpauth://totp/MailIt:Ana@example.com?secret=")
        from base64 import b32decode

        secret = b32decode(made.json["secret"])
        codes = await house.ask("POST", "/auth/totp/confirm", {"code": self.code(house, secret)}, token)
        assert codes.status == 200, codes.body
        return secret, codes.json["recovery_codes"]

    def code(self, house: House, secret: bytes) -> str:
        return totp.code(secret, int(house.clock()) // 30)

    @pytest_twisted.ensureDeferred
    async def test_signing_in(self, house: House) -> None:
        token = await register(house)
        secret, codes = await self.enrolled(house, token)
        assert len(codes) == 10
        asked = await login(house)
        assert (asked.status, asked.json["name"]) == (401, "totp_required")
        house.clock_ahead += 30
        code = self.code(house, secret)
        assert (await login(house, code=code)).status == 200
        again = await login(house, code=code)
        assert (again.status, again.json["name"]) == (401, "invalid_credentials")

    @pytest_twisted.ensureDeferred
    async def test_who_has_the_password_wrong_is_not_asked(self, house: House) -> None:
        token = await register(house)
        secret, _ = await self.enrolled(house, token)
        house.clock_ahead += 30
        answer = await login(house, password="wrong horse", code=self.code(house, secret))
        assert answer.json["message"] == "The email or the password is wrong."

    @pytest_twisted.ensureDeferred
    async def test_a_recovery_code_is_good_once(self, house: House) -> None:
        token = await register(house)
        _, codes = await self.enrolled(house, token)
        assert (await login(house, code=codes[0].upper().replace("-", " "))).status == 200
        assert (await login(house, code=codes[0])).status == 401
        state = (await house.ask("GET", "/auth/totp", None, token)).json
        assert (state["enabled"], state["recovery_codes_left"]) == (True, 9)

    @pytest_twisted.ensureDeferred
    async def test_wrong_codes_are_counted(self, house: House) -> None:
        token = await register(house)
        await self.enrolled(house, token)
        statuses = [(await login(house, code="000000")).status for _ in range(MOST + 1)]
        assert statuses == [401] * MOST + [429]

    @pytest_twisted.ensureDeferred
    async def test_before_it_is_confirmed_it_counts_for_nothing(self, house: House) -> None:
        token = await register(house)
        await house.ask("POST", "/auth/totp", {"password": "correct horse"}, token)
        refused = await house.ask("POST", "/auth/totp/confirm", {"code": "12345"}, token)
        assert (refused.status, "Invalid `code` field" in refused.json["message"]) == (422, True)
        assert (await login(house)).status == 200
        assert (await house.ask("GET", "/auth/totp", None, token)).json["enabled"] is False

    @pytest_twisted.ensureDeferred
    async def test_switching_it_off_and_on(self, house: House) -> None:
        token = await register(house)
        await self.enrolled(house, token)
        second = await house.ask("POST", "/auth/totp", {"password": "correct horse"}, token)
        assert (second.status, second.json["name"]) == (409, "validation_error")
        assert (await house.ask("DELETE", "/auth/totp", {"password": "wrong horse"}, token)).status == 422
        assert (await login(house)).json["name"] == "totp_required"
        assert (await house.ask("DELETE", "/auth/totp", {"password": "correct horse"}, token)).status == 200
        assert (await login(house)).status == 200
        assert (await house.ask("DELETE", "/auth/totp", {"password": "correct horse"}, token)).status == 422

    @pytest_twisted.ensureDeferred
    async def test_new_recovery_codes_end_the_old_ones(self, house: House) -> None:
        token = await register(house)
        _, old = await self.enrolled(house, token)
        made = await house.ask("POST", "/auth/totp/recovery-codes", {"password": "correct horse"}, token)
        assert (await login(house, code=old[0])).status == 401
        assert (await login(house, code=made.json["recovery_codes"][0])).status == 200

    @pytest_twisted.ensureDeferred
    async def test_its_secret_is_sealed(self, house: House) -> None:
        secret, codes = await self.enrolled(house, await register(house))
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT secret FROM second_factor"))
        assert secret not in bytes(rows[0].secret)
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT hash FROM recovery_code"))
        assert totp.recovery_hash(codes[0]) in [bytes(row.hash) for row in rows]


class TestAnInvitation:
    """Somebody joins by its link: with a new account, or with the one that he has."""

    @pytest_twisted.ensureDeferred
    async def test_by_mail_with_a_new_account(self, house: House) -> None:
        token = await founded(house)
        made = await house.ask("POST", "/team/invitations", {"email": "bo@example.com", "role": "admin"}, token)
        assert (made.status, made.json["mailed"], made.json["invited_by"]) == (201, True, "Ana")
        mail = (await mailed(house, token))[0]
        assert (mail["to"], mail["subject"]) == (["bo@example.com"], "Ana invites you to Acme on MailIt")
        link = token_in(mail["text"])
        assert link == token_in(made.json["url"])
        shown = (await house.ask("POST", "/auth/invitation", {"token": link})).json
        assert (shown["team"], shown["email"], shown["role"], shown["registered"]) == (
            "Acme",
            "bo@example.com",
            "admin",
            False,
        )
        body = {"token": link, "name": "Bo", "password": "bo's password"}
        answer = await house.ask("POST", "/auth/accept-invite", body)
        assert (answer.status, set(answer.json)) == (201, {"token", "user"})
        me = (await house.ask("GET", "/auth/me", None, answer.json["token"])).json
        assert (me["team"]["name"], me["role"], me["user"]["operator"]) == ("Acme", "admin", False)
        assert me["permissions"] == ["read", "send", "manage", "members"]
        assert (await house.ask("POST", "/auth/accept-invite", body)).status == 422
        assert (await house.ask("GET", "/team/invitations", None, token)).json["data"] == []

    @pytest_twisted.ensureDeferred
    async def test_with_the_account_that_he_has(self, house: House) -> None:
        ana = await register(house)
        await joined(house, ana)
        second = (await house.ask("POST", "/teams", {"name": "Second"}, ana)).json
        turned = (await house.ask("POST", "/auth/team", {"team_id": second["id"]}, ana)).json["token"]
        link = await invited(house, turned)
        assert (await house.ask("POST", "/auth/invitation", {"token": link})).json["registered"] is True
        wrong = await house.ask("POST", "/auth/accept-invite", {"token": link, "password": "wrong password"})
        assert (wrong.status, wrong.json["name"]) == (401, "invalid_credentials")
        right = await house.ask("POST", "/auth/accept-invite", {"token": link, "password": "bo's password"})
        me = (await house.ask("GET", "/auth/me", None, right.json["token"])).json
        assert (me["team"]["name"], {team["name"] for team in me["teams"]}) == ("Second", {"Acme", "Second"})

    @pytest_twisted.ensureDeferred
    async def test_withdrawn_or_over_or_in_place_of_another_it_is_worth_nothing(self, house: House) -> None:
        token = await register(house)
        first = await invited(house, token)
        second = await invited(house, token)
        assert (await house.ask("POST", "/auth/invitation", {"token": first})).status == 422
        listed = (await house.ask("GET", "/team/invitations", None, token)).json["data"]
        assert (await house.ask("DELETE", f"/team/invitations/{listed[0]['id']}", None, token)).status == 200
        assert (await house.ask("POST", "/auth/invitation", {"token": second})).status == 422
        third = await invited(house, token)
        house.clock_ahead = 7 * 86400 + 1
        assert (await house.ask("POST", "/auth/invitation", {"token": third})).status == 422

    @pytest_twisted.ensureDeferred
    async def test_many_who_accept_at_once_are_one(self, house: House) -> None:
        token = await register(house)
        body = {"token": await invited(house, token), "name": "Bo", "password": "bo's password"}
        answers = await gatherResults(
            [Deferred.fromCoroutine(house.ask("POST", "/auth/accept-invite", body)) for _ in range(5)]
        )
        assert [answer.status for answer in answers].count(201) == 1
        assert (await house.ask("GET", "/team", None, token)).json["members"] == 2

    @pytest.mark.parametrize(
        ("body", "status", "said"),
        [
            ({}, 422, "Missing `email` field."),
            ({"email": "nobody"}, 422, "Invalid `email` field"),
            ({"email": "bo@example.com", "role": "king"}, 422, "Invalid `role` field"),
            ({"email": "ANA@example.com"}, 409, "This person is in the team already."),
        ],
    )
    @pytest_twisted.ensureDeferred
    async def test_what_is_wrong(self, house: House, body: Any, status: int, said: str) -> None:
        answer = await house.ask("POST", "/team/invitations", body, await register(house))
        assert (answer.status, said in answer.json["message"]) == (status, True), answer.body

    @pytest_twisted.ensureDeferred
    async def test_an_admin_gets_nobody_in_as_an_owner(self, house: House) -> None:
        """Neither by inviting one, nor by the link of an invitation that an owner made."""
        ana = await register(house)
        _, bo = await joined(house, ana, role="admin")
        refused = await house.ask("POST", "/team/invitations", {"email": "cy@example.com", "role": "owner"}, bo)
        assert (refused.status, refused.json["name"]) == (403, "invalid_permission")
        await invited(house, ana, "boss@example.com", "owner")
        await invited(house, ana, "dee@example.com", "member")
        seen = {
            one["email"]: one["url"] for one in (await house.ask("GET", "/team/invitations", None, bo)).json["data"]
        }
        assert seen["boss@example.com"] is None
        assert seen["dee@example.com"] is not None

    @pytest_twisted.ensureDeferred
    async def test_no_more_than_a_hundred_are_open(self, house: House) -> None:
        token = await register(house)
        await house.pool.transact(
            lambda tx: tx.run(
                "INSERT INTO invitation (id, team_id, email, role, expires_at)"
                " SELECT gen_random_uuid(), team.id, n || '@example.com', 'member', now() + interval '1 day'"
                " FROM team, generate_series(1, 100) AS n"
            )
        )
        answer = await house.ask("POST", "/team/invitations", {"email": "bo@example.com"}, token)
        assert (answer.status, "Withdraw one first" in answer.json["message"]) == (422, True)

    @pytest_twisted.ensureDeferred
    async def test_a_token_that_is_none(self, house: House) -> None:
        for token in ("", "0" * 64, "\x00"):
            body = {"token": token, "name": "x", "password": "long enough"}
            assert (await house.ask("POST", "/auth/accept-invite", body)).status == 422


class TestMembers:
    """Roles are changed and people taken out by those who may, at once, and a team never loses its last owner."""

    @pytest_twisted.ensureDeferred
    async def test_a_member_is_held_to_his_role(self, house: House) -> None:
        ana = await register(house)
        _, bo = await joined(house, ana)
        assert (await house.ask("GET", "/api-keys", None, bo)).status == 200
        for method, path, body in (
            ("POST", "/api-keys", {"name": "k"}),
            ("POST", "/domains", {"name": "bo.example"}),
            ("POST", "/team/invitations", {"email": "cy@example.com"}),
            ("PATCH", "/team", {"name": "Bo's"}),
            ("GET", "/operator/teams", None),
        ):
            answer = await house.ask(method, path, body, bo)
            assert (answer.status, answer.json["name"]) == (403, "invalid_permission"), path

    @pytest_twisted.ensureDeferred
    async def test_another_role_counts_at_once(self, house: House) -> None:
        ana = await register(house)
        id_, bo = await joined(house, ana)
        assert (await house.ask("POST", "/api-keys", {"name": "k"}, bo)).status == 403
        assert (await house.ask("PATCH", f"/team/members/{id_}", {"role": "admin"}, ana)).status == 200
        assert (await house.ask("POST", "/api-keys", {"name": "k"}, bo)).status == 201
        listed = (await house.ask("GET", "/team/members", None, ana)).json["data"]
        assert [(one["name"], one["role"], one["totp"]) for one in listed] == [
            ("Ana", "owner", False),
            ("Bo", "admin", False),
        ]

    @pytest_twisted.ensureDeferred
    async def test_who_is_taken_out_is_out_at_once(self, house: House) -> None:
        ana = await register(house)
        id_, bo = await joined(house, ana)
        assert (await house.ask("GET", "/emails", None, bo)).status == 200
        assert (await house.ask("DELETE", f"/team/members/{id_}", None, ana)).status == 200
        assert (await house.ask("GET", "/emails", None, bo)).status == 401
        refused = await login(house, "bo@example.com", "bo's password")
        assert (refused.status, refused.json["message"]) == (403, "This account belongs to no team.")

    @pytest_twisted.ensureDeferred
    async def test_leaving(self, house: House) -> None:
        ana = await register(house)
        refused = await house.ask("POST", "/team/leave", b"", ana)
        assert (refused.status, "at least one owner" in refused.json["message"]) == (409, True)
        _, bo = await joined(house, ana)
        assert (await house.ask("POST", "/team/leave", b"", bo)).status == 200
        assert (await house.ask("GET", "/auth/me", None, bo)).status == 401

    @pytest_twisted.ensureDeferred
    async def test_an_admin_touches_no_owner(self, house: House) -> None:
        ana = await register(house)
        ana_id = (await house.ask("GET", "/auth/me", None, ana)).json["user"]["id"]
        bo_id, bo = await joined(house, ana, role="admin")
        for method, id_, body in (
            ("PATCH", ana_id, {"role": "member"}),
            ("DELETE", ana_id, None),
            ("PATCH", bo_id, {"role": "owner"}),
        ):
            answer = await house.ask(method, f"/team/members/{id_}", body, bo)
            assert (answer.status, answer.json["message"]) == (403, "This needs the role owner in this team.")

    @pytest_twisted.ensureDeferred
    async def test_two_owners_who_remove_each_other_leave_one(self, house: House) -> None:
        ana = await register(house)
        ana_id = (await house.ask("GET", "/auth/me", None, ana)).json["user"]["id"]
        bo_id, bo = await joined(house, ana, role="owner")
        answers = await gatherResults(
            [
                Deferred.fromCoroutine(house.ask("DELETE", f"/team/members/{bo_id}", None, ana)),
                Deferred.fromCoroutine(house.ask("DELETE", f"/team/members/{ana_id}", None, bo)),
            ]
        )
        assert [answer.status for answer in answers].count(200) == 1
        rows = await house.pool.transact(lambda tx: tx.rows("SELECT role FROM membership"))
        assert [row.role for row in rows] == ["owner"]

    @pytest_twisted.ensureDeferred
    async def test_the_team_has_a_name(self, house: House) -> None:
        ana = await register(house)
        assert (await house.ask("PATCH", "/team", {"name": "Acme & Co"}, ana)).status == 200
        shown = (await house.ask("GET", "/team", None, ana)).json
        assert (shown["object"], shown["name"], shown["members"]) == ("team", "Acme & Co", 1)
        assert (await house.ask("PATCH", "/team", {"name": " "}, ana)).status == 422


class TestSeveralTeams:
    """A session turns from one to another, and each token speaks for one of them."""

    @pytest_twisted.ensureDeferred
    async def test_turning(self, house: House) -> None:
        first = await register(house)
        made = await house.ask("POST", "/teams", {"name": "Second"}, first)
        assert (made.status, made.json["role"]) == (201, "owner")
        second = (await house.ask("POST", "/auth/team", {"team_id": made.json["id"]}, first)).json
        assert second["team"]["name"] == "Second"
        names = [
            (await house.ask("GET", "/team", None, token)).json["name"] for token in (first, second["token"], first)
        ]
        assert names == ["Acme", "Second", "Acme"]
        await house.ask("POST", "/domains", {"name": "second.example"}, second["token"])
        assert (await house.ask("GET", "/domains", None, first)).json["data"] == []

    @pytest_twisted.ensureDeferred
    async def test_it_is_one_session(self, house: House) -> None:
        first = await register(house)
        made = (await house.ask("POST", "/teams", {"name": "Second"}, first)).json
        second = (await house.ask("POST", "/auth/team", {"team_id": made["id"]}, first)).json["token"]
        assert len((await house.ask("GET", "/auth/sessions", None, second)).json["data"]) == 1
        await house.ask("POST", "/auth/logout", b"", second)
        assert (await house.ask("GET", "/team", None, first)).status == 401

    @pytest_twisted.ensureDeferred
    async def test_a_renewed_token_speaks_for_the_same_team(self, house: House) -> None:
        first = await register(house)
        made = (await house.ask("POST", "/teams", {"name": "Second"}, first)).json
        second = (await house.ask("POST", "/auth/team", {"team_id": made["id"]}, first)).json["token"]
        house.clock_ahead = 13 * 3600
        renewed = (await house.ask("GET", "/auth/me", None, second)).json["token"]
        assert (await house.ask("GET", "/team", None, renewed)).json["name"] == "Second"

    @pytest_twisted.ensureDeferred
    async def test_the_next_sign_in_goes_on_there(self, house: House) -> None:
        first = await register(house)
        made = (await house.ask("POST", "/teams", {"name": "Second"}, first)).json
        await house.ask("POST", "/auth/team", {"team_id": made["id"]}, first)
        again = (await login(house)).json["token"]
        assert (await house.ask("GET", "/team", None, again)).json["name"] == "Second"

    @pytest_twisted.ensureDeferred
    async def test_where_registration_is_not_open_the_operator_alone_makes_further_ones(self, house: House) -> None:
        _, bo = await joined(house, await register(house), role="owner")
        answer = await house.ask("POST", "/teams", {"name": "Mine"}, bo)
        assert (answer.status, answer.json["message"]) == (403, "Only the operator can make further teams here.")


class TestTheOperator:
    """He sees every team, and that is all that tells him from others."""

    @pytest_twisted.ensureDeferred
    async def test_the_list_of_teams(self, house: House) -> None:
        ana = await founded(house)
        others = [(await house.team(f"Team {number}")).id for number in range(3)]
        first = (await house.ask("GET", "/operator/teams?limit=2", None, ana)).json
        rest = (await house.ask("GET", f"/operator/teams?after={first['data'][-1]['id']}", None, ana)).json
        assert first["has_more"] is True
        found = first["data"] + rest["data"]
        assert [team["id"] for team in found][:3] == others[::-1]
        assert found[-1] | {"id": "", "created_at": ""} == {
            "id": "",
            "created_at": "",
            "name": "Acme",
            "members": 1,
            "domains": 1,
            "api_keys": 0,
        }


class TestWhatAnAccountSeesOfKeys:
    """More than a key does, whose answer is Resend's to the letter."""

    @pytest_twisted.ensureDeferred
    async def test_the_list(self, house: House) -> None:
        token = await founded(house)
        domain = (await house.ask("GET", "/domains", None, token)).json["data"][0]["id"]
        body = {"name": "k", "permission": "sending_access", "domain_id": domain}
        made = (await house.ask("POST", "/api-keys", body, token)).json
        full = (await house.ask("POST", "/api-keys", {"name": "full"}, token)).json
        seen = {one["id"]: one for one in (await house.ask("GET", "/api-keys", None, token)).json["data"]}
        one = seen[made["id"]]
        assert (one["permission"], one["domain_id"], one["created_by"]) == ("sending_access", domain, "Ana")
        assert made["token"].startswith(one["prefix"]) and len(one["prefix"]) == 11
        by_key = (await house.ask("GET", "/api-keys", None, full["token"])).json["data"][0]
        assert set(by_key) == {"id", "name", "created_at", "last_used_at"}
