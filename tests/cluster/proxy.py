"""A TCP proxy whose network can be cut, slow, or lose what is sent."""

import asyncio
import random
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

_READ_BYTES = 65_536
# How long TCP waits before it sends again what was lost.
_RESEND_S = 0.2


class Proxy:
    """Passes connections on to a port of this machine, on a thread of its own.

    `delay_s` is added to each part of a stream in each direction, and of these parts a share of
    `loss` comes as late as TCP sends again what was lost. While `is_cut`, nothing passes and
    nothing is closed, as when packets are dropped: connections wait.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.target = target
        self.delay_s = 0.0
        self.loss = 0.0
        self.is_cut = False
        self._random = random.Random(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._run(self._listen())

    def stop(self) -> None:
        if self._thread.is_alive():
            self._run(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def heal(self) -> None:
        """Remove all faults."""
        self.delay_s, self.loss, self.is_cut = 0.0, 0.0, False

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._wait()
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_READ_BYTES):
                await self._wait()
                writer.write(data)
                await writer.drain()
        await self._wait()
        writer.close()

    async def _wait(self) -> None:
        while self.is_cut:  # noqa: ASYNC110 - it is set from another thread
            await asyncio.sleep(0.05)
        pause_s = self.delay_s
        if self.loss and self._random.random() < self.loss:
            pause_s += _RESEND_S
        if pause_s:
            await asyncio.sleep(pause_s)
