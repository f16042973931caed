"""Sends parts of files to a connection without copying them through this process.

This implements the ASGI extension `http.response.zerocopysend` by `sendfile`. The caller makes sure
that the bytes are in the page cache: the event loop waits while the kernel reads them from disk.
"""

import asyncio
import os
import socket
from collections.abc import Callable

EXTENSION = "http.response.zerocopysend"


class FileSender:
    """Sends files on one connection; `unsent_bytes` is what the client has yet to take."""

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        *,
        on_pause: Callable[[], None],
        on_resume: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._on_pause = on_pause
        self._on_resume = on_resume
        self.unsent_bytes = 0

    async def send(self, file: int, offset: int, count: int) -> None:
        """Send `count` bytes of a file, as fast as the client takes them.

        Nothing else may be written meanwhile. Raises ConnectionError if the client disconnected,
        and EOFError if the file ends too early.
        """
        # A duplicate stays valid if the transport closes the connection. Its number could otherwise
        # be taken by another connection, which would receive the rest of the file.
        number = os.dup(self._transport.get_extra_info("socket").fileno())
        self.unsent_bytes = count
        try:
            # The family is of no importance for what is sent here, and would be asked for.
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, number) as connection:
                await self._send_file(connection, file, offset)
        finally:
            self.unsent_bytes = 0

    async def _send_file(self, connection: socket.socket, file: int, offset: int) -> None:
        while self.unsent_bytes:
            try:
                sent = os.sendfile(connection.fileno(), file, offset, self.unsent_bytes)
            except BlockingIOError:
                await self._wait_until_writable(connection)
                continue
            if not sent:
                raise EOFError("The file became shorter while it was sent.")
            offset += sent
            self.unsent_bytes -= sent

    async def _wait_until_writable(self, connection: socket.socket) -> None:
        writable = asyncio.Event()
        self._loop.add_writer(connection.fileno(), writable.set)
        self._on_pause()
        try:
            await writable.wait()
        finally:
            self._loop.remove_writer(connection.fileno())
            self._on_resume()
