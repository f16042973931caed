"""Bounded, fair concurrency: so many at once, so many of one client, and so many waiting."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct
from prometheus_client import Counter

from veza.core.errors import Unavailable

_REFUSED = Counter(
    "veza_expensive_refused_total", "Expensive requests that found no place.", ["kind", "reason"]
)


class ServerBusy(Unavailable):
    """Too many expensive requests run or wait; of this client, or of all together."""

    code = "server_busy"
    message = "Too many searches or reports at once: try again in a moment."


class FairLimits(Struct, frozen=True):
    """The most that may run and wait at once, of all clients and of one, and for how long."""

    running: int
    running_of_one: int
    waiting: int
    waiting_of_one: int
    patience_s: float


class FairLimiter:
    """Admits work up to its bounds. Clients that wait take turns, whoever came first.

    So a client that sends many requests delays its own, and nobody else's by more than one.
    """

    def __init__(self, kind: str, bounds: FairLimits) -> None:
        self._kind = kind
        self._bounds = bounds
        self._running: dict[str, int] = {}
        # Who waits, each with those of their requests that do. Whose turn is next stands in front.
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def admitted(self, client: str) -> AsyncGenerator[None]:
        """Run something expensive for a client once there is room. Raises ServerBusy."""
        if self._lines or not self._has_room(client):
            await self._wait(client)
        else:
            self._begin(client)
        try:
            yield
        finally:
            self._end(client)

    def _has_room(self, client: str) -> bool:
        is_free = sum(self._running.values()) < self._bounds.running
        return is_free and self._running.get(client, 0) < self._bounds.running_of_one

    def _begin(self, client: str) -> None:
        self._running[client] = self._running.get(client, 0) + 1

    def _end(self, client: str) -> None:
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        self._admit_next()

    async def _wait(self, client: str) -> None:
        line = self._lines.get(client, ())
        if len(line) >= self._bounds.waiting_of_one:
            self._refuse("client")
        if sum(map(len, self._lines.values())) >= self._bounds.waiting:
            self._displace(len(line))
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(turn)
        # There may be room for this client, though others wait whose own places are all taken.
        self._admit_next()
        try:
            async with asyncio.timeout(self._bounds.patience_s):
                await turn
        except BaseException as error:
            if isinstance(error, ServerBusy):
                raise
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # Admitted in the very moment of giving up.
                self._end(client)
            elif not turn.done() or turn.cancelled():
                self._leave(client, turn)
            if isinstance(error, TimeoutError):
                self._refuse("patience")
            raise

    def _displace(self, own: int) -> None:
        """Make room in the line for a client, of which `own` wait, at the cost of one with more."""
        longest = max(self._lines.values(), key=len)
        if len(longest) <= own + 1:
            self._refuse("all")
        turn = longest.pop()
        _REFUSED.labels(self._kind, "displaced").inc()
        turn.set_exception(ServerBusy(retry_after=1))

    def _leave(self, client: str, turn: asyncio.Future[None]) -> None:
        line = self._lines[client]
        line.remove(turn)
        if not line:
            del self._lines[client]

    def _admit_next(self) -> None:
        for client in list(self._lines):
            while client in self._lines and self._has_room(client):
                turn = self._lines[client].popleft()
                # Whoever had a turn stands last from now on.
                self._lines.move_to_end(client)
                if not self._lines[client]:
                    del self._lines[client]
                self._begin(client)
                turn.set_result(None)

    def _refuse(self, reason: str) -> None:
        _REFUSED.labels(self._kind, reason).inc()
        raise ServerBusy(retry_after=1)
