"""A request on a connection and its response: uvicorn's cycle, with the extension for files.

A response may be endless, as that of a radio is: `mark_endless`.
"""

import sys
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from veza.core.errors import ServerStopping
from veza.server.zero_copy import EXTENSION as ZERO_COPY
from veza.server.zero_copy import FileSender

# Up to this size, copying a body costs less than another system call.
_JOINED_BYTES = 64 * 1024
_WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
_ENDLESS = "veza_endless"


def mark_endless(scope: Any) -> None:
    """Stop the body of the response when the connection ends, also before it is started.

    Also radios that know no chunks can play it. A server that stops does not wait for it.
    """
    scope[_ENDLESS] = True


class HttpConnection(Protocol):
    """The connection of a request, as far as its response needs it."""

    files: FileSender


class RequestCycle(RequestResponseCycle):
    """A request and its response, which may have messages that uvicorn doesn't know.

    A head waits for the first bytes of the body, as ASGI demands: an error before the body
    still changes the status. uvicorn would write the head at once, in a packet of its own, which
    takes a fifth of the time of a short response (docs/performance.md).
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

    @property
    def is_endless(self) -> bool:
        """Return whether the end of the connection ends the body."""
        return _ENDLESS in self.scope

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
            message = await self._begin(start, message)
        if message["type"] == ZERO_COPY:
            await self._send_file(message)
        elif self.is_endless and not message.get("more_body"):
            self._end()
        else:
            await super().send(message)

    async def _begin(self, start: Any, message: Any) -> Any:
        """Send the status and the headers; return the message that is still to be sent.

        Raises RuntimeError for a header that can't be sent: the response is an error then.
        """
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return message
        status: int = start["status"]
        headers = [*self.default_headers, *start["headers"]]
        lines = _encode_headers(headers)
        framing = self._find_framing(status, dict(headers))
        head = b"".join([STATUS_LINE[status], *lines, *framing, b"\r\n"])
        self.response_started = True
        self.waiting_for_100_continue = False
        body: bytes = message.get("body", b"")
        has_length = self.chunked_encoding is False and self.scope["method"] != "HEAD"
        if not has_length or not 0 < len(body) <= _JOINED_BYTES:
            self.transport.write(head)
            return message
        # In one piece, as each write is a system call and a packet.
        self.expected_content_length += len(head)
        return {**message, "body": head + body}

    def _find_framing(self, status: int, headers: dict[bytes, bytes]) -> list[bytes]:
        """Note how the body ends, and the connection; return the headers about it that lack."""
        lacking: list[bytes] = []
        if b"content-length" in headers:
            self.expected_content_length = int(headers[b"content-length"])
            self.chunked_encoding = False
        elif self.is_endless and self.scope["method"] != "HEAD":
            self.expected_content_length = sys.maxsize
            self.chunked_encoding = self.keep_alive = False
        elif b"transfer-encoding" in headers:
            self.chunked_encoding = True
        elif self.scope["method"] != "HEAD" and status not in _WITHOUT_BODY:
            self.chunked_encoding = True
            lacking.append(b"transfer-encoding: chunked\r\n")
        if headers.get(b"connection") == b"close":
            self.keep_alive = False
        elif not self.keep_alive:
            lacking.append(b"connection: close\r\n")
        return lacking

    def _end(self) -> None:
        """End an endless body, whether its client reads or not."""
        if not self.disconnected:
            self.transport.close()
            self.response_complete = True
            self.message_event.set()
            self.on_response()

    async def _send_file(self, message: Any) -> None:
        """Send a part of a file. Like uvicorn's `send`, does nothing if the client disconnected."""
        if self.disconnected:
            return
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


def _encode_headers(headers: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """Return a line for each header. Raises RuntimeError for one that would begin another."""
    # All at once: a search for each takes three times as long.
    if HEADER_RE.search(b"".join([name for name, _ in headers])):
        raise RuntimeError("The name of a header can't be sent.")
    if HEADER_VALUE_RE.search(b"".join([value for _, value in headers])):
        raise RuntimeError("The value of a header can't be sent.")
    return [b"%b: %b\r\n" % header for header in headers]
