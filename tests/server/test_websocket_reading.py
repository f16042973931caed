"""A WebSocket is read no faster than the application receives, and the client reads."""

import asyncio
from typing import Any

from tests.infra.waiting import until
from tests.server.running import answer_lifespan, run_server, shake_hands

_MESSAGE = b"\x81\x82\0\0\0\0hi"


class SlowApp:
    """Receives a message of a WebSocket when it is told to."""

    def __init__(self) -> None:
        self.wanted = asyncio.Semaphore(0)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        message = {"type": "websocket.receive"}
        while message["type"] == "websocket.receive":
            await self.wanted.acquire()
            message = await receive()


async def test_nothing_is_read_while_messages_wait_for_the_application() -> None:
    async with run_server(SlowApp()) as running:
        _, writer = await shake_hands(running)
        (held,) = running.server.server_state.connections
        for count in (3, 1):
            # All in one piece, so that the first one that is received leaves others.
            writer.write(_MESSAGE * count)
            await until(lambda count=count: held.queue.qsize() == count)
            while held.queue.qsize():
                assert not held.transport.is_reading()
                left = held.queue.qsize() - 1
                running.app.wanted.release()
                await until(lambda left=left: held.queue.qsize() == left)
                await asyncio.sleep(0)
            assert held.transport.is_reading()
        writer.transport.abort()


async def test_reading_resumes_once_the_client_reads_and_no_message_waits() -> None:
    async with run_server(SlowApp()) as running:
        _, writer = await shake_hands(running)
        (held,) = running.server.server_state.connections
        held.pause_writing()
        assert not held.transport.is_reading()
        held.resume_writing()
        assert held.transport.is_reading()
        writer.write(_MESSAGE)
        await until(lambda: held.queue.qsize() == 1)
        held.pause_writing()
        held.resume_writing()
        assert not held.transport.is_reading(), "A message waits."
        held.pause_writing()
        running.app.wanted.release()
        await until(lambda: not held.queue.qsize())
        await asyncio.sleep(0)
        assert not held.transport.is_reading(), "The client doesn't read."
        held.resume_writing()
        assert held.transport.is_reading()
        writer.transport.abort()
