"""Requests made from the API's own description: none is answered 5xx, nor with anything that is not described.

The short form of `make fuzz`, which has schemathesis do it for as long as one likes.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
import pytest_twisted

from tests.generated import STRANGE, fault, value
from tests.integration.api.conftest import Answer, House, Team

LEFT_OUT = {"/event-log/stream", "/auth/logout", "/auth/sessions", "/auth/sessions/{session_id}"}
"""One does not end, the others end the session by which all is asked."""
ROUNDS = 20
DOCUMENT = {
    "components": {
        "schemas": {"Error": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}}
    }
}
ERROR = {"$ref": "#/components/schemas/Error"}


def ids(made: Any) -> list[str]:
    """Every id that an answer has, for paths to come."""
    if isinstance(made, dict):
        own = [made["id"]] if isinstance(made.get("id"), str) else []
        return own + [one for each in made.values() for one in ids(each)]
    return [one for each in made for one in ids(each)] if isinstance(made, list) else []


def path_of(random: Random, path: str, operation: Any, document: Any, known: dict[str, list[str]], wrong: float) -> str:
    """A path with its names and some of its query."""
    query = []
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            kind, _, rest = path.partition("{" + parameter["name"] + "}")
            of_kind = known.get(kind.strip("/").split("/")[0], []) if random.random() < 0.8 else []
            some = random.choice(of_kind or [one for every in known.values() for one in every])
            some = some if random.random() > wrong else str(random.choice(STRANGE))
            path = kind + (quote(some, safe="") or "x") + rest
        elif parameter["required"] or random.random() < 0.4:
            made = value(random, document, parameter["schema"], wrong)
            query.append(f"{parameter['name']}={quote(made if isinstance(made, str) else json.dumps(made), safe='')}")
    return f"{path}?{'&'.join(query)}" if query else path


def checked(document: Any, operation: Any, answer: Answer) -> str | None:
    """What is wrong with an answer, by the description."""
    if answer.status >= 500:
        return "5xx"
    declared = operation["responses"].get(str(answer.status))
    if declared is None and answer.status < 400:
        return "a status that is not described"
    type_ = (answer.header("content-type") or "").partition(";")[0]
    content = (declared or operation["responses"]["default"])["content"]
    if type_ not in content:
        return f"the type {type_}, which is not described"
    if type_ != "application/json":
        return None
    return fault(document, content[type_].get("schema", {}), answer.json)


class TestRequestsByTheDescription:
    """Right ones, half-right ones and nonsense, on every operation."""

    @pytest.fixture
    def house_settings(self) -> dict[str, Any]:
        return {"plugins": True}

    @pytest.mark.parametrize("wrong", [0.02, 0.3])
    @pytest_twisted.ensureDeferred
    async def test_none_is_answered_5xx_or_undeclared(self, house: House, acme: Team, wrong: float) -> None:
        random = Random(f"mailit {wrong}")
        document = (await house.ask("GET", "/openapi.json")).json
        kept = await house.passwords.hash("correct horse battery")
        sent = await acme.send()
        known = {"emails": [sent.json["id"]], "domains": [str(acme.domain_id)], "others": [house.ids()]}
        operations = [
            (method, path, operation)
            for path, some in document["paths"].items()
            for method, operation in some.items()
            if path not in LEFT_OUT
        ]
        faults, done = [], set()
        for turn in range(ROUNDS):
            # Anew, because who asks everything ends his own session, too, and revokes the key that he asks by.
            _, owner = await house.member(acme.id, "owner", f"op{turn}@acme.example", kept)
            await house.pool.transact(lambda tx: tx.run("UPDATE account SET operator = true"))
            key = (await house.ask("POST", "/api-keys", {"name": "fuzz"}, owner)).json["token"]
            random.shuffle(operations)
            for method, path, operation in operations:
                target = path_of(random, path, operation, document, known, wrong)
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                body = None if content is None else json.dumps(value(random, document, content["schema"], wrong))
                raw = None if body is None else body.encode()
                token = owner if random.random() < 0.6 else key
                answer = await house.ask(method.upper(), target, raw, token)
                wrong_with = checked(document, operation, answer)
                if wrong_with is not None:
                    faults.append(
                        (method, target[:200], (body or "")[:300], answer.status, wrong_with, answer.body[:200])
                    )
                if answer.status < 300:
                    done.add((method, path))
                    if (answer.header("content-type") or "").startswith("application/json") and "openapi" not in path:
                        kind = path.strip("/").split("/")[0]
                        known[kind] = [*known.get(kind, []), *ids(answer.json)][-30:]
        assert faults == []
        assert len(done) > (15 if wrong > 0.1 else 45), sorted(done)


class TestTheCheck:
    """It sees what it is there to see."""

    @pytest.mark.parametrize("value_", [{}, {"name": 1}, {"name": "a", "more": 1}, [], None])
    def test_what_does_not_conform(self, value_: Any) -> None:
        assert fault(DOCUMENT, ERROR, value_)

    def test_what_conforms(self) -> None:
        assert fault(DOCUMENT, ERROR, {"name": "a"}) is None
