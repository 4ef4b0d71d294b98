"""HTTP as clients meet it: what is answered, and in which words, whatever they send."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from mailit.access.settings import RateLimitSettings
from mailit.api.paging import PageQuery
from mailit.errors import MailItError, Unavailable
from mailit.plugin import Cost, Needs, RawAnswer
from tests.unit.api.conftest import KEY, Made, Thing, endpoint, make, parsed, request


class TestAnAnswer:
    """Every answer is JSON and says so, whatever it answers."""

    def test_it_has_the_status_and_type_that_were_declared(self, serve: Any) -> None:
        answer = serve(endpoint("POST", run=make, takes=Thing, status=201)).ask("POST", "/things", b'{"name":"a"}')
        assert (answer.status, answer.json) == (201, {"id": "a"})
        assert answer.headers["content-type"] == "application/json; charset=utf-8"

    def test_each_has_a_request_id_of_its_own(self, serve: Any) -> None:
        http = serve(endpoint())
        ids = {http.ask("GET", "/things").headers["x-request-id"] for _ in range(3)}
        assert len(ids) == 3

    @pytest.mark.parametrize("path", ["/nowhere", "/", "//things", "/things%", "/%ff", "/things/../things"])
    def test_a_path_that_is_none_is_404_in_resends_words(self, serve: Any, path: str) -> None:
        answer = serve(endpoint()).ask("GET", path)
        assert list(json.loads(answer.body)) == ["statusCode", "message", "name"]
        assert answer.json == {
            "statusCode": 404,
            "message": "The requested endpoint does not exist.",
            "name": "not_found",
        }
        assert answer.headers["content-type"].startswith("application/json")

    def test_a_method_that_the_path_has_not_is_405_and_names_those_it_has(self, serve: Any) -> None:
        answer = serve(endpoint(), endpoint("POST")).ask("DELETE", "/things")
        assert (answer.status, answer.json["name"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"

    def test_head_is_get_without_the_body(self, serve: Any) -> None:
        answer = serve(endpoint()).ask("HEAD", "/things")
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "12")

    def test_a_target_in_absolute_form_is_understood(self, serve: Any) -> None:
        assert serve(endpoint()).ask("GET", "http://api.test/things").status == 200

    @pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n"])
    def test_http_1_1_has_one_host(self, serve: Any, hosts: bytes) -> None:
        """RFC 9112 §3.2: of none and of two, nobody knows whom a proxy in front took it for."""
        wire = serve(endpoint()).connect()
        wire.send(b"GET /things HTTP/1.1\r\nUser-Agent: x\r\n" + hosts + b"\r\n")
        (answer,) = wire.answers()
        assert (answer.status, answer.json["message"]) == (400, "A request of HTTP/1.1 has one Host header.")

    def test_http_1_0_needs_none(self, serve: Any) -> None:
        wire = serve(endpoint()).connect()
        wire.send(b"GET /things HTTP/1.0\r\nUser-Agent: x\r\n\r\n")
        assert wire.raw().startswith(b"HTTP/1.1 401")

    @pytest.mark.parametrize(
        ("headers", "message"),
        [
            (b"X-A: " + b"a" * 20_000 + b"\r\n", "The request's line and headers have more than 16,384 bytes."),
            (b"X-A: " + b"a" * 20_000, "The request's line and headers have more than 16,384 bytes."),
            ((b"X-A: " + b"a" * 95 + b"\r\n") * 300, "The request's line and headers have more than 16,384 bytes."),
            (b"X-A: a\r\n" * 600, "The request has more than 500 headers."),
        ],
    )
    def test_too_much_of_headers_is_431(self, serve: Any, headers: bytes, message: str) -> None:
        wire = serve(endpoint()).connect()
        wire.send(b"GET /things HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\n" + headers + b"\r\n")
        (answer,) = wire.answers()
        assert (answer.status, answer.json["message"]) == (431, message)

    def test_what_is_no_http_is_400(self, serve: Any) -> None:
        wire = serve(endpoint()).connect()
        wire.send(b"NONSENSE\r\n\r\n")
        (answer,) = wire.answers()
        assert (answer.status, answer.json["name"]) == (400, "validation_error")
        assert wire.transport.disconnecting

    def test_requests_in_a_row_on_one_connection_are_answered_in_order(self, serve: Any) -> None:
        wire = serve(endpoint(path="/things/{id}")).connect()
        wire.send(request("GET", "/things/1") + request("GET", "/things/2") + request("GET", "/things/3"))
        assert [answer.json["id"] for answer in wire.answers()] == ["1", "2", "3"]


class TestAQuery:
    """Its parameters, as many as anybody needs."""

    @pytest.mark.parametrize(("count", "status"), [(100, 200), (101, 422)])
    def test_too_many_are_the_clients_fault(self, serve: Any, count: int, status: int) -> None:
        async def listed(call: Any, query: Any) -> Made:
            return Made("all")

        answer = serve(endpoint(run=listed, query=PageQuery)).ask("GET", "/things?" + "&".join(["x=1"] * count))
        assert answer.status == status
        if status == 422:
            assert answer.json["message"] == "The query has more than 100 parameters."

    def test_the_status_line_of_a_fault_has_words(self, serve: Any) -> None:
        """`curl -i` shows them: 422 is Unprocessable Entity, or Content as RFC 9110 has it."""

        async def listed(call: Any, query: Any) -> Made:
            return Made("all")

        wire = serve(endpoint(run=listed, query=PageQuery)).connect()
        wire.send(request("GET", "/things?limit=x"))
        assert wire.raw().startswith(b"HTTP/1.1 422 Unprocessable ")


class TestNamesInAPath:
    """They are decoded once, and literal segments win over them."""

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/things/d%2Bx%40e.f", "d+x@e.f"),
            ("/things/d+x@e.f", "d+x@e.f"),
            ("/things/a%2Fb", "a/b"),
            ("/things/a%252Fb", "a%2Fb"),
            ("/things/%C3%A4", "ä"),
        ],
    )
    def test_decoding(self, serve: Any, path: str, name: str) -> None:
        assert serve(endpoint(path="/things/{id}")).ask("GET", path).json == {"id": name}

    def test_a_literal_segment_wins(self, serve: Any) -> None:
        http = serve(endpoint(path="/things/{id}"), endpoint(path="/things/batch"))
        assert http.ask("GET", "/things/batch").json == {"id": "all"}

    @pytest.mark.parametrize("path", ["/things/batch", "/things/batch/"])
    def test_a_literal_segment_is_no_name_for_other_methods_either(self, serve: Any, path: str) -> None:
        http = serve(endpoint(path="/things/{id}"), endpoint("POST", "/things/batch"))
        answer = http.ask("GET", path)
        assert (answer.status, answer.json["name"], answer.headers["allow"]) == (
            405,
            "method_not_allowed",
            "OPTIONS, POST",
        )
        assert http.ask("OPTIONS", path).headers["allow"] == "OPTIONS, POST"

    @pytest.mark.parametrize("path", ["/emails/metrics", "/emails/receiving", "/emails/receiving/"])
    def test_what_resend_has_and_nobody_serves_is_not_there(self, serve: Any, path: str) -> None:
        http = serve(endpoint(path="/emails/{id}"))
        assert (http.ask("GET", path).status, http.ask("OPTIONS", path).status) == (404, 404)

    def test_until_somebody_serves_it(self, serve: Any) -> None:
        http = serve(endpoint(path="/emails/{id}"), endpoint(path="/emails/metrics"))
        assert http.ask("GET", "/emails/metrics").json == {"id": "all"}

    def test_half_a_surrogate_pair_in_utf_8_is_no_name(self, serve: Any) -> None:
        assert serve(endpoint(path="/things/{id}")).ask("GET", "/things/%ED%A0%80").status == 404


class TestABody:
    """Types are strict, unknown keys are passed over, and each fault names its field."""

    @pytest.fixture
    def http(self, serve: Any) -> Any:
        return serve(endpoint("POST", run=make, takes=Thing), endpoint("DELETE"), endpoint("GET"))

    @pytest.mark.parametrize(
        ("body", "status", "name", "message"),
        [
            (b"{}", 422, "missing_required_field", "Missing `name` field."),
            (b"", 422, "missing_required_field", "Missing `name` field."),
            (b'{"name":3}', 422, "validation_error", "Invalid `name` field. Expected a string, got an integer."),
            (b'{"name":null}', 422, "validation_error", "Invalid `name` field. Expected a string, got null."),
            (
                b'{"name":"a","tags":["b",{}]}',
                422,
                "validation_error",
                "Invalid `tags[1]` field. Expected a string, got an object.",
            ),
            (
                b'{"name":"a","kind":"middling"}',
                422,
                "validation_error",
                'Invalid `kind` field. Must be one of "large", "small".',
            ),
            (
                b'{"name":"a","kinds":[{"of":["large"]},{"of":["small","no"]}]}',
                422,
                "validation_error",
                'Invalid `kinds[1].of[1]` field. Must be one of "large", "small".',
            ),
            (
                b'{"name":"a","size":"2"}',
                422,
                "validation_error",
                "Invalid `size` field. Expected an integer, got a string.",
            ),
            (
                b"[]",
                422,
                "validation_error",
                "The request body is not as expected. Expected an object, got an array.",
            ),
            (
                b'"text"',
                422,
                "validation_error",
                "The request body is not as expected. Expected an object, got a string.",
            ),
            (b"{", 400, "validation_error", "The request body is not valid JSON."),
            (b'{"name":"a"} x', 400, "validation_error", "The request body is not valid JSON."),
            (b'{"name":"\xff"}', 400, "validation_error", "The request body is not valid JSON."),
            (b'{"x":' + b"[" * 100_000, 400, "validation_error", "The request body is not valid JSON."),
            (
                b'{"name":"\\ud800"}',
                422,
                "validation_error",
                "Invalid `name` field. It has half of a surrogate pair: no character.",
            ),
            (
                b'{"name":"a","tags":["b","\\udc00c"]}',
                422,
                "validation_error",
                "Invalid `tags[1]` field. It has half of a surrogate pair: no character.",
            ),
        ],
    )
    def test_a_fault(self, http: Any, body: bytes, status: int, name: str, message: str) -> None:
        answer = http.ask("POST", "/things", body)
        assert answer.json == {"statusCode": status, "message": message, "name": name}
        assert answer.status == status

    def test_one_that_is_compressed_is_told_so(self, http: Any) -> None:
        """It is no broken JSON, and whoever sends it learns what is taken."""
        wire = http.connect()
        wire.send(request("POST", "/things", gzip.compress(b'{"name":"a"}'), Content_Encoding="gzip"))
        (answer,) = wire.answers()
        assert (answer.status, answer.json) == (
            415,
            {
                "statusCode": 415,
                "message": "The request body has a Content-Encoding that is not taken. Send JSON as it is.",
                "name": "validation_error",
            },
        )

    @pytest.mark.parametrize(("encoding", "body", "status"), [("identity", b"{", 400), ("gzip", b'{"name":"a"}', 200)])
    def test_one_that_is_not_is_read(self, http: Any, encoding: str, body: bytes, status: int) -> None:
        wire = http.connect()
        wire.send(request("POST", "/things", body, Content_Encoding=encoding))
        assert wire.answers()[0].status == status

    def test_unknown_keys_are_passed_over(self, http: Any) -> None:
        assert http.ask("POST", "/things", b'{"id":3,"name":"a","more":{"x":[]}}').status == 200

    def test_a_whole_surrogate_pair_is_a_character(self, http: Any) -> None:
        assert http.ask("POST", "/things", b'{"name":"\\ud83d\\ude00"}').json == {"id": "\U0001f600"}

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    @pytest.mark.parametrize("body", [b"{}", b""])
    def test_what_sdks_send_where_none_is_taken(self, http: Any, method: str, body: bytes) -> None:
        assert http.ask(method, "/things", body).status == 200


class TestABodyOverTheLimit:
    """It is refused before it is buffered, the limit named, and the connection ends."""

    @pytest.fixture
    def http(self, serve: Any) -> Any:
        return serve(endpoint("POST", run=make, takes=Thing, limit=100), endpoint("POST", "/things/{id}", limit=100))

    @pytest.mark.parametrize("path", ["/things", "/things/1"])
    def test_announced_it_is_refused_by_its_headers(self, http: Any, path: str) -> None:
        wire = http.connect()
        wire.send(request("POST", path, b"x" * 101)[:-101])
        (answer,) = wire.answers()
        assert (answer.status, answer.json["name"]) == (413, "validation_error")
        assert answer.json["message"] == "The request body is larger than the limit of 100 bytes."
        assert answer.headers["connection"] == "close"
        assert wire.transport.half_closed

    def test_it_is_not_asked_for(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("POST", "/things", b"x" * 101, Expect="100-continue")[:-101])
        assert wire.raw().startswith(b"HTTP/1.1 413")

    def test_one_that_is_right_is_asked_for(self, http: Any) -> None:
        wire = http.connect()
        body = b'{"name":"a"}'
        wire.send(request("POST", "/things", body, Expect="100-continue")[: -len(body)])
        assert wire.raw() == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(body)
        assert wire.answers()[0].status == 200

    def test_unannounced_it_is_refused_by_count(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("POST", "/things", Transfer_Encoding="chunked") + b"32\r\n" + b"x" * 50 + b"\r\n")
        assert wire.raw() == b""
        wire.send(b"33\r\n" + b"x" * 51 + b"\r\n0\r\n\r\n")
        (answer,) = wire.answers()
        assert answer.status == 413

    def test_what_still_comes_is_thrown_away(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("POST", "/things", b"x" * 101))
        wire.raw()
        wire.send(request("GET", "/things"))
        assert wire.raw() == b""

    def test_the_connection_does_not_linger_for_ever(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("POST", "/things", b"x" * 101))
        http.clock.pump([1] * 8)
        assert wire.transport.aborted

    def test_at_the_limit_it_passes(self, http: Any) -> None:
        body = b'{"name":"a"' + b" " * 88 + b"}"
        assert http.ask("POST", "/things", body).status == 200

    def test_in_chunks_it_passes(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("POST", "/things", Transfer_Encoding="chunked") + b'c\r\n{"name":"a"}\r\n0\r\n\r\n')
        assert wire.answers()[0].json == {"id": "a"}

    def test_where_nothing_is_it_is_404(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("POST", "/nowhere", b"x" * 70_000)[:-70_000])
        assert wire.answers()[0].status == 404


class TestALargeBody:
    """No more than its beginning is read before it is known whose it is, and all of them together are bounded."""

    @pytest.fixture
    def http(self, serve: Any) -> Any:
        return serve(endpoint("POST", run=make, takes=Thing, limit=300 << 20))

    def begin(self, http: Any, token: str, size: int) -> Any:
        wire = http.connect()
        wire.send(request("POST", "/things", token=token, Content_Length=str(size)))
        return wire

    def test_of_somebody_unknown_it_is_refused_at_once(self, http: Any) -> None:
        (answer,) = self.begin(http, "nobody", 2 << 20).answers()
        assert (answer.status, answer.json["name"]) == (403, "invalid_api_key")

    def test_unannounced_it_is_refused_once_it_is_large(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("POST", "/things", token="nobody", Transfer_Encoding="chunked"))
        for _ in range(9):
            wire.send(b"20000\r\n" + b" " * 0x20000 + b"\r\n")
        (answer,) = wire.answers()
        assert (answer.status, answer.json["name"]) == (403, "invalid_api_key")

    def test_while_it_is_looked_up_nothing_is_read(self, http: Any) -> None:
        looked: Deferred[Any] = Deferred()

        async def identify(authorization: bytes | None) -> Any:
            return await looked

        http.api._access = SlowlyKnown(identify)
        wire = self.begin(http, "key", 2 << 20)
        assert wire.transport.producerState == "paused"
        looked.callback(KEY)
        assert wire.transport.producerState == "producing"
        assert wire.raw() == b""

    def test_of_somebody_known_it_is_read(self, http: Any) -> None:
        body = b'{"name":"a"' + b" " * (2 << 20) + b"}"
        assert http.ask("POST", "/things", body).json == {"id": "a"}
        assert http.api.site.large == 0

    def test_together_they_are_bounded(self, http: Any) -> None:
        http.api.site.large_most = 4 << 20
        piece = b" " * (1 << 18)
        wires = [self.begin(http, "key", 4 << 20) for _ in range(2)]
        for _ in range(15):
            for wire in wires:
                wire.send(piece)
        answers = [answer for wire in wires for answer in wire.answers()]
        assert [answer.status for answer in answers] == [503]
        for wire in wires:
            wire.hang_up()
        assert http.api.site.large == 0


class SlowlyKnown:
    """Stands for `Access` where nobody is known yet."""

    def __init__(self, identify: Any) -> None:
        self.identify = identify

    def known(self, authorization: bytes | None) -> None:
        return None


class TestAClientThatIsSlow:
    """Headers and bodies have deadlines; a connection that waits is ended, and none costs a timer of its own."""

    def test_headers_that_never_end(self, serve: Any) -> None:
        http = serve(endpoint())
        wire = http.connect()
        for _ in range(10):
            wire.send(b"GET /things HTTP/1.1\r\n" if not _ else b"X: 1\r\n")
            http.clock.advance(2)
        (answer,) = wire.answers()
        assert (answer.status, answer.headers["connection"]) == (408, "close")

    def test_a_body_that_drips(self, serve: Any) -> None:
        http = serve(endpoint("POST", run=make, takes=Thing))
        wire = http.connect()
        wire.send(request("POST", "/things", b"x" * 1000)[:-1000])
        for _ in range(20):
            wire.send(b"x")
            http.clock.advance(2)
        assert wire.answers()[0].status == 408

    def test_an_answer_that_takes_long_is_waited_for(self, serve: Any) -> None:
        work: Deferred[Made] = Deferred()

        async def slow(call: Any) -> Made:
            return await work

        http = serve(endpoint(run=slow))
        wire = http.connect()
        wire.send(request("GET", "/things"))
        http.clock.pump([2] * 14)
        work.callback(Made("done"))
        assert wire.answers()[0].json == {"id": "done"}

    def test_an_idle_connection_is_closed(self, serve: Any) -> None:
        http = serve(endpoint())
        wire = http.connect()
        wire.send(request("GET", "/things"))
        http.clock.pump([2] * 30)
        assert not wire.transport.disconnecting
        http.clock.pump([2] * 10)
        assert wire.transport.disconnecting

    def test_with_nobody_there_is_no_timer(self, serve: Any) -> None:
        http = serve(endpoint())
        wire = http.connect()
        assert len(http.clock.getDelayedCalls()) == 1
        wire.hang_up()
        assert http.clock.getDelayedCalls() == []

    def test_one_that_does_not_read_is_thrown_out(self, serve: Any) -> None:
        http = serve(endpoint())
        wire = http.connect()
        wire.send(request("GET", "/things"))
        wire.channel.pauseProducing()
        http.clock.pump([2] * 40)
        assert wire.transport.aborted


class TestAClientThatHangsUp:
    """What an endpoint has begun it ends; only the answer is dropped."""

    @pytest.mark.parametrize("path", ["/things", "/things/1"])
    def test_the_work_goes_on(self, serve: Any, path: str) -> None:
        work: Deferred[None] = Deferred()
        ended = []

        async def slow(call: Any) -> Made:
            await work
            ended.append(True)
            return Made("a")

        http = serve(endpoint(run=slow), endpoint(path="/things/{id}", run=slow))
        wire = http.connect()
        wire.send(request("GET", path))
        wire.hang_up()
        assert not work.called
        work.callback(None)
        assert ended == [True]

    def test_in_mid_request_nothing_is_begun(self, serve: Any) -> None:
        begun = []

        async def begin(call: Any, body: Thing) -> Made:
            begun.append(body)
            return Made("a")

        wire = serve(endpoint("POST", run=begin, takes=Thing)).connect()
        wire.send(request("POST", "/things", b'{"name":"a"}')[:-1])
        wire.hang_up()
        assert begun == []


class TestAnEndpointThatIsSlow:
    """Nobody waits for an answer for ever; what was begun goes on."""

    def test_it_is_answered_in_the_end(self, serve: Any) -> None:
        """With 503, and what the endpoint says later goes nowhere."""
        work: Deferred[None] = Deferred()

        async def slow(call: Any) -> Made:
            await work
            return Made("a")

        http = serve(endpoint(run=slow))
        wire = http.connect()
        wire.send(request("GET", "/things"))
        for _ in range(14):
            http.clock.advance(2)
        assert wire.answers() == []
        for _ in range(2):
            http.clock.advance(2)
        work.callback(None)
        assert [(answer.status, answer.json["name"]) for answer in wire.answers()] == [(503, "service_unavailable")]


class TestAnEndpointThatFails:
    """Its error is Resend's object; what nobody expected shows nothing of the inside, and is logged."""

    def failing(self, serve: Any, error: Exception) -> Any:
        async def fail(call: Any) -> Made:
            raise error

        return serve(endpoint(run=fail)).ask("GET", "/things")

    def test_unexpectedly(self, serve: Any) -> None:
        logged: list[dict[str, Any]] = []
        globalLogPublisher.addObserver(logged.append)
        try:
            answer = self.failing(serve, KeyError("password"))
        finally:
            globalLogPublisher.removeObserver(logged.append)
        assert answer.json == {
            "statusCode": 500,
            "message": "An unexpected error occurred.",
            "name": "application_error",
        }
        assert any(answer.headers["x-request-id"] == event.get("id") for event in logged)
        assert any("log_failure" in event for event in logged)

    def test_while_the_database_is_away(self, serve: Any) -> None:
        answer = self.failing(serve, Unavailable())
        assert (answer.status, answer.json["name"], answer.headers["retry-after"]) == (503, "service_unavailable", "1")

    def test_with_a_failure_of_our_own(self, serve: Any) -> None:
        assert self.failing(serve, MailItError("Nothing goes.")).json["message"] == "Nothing goes."


