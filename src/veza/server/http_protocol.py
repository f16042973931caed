"""HTTP/1.1 on one connection: uvicorn's protocol, with limits on time and memory.

uvicorn limits the unread body (64 KiB) and the idle time between requests. This adds limits on the
number of connections, the size and time of a request's head, trailers and chunk framing, pipelined
requests, and unread responses. `veza.http.layers.request_body` limits the time of a body.
"""

import asyncio
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from veza.server.config import (
    CLOSE_TIMEOUT_S,
    HEAD_TIMEOUT_S,
    KEEP_ALIVE_S,
    MAX_FRAMING_BYTES,
    MAX_FRAMING_RATIO,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_LINE_BYTES,
    MAX_PIPELINED,
    MAX_VALUE_BYTES,
    MIN_WRITTEN_BYTES,
    WRITE_WINDOW_S,
    ServerConfig,
)
from veza.server.early_responses import (
    BAD_REQUEST,
    HEAD_TIMEOUT,
    HEAD_TOO_LARGE,
    REFUSED_CONNECTIONS,
    EarlyResponse,
    encode_early_response,
)
from veza.server.host_header import is_host
from veza.server.limits import ConnectionDecision
from veza.server.request_cycle import RequestCycle
from veza.server.zero_copy import EXTENSION as ZERO_COPY
from veza.server.zero_copy import FileSender

_SPACES_IN_REQUEST_LINE = 2
_VERSIONS = {"1.0", "1.1"}
_WITHOUT_BODY = {"GET", "HEAD"}

# In the scope of requests that came to the health listener.
ON_HEALTH_LISTENER = "veza_health_listener"
# The paths of the health listener, below the API's prefix or at the root.
_HEALTH_PATHS = ("/health", "/healthz", "/readyz", "/health/deep", "/metrics")


class UnacceptableHead(Exception):
    """A request is refused while its head is read; the connection is closed."""


