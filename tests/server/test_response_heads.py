"""Heads of responses, which wait for the body, and what a connection does then, on both loops."""

import re
from typing import Any

import pytest

from tests.server.running import OnLoop, answer_lifespan, run_server
from veza.server import http_protocol

_GET = b"GET / HTTP/1.1\r\nHost: veza.test\r\n\r\n"
_CLOSE = b"GET / HTTP/1.1\r\nHost: veza.test\r\nConnection: close\r\n\r\n"


def _without_date(received: bytes) -> bytes:
    return re.sub(rb"date: [^\r]+ GMT\r\n", b"", received)


class MessagesApp:
    """Answers every request with the same messages, and raises at the end if told to."""

    def __init__(self, *messages: dict[str, Any], crashes: bool = False) -> None:
        self.messages = messages
        self.crashes = crashes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
            return
        for message in self.messages:
            await send(dict(message))
        if self.crashes:
            raise ArithmeticError


def _start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def _body(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


_LENGTH_4 = (b"content-length", b"4")
# Longer than what is sent in one piece with its head.
_LONG = 100_000


@pytest.mark.parametrize(
    ("messages", "received"),
    [
        ([_start(_LENGTH_4), _body(b"body")], b"200 OK\r\ncontent-length: 4\r\n\r\nbody"),
        (
            [_start(_LENGTH_4), _body(b"bo", more=True), _body(b"dy")],
            b"200 OK\r\ncontent-length: 4\r\n\r\nbody",
        ),
        ([_start(status=304), _body(b"")], b"304 Not Modified\r\n\r\n"),
        (
            [_start(), _body(b"body", more=True), _body(b"")],
            b"200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        ),
        (
            [_start((b"transfer-encoding", b"chunked")), _body(b"body")],
            b"200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        ),
        (
            [_start((b"content-length", b"%d" % _LONG)), _body(bytes(_LONG))],
            b"200 OK\r\ncontent-length: %d\r\n\r\n%b" % (_LONG, bytes(_LONG)),
        ),
    ],
    ids=["whole", "parts", "no body", "chunks", "announced chunks", "long"],
)
def test_a_head_is_sent_with_the_first_bytes_of_the_body(
    on_loop: OnLoop, messages: list[dict[str, Any]], received: bytes
) -> None:
    async def scenario() -> None:
        async with run_server(MessagesApp(*messages)) as running:
            both = _without_date(await running.talk(_GET, _CLOSE))
        first, second = both.split(b"HTTP/1.1 ")[1:]
        assert first == received
        assert second.replace(b"connection: close\r\n", b"") == received

    on_loop(scenario)


def test_a_response_that_closes_the_connection_does(on_loop: OnLoop) -> None:
    app = MessagesApp(_start(_LENGTH_4, (b"connection", b"close")), _body(b"body"))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET, _GET)
        assert received.count(b"HTTP/1.1 200 OK") == 1
        assert received.endswith(b"\r\n\r\nbody")

    on_loop(scenario)


def test_a_crash_before_the_body_is_an_error_for_the_client(on_loop: OnLoop) -> None:
    async def scenario() -> None:
        for app in (MessagesApp(_start(_LENGTH_4), crashes=True), MessagesApp(_start(_LENGTH_4))):
            async with run_server(app) as running:
                received = await running.talk(_GET)
            assert received.startswith(b"HTTP/1.1 500 Internal Server Error")
            assert received.count(b"HTTP/1.1") == 1

    on_loop(scenario)


def test_a_body_that_is_shorter_than_announced_ends_the_connection(on_loop: OnLoop) -> None:
    app = MessagesApp(_start(_LENGTH_4), _body(b"bod"))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET, _GET)
        assert received.endswith(b"\r\n\r\nbod")

    on_loop(scenario)


def test_responses_follow_each_other_on_a_connection(on_loop: OnLoop) -> None:
    app = MessagesApp(_start(_LENGTH_4, (b"x-kind", b"any")), _body(b"body"))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET, _GET, _CLOSE)
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-kind: any\r\n"
        kept, closed = head + b"\r\nbody", head + b"connection: close\r\n\r\nbody"
        assert _without_date(received) == kept + kept + closed
        assert received.count(b"\r\ndate: ") == 3

    on_loop(scenario)


@pytest.mark.parametrize("body", [b"", b"body"])
def test_a_head_alone_is_what_a_head_request_gets(on_loop: OnLoop, body: bytes) -> None:
    app = MessagesApp(_start(_LENGTH_4), _body(body))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET.replace(b"GET", b"HEAD"), _CLOSE)
        head, response = received.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"content-length: 4" in head
        assert response.startswith(b"HTTP/1.1 ")

    on_loop(scenario)


def test_an_old_client_is_told_that_the_connection_ends(on_loop: OnLoop) -> None:
    app = MessagesApp(_start(_LENGTH_4), _body(b"body"))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(b"GET / HTTP/1.0\r\n\r\n")
        assert received.endswith(b"connection: close\r\n\r\nbody")

    on_loop(scenario)


@pytest.mark.long
def test_an_idle_connection_is_closed(on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "KEEP_ALIVE_S", 0.1)
    app = MessagesApp(_start(_LENGTH_4), _body(b"body"))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET)
        assert received.endswith(b"\r\n\r\nbody")

    on_loop(scenario)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-name", b"a\r\nset-cookie: b"),
        (b"x-name", b"a\nb"),
        (b"x-name", b"a\x00b"),
        (b"x name", b"a"),
        (b"x-name\r\n", b"a"),
        (b"x: y", b"a"),
    ],
)
def test_a_header_that_would_begin_another_is_an_error(
    on_loop: OnLoop, name: bytes, value: bytes
) -> None:
    app = MessagesApp(_start(_LENGTH_4, (name, value)), _body(b"body"))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_CLOSE)
        assert b"set-cookie" not in received
        assert b"200 OK" not in received

    on_loop(scenario)
