"""`POST /emails` without a database: where its work is done, and that nobody can cut it short."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, maybeDeferred

from mailit.api.drafts import draft_of
from mailit.api.routes.emails import EmailRoutes
from mailit.draft import Draft
from mailit.interfaces import Accepted
from mailit.plugin import endpoints
from tests.unit.api.conftest import request

MAIL: dict[str, Any] = {"from": "a@acme.example", "to": "b@example.net", "subject": "Hi", "text": "x"}


@define
class Door:
    """Takes drafts, and answers when the test says."""

    drafts: list[Draft] = field(factory=list)
    answers: list[Deferred[Accepted]] = field(factory=list)

    def submit(self, draft: Draft, once: Any = None) -> Deferred[Accepted]:
        self.drafts.append(draft)
        self.answers.append(Deferred())
        return self.answers[-1]

    def answer(self, id_: str) -> None:
        self.answers[-1].callback(Accepted(id_, self.drafts[-1]))


class TestWhereTheWorkIsDone:
    """What is attached is decoded in a thread where it is large, and at once where it is not."""

    @pytest.mark.parametrize(("size", "in_thread"), [(1000, False), (500_000, True)])
    def test_by_size(self, serve: Any, size: int, in_thread: bool) -> None:
        threaded = []

        def run(function: Any, *args: Any) -> Any:
            threaded.append(function)
            return maybeDeferred(function, *args)

        door = Door()
        http = serve(*endpoints(EmailRoutes(None, door, run, None, None)))  # type: ignore[arg-type]
        wire = http.connect()
        body = json.dumps({**MAIL, "attachments": [{"content": "QUJD" * (size // 4)}]}).encode()
        wire.send(request("POST", "/emails", body))
        door.answer("x")
        assert wire.answers()[0].json == {"id": "x"}
        assert (draft_of in threaded) == in_thread
        assert door.drafts[0].content.attachments[0].content == b"ABC" * (size // 4)


class TestAClientThatHangsUpWhileItIsWritten:
    """The mail is written all the same: its Deferred is not cancelled."""

    def test_the_submission_goes_on(self, serve: Any) -> None:
        door = Door()
        http = serve(*endpoints(EmailRoutes(None, door, maybeDeferred, None, None)))  # type: ignore[arg-type]
        wire = http.connect()
        wire.send(request("POST", "/emails", json.dumps(MAIL).encode()))
        wire.hang_up()
        assert not door.answers[0].called
        stopped = Deferred.fromCoroutine(http.api.stop())
        assert not stopped.called
        door.answer("x")
        assert stopped.called
