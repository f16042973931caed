"""A request on a connection and its response: uvicorn's cycle, with messages of our extensions."""

from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from veza.core.errors import ServerStopping
from veza.infra.http_server.config import ServerConfig
from veza.infra.http_server.whole_response import EXTENSION as WHOLE_RESPONSE
from veza.infra.http_server.whole_response import is_whole, join_messages
from veza.infra.http_server.zero_copy import EXTENSION as ZERO_COPY
from veza.infra.http_server.zero_copy import FileSender


class HttpConnection(Protocol):
    """The connection of a request, as far as its response needs it."""

    config: ServerConfig
    files: FileSender


class RequestCycle(RequestResponseCycle):
    """A request and its response, which may consist of messages that uvicorn doesn't know.

    A head waits for the first bytes of the body, as ASGI demands. uvicorn writes it by itself,
    which takes a system call more, and wakes the client twice.
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
        """Send a message of ASGI, or of the extensions."""
        if message["type"] == "http.response.start" and not self.response_started:
            self.held = message
            return
        start, self.held = self.held, None
        if start is not None:
            if is_whole(start, message):
                message = join_messages(start, message)
            else:
                await super().send(start)
        if message["type"] == WHOLE_RESPONSE:
            await self._send_whole(message)
        elif message["type"] == ZERO_COPY:
            await self._send_file(message)
        else:
            await super().send(message)

    async def _send_whole(self, message: Any) -> None:
        """Send a response in one piece. Like uvicorn's `send`, does nothing without a client."""
        if self.response_started:
            raise RuntimeError("A whole response was sent after another one had begun.")
        if self.flow.write_paused:
            await self.flow.drain()
        if self.disconnected:
            return
        self.response_started, self.waiting_for_100_continue = True, False
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        everywhere = self.protocol.config.encode_defaults(self.default_headers)
        head = b"".join((STATUS_LINE[message["status"]], everywhere, message["headers"], end))
        if "file" not in message:
            self.transport.writelines((head, message["body"]))
        elif not await self._send_bytes_of(message, head):
            return
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

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

    async def _send_bytes_of(self, message: Any, head: bytes = b"") -> bool:
        """Send the part of a file that a message names; return False if the client left."""
        if self.transport.is_closing():
            self.disconnected = True
        if not self.disconnected:
            await self._flush()
        if self.disconnected:
            return False
        file, offset, count = message["file"], message["offset"], message["count"]
        try:
            await self.protocol.files.send(file.fileno(), offset, count, head)
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