class HttpProtocol(HttpToolsProtocol):
    """One connection, from its acceptance until it is closed or becomes a WebSocket."""

    config: ServerConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._is_health = self.config.health_port is not None and (
            self.server is not None and self.server[1] == self.config.health_port
        )
        self._task: asyncio.Task[Any] | None = None
        self._refusal = BAD_REQUEST
        self._is_in_head = True
        self._head_bytes = 0
        self._head_since: float | None = self.loop.time()
        self._is_in_line = True
        self._request_line = b""
        self._wire_bytes = self._body_bytes = 0
        self._closing_since: float | None = None
        self._stalled_since: float | None = None
        self._idle_since: float | None = None
        self._unsent = 0
        self.files = FileSender(
            transport, self.loop, on_pause=self._start_stall, on_resume=self._end_stall
        )
        admission = (
            ConnectionDecision.ADMITTED
            if self._is_health
            else self.config.table.admit(self._address)
        )
        self._is_counted = admission is ConnectionDecision.ADMITTED and not self._is_health
        if admission is not ConnectionDecision.ADMITTED:
            self._refuse(REFUSED_CONNECTIONS[admission])

    def connection_lost(self, exc: Exception | None) -> None:
        """Release the connection, and cancel the response."""
        if self._is_counted:
            self.config.table.release(self._address)
        cycle = cast(RequestResponseCycle | None, self.cycle)
        is_sending = cycle is not None and cycle.response_started and not cycle.response_complete
        super().connection_lost(exc)
        if is_sending and self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Process data, unless the head or the framing of the body exceeds its limit."""
        if self.transport.is_closing():
            return
        self._idle_since = None
        if not self._is_in_head:
            self._wire_bytes += len(data)
        elif not self._read_head(data):
            self._refuse(BAD_REQUEST)
            return
        super().data_received(data)
        if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HEAD_TOO_LARGE)
        elif self._wire_bytes > MAX_FRAMING_BYTES + MAX_FRAMING_RATIO * self._body_bytes:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Start a request, unless too many wait for a response."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise UnacceptableHead
        if self._head_since is None:
            self._head_since = self.loop.time()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header, unless it is too long or names no host; ignore trailers."""
        if not self._is_in_head:
            return
        if len(self.headers) >= MAX_HEADERS or len(value) > MAX_VALUE_BYTES:
            self._refusal = HEAD_TOO_LARGE
            raise UnacceptableHead
        if name.lower() == b"host" and not is_host(value):
            raise UnacceptableHead
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start answering the request, if it is HTTP/1.1 or 1.0."""
        if self._version() not in _VERSIONS:
            raise UnacceptableHead
        self._is_in_head = False
        self._wire_bytes = self._body_bytes = 0
        super().on_headers_complete()
        if self.config.is_stopping:
            self.shutdown()

    def on_response_complete(self) -> None:
        """Start the next request, or note that the connection is idle.

        uvicorn sets a timer for each response; here `check` finds connections that are idle.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            # Later: this runs in the task of the response, which has not ended.
            self.loop.call_soon(self._start_asgi_task, *self.pipeline.pop())
        else:
            self._idle_since = self.loop.time()

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body to the application."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request; the head of the next one follows."""
        super().on_message_complete()
        self._is_in_head = True
        self._head_bytes = 0
        self._head_since = None
        self._is_in_line = True

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol, which releases it."""
        if self._is_health:
            self._refuse(BAD_REQUEST)
            return
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that can't be read."""
        del msg
        self._refuse(self._refusal)

    def pause_writing(self) -> None:
        """Note when the client stopped reading."""
        super().pause_writing()
        self._start_stall()

    def resume_writing(self) -> None:
        """Note that the client reads."""
        super().resume_writing()
        self._end_stall()

    def shutdown(self) -> None:
        """End the connection after its response; at once if that has no end."""
        if isinstance(self.cycle, RequestCycle) and self.cycle.is_endless:
            self.transport.close()
            return
        super().shutdown()

    @property
    def is_answering(self) -> bool:
        """Return whether a request waits for its response."""
        cycle = cast(RequestResponseCycle | None, self.cycle)
        return cycle is not None and not cycle.response_complete

    def interrupt_body(self) -> None:
        """Await no more of the body that arrives, so that its request is answered in time."""
        if isinstance(self.cycle, RequestCycle):
            self.cycle.interrupt()

    @property
    def is_of_proxy(self) -> bool:
        """Return whether a trusted proxy opened the connection."""
        return self.config.table.is_exempt(self._address)

    def check(self, now: float) -> None:
        """Close the connection if its client exceeds a time limit. Called every second."""
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > CLOSE_TIMEOUT_S:
                self.transport.abort()
        elif self._is_head_overdue(now):
            self._refuse(HEAD_TIMEOUT)
        elif self._idle_since is not None and now - self._idle_since > KEEP_ALIVE_S:
            self.transport.close()
        elif self._stalled_since is not None and now - self._stalled_since > WRITE_WINDOW_S:
            unsent = self._unsent_bytes()
            if self._unsent - unsent < MIN_WRITTEN_BYTES:
                self.transport.abort()
            self._stalled_since, self._unsent = now, unsent

    def _start_stall(self) -> None:
        self._stalled_since = self.loop.time()
        self._unsent = self._unsent_bytes()

    def _end_stall(self) -> None:
        self._stalled_since = None

    def _unsent_bytes(self) -> int:
        return self.transport.get_write_buffer_size() + self.files.unsent_bytes

    def _read_head(self, data: bytes) -> bool:
        """Count a part of a head; return False if its request line is malformed.

        The parser accepts several spaces as one, which a proxy may interpret differently.
        """
        if self._head_since is None:
            # Empty lines before a request count too.
            self._head_since = self.loop.time()
        self._head_bytes += len(data)
        if self._is_in_line:
            # Empty lines may come first (RFC 9112, 2.2).
            start = (self._request_line + data[:MAX_HEAD_BYTES]).lstrip(b"\r\n")
            line, ending, _ = start.partition(b"\n")
            self._is_in_line, self._request_line = not ending, b"" if ending else start
            if ending:
                return line.count(b" ") == _SPACES_IN_REQUEST_LINE
            return len(start) <= MAX_LINE_BYTES
        return True

    def _is_head_overdue(self, now: float) -> bool:
        return (
            self._is_in_head
            and self._head_since is not None
            and not self.flow.read_paused
            and now - self._head_since > HEAD_TIMEOUT_S
        )

    def _version(self) -> str:
        assert self.parser is not None
        return self.parser.get_http_version()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        if self._is_health:
            cycle.keep_alive = False
            cycle.scope[ON_HEALTH_LISTENER] = True
            path = str(cycle.scope["path"]).removeprefix("/api/v1")
            if path not in _HEALTH_PATHS:
                app = _answer_not_found

        cycle.scope["extensions"] = {ZERO_COPY: {}} if self.scheme == "http" else {}
        # uvicorn makes the object itself.
        cycle.__class__, cycle.protocol = RequestCycle, self
        answer = cycle.run_asgi(partial(self._answer, cycle, app))
        # In an overload, a request without a body begins at once: a refusal waits for nothing, and
        # costs no turn of the event loop. Otherwise requests that are read in the same turn begin
        # together, so that more of them share a query.
        is_eager = cycle.scope["method"] in _WITHOUT_BODY and self.config.is_overloaded()
        task = asyncio.Task(answer, loop=self.loop, eager_start=is_eager)
        if not task.done():
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

    async def _answer(self, cycle: Any, app: Any, scope: Any, receive: Any, send: Any) -> None:
        self._task = asyncio.current_task()
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # uvicorn would log an error although the client has left, or has its answer.
            if not (cycle.disconnected or cycle.response_complete):
                raise

    def _refuse(self, refusal: EarlyResponse) -> None:
        if self.transport.is_closing():
            return
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            # Another response is being sent.
            self.transport.abort()
            return
        self.transport.write(encode_early_response(refusal))
        self.transport.close()


async def _answer_not_found(_: Any, __: Any, send: Any) -> None:
    body = b'{"success":false,"error":"Only health checks are answered here.","code":"not_found"}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
