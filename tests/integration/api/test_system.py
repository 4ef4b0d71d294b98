"""Health, the API's own description, and HTTP's bad days on real sockets."""

from __future__ import annotations

import socket
from typing import Any

import pytest_twisted
from twisted.internet.threads import deferToThread

from mailit.plugin import Endpoint
from tests.integration.api.conftest import House, Team


class TestHealth:
    """Alive is not ready."""

    @pytest_twisted.ensureDeferred
    async def test_alive(self, house: House) -> None:
        assert (await house.ask("GET", "/healthz")).json == {"status": "ok"}

    @pytest_twisted.ensureDeferred
    async def test_ready_and_not(self, house: House) -> None:
        assert (await house.ask("GET", "/readyz")).json == {"status": "ready"}
        house.reason = "The process is stopping."
        answer = await house.ask("GET", "/readyz")
        assert (answer.status, answer.json["message"]) == (503, "The process is stopping.")

    @pytest_twisted.ensureDeferred
    async def test_the_system(self, acme: Team) -> None:
        assert (await acme.ask("GET", "/system")).json == {
            "mode": "sandbox",
            "version": "0.0.0",
            "hostname": "mail.example.org",
        }

    @pytest_twisted.ensureDeferred
    async def test_while_the_database_is_away(self, acme: Team, house: House) -> None:
        assert (await acme.ask("GET", "/emails")).status == 200
        await house.pool.stop()
        answer = await acme.ask("GET", "/emails")
        assert (answer.status, answer.json["name"]) == (503, "service_unavailable")
        assert (await house.ask("GET", "/healthz")).status == 200
        house.pool.start()
        assert (await acme.ask("GET", "/emails")).status == 200


class TestTheDescription:
    """It is made of the declarations, so it has every route and every field."""

    @pytest_twisted.ensureDeferred
    async def test_every_route_is_in_it(self, house: House) -> None:
        document = (await house.ask("GET", "/openapi.json")).json
        shown = {(method, path) for path, some in document["paths"].items() for method in some}
        assert shown == {(one.method.lower(), one.path) for one in house.endpoints}
        ids = [one["operationId"] for some in document["paths"].values() for one in some.values()]
        assert len(set(ids)) == len(ids)

    @pytest_twisted.ensureDeferred
    async def test_every_reference_leads_somewhere(self, house: House) -> None:
        document = (await house.ask("GET", "/openapi.json")).json

        def references(value: Any) -> Any:
            if isinstance(value, dict):
                for name, one in value.items():
                    if name == "$ref":
                        yield one
                    yield from references(one)
            elif isinstance(value, list):
                for one in value:
                    yield from references(one)

        found = set(references(document))
        assert "#/components/schemas/SendEmail" in found
        for reference in found:
            assert reference.rpartition("/")[2] in document["components"]["schemas"]

    @pytest_twisted.ensureDeferred
    async def test_fields_are_those_that_are_read(self, house: House) -> None:
        schemas = (await house.ask("GET", "/openapi.json")).json["components"]["schemas"]
        assert {"from", "to", "subject", "html", "attachments", "scheduled_at"} <= set(
            schemas["SendEmail"]["properties"]
        )
        assert schemas["CreateApiKey"]["required"] == ["name"]
        assert list(schemas["Error"]["properties"]) == ["statusCode", "message", "name"]

    @pytest_twisted.ensureDeferred
    async def test_a_plugins_routes_are_in_it(self, house: House) -> None:
        async def run(call: Any) -> Any: ...

        house.endpoints.append(Endpoint("GET", "/toys/{toy_id}", None, run, summary="Shows a toy.", tag="toys"))
        document = (await house.ask("GET", "/openapi.json")).json
        assert document["paths"]["/toys/{toy_id}"]["get"]["parameters"][0]["name"] == "toy_id"

    @pytest_twisted.ensureDeferred
    async def test_people_read_it_without_a_script_or_another_host(self, house: House) -> None:
        answer = await house.ask("GET", "/docs")
        page = answer.body.decode()
        assert answer.header("content-type") == "text/html; charset=utf-8"
        assert "default-src 'none'" in (answer.header("content-security-policy") or "")
        assert "<script" not in page
        assert "http://api.test" in page
        assert page.count("src=") == 0
        for one in house.endpoints:
            assert one.name in page


class TestOnARealSocket:
    """What a client sees who sends too much, too slowly, or goes."""

    async def talk(self, house: House, *pieces: bytes) -> bytes:
        def blocking() -> bytes:
            with socket.create_connection(("127.0.0.1", house.port.getHost().port), timeout=10) as peer:
                for piece in pieces:
                    try:
                        peer.sendall(piece)
                    except OSError:
                        break
                received = b""
                while piece := peer.recv(65536):
                    received += piece
                return received

        received: bytes = await deferToThread(blocking)
        return received

    @pytest_twisted.ensureDeferred
    async def test_too_much_announced(self, acme: Team, house: House) -> None:
        head = (
            f"POST /emails HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: Bearer {acme.token}\r\n"
            f"Content-Length: {100 * 1024 * 1024}\r\n\r\n"
        )
        answer = await self.talk(house, head.encode(), *[b" " * 1_000_000] * 100)
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"limit of 50,331,648 bytes" in answer

    @pytest_twisted.ensureDeferred
    async def test_too_much_unannounced(self, house: House) -> None:
        head = b"POST /domains HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = await self.talk(house, head, *[b"186a0\r\n" + b" " * 100_000 + b"\r\n"] * 30)
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"limit of 1,000,000 bytes" in answer

    @pytest_twisted.ensureDeferred
    async def test_who_goes_at_once_has_sent_all_the_same(self, acme: Team, house: House) -> None:
        body = b'{"from":"a@acme.example","to":"b@example.net","subject":"gone","text":"x"}'
        head = (
            f"POST /emails HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: Bearer {acme.token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )

        def blocking() -> None:
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", house.port.getHost().port)) as peer:
                    peer.sendall(head.encode() + body)

        await deferToThread(blocking)

        async def all_there() -> bool:
            return len((await acme.ask("GET", "/emails?limit=100")).json["data"]) == 20

        await house.until(all_there)
