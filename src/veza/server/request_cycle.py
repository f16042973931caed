"""A request on a connection and its response: uvicorn's cycle, with the extension for files."""

from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from veza.core.errors import ServerStopping
from veza.server.zero_copy import EXTENSION as ZERO_COPY
from veza.server.zero_copy import FileSender


class HttpConnection(Protocol):
    """The connection of a request, as far as its response needs it."""

    files: FileSender


class RequestCycle(RequestResponseCycle):
    """A request and its response, which may have messages that uvicorn doesn't know.

    A head waits for the first bytes of the body, as ASGI demands: an error before the body
    still changes the status. uvicorn would write the head at once.
    """

    protocol: HttpConnection
    held: Any = None
    is_interrupted = False

    async def receive(self) -> Any:
        """Return the next message. Raises ServerStopping if the rest of a body is not awaited."""
        self._ensure_awaited(more_body=self.more_body)
        message: Any = await super().receive()
        self._ensure_awaited(more_body=message.get("more_body", False))
        return message

    def interrupt(self) -> None:
        """Await no more of the body: `receive` raises."""
        self.is_interrupted = True
        self.message_event.set()

    def _ensure_awaited(self, *, more_body: bool) -> None:
        if self.is_interrupted and more_body and not self.disconnected:
            raise ServerStopping

    async def send(self, message: Any) -> None:
        """Send a message of ASGI, or of the extension."""
        if message["type"] == "http.response.start" and not self.response_started:
            self.held = message
            return
        start = self.held
        self.held = None
        if start is not None:
            await super().send(start)
        if message["type"] == ZERO_COPY:
            await self._send_file(message)
        else:
            await super().send(message)

    async def _send_file(self, message: Any) -> None:
        """Send a part of a file. Like uvicorn's `send`, does nothing if the client disconnected."""
        count: int = message["count"]
        if self.chunked_encoding is not False or count > self.expected_content_length:
            raise RuntimeError("The part of a file exceeds the Content-Length of the response.")
        if not await self._send_bytes_of(message):
            return
        self.expected_content_length -= count
        if not message["more_body"]:
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_bytes_of(self, message: Any) -> bool:
        """Send the part of a file that a message names; return False if the client left."""
        if self.transport.is_closing():
            self.disconnected = True
        if not self.disconnected:
            await self._flush()
        if self.disconnected:
            return False
        file = message["file"]
        offset = message["offset"]
        count = message["count"]
        try:
            await self.protocol.files.send(file.fileno(), offset, count)
        except ConnectionError:
            self.disconnected = True
            self.transport.abort()
            return False
        return True

    async def _flush(self) -> None:
        """Wait until everything that was written has left this process."""
        if self.flow.write_paused or self.transport.get_write_buffer_size():
            # Writing is paused until the buffer is empty.
            self.transport.set_write_buffer_limits(0)
            await self.flow.drain()
            if not self.transport.is_closing():
                self.transport.set_write_buffer_limits()
