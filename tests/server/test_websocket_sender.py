"""Sending to one client: in order, bounded, and without waiting."""

import asyncio
from typing import Any

from msgspec import Struct
from structlog.testing import capture_logs

from veza.server.websocket_protocol import encode_text
from veza.server.websocket_sender import (
    MAX_QUEUED_BYTES,
    MAX_QUEUED_FRAMES,
    CloseCode,
    Frame,
    WebSocketSender,
    make_frame,
    wrap_text,
)


class Client:
    """A connection that accepts up to `room` frames at once, and more when it reads."""

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
    return [wrap_text(str(number).encode()) for number in range(count)]


async def _never() -> None:
    await asyncio.Event().wait()


async def test_frames_are_written_at_once_while_the_client_takes_them() -> None:
    client, sender = _open()
    frames = _frames(ROOM + 10)
    for frame in frames:
        sender.send(frame)

    assert client.taken == [frame.data for frame in frames[:ROOM]]


async def test_queued_frames_are_sent_in_order() -> None:
    client, sender = _open()
    serving = asyncio.create_task(sender.run(_never()))
    frames = _frames(300)
    for frame in frames:
        sender.send(frame)
    while len(client.taken) < len(frames):
        before = len(client.taken)
        await client.read()
        assert before < len(client.taken) <= before + ROOM
    await client.read()
    sender.send(wrap_text(b"last"))

    assert client.taken == [*(frame.data for frame in frames), encode_text(b"last")]
    sender.request_close(1000, "")
    await serving


async def test_too_many_queued_frames_close_the_socket() -> None:
    _, sender = _open()
    for frame in _frames(ROOM + MAX_QUEUED_FRAMES):
        sender.send(frame)
    assert sender.close_reason is None

    sender.send(wrap_text(b"one more"))

    assert sender.close_reason is not None
    assert sender.close_reason.code == CloseCode.TRY_AGAIN_LATER


async def test_too_many_queued_bytes_close_the_socket() -> None:
    _, sender = _open(room=1)
    large = wrap_text(b"x" * (MAX_QUEUED_BYTES // 4 - 100))
    for _ in range(1 + 4):
        sender.send(large)
    assert sender.close_reason is None

    sender.send(large)

    assert sender.close_reason is not None
    assert sender.close_reason.code == CloseCode.TRY_AGAIN_LATER


async def test_after_a_requested_close_only_the_reason_is_sent() -> None:
    client, sender = _open()
    serving = asyncio.create_task(sender.run(_never()))
    for frame in _frames(200):
        sender.send(frame)
    sender.request_close(4400, "Enough.")
    sender.request_close(4401, "Too late to matter.")
    sender.send(wrap_text(b"unheard"))
    await serving
    await sender.send_close()

    assert len(client.taken) == ROOM
    assert client.closed_with == {"type": "websocket.close", "code": 4400, "reason": "Enough."}


async def test_wait_until_drained_waits_for_the_queue() -> None:
    client, sender = _open()
    serving = asyncio.create_task(sender.run(_never()))
    await sender.wait_until_drained()
    for frame in _frames(ROOM + 1):
        sender.send(frame)
    waiting = asyncio.create_task(sender.wait_until_drained())
    await asyncio.sleep(0)
    assert not waiting.done()

    await client.read()

    await waiting
    sender.request_close(1000, "")
    await serving


async def test_a_requested_close_ends_wait_until_drained() -> None:
    _, sender = _open()
    for frame in _frames(ROOM + 1):
        sender.send(frame)
    waiting = asyncio.create_task(sender.wait_until_drained())
    await asyncio.sleep(0)

    sender.request_close(1000, "")

    await waiting


async def test_a_closed_socket_is_sent_nothing() -> None:
    client, sender = _open()
    serving = asyncio.create_task(sender.run(_never()))
    sender.mark_closed(CloseCode.ABNORMAL)
    sender.send(wrap_text(b"unheard"))
    await serving
    await sender.send_close()

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

    client, sender = _open()
    with capture_logs() as logs:
        await sender.run(crash())
    await sender.send_close()

    assert [entry["event"] for entry in logs] == ["socket_crashed"]
    assert client.closed_with is not None
    assert client.closed_with["code"] == CloseCode.INTERNAL_ERROR
