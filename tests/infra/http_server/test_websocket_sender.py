"""Sending to one client: in order, with a bound, and without anybody waiting."""

import asyncio
from typing import Any

from msgspec import Struct
from structlog.testing import capture_logs

from veza.infra.http_server.websocket_protocol import encode_text
from veza.infra.http_server.websocket_sender import (
    MAX_BYTES,
    MAX_FRAMES,
    CloseCode,
    Frame,
    WebSocketSender,
    frame_of,
    make_frame,
)


class Client:
    """Stands for the connection: takes up to `room` frames at once, and more when it reads."""

    def __init__(self, room: int) -> None:
        self.taken: list[bytes] = []
        self.closed_with: dict[str, Any] | None = None
        self._room = room
        self._left = room
        self._has_room = asyncio.Event()
        self._has_room.set()

    @property
    def is_writable(self) -> bool:
        return self._has_room.is_set()

    async def wait_until_writable(self) -> None:
        await self._has_room.wait()

    def write_encoded(self, frame: bytes) -> None:
        assert self.is_writable
        self.taken.append(frame)
        self._left -= 1
        if not self._left:
            self._has_room.clear()

    async def send(self, message: dict[str, Any]) -> None:
        self.closed_with = message

    async def read(self) -> None:
        """Take all that was sent so far."""
        self._left = self._room
        self._has_room.set()
        for _ in range(5):
            await asyncio.sleep(0)


ROOM = 32


def _open(room: int = ROOM) -> tuple[Client, WebSocketSender]:
    client = Client(room)
    return client, WebSocketSender(client.send, client)


def _frames(count: int) -> list[Frame]:
    return [frame_of(str(number).encode()) for number in range(count)]


async def _never() -> None:
    await asyncio.Event().wait()


async def test_frames_are_written_at_once_while_the_client_takes_them() -> None:
    client, outlet = _open()
    frames = _frames(ROOM + 10)
    for frame in frames:
        outlet.put(frame)

    assert client.taken == [frame.data for frame in frames[:ROOM]]


async def test_waiting_frames_follow_in_order_as_the_client_reads() -> None:
    client, outlet = _open()
    serving = asyncio.create_task(outlet.serve(_never()))
    frames = _frames(300)
    for frame in frames:
        outlet.put(frame)
    while len(client.taken) < len(frames):
        before = len(client.taken)
        await client.read()
        assert before < len(client.taken) <= before + ROOM
    await client.read()
    outlet.put(frame_of(b"last"))

    assert client.taken == [*(frame.data for frame in frames), encode_text(b"last")]
    outlet.end(1000, "")
    await serving


async def test_a_slow_reader_is_cut_off_beyond_so_many_frames() -> None:
    _, outlet = _open()
    for frame in _frames(ROOM + MAX_FRAMES):
        outlet.put(frame)
    assert outlet.ending is None

    outlet.put(frame_of(b"one more"))

    assert outlet.ending is not None
    assert outlet.ending.code == CloseCode.TRY_LATER


async def test_a_slow_reader_is_cut_off_beyond_so_many_bytes() -> None:
    _, outlet = _open(room=1)
    large = frame_of(b"x" * (MAX_BYTES // 4 - 100))
    for _ in range(1 + 4):
        outlet.put(large)
    assert outlet.ending is None

    outlet.put(large)

    assert outlet.ending is not None
    assert outlet.ending.code == CloseCode.TRY_LATER


async def test_after_the_end_only_the_reason_is_sent() -> None:
    client, outlet = _open()
    serving = asyncio.create_task(outlet.serve(_never()))
    for frame in _frames(200):
        outlet.put(frame)
    outlet.end(4400, "Enough.")
    outlet.end(4401, "Too late to matter.")
    outlet.put(frame_of(b"unheard"))
    await serving
    await outlet.close()

    assert len(client.taken) == ROOM
    assert client.closed_with == {"type": "websocket.close", "code": 4400, "reason": "Enough."}


async def test_a_sender_of_many_frames_waits_until_none_waits() -> None:
    client, outlet = _open()
    serving = asyncio.create_task(outlet.serve(_never()))
    await outlet.wait_for_space()
    for frame in _frames(ROOM + 1):
        outlet.put(frame)
    waiting = asyncio.create_task(outlet.wait_for_space())
    await asyncio.sleep(0)
    assert not waiting.done()

    await client.read()

    await waiting
    outlet.end(1000, "")
    await serving


async def test_the_end_frees_a_waiting_sender() -> None:
    _, outlet = _open()
    for frame in _frames(ROOM + 1):
        outlet.put(frame)
    waiting = asyncio.create_task(outlet.wait_for_space())
    await asyncio.sleep(0)

    outlet.end(1000, "")

    await waiting


async def test_a_socket_that_is_closed_already_is_sent_nothing_more() -> None:
    client, outlet = _open()
    serving = asyncio.create_task(outlet.serve(_never()))
    outlet.note_closed(CloseCode.GONE)
    outlet.put(frame_of(b"unheard"))
    await serving
    await outlet.close()

    assert client.taken == []
    assert client.closed_with is None


async def test_a_message_is_encoded_once_as_an_unmasked_text_frame() -> None:
    class Word(Struct, frozen=True):
        said: str

    text = '{"said":"Grüße"}'.encode()
    assert make_frame(Word("Grüße")).data == bytes([0x81, len(text)]) + text


async def test_a_crash_is_logged_and_closes_the_socket() -> None:
    async def crash() -> None:
        raise KeyError("nowhere")

    client, outlet = _open()
    with capture_logs() as logs:
        await outlet.serve(crash())
    await outlet.close()

    assert [entry["event"] for entry in logs] == ["socket_crashed"]
    assert client.closed_with is not None
    assert client.closed_with["code"] == CloseCode.CRASHED