class TestWhoMayAsk:
    """Each endpoint says what it needs, and whoever has less is told what is wrong."""

    @pytest.mark.parametrize(
        ("needs", "token", "status", "name"),
        [
            (Needs.FULL, None, 401, "missing_api_key"),
            (Needs.FULL, "nobody", 403, "invalid_api_key"),
            (Needs.FULL, "sending", 401, "restricted_api_key"),
            (Needs.FULL, "key", 200, None),
            (Needs.FULL, "account", 200, None),
            (Needs.SENDING, "sending", 200, None),
            (Needs.SENDING, None, 401, "missing_api_key"),
            (Needs.ACCOUNT, "key", 403, "invalid_permission"),
            (Needs.ACCOUNT, "sending", 401, "restricted_api_key"),
            (Needs.ACCOUNT, "account", 200, None),
            (Needs.OPERATOR, "account", 403, "invalid_permission"),
            (Needs.OPERATOR, "key", 403, "invalid_permission"),
            (Needs.OPERATOR, "operator", 200, None),
            (Needs.NOTHING, None, 200, None),
            (Needs.NOTHING, "nobody", 200, None),
        ],
    )
    def test_needs(self, serve: Any, needs: Needs, token: str | None, status: int, name: str | None) -> None:
        answer = serve(endpoint(needs=needs)).ask("GET", "/things", token=token)
        assert (answer.status, answer.json.get("name")) == (status, name)

    def test_credentials_come_before_the_body(self, serve: Any) -> None:
        http = serve(endpoint("POST", run=make, takes=Thing))
        assert http.ask("POST", "/things", b"{", token=None).status == 401

    def test_who_does_not_say_what_he_is_is_refused(self, serve: Any) -> None:
        answer = serve(endpoint()).ask("GET", "/things", agent=None)
        assert (answer.status, answer.json["message"]) == (403, "Missing `User-Agent` header.")

    def test_probes_need_not_say(self, serve: Any) -> None:
        http = serve(endpoint(path="/healthz", needs=Needs.NOTHING, cost=Cost.NONE))
        assert http.ask("GET", "/healthz", agent=None, token=None).status == 200

    def test_the_endpoint_is_told_who_asks(self, serve: Any) -> None:
        async def who(call: Any) -> Made:
            assert call.caller == KEY
            return Made(call.team_id)

        assert serve(endpoint(run=who)).ask("GET", "/things").json == {"id": KEY.team_id}


