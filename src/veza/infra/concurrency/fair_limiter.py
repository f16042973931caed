"""Limits concurrent work in all and by client; waiting clients take turns."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct
from prometheus_client import Counter

from veza.core.errors import Unavailable

_REFUSED = Counter(
    "veza_expensive_refused_total", "Expensive requests that were refused.", ["kind", "reason"]
)


class ServerBusy(Unavailable):
    """Too many expensive requests, of this client or of all, run or wait."""

    code = "server_busy"
    message = "Too many searches or reports at once: try again in a moment."


class FairLimits(Struct, frozen=True):
    """The most requests that run and wait, of all clients and of one, and the longest wait."""

    running: int
    running_per_client: int
    waiting: int
    waiting_per_client: int
    patience_s: float


class FairLimiter:
    """Runs work within limits. Waiting clients take turns.

    A client with many requests delays its own, and those of others by one at most.
    """

    def __init__(self, kind: str, bounds: FairLimits) -> None:
        self._kind = kind
        self._bounds = bounds
        self._running: dict[str, int] = {}
        # The waiting requests by client, the next client first.
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def admitted(self, client: str) -> AsyncGenerator[None]:
        """Run the block when a place is free. Raises ServerBusy."""
        if self._queues or not self._has_room(client):
            await self._wait(client)
        else:
            self._begin(client)
        try:
            yield
        finally:
            self._end(client)

    def _has_room(self, client: str) -> bool:
        is_free = sum(self._running.values()) < self._bounds.running
        return is_free and self._running.get(client, 0) < self._bounds.running_per_client

    def _begin(self, client: str) -> None:
        self._running[client] = self._running.get(client, 0) + 1

    def _end(self, client: str) -> None:
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        self._admit_next()

    async def _wait(self, client: str) -> None:
        line = self._queues.get(client, ())
        if len(line) >= self._bounds.waiting_per_client:
            self._refuse("client")
        if sum(map(len, self._queues.values())) >= self._bounds.waiting:
            self._displace(len(line))
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(turn)
        # Others may wait only because their own limit is reached.
        self._admit_next()
        try:
            async with asyncio.timeout(self._bounds.patience_s):
                await turn
        except BaseException as error:
            if isinstance(error, ServerBusy):
                raise
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # Admitted at the moment of the timeout.
                self._end(client)
            elif not turn.done() or turn.cancelled():
                self._leave(client, turn)
            if isinstance(error, TimeoutError):
                self._refuse("patience")
            raise

    def _displace(self, own: int) -> None:
        """Refuse the last request of the client with the most waiting ones, or this request."""
        longest = max(self._queues.values(), key=len)
        if len(longest) <= own + 1:
            self._refuse("all")
        turn = longest.pop()
        # One that was cancelled, but has not run since, makes room by itself.
        if not turn.done():
            _REFUSED.labels(self._kind, "displaced").inc()
            turn.set_exception(ServerBusy(retry_after=1))

    def _leave(self, client: str, turn: asyncio.Future[None]) -> None:
        line = self._queues.get(client)
        # It may have been taken out before, as it was due in the moment it was cancelled.
        if line is not None and turn in line:
            line.remove(turn)
            if not line:
                del self._queues[client]

    def _admit_next(self) -> None:
        for client in list(self._queues):
            while client in self._queues and self._has_room(client):
                turn = self._queues[client].popleft()
                # This client is last now.
                self._queues.move_to_end(client)
                if not self._queues[client]:
                    del self._queues[client]
                # One that was cancelled, but has not run since, takes no place.
                if not turn.done():
                    self._begin(client)
                    turn.set_result(None)

    def _refuse(self, reason: str) -> None:
        _REFUSED.labels(self._kind, reason).inc()
        raise ServerBusy(retry_after=1)
