"""A WebSocket on one connection: uvicorn's protocol, with limits on time and memory.

`websockets` refuses too large messages by their declared length, and uvicorn pings clients. This
adds limits on fragments, unhandled messages and unread pongs; a close frame that reaches the client
even if more data was in flight; and frames that are encoded once for many sockets.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request

from veza.server.config import (
    CLOSE_TIMEOUT_S,
    MAX_FRAGMENTS,
    MAX_QUEUED_MESSAGES,
    ServerConfig,
)

# Data is read and dropped for this time after a close frame: closing a connection with unread data
# would reset it, and the client might not receive the frame.
_LINGER_S = 2.0

# The key of the protocol in the extensions of the ASGI scope.
EXTENSION = "veza.websocket"

_RESTARTING = "The server restarts: connect again."


def encode_text(text: bytes) -> bytes:
    """Return a text message as a frame: unmasked, so it can be shared by all clients."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket, from its handshake until it is closed."""

    config: ServerConfig
    _closing_since: float | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Release the connection."""
        self.config.table.release(self.client[0] if self.client else "")
        super().connection_lost(exc)

    @property
    def is_writable(self) -> bool:
        """True while the client reads as fast as data is written."""
        return self.writable.is_set()

    async def wait_until_writable(self) -> None:
        """Wait until the client has read most of the written data, or is disconnected."""
        await self.writable.wait()

    def write_encoded(self, frame: bytes) -> None:
        """Write a frame of `encode_text`, unless the socket is closing."""
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(frame)

    def handle_connect(self, event: Request) -> None:
        """Start the application, with this protocol in the extensions of its scope."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[typeddict-item]

    def data_received(self, data: bytes) -> None:
        """Process data; drop it after an error."""
        if self.close_sent and self.conn.parser_exc is not None:
            return
        super().data_received(data)

    def handle_cont(self, event: Frame) -> None:
        """Add a fragment to the message, up to a limit."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "A message comes in too many parts.")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Queue a message for the application, up to a limit."""
        if self.queue.qsize() >= MAX_QUEUED_MESSAGES:
            self._fail(CloseCode.POLICY_VIOLATION, "Too many messages in too short a time.")
        else:
            super().send_receive_event_to_app()

    def pause_writing(self) -> None:
        """Stop reading too: each ping adds a pong to the unread data."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Resume reading, unless messages wait for the application."""
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self):  # noqa: ANN201 - as in the base class
        """Return the next event; resume reading once none waits and the client reads."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if self.writable.is_set() and not self.transport.is_closing():
                self.transport.resume_reading()
        return message

    def shutdown(self) -> None:
        """Close with 1012: the server restarts, and the client should connect again."""
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            self.queue.put_nowait(
                {"type": "websocket.disconnect", "code": 1012, "reason": _RESTARTING}
            )
            self.conn.send_close(1012, _RESTARTING)
            self._write_close()
        else:
            super().shutdown()

    def check(self, now: float) -> None:
        """Abort a closed socket whose client doesn't read the rest. Called every second."""
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > CLOSE_TIMEOUT_S:
                self.transport.abort()

    def handle_parser_exception(self) -> None:
        """Close after a protocol error, with the reason."""
        close = self.conn.close_sent
        assert close is not None
        event = {"type": "websocket.disconnect", "code": close.code, "reason": close.reason}
        self.queue.put_nowait(event)  # type: ignore[arg-type]
        self._write_close()

    def _fail(self, code: CloseCode, reason: str) -> None:
        if not self.close_sent:
            self.frames = []
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _write_close(self) -> None:
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.close_timer = self.loop.call_later(_LINGER_S, self.transport.abort)
        self.transport.resume_reading()
