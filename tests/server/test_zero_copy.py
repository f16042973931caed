"""Parts of files that the server sends by itself, on both event loops."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.infra.waiting import until
from tests.server.running import OnLoop, answer_lifespan, run_server
from veza.server import http_protocol
from veza.server.zero_copy import EXTENSION

_GET = b"GET / HTTP/1.1\r\nHost: veza.test\r\n\r\n"
_CLOSE = b"GET / HTTP/1.1\r\nHost: veza.test\r\nConnection: close\r\n\r\n"
_CONTENT = random.Random(1).randbytes(5_000_000)
_GIB = 1 << 30


class FileApp:
    """Answers every request with the bytes of `body` and the parts of a file of `parts`."""

    def __init__(self, path: Path, *parts: tuple[int, int] | bytes, length: int = 0) -> None:
        self.path = path
        self.parts = parts
        self.length = length or sum(len(p) if isinstance(p, bytes) else p[1] for p in parts)
        self.ended: list[BaseException | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
            return
        assert EXTENSION in scope["extensions"]
        headers = [(b"content-length", str(self.length).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            with self.path.open("rb") as file:
                for number, part in enumerate(self.parts, start=1):
                    has_more = number < len(self.parts)
                    await send(_message_of(file, part) | {"more_body": has_more})
        except BaseException as error:
            self.ended.append(error)
            raise
        self.ended.append(None)


def _message_of(file: Any, part: tuple[int, int] | bytes) -> dict[str, Any]:
    if isinstance(part, bytes):
        return {"type": "http.response.body", "body": part}
    return {"type": EXTENSION, "file": file, "offset": part[0], "count": part[1]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_bytes(_CONTENT)
    return made


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_every_byte_arrives_also_between_other_bytes_and_on_a_connection_that_is_kept(
    path: Path, on_loop: OnLoop
) -> None:
    before, after = b"b" * 300_000, b"a" * 300_000
    app = FileApp(path, before, (0, 4_000_000), (4_000_000, 999_999), after, (7, 100))
    body = before + _CONTENT[:4_999_999] + after + _CONTENT[7:107]

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET, _CLOSE)
        first, second, third = received.split(b"HTTP/1.1 200 OK\r\n")
        assert first == b""
        assert second.partition(b"\r\n\r\n")[2] == body
        assert third.partition(b"\r\n\r\n")[2] == body

    on_loop(scenario)
    assert app.ended == [None, None]


def test_a_slow_reader_of_a_gigabyte_needs_no_memory_and_frees_all_when_it_leaves(
    path: Path, on_loop: OnLoop
) -> None:
    os.truncate(path, _GIB)
    app = FileApp(path, *((at, 1 << 20) for at in range(0, _GIB, 1 << 20)))

    async def scenario() -> None:
        async with run_server(app) as running:
            descriptors = _descriptors()
            memory = _resident_bytes()
            clients = [await running.open(_GET) for _ in range(8)]
            for reader, _ in clients:
                await reader.readexactly(3 << 20)
            await asyncio.sleep(0.2)
            assert _resident_bytes() - memory < 48 << 20
            for _, writer in clients:
                writer.transport.abort()
            await until(lambda: len(app.ended) == len(clients))
            await until(lambda: running.connections == 0)
            await until(lambda: _descriptors() <= descriptors)

    on_loop(scenario)
    assert all(isinstance(end, asyncio.CancelledError | None) for end in app.ended)


@pytest.mark.long
def test_a_client_that_takes_nothing_is_disconnected(
    path: Path, on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "WRITE_WINDOW_S", 0.1)
    os.truncate(path, _GIB)
    app = FileApp(path, (0, _GIB))

    async def scenario() -> None:
        async with run_server(app) as running:
            _, writer = await running.open(_GET)
            await until(lambda: len(app.ended) == 1)
            await until(lambda: running.connections == 0)
            writer.close()

    on_loop(scenario)


def test_a_file_that_became_shorter_ends_the_connection_too_early(
    path: Path, on_loop: OnLoop
) -> None:
    app = FileApp(path, (0, 6_000_000))

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET)
        head, _, body = received.partition(b"\r\n\r\n")
        assert b"content-length: 6000000" in head
        assert body == _CONTENT

    on_loop(scenario)
    assert [type(end) for end in app.ended] == [EOFError]


def test_more_than_the_announced_length_is_refused(path: Path, on_loop: OnLoop) -> None:
    app = FileApp(path, (0, 2000), length=1000)

    async def scenario() -> None:
        async with run_server(app) as running:
            received = await running.talk(_GET)
        assert received.partition(b"\r\n\r\n")[2] == b""

    on_loop(scenario)
    assert [type(end) for end in app.ended] == [RuntimeError]


def test_nothing_is_sent_to_a_client_that_left_before_the_head(path: Path, on_loop: OnLoop) -> None:
    app = FileApp(path, (0, 1000))

    async def answer_late(scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "http" and (await receive())["type"] != "http.disconnect":
            pass
        await app(scope, receive, send)

    async def scenario() -> None:
        async with run_server(answer_late) as running:
            _, writer = await running.open(_GET)
            writer.close()
            await until(lambda: len(app.ended) == 1)
        assert app.ended == [None]

    on_loop(scenario)
