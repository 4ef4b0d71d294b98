"""Links in system mail: ours, for one purpose, and for one id."""

from __future__ import annotations

import pytest

from mailit.access.links import Links

ID = "01890000-0000-7000-8000-00000000000a"
LINKS = Links("s" * 32, "http://dashboard.test")


def token_of(url: str) -> str:
    return url.partition("?token=")[2]


class TestALink:
    """It leads to the dashboard, and its token says which id it is for."""

    def test_there_and_back(self) -> None:
        reset, invitation = LINKS.reset(ID), LINKS.invitation(ID)
        assert reset.startswith("http://dashboard.test/reset?token=")
        assert invitation.startswith("http://dashboard.test/invite?token=")
        assert LINKS.reset_of(token_of(reset)) == ID
        assert LINKS.invitation_of(token_of(invitation)) == ID

    def test_its_token_is_one_word_in_any_mail_client(self) -> None:
        token = token_of(LINKS.reset(ID))
        assert len(token) == 64
        assert token.replace("-", "").replace("_", "").isalnum()

    def test_one_purpose_is_not_another(self) -> None:
        assert LINKS.reset_of(token_of(LINKS.invitation(ID))) is None

    def test_another_secrets_is_not_ours(self) -> None:
        assert LINKS.reset_of(token_of(Links("t" * 32, "").reset(ID))) is None

    @pytest.mark.parametrize("change", [0, 31, 32, 63])
    def test_no_letter_of_it_can_be_another(self, change: int) -> None:
        token = token_of(LINKS.reset(ID))
        letter = "0" if token[change] != "0" else "1"
        assert LINKS.reset_of(token[:change] + letter + token[change + 1 :]) is None

    @pytest.mark.parametrize("token", ["", "x", "é" * 64, "\ud800", "0" * 32, "0" * 64, "0" * 10_000])
    def test_nonsense(self, token: str) -> None:
        assert LINKS.reset_of(token) is None
