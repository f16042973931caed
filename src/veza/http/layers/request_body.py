"""Request bodies: minimum rate, memory budget, and draining of bodies that no handler read.

A body must arrive at a minimum rate, measured while the application waits for it: otherwise a slow
client could hold a request and its reservations indefinitely. It is answered 408.

Bodies that are read whole are held in memory. They share a budget, of which one network gets a
quarter.

Closing a connection while the client still sends would break its next request. The rest of a short
body is therefore read and dropped; before a long one the response has `Connection: close`.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.core.errors import RequestTimeout, ServerStopping, Unavailable
from veza.http.asgi_scope import find_header, headers_by_name
from veza.http.security.client import Network, client_network

# So many bytes must arrive in each window: 500 bytes per second.
WINDOW_S = 20.0
MIN_WINDOW_BYTES = 10_000

# About what a client has sent by the time it can receive the response.
MAX_LEFT_BYTES = 1024 * 1024
PATIENCE_S = 1.0


# The memory for bodies of one process, and of one network in it.
MAX_HELD_BYTES = 64 * 1024 * 1024
MAX_HELD_OF_NETWORK_BYTES = MAX_HELD_BYTES // 4
BODY_KEY = "veza.body"


class TooManyBodies(Unavailable):
    """The memory budget of request bodies is used up."""

    code = "too_many_bodies"
    message = "Too many large requests are being read at the moment: try again soon."


class BodyBudget:
    """The bytes of bodies that this process holds in memory."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._total = 0

    def reserve(self, network: str, size: int) -> None:
        """Reserve `size` bytes. Raises TooManyBodies if the budget is exceeded.

        A single body always fits: its size is limited by a setting.
        """
        held = self._held.get(network, 0)
        is_full = self._total and self._total + size > MAX_HELD_BYTES
        if is_full or (held and held + size > MAX_HELD_OF_NETWORK_BYTES):
            raise TooManyBodies
        self._held[network], self._total = held + size, self._total + size

    def release(self, network: str, size: int) -> None:
        """Release `size` bytes."""
        self._total -= size
        self._held[network] -= size
        if not self._held[network]:
            del self._held[network]


class RequestBodyMiddleware:
    """Limits how slowly bodies arrive, and drains those that no handler read."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted
        self._budget = BodyBudget()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] != "http" or not has_body(scope):
            return self._app(scope, receive, send)
        return self._receive(scope, receive, send)

    async def _receive(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = RequestBody(receive, self._budget, client_network(scope, self._trusted))
        scope[BODY_KEY] = body  # type: ignore[literal-required]

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.is_whole:
                if _length(scope) <= MAX_LEFT_BYTES:
                    await body.read_rest()
                if not body.is_whole:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, body.receive, send_on)
        finally:
            body.release()


class RequestBody:
    """The body of a request; `is_whole` once all of it arrived, or the client disconnected."""

    def __init__(self, receive: Receive, budget: BodyBudget, network: str) -> None:
        self._receive = receive
        self._budget = budget
        self._network = network
        self._held = 0
        self._waited_s = 0.0
        self._window_bytes = 0
        self._is_overdue = False
        self.is_whole = False

    def reserve(self, size: int) -> None:
        """Reserve memory for the body until the request ends. Raises TooManyBodies."""
        if not self._held:
            self._budget.reserve(self._network, size)
            self._held = size

    def release(self) -> None:
        """Release the reserved memory."""
        if self._held:
            self._budget.release(self._network, self._held)

    async def receive(self) -> Any:
        """Return the next ASGI message. Raises RequestTimeout if the body arrives too slowly."""
        if self.is_whole:
            return await self._receive()
        message = await self._receive_in_time()
        self._window_bytes += len(message.get("body", b""))
        if self._window_bytes >= MIN_WINDOW_BYTES:
            self._waited_s, self._window_bytes = 0.0, 0
        self.is_whole = message["type"] == "http.disconnect" or not message.get("more_body")
        return message

    async def read_rest(self) -> None:
        """Read and drop the rest, for at most `PATIENCE_S`."""
        with suppress(TimeoutError, RequestTimeout, ServerStopping):
            async with asyncio.timeout(PATIENCE_S):
                while not self.is_whole:
                    await self.receive()

    async def _receive_in_time(self) -> Any:
        if self._is_overdue:
            raise RequestTimeout
        loop = asyncio.get_running_loop()
        started = loop.time()
        patience = asyncio.timeout(WINDOW_S - self._waited_s)
        try:
            async with patience:
                message = await self._receive()
        except TimeoutError:
            if not patience.expired():
                raise
            self._is_overdue = True
            raise RequestTimeout from None
        self._waited_s += loop.time() - started
        return message


def has_body(scope: Any) -> bool:
    """Return whether a request has a body."""
    headers = headers_by_name(scope)
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _length(scope: Any) -> float:
    """Return the announced length of the body; infinity without one."""
    length = find_header(scope, b"content-length") or b""
    return int(length) if length.isdigit() else float("inf")