class TestTheRateLimit:
    """Each answer has the state of its bucket; an empty one is 429 with the seconds to wait."""

    def limited(self, serve: Any, *endpoints: Any) -> Any:
        return serve(*endpoints, limits=RateLimitSettings(requests_per_second=2, auth_per_minute=3))

    def test_the_headers_count_down(self, serve: Any) -> None:
        http = self.limited(serve, endpoint())
        headers = [http.ask("GET", "/things").headers for _ in range(2)]
        assert [one["ratelimit-remaining"] for one in headers] == ["1", "0"]
        assert headers[0]["ratelimit-limit"] == "2"
        assert headers[0]["ratelimit-policy"] == "2;w=1"
        assert headers[0]["ratelimit-reset"] == "1"
        assert "retry-after" not in headers[1]

    def test_an_empty_bucket_is_429(self, serve: Any) -> None:
        http = self.limited(serve, endpoint())
        answers = [http.ask("GET", "/things") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].json["name"] == "rate_limit_exceeded"
        assert answers[2].headers["retry-after"] == "1"
        assert answers[2].headers["ratelimit-remaining"] == "0"
        http.clock.advance(0.5)
        assert http.ask("GET", "/things").status == 200

    def test_all_keys_of_a_team_share_one(self, serve: Any) -> None:
        http = self.limited(serve, endpoint(needs=Needs.SENDING))
        assert [http.ask("GET", "/things", token=token).status for token in ("key", "sending", "account")] == [
            200,
            200,
            429,
        ]

    def test_kinds_of_requests_have_their_own(self, serve: Any) -> None:
        http = self.limited(serve, endpoint(), endpoint(path="/others", cost=Cost.SEND))
        assert [http.ask("GET", path).status for path in ("/things", "/things", "/others")] == [200] * 3

    def test_public_ones_count_by_address(self, serve: Any) -> None:
        http = self.limited(serve, endpoint(needs=Needs.NOTHING, cost=Cost.AUTH))
        answers = [http.ask("GET", "/things", token=None) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == "3;w=60"
        assert answers[3].headers["retry-after"] == "20"


class TestAPageOfAnotherOrigin:
    """It may read answers where its origin is allowed, and nothing otherwise."""

    @pytest.fixture
    def http(self, serve: Any) -> Any:
        return serve(endpoint(), endpoint("POST"), cors_origins=("https://dash.test",))

    def test_an_allowed_one_may_read(self, http: Any) -> None:
        headers = http.ask("GET", "/things", Origin="https://dash.test").headers
        assert headers["access-control-allow-origin"] == "https://dash.test"
        assert headers["vary"] == "Origin"

    def test_so_may_it_read_errors(self, http: Any) -> None:
        headers = http.ask("GET", "/things", token=None, Origin="https://dash.test").headers
        assert headers["access-control-allow-origin"] == "https://dash.test"

    def test_another_may_not(self, http: Any) -> None:
        assert "access-control-allow-origin" not in http.ask("GET", "/things", Origin="https://evil.test").headers

    def test_a_preflight_is_answered_without_credentials(self, http: Any) -> None:
        answer = http.ask("OPTIONS", "/things", token=None, agent=None, Origin="https://dash.test")
        assert answer.status == 204
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"
        assert "authorization" in answer.headers["access-control-allow-headers"]

    def test_options_without_an_origin_names_the_methods(self, http: Any) -> None:
        answer = http.ask("OPTIONS", "/things")
        assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
        assert http.ask("OPTIONS", "/nowhere").status == 404


class TestARawEndpoint:
    """It gives bytes of its own type, with headers and a status of its own."""

    def raw(self, serve: Any, given: Any, **declared: Any) -> Any:
        async def give(call: Any) -> Any:
            return given

        return serve(endpoint(run=give, raw=True, gives=None, gives_type="text/plain", **declared))

    def test_bytes(self, serve: Any) -> None:
        answer = self.raw(serve, b"hello").ask("GET", "/things")
        assert (answer.body, answer.headers["content-type"]) == (b"hello", "text/plain")

    def test_a_redirection(self, serve: Any) -> None:
        given = RawAnswer(status=302, headers=(("Location", "https://a.test/"),))
        answer = self.raw(serve, given).ask("GET", "/things")
        assert (answer.status, answer.headers["location"]) == (302, "https://a.test/")

    def test_a_line_end_in_a_header_goes_nowhere(self, serve: Any) -> None:
        answer = self.raw(serve, RawAnswer(headers=(("Location", "x\r\nSet-Cookie: a=b"),))).ask("GET", "/things")
        assert answer.status == 500
        assert "set-cookie" not in answer.headers

    def test_bound_to_a_host_it_is_there_alone(self, serve: Any) -> None:
        http = self.raw(serve, b"here", host="links.test", needs=Needs.NOTHING)
        wire = http.connect()
        wire.send(request("GET", "/things").replace(b"api.test", b"LINKS.test:8080"))
        assert wire.answers()[0].body == b"here"
        assert http.ask("GET", "/things").status == 404

    def test_it_can_take_the_body_as_it_came(self, serve: Any) -> None:
        async def echo(call: Any, body: bytes) -> bytes:
            return body[::-1]

        http = serve(endpoint("POST", run=echo, raw=True, takes=bytes, gives_type="text/plain"))
        assert http.ask("POST", "/things", b"\x00abc").body == b"cba\x00"


class TestAStream:
    """It is sent as it comes, and ends with the client, with his credentials, or with us."""

    @pytest.fixture
    def pieces(self) -> list[Deferred[bytes]]:
        return [Deferred() for _ in range(5)]

    @pytest.fixture
    def http(self, serve: Any, pieces: list[Deferred[bytes]]) -> Any:
        self.ended: list[bool] = []

        async def live() -> Any:
            try:
                for piece in pieces:
                    yield await piece
            finally:
                self.ended.append(True)

        async def stream(call: Any) -> Any:
            return live()

        return serve(endpoint(run=stream, raw=True, gives_type="text/event-stream"))

    def test_each_piece_is_a_chunk(self, http: Any, pieces: list[Deferred[bytes]]) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things"))
        head = wire.raw()
        assert b"Transfer-Encoding: chunked" in head
        assert b"Content-Type: text/event-stream" in head
        pieces[0].callback(b"hello")
        assert wire.raw() == b"5\r\nhello\r\n"

    def test_it_ends_when_the_client_goes(self, http: Any, pieces: list[Deferred[bytes]]) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things"))
        wire.hang_up()
        assert self.ended == [True]

    def test_it_ends_when_the_key_is_revoked(self, http: Any, pieces: list[Deferred[bytes]]) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things"))
        wire.raw()
        http.callers.callers.clear()
        http.clock.advance(11)
        pieces[0].callback(b"secret")
        assert wire.raw() == b"0\r\n\r\n"
        assert self.ended == [True]

    def test_it_waits_for_a_client_that_does_not_read(self, http: Any, pieces: list[Deferred[bytes]]) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things"))
        wire.raw()
        wire.channel.pauseProducing()
        pieces[0].callback(b"a")
        pieces[1].callback(b"b")
        assert wire.raw() == b"1\r\na\r\n"
        wire.channel.resumeProducing()
        assert wire.raw() == b"1\r\nb\r\n"

    def test_one_that_fails_is_broken_off_and_not_ended(self, http: Any, pieces: list[Deferred[bytes]]) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things"))
        wire.raw()
        pieces[0].errback(KeyError("inside"))
        assert wire.raw() == b""
        assert wire.transport.aborted
        assert self.ended == [True]

    def test_it_ends_when_we_stop(self, http: Any) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things"))
        wire.raw()
        stopped = Deferred.fromCoroutine(http.api.stop())
        assert wire.raw() == b"0\r\n\r\n"
        assert stopped.called

    def test_the_connection_can_be_used_again(self, http: Any, pieces: list[Deferred[bytes]]) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things"))
        for piece in pieces:
            piece.callback(b"x")
        assert wire.raw().endswith(b"0\r\n\r\n")
        wire.send(request("GET", "/nowhere"))
        assert wire.answers()[0].status == 404

    def test_to_an_old_client_it_ends_with_the_connection(self, http: Any, pieces: list[Deferred[bytes]]) -> None:
        wire = http.connect()
        wire.send(request("GET", "/things").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert b"chunked" not in wire.raw()
        for piece in pieces:
            piece.callback(b"x")
        assert wire.raw() == b"xxxxx"
        assert wire.transport.disconnecting


class TestStopping:
    """What is being answered comes to its end; connections end with it."""

    def test_an_answer_under_way_is_given(self, serve: Any) -> None:
        work: Deferred[Made] = Deferred()

        async def slow(call: Any) -> Made:
            return await work

        http = serve(endpoint(run=slow))
        wire, idle = http.connect(), http.connect()
        wire.send(request("GET", "/things"))
        stopped = Deferred.fromCoroutine(http.api.stop())
        assert idle.transport.disconnecting
        assert not stopped.called
        work.callback(Made("a"))
        assert stopped.called
        answer = parsed(wire.raw())[0]
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert wire.transport.disconnecting
