"""What one client can cost the server: connections, time and memory are bounded."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.infra.waiting import until
from tests.server.running import (
    NO_LIMITS,
    Running,
    answer_lifespan,
    read_to_end,
    run_server,
    shake_hands,
)
from veza.server import http_protocol, websocket_protocol
from veza.server.config import (
    MAX_HEAD_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_PIPELINED,
    MAX_VALUE_BYTES,
)
from veza.server.limits import ConnectionDecision, ConnectionLimits, ConnectionTable
from veza.server.sockets import bind
from veza.server.websocket_protocol import EXTENSION, encode_text

_GET = b"GET %b HTTP/1.1\r\nHost: veza.test\r\n\r\n"


class App:
    """Answers `/`, sends a long body at `/long`, and echoes WebSocket messages."""

    def __init__(self) -> None:
        self.started = 0
        self.cancelled = 0
        self.disconnected: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._echo(scope, receive, send)
        else:
            self.started += 1
            await self._answer(scope["path"], receive, send)

    async def _answer(self, path: str, receive: Any, send: Any) -> None:
        has_more = True
        while has_more:
            has_more = (await receive()).get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while path == "/long":
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        await send({"type": "http.response.body", "body": path.encode()})

    async def _echo(self, scope: Any, receive: Any, send: Any) -> None:
        wire = scope["extensions"][EXTENSION]
        await receive()
        await send({"type": "websocket.accept"})
        if scope["path"] == "/long":
            wire.write_encoded(encode_text(b"x" * 20_000_000))
            return
        while (message := await receive())["type"] == "websocket.receive":
            wire.write_encoded(encode_text(message["text"].encode()))
        self.disconnected.append(message["code"])


@asynccontextmanager
async def _running(
    limits: ConnectionLimits = NO_LIMITS, health: socket.socket | None = None
) -> AsyncIterator[Running]:
    async with run_server(App(), limits, health) as running:
        yield running


async def test_an_address_holds_so_many_connections_and_more_are_told_so() -> None:
    async with _running(ConnectionLimits(total=0, per_address=3)) as running:
        held = [await running.open(b"GET") for _ in range(3)]
        refusal = await running.talk()
        assert refusal.startswith(b"HTTP/1.1 429 ")
        assert b'"code":"too_many_connections"' in refusal

        held[0][1].close()
        await until(lambda: running.connections == 2)
        assert b" 200 " in await running.talk(
            _GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % b"/"
        )
        for _, writer in held:
            writer.close()


async def test_the_total_is_bounded_and_health_checks_still_get_through() -> None:
    health = bind("127.0.0.1", 0)
    async with _running(ConnectionLimits(total=2, per_address=0), health) as running:
        held = [await running.open(b"GET") for _ in range(2)]
        assert (await running.talk()).startswith(b"HTTP/1.1 503 ")

        running.port = health.getsockname()[1]
        assert (await running.talk(_GET % b"/api/v1/health")).endswith(
            b"/api/v1/health\r\n0\r\n\r\n"
        )
        assert (await running.talk(_GET % b"/api/v1/tracks")).startswith(b"HTTP/1.1 404 ")
        for _, writer in held:
            writer.close()


def test_ipv6_counts_by_its_64_and_proxies_count_in_the_total_only() -> None:
    limits = ConnectionLimits(total=5, per_address=1, exempt=[ip_network("10.0.0.0/8")])
    table = ConnectionTable(limits)
    assert table.admit("fd00:1::1") is ConnectionDecision.ADMITTED
    assert table.admit("fd00:1::2") is ConnectionDecision.TOO_MANY_OF_ADDRESS
    assert table.admit("fd00:1:0:1::1") is ConnectionDecision.ADMITTED
    assert [table.admit("10.0.0.1") for _ in range(3)] == [ConnectionDecision.ADMITTED] * 3
    assert table.admit("10.0.0.1") is ConnectionDecision.TOO_MANY
    table.release("fd00:1::1")
    assert table.admit("fd00:1::2") is ConnectionDecision.ADMITTED


@pytest.mark.long
@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nX: ", b"G"])
async def test_a_head_has_to_arrive_in_time(monkeypatch: Any, sent: bytes) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_TIMEOUT_S", 0.1)
    async with _running() as running:
        assert (await running.talk(sent)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.long
async def test_the_second_head_of_a_connection_has_to_arrive_in_time_too(monkeypatch: Any) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_TIMEOUT_S", 0.5)
    async with _running() as running:
        for second in (b"GET / HTTP/1.1\r\nX: ", b"\r\n"):
            reader, writer = await running.open(_GET % b"/")
            assert (await reader.readuntil(b"0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            writer.write(second)
            assert (await read_to_end(reader)).startswith(b"HTTP/1.1 408 ")
            writer.close()
        answers = await running.talk(_GET % b"/", b"GET / HTTP/1.1\r\nX: ")
        assert answers.count(b"HTTP/1.1 200 ") == answers.count(b"HTTP/1.1 408 ") == 1


@pytest.mark.parametrize(
    "headers",
    [b"X: " + b"a" * (4 * MAX_HEAD_BYTES), b"X: a\r\n" * 1000, b"X: a" * 100_000],
    ids=["long", "many", "endless"],
)
async def test_a_head_has_a_size(headers: bytes) -> None:
    async with _running() as running:
        answer = await running.talk(b"GET / HTTP/1.1\r\n", headers)
        # Where more was on its way, the refusal may be lost with the connection.
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
        assert running.app.started == 0


async def test_each_header_has_a_size() -> None:
    async with _running() as running:
        for size, status in ((MAX_VALUE_BYTES, b"200"), (MAX_VALUE_BYTES + 1, b"431")):
            head = b"GET / HTTP/1.1\r\nConnection: close\r\nRange: " + b"x" * size + b"\r\n\r\n"
            assert (await running.talk(head)).startswith(b"HTTP/1.1 " + status)


@pytest.mark.long
@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"veza.test:8080", 200),
        (b"veza_app", 200),
        (b"[::1]:80", 200),
        (b"", 200),
        # URLs are made of it, whose parts can't be read.
        (b"[x", 400),
        (b"veza.test:http", 400),
        (b"veza.test:70000", 400),
        (b"a b", 400),
        (b"veza.test ", 200),
        (b"veza.test/x", 400),
        ("vez\N{FULLWIDTH SOLIDUS}".encode(), 400),
    ],
)
async def test_a_host_that_is_none_is_refused(host: bytes, status: int) -> None:
    async with _running() as running:
        head = b"GET / HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n"
        assert (await running.talk(head)).startswith(b"HTTP/1.1 %d " % status)


async def test_a_request_line_that_comes_in_parts_has_a_size() -> None:
    async with _running() as running:
        reader, writer = await running.open(b"GET /")
        with suppress(ConnectionError):
            for _ in range(100):
                writer.write(b"a" * 1000)
                await writer.drain()
                await asyncio.sleep(0)
        answer = await read_to_end(reader)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
        assert running.app.started == 0
        writer.close()


@pytest.mark.parametrize(
    "flood", [b"1;a=b\r\nx\r\n" * 50_000, b"0\r\nX: " + b"a" * 500_000], ids=["chunks", "trailer"]
)
async def test_the_framing_of_a_body_may_not_outweigh_it(flood: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: veza.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with _running() as running:
        _, writer = await running.open(head, flood)
        with suppress(ConnectionError):
            await writer.drain()
        if flood.startswith(b"0"):
            await until(lambda: running.connections == 0)
        writer.close()


async def test_so_many_requests_may_be_sent_ahead() -> None:
    async with _running() as running:
        await running.talk(_GET % b"/", *[_GET % b"/"] * (MAX_PIPELINED * 10))
        assert running.app.started <= MAX_PIPELINED + 1


async def test_a_response_that_is_not_taken_is_given_up(monkeypatch: Any) -> None:
    monkeypatch.setattr(http_protocol, "WRITE_WINDOW_S", 0.1)
    async with _running() as running:
        _, writer = await running.open(_GET % b"/long")
        await until(lambda: running.app.started == 1)
        await until(lambda: running.connections == 0)
        await until(lambda: running.app.cancelled == 1)
        writer.close()


async def test_a_response_stops_when_its_client_leaves(caplog: Any) -> None:
    async with _running() as running:
        reader, writer = await running.open(_GET % b"/long")
        await reader.readexactly(100_000)
        writer.transport.abort()
        await until(lambda: running.app.cancelled == 1)
    # It happens each time that a listener seeks: nothing is wrong.
    assert caplog.records == []


async def test_a_message_beyond_the_limit_is_refused_by_its_announced_length() -> None:
    async with _running() as running:
        reader, writer = await shake_hands(running)
        # 15 MiB are announced, and none of them sent.
        writer.write(b"\x01\xff" + (15 << 20).to_bytes(8) + b"\0\0\0\0")
        assert await _close_code(reader) == 1009
        writer.close()


@pytest.mark.parametrize(
    ("size", "count"), [(MAX_MESSAGE_BYTES // 2, 3), (0, 1000)], ids=["large", "empty"]
)
async def test_the_parts_of_a_message_are_bounded_together(size: int, count: int) -> None:
    part = (b"\xfe" + size.to_bytes(2) if size else b"\x80") + b"\0\0\0\0" + b"a" * size
    async with _running() as running:
        reader, writer = await shake_hands(running)
        writer.write(b"\x01" + part + (b"\x00" + part) * (count - 1))
        assert await _close_code(reader) == 1009
        writer.close()


@pytest.mark.long
async def test_answers_to_pings_that_nobody_takes_do_not_pile_up() -> None:
    async with _running() as running:
        _, writer = await shake_hands(running)
        ping = b"\x89\xfd\0\0\0\0" + b"a" * 125
        # The system's own buffers take a few megabytes; what the server holds stays small.
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                for _ in range(400):
                    writer.write(ping * 1000)
                    await writer.drain()
        (held,) = running.server.server_state.connections
        assert held.transport.get_write_buffer_size() < 1024 * 1024
        writer.transport.abort()


@pytest.mark.long
async def test_a_socket_that_answers_no_ping_is_closed(monkeypatch: Any) -> None:
    async with _running() as running:
        running.server.config.ws_ping_interval = running.server.config.ws_ping_timeout = 0.5
        reader, writer = await shake_hands(running)
        lively = await connect(f"ws://127.0.0.1:{running.port}/")
        assert await _close_code(reader) == 1011
        await lively.send("still here")
        assert await lively.recv() == "still here"
        await lively.close()
        writer.close()


@pytest.mark.long
async def test_a_closed_socket_whose_client_takes_nothing_is_dropped(monkeypatch: Any) -> None:
    monkeypatch.setattr(websocket_protocol, "CLOSE_TIMEOUT_S", 0.1)
    async with _running() as running:
        _, writer = await shake_hands(running, "/long")
        writer.transport.pause_reading()
        await until(lambda: running.connections == 0)
        writer.transport.abort()


async def test_sockets_are_told_to_connect_again_when_the_server_stops() -> None:
    async with _running() as running:
        client = await connect(f"ws://127.0.0.1:{running.port}/")
        reader, writer = await shake_hands(running)
        running.server.stop()
        assert await _close_code(reader) == 1012
        # The application is told at once, also of a client that does not answer.
        await until(lambda: running.app.disconnected == [1012, 1012])
        writer.close()
    with pytest.raises(ConnectionClosed):
        await client.recv()
    assert client.close_code == 1012


async def test_a_socket_keeps_its_place_among_the_connections_of_its_address() -> None:
    async with _running(ConnectionLimits(total=0, per_address=1)) as running:
        client = await connect(f"ws://127.0.0.1:{running.port}/")
        assert (await running.talk()).startswith(b"HTTP/1.1 429 ")
        await client.close()
        await until(lambda: running.connections == 0)
        again = await connect(f"ws://127.0.0.1:{running.port}/")
        await again.close()


async def _close_code(reader: asyncio.StreamReader) -> int:
    """Read frames up to the close frame, and return its code."""
    async with asyncio.timeout(28):
        while True:
            kind, length = await reader.readexactly(2)
            payload = await reader.readexactly(length)
            if kind == 0x88:
                return int.from_bytes(payload[:2])
