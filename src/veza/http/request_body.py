"""Request bodies: how fast they have to arrive, and what happens to one that nobody read.

A client that stops sending, or drips, would hold a request and all that it has reserved for as long
as it likes. So a body has to arrive at a minimum rate, measured while the application waits for it:
a slow phone goes on, a drip is answered 408.

A body that is read whole is held in memory, so all that are held at once share a budget, of which
one network gets a quarter.

A server that answers and closes while the client still sends breaks the client's next request on
the connection. So what is left is read where it is short; else the answer says that the connection
closes with it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.core.errors import RequestTimeout, Unavailable
from veza.http.client import Network, client_network

# Each so many bytes have to arrive within so many seconds: 500 bytes a second.
WINDOW_S = 20.0
MIN_WINDOW_BYTES = 10_000

# What a client has sent by the time it could hear of our refusal, more or less.
MAX_LEFT_BYTES = 1024 * 1024
PATIENCE_S = 1.0


# What all bodies that are held in memory by one process may take, and those of one network.
MAX_HELD_BYTES = 64 * 1024 * 1024
MAX_HELD_OF_NETWORK_BYTES = MAX_HELD_BYTES // 4
BODY_KEY = "veza.body"


class TooManyBodies(Unavailable):
    """The bodies that are being read take all the memory that they may."""

    code = "too_many_bodies"
    message = "Too many large requests are being read at the moment: try again soon."


class BodyBudget:
    """Counts the bytes of the bodies that this process holds in memory."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._total = 0

    def reserve(self, network: str, size: int) -> None:
        """Count `size` bytes more. Raises TooManyBodies if there is no room beside what is held.

        A body alone always finds room: how large it may be is a setting.
        """
        held = self._held.get(network, 0)
        is_full = self._total and self._total + size > MAX_HELD_BYTES
        if is_full or (held and held + size > MAX_HELD_OF_NETWORK_BYTES):
            raise TooManyBodies
        self._held[network], self._total = held + size, self._total + size

    def release(self, network: str, size: int) -> None:
        """Count `size` bytes less."""
        self._total -= size
        self._held[network] -= size
        if not self._held[network]:
            del self._held[network]


class RequestBodyMiddleware:
    """Reads what is left of short bodies, and closes on long ones."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted
        self._budget = BodyBudget()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http" or not _has_body(scope["headers"]):
            await self._app(scope, receive, send)
            return
        body = RequestBody(receive, self._budget, client_network(scope, self._trusted))
        scope[BODY_KEY] = body  # type: ignore[literal-required]

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.is_whole:
                if _length(scope["headers"]) <= MAX_LEFT_BYTES:
                    await body.read_rest()
                if not body.is_whole:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, body.receive, send_on)
        finally:
            body.release()


class RequestBody:
    """The body of a request, and whether it came whole, or its client went away."""

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
        """Count the body as held in memory until the request ends. Raises TooManyBodies."""
        if not self._held:
            self._budget.reserve(self._network, size)
            self._held = size

    def release(self) -> None:
        """Count the body as held no more."""
        if self._held:
            self._budget.release(self._network, self._held)

    async def receive(self) -> Any:
        """Return the next part. Raises RequestTimeout if the body arrives too slowly."""
        if self.is_whole:
            return await self._receive()
        message = await self._receive_in_time()
        self._window_bytes += len(message.get("body", b""))
        if self._window_bytes >= MIN_WINDOW_BYTES:
            self._waited_s, self._window_bytes = 0.0, 0
        self.is_whole = message["type"] == "http.disconnect" or not message.get("more_body")
        return message

    async def read_rest(self) -> None:
        """Read and drop what is left, for as long as it takes a client to hear of the refusal."""
        with suppress(TimeoutError, RequestTimeout):
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


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


def _length(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """Tell how long the body is; without end where nobody says so."""
    return next(
        (int(value) for name, value in headers if name == b"content-length" and value.isdigit()),
        float("inf"),
    )
