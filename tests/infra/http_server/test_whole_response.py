"""Responses in one message, with a body or a part of a file, on both event loops."""

import asyncio
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.infra.http_server.running import OnLoop, answer_lifespan, run_server
from tests.infra.waiting import until
from veza.infra.http_server import http_protocol
from veza.infra.http_server.whole_response import (
    SentPart,
    can_send_files,
    encode_headers,
    send_whole,
    send_whole_file,
)

_GET = b"GET / HTTP/1.1\r\nHost: veza.test\r\n\r\n"
_CLOSE = b"GET / HTTP/1.1\r\nHost: veza.test\r\nConnection: close\r\n\r\n"
_CONTENT = random.Random(1).randbytes(5_000_000)
_HALF_GIB = 1 << 29


class WholeApp:
    """Answers every request with a body, or with the bytes of a file from `offset` on."""

    def __init__(self, body: bytes = b"", *, path: Path | None = None, count: int = 0) -> None:
        self.body = body
        self.path = path
        self.count = count
        self.offset = 1000
        self.ended: list[BaseException | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
            return
        try:
            await self._answer(scope, _completing(send))
        except BaseException as error:
            self.ended.append(error)
            raise
        self.ended.append(None)

    async def _answer(self, scope: Any, send: Any) -> None:
        length = len(self.body) if self.path is None else self.count
        headers = encode_headers([(b"content-length", b"%d" % length), (b"x-kind", b"whole")])
        if self.path is None:
            await send_whole(scope, send, 200, headers, self.body)
            return
        assert can_send_files(scope)
        with self.path.open("rb") as file:
            part = SentPart(file, self.offset, self.count)
            await send_whole_file(send, 206, headers, part)


def _completing(send: Any) -> Any:
    """Hand over the lines of the headers, as the layer does that adds those of all responses."""

    async def send_on(message: Any) -> None:
        await send(message | {"headers": message["headers"].lines})

    return send_on


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_bytes(_CONTENT)
    return made


def _without_date(received: bytes) -> bytes:
    return re.sub(rb"date: [^\r]+ GMT\r\n", b"", received)


def _apps(path: Path) -> list[tuple[WholeApp, bytes, bytes]]:
    """Return applications with the status and the body of their responses."""
    part = _CONTENT[1000:3_001_000]
    return [
        (WholeApp(b"short"), b"200 OK", b"short"),
        (WholeApp(b""), b"200 OK", b""),
        (WholeApp(_CONTENT), b"200 OK", _CONTENT),
        (WholeApp(path=path, count=len(part)), b"206 Partial Content", part),
    ]


def test_responses_follow_each_other_on_a_connection(path: Path, on_loop: OnLoop) -> None:
    async def scenario() -> None:
        for app, status, body in _apps(path):
            async with run_server(app) as running:
                received = await running.talk(_GET, _GET, _CLOSE)
            head = b"HTTP/1.1 %b\r\ncontent-length: %d\r\nx-kind: whole\r\n" % (status, len(body))
            kept, closed = head + b"\r\n" + body, head + b"connection: close\r\n\r\n" + body
            assert _without_date(received) == kept + kept + closed
            assert received.count(b"\r\ndate: ") == 3
            assert app.ended == [None] * 3

    on_loop(scenario)


def test_an_old_client_is_told_that_the_connection_ends(on_loop: OnLoop) -> None:
    async def scenario() -> None:
        async with run_server(WholeApp(b"short")) as running:
            received = await running.talk(b"GET / HTTP/1.0\r\n\r\n")
        assert received.endswith(b"connection: close\r\n\r\nshort")

    on_loop(scenario)


def test_a_client_that_takes_nothing_is_disconnected(
    path: Path, on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "WRITE_WINDOW_S", 0.1)
    os.truncate(path, _HALF_GIB)

    async def scenario() -> None:
        for app in (WholeApp(bytes(50_000_000)), WholeApp(path=path, count=_HALF_GIB - 1000)):
            async with run_server(app) as running:
                _, writer = await running.open(_GET)
                await until(lambda app=app: len(app.ended) == 1)
                await until(lambda running=running: running.connections == 0)
                writer.close()

    on_loop(scenario)


def test_a_client_that_leaves_stops_its_file(path: Path, on_loop: OnLoop) -> None:
    os.truncate(path, _HALF_GIB)
    app = WholeApp(path=path, count=_HALF_GIB - 1000)

    async def scenario() -> None:
        async with run_server(app) as running:
            reader, writer = await running.open(_GET)
            await reader.readexactly(1 << 20)
            writer.transport.abort()
            await until(lambda: len(app.ended) == 1)
            await until(lambda: running.connections == 0)

    on_loop(scenario)
    assert all(isinstance(end, asyncio.CancelledError | None) for end in app.ended)


def test_a_file_that_became_shorter_ends_the_connection_too_early(
    path: Path, on_loop: OnLoop
) -> None:
    app = WholeApp(path=path, count=6_000_000)

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET)
        head, _, body = received.partition(b"\r\n\r\n")
        assert b"content-length: 6000000" in head
        assert body == _CONTENT[1000:]

    on_loop(scenario)
    assert [type(end) for end in app.ended] == [EOFError]


def test_an_idle_connection_is_closed(on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "KEEP_ALIVE_S", 0.1)

    async def scenario() -> None:
        async with run_server(WholeApp(b"short")) as running:
            received = await running.talk(_GET)
        assert received.endswith(b"\r\n\r\nshort")

    on_loop(scenario)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-name", b"a\r\nset-cookie: b"),
        (b"x-name", b"a\nb"),
        (b"x-name", b"a\x00b"),
        (b"x name", b"a"),
        (b"x-name\r\n", b"a"),
        (b"", b"a"),
        (b",", b"a"),
        (b"x,y", b"a"),
        (b"x: y", b"a"),
    ],
)
def test_headers_that_would_begin_others_are_refused(name: bytes, value: bytes) -> None:
    for headers in ([(name, value)], [(b"a", b"b"), (name, value), (b"c", b"d")]):
        with pytest.raises(ValueError, match="can't be sent"):
            encode_headers(headers)


def test_headers_are_encoded_in_their_order() -> None:
    assert encode_headers([]).lines == b""
    pairs = [(b"a", b""), (b"b", b"x, y: z\t\xe9"), (b"a", b"1")]
    assert encode_headers(pairs).lines == b"a: \r\nb: x, y: z\t\xe9\r\na: 1\r\n"


async def test_a_server_without_the_extension_gets_two_messages() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(b"content-length", b"4")]
    await send_whole({"extensions": None}, send, 200, encode_headers(pairs), b"body")
    assert sent == [
        {"type": "http.response.start", "status": 200, "headers": pairs},
        {"type": "http.response.body", "body": b"body", "more_body": False},
    ]


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
    ],
    ids=["whole", "parts", "no body", "chunks"],
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
